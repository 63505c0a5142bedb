/// The Types of a message that name a document of device information or a management tree, and what the Data that each
/// speaks of holds: that of the Item or the command in whose Meta the Type stands. XML and WBXML name such a document by
/// different media types, so that whoever turns one into the other needs to know which Type is about what.
package struct DocumentTypes {
    /// How the document is written, by the suffix of its media type (RFC 6839).
    package enum Suffix: String, Sendable {
        case xml = "+xml"
        case wbxml = "+wbxml"
    }

    /// What stands in Data.
    package struct Content: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let devInf = Content(rawValue: 1)
        package static let managementTree = Content(rawValue: 2)
        /// Text or octets that are neither.
        package static let other = Content(rawValue: 4)

        /// The document that begins with this element.
        package init(root: ElementName?) {
            switch root?.vocabulary {
            case .devInf: self = .devInf
            case .dmddf: self = .managementTree
            default: self = .other
            }
        }
    }

    /// One Type.
    package struct Entry: Sendable {
        /// Index of its text.
        package var text: Int
        /// The document that it names.
        package var named: Content
        /// What the Data that it speaks of holds; empty where there is none (a Get).
        package var content: Content = []
    }

    package private(set) var entries: [Entry] = []
    /// What all the Data of the message hold.
    package private(set) var all: Content = []

    private static let types: [(name: String, document: Content)] = [
        ("application/vnd.syncml-devinf", .devInf), ("application/vnd.syncml.dmtnds", .managementTree),
    ]

    /// An open element. A Type in a Meta is one of the element around that.
    private struct Element {
        var name: ElementName
        /// Indices of `entries`.
        var types: [Int] = []
        /// What Data inside hold that no other Type speaks of.
        var content: Content = []

        var isOwner: Bool { name != .meta && name != MetInf.metInf && name != MetInf.type }
    }
    private var open: [Element] = []

    /// - Parameters:
    ///   - suffix: that of the Types looked for.
    ///   - document: what stands at an event, and the index behind it, where that is a document; nil for other events.
    package init(
        of message: MarkupDocument, _ events: Range<Int>, _ suffix: Suffix,
        document: (Int) -> (content: Content, next: Int)?
    ) {
        var at = events.lowerBound
        while at < events.upperBound {
            if let (content, next) = document(at) {
                hold(content)
                at = max(next, at + 1)
                continue
            }
            let event = message.events[at]
            switch event.kind {
            case .start: open.append(Element(name: event.name))
            case .end: close()
            case .text, .opaque:
                let octets = message.octets(event)
                if open.last?.name == MetInf.type {
                    if let named = DocumentTypes.named(octets, suffix) { note(Entry(text: at, named: named)) }
                } else if open.last?.name == .data, octets.contains(where: { $0 > 0x20 }) {
                    hold(.other)
                }
            default: break
            }
            at += 1
        }
        while !open.isEmpty { close() }
    }

    private var owner: Int? { open.lastIndex { $0.isOwner } }

    private mutating func hold(_ content: Content) {
        all.formUnion(content)
        if let owner { open[owner].content.formUnion(content) }
    }

    private mutating func note(_ entry: Entry) {
        if let owner { open[owner].types.append(entries.count) }
        entries.append(entry)
    }

    private mutating func close() {
        guard let element = open.popLast() else { return }
        for type in element.types { entries[type].content = element.content }
        // A Type nearer to the Data is the one that speaks of it.
        if element.types.isEmpty, let owner { open[owner].content.formUnion(element.content) }
    }

    private static func named(_ type: ArraySlice<UInt8>, _ suffix: Suffix) -> Content? {
        types.first { type.elementsEqual(($0.name + suffix.rawValue).utf8) }?.document
    }

    /// The media type that an entry names, with another suffix.
    package static func mediaType(_ entry: Entry, _ suffix: Suffix) -> String {
        (types.first { $0.document == entry.named }?.name ?? "") + suffix.rawValue
    }
}
