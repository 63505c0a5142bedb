import Wire

/// A document as lines that a test can compare: one for each event, with its offsets where asked for.
func transcript(_ document: MarkupDocument, offsets: Bool = false) -> [String] {
    document.events.map { event in
        let text = document.text(event)
        let page =
            switch event.name.vocabulary {
            case .syncML: "S:"
            case .metInf: "M:"
            case .devInf: "I:"
            case .dmddf: "T:"
            case .other: "?:"
            }
        let line =
            switch event.kind {
            case .start:
                "<" + page + document.displayName(event) + (event.name == .unknown || text.isEmpty ? "" : "=" + text)
            case .end: ">"
            case .text: "\"" + text + "\""
            case .opaque: "opaque " + text
            case .attributeName: "@" + text
            case .attributeValue: "=" + text
            case .processingInstruction: "?" + text
            case .embeddedStart: "[" + text
            case .embeddedEnd: "]"
            }
        return offsets ? "\(event.start)-\(event.end) \(line)" : line
    }
}
