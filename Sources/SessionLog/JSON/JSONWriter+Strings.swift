// Text as a string of JSON: most needs no escape, and is copied by words.

extension JSONWriter {
    @inline(__always)
    mutating func quote(_ text: String) {
        text.utf8Span.span.withUnsafeBufferPointer { quote($0) }
    }

    mutating func quote(_ utf8: UnsafeBufferPointer<UInt8>) {
        let start = count
        put(0x22)
        if escape(utf8), !JSONWriter.isUTF8(utf8) {
            count = start + 1
            let repaired = Array(String(decoding: utf8, as: UTF8.self).utf8)
            _ = repaired.withUnsafeBufferPointer { escape($0) }
        }
        put(0x22)
        reserve(0)
    }

    private static func isUTF8(_ octets: UnsafeBufferPointer<UInt8>) -> Bool {
        String(validating: octets, as: UTF8.self) != nil
    }

    /// Copies eight octets at a time until one needs an escape. True when one was not ASCII.
    private mutating func escape(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let source = utf8.baseAddress else { return false }
        let end = utf8.count
        if end <= 16, let seen = copyShort(UnsafeRawPointer(source), end) { return seen & 0x8080_8080_8080_8080 != 0 }
        reserve(end)
        var seen: UInt64 = 0
        var at = 0
        while at + 8 <= end {
            while at + 32 <= end {
                let words = UnsafeRawPointer(source + at).loadUnaligned(as: SIMD4<UInt64>.self)
                let marked = JSONWriter.escapes(words)
                guard marked[0] | marked[1] | marked[2] | marked[3] == 0 else { break }
                UnsafeMutableRawPointer(base + count).storeBytes(of: words, as: SIMD4<UInt64>.self)
                let both = words.lowHalf | words.highHalf
                seen |= both[0] | both[1]
                at += 32
                count += 32
            }
            guard at + 8 <= end else { break }
            let word = UnsafeRawPointer(source + at).loadUnaligned(as: UInt64.self)
            UnsafeMutableRawPointer(base + count).storeBytes(of: word, as: UInt64.self)
            seen |= word
            let marked = JSONWriter.escapes(UInt64(littleEndian: word))
            if marked == 0 {
                at += 8
                count += 8
            } else {
                let plain = marked.trailingZeroBitCount >> 3
                at += plain
                count += plain
                escape(source[at])
                at += 1
                reserve(end - at)
            }
        }
        if at < end, end >= 8 {
            // The last few octets, as the upper end of a word that overlaps what has been read.
            let left = end - at
            let word =
                UInt64(littleEndian: UnsafeRawPointer(source + end - 8).loadUnaligned(as: UInt64.self))
                >> UInt64(64 - 8 * left)
            if JSONWriter.escapes(word) & (1 << UInt64(8 * left) &- 1) == 0 {
                UnsafeMutableRawPointer(base + count).storeBytes(of: word.littleEndian, as: UInt64.self)
                seen |= word
                count += left
                at = end
            }
        }
        while at < end {
            let octet = source[at]
            seen |= UInt64(octet)
            if JSONWriter.needsEscape(octet) {
                escape(octet)
                reserve(end - at)
            } else {
                put(octet)
            }
            at += 1
        }
        return seen & 0x8080_8080_8080_8080 != 0
    }

    /// Copies up to 16 octets that need no escape, as two words that may overlap; nil, with nothing copied, where one
    /// needs one. Yields all bits seen.
    @inline(__always)
    private mutating func copyShort(_ source: UnsafeRawPointer, _ length: Int) -> UInt64? {
        let first: UInt64
        let last: UInt64
        switch length {
        case 8...:
            first = source.loadUnaligned(as: UInt64.self)
            last = source.loadUnaligned(fromByteOffset: length - 8, as: UInt64.self)
        case 4...:
            let high = UInt64(source.loadUnaligned(fromByteOffset: length - 4, as: UInt32.self))
            first = UInt64(source.loadUnaligned(as: UInt32.self)) | high << UInt64(8 * (length - 4))
            last = first
        case 1...:
            let middle = UInt64(source.load(fromByteOffset: length >> 1, as: UInt8.self)) << UInt64(8 * (length >> 1))
            let end = UInt64(source.load(fromByteOffset: length - 1, as: UInt8.self)) << UInt64(8 * (length - 1))
            first = UInt64(source.load(as: UInt8.self)) | middle | end
            last = first
        default: return 0
        }
        // What lies behind the text in a word is zero, and no octet of the text.
        let own = length >= 8 ? UInt64.max : 1 << UInt64(8 * length) &- 1
        guard (JSONWriter.escapes(first) | JSONWriter.escapes(last)) & own == 0 else { return nil }
        reserve(16)
        UnsafeMutableRawPointer(base + count).storeBytes(of: first, as: UInt64.self)
        if length > 8 { UnsafeMutableRawPointer(base + count + length - 8).storeBytes(of: last, as: UInt64.self) }
        count += length
        return first | last
    }

    /// The high bit of each octet that is a control character, `"`, `\` or DEL. In a word, above the lowest that is set
    /// others may be set wrongly.
    @inline(__always)
    private static func escapes(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        func zeros(_ x: UInt64) -> UInt64 { (x &- ones) & ~x }
        let control = (word &- ones &* 0x20) & ~word
        let marks = zeros(word ^ ones &* 0x22) | zeros(word ^ ones &* 0x5C) | zeros(word ^ ones &* 0x7F)
        return (control | marks) & (ones &* 0x80)
    }

    @inline(__always)
    private static func escapes(_ word: SIMD4<UInt64>) -> SIMD4<UInt64> {
        let ones = SIMD4<UInt64>(repeating: 0x0101_0101_0101_0101)
        let quote = word ^ SIMD4(repeating: 0x2222_2222_2222_2222)
        let backslash = word ^ SIMD4(repeating: 0x5C5C_5C5C_5C5C_5C5C)
        let delete = word ^ SIMD4(repeating: 0x7F7F_7F7F_7F7F_7F7F)
        let control = (word &- SIMD4(repeating: 0x2020_2020_2020_2020)) & ~word
        let marks = ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((delete &- ones) & ~delete)
        return (control | marks) & SIMD4(repeating: 0x8080_8080_8080_8080)
    }

    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F
    }

    private mutating func escape(_ byte: UInt8) {
        put(0x5C)
        switch byte {
        case 0x22, 0x5C: put(byte)
        case 0x0A: put(0x6E)
        case 0x0D: put(0x72)
        case 0x09: put(0x74)
        default:
            put(0x75)
            put(0x30)
            put(0x30)
            put(JSONWriter.digit(byte >> 4))
            put(JSONWriter.digit(byte & 15))
        }
    }

    @inline(__always)
    static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }
}
