import Wire

/// Thrown to stop decoding; the finding that says why is made where it is thrown.
enum Stop: Error {
    /// The structure of the document is lost. The one around it goes on.
    case document
    /// A bound on the work for the whole input is reached.
    case input
}

/// Decodes one document, and those inside it.
///
/// Responsibilities: the octets are walked once, plain content by `PlainContent` and the rest one token at a time; open
/// elements are a stack of their start events. An inner document is decoded in place by the same value, with the
/// registers of the outer one (code pages, charset, string table, language) put aside.
///
/// The arena begins as the octets themselves, so that UTF-8 text is a range of it and is never copied: text that had
/// to be converted or joined is appended behind. What is decoded is counted as if it were copied, and the count never
/// goes back, so that the work for one input is bounded whatever is discarded.
struct Decoding: ~Copyable {
    let source: [UInt8]
    let limits: Limits
    var document = MarkupDocument(.wbxml)

    /// The next octet, and the end of the document that is being read.
    var at = 0
    var end: Int

    var scope = Scope()

    /// What belongs to one document and is put aside while one inside it is read.
    struct Scope {
        var language: WBXMLLanguage?
        /// The public identifier settles the language, so that the root's token need not.
        var languageIsSettled = false
        var charset = WBXMLCharset.utf8
        /// The string table, as a range of the source.
        var table = 0..<0
        var tagPage: UInt8 = 0
        var attributePage: UInt8 = 0
        var pages = TagPages()
        /// Documents around this one.
        var nesting = 0
        /// Elements of the documents around this one that are open.
        var floor = 0
    }

    /// Start events of the open elements, those of enclosing documents first: the first `depth` of the array.
    var open = [MarkupDocument.Event](repeating: .init(.start, start: 0, end: 0), count: 32)
    var depth = 0

    /// The event that further text belongs to as long as it is the last: a text, or the attribute value or processing
    /// instruction that is being read.
    var growing = -1

    /// What may still be produced, in events and in octets of text.
    var eventsLeft: Int
    var textLeft: Int

    var tally = FindingTally()

    init(_ bytes: RawSpan, limits: Limits) {
        source = bytes.array()
        self.limits = limits
        end = source.count
        eventsLeft = limits.markupEvents
        textLeft = limits.markupText
        document.arena = source
        document.events.reserveCapacity(min(source.count / 3 + 32, 16384))
    }

    consuming func run(mediaCharset: String?) -> MarkupDocument {
        do throws(Stop) {
            try header(mediaCharset: mediaCharset)
            try body()
            document.complete = true
        } catch {
            document.consumed = at
        }
        closeTally()
        return document.take()
    }

    // MARK: Body

    /// The root element with what may stand around it.
    mutating func body() throws(Stop) {
        try prolog()
        while depth > scope.floor { try content() }
        document.consumed = at
        while at < end, source[at] == Token.pi { try processingInstruction() }
        if at < end {
            let count = end - at
            note(WBXMLRules.trailingBytes, at: at) {
                "\(count) \(count == 1 ? "octet follows" : "octets follow") the root element"
            }
        }
    }

    /// Everything up to and with the tag of the root element.
    private mutating func prolog() throws(Stop) {
        while true {
            guard at < end else { throw truncated("the document has no root element", WBXMLRules.noRoot) }
            let octet = source[at]
            switch octet {
            case Token.switchPage: try switchTagPage()
            case Token.pi: try processingInstruction()
            case Token.end:
                throw malformed(WBXMLRules.endUnmatched, at: at, "END stands where the root element has to begin")
            case Token.literal, Token.literalC, Token.literalA, Token.literalAC:
                settleLanguage(root: nil)
                return try literalTag(octet)
            case _ where octet & Token.identity > Token.literal:
                settleLanguage(root: octet & Token.identity)
                return try tag(octet)
            default:
                throw malformed(
                    WBXMLRules.noRoot, at: at, "octet \(hex(octet)) stands where the root element has to begin")
            }
        }
    }

    /// Content of the open element: what is plain in it, and one token more.
    private mutating func content() throws(Stop) {
        plainContent()
        guard depth > scope.floor else { return }
        guard at < end else {
            let depth = depth - scope.floor
            throw truncated(
                "the document ends with \(depth) \(depth == 1 ? "element" : "elements") open", WBXMLRules.elementsOpen)
        }
        let octet = source[at]
        if octet & Token.identity > Token.literal { return try tag(octet) }
        switch octet {
        case Token.end: closeElement()
        case Token.strI: try inlineString(into: .text)
        default: try globalToken(octet)
        }
    }

    private mutating func plainContent() {
        guard scope.charset.isUTF8 else { return }
        var plain = PlainContent(self)
        let source = source
        plain.run(source.span.bytes, &open, &document.events)
        at = plain.at
        scope.tagPage = plain.tagPage
        depth = plain.depth
        eventsLeft = plain.eventsLeft
        textLeft = plain.textLeft
        growing = plain.growing
    }

    private mutating func globalToken(_ octet: UInt8) throws(Stop) {
        switch octet {
        case Token.switchPage: try switchTagPage()
        case Token.entity: try entity(into: .text)
        case Token.strT: try tableReference(into: .text)
        case Token.opaque: try opaque()
        case Token.pi: try processingInstruction()
        case Token.literal, Token.literalC, Token.literalA, Token.literalAC: try literalTag(octet)
        default: try extensionToken(octet)
        }
    }

    // MARK: Elements

    private mutating func tag(_ octet: UInt8) throws(Stop) {
        let token = octet & Token.identity
        let start = at
        at += 1
        let page = scope.pages[scope.tagPage]
        if page.tokens >> UInt64(token) & 1 == 1 {
            let name = page.plain >> UInt64(token) & 1 == 1 ? ElementName(page.vocabulary, token) : .devInfSize
            try begin(.init(.start, name, start: start, end: at, text: 0..<0), octet)
        } else {
            try unknownTag(octet, start: start)
        }
    }

    private mutating func unknownTag(_ octet: UInt8, start: Int) throws(Stop) {
        let token = octet & Token.identity
        let page = scope.tagPage
        if let known = scope.language?.tokens?.tags[TokenNames.key(page, token)] {
            return try begin(.init(.start, start: start, end: at, text: try spelled(known)), octet)
        }
        if let language = scope.language, language.hasNames {
            note(WBXMLRules.tokenUnknown, key: UInt16(page) << 8 | UInt16(token), at: start) {
                "token \(hex(token)) on code page \(page) is no element of \(language.name)"
            }
        }
        let placeholder = try spelled("Unknown-\(page)-\(hex(token))")
        try begin(.init(.start, start: start, end: at, text: placeholder), octet)
    }

    /// LITERAL, LITERAL_C, LITERAL_A, LITERAL_AC: the name stands in the string table. It is that of an element with a
    /// token unless it is in a foreign namespace, its own or that of the element around it.
    private mutating func literalTag(_ octet: UInt8) throws(Stop) {
        let start = at
        at += 1
        let offset = try integer()
        let name = try literalName(offset, at: start)
        let foreign = MarkupDocument.Event(.start, start: start, end: at, text: name)
        let isInsideForeign = depth > scope.floor && open[depth - 1].name == .unknown
        guard !isInsideForeign, let known = scope.language?.element(named: document.arena[name]) else {
            return try begin(foreign, octet)
        }
        var event = MarkupDocument.Event(.start, known, start: start, end: at)
        let index = document.events.count
        try append(event)
        if octet & Token.attributesFollow != 0 {
            try attributes()
            if declaresForeignNamespace(index) {
                event = foreign
                document.events[index] = event
            }
        }
        try enter(event, octet)
    }

    /// An element begins: its attributes, and its end when it has no content.
    private mutating func begin(_ event: MarkupDocument.Event, _ octet: UInt8) throws(Stop) {
        try append(event)
        if octet & Token.attributesFollow != 0 { try attributes() }
        try enter(event, octet)
    }

    /// The content of an element, or its end where it has none.
    private mutating func enter(_ event: MarkupDocument.Event, _ octet: UInt8) throws(Stop) {
        if octet & Token.contentFollows != 0 {
            guard depth - scope.floor < limits.depth else {
                throw malformed(WBXMLRules.tooDeep, at: at, "elements nest deeper than \(limits.depth) levels")
            }
            if depth == open.count { open.append(event) }
            open[depth] = event
            depth += 1
        } else {
            document.events.append(event.end(at..<at))
        }
    }

    private mutating func closeElement() {
        depth -= 1
        document.events.append(open[depth].end(at..<at + 1))
        at += 1
    }

    // MARK: Code pages

    private mutating func switchTagPage() throws(Stop) {
        let start = at
        at += 1
        guard at < end else { throw truncated("SWITCH_PAGE has no page number") }
        scope.tagPage = source[at]
        at += 1
        if at < end, source[at] == Token.end, depth > scope.floor {
            let page = scope.tagPage
            note(WBXMLRules.switchBeforeEnd, at: start) { "SWITCH_PAGE to page \(page) stands before an END" }
        }
    }

    /// The language by the root's token, where the public identifier does not say it or names another.
    private mutating func settleLanguage(root token: UInt8?) {
        let byRoot = token.flatMap { WBXMLLanguage.find(rootPage: scope.tagPage, token: $0) }
        if !scope.languageIsSettled {
            scope.language = byRoot
        } else if let token, let language = scope.language, language.hasVocabulary,
            !language.hasRoot(page: scope.tagPage, token: token)
        {
            let page = scope.tagPage
            note(WBXMLRules.rootUnexpected, at: at) {
                "the root, token \(hex(token)) on code page \(page), is not the root of \(language.name)"
                    + (byRoot.map { "; it is read as \($0.name)" } ?? "")
            }
            if let byRoot { scope.language = byRoot }
        }
        if scope.nesting == 0 { document.language = scope.language?.name }
        scope.pages = TagPages(scope.language)
    }

    // MARK: Events

    /// Appends an event other than an end if the bound allows.
    @inline(__always)
    mutating func append(_ event: MarkupDocument.Event) throws(Stop) {
        eventsLeft -= 1
        guard eventsLeft >= 0 else {
            throw stopped(
                WBXMLRules.tooManyEvents,
                "the document has more than \(limits.markupEvents) elements, texts and attributes")
        }
        document.events.append(event)
    }
}

extension MarkupDocument.Event {
    /// The end of the element that this event begins, where its octets stand.
    @inline(__always)
    func end(_ octets: Range<Int>) -> MarkupDocument.Event {
        var event = self
        event.kind = .end
        event.start = UInt32(truncatingIfNeeded: octets.lowerBound)
        event.end = UInt32(truncatingIfNeeded: octets.upperBound)
        return event
    }
}
