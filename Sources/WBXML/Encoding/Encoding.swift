import Wire

/// Writes one document: a range of a `MarkupDocument`'s events, with a string table of its own. A document inside it is
/// another `Encoding`.
struct Encoding {
    typealias Event = MarkupDocument.Event

    let document: MarkupDocument
    let events: Range<Int>
    let language: WBXMLLanguage?
    let options: WBXMLEncodingOptions
    let nesting: Int

    private var body: [UInt8] = []
    private var table = StringTable()
    private var page: UInt8 = 0
    private var attributePage: UInt8 = 0
    private var namespaces: NamespaceDeclarations
    /// Texts that are documents themselves and go into OPAQUE, by the index of their event.
    var nested: [Int: MarkupDocument] = [:]
    /// What Types say of documents that were XML and are not any more, by the index of their text.
    var changedTypes: [Int: String] = [:]

    /// Enough for any document that decoding yields with its default limits.
    static let maxNesting = 16

    init(
        _ document: MarkupDocument, _ events: Range<Int>, language: WBXMLLanguage?, options: WBXMLEncodingOptions,
        nesting: Int
    ) {
        self.document = document
        self.events = events
        self.language = language
        self.options = options
        self.nesting = nesting
        namespaces = NamespaceDeclarations(document, events)
    }

    /// The whole document: the header comes first, but the string table is known last.
    mutating func run() throws(WBXMLEncodingError) -> [UInt8] {
        var publicID: [UInt8] = []
        if let number = language?.publicID {
            MultiByteInteger.append(number, to: &publicID)
        } else if let text = language?.text {
            publicID.append(0)
            MultiByteInteger.append(table.offset(of: Array(text.utf8)), to: &publicID)
        } else {
            publicID.append(1)
        }
        findDocuments()
        if options.stringTable { table.wanted = repeatedTexts() }
        body.reserveCapacity(events.count * 8)
        try writeBody()

        var octets = [options.version.rawValue] + publicID
        if options.version != .wbxml10 { octets.append(106) }
        MultiByteInteger.append(UInt32(truncatingIfNeeded: table.octets.count), to: &octets)
        octets += table.octets
        octets += body
        return octets
    }

    private mutating func writeBody() throws(WBXMLEncodingError) {
        var at = events.lowerBound
        while at < events.upperBound {
            let event = document.events[at]
            switch event.kind {
            case .start:
                if let inner = embeddedMarkup(at) {
                    try writeDocument(document, inner, language: embeddedLanguage(inner))
                    at = inner.upperBound
                    continue
                }
                at = try writeStart(at)
                continue
            case .end:
                // That of an element without content was taken with its start.
                body.append(Token.end)
                namespaces.leave()
            case .text: try writeText(at)
            case .opaque: writeOpaque(document.octets(event))
            case .processingInstruction: try writeProcessingInstruction(event)
            case .embeddedStart:
                let inner = at + 1..<document.embeddedEnd(of: at, before: events.upperBound)
                try writeDocument(document, inner, language: WBXMLLanguage.find(name: document.text(event)))
                at = inner.upperBound
            case .embeddedEnd, .attributeName, .attributeValue: break
            }
            at += 1
        }
    }

    // MARK: Elements

    /// Writes the tag of the element that starts at `start`, and its attributes; the index of the event to go on with.
    private mutating func writeStart(_ start: Int) throws(WBXMLEncodingError) -> Int {
        let event = document.events[start]
        var at = start + 1
        var attributes: [NamespaceDeclarations.Attribute] = []
        while at + 1 < events.upperBound, document.events[at].kind == .attributeName {
            attributes.append((document.octets(document.events[at]), document.octets(document.events[at + 1])))
            at += 2
        }
        let isEmpty = at < events.upperBound && document.events[at].kind == .end
        if document.representation == .xml {
            attributes = namespaces.enter(event, named: document.octets(event), attributes, isEmpty: isEmpty)
        }
        let flags = (attributes.isEmpty ? 0 : Token.attributesFollow) | (isEmpty ? 0 : Token.contentFollows)
        try writeTag(event, flags)
        if !attributes.isEmpty {
            for attribute in attributes { try writeAttribute(attribute, of: event) }
            body.append(Token.end)
        }
        return isEmpty ? at + 1 : at
    }

    private mutating func writeTag(_ event: Event, _ flags: UInt8) throws(WBXMLEncodingError) {
        guard let token = token(of: event.name), let page = language?.page(of: event.name.vocabulary) else {
            let name = event.name.name.map { Array($0.utf8)[...] } ?? document.octets(event)
            guard let tag = language?.tokens?.tag(name) else {
                return try writeName(name, Token.literal | flags, of: event)
            }
            turn(\.page, to: tag.page)
            body.append(tag.token | flags)
            return
        }
        turn(\.page, to: page)
        body.append(token | flags)
    }

    /// As the language's tokens where it has them for the name, and for what the value begins with or is; else a literal.
    private mutating func writeAttribute(
        _ attribute: NamespaceDeclarations.Attribute, of event: Event
    ) throws(WBXMLEncodingError) {
        guard let names = language?.tokens,
            let (start, covered) = names.attribute(attribute.name, attribute.value)
        else {
            try writeName(attribute.name, Token.literal, of: event)
            return try writeValue(attribute.value)
        }
        turn(\.attributePage, to: start.page)
        body.append(start.token)
        let rest = attribute.value.dropFirst(covered)
        guard let value = names.value(rest) else { return try writeValue(rest) }
        turn(\.attributePage, to: value.page)
        body.append(value.token)
    }

    /// Of tags or of attributes, each of which has a page of its own.
    private mutating func turn(_ current: WritableKeyPath<Encoding, UInt8>, to page: UInt8) {
        guard page != self[keyPath: current] else { return }
        body += [Token.switchPage, page]
        self[keyPath: current] = page
    }

    /// The tag identity in this language; nil when it has none for the element.
    private func token(of name: ElementName) -> UInt8? {
        if name.vocabulary == .other || name.wbxmlToken <= Token.literal { return nil }
        // Size and MaxSize share a token: which of them it is depends on the version.
        let older = language?.olderDevInf == true
        if name == .devInfSize { return older ? name.wbxmlToken : nil }
        if name == ElementName(.devInf, WBXMLLanguage.maxSizeToken), older { return nil }
        return name.name == nil ? nil : name.token
    }

    private mutating func writeName(
        _ name: ArraySlice<UInt8>, _ literal: UInt8, of event: Event
    ) throws(WBXMLEncodingError) {
        guard !name.isEmpty, !name.contains(0) else { throw .invalidName(offset: Int(event.start)) }
        body.append(literal)
        MultiByteInteger.append(table.offset(of: Array(name)), to: &body)
    }

    private mutating func writeProcessingInstruction(_ event: Event) throws(WBXMLEncodingError) {
        let text = document.octets(event)
        let target = text.prefix { $0 != 0x20 }
        guard !target.isEmpty, !target.contains(0) else { throw .invalidName(offset: Int(event.start)) }
        body += [Token.pi, Token.literal]
        MultiByteInteger.append(table.offset(of: Array(target)), to: &body)
        try writeValue(text.dropFirst(target.count + 1))
        body.append(Token.end)
    }

    // MARK: Text

    private mutating func writeText(_ at: Int) throws(WBXMLEncodingError) {
        let event = document.events[at]
        if isLayout(at) { return }
        let text = document.octets(event)
        if let inner = nested[at] {
            return try writeDocument(
                inner, 0..<inner.events.count, language: Encoding.language(of: inner, 0..<inner.events.count))
        }
        if text.contains(0) { throw .textHoldsNUL(offset: Int(event.start)) }
        try writeValue(changedTypes[at].map { Array($0.utf8)[...] } ?? text)
    }

    /// A string, or octets with a zero among them, as the value of an attribute or a text.
    private mutating func writeValue(_ text: ArraySlice<UInt8>) throws(WBXMLEncodingError) {
        if text.isEmpty { return }
        if text.contains(0) { return writeOpaque(text) }
        if let offset = table.wantedOffset(of: text) {
            body.append(Token.strT)
            MultiByteInteger.append(offset, to: &body)
        } else {
            Encoding.appendString(text, to: &body)
        }
    }

    mutating func writeOpaque(_ octets: ArraySlice<UInt8>) { Encoding.appendOpaque(octets, to: &body) }

    /// STR_I with a text in UTF-8 that holds no U+0000.
    static func appendString(_ text: ArraySlice<UInt8>, to body: inout [UInt8]) {
        body.append(Token.strI)
        body += text
        body.append(0)
    }

    /// OPAQUE.
    static func appendOpaque(_ octets: ArraySlice<UInt8>, to body: inout [UInt8]) {
        body.append(Token.opaque)
        MultiByteInteger.append(UInt32(truncatingIfNeeded: octets.count), to: &body)
        body += octets
    }

    /// White space that only lays out the XML it was read from: between tags, not all of an element's content.
    private func isLayout(_ at: Int) -> Bool {
        guard document.representation == .xml, document.octets(document.events[at]).allSatisfy(isWhiteSpace),
            at > events.lowerBound, at + 1 < events.upperBound
        else { return false }
        let (before, after) = (document.events[at - 1].kind, document.events[at + 1].kind)
        if before == .text || after == .text { return false }
        return before == .end || after != .end || before == .processingInstruction
    }

    /// Texts that occur more than once and are long enough for a reference to save octets.
    private func repeatedTexts() -> Set<ArraySlice<UInt8>> {
        var seen: Set<ArraySlice<UInt8>> = []
        var repeated: Set<ArraySlice<UInt8>> = []
        for event in document.events[events] where event.kind == .text && event.textLength > 2 {
            let text = document.octets(event)
            if !seen.insert(text).inserted { repeated.insert(text) }
        }
        return repeated
    }
}

func isWhiteSpace(_ octet: UInt8) -> Bool {
    octet == 0x20 || octet == 0x09 || octet == 0x0A || octet == 0x0D
}
