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

    /// The index of the end that belongs to an embedded document's start.
    func embeddedEnd(of start: Int) -> Int {
        var depth = 0
        for at in start..<events.upperBound {
            if document.events[at].kind == .embeddedStart { depth += 1 }
            if document.events[at].kind == .embeddedEnd { depth -= 1 }
            if depth == 0 { return at }
        }
        return events.upperBound
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

    /// The document that a Data element's text is, if such text is to be nested.
    func nestedDocument(_ at: Int) -> MarkupDocument? {
        guard let read = options.nestDocuments, at > events.lowerBound, document.events[at - 1].kind == .start,
            document.events[at - 1].name == .data
        else { return nil }
        let text = document.octets(document.events[at])
        guard text.first(where: { !isWhiteSpace($0) }) == 0x3C else { return nil }
        let inner = read(text.span.bytes)
        guard inner.complete, let root = inner.root?.vocabulary, root == .devInf || root == .dmddf else { return nil }
        return inner
    }

    /// The language of a document read from XML: by its root, and its VerDTD where versions differ.
    static func language(of document: MarkupDocument, _ events: Range<Int>) -> WBXMLLanguage? {
        guard let root = document.events[events].first(where: { $0.kind == .start })?.name else { return nil }
        let newest = WBXMLLanguage.find(vocabulary: root.vocabulary)
        guard root.vocabulary == .devInf else { return newest }
        let version = document.events[events].firstIndex {
            $0.kind == .start && $0.name == ElementName(.devInf, 0x25)
        }
        guard let version, version + 1 < events.upperBound, document.events[version + 1].kind == .text else {
            return newest
        }
        return WBXMLLanguage.find(name: "DevInf " + document.text(document.events[version + 1])) ?? newest
    }

    /// The text of a Type that announces a document in XML which is written as WBXML.
    func typeAsWBXML(_ at: Int) -> ArraySlice<UInt8>? {
        guard at > events.lowerBound, document.events[at - 1].kind == .start,
            document.events[at - 1].name == MetInf.type
        else { return nil }
        let text = document.octets(document.events[at])
        let type = typesToChange.first { text.elementsEqual(($0 + "+xml").utf8) }
        return type.map { Array(($0 + "+wbxml").utf8)[...] }
    }

    /// The media types, without their suffix, of documents that are written as WBXML though they were read as XML.
    func nestedTypes() -> [String] {
        [
            ("application/vnd.syncml-devinf", WBXMLLanguage.devInf12.root),
            ("application/vnd.syncml.dmtnds", WBXMLLanguage.dmddf12.root),
        ].filter { _, root in
            options.nestDocuments != nil
                || document.representation == .xml
                    && document.events[events].contains { $0.kind == .start && $0.name == root }
        }.map(\.0)
    }
}
