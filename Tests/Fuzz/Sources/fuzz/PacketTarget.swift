import Packets
import Wire

/// Frames of any link type through decoding, fragments and reassembly. The first octet sets the limits; then come
/// frames: an octet that chooses the link type, one that says how many octets the capture left out, two of length.
enum PacketTarget {
    static let links: [LinkType] = [
        .ethernet, .null, .tokenRing, .ppp, .fddi, .rawBSD, .rawOpenBSD, .pppHDLC, .pppEthernet, .atmRFC1483, .raw,
        .ciscoHDLC, .ieee80211, .frameRelay, .loop, .linuxCooked, .prism, .radiotap, .arcnetLinux, .avs, .pppd,
        .perPacketInformation, .pppWithDirection, .ciscoHDLCWithDirection, .frameRelayWithDirection, .ipnet, .ipv4,
        .ipv6, .nflog, .netlink, .pktap, .linuxCooked2, .unknown,
    ]

    static func run(_ input: [UInt8]) {
        guard let options = input.first else { return }
        var limits = Limits()
        if options & 1 != 0 {
            limits.flows = 2
            limits.fragments = 4096
            limits.reassemblyPerFlow = 2048
            limits.reassemblyTotal = 4096
        }
        var reader = TrafficReader(limits: limits)
        var ledger = StreamLedger()
        var time = Timestamp(nanoseconds: 0)
        let bytes = input.span.bytes
        var at = 1
        while at + 4 <= input.count {
            let link = links[Int(input[at]) % links.count]
            let missing = Int(input[at + 1])
            let end = min(at + 4 + Int(bytes.u16(at: at + 2)), input.count)
            let frame = bytes.extracting(at + 4..<end)
            time = Timestamp(nanoseconds: time.nanoseconds + 1_000_000)
            reader.read(frame, originalLength: frame.byteCount + missing, link: link, at: time, into: &ledger)
            promise(
                reader.connections.held <= limits.reassemblyTotal && reader.connections.open <= limits.flows,
                "more is held than the limits allow")
            at = end
        }
        reader.finish(at: time, into: &ledger)
        promise(reader.connections.held == 0 && reader.connections.open == 0, "something is held after the end")
        promise(ledger.isEmpty, "a connection was not closed")
    }
}

/// Checks that connections are opened, told of in order, every offset once, and closed.
private struct StreamLedger: StreamSink {
    private var offsets: [Int: PerDirection<StreamOffset>] = [:]

    var isEmpty: Bool { offsets.isEmpty }

    mutating func opened(_ connection: Connection, at time: Timestamp) {
        promise(offsets[connection.slot] == nil, "a slot is taken twice")
        offsets[connection.slot] = PerDirection { _ in 0 }
    }

    mutating func bytes(_ slot: Int, _ direction: Direction, offset: StreamOffset, _ bytes: RawSpan, at time: Timestamp)
    {
        advance(slot, direction, offset, StreamOffset(bytes.byteCount))
    }

    mutating func gap(_ slot: Int, _ direction: Direction, offset: StreamOffset, count: UInt64, at time: Timestamp) {
        advance(slot, direction, offset, count)
    }

    private mutating func advance(_ slot: Int, _ direction: Direction, _ offset: StreamOffset, _ count: UInt64) {
        promise(offsets[slot]?[direction] == offset && count > 0, "offset \(offset) is out of order")
        offsets[slot]?[direction] += count
    }

    mutating func halfClosed(_ slot: Int, _ direction: Direction, at time: Timestamp) {
        promise(offsets[slot] != nil, "an end outside a connection")
    }

    mutating func noticed(_ slot: Int, _ finding: Finding, at time: Timestamp) {
        promise(offsets[slot] != nil, "a finding outside a connection")
    }

    mutating func closed(_ slot: Int, _ end: TCPEnd, at time: Timestamp) {
        promise(offsets.removeValue(forKey: slot) != nil, "a connection is closed twice")
    }

    mutating func datagram(
        from source: Endpoint, to destination: Endpoint, _ bytes: RawSpan, missing: Int, at time: Timestamp
    ) {}
}
