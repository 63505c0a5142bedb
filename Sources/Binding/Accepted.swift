import HTTPWire
import Wire

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

    /// Accept-Language, for a finding's text; nil where there is none.
    var languages: String? { head.flatMap { $0.has("accept-language") ? $0.shown("accept-language") : nil } }

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

    /// The DM types that Accept admits.
    var admittedDM: [String] { AcceptList.dmTypes.filter(admits).map(\.essence) }

    /// Accept-Charset takes this character set. US-ASCII is part of whatever else is taken.
    func takes(charset: String) -> Bool { admits(charset: charset) || Charset.canonical(charset) == "us-ascii" }

    /// Members with their parameters and what is refused, for a finding's text.
    var shown: String { members.map(\.shown).joined(separator: ", ").excerpt(120) }
}

extension AcceptList.Member {
    fileprivate var shown: String {
        let parts = parameters.map { one in one.value.map { "\(one.name)=\($0)" } ?? one.name }
        return ([name] + parts + (quality == 0 ? ["q=0"] : [])).joined(separator: ";")
    }
}
