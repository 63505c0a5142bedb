package import Binding

/// One question about HTTP, each a request and its response.
package enum HTTPCheck: String, Sendable, CaseIterable {
    /// A conforming DM request, in XML.
    case xml = "post-xml"
    /// The same with the credentials that the server asked for.
    case account = "post-account"
    /// In WBXML, which the response is to come in as well; a coded response is admitted.
    case wbxml = "post-wbxml"
    case chunked = "post-chunked"
    /// Admits only a character set that nobody has: 406 is due (5.3.3).
    case charset = "post-charset"
    case get
    case head
    case options

    package var title: String {
        switch self {
        case .xml: "POST, XML"
        case .account: "POST, with credentials"
        case .wbxml: "POST, WBXML"
        case .chunked: "POST, chunked"
        case .charset: "POST, other character set"
        case .get: "GET"
        case .head: "HEAD"
        case .options: "OPTIONS"
        }
    }

    var isPost: Bool { rawValue.hasPrefix("post") }

    /// The item of Appendix B that an answer of 2xx shows.
    var method: (name: String, item: String) {
        switch self {
        case .get: ("GET", "DSDM-HTTP-S-003-O")
        case .head: ("HEAD", "DSDM-HTTP-S-004-O")
        case .options: ("OPTIONS", "DSDM-HTTP-S-002-O")
        case .xml, .account, .wbxml, .chunked, .charset: ("POST", "DSDM-HTTP-S-005-O")
        }
    }
}

/// What came of one request.
package struct HTTPOutcome {
    /// As inspection gave it, its findings included; without a response where none came.
    package var exchange: Exchange?
    /// Why there is no whole exchange: `no answer within 5 s`.
    package var problem: String?

    package init(_ exchange: Exchange?, problem: String? = nil) {
        self.exchange = exchange
        self.problem = problem
    }
}

/// Which requests are sent, in which order.
///
/// States: asking; over, by the end of the list or after two requests in a row without a response.
package struct HTTPPlan {
    private var waiting: [HTTPCheck] = [.xml, .wbxml, .chunked, .charset, .get, .head, .options]
    private let hasAccount: Bool
    package private(set) var outcomes: [HTTPCheck: HTTPOutcome] = [:]
    package private(set) var asked: [HTTPCheck] = []
    private var failuresInARow = 0

    /// - Parameter hasAccount: credentials are there for a server that asks for them.
    package init(hasAccount: Bool) { self.hasAccount = hasAccount }

    package mutating func next() -> HTTPCheck? {
        guard failuresInARow < 2, !waiting.isEmpty else { return nil }
        let check = waiting.removeFirst()
        asked.append(check)
        return check
    }

    package mutating func take(_ outcome: HTTPOutcome, to check: HTTPCheck) {
        outcomes[check] = outcome
        failuresInARow = outcome.exchange?.response == nil ? failuresInARow + 1 : 0
        if check == .xml, hasAccount, challenge != nil { waiting.insert(.account, at: 0) }
    }

    /// What the server's Chal asks for in answer to the first request.
    package var challenge: Challenge? { outcomes[.xml]?.exchange?.response?.body.dm.flatMap(Challenge.init) }
}
