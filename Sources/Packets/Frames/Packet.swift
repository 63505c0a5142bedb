import Wire

/// What one captured frame carries, as far as it could be followed: a TCP segment, a UDP datagram, or an IP fragment.
///
/// Filled in place by `decode`, layer by layer, without copying an octet: positions point into the frame. Tunnels are
/// walked through, so addresses and ports are the innermost ones. Nothing here allocates.
package struct Packet: Sendable {
    package enum Content: Sendable, Equatable {
        case tcp
        case udp
        /// A piece of an IP datagram: `resume` goes on once `FragmentTable` has the whole.
        case fragment
        case nothing(Reason)
    }

    /// Why a frame carries neither.
    package enum Reason: Sendable, Equatable {
        /// A link type that is not known here.
        case unknownLink
        /// Not IP: ARP, spanning tree, management frames.
        case notIP
        /// IP, but another transport: ICMP, SCTP, ESP.
        case otherTransport
        /// A header is cut short or contradicts itself.
        case malformed
        /// More layers in layers than anyone sends.
        case tooDeep
    }

    package internal(set) var content = Content.nothing(.notIP)
    package internal(set) var source = Endpoint(address: IPAddress(v4: 0), port: 0)
    package internal(set) var destination = Endpoint(address: IPAddress(v4: 0), port: 0)
    /// Digest of the VLAN, tunnel and virtual network identifiers on the way in; 0 where there is none. Two connections
    /// with the same addresses and ports in two networks differ in it.
    package internal(set) var scope: UInt32 = 0

    /// The captured octets of the transport's payload, or of the fragment's.
    package internal(set) var payload = 0..<0
    /// How many octets the payload has according to its headers; more than `payload` where the capture cut the packet.
    package internal(set) var declaredLength = 0
    /// The payload was put together from IP fragments.
    package internal(set) var wasFragmented = false

    package internal(set) var sequence: UInt32 = 0
    package internal(set) var acknowledgment: UInt32 = 0
    package internal(set) var flags: TCPFlags = []

    package internal(set) var fragment = FragmentHeader()

    /// Layers walked so far.
    var depth = 0
    /// End of what the innermost header so far says is there, which trailing padding does not belong to.
    var end = 0
    /// Octets that were there beyond `end` and that the capture does not hold.
    var cut = 0

    package init() {}
}

package struct TCPFlags: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let fin = TCPFlags(rawValue: 0x01)
    package static let syn = TCPFlags(rawValue: 0x02)
    package static let rst = TCPFlags(rawValue: 0x04)
    package static let ack = TCPFlags(rawValue: 0x10)
}

/// Where a fragment belongs in its datagram.
package struct FragmentHeader: Sendable {
    package var identification: UInt32 = 0
    /// Of the fragment's first octet in the datagram's payload.
    package var offset = 0
    package var moreFollow = false
    /// Protocol number of the datagram's payload.
    package var nextProtocol: UInt8 = 0
}

extension Packet {
    /// Octets of the longest frame that is believed: longer than any snapshot length in use.
    package static let longest = 1 << 20

    /// Reads a frame of link type `link` that had `originalLength` octets on the wire.
    package mutating func decode(_ frame: RawSpan, originalLength: Int, link: LinkType) {
        scope = 0
        wasFragmented = false
        depth = 0
        end = frame.byteCount
        cut = originalLength > Packet.longest ? 0 : max(0, originalLength - frame.byteCount)
        payload = 0..<0
        declaredLength = 0
        content = .nothing(.notIP)
        self.link(link, frame, at: 0)
    }

    /// Goes on with the payload of a datagram, one of whose fragments this packet is.
    package mutating func resume(_ datagram: RawSpan, as nextProtocol: UInt8) {
        wasFragmented = true
        end = datagram.byteCount
        cut = 0
        transport(nextProtocol, datagram, at: 0)
    }

    /// Notes an identifier of the network that the rest of the packet belongs to.
    mutating func enter(_ identifier: UInt32) {
        scope = (scope ^ identifier) &* 0x9E37_79B1 ^ scope >> 15
    }

    /// One layer deeper; false when there are too many.
    mutating func descend() -> Bool {
        depth += 1
        if depth <= Packet.maximumDepth { return true }
        content = .nothing(.tooDeep)
        return false
    }

    /// Whether `count` octets are there from `offset` on; marks the packet malformed when not.
    mutating func has(_ count: Int, at offset: Int) -> Bool {
        if offset <= end, end - offset >= count { return true }
        content = .nothing(.malformed)
        return false
    }

    /// Headers in headers that are followed: a VLAN tag, a tunnel, an IP header and an extension header count as one each.
    static let maximumDepth = 32
}
