package import HTTPWire
package import Wire

extension BindingRules {
    /// What the binding says of one exchange: nothing where it is not DM.
    package static func judge(_ exchange: Exchange) -> [Finding] { judgement(of: exchange, HeaderMemo()) ?? [] }

    /// What the binding says of one exchange; nil where it is not DM (`Exchange.dmEvidence`). Nothing is said of a side
    /// whose head is cut, as what it seems to lack may stand in the rest. `memo` holds header values that were read
    /// before.
    package static func judgement(of exchange: Exchange, _ memo: HeaderMemo) -> [Finding]? {
        let whole = { (message: Exchange.Message) in message.head.isCut ? nil : message }
        let (request, response) = (exchange.request.flatMap(whole), exchange.response.flatMap(whole))
        let requestFacts = request.map { MessageFacts($0, memo) }
        let responseFacts = response.map { MessageFacts($0, memo) }
        guard exchange.dmEvidence(requestFacts, responseFacts, memo) != nil else { return nil }
        var findings: [Finding] = []
        let accepted = Accepted(request?.head, memo)
        if let request, let facts = requestFacts {
            ConnectionRules.judge(request.head, .request, &findings)
            ConnectionRules.judgeUnanswered(exchange, &findings)
            MethodRules.judge(request, facts, bringsDM: response?.body.dm != nil, &findings)
            MessageRules.judgeRequest(request, facts, &findings)
            RequestHeaderRules.judgeRequest(request, facts, accepted, exchange, &findings)
            if request.carriesDM(facts) { GeneralHeaderRules.judgeCacheControl(request, .request, memo, &findings) }
            RequestHeaderRules.judgeCredentials(request, exchange, &findings)
            SecurityRules.judgeContentMD5(request, .request, &findings)
        }
        if let response, let facts = responseFacts {
            ConnectionRules.judge(response.head, .response, &findings)
            MessageRules.judgeResponse(response, facts, to: request, requestFacts, &findings)
            if response.carriesDM(facts) {
                GeneralHeaderRules.judgeCacheControl(response, .response, memo, &findings)
                GeneralHeaderRules.judgeCached(response, &findings)
            }
            RequestHeaderRules.judgeResponse(response, facts, accepted, &findings)
            ResponseHeaderRules.judge(response, request, &findings)
            SecurityRules.judgeContentMD5(response, .response, &findings)
        }
        return findings
    }
}
