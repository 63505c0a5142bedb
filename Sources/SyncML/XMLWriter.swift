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
    /// Prefixes that some attribute of the document declares, once they have been looked for.
    private var declaredPrefixes: Set<[UInt8]>?

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
        guard element.isWritten else { return out.append(tags.end(element.name)) }
        out.append(0x3C)
        out.append(0x2F)
        writtenName(events[Int(element.event)])
        out.append(0x3E)
    }

    /// End tags for all that is open.
    mutating func closeAll() { while !open.isEmpty { closeLast() } }

    /// The start tag at event `index` with its attributes; an empty element whole. Returns the index of the next event.
    mutating func start(_ index: Int) -> Int {
        let event = events[index]
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
        if convertsTypes, index > 0, events[index - 1].name == MetInf.type, isWBXMLType(document.octets(event)) {
            out += document.octets(event).dropLast(5)
            out += "xml".utf8
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

    private func isWBXMLType(_ octets: ArraySlice<UInt8>) -> Bool {
        octets.elementsEqual("application/vnd.syncml-devinf+wbxml".utf8)
            || octets.elementsEqual("application/vnd.syncml.dmtnds+wbxml".utf8)
    }

    mutating func processingInstruction(_ index: Int) {
        let display = forDisplay
        out += "<?".utf8
        let start = out.count
        let event = events[index]
        // A declaration that stands inside a document (one pasted into another): its target is reserved.
        let target = document.octets(event).prefix { !PlainText.isSpace($0) }
        if target.elementsEqual("xml".utf8, by: { $0 | 0x20 == $1 }) { out.append(0x5F) }
        XMLEscaping.append(document.arena, event.textRange, .content, display, to: &out)
        // `>` was escaped: what is left of a `?>` inside does not end it.
        if out.count == start { out.append(0x5F) }
        out += "?>".utf8
    }

    // MARK: Names

    /// A name that stands in the arena. In WBXML a literal one may have a prefix that nothing declares: its colon is
    /// written as `_`. Of an ill-formed document a name may be no UTF-8.
    private mutating func writtenName(_ event: MarkupDocument.Event) {
        let joinsPrefix = hasUndeclaredPrefix(event)
        XMLWriter.appendName(event, of: document, joinsPrefix: joinsPrefix, to: &out)
    }

    private static func appendName(
        _ event: MarkupDocument.Event, of document: MarkupDocument, joinsPrefix: Bool, to out: inout OctetWriter
    ) {
        if joinsPrefix {
            out += document.octets(event).map { $0 == 0x3A ? 0x5F : $0 }
        } else {
            XMLEscaping.append(document.arena, event.textRange, .content, false, to: &out)
        }
    }

    private mutating func hasUndeclaredPrefix(_ event: MarkupDocument.Event) -> Bool {
        guard isWBXML else { return false }
        let name = document.octets(event)
        return name.firstIndex(of: 0x3A).map { !isDeclared(name[..<$0]) } ?? false
    }

    private mutating func isDeclared(_ prefix: ArraySlice<UInt8>) -> Bool {
        if prefix.elementsEqual("xmlns".utf8) || prefix.elementsEqual("xml".utf8) { return true }
        if declaredPrefixes == nil {
            var declared: Set<[UInt8]> = []
            for event in events where event.kind == .attributeName {
                let name = document.octets(event)
                if name.starts(with: "xmlns:".utf8) { declared.insert(Array(name.dropFirst(6))) }
            }
            declaredPrefixes = declared
        }
        return declaredPrefixes?.contains(Array(prefix)) ?? false
    }

    // MARK: Attributes

    /// All attributes from event `index` on; returns the index behind them.
    private mutating func attributes(_ index: Int, _ scope: inout Vocabulary?, _ declared: inout Bool) -> Int {
        var names: Set<[UInt8]> = []
        var at = index
        while at + 1 < events.count, events[at].kind == .attributeName {
            // XML cannot hold two attributes that are written with one name: the first stands.
            var name = OctetWriter(capacity: Int(events[at].textLength))
            let joinsPrefix = hasUndeclaredPrefix(events[at])
            XMLWriter.appendName(events[at], of: document, joinsPrefix: joinsPrefix, to: &name)
            if names.insert(name.bytes).inserted {
                declared = attribute(at, &scope) || declared
            }
            at += 2
        }
        return at
    }

    /// Name and value at event `index` and the next. True when it is `xmlns`, whose vocabulary is then in `scope`.
    private mutating func attribute(_ index: Int, _ scope: inout Vocabulary?) -> Bool {
        let display = forDisplay
        let value = events[index + 1]
        out.append(0x20)
        writtenName(events[index])
        out.append(0x3D)
        out.append(0x22)
        let range = Int(value.textStart)..<Int(value.textStart) + Int(value.textLength)
        XMLEscaping.append(document.arena, range, .attribute, display, to: &out)
        out.append(0x22)
        guard document.octets(events[index]).elementsEqual("xmlns".utf8) else { return false }
        scope = XMLNames.vocabulary(namespace: document.arena.span.bytes.extracting(range))
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
