import Wire

/// Writes the events of a document as XML, one call for each tag and text, and keeps account of namespaces: WBXML has
/// none, so that an element of another vocabulary than its parent's says its own.
struct XMLWriter {
    let document: MarkupDocument
    var out = OctetWriter(capacity: 0)
    /// Control characters that XML allows but a terminal acts on are written as U+FFFD.
    var forDisplay = false
    /// The result is a message of its own in XML: where a Type says that DevInf or a management tree is in WBXML, it says
    /// XML, since an embedded document is XML now.
    var convertsTypes = false
    /// The elements that are open, outermost first.
    private var open: [Open] = []
    private var prefixes = DeclaredPrefixes()
    /// What Types say that named a document in WBXML which is XML here, by index of their text, once they have been looked
    /// for.
    private var changedTypes: [Int: String]?

    private struct Open {
        var event: Int32
        var name: ElementName
        /// The name stands in the arena.
        var isWritten: Bool
        /// Vocabulary of the default namespace inside; nil where none was declared.
        var scope: Vocabulary?
    }

    private let events: [MarkupDocument.Event]
    private let isWBXML: Bool
    private let tags = TagTexts.all

    init(_ document: MarkupDocument) {
        self.document = document
        events = document.events
        isWBXML = document.representation == .wbxml
    }

    var depth: Int { open.count }

    /// Everything from event `index` up to `end`, without any white space of its own.
    mutating func write(_ range: Range<Int>) {
        var at = range.lowerBound
        while at < range.upperBound {
            switch events[at].kind {
            case .start: at = start(at)
            case .end:
                closeLast()
                at += 1
            case .text, .opaque:
                text(at)
                at += 1
            case .processingInstruction:
                processingInstruction(at)
                at += 1
            case .attributeName, .attributeValue, .embeddedStart, .embeddedEnd: at += 1
            }
        }
    }

    /// The end tag of the element opened last.
    mutating func closeLast() {
        guard let element = open.last else { return }
        open.removeLast()
        if element.isWritten {
            out.append(0x3C)
            out.append(0x2F)
            writtenName(events[Int(element.event)])
            out.append(0x3E)
        } else {
            out.append(tags.end(element.name))
        }
        prefixes.leave(depth: open.count)
    }

    /// End tags for all that is open.
    mutating func closeAll() { while !open.isEmpty { closeLast() } }

    /// The start tag at event `index` with its attributes; an empty element whole. Returns the index of the next event.
    mutating func start(_ index: Int) -> Int {
        let event = events[index]
        if isWBXML, index + 1 < events.count, events[index + 1].kind == .attributeName { declarePrefixes(index + 1) }
        if event.textLength == 0 {
            out.append(tags.start(event.name))
            // Attributes may come before its end.
            out.truncate(to: out.count - 1)
        } else {
            out.append(0x3C)
            writtenName(event)
        }
        var scope = open.last?.scope
        if index > 0, events[index - 1].kind == .embeddedStart { scope = nil }
        var at = index + 1
        var declared = false
        if at < events.count, events[at].kind == .attributeName {
            at = attributes(at, &scope, &declared)
        }
        if isWBXML, !declared, event.name.vocabulary != .other, event.name.vocabulary != scope {
            scope = event.name.vocabulary
            declareNamespace(event.name.vocabulary)
        }
        if at < events.count, events[at].kind == .end {
            out.append(0x2F)
            out.append(0x3E)
            prefixes.leave(depth: open.count)
            return at + 1
        }
        out.append(0x3E)
        open.append(
            Open(
                event: Int32(truncatingIfNeeded: index), name: event.name, isWritten: event.textLength > 0,
                scope: scope))
        return at
    }

    /// A text, or opaque data: as text when it is some, else in base64.
    mutating func text(_ index: Int) {
        let display = forDisplay
        let event = events[index]
        if convertsTypes, let type = changedType(index) {
            out += type.utf8
        } else {
            XMLWriter.appendText(event, of: document, forDisplay: display, to: &out)
        }
    }

    static func appendText(
        _ event: MarkupDocument.Event, of document: MarkupDocument, forDisplay: Bool, to out: inout OctetWriter
    ) {
        let range = event.textRange
        if event.kind == .opaque, !PlainText.isClean(document.arena.span.bytes.extracting(range)) {
            out += Base64.encode(document.arena[range]).utf8
        } else {
            XMLEscaping.append(document.arena, range, .content, forDisplay, to: &out)
        }
    }

    /// What the Type at event `index` says, where it named a document in WBXML that is XML here, or that a Get asks for.
    private mutating func changedType(_ index: Int) -> String? {
        guard events[index].textLength > 20, index > 0, events[index - 1].name == MetInf.type else { return nil }
        if changedTypes == nil {
            let types = DocumentTypes(of: document, 0..<events.count, .wbxml) { embeddedDocument($0) }
            changedTypes = [:]
            for type in types.entries where type.content.isEmpty || type.content.contains(type.named) {
                changedTypes?[type.text] = DocumentTypes.mediaType(type, .xml)
            }
        }
        return changedTypes?[index]
    }

    /// The document that begins at an event, and the index behind it: one that was decoded in place, or XML as text.
    private func embeddedDocument(_ at: Int) -> (content: DocumentTypes.Content, next: Int)? {
        switch events[at].kind {
        case .embeddedStart:
            let end = document.embeddedEnd(of: at, before: events.count)
            let root = events[at..<end].first { $0.kind == .start }
            return (DocumentTypes.Content(root: root?.name), end + 1)
        case .text, .opaque:
            guard at > 0, events[at - 1].kind == .start, events[at - 1].name == .data,
                document.octets(events[at]).first(where: { !PlainText.isSpace($0) }) == 0x3C
            else { return nil }
            return ([.devInf, .managementTree], at + 1)
        default: return nil
        }
    }

    mutating func processingInstruction(_ index: Int) {
        let display = forDisplay
        out += "<?".utf8
        let event = events[index]
        let text = document.octets(event)
        let target = text.prefix { !PlainText.isSpace($0) }
        // A declaration that stands inside a document (one pasted into another): its target is reserved.
        if target.isEmpty || target.elementsEqual("xml".utf8, by: { $0 | 0x20 == $1 }) { out.append(0x5F) }
        if isWBXML, target.contains(0x3A) {
            out += DeclaredPrefixes.joined(target)
        } else {
            XMLEscaping.append(document.arena, target.indices, .instruction, display, to: &out)
        }
        // What would end it is taken apart.
        var from = target.endIndex
        for at in text[from...].indices.dropLast() where text[at] == 0x3F && text[at + 1] == 0x3E {
            XMLEscaping.append(document.arena, from..<at + 1, .instruction, display, to: &out)
            out.append(0x20)
            from = at + 1
        }
        XMLEscaping.append(document.arena, from..<text.endIndex, .instruction, display, to: &out)
        out += "?>".utf8
    }

    // MARK: Names

    /// A name that stands in the arena. In WBXML a literal one may have a prefix that nothing declares: its colons are
    /// written as `_`. Of an ill-formed document a name may be no UTF-8.
    private mutating func writtenName(_ event: MarkupDocument.Event) {
        let name = document.octets(event)
        if isWBXML, !prefixes.isSound(name) {
            out += DeclaredPrefixes.joined(name)
        } else {
            XMLEscaping.append(document.arena, event.textRange, .content, false, to: &out)
        }
    }

    // MARK: Attributes

    /// The prefixes that the element about to be opened declares among its attributes, from event `first` on.
    private mutating func declarePrefixes(_ first: Int) {
        var names = AttributeNames()
        for index in stride(from: first, to: events.count - 1, by: 2) {
            guard events[index].kind == .attributeName else { return }
            let name = document.octets(events[index])
            guard names.isFirst(name) else { continue }
            prefixes.declare(name, document.octets(events[index + 1]), depth: open.count)
        }
    }

    /// All attributes from event `index` on; returns the index behind them.
    private mutating func attributes(_ index: Int, _ scope: inout Vocabulary?, _ declared: inout Bool) -> Int {
        var names = AttributeNames()
        var at = index
        while at + 1 < events.count, events[at].kind == .attributeName {
            // XML cannot hold an attribute twice: the first stands.
            if names.isFirst(document.octets(events[at])) {
                declared = attribute(at, &names, &scope) || declared
            }
            at += 2
        }
        return at
    }

    /// Name and value at event `index` and the next. True when it is `xmlns`, whose vocabulary is then in `scope`.
    private mutating func attribute(_ index: Int, _ names: inout AttributeNames, _ scope: inout Vocabulary?) -> Bool {
        let display = forDisplay
        let (raw, value) = (document.octets(events[index]), document.octets(events[index + 1]))
        let isSound = !isWBXML || prefixes.isSound(raw, value)
        var name = OctetWriter(capacity: raw.count)
        if isSound {
            XMLEscaping.append(document.arena, raw.indices, .content, false, to: &name)
        } else {
            name += DeclaredPrefixes.joined(raw)
        }
        out.append(0x20)
        out += names.unique(name.bytes, expanded: isSound && isWBXML ? prefixes.expanded(raw) : nil)
        out.append(0x3D)
        out.append(0x22)
        XMLEscaping.append(document.arena, value.indices, .attribute, display, to: &out)
        out.append(0x22)
        guard isSound, raw.elementsEqual("xmlns".utf8) else { return false }
        scope = Vocabulary(namespace: value.span.bytes)
        return true
    }

    private mutating func declareNamespace(_ vocabulary: Vocabulary) {
        out.append(
            vocabulary == .syncML
                ? XMLWriter.namespaceDeclaration(.syncML, of: document)
                : XMLWriter.declaration(vocabulary))
    }

    /// ` xmlns="…"`, with the version of SyncML that the document names; for a string of JSON with its quotes escaped.
    static func namespaceDeclaration(
        _ vocabulary: Vocabulary, of document: MarkupDocument, json: Bool = false
    ) -> ShortText {
        if vocabulary == .syncML, let language = document.language, language != "SyncML 1.2",
            language.hasPrefix("SyncML 1.")
        {
            return declaration("SYNCML:SYNCML" + language.dropFirst(7), json)
        }
        return declaration(vocabulary, json: json)
    }

    /// The same of a vocabulary whose namespace is always one.
    @inline(__always)
    static func declaration(_ vocabulary: Vocabulary, json: Bool = false) -> ShortText {
        declarations[Int(vocabulary.rawValue & 3) << 1 | (json ? 1 : 0)]
    }

    private static func declaration(_ namespace: String, _ json: Bool) -> ShortText {
        let quote = json ? "\\\"" : "\""
        return ShortText(" xmlns=\(quote)\(namespace)\(quote)")
    }

    /// By vocabulary, plain and for JSON.
    private static let declarations = [Vocabulary.syncML, .metInf, .devInf, .dmddf].flatMap {
        [declaration($0.namespace ?? "", false), declaration($0.namespace ?? "", true)]
    }
}

/// What is written for nearly every tag: `<Name>` and `</Name>`.
struct TagTexts {
    private let starts: [ShortText]
    private let ends: [ShortText]

    static let all = TagTexts()

    private init() {
        var starts: [ShortText] = []
        var ends: [ShortText] = []
        for vocabulary in [Vocabulary.syncML, .metInf, .devInf, .dmddf] {
            for token in 0..<UInt8(128) {
                let name = ElementName(vocabulary, token).name ?? "_"
                starts.append(ShortText("<\(name)>"))
                ends.append(ShortText("</\(name)>"))
            }
        }
        self.starts = starts
        self.ends = ends
    }

    /// An element without a name is `_`.
    @inline(__always)
    private static func place(_ name: ElementName) -> Int {
        name.vocabulary != .other && name.token < 128 ? Int(name.vocabulary.rawValue) << 7 | Int(name.token) : 0
    }

    @inline(__always)
    func start(_ name: ElementName) -> ShortText { starts[TagTexts.place(name)] }

    @inline(__always)
    func end(_ name: ElementName) -> ShortText { ends[TagTexts.place(name)] }
}
