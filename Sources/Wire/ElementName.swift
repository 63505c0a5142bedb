/// A set of element names that one XML namespace and one WBXML code page share.
public enum Vocabulary: UInt8, Sendable, CaseIterable {
    case syncML = 0
    case metInf = 1
    case devInf = 2
    case dmddf = 3
    /// Any other: the name stands in the document.
    case other = 255

    /// Namespace of the vocabulary as it is written in XML; that of SyncML 1.2 for SyncML.
    package var namespace: String? {
        switch self {
        case .syncML: "SYNCML:SYNCML1.2"
        case .metInf: "syncml:metinf"
        case .devInf: "syncml:devinf"
        case .dmddf: "syncml:dmddf1.2"
        case .other: nil
        }
    }
}

/// The name of an element: a vocabulary and the WBXML tag identity (0x05–0x3F) in it. XML and WBXML readers yield the
/// same names, so that everything above compares two bytes instead of strings. A name outside the vocabularies is
/// `unknown` and stands as text in the document.
public struct ElementName: Hashable, Sendable {
    public let vocabulary: Vocabulary
    public let token: UInt8

    public init(_ vocabulary: Vocabulary, _ token: UInt8) {
        self.vocabulary = vocabulary
        self.token = token
    }

    public static var unknown: ElementName { ElementName(.other, 0) }
    /// `Size` of DevInf 1.0 and 1.1, which shares 0x1C with `MaxSize` of 1.2.
    package static let devInfSize = ElementName(.devInf, 0x5C)

    /// Tag identity as it is written in WBXML, bits 5 to 0.
    package var wbxmlToken: UInt8 { token & 0x3F }

    /// The local name; nil for `unknown` and for tokens that no version defines.
    package var name: String? {
        guard vocabulary != .other, token < 128 else { return nil }
        return ElementName.names[Int(vocabulary.rawValue) << 7 | Int(token)]
    }

    /// Names at `vocabulary << 7 | token`.
    private static let names: [String?] = {
        var table = [String?](repeating: nil, count: 4 << 7)
        for (vocabulary, rows) in vocabularyRows {
            for row in rows { table[Int(vocabulary.rawValue) << 7 | Int(row.token)] = row.name }
        }
        return table
    }()

    private static let vocabularyRows: [(Vocabulary, [(token: UInt8, name: String)])] = [
        (.syncML, ElementTables.syncML), (.metInf, ElementTables.metInf), (.devInf, ElementTables.devInf),
        (.dmddf, ElementTables.dmddf),
    ]

    /// The element of a vocabulary with this local name, case-sensitive as XML is; nil when there is none.
    package init?(_ vocabulary: Vocabulary, named name: RawSpan) {
        guard vocabulary != .other, name.byteCount > 0, name.byteCount <= 64,
            let found = ElementName.lookup.find(vocabulary, name)
        else { return nil }
        self = found
    }

    package init?(_ vocabulary: Vocabulary, named name: String) {
        var copy = name
        let found = copy.withUTF8 { ElementName(vocabulary, named: $0.span.bytes) }
        guard let found else { return nil }
        self = found
    }

    private static let lookup = NameLookup(vocabularyRows)
}

/// Name to token by open addressing over the name's octets: one hash and, nearly always, one comparison.
private struct NameLookup: Sendable {
    private struct Slot {
        var vocabulary: UInt8 = 0
        var token: UInt8 = 0
        var name: [UInt8] = []
    }
    private var slots = [Slot](repeating: Slot(), count: 1024)

    init(_ tables: [(Vocabulary, [(token: UInt8, name: String)])]) {
        for (vocabulary, rows) in tables {
            for row in rows {
                let name = Array(row.name.utf8)
                var at = NameLookup.hash(vocabulary, name.span.bytes)
                while !slots[at].name.isEmpty { at = (at + 1) & 1023 }
                slots[at] = Slot(vocabulary: vocabulary.rawValue, token: row.token, name: name)
            }
        }
    }

    func find(_ vocabulary: Vocabulary, _ name: RawSpan) -> ElementName? {
        var at = NameLookup.hash(vocabulary, name)
        while !slots[at].name.isEmpty {
            if slots[at].vocabulary == vocabulary.rawValue, slots[at].name.count == name.byteCount,
                slots[at].name.withUnsafeBytes({ stored in
                    name.withUnsafeBytes { $0.elementsEqual(stored) }
                })
            {
                return ElementName(vocabulary, slots[at].token)
            }
            at = (at + 1) & 1023
        }
        return nil
    }

    private static func hash(_ vocabulary: Vocabulary, _ name: RawSpan) -> Int {
        var h: UInt32 = 2_166_136_261 ^ UInt32(vocabulary.rawValue)
        for i in 0..<name.byteCount { h = (h ^ UInt32(name.byte(at: i))) &* 16_777_619 }
        return Int((h ^ h >> 15) & 1023)
    }
}
