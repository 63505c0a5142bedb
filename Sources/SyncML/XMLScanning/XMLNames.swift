public import Wire

/// Resolves XML names to `ElementName`s as tolerantly as receivers in the field do: a missing namespace means SyncML, a
/// MetInf element without its own namespace is MetInf all the same, DevInf and MgmtTree are known by name.
///
/// Both XML readers use it, so that they cannot disagree.
package enum XMLNames {
    /// The element that a local name denotes, and the vocabulary its children are looked up in first.
    ///
    /// - Parameters:
    ///   - local: where the local name stands in `bytes`.
    ///   - namespace: vocabulary of the namespace in force; nil where there is none.
    ///   - context: what the same call returned for the parent; `.syncML` at the root.
    package static func resolve(
        _ bytes: RawSpan, _ local: Range<Int>, namespace: Vocabulary?, context: Vocabulary
    ) -> (name: ElementName, context: Vocabulary) {
        func find(_ vocabulary: Vocabulary) -> ElementName? { ElementName(vocabulary, named: bytes, local) }
        switch namespace {
        case .other: return (.unknown, .other)
        case .devInf: return (find(.devInf) ?? .unknown, .devInf)
        case .dmddf: return (find(.dmddf) ?? .unknown, .dmddf)
        case .metInf:
            // `<Meta xmlns="syncml:metinf">`: the namespace is meant for the children.
            return (find(.metInf) ?? find(.syncML) ?? .unknown, .metInf)
        case .syncML, nil:
            // Inside a DevInf or MgmtTree that did not say its namespace, its own names come first.
            if context != .syncML, context != .other, let name = find(context) { return (name, context) }
            if context == .other, namespace == nil { return (.unknown, .other) }
            if let name = find(.syncML) { return (name, .syncML) }
            if let name = find(.metInf) { return (name, .metInf) }
            if let name = find(.devInf), name == .devInfRoot { return (name, .devInf) }
            if let name = find(.dmddf), name == .mgmtTree { return (name, .dmddf) }
            return (.unknown, context)
        }
    }

    /// What `MarkupDocument.language` says of a root element: `SyncML 1.2`, `DevInf`, `DMDDF 1.2`; nil when it is none
    /// of ours.
    package static func language(root: ElementName, namespace uri: RawSpan) -> String? {
        let version =
            uri.byteCount > 15 && uri.hasIgnoringCase("syncml:syncml", at: 0) ? uri.text(13..<uri.byteCount) : nil
        return switch root.vocabulary {
        case .syncML: version.map { "SyncML " + $0 } ?? "SyncML"
        case .metInf: "MetInf"
        case .devInf: "DevInf"
        case .dmddf: "DMDDF 1.2"
        case .other: nil
        }
    }
}

extension ElementName {
    public static var devInfRoot: ElementName { ElementName(.devInf, 0x0A) }
    public static var mgmtTree: ElementName { ElementName(.dmddf, 0x20) }
}
