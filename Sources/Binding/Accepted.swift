import HTTPWire

/// What a request says it takes in the response, each header parsed once; nil where there is none.
struct Accepted {
    /// Nil when the request was not seen.
    private let head: HTTPHead?
    let types: AcceptList?
    let charsets: AcceptList?

    init(_ head: HTTPHead?, _ memo: HeaderMemo) {
        self.head = head
        types = head.flatMap { memo.list("accept", $0) }
        charsets = head.flatMap { memo.list("accept-charset", $0) }
    }

    var isKnown: Bool { head != nil }

    /// Accept-Encoding is looked at for coded responses only, which are rare.
    var codings: AcceptList? { head.flatMap { HeaderMemo().list("accept-encoding", $0) } }

    /// Whether every one of a Content-Encoding's codings may be sent. Without Accept-Encoding none but identity may,
    /// though RFC 2616 14.3 forbids none either.
    func admits(codings value: String) -> Bool {
        guard isKnown else { return true }
        guard let codings else { return false }
        return value.split(separator: ",").allSatisfy { coding in
            codings.admits(coding: coding.filter { $0 != " " && $0 != "\t" })
        }
    }
}

extension AcceptList {
    private static let dmTypes = ["application/vnd.syncml.dm+xml", "application/vnd.syncml.dm+wbxml"].compactMap {
        MediaType.parse($0)
    }

    /// Accept names a DM type.
    var namesDM: Bool { AcceptList.dmTypes.contains { names($0.essence) } }

    /// Accept names a DM type or admits one by a wildcard.
    var admitsDM: Bool { AcceptList.dmTypes.contains { admits($0) } }

    /// Accept-Charset takes this character set. US-ASCII is part of whatever else is taken; `utf8` is meant for UTF-8.
    func takes(charset: String) -> Bool {
        if admits(charset: charset) { return true }
        let name = Charset.canonical(charset)
        return name == "us-ascii" || members.contains { Charset.canonical($0.name) == name && $0.quality > 0 }
    }

    /// For a finding's text.
    var shown: String { members.map { $0.quality == 0 ? "\($0.name);q=0" : $0.name }.joined(separator: ", ").excerpt }
}

/// Names of character encodings.
enum Charset {
    /// Lower case, and one of the spellings of UTF-8 and US-ASCII.
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
