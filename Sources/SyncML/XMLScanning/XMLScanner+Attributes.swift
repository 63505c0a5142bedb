import Wire

/// Attributes and namespace declarations.
extension XMLScanner {
    /// What the attributes of a start tag say.
    struct Tag {
        /// Behind what has been read.
        var at: Int
        /// Vocabulary of the default namespace in the element.
        var scope: Vocabulary?
        /// The default's namespace name, where this tag declares it.
        var uri = 0..<0
        /// It ends with `/>`.
        var isEmpty = false
    }

    /// More than this many on one element are left to the full reader: each is compared with all before it.
    private static let mostAttributes = 32

    /// All up to the end of the start tag, whose event is the last so far. `tag.at` is behind the element's name.
    mutating func attributes(_ bytes: RawSpan, _ tag: inout Tag) -> Bool {
        let first = document.events.count
        var hasPrefix = false
        while true {
            let before = tag.at
            tag.at = skipSpace(bytes, before)
            guard tag.at + 1 < bytes.byteCount else { return false }
            switch bytes.byte(at: tag.at) {
            case 0x3E:
                tag.at += 1
                return !hasPrefix || prefixesAreSound(bytes, first)
            case 0x2F:
                guard bytes.byte(at: tag.at + 1) == 0x3E else { return false }
                tag.at += 2
                tag.isEmpty = true
                return !hasPrefix || prefixesAreSound(bytes, first)
            default:
                guard tag.at > before, let name = attribute(bytes, since: first, &tag) else { return false }
                hasPrefix = hasPrefix || name.hasPrefix
            }
        }
    }

    /// One attribute: two events. A namespace declaration changes `tag` or `prefixes`. Returns its name.
    private mutating func attribute(_ bytes: RawSpan, since first: Int, _ tag: inout Tag) -> Name? {
        if document.events.count == first, let name = declaredAgain(bytes, &tag) { return name }
        guard document.events.count - first < 2 * XMLScanner.mostAttributes, let name = qualifiedName(bytes, tag.at),
            !isRepeated(bytes, name, since: first)
        else { return nil }
        var at = skipSpace(bytes, name.end)
        guard at < bytes.byteCount, bytes.byte(at: at) == 0x3D else { return nil }
        at = skipSpace(bytes, at + 1)
        guard at < bytes.byteCount, let value = attributeValue(bytes, at) else { return nil }
        tag.at = value.source.upperBound + 1
        append(name, value.source, value.text)
        guard bytes.has("xml", at: name.start) else { return name }
        return value.text == value.source && declareNamespace(bytes, name, value.source, &tag) ? name : nil
    }

    private mutating func append(_ name: Name, _ source: Range<Int>, _ text: Range<Int>) {
        document.events.append(
            MarkupDocument.Event(.attributeName, start: name.start, end: name.end, text: name.range))
        document.events.append(
            MarkupDocument.Event(.attributeValue, start: source.lowerBound, end: source.upperBound, text: text))
    }

    /// A declaration of the default namespace as the last one, octet for octet, on an element without attributes before.
    private mutating func declaredAgain(_ bytes: RawSpan, _ tag: inout Tag) -> Name? {
        guard let last = lastDeclaration, tag.at + last.octets.count <= bytes.byteCount,
            bytes.isSame(last.octets, as: tag.at)
        else { return nil }
        let name = Name(start: tag.at, end: tag.at + 5, local: tag.at)
        let end = tag.at + last.octets.count
        tag.uri = end - 1 - last.uriCount..<end - 1
        tag.scope = last.scope
        tag.at = end
        append(name, tag.uri, tag.uri)
        return name
    }

    /// `xmlns="…"` as it stands in the body, and what it came to: the elements of MetInf repeat one.
    struct Declaration {
        var octets: Range<Int>
        var uriCount: Int
        var scope: Vocabulary?
    }

    private func isRepeated(_ bytes: RawSpan, _ name: Name, since first: Int) -> Bool {
        for index in stride(from: first, to: document.events.count, by: 2) {
            let other = Int(document.events[index].start)..<Int(document.events[index].end)
            if other.count == name.range.count, bytes.isSame(other, as: name.start) { return true }
        }
        return false
    }

    /// A quoted value: where it stands, without the quotes, and where its text lies in the arena.
    private mutating func attributeValue(_ bytes: RawSpan, _ start: Int) -> (source: Range<Int>, text: Range<Int>)? {
        let quote = bytes.byte(at: start)
        guard quote == 0x22 || quote == 0x27 else { return nil }
        var at = start + 1
        // Once a reference made a copy necessary: where the copy begins, and the part that is not in it yet.
        var copied: (text: Int, from: Int)?
        while at < bytes.byteCount {
            let octet = bytes.byte(at: at)
            if octet == quote {
                let source = start + 1..<at
                guard let copied else { return (source, source) }
                document.arena.append(bytes, copied.from..<at)
                return (source, copied.text..<document.arena.count)
            }
            switch octet {
            case 0x26:
                let text = copied?.text ?? document.arena.count
                document.arena.append(bytes, (copied?.from ?? start + 1)..<at)
                guard let (scalar, end) = reference(bytes, at) else { return nil }
                append(scalar)
                copied = (text, end)
                at = end
            // White space other than the blank is normalized, which is left to the full reader.
            case 0x3C, 0x09, 0x0A, 0x0D: return nil
            default:
                let length = UTF8Sequence.length(bytes, at: at)
                guard length > 0 else { return nil }
                at += length
            }
        }
        return nil
    }

    /// An attribute whose name begins with `xml`: `xmlns` or `xmlns:prefix`; false for others and for namespaces that XML
    /// keeps to itself, which are left to the full reader.
    private mutating func declareNamespace(_ bytes: RawSpan, _ name: Name, _ uri: Range<Int>, _ tag: inout Tag) -> Bool
    {
        guard !bytes.has("http://www.w3.org/", at: uri.lowerBound) else { return false }
        if name.range.count == 5, bytes.has("xmlns", at: name.start) {
            tag.scope = uri.isEmpty ? nil : Vocabulary(namespace: bytes.extracting(uri))
            tag.uri = uri
            lastDeclaration = Declaration(
                octets: name.start..<uri.upperBound + 1, uriCount: uri.count, scope: tag.scope)
            return true
        }
        guard name.hasPrefix, bytes.has("xmlns:", at: name.start), !uri.isEmpty, !bytes.has("xml", at: name.local)
        else {
            return false
        }
        let vocabulary = Vocabulary(namespace: bytes.extracting(uri))
        prefixes.append(Prefix(name: name.local..<name.end, uri: uri, vocabulary: vocabulary))
        return true
    }

    /// Of the attributes from event `first` on, each prefix is declared, and no two with prefixes have one local name,
    /// since both prefixes might stand for one namespace.
    private func prefixesAreSound(_ bytes: RawSpan, _ first: Int) -> Bool {
        var locals: [Range<Int>] = []
        for index in stride(from: first, to: document.events.count, by: 2) {
            let name = Int(document.events[index].start)..<Int(document.events[index].end)
            guard let colon = name.first(where: { bytes.byte(at: $0) == 0x3A }),
                !bytes.has("xmlns:", at: name.lowerBound)
            else { continue }
            let local = colon + 1..<name.upperBound
            guard prefix(bytes, name.lowerBound..<colon) != nil,
                !locals.contains(where: { $0.count == local.count && bytes.isSame($0, as: local.lowerBound) })
            else { return false }
            locals.append(local)
        }
        return true
    }
}
