/// Base64 (RFC 4648 section 4), with padding.
package enum Base64 {
    package static func encode(_ octets: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        encode(octets, into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    package static func encode(_ octets: some Collection<UInt8>, into text: inout [UInt8]) {
        text.reserveCapacity(text.count + (octets.count + 2) / 3 * 4)
        var group: UInt32 = 0
        var held = 0
        for octet in octets {
            group = group << 8 | UInt32(octet)
            held += 1
            if held == 3 {
                for shift: UInt32 in [18, 12, 6, 0] { text.append(digits[Int(group >> shift & 63)]) }
                group = 0
                held = 0
            }
        }
        guard held > 0 else { return }
        group <<= held == 1 ? 16 : 8
        text.append(digits[Int(group >> 18 & 63)])
        text.append(digits[Int(group >> 12 & 63)])
        text.append(held == 2 ? digits[Int(group >> 6 & 63)] : 0x3D)
        text.append(0x3D)
    }

    /// The octets that a text stands for. White space is passed over and missing padding is forgiven; nil for any other
    /// character, for padding in the middle, and for a last group that is too short or has bits left over.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? { decode(Array(text.utf8)) }

    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        var octets: [UInt8] = []
        octets.reserveCapacity(text.count / 4 * 3)
        var group: UInt32 = 0
        var held = 0
        var padding = 0
        for character in text {
            switch character {
            case 0x20, 0x09, 0x0A, 0x0D: continue
            case 0x3D:
                padding += 1
                continue
            default: break
            }
            let value = values[Int(character)]
            guard value < 64, padding == 0 else { return nil }
            group = group << 6 | UInt32(value)
            held += 1
            if held == 4 {
                octets.append(UInt8(truncatingIfNeeded: group >> 16))
                octets.append(UInt8(truncatingIfNeeded: group >> 8))
                octets.append(UInt8(truncatingIfNeeded: group))
                group = 0
                held = 0
            }
        }
        guard padding <= (held == 2 ? 2 : held == 3 ? 1 : 0) else { return nil }
        switch held {
        case 0: return octets
        case 2 where group & 0x0F == 0:
            octets.append(UInt8(truncatingIfNeeded: group >> 4))
            return octets
        case 3 where group & 0x03 == 0:
            octets.append(UInt8(truncatingIfNeeded: group >> 10))
            octets.append(UInt8(truncatingIfNeeded: group >> 2))
            return octets
        default: return nil
        }
    }

    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for (value, digit) in digits.enumerated() { table[Int(digit)] = UInt8(value) }
        return table
    }()
}
