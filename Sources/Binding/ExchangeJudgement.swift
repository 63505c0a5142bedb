import HTTPWire
package import Wire

extension BindingRules {
    /// What the binding says of one exchange: nothing where it is not DM (`Exchange.dmEvidence`), and nothing of a side
    /// whose head is cut, as what it seems to lack may stand in the rest.
    package static func judge(_ exchange: Exchange) -> [Finding] {
        guard exchange.request?.head.isCut == true || exchange.response?.head.isCut == true else {
            return judgeWhole(exchange)
        }
        var seen = exchange
        if exchange.request?.head.isCut == true { seen.request = nil }
        if exchange.response?.head.isCut == true { seen.response = nil }
        return judgeWhole(seen)
    }

    private static func judgeWhole(_ exchange: Exchange) -> [Finding] {
        let requestFacts = exchange.request.map { MessageFacts($0) }
        let responseFacts = exchange.response.map { MessageFacts($0) }
        guard exchange.dmEvidence(requestFacts, responseFacts) != nil else { return [] }
        var findings: [Finding] = []
        let accepted = Accepted(exchange.request?.head)
        if let request = exchange.request, let facts = requestFacts {
            ConnectionRules.judge(request.head, .request, &findings)
            MethodRules.judge(request, facts, &findings)
            MessageRules.judgeRequest(request, facts, &findings)
            RequestHeaderRules.judgeRequest(request, facts, accepted, exchange, &findings)
            if request.carriesDM(facts) { GeneralHeaderRules.judgeCacheControl(request, .request, &findings) }
            RequestHeaderRules.judgeCredentials(request, exchange.context, &findings)
            SecurityRules.judgeContentMD5(request, .request, &findings)
        }
        if let response = exchange.response, let facts = responseFacts {
            ConnectionRules.judge(response.head, .response, &findings)
            MessageRules.judgeResponse(response, facts, to: exchange.request, requestFacts, &findings)
            if response.carriesDM(facts) {
                GeneralHeaderRules.judgeCacheControl(response, .response, &findings)
                GeneralHeaderRules.judgeCached(response, &findings)
            }
            RequestHeaderRules.judgeResponse(response, facts, accepted, &findings)
            ResponseHeaderRules.judge(response, exchange.request, &findings)
            SecurityRules.judgeContentMD5(response, .response, &findings)
        }
        return findings
    }
}
