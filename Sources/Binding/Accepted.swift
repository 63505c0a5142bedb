import HTTPWire
import Wire

/// What a request says it takes in the response; nil where there is no such header.
struct Accepted {
    /// The request was seen.
    let isKnown: Bool
    let types: AcceptedTypes?
    /// Accept-Charset admits UTF-8.
    let utf8: Bool?

    init(_ head: HTTPHead?) {
        isKnown = head != nil
        types = head.flatMap { AcceptedTypes($0) }
        utf8 = head.flatMap { head in
            guard let field = head.field("accept-charset") else { return nil }
            if head.bytes.span.bytes.matches(field.value, "utf-8") { return true }
            return AcceptList(head.values("accept-charset")).takes(charset: "utf-8")
        }
    }
}

/// What Accept says of the two DM types.
struct AcceptedTypes: OptionSet {
    var rawValue: UInt8

    static let namesXML = AcceptedTypes(rawValue: 1)
    static let namesWBXML = AcceptedTypes(rawValue: 2)
    static let admitsXML = AcceptedTypes(rawValue: 4)
    static let admitsWBXML = AcceptedTypes(rawValue: 8)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Nil without an Accept header.
    init?(_ head: HTTPHead) {
        guard let field = head.field("accept") else { return nil }
        self = []
        if head.count("accept") > 1 || !read(head.bytes.span.bytes, field.value) {
            self = AcceptedTypes(AcceptList(head.values("accept")))
        }
    }

    private init(_ list: AcceptList) {
        self = []
        let types = [("application/vnd.syncml.dm+xml", Self.namesXML, Self.admitsXML)]
        for (name, names, admits) in types + [("application/vnd.syncml.dm+wbxml", .namesWBXML, .admitsWBXML)] {
            if list.names(name) { insert(names) }
            if let type = MediaType.parse(name), list.admits(type) { insert(admits) }
        }
    }

    /// Reads a list without parameters, which nearly all are; false where there are some.
    private mutating func read(_ bytes: RawSpan, _ value: Range<Int>) -> Bool {
        var members = PlainList(value)
        guard !value.isEmpty, bytes.extracting(value).firstIndex(of: 0x3B, from: 0) == nil else { return false }
        while let member = members.next(in: bytes) {
            if bytes.matches(member, "application/vnd.syncml.dm+xml") {
                formUnion([.namesXML, .admitsXML])
            } else if bytes.matches(member, "application/vnd.syncml.dm+wbxml") {
                formUnion([.namesWBXML, .admitsWBXML])
            } else if bytes.matches(member, "*/*") || bytes.matches(member, "*")
                || bytes.matches(member, "application/*")
            {
                formUnion([.admitsXML, .admitsWBXML])
            }
        }
        return true
    }

    var namesDM: Bool { !isDisjoint(with: [.namesXML, .namesWBXML]) }
    var admitsDM: Bool { !isDisjoint(with: [.admitsXML, .admitsWBXML]) }
}

/// Walks a header value member by member: what stands between commas, without blanks around it.
struct PlainList {
    private var at: Int
    private let end: Int

    init(_ value: Range<Int>) {
        at = value.lowerBound
        end = value.upperBound
    }

    mutating func next(in bytes: RawSpan) -> Range<Int>? {
        while at < end {
            let comma = bytes.extracting(at..<end).firstIndex(of: 0x2C, from: 0).map { at + $0 } ?? end
            let member = bytes.trimmingBlanks(at..<comma)
            at = comma + 1
            if !member.isEmpty { return member }
        }
        return nil
    }
}

extension AcceptList {
    /// Accept-Charset takes this character set. US-ASCII is part of whatever else is taken; `utf8` is meant for UTF-8.
    func takes(charset: String) -> Bool {
        if admits(charset: charset) { return true }
        let name = Charset.canonical(charset)
        return name == "us-ascii" || members.contains { Charset.canonical($0.name) == name && $0.quality > 0 }
    }

    /// Accept-Encoding admits every one of a Content-Encoding's codings.
    func admits(codings value: String) -> Bool {
        value.split(separator: ",").allSatisfy { admits(coding: $0.filter { $0 != " " && $0 != "\t" }) }
    }

    /// For a finding's text.
    var shown: String { members.map(\.name).joined(separator: ", ").excerpt }
}

/// Names of character encodings.
enum Charset {
    /// Lower case, and one of the spellings of UTF-8, US-ASCII and ISO-8859-1.
    static func canonical(_ name: String) -> String {
        switch name.lowercased() {
        case "utf8", "utf_8", "unicode-1-1-utf-8": "utf-8"
        case "ascii", "iso646-us", "ansi_x3.4-1968": "us-ascii"
        case "latin1", "iso_8859-1", "iso8859-1": "iso-8859-1"
        case let other: other
        }
    }

    /// The same encoding, or UTF-8 and US-ASCII, which is part of it.
    static func agree(_ a: String, _ b: String) -> Bool {
        let pair = [canonical(a), canonical(b)]
        return pair[0] == pair[1] || pair.allSatisfy { $0 == "utf-8" || $0 == "us-ascii" }
    }
}
