import Wire

/// Which namespace declarations of an XML document go into WBXML, while it is written. Our own namespaces are code pages
/// there; a name of another one means nothing without its declaration, which is kept as a literal attribute.
struct NamespaceDeclarations {
    typealias Attribute = (name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)

    /// Prefixes of the names that are written as they stand.
    private var prefixes: Set<ArraySlice<UInt8>> = []
    /// Default namespaces inside the open elements: as the XML has them, and as they are written.
    private var open: [(declared: ArraySlice<UInt8>, written: ArraySlice<UInt8>)] = []

    init(_ document: MarkupDocument, _ events: Range<Int>) {
        guard document.representation == .xml else { return }
        for event in document.events[events] {
            let isName = event.kind == .attributeName || event.kind == .start && event.name == .unknown
            guard isName, event.textLength > 0 else { continue }
            let name = document.octets(event)
            if let colon = name.firstIndex(of: 0x3A) { prefixes.insert(name[..<colon]) }
        }
    }

    /// The attributes to be written with an element's tag.
    ///
    /// - Parameters:
    ///   - event: the element's start.
    ///   - attributes: those it has in the XML.
    ///   - isEmpty: nothing stands in it, so that it is not left either.
    mutating func enter(
        _ event: MarkupDocument.Event, named name: ArraySlice<UInt8>, _ attributes: [Attribute], isEmpty: Bool
    ) -> [Attribute] {
        var (declared, written) = open.last ?? ([], [])
        var kept: [Attribute] = []
        for attribute in attributes {
            if attribute.name.elementsEqual("xmlns".utf8) {
                declared = attribute.value
            } else if !attribute.name.starts(with: "xmlns:".utf8) || prefixes.contains(attribute.name.dropFirst(6)) {
                kept.append(attribute)
            }
        }
        if event.name != .unknown {
            written = []
        } else if !name.contains(0x3A), declared != written {
            let hasVocabulary = Vocabulary(namespace: declared.span.bytes) != .other
            if !hasVocabulary || !written.isEmpty {
                kept.append((Array("xmlns".utf8)[...], declared))
                written = declared
            }
        }
        if !isEmpty { open.append((declared, written)) }
        return kept
    }

    /// An element ends that was not empty.
    mutating func leave() { _ = open.popLast() }
}
