package import Wire

/// Puts the octets of a relayed connection into Ethernet frames, as a capture between its two ends would have them: the
/// handshake, segments with running sequence numbers and right checksums, FIN or RST.
///
/// States of a direction: sending until `finish`. After `reset` nothing more comes.
package struct SegmentWriter {
    private let ends: PerDirection<Endpoint>
    private var next: PerDirection<UInt32>
    private var finished = PerDirection { _ in false }
    private var isReset = false

    /// Octets of a segment, as on an Ethernet.
    package static let segmentLimit = 1440

    /// - Parameter seed: varies the initial sequence numbers.
    package init(client: Endpoint, server: Endpoint, seed: UInt32) {
        ends = PerDirection { $0 == .toServer ? client : server }
        next = PerDirection { $0 == .toServer ? seed : seed &* 2_654_435_761 &+ 1 }
    }

    /// SYN, SYN-ACK, ACK.
    package mutating func open() -> [[UInt8]] {
        let first = frame(.toServer, Flags.syn)
        next.toServer &+= 1
        let second = frame(.toClient, Flags.syn | Flags.ack)
        next.toClient &+= 1
        return [first, second, frame(.toServer, Flags.ack)]
    }

    package mutating func octets(_ octets: [UInt8], _ direction: Direction) -> [[UInt8]] {
        guard !isReset, !finished[direction] else { return [] }
        var frames: [[UInt8]] = []
        var at = 0
        while at < octets.count {
            let end = min(at + SegmentWriter.segmentLimit, octets.count)
            let last = end == octets.count
            frames.append(frame(direction, last ? Flags.ack | Flags.push : Flags.ack, octets[at..<end]))
            next[direction] &+= UInt32(end - at)
            at = end
        }
        return frames
    }

    /// Octets that are not in the capture: a hole in the sequence numbers.
    package mutating func skip(_ count: Int, _ direction: Direction) {
        next[direction] &+= UInt32(truncatingIfNeeded: count)
    }

    package mutating func finish(_ direction: Direction) -> [[UInt8]] {
        guard !isReset, !finished[direction] else { return [] }
        finished[direction] = true
        let fin = frame(direction, Flags.fin | Flags.ack)
        next[direction] &+= 1
        return [fin, frame(direction.opposite, Flags.ack)]
    }

    package mutating func reset(_ direction: Direction) -> [[UInt8]] {
        guard !isReset else { return [] }
        isReset = true
        return [frame(direction, Flags.reset | Flags.ack)]
    }

    // MARK: Frames

    private enum Flags {
        static let fin: UInt8 = 1
        static let syn: UInt8 = 2
        static let reset: UInt8 = 4
        static let push: UInt8 = 8
        static let ack: UInt8 = 16
    }

    private func frame(_ direction: Direction, _ flags: UInt8, _ payload: ArraySlice<UInt8> = []) -> [UInt8] {
        let (from, to) = (ends[direction], ends[direction.opposite])
        let isIPv6 = from.address.isIPv6 || to.address.isIPv6
        let (source, target) = (from.address.octets(asIPv6: isIPv6), to.address.octets(asIPv6: isIPv6))
        var segment: [UInt8] = []
        segment.reserveCapacity(20 + payload.count)
        segment.big16(from.port)
        segment.big16(to.port)
        segment.big32(next[direction])
        segment.big32(flags & Flags.ack != 0 ? next[direction.opposite] : 0)
        segment += [0x50, flags]
        segment.big16(65535)
        segment += [0, 0, 0, 0]
        segment += payload
        var pseudo = source + target
        pseudo.big32(UInt32(segment.count))
        pseudo.big32(6)
        let sum = checksum(segment, from: checksum(pseudo, from: 0))
        segment[16] = UInt8(truncatingIfNeeded: ~sum >> 8)
        segment[17] = UInt8(truncatingIfNeeded: ~sum)

        // Locally administered addresses: the client's ends in 1, the server's in 2.
        let (near, far): (UInt8, UInt8) = direction == .toServer ? (1, 2) : (2, 1)
        var octets: [UInt8] = [2, 0, 0, 0, 0, far, 2, 0, 0, 0, 0, near]
        octets.reserveCapacity(54 + segment.count)
        if isIPv6 {
            octets.big16(0x86DD)
            octets.big32(6 << 28)
            octets.big16(UInt16(segment.count))
            octets += [6, 64]
            octets += source + target
        } else {
            var header: [UInt8] = [0x45, 0]
            header.big16(UInt16(20 + segment.count))
            header += [0, 0, 0x40, 0, 64, 6, 0, 0]
            header += source + target
            let sum = checksum(header, from: 0)
            header[10] = UInt8(truncatingIfNeeded: ~sum >> 8)
            header[11] = UInt8(truncatingIfNeeded: ~sum)
            octets.big16(0x0800)
            octets += header
        }
        return octets + segment
    }

    /// The sum of RFC 1071, not complemented.
    private func checksum(_ octets: [UInt8], from start: UInt32) -> UInt32 {
        var sum = start
        for at in stride(from: 0, to: octets.count, by: 2) {
            sum += UInt32(octets[at]) << 8 | (at + 1 < octets.count ? UInt32(octets[at + 1]) : 0)
        }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return sum
    }
}

extension [UInt8] {
    fileprivate mutating func big16(_ value: UInt16) {
        append(UInt8(value >> 8))
        append(UInt8(truncatingIfNeeded: value))
    }

    fileprivate mutating func big32(_ value: UInt32) {
        big16(UInt16(value >> 16))
        big16(UInt16(truncatingIfNeeded: value))
    }
}
