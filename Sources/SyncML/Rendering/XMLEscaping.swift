import Wire

/// Writes octets as XML character data: `&`, `<` and `>` as references, what is no character of XML in UTF-8 as U+FFFD.
enum XMLEscaping {
    enum Place {
        case content
        /// Between double quotes: white space other than the blank is written as references too.
        case attribute
        /// Not XML: nothing is escaped that can be shown.
        case note
        /// A processing instruction, where references are none.
        case instruction
    }

    /// - Parameter forDisplay: what XML allows and a terminal may act on is U+FFFD too: DEL, the control characters
    ///   U+0080 to U+009F, and what turns or hides text (`misleads`).
    static func append(
        _ octets: [UInt8], _ range: Range<Int>, _ place: Place, _ forDisplay: Bool, to out: inout OctetWriter
    ) {
        let end = range.upperBound
        let bytes = octets.span.bytes
        var at = range.lowerBound
        var run = at
        while true {
            at = plainEnd(bytes, at, end)
            if at == end { break }
            let octet = bytes.byte(at: at)
            var length = 1
            if octet >= 0x7F {
                length = UTF8Sequence.length(bytes, at: at, end: end)
                let control =
                    octet == 0x7F || (octet == 0xC2 && length == 2 && bytes.byte(at: at + 1) < 0xA0)
                    || (length == 3 && bytes.misleads(at: at))
                if length > 0, !(forDisplay && control) {
                    at += length
                    continue
                }
            } else if place != .attribute, octet == 0x0A || octet == 0x09 || octet == 0x22 {
                at += 1
                continue
            } else if place == .note || place == .instruction, octet == 0x26 || octet == 0x3C || octet == 0x3E {
                at += 1
                continue
            }
            out.append(bytes, run..<at)
            out.append(place == .instruction && octet == 0x0D ? ShortText(octet: 0x0A) : reference(octet))
            at += length > 0 ? length : octet < 0x80 ? 1 : UTF8Sequence.unreadableLength(bytes, at: at, end: end)
            run = at
        }
        out.append(bytes, run..<end)
    }

    /// A text that is not XML, in one line of a terminal.
    static func appendNote(_ note: String, to out: inout OctetWriter) {
        let octets = note.utf8.map { $0 == 0x0A || $0 == 0x09 ? 0x20 : $0 }
        append(octets, 0..<octets.count, .note, true, to: &out)
    }

    /// What stands for a character that cannot stand as it is.
    static func reference(_ octet: UInt8) -> ShortText {
        switch octet {
        case 0x26: Reference.ampersand
        case 0x3C: Reference.less
        case 0x3E: Reference.greater
        case 0x22: Reference.quote
        case 0x09: Reference.tab
        case 0x0A: Reference.lineFeed
        case 0x0D: Reference.carriageReturn
        default: Reference.replacement
        }
    }

    private enum Reference {
        static let ampersand = ShortText("&amp;")
        static let less = ShortText("&lt;")
        static let greater = ShortText("&gt;")
        static let quote = ShortText("&quot;")
        static let tab = ShortText("&#9;")
        static let lineFeed = ShortText("&#10;")
        static let carriageReturn = ShortText("&#13;")
        static let replacement = ShortText("\u{FFFD}")
    }

    /// An octet of ASCII stands as it is in content.
    static func isPlain(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x26, 0x3C, 0x3E: false
        case 0x09, 0x0A: true
        default: octet >= 0x20
        }
    }

    /// Where ASCII ends that stands as it is everywhere. Octets are looked at eight at a time while `bytes` has eight.
    @inline(__always)
    private static func plainEnd(_ bytes: RawSpan, _ start: Int, _ end: Int) -> Int {
        var at = start
        while at < end, at + 8 <= bytes.byteCount {
            let special = special(bytes.word(at: at))
            if special != 0 { return min(end, at + special.trailingZeroBitCount >> 3) }
            at += 8
        }
        if at >= end { return end }
        while at < end {
            let octet = bytes.byte(at: at)
            guard octet >= 0x20, octet < 0x7F, octet != 0x22, octet != 0x26, octet != 0x3C, octet != 0x3E else {
                return at
            }
            at += 1
        }
        return at
    }

    /// The high bit of each octet that is not plain. Above the lowest that is set others may be set wrongly.
    @inline(__always)
    private static func special(_ word: UInt64) -> UInt64 {
        let control = ((word &- ones &* 0x20) & ~word) | zeros(word ^ ones &* 0x7F)
        // `<` and `>` differ in one bit that no third character needs.
        let angles = zeros((word | ones &* 0x02) ^ ones &* 0x3E)
        let marks = zeros(word ^ ones &* 0x22) | zeros(word ^ ones &* 0x26) | angles
        return (control | marks | word) & (ones &* 0x80)
    }

    /// The same, and of each `\`, which is not plain in a string of JSON.
    @inline(__always)
    static func specialOrBackslash(_ word: UInt64) -> UInt64 {
        special(word) | (zeros(word ^ ones &* 0x5C) & (ones &* 0x80))
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// The high bit of each octet that is zero, and of some above it.
    @inline(__always)
    private static func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word }
}
