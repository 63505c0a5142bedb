import Wire

/// The XML declaration at the beginning of a document whose octets are ASCII up to there.
package struct XMLDeclaration: Sendable, Equatable {
    /// Value of `encoding`, lower case; nil when it has none.
    package var encoding: String?
    /// Value of `version` is `1.0`.
    package var isVersion10: Bool
    /// Octets up to and with `?>`.
    package var end: Int

    /// The declaration that begins at `offset`; nil when none does, or when it is not as XML 1.0 2.8 wants it:
    /// version, then encoding if any, then standalone if any.
    package init?(_ bytes: RawSpan, at offset: Int) {
        var at = offset
        guard XMLDeclaration.skip("<?xml", bytes, &at),
            let version = XMLDeclaration.attribute("version", bytes, &at)
        else { return nil }
        isVersion10 = bytes.text(version) == "1.0"
        if let range = XMLDeclaration.attribute("encoding", bytes, &at) {
            guard !range.isEmpty, range.count <= 40, XMLDeclaration.isEncodingName(bytes, range) else { return nil }
            encoding = bytes.text(range).lowercased()
        }
        if let range = XMLDeclaration.attribute("standalone", bytes, &at) {
            let value = bytes.text(range)
            guard value == "yes" || value == "no" else { return nil }
        }
        XMLDeclaration.skipSpace(bytes, &at)
        guard XMLDeclaration.skip("?>", bytes, &at) else { return nil }
        end = at
    }

    /// White space, the name, `=` and a quoted value, whose range it returns; nil, without moving, where they are not.
    private static func attribute(_ name: StaticString, _ bytes: RawSpan, _ at: inout Int) -> Range<Int>? {
        var next = at
        skipSpace(bytes, &next)
        guard next > at, skip(name, bytes, &next) else { return nil }
        skipSpace(bytes, &next)
        guard skip("=", bytes, &next) else { return nil }
        skipSpace(bytes, &next)
        guard next < bytes.byteCount else { return nil }
        let quote = bytes.byte(at: next)
        guard quote == 0x22 || quote == 0x27 else { return nil }
        let start = next + 1
        var end = start
        while end < bytes.byteCount, bytes.byte(at: end) != quote {
            guard end - start < 100 else { return nil }
            end += 1
        }
        guard end < bytes.byteCount else { return nil }
        at = end + 1
        return start..<end
    }

    private static func skip(_ wanted: StaticString, _ bytes: RawSpan, _ at: inout Int) -> Bool {
        guard bytes.has(wanted, at: at) else { return false }
        at += wanted.utf8CodeUnitCount
        return true
    }

    private static func skipSpace(_ bytes: RawSpan, _ at: inout Int) {
        while at < bytes.byteCount, PlainText.isSpace(bytes.byte(at: at)) { at += 1 }
    }

    /// A letter, then letters, digits, `.`, `_`, `-` (XML 1.0 EncName).
    private static func isEncodingName(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
        for i in range {
            let octet = bytes.byte(at: i)
            let letter = (octet | 0x20) >= 0x61 && (octet | 0x20) <= 0x7A
            let other = (octet >= 0x30 && octet <= 0x39) || octet == 0x2E || octet == 0x5F || octet == 0x2D
            guard letter || (other && i > range.lowerBound) else { return false }
        }
        return true
    }
}
