/// One gzip member (RFC 1952) with stored blocks (RFC 1951 3.2.4).
func gzip(_ octets: [UInt8]) -> [UInt8] {
    var member: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    var at = 0
    repeat {
        let count = min(octets.count - at, 0xFFFF)
        let isLast = at + count == octets.count
        member += [
            isLast ? 1 : 0, UInt8(count & 0xFF), UInt8(count >> 8), UInt8(~count & 0xFF), UInt8(~count >> 8 & 0xFF),
        ]
        member += octets[at..<at + count]
        at += count
    } while at < octets.count
    let crc = crc32(octets)
    return member + (0..<4).map { UInt8(crc >> (8 * $0) & 0xFF) }
        + (0..<4).map { UInt8(UInt32(octets.count) >> (8 * UInt32($0)) & 0xFF) }
}

/// The check sum of gzip (ISO 3309).
func crc32(_ octets: [UInt8]) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for octet in octets {
        crc ^= UInt32(octet)
        for _ in 0..<8 { crc = crc & 1 != 0 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
}
