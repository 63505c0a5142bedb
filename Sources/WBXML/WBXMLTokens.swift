/// The global tokens of WAP-192 7.1: they mean the same on every code page, in tag and in attribute state.
enum Token {
    static let switchPage: UInt8 = 0x00
    static let end: UInt8 = 0x01
    static let entity: UInt8 = 0x02
    static let strI: UInt8 = 0x03
    static let literal: UInt8 = 0x04
    static let extI0: UInt8 = 0x40
    static let extI2: UInt8 = 0x42
    static let pi: UInt8 = 0x43
    static let literalC: UInt8 = 0x44
    static let extT0: UInt8 = 0x80
    static let extT2: UInt8 = 0x82
    static let strT: UInt8 = 0x83
    static let literalA: UInt8 = 0x84
    static let ext0: UInt8 = 0xC0
    static let ext2: UInt8 = 0xC2
    static let opaque: UInt8 = 0xC3
    static let literalAC: UInt8 = 0xC4

    /// Bits of a tag: attributes follow, content follows.
    static let attributesFollow: UInt8 = 0x80
    static let contentFollows: UInt8 = 0x40
    /// Bits of a tag that say which; 0 to 4 are global tokens.
    static let identity: UInt8 = 0x3F
}

/// The largest value that mb_u_int32 holds takes five octets (WAP-192 5.1).
enum MultiByteInteger {
    static let maxOctets = 5

    /// Appends `value`, seven bits an octet, most significant first, in as few octets as will do.
    static func append(_ value: UInt32, to octets: inout [UInt8]) {
        var shift = 28
        while shift > 0, value >> UInt32(shift) == 0 { shift -= 7 }
        while shift > 0 {
            octets.append(UInt8(truncatingIfNeeded: value >> UInt32(shift)) & 0x7F | 0x80)
            shift -= 7
        }
        octets.append(UInt8(truncatingIfNeeded: value) & 0x7F)
    }
}
