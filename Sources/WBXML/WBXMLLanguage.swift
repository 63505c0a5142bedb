import Wire

/// A document type that has a public identifier: how documents name it, and which vocabulary each code page holds.
final class WBXMLLanguage: Sendable {
    /// As `MarkupDocument.language` shows it: `SyncML 1.2`.
    let name: String
    /// The number assigned to it; nil when there is none and documents name it by text.
    let publicID: UInt32?
    /// The formal public identifier that goes into a string table.
    let text: String
    /// The element its documents begin with; `unknown` where the elements are of no vocabulary.
    let root: ElementName
    /// Other spellings found in specifications and devices.
    let aliases: [String]
    /// Vocabulary of code pages 0, 1 and 2; empty where there is none.
    let pages: [Vocabulary?]
    /// What its tokens stand for as text, where its elements are of no vocabulary.
    let tokens: TokenNames?
    /// DevInf before 1.2, where the token of `MaxSize` is `Size`.
    let olderDevInf: Bool
    static let maxSizeToken: UInt8 = 0x1C

    private init(
        name: String, publicID: UInt32?, text: String, root: ElementName = .unknown, aliases: [String] = [],
        pages: [Vocabulary?] = [], tokens: TokenNames? = nil, olderDevInf: Bool = false
    ) {
        self.name = name
        self.publicID = publicID
        self.text = text
        self.root = root
        self.aliases = aliases
        self.pages = pages
        self.tokens = tokens
        self.olderDevInf = olderDevInf
    }

    /// Its elements are of vocabularies.
    var hasVocabulary: Bool { !pages.isEmpty }
    /// Its elements have names here.
    var hasNames: Bool { hasVocabulary || tokens != nil }

    func vocabulary(page: UInt8) -> Vocabulary? { Int(page) < pages.count ? pages[Int(page)] : nil }

    /// The code page that holds a vocabulary; nil when none does.
    func page(of vocabulary: Vocabulary) -> UInt8? {
        pages.firstIndex(of: vocabulary).map { UInt8(truncatingIfNeeded: $0) }
    }

    /// The element with this name on any of the code pages.
    func element(named name: ArraySlice<UInt8>) -> ElementName? {
        let octets = name.span.bytes
        for case .some(let vocabulary) in pages {
            if let element = ElementName(vocabulary, named: octets) { return element }
        }
        return nil
    }

    static let syncML10 = syncML("1.0", 0x0FD1)
    static let syncML11 = syncML("1.1", 0x0FD3)
    /// Also what DM 1.3 uses: nothing newer was registered.
    static let syncML12 = syncML("1.2", 0x1201, aliases: ["-//SYNCML//DTD SyncML 1.2/EN"])
    static let devInf10 = devInf("1.0", 0x0FD2)
    static let devInf11 = devInf("1.1", 0x0FD4)
    static let devInf12 = devInf("1.2", 0x1203)
    static let metInf12 = WBXMLLanguage(
        name: "MetInf 1.2", publicID: 0x1202, text: "-//SYNCML//DTD MetaInf 1.2//EN", root: MetInf.metInf,
        aliases: ["-//SYNCML//DTD MetInf 1.2//EN", "-//OMA//DTD SYNCML-METINF 1.2//EN"], pages: [nil, .metInf])
    static let dmddf12 = WBXMLLanguage(
        name: "DMDDF 1.2", publicID: nil, text: "-//OMA//DTD-DM-DDF 1.2//EN", root: ElementName(.dmddf, 0x20),
        pages: [nil, nil, .dmddf])

    /// Client Provisioning, as a bootstrap may be.
    static let provisioning = WBXMLLanguage(
        name: "PROV 1.0", publicID: 0x0B, text: "-//WAPFORUM//DTD PROV 1.0//EN", tokens: .provisioning)

    /// Those whose elements are of the vocabularies, the newest version of each first.
    static let known = [syncML12, syncML11, syncML10, devInf12, devInf11, devInf10, metInf12, dmddf12]

    /// Other registered document types that turn up near device management, so that a finding can name them. The
    /// elements of all but Client Provisioning show as placeholders.
    static let foreign = [
        WBXMLLanguage(name: "WML 1.0", publicID: 0x02, text: "-//WAPFORUM//DTD WML 1.0//EN"),
        WBXMLLanguage(name: "WML 1.1", publicID: 0x04, text: "-//WAPFORUM//DTD WML 1.1//EN"),
        WBXMLLanguage(name: "SI 1.0", publicID: 0x05, text: "-//WAPFORUM//DTD SI 1.0//EN"),
        WBXMLLanguage(name: "SL 1.0", publicID: 0x06, text: "-//WAPFORUM//DTD SL 1.0//EN"),
        WBXMLLanguage(name: "CO 1.0", publicID: 0x07, text: "-//WAPFORUM//DTD CO 1.0//EN"),
        WBXMLLanguage(name: "CHANNEL 1.1", publicID: 0x08, text: "-//WAPFORUM//DTD CHANNEL 1.1//EN"),
        WBXMLLanguage(name: "WML 1.2", publicID: 0x09, text: "-//WAPFORUM//DTD WML 1.2//EN"),
        WBXMLLanguage(name: "WML 1.3", publicID: 0x0A, text: "-//WAPFORUM//DTD WML 1.3//EN"),
        provisioning,
        WBXMLLanguage(name: "WTA-WML 1.2", publicID: 0x0C, text: "-//WAPFORUM//DTD WTA-WML 1.2//EN"),
        WBXMLLanguage(name: "EMN 1.0", publicID: 0x0D, text: "-//WAPFORUM//DTD EMN 1.0//EN"),
        WBXMLLanguage(name: "DRMREL 1.0", publicID: 0x0E, text: "-//OMA//DTD DRMREL 1.0//EN"),
        WBXMLLanguage(name: "SyncML 2.0", publicID: 0x1205, text: "-//SyncML//Schema SyncML 2.0//EN"),
        WBXMLLanguage(name: "DevInf 2.0", publicID: 0x1206, text: "-//SyncML//Schema DevInf 2.0//EN"),
    ]

    static func find(publicID: UInt32) -> WBXMLLanguage? {
        (known.first { $0.publicID == publicID }) ?? (foreign.first { $0.publicID == publicID })
    }

    /// The language a formal public identifier names, whatever its case.
    static func find(text: ArraySlice<UInt8>) -> WBXMLLanguage? {
        func matches(_ language: WBXMLLanguage) -> Bool {
            equalIgnoringCase(text, language.text) || language.aliases.contains { equalIgnoringCase(text, $0) }
        }
        return known.first(where: matches) ?? foreign.first(where: matches)
    }

    static func find(name: String) -> WBXMLLanguage? {
        (known.first { $0.name == name }) ?? (foreign.first { $0.name == name })
    }

    /// The language, in its newest version, whose documents begin with this element on this page.
    static func find(rootPage page: UInt8, token: UInt8) -> WBXMLLanguage? {
        known.first { $0.hasRoot(page: page, token: token) }
    }

    /// The language, in its newest version, of a document that begins with an element of this vocabulary.
    static func find(vocabulary: Vocabulary) -> WBXMLLanguage? { known.first { $0.root.vocabulary == vocabulary } }

    func hasRoot(page: UInt8, token: UInt8) -> Bool {
        vocabulary(page: page) == root.vocabulary && token == root.token
    }

    private static func syncML(_ version: String, _ publicID: UInt32, aliases: [String] = []) -> WBXMLLanguage {
        WBXMLLanguage(
            name: "SyncML \(version)", publicID: publicID, text: "-//SYNCML//DTD SyncML \(version)//EN", root: .syncML,
            aliases: aliases, pages: [.syncML, .metInf, .dmddf])
    }

    private static func devInf(_ version: String, _ publicID: UInt32) -> WBXMLLanguage {
        WBXMLLanguage(
            name: "DevInf \(version)", publicID: publicID, text: "-//SYNCML//DTD DevInf \(version)//EN",
            root: ElementName(.devInf, 0x0A), pages: [.devInf], olderDevInf: version != "1.2")
    }

    private static func equalIgnoringCase(_ octets: ArraySlice<UInt8>, _ text: String) -> Bool {
        octets.count == text.utf8.count && zip(octets, text.utf8).allSatisfy { lower($0) == lower($1) }
    }

    private static func lower(_ octet: UInt8) -> UInt8 { octet >= 0x41 && octet <= 0x5A ? octet | 0x20 : octet }
}

/// What a code page of tags holds.
struct TagPage {
    var vocabulary = Vocabulary.other
    /// A bit for each token that some version of the vocabulary defines.
    var tokens: UInt64 = 0
    /// Those of them that mean the same in every version.
    var plain: UInt64 = 0

    init() {}

    init(_ language: WBXMLLanguage?, _ page: UInt8) {
        guard let language, let vocabulary = language.vocabulary(page: page) else { return }
        self.vocabulary = vocabulary
        tokens = TagPage.masks[Int(vocabulary.rawValue)]
        plain = language.olderDevInf ? tokens & ~(1 << UInt64(WBXMLLanguage.maxSizeToken)) : tokens
    }

    private static let masks: [UInt64] = [Vocabulary.syncML, .metInf, .devInf, .dmddf].map { vocabulary in
        (5..<64).reduce(0) { mask, token in
            ElementName(vocabulary, UInt8(token)).name == nil ? mask : mask | 1 << UInt64(token)
        }
    }
}

/// The code pages of tags that a language has.
struct TagPages {
    private var pages = InlineArray<3, TagPage>(repeating: TagPage())

    init() {}

    init(_ language: WBXMLLanguage?) {
        for page in pages.indices { pages[page] = TagPage(language, UInt8(page)) }
    }

    /// What the page with this number holds: nothing where the language has none.
    @inline(__always)
    subscript(number: UInt8) -> TagPage { Int(number) < pages.count ? pages[Int(number)] : TagPage() }
}
