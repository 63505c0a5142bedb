import Wire

/// Documents inside a document: those that were decoded in place, and those that XML holds as markup or as text.
extension Encoding {
    mutating func writeDocument(
        _ inner: MarkupDocument, _ events: Range<Int>, language: WBXMLLanguage?
    ) throws(WBXMLEncodingError) {
        guard nesting < Encoding.maxNesting else {
            throw .nestedTooDeep(offset: events.isEmpty ? 0 : Int(inner.events[events.lowerBound].start))
        }
        var encoding = Encoding(inner, events, language: language, options: options, nesting: nesting + 1)
        writeOpaque(try encoding.run()[...])
    }

    /// The events of a DevInf or MgmtTree element inside another document read from XML.
    func embeddedMarkup(_ start: Int) -> Range<Int>? {
        guard document.representation == .xml, start > events.lowerBound else { return nil }
        let name = document.events[start].name
        guard name == WBXMLLanguage.devInf12.root || name == WBXMLLanguage.dmddf12.root, name != language?.root else {
            return nil
        }
        var depth = 0
        for at in start..<events.upperBound {
            if document.events[at].kind == .start { depth += 1 }
            if document.events[at].kind == .end { depth -= 1 }
            if depth == 0 { return start..<at + 1 }
        }
        return nil
    }

    func embeddedLanguage(_ inner: Range<Int>) -> WBXMLLanguage? { Encoding.language(of: document, inner) }

    /// Finds the documents that become OPAQUE, and the Types that speak of them.
    mutating func findDocuments() {
        var found: [Int: MarkupDocument] = [:]
        let types = DocumentTypes(of: document, events, .xml) { at in
            switch document.events[at].kind {
            case .start:
                return embeddedMarkup(at).map { (DocumentTypes.Content(root: document.events[at].name), $0.upperBound) }
            case .text:
                guard let inner = nestedDocument(at) else { return nil }
                found[at] = inner
                return (DocumentTypes.Content(root: inner.root), at + 1)
            case .embeddedStart:
                // It was WBXML before, whatever its Type said.
                return (.other, document.embeddedEnd(of: at, before: events.upperBound) + 1)
            default: return nil
            }
        }
        nested = found
        for type in types.entries {
            // A Get has no Data: it asks for what the message itself holds a document of.
            let content = type.content.isEmpty ? types.all : type.content
            if content.contains(type.named) { changedTypes[type.text] = DocumentTypes.mediaType(type, .wbxml) }
        }
    }

    /// The document that a Data element's text is, if such text is to be nested.
    private func nestedDocument(_ at: Int) -> MarkupDocument? {
        guard let read = options.nestDocuments else { return nil }
        var before = at - 1
        while before > events.lowerBound, document.events[before].isAttribute { before -= 1 }
        guard before >= events.lowerBound, document.events[before].kind == .start,
            document.events[before].name == .data
        else { return nil }
        let text = document.octets(document.events[at])
        guard text.first(where: { !isWhiteSpace($0) }) == 0x3C else { return nil }
        let inner = read(text.span.bytes)
        guard inner.complete, let root = inner.root?.vocabulary, root == .devInf || root == .dmddf else { return nil }
        return inner
    }

    /// The language of a document read from XML: by its root, and its VerDTD where versions differ.
    static func language(of document: MarkupDocument, _ events: Range<Int>) -> WBXMLLanguage? {
        guard let start = document.events[events].first(where: { $0.kind == .start }) else { return nil }
        let root = start.name
        if root == .unknown, document.octets(start).elementsEqual(MarkupDocument.provisioningRoot.utf8) {
            return .provisioning
        }
        let newest = WBXMLLanguage.find(vocabulary: root.vocabulary)
        guard root.vocabulary == .devInf else { return newest }
        let version = document.events[events].firstIndex {
            $0.kind == .start && $0.name == ElementName(.devInf, 0x25)
        }
        guard let version,
            let content = document.events[version + 1..<events.upperBound].first(where: { !$0.isAttribute }),
            content.kind == .text
        else { return newest }
        return WBXMLLanguage.find(name: "DevInf " + document.text(content)) ?? newest
    }
}

extension MarkupDocument.Event {
    fileprivate var isAttribute: Bool { kind == .attributeName || kind == .attributeValue }
}
