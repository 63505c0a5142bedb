import Binding
import HTTPWire
import Testing
import Wire

let unansweredRows: [RuleRow] = [
    RuleRow(
        "request-unanswered", "the client ended", exchange(.request, nil) { $0.cutShort = .clientFin },
        ["request-unanswered NOTE request"]),
    RuleRow(
        "request-unanswered", "the server reset", exchange(.request, nil) { $0.cutShort = .serverReset },
        ["request-unanswered NOTE request"]),
    RuleRow("request-unanswered", "the capture ended", exchange(.request, nil) { $0.cutShort = .open }),
    RuleRow("request-unanswered", "no server could be had", exchange(.request, nil) { $0.cutShort = .error }),
    RuleRow(
        "request-unanswered", "the request is not whole",
        exchange(Sample.request.set("Content-Length", "20").body(.none), nil) { $0.cutShort = .clientFin }),
    RuleRow(
        "request-unanswered", "the response may be what was not captured",
        exchange(.request, nil) {
            $0.cutShort = .clientFin
            $0.context.hasGaps = true
        }),
    RuleRow("request-unanswered", "a response that the server's end cut", exchange { $0.cutShort = .serverFin }),
]

@Suite struct UnansweredTests {
    @Test(arguments: [
        (
            CloseReason.clientFin,
            "the client ended the connection 31 s after its request, and the server had not answered"
        ),
        (.clientReset, "the client reset the connection 31 s after its request, and the server had not answered"),
        (.serverFin, "the server ended the connection 31 s after the request"),
        (.serverReset, "the server reset the connection 31 s after the request"),
        (.timeout, "the connection was given up 31 s after the request"),
    ])
    func whoEndedAndWhenIsTold(_ reason: CloseReason, _ how: String) {
        let unanswered = exchange(.request, nil) {
            $0.cutShort = reason
            $0.requestEnded.nanoseconds += 1_000_000_000
            $0.ended.nanoseconds += 32_500_000_000
        }
        #expect(BindingRules.judge(unanswered).map(\.text) == ["No response came: \(how)"])
    }

    /// A connection that was kept, and that the server ended while the client thought of its next request.
    @Test(arguments: [CloseReason.serverFin, .serverReset])
    func anEndBeforeTheRequestIsNoAnswerToIt(_ reason: CloseReason) {
        let stale = exchange(.request, nil) {
            $0.cutShort = reason
            $0.requestEnded.nanoseconds += 1_000_000_000
            $0.ended = $0.requestEnded
        }
        #expect(
            BindingRules.judge(stale).map(\.text) == [
                "No response came: the server had ended the connection before the whole request came; "
                    + "send the request again over a new connection"
            ])
    }
}
