/// IP addresses as text.
package enum IPText {
    /// Four octets as `192.0.2.1`, sixteen as RFC 5952 writes them (`2001:db8::1`); nil for any other count.
    package static func string(_ octets: [UInt8]) -> String? {
        switch octets.count {
        case 4: octets.map { String($0) }.joined(separator: ".")
        case 16: ipv6(octets)
        default: nil
        }
    }

    private static func ipv6(_ octets: [UInt8]) -> String {
        let groups = (0..<8).map { UInt16(octets[2 * $0]) << 8 | UInt16(octets[2 * $0 + 1]) }
        if groups[..<5].allSatisfy({ $0 == 0 }), groups[5] == 0xFFFF {
            return "::ffff:" + octets[12...].map { String($0) }.joined(separator: ".")
        }
        // The longest run of at least two zero groups is shortened, the first of several.
        var longest = 0..<0
        var at = 0
        while at < 8 {
            let end = groups[at...].firstIndex { $0 != 0 } ?? 8
            if end - at > max(longest.count, 1) { longest = at..<end }
            at = max(end, at + 1)
        }
        func text(_ groups: ArraySlice<UInt16>) -> String {
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !longest.isEmpty else { return text(groups[...]) }
        return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
    }
}
