import Wire

/// Writes a WBXML document as XML in one line, in one loop: the elements of the code pages with text in them, which is
/// what nearly every message consists of. Whatever else a document may hold (attributes, names of its own, processing
/// instructions) is left to `XMLWriter`, whose result is the same octet for octet.
struct CompactRenderer {
    /// An open element: what its end tag is, and the default namespace inside it.
    private struct Open {
        var name: ElementName
        var scope: Vocabulary?
    }

    /// Where `out` stood is where it stands again when the answer is false: the document is one for `XMLWriter`.
    static func render(_ document: MarkupDocument, into out: inout OctetWriter) -> Bool {
        guard document.representation == .wbxml, isPlain(document.events) else { return false }
        let tags = TagTexts.all
        let events = document.events
        let syncML = XMLWriter.namespaceDeclaration(.syncML, of: document)
        var open: [Open] = []
        open.reserveCapacity(16)
        var scope: Vocabulary?
        var at = 0
        while at < events.count {
            let event = events[at]
            at += 1
            switch event.kind {
            case .start:
                let outer = scope
                if at > 1, events[at - 2].kind == .embeddedStart { scope = nil }
                out.append(tags.start(event.name))
                if event.name.vocabulary != scope {
                    scope = event.name.vocabulary
                    if event.name.vocabulary == .syncML {
                        out.append(syncML.span.bytes, 0..<syncML.count)
                    } else {
                        XMLWriter.declare(event.name.vocabulary, into: &out)
                    }
                }
                if at < events.count, events[at].kind == .end {
                    at += 1
                    out.append(XMLWriter.emptyEnd)
                    scope = outer
                } else {
                    out.append(0x3E)
                    open.append(Open(name: event.name, scope: outer))
                }
            case .end:
                guard let element = open.last else { break }
                open.removeLast()
                out.append(tags.end(element.name))
                scope = element.scope
            case .text, .opaque:
                XMLWriter.appendText(event, of: document, forDisplay: false, to: &out)
            case .embeddedStart, .embeddedEnd, .attributeName, .attributeValue, .processingInstruction: break
            }
        }
        while let element = open.popLast() { out.append(tags.end(element.name)) }
        return true
    }

    private static func isPlain(_ events: [MarkupDocument.Event]) -> Bool {
        events.allSatisfy { event in
            switch event.kind {
            case .start: event.textLength == 0 && event.name.vocabulary != .other
            case .end, .text, .opaque, .embeddedStart, .embeddedEnd: true
            case .attributeName, .attributeValue, .processingInstruction: false
            }
        }
    }
}
