/// Packets for tests, from the inside out: a TCP segment or UDP datagram, put into IP, put into a link layer. Check sums
/// are zero: nothing under test looks at them.
package enum Frames {
    package static func tcp(
        from source: UInt16, to destination: UInt16, sequence: UInt32, acknowledgment: UInt32? = nil, syn: Bool = false,
        fin: Bool = false, rst: Bool = false, _ payload: [UInt8] = []
    ) -> [UInt8] {
        let flags: UInt8 = (fin ? 1 : 0) | (syn ? 2 : 0) | (rst ? 4 : 0) | (acknowledgment != nil ? 16 : 0)
        return be16(source) + be16(destination) + be32(sequence) + be32(acknowledgment ?? 0) + [0x50, flags]
            + be16(65535) + [0, 0, 0, 0] + payload
    }

    package static func udp(from source: UInt16, to destination: UInt16, _ payload: [UInt8]) -> [UInt8] {
        be16(source) + be16(destination) + be16(UInt16(8 + payload.count)) + [0, 0] + payload
    }

    /// `fragment` is the field with the flags and the offset in units of eight octets. A `totalLength` of nil is the true one.
    package static func ipv4(
        _ number: UInt8, _ payload: [UInt8], from source: [UInt8] = [10, 0, 0, 1],
        to destination: [UInt8] = [10, 0, 0, 2],
        options: [UInt8] = [], identification: UInt16 = 1, fragment: UInt16 = 0, totalLength: UInt16? = nil
    ) -> [UInt8] {
        let length = totalLength ?? UInt16(20 + options.count + payload.count)
        return [0x45 + UInt8(options.count / 4), 0] + be16(length) + be16(identification) + be16(fragment)
            + [64, number, 0, 0] + source + destination + options + payload
    }

    package static func ipv6(
        _ number: UInt8, _ payload: [UInt8], from source: UInt8 = 1, to destination: UInt8 = 2,
        payloadLength: UInt16? = nil
    ) -> [UInt8] {
        let prefix: [UInt8] = [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11)
        return [0x60, 0, 0, 0] + be16(payloadLength ?? UInt16(payload.count)) + [number, 64]
            + prefix + [source] + prefix + [destination] + payload
    }

    package static func ethernet(_ type: UInt16, _ payload: [UInt8]) -> [UInt8] {
        [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1] + be16(type) + payload
    }

    package static func be16(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
    package static func be32(_ value: UInt32) -> [UInt8] {
        be16(UInt16(value >> 16)) + be16(UInt16(truncatingIfNeeded: value))
    }
    package static func le16(_ value: UInt16) -> [UInt8] { be16(value.byteSwapped) }
    package static func le32(_ value: UInt32) -> [UInt8] { be32(value.byteSwapped) }
}
