import Wire

/// Writes a WBXML document as XML in one line, in one loop: the elements of the code pages with text in them, which is
/// what nearly every message consists of. Whatever else a document may hold (attributes, names of its own, processing
/// instructions, elements without an end) is left to `XMLWriter`, whose result is the same octet for octet.
///
/// A log holds this XML in a string of JSON, so it can be written as the content of one: what JSON has escaped is then
/// escaped in the same pass.
struct CompactRenderer {
    private enum Pause {
        case finished
        /// Goes on when there is room for so many octets.
        case needs(Int)
        /// The document is one for `XMLWriter`.
        case unsuitable
    }

    /// What any event but a text takes at most, a tag, a declaration and its end; two tags take less.
    private static let tagRoom = 96

    /// What a text takes at most, with the tags around it: an octet takes six, `\u007f` of JSON; references of XML are
    /// shorter.
    @inline(__always)
    private static func room(_ octets: Int) -> Int { 6 * octets + tagRoom }

    private let isJSON: Bool
    private let ownDeclaration: ShortText
    /// The next event.
    private var at = 0
    /// Vocabulary of the default namespace; `.other` where none was declared.
    private var scope = Vocabulary.other
    /// That of what stands around each open element, and around each embedded document. Limits on depth keep nearly
    /// every document within it.
    private var outer = InlineArray<128, Vocabulary>(repeating: .other)
    private var depth = 0
    /// Octets written for JSON alone.
    private var escapes = 0

    /// Yields the octets that the XML has, without those written for JSON; nil, with nothing written, where the document
    /// is one for `XMLWriter`.
    static func render(_ document: MarkupDocument, json: Bool, into out: inout OctetWriter) -> Int? {
        guard document.representation == .wbxml, document.complete else { return nil }
        var renderer = CompactRenderer(document, json: json)
        let start = out.count
        let events = document.events
        let arena = document.arena
        let tags = TagTexts.all
        var room = 4 * arena.count
        while true {
            let pause = out.fill(room) { bytes, written in
                renderer.run(events.span, arena.span.bytes, tags, &bytes, &written)
            }
            switch pause {
            case .finished: return out.count - start - renderer.escapes
            case .needs(let more): room = more
            case .unsuitable:
                out.truncate(to: start)
                return nil
            }
        }
    }

    private init(_ document: MarkupDocument, json: Bool) {
        isJSON = json
        ownDeclaration = XMLWriter.namespaceDeclaration(.syncML, of: document, json: json)
    }

    private mutating func run(
        _ events: Span<MarkupDocument.Event>, _ arena: RawSpan, _ tags: TagTexts, _ out: inout MutableRawSpan,
        _ end: inout Int
    ) -> Pause {
        var written = end
        var at = at
        defer {
            end = written
            self.at = at
        }
        while at < events.count {
            let event = events[at]
            guard out.byteCount - written >= CompactRenderer.tagRoom else { return .needs(CompactRenderer.tagRoom) }
            switch event.kind {
            case .start:
                let vocabulary = event.name.vocabulary
                guard event.textLength == 0, vocabulary != .other, depth < outer.count else { return .unsuitable }
                if vocabulary == scope, at + 2 < events.count, events[at + 1].kind == .text, events[at + 2].kind == .end
                {
                    let range = events[at + 1].textRange
                    let room = CompactRenderer.room(range.count)
                    guard out.byteCount - written >= room else { return .needs(room) }
                    tags.start(event.name).store(in: &out, &written)
                    text(arena, range, &out, &written)
                    tags.end(event.name).store(in: &out, &written)
                    at += 3
                    continue
                }
                tags.start(event.name).store(in: &out, &written)
                outer[depth] = scope
                if vocabulary != scope {
                    written -= 1
                    declaration(vocabulary).store(in: &out, &written)
                    out.storeBytes(of: 0x3E, toByteOffset: written, as: UInt8.self)
                    written += 1
                    scope = vocabulary
                }
                depth += 1
            case .end:
                guard depth > 0 else { return .unsuitable }
                if events[at - 1].kind == .start {
                    out.storeBytes(of: UInt16(littleEndian: 0x3E2F), toByteOffset: written - 1, as: UInt16.self)
                    written += 1
                } else {
                    tags.end(event.name).store(in: &out, &written)
                }
                depth -= 1
                scope = outer[depth]
            case .text, .opaque:
                let range = event.textRange
                let room = CompactRenderer.room(range.count)
                guard out.byteCount - written >= room else { return .needs(room) }
                if event.kind == .text || PlainText.isClean(arena.extracting(range)) {
                    text(arena, range, &out, &written)
                } else {
                    for digit in Base64.encode(arena.array(range)).utf8 {
                        out.storeBytes(of: digit, toByteOffset: written, as: UInt8.self)
                        written += 1
                    }
                }
            case .embeddedStart:
                guard depth < outer.count else { return .unsuitable }
                outer[depth] = scope
                depth += 1
                scope = .other
            case .embeddedEnd:
                guard depth > 0 else { return .unsuitable }
                depth -= 1
                scope = outer[depth]
            case .attributeName, .attributeValue, .processingInstruction: return .unsuitable
            }
            at += 1
        }
        return .finished
    }

    /// A declaration of the default namespace.
    private mutating func declaration(_ vocabulary: Vocabulary) -> ShortText {
        if isJSON { escapes += 2 }
        return vocabulary == .syncML ? ownDeclaration : XMLWriter.declaration(vocabulary, json: isJSON)
    }

    /// Whole words as far as nothing in them needs a look; what is stored behind the text is written over.
    @inline(__always)
    private mutating func text(
        _ arena: RawSpan, _ range: Range<Int>, _ out: inout MutableRawSpan, _ written: inout Int
    ) {
        var from = range.lowerBound
        while from < range.upperBound {
            if from + 8 <= arena.byteCount {
                let word = arena.word(at: from)
                out.storeBytes(of: word.littleEndian, toByteOffset: written, as: UInt64.self)
                let special = XMLEscaping.specialOrBackslash(word)
                let plain = min(special == 0 ? 8 : special.trailingZeroBitCount >> 3, range.upperBound - from)
                from += plain
                written += plain
                if special == 0 || from == range.upperBound { continue }
            }
            let octet = arena.byte(at: from)
            let length = octet < 0x80 ? 0 : UTF8Sequence.length(arena, at: from, end: range.upperBound)
            for i in 0..<length {
                out.storeBytes(of: arena.byte(at: from + i), toByteOffset: written + i, as: UInt8.self)
            }
            written += length
            from += length
            if length == 0 {
                from += octet < 0x80 ? 1 : UTF8Sequence.unreadableLength(arena, at: from, end: range.upperBound)
                character(octet).store(in: &out, &written)
            }
        }
    }

    /// What stands for an octet of ASCII, or for one that is no part of a character.
    @inline(never)
    private mutating func character(_ octet: UInt8) -> ShortText {
        if isJSON, let escape = CompactRenderer.jsonEscape(octet) {
            escapes += Int(escape.length) - 1
            return escape
        }
        guard XMLEscaping.isPlain(octet), octet < 0x80 else { return XMLEscaping.reference(octet) }
        return ShortText(octet: octet)
    }

    private static func jsonEscape(_ octet: UInt8) -> ShortText? {
        switch octet {
        case 0x22: JSONEscape.quote
        case 0x5C: JSONEscape.backslash
        case 0x0A: JSONEscape.lineFeed
        case 0x09: JSONEscape.tab
        case 0x7F: JSONEscape.delete
        default: nil
        }
    }

    private enum JSONEscape {
        static let quote = ShortText(#"\""#)
        static let backslash = ShortText(#"\\"#)
        static let lineFeed = ShortText(#"\n"#)
        static let tab = ShortText(#"\t"#)
        static let delete = ShortText(#"\u007f"#)
    }
}
