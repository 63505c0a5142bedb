package import Wire

/// Blocks of a pcapng file (draft-ietf-opsawg-pcapng) as a live capture writes them: one section, one Ethernet interface
/// with times in nanoseconds. Little-endian, whatever the machine.
package enum PcapngBlocks {
    /// Section header and interface description: how the file begins.
    package static func beginning(application: String) -> [UInt8] {
        var section: [UInt8] = []
        section.little32(0x1A2B_3C4D)
        section.little32(1)  // version 1.0: major 1, minor 0
        section.little64(UInt64.max)  // length not told
        section.option(4, Array(application.utf8))
        section.option(0, [])
        var interface: [UInt8] = []
        interface.little32(1)  // Ethernet; two reserved octets
        interface.little32(0)  // packets whole
        interface.option(9, [9])  // times in units of 10^-9 s
        interface.option(0, [])
        return block(0x0A0D_0D0A, section) + block(1, interface)
    }

    /// A Decryption Secrets Block with lines of an NSS key log.
    package static func secrets(_ lines: String) -> [UInt8] {
        var body: [UInt8] = []
        body.little32(0x544C_534B)
        body.little32(UInt32(truncatingIfNeeded: lines.utf8.count))
        body.padded(Array(lines.utf8))
        return block(0x0000_000A, body)
    }

    /// An Enhanced Packet Block.
    package static func packet(_ frame: [UInt8], at time: Timestamp) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(frame.count + 24)
        let ticks = UInt64(bitPattern: time.nanoseconds)
        body.little32(0)
        body.little32(UInt32(truncatingIfNeeded: ticks >> 32))
        body.little32(UInt32(truncatingIfNeeded: ticks))
        body.little32(UInt32(truncatingIfNeeded: frame.count))
        body.little32(UInt32(truncatingIfNeeded: frame.count))
        body.padded(frame)
        return block(6, body)
    }

    private static func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
        let length = UInt32(truncatingIfNeeded: body.count + 12)
        var octets: [UInt8] = []
        octets.reserveCapacity(body.count + 12)
        octets.little32(type)
        octets.little32(length)
        octets += body
        octets.little32(length)
        return octets
    }
}

extension [UInt8] {
    fileprivate mutating func little32(_ value: UInt32) {
        for shift: UInt32 in [0, 8, 16, 24] { append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    fileprivate mutating func little64(_ value: UInt64) {
        little32(UInt32(truncatingIfNeeded: value))
        little32(UInt32(truncatingIfNeeded: value >> 32))
    }

    fileprivate mutating func padded(_ octets: [UInt8]) {
        self += octets
        self += repeatElement(0, count: -octets.count & 3)
    }

    fileprivate mutating func option(_ code: UInt16, _ value: [UInt8]) {
        little32(UInt32(code) | UInt32(truncatingIfNeeded: value.count) << 16)
        padded(value)
    }
}
