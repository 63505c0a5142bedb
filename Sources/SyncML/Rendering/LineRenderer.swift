import Wire

struct LineOptions {
    var notes = false
    var findings: [MarkupFinding] = []
    var offsets = false
    /// Blanks in place of the offsets.
    var blankColumn = 0
    var colour = false
    /// How many documents this one stands in as escaped text, and how deep its lines are indented for it.
    var nesting = 0
    var indent = 0
}

/// Lays a document out one element a line. An element that holds text stands in one line with it; one that holds text
/// and elements stands as it is, so that no white space is added to its text.
struct LineRenderer {
    private var writer: XMLWriter
    private let outline: ElementOutline
    private let options: LineOptions
    private var notes: ElementNotes
    /// Sorted by offset; those before `nextFinding` are written.
    private let findings: [MarkupFinding]
    private var nextFinding = 0
    /// Digits of the largest offset.
    private let digits: Int
    private var indent: Int

    init(_ document: MarkupDocument, options: LineOptions) {
        writer = XMLWriter(document)
        outline = ElementOutline(document)
        self.options = options
        indent = options.indent
        notes = ElementNotes(document)
        writer.forDisplay = options.notes
        writer.convertsTypes = !options.notes && document.representation == .wbxml
        findings = options.findings.sorted { $0.offset < $1.offset }
        digits = String(max(document.consumed, Int(document.events.last?.end ?? 0))).utf8.count
    }

    mutating func render(into out: inout OctetWriter) {
        swap(&writer.out, &out)
        defer { swap(&writer.out, &out) }
        let events = writer.document.events
        var at = 0
        while at < events.count {
            switch events[at].kind {
            case .start:
                writeFindings(before: Int(events[at].start))
                at = element(at)
            case .end:
                if writer.depth > 0 {
                    indent = max(indent - 1, options.indent)
                    beginLine(nil)
                    writer.closeLast()
                    endLine(nil)
                }
                notes.leave()
                at += 1
            case .processingInstruction:
                beginLine(Int(events[at].start)..<Int(events[at].end))
                writer.processingInstruction(at)
                endLine(nil)
                at += 1
            case .text, .opaque:
                // Of an element that has no end: the text of the others was written with them.
                if !PlainText.isBlank(writer.document.octets(events[at])) {
                    beginLine(Int(events[at].start)..<Int(events[at].end))
                    writer.text(at)
                    endLine(nil)
                }
                at += 1
            case .attributeName, .attributeValue, .embeddedStart, .embeddedEnd: at += 1
            }
        }
        writeFindings(before: .max)
        while writer.depth > 0 {
            indent = max(indent - 1, options.indent)
            beginLine(nil)
            writer.closeLast()
            endLine(options.notes ? "not in the body: it ends before" : nil)
        }
    }

    /// One element, or the start tag of one that holds others; returns the index of the next event.
    private mutating func element(_ start: Int) -> Int {
        let events = writer.document.events
        let end = outline.end[start] >= 0 ? Int(outline.end[start]) : nil
        let range = Int(events[start].start)..<max(Int(events[end ?? start].end), Int(events[start].start))
        beginLine(range)
        switch outline.content[start] {
        case .empty where end != nil:
            let next = writer.start(start)
            endLine(options.notes ? notes.emptyElement(start) : nil)
            return next
        case .text where end != nil, .mixed where end != nil:
            let past = (end ?? start) + 1
            if let nested = escapedDocument(start, past) {
                writeEscaped(nested, start)
                return past
            }
            writer.write(start..<past)
            endLine(options.notes ? notes.textElement(start, past) : nil)
            return past
        case .empty, .text, .elements, .mixed:
            let next = writer.start(start)
            endLine(options.notes ? notes.enter(start) : nil)
            indent += 1
            return next
        }
    }

    // MARK: Escaped documents

    /// The document that the text of a Data element is, escaped or in CDATA.
    private func escapedDocument(_ start: Int, _ past: Int) -> MarkupDocument? {
        let document = writer.document
        guard options.notes, options.nesting < 4, document.events[start].name == .data,
            let text = document.events[start..<past].first(where: { $0.kind == .text || $0.kind == .opaque }),
            document.octets(text).first(where: { !PlainText.isSpace($0) }) == 0x3C
        else { return nil }
        return XMLScanner.scan(Array(document.octets(text)), limits: Limits())
    }

    /// It stands in place as if it were markup; what the offsets of its own say would mislead.
    private mutating func writeEscaped(_ nested: MarkupDocument, _ start: Int) {
        _ = writer.start(start)
        endLine("escaped text that is a document itself:")
        var inner = options
        inner.findings = []
        inner.blankColumn = options.offsets ? 2 * digits + 1 : options.blankColumn
        inner.offsets = false
        inner.nesting += 1
        inner.indent = indent + 1
        var renderer = LineRenderer(nested, options: inner)
        renderer.render(into: &writer.out)
        beginLine(nil)
        writer.closeLast()
        endLine(nil)
    }

    // MARK: Lines

    private mutating func beginLine(_ range: Range<Int>?) {
        if options.blankColumn > 0 {
            writer.out += String(repeating: " ", count: options.blankColumn + 2).utf8
        } else if options.offsets {
            let text = range.map { padded($0.lowerBound) + "-" + padded($0.upperBound) }
            writer.out += (text ?? String(repeating: " ", count: 2 * digits + 1)).utf8
            writer.out += "  ".utf8
        }
        for _ in 0..<min(indent, 100) { writer.out += "  ".utf8 }
    }

    private mutating func endLine(_ note: String?) {
        if let note {
            if options.colour { writer.out += "\u{1B}[36m".utf8 }
            writer.out += "   ← ".utf8
            XMLEscaping.appendNote(note, to: &writer.out)
            if options.colour { writer.out += "\u{1B}[0m".utf8 }
        }
        writer.out.append(0x0A)
    }

    private func padded(_ offset: Int) -> String {
        let text = String(offset)
        return String(repeating: " ", count: max(0, digits - text.utf8.count)) + text
    }

    /// Findings at offsets before `offset`: they belong to what is written already.
    private mutating func writeFindings(before offset: Int) {
        while nextFinding < findings.count, findings[nextFinding].offset < offset {
            let finding = findings[nextFinding]
            nextFinding += 1
            beginLine(nil)
            if options.colour { writer.out += (finding.rule.level >= .should ? "\u{1B}[31m" : "\u{1B}[33m").utf8 }
            writer.out += "▲ \(finding.rule.level.rawValue) \(finding.rule.id): ".utf8
            XMLEscaping.appendNote(finding.text, to: &writer.out)
            writer.out += " (offset \(finding.offset))".utf8
            if options.colour { writer.out += "\u{1B}[0m".utf8 }
            writer.out.append(0x0A)
        }
    }
}
