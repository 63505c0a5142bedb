public import Wire

/// Resolves XML names to `ElementName`s as tolerantly as receivers in the field do: a missing namespace means SyncML, a
/// MetInf element without its own namespace is MetInf all the same, DevInf and MgmtTree are known by name.
///
/// Both XML readers use it, so that they cannot disagree.
package enum XMLNames {
    /// The vocabulary of a namespace name, compared without regard to case: `SYNCML:SYNCML1.2`, `syncml:metinf` …
    /// A foreign namespace is `.other`.
    package static func vocabulary(namespace uri: RawSpan) -> Vocabulary {
        guard uri.byteCount >= 12, starts(uri, with: "syncml:", at: 0) else { return .other }
        if starts(uri, with: "metinf", at: 7) { return .metInf }
        if starts(uri, with: "devinf", at: 7) { return .devInf }
        if starts(uri, with: "dmddf", at: 7) { return .dmddf }
        if starts(uri, with: "syncml1.", at: 7) { return .syncML }
        return .other
    }

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
            uri.byteCount > 15 && starts(uri, with: "syncml:syncml", at: 0) ? uri.text(13..<uri.byteCount) : nil
        return switch root.vocabulary {
        case .syncML: version.map { "SyncML " + $0 } ?? "SyncML"
        case .metInf: "MetInf"
        case .devInf: "DevInf"
        case .dmddf: "DMDDF 1.2"
        case .other: nil
        }
    }

    /// Whether `uri` has `prefix`, given in lower case, at `offset`, whatever the case of its letters.
    private static func starts(_ uri: RawSpan, with prefix: StaticString, at offset: Int) -> Bool {
        guard uri.byteCount >= offset + prefix.utf8CodeUnitCount else { return false }
        return prefix.withUTF8Buffer { wanted in
            for i in wanted.indices {
                let octet = uri.byte(at: offset + i)
                let lower = octet >= 0x41 && octet <= 0x5A ? octet | 0x20 : octet
                if lower != wanted[i] { return false }
            }
            return true
        }
    }
}

extension ElementName {
    public static var devInfRoot: ElementName { ElementName(.devInf, 0x0A) }
    public static var mgmtTree: ElementName { ElementName(.dmddf, 0x20) }
}
