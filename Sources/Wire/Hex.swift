/// Octets as hexadecimal digits.
package enum Hex {
    /// Lower-case digits.
    package static func lower(_ octets: some Collection<UInt8>) -> String {
        String(unsafeUninitializedCapacity: octets.count * 2) { buffer in
            var at = 0
            for octet in octets {
                buffer[at] = digit(octet >> 4)
                buffer[at + 1] = digit(octet & 15)
                at += 2
            }
            return at
        }
    }

    /// The octets that digits of either case stand for; nil when there is another character or an odd number of digits.
    package static func octets(_ digits: some Collection<UInt8>) -> [UInt8]? {
        guard digits.count.isMultiple(of: 2) else { return nil }
        var octets: [UInt8] = []
        octets.reserveCapacity(digits.count / 2)
        var high: UInt8?
        for digit in digits {
            let value: UInt8
            switch digit {
            case 0x30...0x39: value = digit - 0x30
            case 0x41...0x46: value = digit - 0x41 + 10
            case 0x61...0x66: value = digit - 0x61 + 10
            default: return nil
            }
            if let h = high {
                octets.append(h << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return octets
    }

    @inline(__always)
    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }
}
