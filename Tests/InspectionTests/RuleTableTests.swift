import Binding
import HTTPWire
import Inspection
import InspectionSupport
import Testing
import Wire

/// For each rule of inspection itself a flow that meets it and one like it that does not.
@Suite struct InspectionRuleTableTests {
    struct Row: Sendable {
        let rule: Rule
        let odd: @Sendable (inout Source) -> Void
        var plain: @Sendable (inout Source) -> Void = { InspectionRuleTableTests.exchange(&$0) }
    }

    private static func exchange(_ source: inout Source, _ extra: String = "", body: [UInt8] = InspectorTests.message) {
        source.send(.toServer, InspectorTests.request(extra, body: body))
        source.send(.toClient, InspectorTests.response)
    }

    private static var limits: Limits {
        var limits = Limits()
        limits.body = 300
        limits.findings = 1
        return limits
    }

    static let rows: [Row] = [
        Row(
            rule: InspectionRules.cut,
            odd: {
                exchange(&$0)
                $0.tell(.cut(.toServer, offset: 400))
            }),
        Row(
            rule: InspectionRules.gap,
            odd: {
                exchange(&$0)
                $0.gap(.toServer, 7)
            }),
        Row(rule: InspectionRules.bodyTooLong, odd: { exchange(&$0, body: [UInt8](repeating: 2, count: 301)) }),
        Row(rule: InspectionRules.inflatedTooLong, odd: { exchange(&$0, "Content-Encoding: long\r\n") }),
        Row(
            rule: InspectionRules.contentEncodingUndecodable, odd: { exchange(&$0, "Content-Encoding: broken\r\n") },
            plain: { exchange(&$0, "Content-Encoding: identity\r\n") }),
        Row(rule: InspectionRules.documentUnreadable, odd: { exchange(&$0, body: Array("no message".utf8)) }),
        Row(
            rule: InspectionRules.findingsTruncated,
            odd: { exchange(&$0, "no colon here\r\n", body: Array("no message".utf8)) }),
        Row(
            rule: InspectionRules.clockWentBack,
            odd: {
                exchange(&$0)
                $0.time.nanoseconds -= 3_600_000_000_000
                exchange(&$0)
            },
            plain: {
                exchange(&$0)
                $0.time.nanoseconds -= 2_500_000
                exchange(&$0)
                $0.time.nanoseconds += 3_600_000_000_000
                exchange(&$0)
            }),
        Row(
            rule: InspectionRules.answeredByProxy,
            odd: { refused(&$0, "DMScope; error=dns_error; details=\"the name dm.example leads to no address\"") },
            plain: { refused(&$0, "another; error=dns_error") }),
    ]

    private static func refused(_ source: inout Source, _ proxyStatus: String) {
        source.send(.toServer, InspectorTests.request())
        let head = "HTTP/1.1 502 Bad Gateway\r\nProxy-Status: \(proxyStatus)\r\nContent-Length: 0\r\n\r\n"
        source.send(.toClient, Array(head.utf8))
    }

    private func rules(_ tell: (inout Source) -> Void) -> Set<Rule> {
        var facilities = Facilities.fake
        facilities.inflate = { octets, coding, _ in coding == "long" ? .tooLong(octets) : .failed("damaged", []) }
        let kept = Kept()
        let inspector = Inspector(facilities: facilities, limits: Self.limits, sink: kept)
        var source = Source(inspector)
        source.tell(
            .opened(FlowOrigin(client: "127.0.0.1:40000", server: "127.0.0.1:80", host: nil, loopback: true)))
        tell(&source)
        source.tell(.closed(.clientFin))
        inspector.finish()
        return Set((kept.exchanges.flatMap(\.findings) + kept.connections.flatMap(\.findings)).map(\.rule))
    }

    @Test(arguments: rows.indices) func row(_ index: Int) {
        let row = Self.rows[index]
        #expect(rules(row.odd).contains(row.rule), "\(row.rule.id)")
        #expect(!rules(row.plain).contains(row.rule), "\(row.rule.id)")
    }

    @Test func everyRuleHasARow() { #expect(Set(Self.rows.map(\.rule)) == Set(InspectionRules.all)) }
}
