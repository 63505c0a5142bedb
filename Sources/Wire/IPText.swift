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

    /// The four octets of a dotted address, the sixteen of one that RFC 4291 2.2 writes in any of its ways (without a
    /// zone); nil for anything else.
    package static func octets(_ text: some StringProtocol) -> [UInt8]? {
        let text = Array(text.utf8)
        guard text.contains(0x3A) else { return dotted(text[...]) }
        // `::` stands once, for at least one group of zeros.
        guard let gap = text.indices.dropLast().first(where: { text[$0] == 0x3A && text[$0 + 1] == 0x3A }) else {
            return groups(text[...], isEnd: true).flatMap { $0.count == 16 ? $0 : nil }
        }
        guard let before = groups(text[..<gap], isEnd: false), let after = groups(text[(gap + 2)...], isEnd: true),
            before.count + after.count <= 14
        else { return nil }
        return before + [UInt8](repeating: 0, count: 16 - before.count - after.count) + after
    }

    /// Groups of hexadecimal digits with colons between them; the last of an address may be a dotted one.
    private static func groups(_ text: ArraySlice<UInt8>, isEnd: Bool) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: 0x3A, maxSplits: 8, omittingEmptySubsequences: false)
        var octets: [UInt8] = []
        for (at, part) in parts.enumerated() {
            if isEnd, at == parts.count - 1, part.contains(0x2E) {
                guard let last = dotted(part) else { return nil }
                octets += last
            } else {
                guard part.count <= 4, part.allSatisfy(isHexDigit),
                    let group = UInt16(String(decoding: part, as: UTF8.self), radix: 16)
                else { return nil }
                octets += [UInt8(group >> 8), UInt8(group & 0xFF)]
            }
        }
        return octets
    }

    private static func dotted(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = text.split(separator: 0x2E, maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var octets: [UInt8] = []
        for part in parts {
            guard part.count <= 3, part.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
                let octet = UInt8(String(decoding: part, as: UTF8.self))
            else { return nil }
            octets.append(octet)
        }
        return octets
    }

    private static func isHexDigit(_ octet: UInt8) -> Bool {
        octet >= 0x30 && octet <= 0x39 || octet | 0x20 >= 0x61 && octet | 0x20 <= 0x66
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
