package import Wire

/// Turns TCP segments into the two octet streams of each connection.
///
/// In-order data is passed on as it lies in the frame, without a copy. Segments that come early wait in their
/// direction's queue. Missing octets become a gap once it is certain that nobody will send them again: when the other
/// side has acknowledged octets beyond them, when the queue's limit is reached, or when the connection ends.
///
/// A connection is open from its first SYN, or first data where SYN was not captured, until
/// - both directions reached their FIN: it ends there;
/// - both FINs were seen and acknowledged, but octets before them are missing: it ends after a while (`lingering`);
/// - RST: what was under way in the other direction is still taken for a while (`lingering`), then it ends. Where its
///   sender goes on beyond it, the receiver has ignored it (RFC 5961 3.2), and the connection is open again;
/// - a SYN of another connection between the same ports, the limit on connections, or the end of the capture.
/// It is then remembered for a while (`ended`), so that late repetitions are not taken for a new connection. Octets that
/// cannot be such a repetition begin one.
///
/// Checksums are not looked at: captures at a sender hold packets whose checksums the network card has yet to fill in.
/// Whoever sent the first SYN is the client; without SYN it is taken to be the side with the higher port.
///
/// Connections are found by addresses and ports. Networks inside one capture (VLANs, tunnels) tell them apart only when
/// they must: where a packet's sequence numbers fit a connection, it belongs to it, although the two directions may
/// travel in different VLANs, and one packet may be captured in and outside its tunnel.
package struct TCPReassembler {
    struct Flow {
        enum State {
            case free
            case open
            /// It will end so unless something comes that shows the contrary.
            case lingering(TCPEnd, until: Int64)
            case ended
        }
        var state = State.free
        var key: FlowKey
        var clientIsLow: Bool
        var firstFin: Direction?
        /// When its last packet came.
        var lastSeen = Timestamp(nanoseconds: 0)
    }

    /// How long data that was under way is taken after RST or the last acknowledgement, in nanoseconds.
    static let linger: Int64 = 2_000_000_000
    /// Connections remembered after their end.
    static let remembered = 1024
    /// How far from the expected sequence number SYN or RST of the same connection may be.
    static let reach: Int32 = 1 << 24

    /// Octets held in queues, with allowances.
    package internal(set) var held = 0
    /// Segments whose octets had all been seen before.
    package internal(set) var retransmissions: UInt64 = 0

    let limits: Limits
    var slots: [FlowKey: Int] = [:]
    var flows: [Flow] = []
    /// Two for each slot, by direction.
    var halves: [StreamHalf] = []
    var freeSlots: [Int] = []
    var opened: UInt64 = 0
    /// Open connections, the one quiet for longest first.
    var quiet = IndexedList()
    var lingering = IndexedList()
    var ended = IndexedList()
    /// Directions with a queue, the one waiting for longest first.
    var waiting = IndexedList()

    package init(limits: Limits) { self.limits = limits }

    /// Connections open now.
    package var open: Int { quiet.count }

    /// Takes one segment. `frame` is what `packet` was decoded from.
    package mutating func receive<Sink: StreamSink>(
        _ packet: Packet, _ frame: RawSpan, at time: Timestamp, into sink: inout Sink
    ) {
        endLingering(at: time, into: &sink)
        guard let (slot, direction) = find(packet, at: time, into: &sink) else { return }
        quiet.moveToBack(slot)
        flows[slot].lastSeen = time
        let half = index(slot, direction)
        var sequence = packet.sequence
        if packet.flags.contains(.syn) {
            synchronize(slot, direction, packet)
            sequence &+= 1
        }
        if packet.flags.contains(.rst) {
            reset(slot, direction, packet, at: time)
            return
        }
        if packet.flags.contains(.ack) {
            acknowledged(
                slot, direction.opposite, packet.acknowledgment, withData: packet.declaredLength > 0, at: time,
                into: &sink)
            if hasEnded(slot) { return }
        }
        if packet.declaredLength > 0 {
            if halves[half].base == .none {
                halves[half].begin(guess: sequence)
            } else {
                halves[half].correctGuess(sequence, count: packet.declaredLength, reach: TCPReassembler.reach)
            }
            take(
                slot, direction, sequence, frame.extracting(packet.payload), packet.declaredLength, at: time,
                into: &sink)
        }
        if packet.flags.contains(.fin), halves[half].base != .none {
            halves[half].finish(at: halves[half].position(of: sequence &+ UInt32(packet.declaredLength)))
        }
        if halves[half].finOffset != nil { finishIfComplete(slot, direction, at: time, into: &sink) }
    }

    /// Tells a finding about the connection that a packet belongs to, if there is one.
    package func notice<Sink: StreamSink>(
        _ finding: Finding, of packet: Packet, at time: Timestamp, into sink: inout Sink
    ) {
        let key = FlowKey(packet, sourceIsLow: FlowKey.sourceIsLow(packet))
        guard let slot = slots[key], !hasEnded(slot) else { return }
        sink.noticed(slot, finding, at: time)
    }

    /// The capture is over: ends every connection, the one quiet for longest first.
    package mutating func finish<Sink: StreamSink>(at time: Timestamp, into sink: inout Sink) {
        while let slot = quiet.first {
            if case .lingering(let how, _) = flows[slot].state {
                end(slot, how, at: flows[slot].lastSeen, into: &sink)
            } else {
                end(slot, .captureEnded, at: time, into: &sink)
            }
        }
    }

    private mutating func synchronize(_ slot: Int, _ direction: Direction, _ packet: Packet) {
        let half = index(slot, direction)
        // A late SYN of a stream that has moved on changes nothing.
        if halves[half].isAtStart { halves[half].begin(handshake: packet.sequence) }
    }

    /// The other side has acknowledged the octets of a direction before `sequence`.
    private mutating func acknowledged<Sink: StreamSink>(
        _ slot: Int, _ direction: Direction, _ sequence: UInt32, withData: Bool, at time: Timestamp,
        into sink: inout Sink
    ) {
        let half = index(slot, direction)
        if halves[half].base == .none
            || halves[half].isAtStart && !halves[half].expects(sequence, within: TCPReassembler.reach)
        {
            // A bare one may answer SYN for an older connection (RFC 9293 3.5.1); SYN knows better.
            if halves[half].base != .handshake || withData { halves[half].begin(guess: sequence) }
            return
        }
        if halves[half].acknowledge(sequence) {
            while let start = halves[half].queue.start, halves[half].acknowledged > start {
                skip(slot, direction, to: start, at: time, into: &sink)
                drain(slot, direction, at: time, into: &sink)
            }
            finishIfComplete(slot, direction, at: time, into: &sink)
        }
        if halves[half].isOver, halves[index(slot, direction.opposite)].isOver, case .open = flows[slot].state {
            linger(slot, before: .fin(flows[slot].firstFin ?? direction.opposite), at: time)
        }
    }

    func hasEnded(_ slot: Int) -> Bool {
        if case .ended = flows[slot].state { return true }
        return false
    }

    func index(_ slot: Int, _ direction: Direction) -> Int { slot << 1 | Int(direction.rawValue) }
}
