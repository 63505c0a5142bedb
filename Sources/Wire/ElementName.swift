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

    /// The vocabulary of a namespace name, compared without regard to case: `SYNCML:SYNCML1.2`, `syncml:metinf` …
    /// A foreign namespace is `.other`.
    package init(namespace uri: RawSpan) {
        self = .other
        guard uri.byteCount >= 12, uri.hasIgnoringCase("syncml:", at: 0) else { return }
        if uri.hasIgnoringCase("metinf", at: 7) { self = .metInf }
        if uri.hasIgnoringCase("devinf", at: 7) { self = .devInf }
        if uri.hasIgnoringCase("dmddf", at: 7) { self = .dmddf }
        if uri.hasIgnoringCase("syncml1.", at: 7) { self = .syncML }
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
    public static var devInfSize: ElementName { ElementName(.devInf, 0x5C) }

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
        self.init(vocabulary, named: name, 0..<name.byteCount)
    }

    /// The same for a name that stands at `range` of `bytes`.
    package init?(_ vocabulary: Vocabulary, named bytes: RawSpan, _ range: Range<Int>) {
        guard vocabulary != .other, let key = NameLookup.Key(bytes, range),
            let token = ElementName.lookup.find(vocabulary.rawValue, key)
        else { return nil }
        self.init(vocabulary, token)
    }

    package init?(_ vocabulary: Vocabulary, named name: String) {
        let octets = Array(name.utf8)
        self.init(vocabulary, named: octets.span.bytes)
    }

    private static let lookup = NameLookup(vocabularyRows)
}

/// Name to token by open addressing. A name is three words of its octets, since none of the tables is longer than 24:
/// hash and comparison take no loop.
private struct NameLookup: Sendable {
    struct Key {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
        /// Octets of the name; 0 in a free slot.
        var count = 0

        @inline(__always)
        init?(_ bytes: RawSpan, _ range: Range<Int>) {
            count = range.count
            guard count > 0, count <= 24 else { return nil }
            let start = range.lowerBound
            first = Key.word(bytes, start, min(count, 8))
            if count > 8 { second = Key.word(bytes, start + 8, min(count - 8, 8)) }
            if count > 16 { third = Key.word(bytes, start + 16, count - 16) }
        }

        init() {}

        /// One to eight octets, the first in the low bits, zeros behind them.
        @inline(__always)
        private static func word(_ bytes: RawSpan, _ at: Int, _ count: Int) -> UInt64 {
            if at + 8 <= bytes.byteCount {
                let all = UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
                return all & UInt64.max >> UInt64(64 - 8 * count)
            }
            var word: UInt64 = 0
            for i in 0..<count { word |= UInt64(bytes.byte(at: at + i)) << UInt64(i * 8) }
            return word
        }

        @inline(__always)
        func hash(_ vocabulary: UInt8) -> Int {
            let mixed = first ^ second &* 0x9E37_79B9_7F4A_7C15 ^ third ^ UInt64(vocabulary)
            return Int(truncatingIfNeeded: (mixed &* 0xFF51_AFD7_ED55_8CCD) >> 54)
        }

        @inline(__always)
        func isSame(_ other: Key) -> Bool {
            first == other.first && count == other.count && second == other.second && third == other.third
        }
    }

    private struct Slot {
        var key = Key()
        var vocabulary: UInt8 = 0
        var token: UInt8 = 0
    }
    private var slots = [Slot](repeating: Slot(), count: 1024)

    init(_ tables: [(Vocabulary, [(token: UInt8, name: String)])]) {
        for (vocabulary, rows) in tables {
            for row in rows {
                let name = Array(row.name.utf8)
                guard let key = Key(name.span.bytes, 0..<name.count) else { continue }
                var at = key.hash(vocabulary.rawValue)
                while slots[at].key.count > 0 { at = (at + 1) & 1023 }
                slots[at] = Slot(key: key, vocabulary: vocabulary.rawValue, token: row.token)
            }
        }
    }

    @inline(__always)
    func find(_ vocabulary: UInt8, _ key: Key) -> UInt8? {
        var at = key.hash(vocabulary)
        while slots[at].key.count > 0 {
            if slots[at].key.isSame(key), slots[at].vocabulary == vocabulary { return slots[at].token }
            at = (at + 1) & 1023
        }
        return nil
    }
}
