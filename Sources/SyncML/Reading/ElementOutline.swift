import Wire

/// Where each element of a document ends and what it holds, found in one pass.
struct ElementOutline {
    enum Content: UInt8 {
        case empty
        /// Text alone.
        case text
        /// Elements, with white space between them at most.
        case elements
        case mixed
    }

    /// By index of the start event; for other events `.empty`.
    private(set) var content: [Content]
    /// Index of the end event, by index of the start event; -1 where the document breaks off before.
    private(set) var end: [Int32]

    init(_ document: MarkupDocument) {
        content = [Content](repeating: .empty, count: document.events.count)
        end = [Int32](repeating: -1, count: document.events.count)
        var open: [Int] = []
        for (index, event) in document.events.enumerated() {
            switch event.kind {
            case .start:
                if let parent = open.last { addElement(to: parent) }
                open.append(index)
            case .end:
                if let start = open.popLast() { end[start] = Int32(truncatingIfNeeded: index) }
            case .embeddedStart, .processingInstruction:
                if let parent = open.last { addElement(to: parent) }
            case .text, .opaque:
                guard let parent = open.last else { break }
                let blank = event.kind == .text && PlainText.isBlank(document.octets(event))
                switch content[parent] {
                case .empty: content[parent] = .text
                case .elements where !blank: content[parent] = .mixed
                case .elements, .text, .mixed: break
                }
                if !blank { solid.insert(parent) }
            case .attributeName, .attributeValue, .embeddedEnd: break
            }
        }
    }

    /// Elements that hold more text than white space.
    private var solid: Set<Int> = []

    private mutating func addElement(to parent: Int) {
        content[parent] = solid.contains(parent) ? .mixed : .elements
    }
}
