/// A decoded document: elements, attributes and texts in document order, one flat array of events over one arena of
/// text. XML and WBXML readers both make it; the SyncML model, the XML renderer, the annotator and the WBXML encoder
/// all walk it. It is public, not package, because the optimizer inlines across targets what is public only. A document
/// that breaks off or is malformed keeps what could be read, and `complete` is false.
public struct MarkupDocument: Sendable {
    public enum Representation: String, Sendable {
        case xml
        case wbxml
    }

    public enum Kind: UInt8, Sendable {
        /// Element start. Text: the name as written when `name` is unknown or the name has a prefix in XML, else empty.
        case start
        /// Element end.
        case end
        /// Character data, UTF-8.
        case text
        /// Octets that are not known to be text (WBXML OPAQUE).
        case opaque
        /// An attribute's name, right after the start it belongs to; its value is the `attributeValue` that follows.
        case attributeName
        case attributeValue
        /// Target and data in one text.
        case processingInstruction
        /// A document inside the element's content (WBXML in OPAQUE) begins: its elements follow. Text: its language,
        /// for example `DevInf 1.2`.
        case embeddedStart
        case embeddedEnd
    }

    public struct Event: Sendable {
        public var kind: Kind
        public var name: ElementName
        /// Octets of the source that made it: offset of the first and past the last. Of an element start the tag.
        public var start: UInt32
        public var end: UInt32
        /// Where its text lies in `arena`.
        public var textStart: UInt32
        public var textLength: UInt32

        public init(
            _ kind: Kind, _ name: ElementName = .unknown, start: Int, end: Int, text: Range<Int> = 0..<0
        ) {
            self.kind = kind
            self.name = name
            self.start = UInt32(truncatingIfNeeded: start)
            self.end = UInt32(truncatingIfNeeded: end)
            textStart = UInt32(truncatingIfNeeded: text.lowerBound)
            textLength = UInt32(truncatingIfNeeded: text.count)
        }

        /// Where its text lies in `arena`.
        @inlinable @inline(__always)
        public var textRange: Range<Int> { Int(textStart)..<Int(textStart) + Int(textLength) }
    }

    package var representation: Representation
    package var events: [Event] = []
    package var arena: [UInt8] = []
    /// The whole document was read and is well formed.
    package var complete = false
    /// Names the language: `SyncML 1.2`, from the public identifier or the root's namespace; nil when neither says.
    package var language: String?
    /// Character encoding as declared (XML declaration or WBXML charset), lower case; nil when none is.
    package var encoding: String?
    /// The offset past the root element, where the document ends and what follows is not part of it.
    package var consumed = 0
    /// Oddities and errors, each with the offset in the body; subjects are set by whoever knows the direction.
    package var findings: [MarkupFinding] = []

    package init(_ representation: Representation) { self.representation = representation }

    /// Hands the document over and leaves an empty one: what reads one into a property has no use for two.
    package mutating func take() -> MarkupDocument {
        var taken = MarkupDocument(representation)
        swap(&taken, &self)
        return taken
    }

    package func text(_ event: Event) -> String { arena.span.bytes.text(event.textRange) }

    package func octets(_ event: Event) -> ArraySlice<UInt8> { arena[event.textRange] }

    /// The element's name as a reader shows it.
    package func displayName(_ event: Event) -> String { event.name.name ?? text(event) }

    /// The index of the end that belongs to the embedded document that begins at `start`; `limit` where it has none before.
    package func embeddedEnd(of start: Int, before limit: Int) -> Int {
        var depth = 0
        for at in start..<limit {
            if events[at].kind == .embeddedStart { depth += 1 }
            if events[at].kind == .embeddedEnd { depth -= 1 }
            if depth == 0 { return at }
        }
        return limit
    }

    /// The root element was read to its end tag, well formed or not.
    package var hasRootEnd: Bool {
        var open = 0
        for event in events where event.kind == .start || event.kind == .end { open += event.kind == .start ? 1 : -1 }
        return open == 0 && events.contains { $0.kind == .end }
    }

    /// Name of the root of Client Provisioning, whose elements are of no vocabulary.
    package static let provisioningRoot = "wap-provisioningdoc"

    /// It is Client Provisioning.
    package var isProvisioning: Bool {
        events.first { $0.kind == .start }.map(displayName) == MarkupDocument.provisioningRoot
    }

    /// The root element's name; nil in an empty document.
    package var root: ElementName? { events.first { $0.kind == .start }?.name }
}

/// A finding of a document reader, before it is known whether a request or a response held the document.
package struct MarkupFinding: Sendable, Equatable {
    package var rule: Rule
    package var text: String
    package var offset: Int

    package init(_ rule: Rule, _ text: String, offset: Int) {
        self.rule = rule
        self.text = text
        self.offset = offset
    }

    package func about(_ subject: Subject) -> Finding {
        Finding(rule, subject, text, offset: StreamOffset(offset))
    }
}
