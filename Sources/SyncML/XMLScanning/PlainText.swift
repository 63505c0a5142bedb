import Wire

/// Octets of a document seen as text.
package enum PlainText {
    /// UTF-8 throughout and without control characters that XML cannot hold.
    static func isClean(_ bytes: RawSpan) -> Bool {
        var at = 0
        while at < bytes.byteCount {
            if at + 8 <= bytes.byteCount, isPrintable(bytes.word(at: at)) {
                at += 8
                continue
            }
            let length = UTF8Sequence.length(bytes, at: at)
            guard length > 0 else { return false }
            at += length
        }
        return true
    }

    /// Eight octets of ASCII, none of them a control character below the blank.
    @inline(__always)
    private static func isPrintable(_ word: UInt64) -> Bool {
        (word | ((word &- 0x2020_2020_2020_2020) & ~word)) & 0x8080_8080_8080_8080 == 0
    }

    /// `range` without white space at its ends.
    static func trimmed(_ bytes: RawSpan, _ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, isSpace(bytes.byte(at: start)) { start += 1 }
        while end > start, isSpace(bytes.byte(at: end - 1)) { end -= 1 }
        return start..<end
    }

    static func isBlank(_ octets: ArraySlice<UInt8>) -> Bool { octets.allSatisfy(isSpace) }

    package static func isSpace(_ octet: UInt8) -> Bool {
        octet == 0x20 || octet == 0x0A || octet == 0x0D || octet == 0x09
    }
}

/// One character of XML in UTF-8 (XML 1.0 2.2, RFC 3629).
package enum UTF8Sequence {
    /// Octets of the character at `at`, which lies inside; 0 where there is none that XML allows.
    @inline(__always)
    package static func length(_ bytes: RawSpan, at: Int) -> Int { length(bytes, at: at, end: bytes.byteCount) }

    /// The same where the text ends at `end`.
    @inline(__always)
    static func length(_ bytes: RawSpan, at: Int, end: Int) -> Int {
        let first = bytes.byte(at: at)
        if first < 0x80 {
            return first >= 0x20 || first == 0x0A || first == 0x09 || first == 0x0D ? 1 : 0
        }
        return multibyteLength(bytes, at: at, end: end, first)
    }

    /// Octets at `at`, where no character is, that one U+FFFD stands for: all of U+FFFE and U+FFFF, else one.
    static func unreadableLength(_ bytes: RawSpan, at: Int, end: Int) -> Int {
        let isNoncharacter =
            end - at >= 3 && bytes.byte(at: at) == 0xEF && bytes.byte(at: at + 1) == 0xBF
            && (0xBE...0xBF).contains(bytes.byte(at: at + 2))
        return isNoncharacter ? 3 : 1
    }

    private static func multibyteLength(_ bytes: RawSpan, at: Int, end: Int, _ first: UInt8) -> Int {
        let left = end - at
        func tail(_ offset: Int) -> UInt32? {
            let octet = bytes.byte(at: at + offset)
            return octet & 0xC0 == 0x80 ? UInt32(octet & 0x3F) : nil
        }
        switch first {
        case 0xC2...0xDF:
            return left >= 2 && tail(1) != nil ? 2 : 0
        case 0xE0...0xEF:
            guard left >= 3, let second = tail(1), let third = tail(2) else { return 0 }
            let value = UInt32(first & 0x0F) << 12 | second << 6 | third
            let allowed = value >= 0x800 && !(0xD800...0xDFFF).contains(value) && value < 0xFFFE
            return allowed ? 3 : 0
        case 0xF0...0xF4:
            guard left >= 4, let second = tail(1), let third = tail(2), let fourth = tail(3) else { return 0 }
            let value = UInt32(first & 0x07) << 18 | second << 12 | third << 6 | fourth
            return (0x10000...0x10FFFF).contains(value) ? 4 : 0
        default: return 0
        }
    }
}
