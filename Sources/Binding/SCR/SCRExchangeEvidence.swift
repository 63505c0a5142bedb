import HTTPWire
import Wire

extension SCRCoverage {
    /// Takes what an exchange shows. Call it once the rules have judged it: its findings are the violations.
    package mutating func observe(_ exchange: Exchange) {
        let memo = HeaderMemo()
        let request = exchange.request.map { MessageFacts($0, memo) }
        let response = exchange.response.map { MessageFacts($0, memo) }
        let isDM = exchange.dmEvidence(request, response, memo) != nil
        // What CONNECT was for shows in its tunnel: `observe(_:findings:)` of the connection.
        guard isDM || exchange.context.carriedDM else { return }
        observeMethod(exchange)
        guard isDM else { return }
        for finding in exchange.findings {
            switch finding.about {
            case .response where finding.rule == ResponseHeaderRules.challengeMissing:
                // The rule names both challenges; 401 is about one, 407 about the other.
                let number = exchange.response?.head.status == 407 ? 44 : 48
                violate(SCRIndex(.server, number), exchange.id, rule: finding.rule)
            case .request: violate(finding, [.client], exchange.id)
            case .response: violate(finding, [.server], exchange.id)
            case .connection, .session: violate(finding, SCRItem.Side.allCases, exchange.id)
            }
        }
        if let message = exchange.request { observeClient(message, exchange) }
        guard let message = exchange.response else { return }
        observeServer(message, exchange)
        if let asked = exchange.request { observeHonoured(asked, message, response, exchange) }
        chunkedBefore.remove(exchange.connection)
        if message.framing == .chunked, message.body.complete { chunkedBefore.insert(exchange.connection) }
    }

    private mutating func observeMethod(_ exchange: Exchange) {
        guard let head = exchange.request?.head,
            let number = SCRCoverage.methods.first(where: { head.isMethod($0.name) })?.number
        else { return }
        note(SCRIndex(.client, number), exchange.id)
        if exchange.response?.servesDM == true { note(SCRIndex(.server, number), exchange.id) }
    }

    private mutating func observeClient(_ request: Exchange.Message, _ exchange: Exchange) {
        for (name, number) in SCRCoverage.generalHeaders + SCRCoverage.requestHeaders where request.head.has(name) {
            note(SCRIndex(.client, number), exchange.id)
        }
        // A request after a chunked response: the client read that to its end.
        if request.framing == .chunked && request.body.complete || chunkedBefore.contains(exchange.connection) {
            note(SCRIndex(.client, 15), exchange.id)
        }
        let head = request.head
        if head.has("if-match") || head.has("if-none-match") || head.has("if-range") {
            note(SCRIndex(.client, 42), exchange.id)
        }
        if head.first("authorization")?.hasPrefixIgnoringCase("digest ") == true {
            note(SCRIndex(.client, 48), exchange.id)
        }
        if head.first("proxy-authorization")?.hasPrefixIgnoringCase("digest ") == true {
            note(SCRIndex(.client, 44), exchange.id)
        }
    }

    private mutating func observeServer(_ response: Exchange.Message, _ exchange: Exchange) {
        for (name, number) in SCRCoverage.generalHeaders + SCRCoverage.responseHeaders where response.head.has(name) {
            note(SCRIndex(.server, number), exchange.id)
        }
        if response.framing == .chunked, response.body.complete { note(SCRIndex(.server, 15), exchange.id) }
    }

    /// Request headers that the response shows to be supported.
    private mutating func observeHonoured(
        _ request: Exchange.Message, _ response: Exchange.Message, _ facts: MessageFacts?, _ exchange: Exchange
    ) {
        let accepted = Accepted(request.head, HeaderMemo())
        let status = response.head.status ?? 0
        let answers = response.body.dm != nil && (200..<300).contains(status)
        if answers, request.framing == .chunked { note(SCRIndex(.server, 15), exchange.id) }
        if answers, request.head.has("content-encoding") { note(SCRIndex(.server, 49), exchange.id) }
        if answers, let type = facts?.contentType, accepted.types?.names(type.essence) == true {
            note(SCRIndex(.server, 19), exchange.id)
        }
        if answers, accepted.charsets?.names(charset: response.charset(facts)) == true {
            note(SCRIndex(.server, 20), exchange.id)
        }
        if status == 406, accepted.charsets?.takes(charset: "utf-8") == false {
            note(SCRIndex(.server, 20), exchange.id)
        }
        if let coding = response.head.contentCoding, accepted.codings?.names(coding: coding) == true {
            note(SCRIndex(.server, 21), exchange.id)
        }
        let head = request.head
        let honoured: [(Bool, Int)] = [
            (head.has("accept-language") && response.head.has("content-language"), 22),
            (head.has("authorization") && response.servesDM && status != 401, 23),
            (head.has("expect") && (status == 417 || exchange.interim.contains { $0.status == 100 }), 24),
            (!head.has("host") && head.isAtLeast(1, 1) && status == 400, 26),
            (head.has("if-match") && status == 412, 27),
            (head.has("if-modified-since") && status == 304, 28),
            (head.has("if-none-match") && (status == 304 || status == 412), 29),
            (head.has("if-range") && status == 206, 30),
            (head.has("if-unmodified-since") && status == 412, 31),
            (head.has("proxy-authorization") && response.servesDM && status != 407, 33),
            (head.has("range") && (status == 206 || status == 416), 34),
            (head.has("te") && (!response.trailers.isEmpty || response.head.isTransferCoded(asAskedBy: head)), 36),
        ]
        for (isHonoured, number) in honoured where isHonoured { note(SCRIndex(.server, number), exchange.id) }
    }

    private static let methods: [(name: StaticString, number: Int)] = [
        ("POST", 5), ("OPTIONS", 2), ("GET", 3), ("HEAD", 4), ("PUT", 6), ("DELETE", 7), ("TRACE", 8),
    ]

    /// All but Transfer-Encoding, of which the framing tells more.
    private static let generalHeaders: [(StaticString, Int)] = [
        ("cache-control", 10), ("connection", 11), ("content-encoding", 49), ("date", 12), ("pragma", 13),
        ("trailer", 14), ("upgrade", 16), ("via", 17), ("warning", 18),
    ]
    private static let requestHeaders: [(StaticString, Int)] = [
        ("accept", 19), ("accept-charset", 20), ("accept-encoding", 21), ("accept-language", 22), ("authorization", 23),
        ("expect", 24), ("from", 25), ("host", 26), ("if-match", 27), ("if-modified-since", 28), ("if-none-match", 29),
        ("if-range", 30), ("if-unmodified-since", 31), ("max-forwards", 32), ("proxy-authorization", 33), ("range", 34),
        ("referer", 35), ("te", 36), ("user-agent", 37),
    ]
    private static let responseHeaders: [(StaticString, Int)] = [
        ("accept-ranges", 38), ("age", 39), ("allow", 40), ("authentication-info", 41), ("etag", 42), ("location", 43),
        ("proxy-authenticate", 44), ("retry-after", 45), ("server", 46), ("vary", 47), ("www-authenticate", 48),
    ]
}

extension Exchange.Message {
    /// A response by which the request was served: a failure may come from anyone on the path, before anything was read.
    fileprivate var servesDM: Bool { body.dm != nil || (200..<300).contains(head.status ?? 0) }
}
