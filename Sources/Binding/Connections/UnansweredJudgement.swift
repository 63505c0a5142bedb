import HTTPWire
import Wire

/// A request that nobody answered, by the way in which its connection ended. Of a source that ended first, and of a server
/// that could not be had, it is not told: that says nothing of this request.
extension ConnectionRules {
    static func judgeUnanswered(_ exchange: Exchange, _ findings: inout [Finding]) {
        guard exchange.response == nil, let request = exchange.request, request.body.complete,
            !exchange.context.hasGaps, let end = exchange.cutShort
        else { return }
        let time = Timestamp.seconds(exchange.ended.since(exchange.requestEnded))
        // An end that came first is told as one at the same time (`ExchangeAssembler.flush`).
        let isStale = exchange.ended <= exchange.requestEnded
        let how: String
        switch end {
        case .serverFin where isStale, .serverReset where isStale:
            how =
                "the server had ended the connection before the whole request came; "
                + "send the request again over a new connection"
        case .clientFin where exchange.isBehindOpenBody, .clientReset where exchange.isBehindOpenBody:
            how =
                "a response before it has no length, so that all the server sent until the client ended the connection "
                + "counts as its body; send Content-Length, or Transfer-Encoding: chunked"
        case .clientFin:
            how = "the client ended the connection \(time) after its request, and the server had not answered"
        case .clientReset:
            how = "the client reset the connection \(time) after its request, and the server had not answered"
        case .serverFin: how = "the server ended the connection \(time) after the request"
        case .serverReset: how = "the server reset the connection \(time) after the request"
        case .timeout: how = "the connection was given up \(time) after the request"
        case .open, .error: return
        }
        findings.append(
            Finding(unanswered, .request, "No response came: \(how)", offset: request.head.start))
    }
}
