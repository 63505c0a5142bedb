package import Wire

/// Reads an ordinary XML document in one pass over its octets: UTF-8 without a DOCTYPE, with elements, attributes, text,
/// CDATA, comments, processing instructions, and references to characters and to the five predefined entities.
///
/// It accepts only what it is certain is well formed and inside the limits; anything else, well formed or not, it leaves
/// to the full reader from the start, so that findings never come from here. What it accepts has the events, texts and
/// offsets that the full reader gives. Text that holds no reference is not copied: the arena begins with the body itself.
///
/// Each method that reads a construct takes the offset of its first octet and returns the one behind its last, or nil
/// when the document is not one for this reader.
package struct XMLScanner {
    private let limits: Limits
    var document = MarkupDocument(.xml)
    /// Room for open elements, of which the first `depth` are open.
    var open: [Element]
    var depth = 0
    /// Prefixes that the open elements declare, innermost last.
    var prefixes: [Prefix] = []
    var known = KnownNames()
    var lastDeclaration: Declaration?

    /// An open element.
    struct Element {
        /// The name as written.
        var nameStart: UInt32
        var nameCount: UInt32
        var element: ElementName
        /// Vocabulary of the default namespace inside; nil where there is none.
        var scope: Vocabulary?
        /// Vocabulary that its children are looked up in first.
        var context: Vocabulary
        /// How many prefixes are declared around it.
        var outerPrefixes: UInt32

        init(_ name: Range<Int>, _ element: ElementName, scope: Vocabulary?, context: Vocabulary, outerPrefixes: Int) {
            nameStart = UInt32(truncatingIfNeeded: name.lowerBound)
            nameCount = UInt32(truncatingIfNeeded: name.count)
            self.element = element
            self.scope = scope
            self.context = context
            self.outerPrefixes = UInt32(truncatingIfNeeded: outerPrefixes)
        }

        var name: Range<Int> { Int(nameStart)..<Int(nameStart) + Int(nameCount) }
    }

    struct Prefix {
        var name: Range<Int>
        /// The namespace name.
        var uri: Range<Int>
        var vocabulary: Vocabulary
    }

    /// A name in the body, and where its local part begins.
    struct Name {
        var start: Int
        var end: Int
        var local: Int
        var range: Range<Int> { start..<end }
        var hasPrefix: Bool { local > start }
    }

    /// Longest body that is tried: beyond it libxml2's own bounds on the length of a text and a name begin to count.
    private static let longestBody = 8_000_000
    private static let longestName = 1000
    private static let mostOpen = 200
    private static let mostPrefixes = 64

    /// The document; nil when it is not certain that the full reader would accept it whole.
    package static func scan(_ body: [UInt8], limits: Limits) -> MarkupDocument? {
        guard body.count <= min(longestBody, limits.markupText) else { return nil }
        var scanner = XMLScanner(limits: limits, octets: body.count)
        scanner.document.arena = body
        guard scanner.run(body.span.bytes) else { return nil }
        return scanner.document.take()
    }

    private init(limits: Limits, octets: Int) {
        self.limits = limits
        // A short element is some 25 octets and three events.
        document.events.reserveCapacity(min(octets / 7 + 16, limits.markupEvents))
        open = [Element](
            repeating: Element(0..<0, .unknown, scope: nil, context: .syncML, outerPrefixes: 0), count: 16)
    }

    /// How many elements may be open.
    var deepest: Int { min(limits.depth, XMLScanner.mostOpen) }
    /// How many events a start tag or what `PlainMarkup` reads may bring the document to.
    var mostEvents: Int { limits.markupEvents - 8 }

    private mutating func run(_ bytes: RawSpan) -> Bool {
        var at = bytes.has("\u{FEFF}", at: 0) ? 3 : 0
        if bytes.has("<?xml", at: at), at + 5 < bytes.byteCount, PlainText.isSpace(bytes.byte(at: at + 5)) {
            guard let declaration = XMLDeclaration(bytes, at: at), declaration.isVersion10,
                declaration.encoding == nil || declaration.encoding == "utf-8"
            else { return false }
            document.encoding = declaration.encoding
            at = declaration.end
        }
        guard let root = misc(bytes, at), root < bytes.byteCount, bytes.byte(at: root) == 0x3C,
            var next = startTag(bytes, root)
        else { return false }
        while true {
            var plain = PlainMarkup(self, at: next)
            plain.run(bytes, &open, &known.slots, &document.events)
            next = plain.at
            depth = plain.depth
            guard depth > 0 else { break }
            guard let end = content(bytes, next) else { return false }
            next = end
        }
        document.consumed = next
        let events = document.events.count
        guard misc(bytes, next) == bytes.byteCount else { return false }
        // What follows the root is not part of the document.
        document.events.removeSubrange(events...)
        document.complete = true
        return true
    }

    /// White space, comments and processing instructions outside the root.
    private mutating func misc(_ bytes: RawSpan, _ start: Int) -> Int? {
        var at = start
        while true {
            at = skipSpace(bytes, at)
            guard at + 1 < bytes.byteCount, bytes.byte(at: at) == 0x3C else { return at }
            let end: Int?
            switch bytes.byte(at: at + 1) {
            case 0x21: end = comment(bytes, at)
            case 0x3F: end = processingInstruction(bytes, at)
            default: return at
            }
            guard let end else { return nil }
            at = end
        }
    }

    /// Text up to the next tag or processing instruction, then that.
    private mutating func content(_ bytes: RawSpan, _ start: Int) -> Int? {
        var at = XMLScanner.plainEnd(bytes, start)
        guard at + 2 < bytes.byteCount else { return nil }
        var next = bytes.byte(at: at + 1)
        if bytes.byte(at: at) == 0x3C, next != 0x21 {
            if at > start {
                document.events.append(MarkupDocument.Event(.text, start: start, end: at, text: start..<at))
            }
        } else {
            guard let end = mixedText(bytes, start), end + 2 < bytes.byteCount else { return nil }
            at = end
            next = bytes.byte(at: at + 1)
        }
        switch next {
        case 0x2F: return endTag(bytes, at)
        case 0x3F: return processingInstruction(bytes, at)
        default: return startTag(bytes, at)
        }
    }

    // MARK: Tags

    private mutating func startTag(_ bytes: RawSpan, _ start: Int) -> Int? {
        let first = document.events.count
        guard depth < deepest, first < mostEvents, prefixes.count <= XMLScanner.mostPrefixes,
            let name = qualifiedName(bytes, start + 1)
        else { return nil }
        let outer = depth > 0 ? open[depth - 1] : nil
        let outerPrefixes = prefixes.count
        var tag = Tag(at: name.end, scope: outer?.scope)
        if bytes.byte(at: name.end) == 0x3E {
            tag.at += 1
        } else {
            document.events.append(MarkupDocument.Event(.start, start: start, end: start))
            guard attributes(bytes, &tag) else { return nil }
        }

        var namespace = tag.scope
        if name.hasPrefix {
            guard let prefix = prefix(bytes, name.start..<name.local - 1) else { return nil }
            namespace = prefix.vocabulary
            tag.uri = prefix.uri
        }
        let resolved = known.resolve(
            bytes, name.local..<name.end, namespace: namespace, context: outer?.context ?? .syncML)
        let isWritten = resolved.name == .unknown || name.hasPrefix
        let event = MarkupDocument.Event(
            .start, resolved.name, start: start, end: tag.at, text: isWritten ? name.range : 0..<0)
        if document.events.count == first {
            document.events.append(event)
        } else {
            document.events[first] = event
        }
        if outer == nil {
            document.language = XMLNames.language(root: resolved.name, namespace: bytes.extracting(tag.uri))
        }
        if tag.isEmpty {
            document.events.append(MarkupDocument.Event(.end, resolved.name, start: tag.at, end: tag.at))
            prefixes.removeSubrange(outerPrefixes...)
        } else {
            push(
                Element(
                    name.range, resolved.name, scope: tag.scope, context: resolved.context,
                    outerPrefixes: outerPrefixes))
        }
        return tag.at
    }

    private mutating func push(_ element: Element) {
        if depth == open.count { open.append(contentsOf: repeatElement(element, count: depth)) }
        open[depth] = element
        depth += 1
    }

    private mutating func endTag(_ bytes: RawSpan, _ start: Int) -> Int? {
        guard depth > 0 else { return nil }
        depth -= 1
        let element = open[depth]
        let name = element.name
        var at = start + 2 + name.count
        guard at < bytes.byteCount, bytes.isSame(name, as: start + 2) else { return nil }
        if bytes.byte(at: at) != 0x3E {
            at = skipSpace(bytes, at)
            guard at < bytes.byteCount, bytes.byte(at: at) == 0x3E else { return nil }
        }
        at += 1
        document.events.append(MarkupDocument.Event(.end, element.element, start: start, end: at))
        if prefixes.count > Int(element.outerPrefixes) { prefixes.removeSubrange(Int(element.outerPrefixes)...) }
        return at
    }

    /// A name in ASCII with at most one colon, which ends before the end of the body.
    func qualifiedName(_ bytes: RawSpan, _ start: Int) -> Name? {
        var end = XMLScanner.lettersEnd(bytes, start)
        var local = start
        if end < bytes.byteCount, XMLScanner.endsName(bytes.byte(at: end)) {
            // Letters alone, as nearly every name of SyncML is.
            return end > start ? Name(start: start, end: end, local: start) : nil
        }
        end = start
        while end < bytes.byteCount {
            let octet = bytes.byte(at: end)
            if octet == 0x3A {
                guard local == start, end > start else { return nil }
                local = end + 1
            } else if !XMLScanner.isNameCharacter(octet) {
                break
            } else if end == local, !XMLScanner.isNameStart(octet) {
                return nil
            }
            end += 1
        }
        guard end > local, end - start <= XMLScanner.longestName, end < bytes.byteCount, bytes.byte(at: end) < 0x80
        else { return nil }
        return Name(start: start, end: end, local: local)
    }

    /// The declaration in force of the prefix that is written at `name`.
    func prefix(_ bytes: RawSpan, _ name: Range<Int>) -> Prefix? {
        prefixes.last { $0.name.count == name.count && bytes.isSame($0.name, as: name.lowerBound) }
    }

    // MARK: Characters

    func skipSpace(_ bytes: RawSpan, _ start: Int) -> Int {
        var at = start
        while at < bytes.byteCount, PlainText.isSpace(bytes.byte(at: at)) { at += 1 }
        return at
    }

    /// The first octet that is no ASCII letter.
    @inline(__always)
    private static func lettersEnd(_ bytes: RawSpan, _ start: Int) -> Int {
        var at = start
        while at + 8 <= bytes.byteCount, at - start < longestName {
            let others = others(bytes.word(at: at))
            if others != 0 { return at + others.trailingZeroBitCount >> 3 }
            at += 8
        }
        return at
    }

    /// The high bit of each octet that is no ASCII letter.
    @inline(__always)
    static func others(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Seven bits of each octet, in lower case, and no carry from one octet to the next.
        let lower = (word | ones &* 0x20) & (ones &* 0x7F)
        let letters = (lower &+ ones &* 0x1F) & ~(lower &+ ones &* 0x05) & ~word
        return ~letters & (ones &* 0x80)
    }

    @inline(__always)
    private static func endsName(_ octet: UInt8) -> Bool {
        octet == 0x3E || octet == 0x20 || octet == 0x2F || octet == 0x3D
    }

    /// Letters, digits, `.`, `-`, `_`.
    private static func isNameCharacter(_ octet: UInt8) -> Bool {
        isNameStart(octet) || (octet >= 0x30 && octet <= 0x39) || octet == 0x2D || octet == 0x2E
    }

    private static func isNameStart(_ octet: UInt8) -> Bool {
        let letter = octet | 0x20
        return (letter >= 0x61 && letter <= 0x7A) || octet == 0x5F
    }
}

extension RawSpan {
    /// Whether the octets of `range` stand at `offset` too, which leaves as many octets.
    @inline(__always)
    func isSame(_ range: Range<Int>, as offset: Int) -> Bool {
        var at = range.lowerBound
        var other = offset
        while at + 8 <= range.upperBound {
            guard word(at: at) == word(at: other) else { return false }
            at += 8
            other += 8
        }
        let left = range.upperBound - at
        if left > 0, at + 8 <= byteCount, other + 8 <= byteCount {
            return (word(at: at) ^ word(at: other)) << UInt64(64 - 8 * left) == 0
        }
        while at < range.upperBound {
            guard byte(at: at) == byte(at: other) else { return false }
            at += 1
            other += 1
        }
        return true
    }
}
