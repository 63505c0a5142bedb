package import Wire

/// Frames in, connections and datagrams out: decoding, IP fragments and TCP reassembly in one.
package struct TrafficReader {
    package struct Counters: Sendable, Equatable {
        package var packets: UInt64 = 0
        /// Frames with a TCP segment in them, put together from fragments or not.
        package var segments: UInt64 = 0
        package var datagrams: UInt64 = 0
        /// Frames of link types that are not known here.
        package var unknownLink: UInt64 = 0
        /// The first of those types.
        package var firstUnknownLink: LinkType?
        /// Frames whose headers are cut short or contradict themselves.
        package var malformed: UInt64 = 0
        /// Frames that carry something else.
        package var other: UInt64 = 0
    }

    package private(set) var counters = Counters()
    package private(set) var fragments: FragmentTable
    package private(set) var connections: TCPReassembler
    private var packet = Packet()

    package init(limits: Limits) {
        fragments = FragmentTable(limits: limits)
        connections = TCPReassembler(limits: limits)
    }

    package mutating func read<Sink: StreamSink>(
        _ frame: RawSpan, originalLength: Int, link: LinkType, at time: Timestamp, into sink: inout Sink
    ) {
        counters.packets += 1
        packet.decode(frame, originalLength: originalLength, link: link)
        if packet.content == .nothing(.unknownLink), counters.firstUnknownLink == nil {
            counters.firstUnknownLink = link
        }
        deliver(frame, at: time, into: &sink)
    }

    /// The capture is over.
    package mutating func finish<Sink: StreamSink>(at time: Timestamp, into sink: inout Sink) {
        connections.finish(at: time, into: &sink)
    }

    /// Ends the connection that has been quiet for longest, to make room.
    /// - Parameter why: in a clause, for the finding.
    package mutating func giveUpQuietest<Sink: StreamSink>(_ why: String, at time: Timestamp, into sink: inout Sink) {
        connections.giveUpQuietest(why, at: time, into: &sink)
    }

    private mutating func deliver<Sink: StreamSink>(_ frame: RawSpan, at time: Timestamp, into sink: inout Sink) {
        switch packet.content {
        case .tcp:
            counters.segments += 1
            connections.receive(packet, frame, at: time, into: &sink)
        case .udp:
            counters.datagrams += 1
            sink.datagram(
                from: packet.source, to: packet.destination, frame.extracting(packet.payload),
                missing: max(0, packet.declaredLength - packet.payload.count), at: time)
        case .fragment:
            guard let datagram = fragments.add(packet, frame, at: time) else { return }
            packet.resume(datagram.payload.span.bytes, as: datagram.nextProtocol)
            deliver(datagram.payload.span.bytes, at: time, into: &sink)
            if datagram.conflicting, packet.content == .tcp {
                let finding = Finding(
                    PacketRules.conflictingFragments, .connection,
                    "Fragments of a datagram overlap with different octets")
                connections.notice(finding, of: packet, at: time, into: &sink)
            }
        case .nothing(.unknownLink): counters.unknownLink += 1
        case .nothing(.malformed): counters.malformed += 1
        case .nothing(.notIP), .nothing(.otherTransport), .nothing(.tooDeep): counters.other += 1
        }
    }
}
