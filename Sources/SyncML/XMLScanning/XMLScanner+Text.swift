import Wire

/// Character data, references, CDATA, comments and processing instructions.
extension XMLScanner {
    /// Where octets end that are text and nothing else: ASCII without `&`, `<`, `]` and control characters but TAB and LF.
    /// They are looked at eight at a time while eight are left.
    @inline(__always)
    static func plainEnd(_ bytes: RawSpan, _ start: Int) -> Int {
        var at = start
        while at + 8 <= bytes.byteCount {
            let special = XMLScanner.special(bytes.word(at: at))
            if special == 0 {
                at += 8
                continue
            }
            at += special.trailingZeroBitCount >> 3
            let octet = bytes.byte(at: at)
            guard octet == 0x0A || octet == 0x09 else { return at }
            at += 1
        }
        while at < bytes.byteCount {
            let octet = bytes.byte(at: at)
            let isText = octet >= 0x20 && octet < 0x80 && octet != 0x26 && octet != 0x3C && octet != 0x5D
            guard isText || octet == 0x0A || octet == 0x09 else { return at }
            at += 1
        }
        return at
    }

    /// The high bit of each octet that is a control character, `&`, `<`, `]` or not ASCII. Above the lowest that is set
    /// others may be set wrongly.
    @inline(__always)
    private static func special(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        func zeros(_ x: UInt64) -> UInt64 { (x &- ones) & ~x }
        let control = (word &- ones &* 0x20) & ~word
        let marks = zeros(word ^ ones &* 0x26) | zeros(word ^ ones &* 0x3C) | zeros(word ^ ones &* 0x5D)
        return (control | marks | word) & (ones &* 0x80)
    }

    /// Character data with whatever may be in it, CDATA and comments among it, up to the next tag or processing
    /// instruction. Emits its event.
    mutating func mixedText(_ bytes: RawSpan, _ start: Int) -> Int? {
        var text = Text()
        var at = start
        var piece = start
        while true {
            at = XMLScanner.plainEnd(bytes, at)
            guard at + 1 < bytes.byteCount else { return nil }
            switch bytes.byte(at: at) {
            case 0x3C:
                add(bytes, piece..<at, to: &text)
                if bytes.byte(at: at + 1) != 0x21 {
                    emit(text, from: start, to: at)
                    return at
                }
                guard let end = bytes.has("<![", at: at) ? characterData(bytes, at, &text) : comment(bytes, at) else {
                    return nil
                }
                at = end
                piece = end
            case 0x26:
                add(bytes, piece..<at, to: &text)
                guard let (scalar, end) = reference(bytes, at) else { return nil }
                copy(bytes, &text)
                append(scalar)
                at = end
                piece = end
            case 0x5D:
                if bytes.has("]]>", at: at) { return nil }
                at += 1
            case 0x0D:
                add(bytes, piece..<at, to: &text)
                at = lineEnd(bytes, at, &text)
                piece = at
            default:
                let length = UTF8Sequence.length(bytes, at: at)
                guard length > 0 else { return nil }
                at += length
            }
        }
    }

    /// `<![CDATA[` to `]]>`.
    private mutating func characterData(_ bytes: RawSpan, _ start: Int, _ text: inout Text) -> Int? {
        guard bytes.has("<![CDATA[", at: start) else { return nil }
        var at = start + 9
        var piece = at
        while true {
            at = XMLScanner.plainEnd(bytes, at)
            guard at < bytes.byteCount else { return nil }
            switch bytes.byte(at: at) {
            case 0x5D where bytes.has("]]>", at: at):
                add(bytes, piece..<at, to: &text)
                return at + 3
            case 0x5D, 0x26, 0x3C: at += 1
            case 0x0D:
                add(bytes, piece..<at, to: &text)
                at = lineEnd(bytes, at, &text)
                piece = at
            default:
                let length = UTF8Sequence.length(bytes, at: at)
                guard length > 0 else { return nil }
                at += length
            }
        }
    }

    /// `<!--` to `-->`, without `--` inside.
    func comment(_ bytes: RawSpan, _ start: Int) -> Int? {
        guard bytes.has("<!--", at: start) else { return nil }
        var at = start + 4
        while at < bytes.byteCount {
            if bytes.byte(at: at) == 0x2D, bytes.has("--", at: at) { return bytes.has("-->", at: at) ? at + 3 : nil }
            let length = UTF8Sequence.length(bytes, at: at)
            guard length > 0 else { return nil }
            at += length
        }
        return nil
    }

    /// A target, and data behind one blank: the full reader puts one there.
    mutating func processingInstruction(_ bytes: RawSpan, _ start: Int) -> Int? {
        guard let target = qualifiedName(bytes, start + 2), !target.hasPrefix, !isReserved(bytes, target) else {
            return nil
        }
        var at = target.end
        if !bytes.has("?>", at: at) {
            guard bytes.byte(at: at) == 0x20, at + 1 < bytes.byteCount, !PlainText.isSpace(bytes.byte(at: at + 1))
            else {
                return nil
            }
            at += 1
            while !bytes.has("?>", at: at) {
                guard at < bytes.byteCount, bytes.byte(at: at) != 0x3C, bytes.byte(at: at) != 0x0D else { return nil }
                let length = UTF8Sequence.length(bytes, at: at)
                guard length > 0 else { return nil }
                at += length
            }
            guard at > target.end + 1 else { return nil }
        }
        document.events.append(
            MarkupDocument.Event(.processingInstruction, start: start, end: at + 2, text: target.start..<at))
        return at + 2
    }

    /// `xml` in any case.
    private func isReserved(_ bytes: RawSpan, _ target: Name) -> Bool {
        target.range.count == 3 && bytes.byte(at: target.start) | 0x20 == 0x78
            && bytes.byte(at: target.start + 1) | 0x20 == 0x6D && bytes.byte(at: target.start + 2) | 0x20 == 0x6C
    }

    // MARK: References

    /// The character that `&…;` stands for and the offset behind it; nil when it is no reference to a character or a
    /// predefined entity.
    func reference(_ bytes: RawSpan, _ start: Int) -> (Unicode.Scalar, end: Int)? {
        if bytes.has("&#", at: start) { return characterReference(bytes, start) }
        if bytes.has("&amp;", at: start) { return ("&", start + 5) }
        if bytes.has("&lt;", at: start) { return ("<", start + 4) }
        if bytes.has("&gt;", at: start) { return (">", start + 4) }
        if bytes.has("&quot;", at: start) { return ("\"", start + 6) }
        if bytes.has("&apos;", at: start) { return ("'", start + 6) }
        return nil
    }

    private func characterReference(_ bytes: RawSpan, _ start: Int) -> (Unicode.Scalar, end: Int)? {
        var at = start + 2
        let isHex = at < bytes.byteCount && bytes.byte(at: at) == 0x78
        if isHex { at += 1 }
        let digits = at
        var value: UInt32 = 0
        while at < bytes.byteCount {
            let octet = bytes.byte(at: at)
            let digit: UInt32
            switch octet {
            case 0x30...0x39: digit = UInt32(octet & 0x0F)
            case 0x41...0x46 where isHex, 0x61...0x66 where isHex: digit = UInt32(octet & 0x0F) + 9
            case 0x3B where at > digits:
                guard XMLScanner.isCharacter(value), let scalar = Unicode.Scalar(value) else { return nil }
                return (scalar, at + 1)
            default: return nil
            }
            value = value * (isHex ? 16 : 10) + digit
            // Far below where the next digit could overflow.
            guard value <= 0x10FFFF else { return nil }
            at += 1
        }
        return nil
    }

    /// XML 1.0 2.2; surrogates are no `Unicode.Scalar`.
    private static func isCharacter(_ value: UInt32) -> Bool {
        (value >= 0x20 && value != 0xFFFE && value != 0xFFFF) || value == 0x0A || value == 0x09 || value == 0x0D
    }

    // MARK: Text in pieces

    /// Character data that is collected: one stretch of the body as long as that will do, else a copy at the arena's end.
    struct Text {
        var stretch = 0..<0
        var isCopied = false
    }

    private mutating func add(_ bytes: RawSpan, _ piece: Range<Int>, to text: inout Text) {
        guard !piece.isEmpty else { return }
        if !text.isCopied {
            if text.stretch.isEmpty {
                text.stretch = piece
                return
            }
            if text.stretch.upperBound == piece.lowerBound {
                text.stretch = text.stretch.lowerBound..<piece.upperBound
                return
            }
            copy(bytes, &text)
        }
        document.arena.append(bytes, piece)
    }

    private mutating func copy(_ bytes: RawSpan, _ text: inout Text) {
        guard !text.isCopied else { return }
        let start = document.arena.count
        document.arena.append(bytes, text.stretch)
        text.stretch = start..<start
        text.isCopied = true
    }

    private mutating func emit(_ text: Text, from start: Int, to end: Int) {
        let range = text.isCopied ? text.stretch.lowerBound..<document.arena.count : text.stretch
        guard !range.isEmpty else { return }
        document.events.append(MarkupDocument.Event(.text, start: start, end: end, text: range))
    }

    mutating func append(_ scalar: Unicode.Scalar) {
        document.arena.append(contentsOf: String(Character(scalar)).utf8)
    }

    /// CR LF and CR are read as LF (XML 1.0 2.11). Returns where the text goes on.
    private mutating func lineEnd(_ bytes: RawSpan, _ start: Int, _ text: inout Text) -> Int {
        if start + 1 < bytes.byteCount, bytes.byte(at: start + 1) == 0x0A { return start + 1 }
        copy(bytes, &text)
        document.arena.append(0x0A)
        return start + 1
    }
}
