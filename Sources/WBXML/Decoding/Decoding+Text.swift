import Wire

/// A string found in the source: its octets, and where the next token stands.
struct SourceString {
    var octets: Range<Int>
    var terminated = true
    /// ASCII that XML allows throughout.
    var isPlain = false
}

extension Decoding {
    // MARK: Strings

    /// STR_I, where `PlainContent` left it.
    mutating func inlineString(into kind: MarkupDocument.Kind) throws(Stop) {
        let start = at
        at += 1
        let string = string(from: at, to: end)
        guard string.terminated else {
            throw truncated("an inline string has no terminator", WBXMLRules.stringUnterminated, at: start)
        }
        at = string.octets.upperBound + scope.charset.unit
        try piece(string, into: kind, start: start)
    }

    /// STR_T.
    mutating func tableReference(into kind: MarkupDocument.Kind) throws(Stop) {
        let start = at
        at += 1
        let offset = Int(try integer())
        guard let string = tableString(offset) else { throw outOfTable(offset, at: start, "a string") }
        try piece(string, into: kind, start: start)
    }

    private mutating func outOfTable(_ offset: Int, at start: Int, _ what: String) -> Stop {
        malformed(
            WBXMLRules.stringTableOffset, at: start,
            "\(what) is at \(offset) of a string table of \(scope.table.count) octets")
    }

    /// The string at an offset of the string table, up to its terminator or the table's end; nil outside the table.
    mutating func tableString(_ offset: Int) -> SourceString? {
        guard offset < scope.table.count else { return nil }
        let string = string(from: scope.table.lowerBound + offset, to: scope.table.upperBound)
        if !string.terminated {
            note(WBXMLRules.stringTableUnterminated, at: string.octets.lowerBound) {
                "the last string of the string table has no terminator"
            }
        }
        return string
    }

    /// Octets from `start` up to a terminator or to `limit`.
    func string(from start: Int, to limit: Int) -> SourceString {
        if scope.charset.unit == 2 { return wideString(from: start, to: limit) }
        // Eight octets at a time: an octet below the blank shows as the lowest high bit of `low`.
        return source.withUnsafeBytes { octets in
            var at = start
            var seen: UInt64 = 0
            var isXMLText = true
            while limit - at >= 8 {
                let word = UInt64(littleEndian: octets.loadUnaligned(fromByteOffset: at, as: UInt64.self))
                let low = (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080
                if low == 0 {
                    seen |= word
                    at += 8
                    continue
                }
                let bits = UInt64(low.trailingZeroBitCount & ~7)
                seen |= word & (1 << bits &- 1)
                at += Int(bits >> 3)
                if octets[at] == 0 { break }
                if !isXMLCharacter(octets[at]) { isXMLText = false }
                at += 1
            }
            while at < limit, octets[at] != 0 {
                seen |= UInt64(octets[at])
                if !isXMLCharacter(octets[at]) { isXMLText = false }
                at += 1
            }
            let isASCII = seen & 0x8080_8080_8080_8080 == 0
            return SourceString(octets: start..<at, terminated: at < limit, isPlain: isASCII && isXMLText)
        }
    }

    /// The terminator of a wide encoding is a zero unit, aligned with the start.
    private func wideString(from start: Int, to limit: Int) -> SourceString {
        var at = start
        while limit - at >= 2 {
            if source[at] == 0, source[at + 1] == 0 { return SourceString(octets: start..<at) }
            at += 2
        }
        return SourceString(octets: start..<limit, terminated: false)
    }

    // MARK: Pieces of text

    /// Part of a text or an attribute value: joined with the part before it when that is its neighbour.
    @inline(__always)
    mutating func piece(_ string: SourceString, into kind: MarkupDocument.Kind, start: Int) throws(Stop) {
        if string.octets.isEmpty { return }
        if string.isPlain, scope.charset.isUTF8 {
            try add(string.octets, into: kind, start: start)
        } else {
            try otherPiece(string, into: kind, start: start)
        }
    }

    private mutating func otherPiece(
        _ string: SourceString, into kind: MarkupDocument.Kind, start: Int
    ) throws(Stop) {
        guard scope.charset == .utf8, isValidUTF8(source[string.octets]) else {
            return try convertedPiece(string, into: kind, start: start)
        }
        if !isXMLText(source[string.octets]) { noteCharacter(at: string.octets.lowerBound) }
        try add(string.octets, into: kind, start: start)
    }

    private mutating func convertedPiece(
        _ string: SourceString, into kind: MarkupDocument.Kind, start: Int
    ) throws(Stop) {
        let from = document.arena.count
        let valid = scope.charset.convert(source[string.octets], into: &document.arena)
        if !valid {
            let charset = scope.charset
            note(WBXMLRules.textInvalid, at: string.octets.lowerBound) {
                "a text of \(string.octets.count) octets is not valid \(charset.name)"
            }
        } else if !isXMLText(document.arena[from...]) {
            noteCharacter(at: string.octets.lowerBound)
        }
        try add(from..<document.arena.count, into: kind, start: start)
    }

    /// ENTITY: one character by its code point.
    mutating func entity(into kind: MarkupDocument.Kind) throws(Stop) {
        let start = at
        at += 1
        var scalar = try integer()
        if scalar == 0 || Unicode.Scalar(scalar) == nil {
            note(WBXMLRules.entityInvalid, at: start) { "ENTITY names the code point \(hex(scalar)), no character" }
            scalar = 0xFFFD
        }
        let from = document.arena.count
        appendUTF8(scalar, to: &document.arena)
        if !isXMLText(document.arena[from...]) { noteCharacter(at: start) }
        try add(from..<document.arena.count, into: kind, start: start)
    }

    private mutating func noteCharacter(at offset: Int) {
        note(WBXMLRules.textCharacter, at: offset) {
            "a text holds a control character or a code point that XML does not allow; it is shown as U+FFFD"
        }
    }

    /// One space.
    mutating func space(into kind: MarkupDocument.Kind) throws(Stop) {
        document.arena.append(0x20)
        try add(document.arena.count - 1..<document.arena.count, into: kind, start: at)
    }

    /// Text at `range` of the arena belongs to the last event if that grows, else to a new one of this kind.
    @inline(__always)
    mutating func add(_ range: Range<Int>, into kind: MarkupDocument.Kind, start: Int) throws(Stop) {
        try spend(range.count)
        let last = document.events.count - 1
        if last == growing {
            join(range, to: last)
        } else {
            try append(.init(kind, .unknown, start: start, end: at, text: range))
            growing = last + 1
        }
    }

    /// Makes the text at `range` follow the text of an event, which then stands behind all other in the arena.
    private mutating func join(_ range: Range<Int>, to index: Int) {
        let before = Int(document.events[index].textStart)
        let length = Int(document.events[index].textLength)
        var start = before
        if length == 0 {
            start = range.lowerBound
        } else if before + length != range.lowerBound {
            // A slice that lives while the arena grows would have the whole arena copied, with every reference to a string.
            var added = Array(document.arena[range])
            if before + length != document.arena.count {
                start = document.arena.count
                added = Array(document.arena[before..<before + length]) + added
            }
            document.arena.append(contentsOf: added)
        }
        document.events[index].textStart = UInt32(truncatingIfNeeded: start)
        document.events[index].textLength = UInt32(truncatingIfNeeded: length + range.count)
        document.events[index].end = UInt32(truncatingIfNeeded: at)
    }

    /// Takes octets of text from the bound.
    @inline(__always)
    mutating func spend(_ octets: Int) throws(Stop) {
        textLeft -= octets
        guard textLeft >= 0 else {
            throw stopped(WBXMLRules.tooMuchText, "the text of the document exceeds \(limits.markupText) octets")
        }
    }

    // MARK: Names

    /// The literal name at an offset of the string table, as a range of the arena. A name that is none in XML is
    /// replaced by a placeholder.
    mutating func literalName(_ offset: UInt32, at start: Int) throws(Stop) -> Range<Int> {
        guard let string = tableString(Int(offset)) else { throw outOfTable(Int(offset), at: start, "a literal name") }
        try spend(string.octets.count)
        let from = document.arena.count
        let valid = scope.charset.convert(source[string.octets], into: &document.arena)
        let name = from..<document.arena.count
        if valid, isXMLName(document.arena[name]) { return name }
        let shown = String(clipping: document.arena[name], to: 40)
        note(WBXMLRules.nameInvalid, at: start) { "the literal name \"\(shown)\" is no name in XML" }
        document.arena.removeSubrange(name)
        return try spelled("Unknown-literal-\(offset)")
    }

    /// A name that the document does not spell, or a placeholder for one, at the arena's end.
    mutating func spelled(_ name: String) throws(Stop) -> Range<Int> {
        try spend(name.utf8.count)
        let from = document.arena.count
        document.arena.append(contentsOf: name.utf8)
        return from..<document.arena.count
    }
}
