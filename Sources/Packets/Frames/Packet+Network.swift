import Wire

// IPv4 and IPv6 with their options, extension headers and fragments.

extension Packet {
    /// An IP header of the version that it says itself.
    mutating func ip(_ frame: RawSpan, at offset: Int) {
        guard has(1, at: offset) else { return }
        switch frame.byte(at: offset) >> 4 {
        case 4: ipv4(frame, at: offset)
        case 6: ipv6(frame, at: offset)
        default: content = .nothing(.notIP)
        }
    }

    mutating func ipv4(_ frame: RawSpan, at offset: Int) {
        guard descend(), has(20, at: offset) else { return }
        let first = frame.byte(at: offset)
        let headerLength = Int(first & 0x0F) * 4
        let totalLength = Int(frame.u16(at: offset + 2))
        guard first >> 4 == 4, headerLength >= 20, has(headerLength, at: offset) else {
            content = .nothing(.malformed)
            return
        }
        // Total length 0 is what segmentation offload leaves in packets captured before they are cut up.
        if totalLength != 0 {
            guard totalLength >= headerLength else {
                content = .nothing(.malformed)
                return
            }
            declare(end: offset + totalLength)
        }
        source.address = IPAddress(v4: frame.u32(at: offset + 12))
        destination.address = IPAddress(v4: frame.u32(at: offset + 16))
        let next = frame.byte(at: offset + 9)
        let fragmentation = frame.u16(at: offset + 6)
        if fragmentation & 0x3FFF != 0 {
            fragment.identification = UInt32(frame.u16(at: offset + 4))
            fragment.offset = Int(fragmentation & 0x1FFF) * 8
            fragment.moreFollow = fragmentation & 0x2000 != 0
            fragment.nextProtocol = next
            return settle(.fragment, at: offset + headerLength)
        }
        transport(next, frame, at: offset + headerLength)
    }

    mutating func ipv6(_ frame: RawSpan, at offset: Int) {
        guard descend(), has(40, at: offset) else { return }
        guard frame.byte(at: offset) >> 4 == 6 else {
            content = .nothing(.malformed)
            return
        }
        let payloadLength = Int(frame.u16(at: offset + 4))
        // Payload length 0 is a jumbogram or segmentation offload.
        if payloadLength != 0 { declare(end: offset + 40 + payloadLength) }
        source.address = IPAddress(high: frame.u64(at: offset + 8), low: frame.u64(at: offset + 16))
        destination.address = IPAddress(high: frame.u64(at: offset + 24), low: frame.u64(at: offset + 32))
        transport(frame.byte(at: offset + 6), frame, at: offset + 40)
    }

    /// What follows an IP header or an extension header, by protocol number.
    mutating func transport(_ number: UInt8, _ frame: RawSpan, at offset: Int) {
        switch number {
        case IPProtocol.tcp: tcp(frame, at: offset)
        case IPProtocol.udp: udp(frame, at: offset)
        case IPProtocol.hopByHop, IPProtocol.routing, IPProtocol.destinationOptions, IPProtocol.mobility,
            IPProtocol.hostIdentity, IPProtocol.shim6:
            guard descend(), has(8, at: offset) else { return }
            let length = 8 + 8 * Int(frame.byte(at: offset + 1))
            guard has(length, at: offset) else { return }
            transport(frame.byte(at: offset), frame, at: offset + length)
        case IPProtocol.authentication:
            guard descend(), has(8, at: offset) else { return }
            let length = 8 + 4 * Int(frame.byte(at: offset + 1))
            guard has(length, at: offset) else { return }
            transport(frame.byte(at: offset), frame, at: offset + length)
        case IPProtocol.fragment:
            guard descend(), has(8, at: offset) else { return }
            let field = frame.u16(at: offset + 2)
            fragment.nextProtocol = frame.byte(at: offset)
            // Offset 0 and nothing to follow is an atomic fragment (RFC 6946): the whole datagram.
            if field & 0xFFF9 == 0 { return transport(fragment.nextProtocol, frame, at: offset + 8) }
            fragment.identification = frame.u32(at: offset + 4)
            fragment.offset = Int(field & 0xFFF8)
            fragment.moreFollow = field & 1 != 0
            settle(.fragment, at: offset + 8)
        case IPProtocol.ipv4: ipv4(frame, at: offset)
        case IPProtocol.ipv6: ipv6(frame, at: offset)
        case IPProtocol.gre: gre(frame, at: offset)
        case IPProtocol.mpls: mpls(frame, at: offset)
        case IPProtocol.ethernet:
            guard descend() else { return }
            ethernet(frame, at: offset)
        case IPProtocol.etherIP:
            guard descend() else { return }
            ethernet(frame, at: offset + 2)
        default: content = .nothing(.otherTransport)
        }
    }

    private mutating func tcp(_ frame: RawSpan, at offset: Int) {
        guard has(20, at: offset) else { return }
        let headerLength = Int(frame.byte(at: offset + 12) >> 4) * 4
        guard headerLength >= 20, headerLength <= end + cut - offset else {
            content = .nothing(.malformed)
            return
        }
        source.port = frame.u16(at: offset)
        destination.port = frame.u16(at: offset + 2)
        sequence = frame.u32(at: offset + 4)
        acknowledgment = frame.u32(at: offset + 8)
        flags = TCPFlags(rawValue: frame.byte(at: offset + 13))
        settle(.tcp, at: offset + headerLength)
    }

    private mutating func udp(_ frame: RawSpan, at offset: Int) {
        guard has(8, at: offset) else { return }
        source.port = frame.u16(at: offset)
        destination.port = frame.u16(at: offset + 2)
        let length = Int(frame.u16(at: offset + 4))
        if length >= 8 { declare(end: offset + length) }
        if tunnel(frame, at: offset + 8) { return }
        settle(.udp, at: offset + 8)
    }

    /// The innermost header is read: what is left is payload.
    mutating func settle(_ content: Content, at offset: Int) {
        self.content = content
        payload = min(offset, end)..<end
        declaredLength = end + cut - offset
    }

    /// A header says that its packet ends at `declared`: less than what is here leaves padding out; more was cut off as
    /// far as the frame was longer, and is a wrong length beyond that.
    mutating func declare(end declared: Int) {
        cut = max(0, min(cut, declared - end))
        end = min(end, declared)
    }
}

enum IPProtocol {
    static let hopByHop: UInt8 = 0
    static let ipv4: UInt8 = 4
    static let tcp: UInt8 = 6
    static let udp: UInt8 = 17
    static let ipv6: UInt8 = 41
    static let routing: UInt8 = 43
    static let fragment: UInt8 = 44
    static let gre: UInt8 = 47
    static let authentication: UInt8 = 51
    static let destinationOptions: UInt8 = 60
    static let etherIP: UInt8 = 97
    static let mobility: UInt8 = 135
    static let mpls: UInt8 = 137
    static let hostIdentity: UInt8 = 139
    static let shim6: UInt8 = 140
    static let ethernet: UInt8 = 143
}
