/// Octets as lower-case hexadecimal digits.
package enum Hex {
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

    @inline(__always)
    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }
}
