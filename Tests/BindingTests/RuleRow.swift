import Binding
import HTTPWire
import Testing
import Wire

/// An exchange that a rule is tried on, with all it gets: `id LEVEL subject`, in any order.
struct RuleRow: CustomTestStringConvertible, Sendable {
    let rule: String
    let name: String
    let findings: [String]
    /// Makes it anew for each test.
    private let make: @Sendable () -> Exchange

    init(
        _ rule: String, _ name: String, _ exchange: @autoclosure @escaping @Sendable () -> Exchange,
        _ findings: [String] = []
    ) {
        self.rule = rule
        self.name = name
        make = exchange
        self.findings = findings
    }

    var exchange: Exchange { make() }
    var testDescription: String { "\(rule): \(name)" }
}

func judged(_ exchange: Exchange) -> [String] {
    BindingRules.judge(exchange).map { "\($0.rule.id) \($0.level.rawValue) \($0.about.rawValue)" }.sorted()
}

@Suite struct ExchangeRulesTests {
    static let rows =
        unansweredRows + messageRows + methodRows + generalHeaderRows + requestHeaderRows + responseHeaderRows
        + securityRows

    @Test(arguments: rows)
    func row(_ row: RuleRow) {
        let exchange = row.exchange
        #expect(judged(exchange) == row.findings.sorted())
        for finding in BindingRules.judge(exchange) {
            #expect(finding.text.count > 15 && !finding.text.hasSuffix("."), "\(finding.text)")
            let head = finding.about == .request ? exchange.request?.head : exchange.response?.head
            #expect((finding.offset ?? 0) <= (head?.start ?? 0) + UInt64(head?.bytes.count ?? 0))
            #expect(finding.offset != nil)
        }
    }

    /// What is refused by name is shown as refused.
    @Test func whatIsRefusedIsShown() {
        let refused = exchange(
            Sample.request.set("Accept-Charset", "utf-8;q=0, iso-8859-1;q=0.5"),
            Sample.response.set("Content-Type", "application/vnd.syncml.dm+xml; charset=utf-8"))
        let texts = BindingRules.judge(refused).map(\.text)
        #expect(
            texts.contains {
                $0.contains("in utf-8, which Accept-Charset does not admit (utf-8;q=0, iso-8859-1)")
            }, "\(texts)")
    }

    /// What HTTP itself says is no error of DM.
    @Test(arguments: [
        (413, "no body of this size"), (415, "refuses Content-Type application/vnd.syncml.dm+xml; charset=\"utf-8\""),
        (404, "no DM server at this address"), (408, "waited for the request in vain"), (429, "Retry-After"),
        (400, "look at the request's head"), (414, "no target of this length"), (431, "no head of this size"),
        (505, "does not take HTTP/1.1"), (502, "behind the gateway"), (503, "out of service"),
        (504, "behind the gateway"),
        (500, "DM errors belong in a Status"),
    ])
    func aStatusIsTakenAtItsWord(_ status: Int, _ words: String) {
        let refusal = exchange(
            .request, Sample.response.line("HTTP/1.1 \(status) -").set("Content-Type", nil).body(.none))
        let texts = BindingRules.judge(refusal).map(\.text)
        #expect(texts.count == 1 && texts[0].contains(words), "\(texts)")
    }

    @Test func aPageIsCalledAPage() {
        let page = exchange(
            .request, Sample.response.set("Content-Type", "text/html; charset=utf-8").body(.text("<html>")))
        let texts = BindingRules.judge(page).map(\.text)
        #expect(texts.count == 1 && texts[0].contains("a login or error page"), "\(texts)")
    }

    /// What a finding's text has to name for the reader to see the fault.
    @Test func textsNameWhatWasAskedFor() {
        let xml = "application/vnd.syncml.dm+xml"
        let wbxml = "application/vnd.syncml.dm+wbxml"
        let refusal = Sample.response.line("HTTP/1.1 406 Not Acceptable").set("Content-Type", nil).body(.none)
        let rows: [(Exchange, String)] = [
            (
                exchange(
                    Sample.request.set("Accept", "\(xml);verproto=DM/1.2, \(wbxml)"),
                    Sample.response.set("Content-Type", "\(xml);verproto=DM/1.1")),
                "none that Accept admits (\(xml);verproto=DM/1.2, \(wbxml)); answer in one of those"
            ),
            (
                exchange(Sample.request.set("Accept", wbxml), refusal),
                "admits \(wbxml) alone, in UTF-8; serve that type"
            ),
            (
                exchange(Sample.request.set("Accept-Encoding", "br, identity;q=0"), refusal),
                "and no plain body (Accept-Encoding: br, identity;q=0)"
            ),
            (exchange(Sample.request.set("Accept-Language", "xx"), refusal), "and has Accept-Language: xx"),
            (
                exchange(.request, Sample.response.line("HTTP/1.1 406 Not Acceptable")),
                "406 comes with a DM message; the request admits it: send it with 200"
            ),
            (
                exchange(
                    Sample.request.set("Accept", wbxml), Sample.response.line("HTTP/1.1 406 Not Acceptable")),
                "406 comes with a DM message; send it without a body"
            ),
            (
                exchange(.request, Sample.response.set("Content-Type", "image/png").body(.text("PNG"))),
                "The body of the response is image/png, not a DM message"
            ),
            (
                exchange(.request, Sample.response.set("Content-Type", nil).body(.text("text"))),
                "The body of the response is of no declared type, not a DM message"
            ),
            (
                exchange(.request, Sample.response.line("HTTP/1.1 302 Found").set("Location", "/b").body(.none)),
                "redirected to /b; many clients turn it into GET on 302"
            ),
            (
                exchange(.request, Sample.response.line("HTTP/1.1 308 -").set("Location", "/b").body(.none)),
                "redirected to /b; the client has to send the same message there"
            ),
            (
                exchange(.request, Sample.response.line("HTTP/1.1 302 Found").set("Location", "").body(.none)),
                "The redirect has status 302 and no Location"
            ),
            (
                exchange(
                    Sample.request.line("HEAD /dm HTTP/1.1").set("Content-Type", nil).body(.none),
                    Sample.response.line("HTTP/1.1 302 Found").set("Location", "/b").set("Content-Type", nil)
                        .body(.none)),
                "The HEAD is redirected to /b; the client has to send it there"
            ),
            (
                exchange(Sample.request.set("Content-Encoding", "gzip"), refused("415 Unsupported Media Type")),
                "refuses Content-Encoding gzip, or Content-Type \(xml)"
            ),
            (
                exchange(Sample.request.chunked(), refused("411 Length Required")),
                "A chunked request is answered 411; support chunked in the server"
            ),
            (
                exchange(Sample.request.chunked("gzip, chunked"), refused("501 Not Implemented")),
                "refuses Transfer-Encoding: gzip, chunked; send chunked alone, or a Content-Length"
            ),
            (exchange(.request, challenge("")), "WWW-Authenticate is empty; send a scheme"),
            (
                exchange(Sample.request.set("Accept", "text/html").adding("Accept", "*/*")),
                "Accept is text/html, */*: it admits DM messages by a wildcard alone"
            ),
            (
                exchange(Sample.request.set("Accept-Charset", "iso-8859-5").adding("Accept-Charset", "koi8-r")),
                "Accept-Charset is iso-8859-5, koi8-r; add UTF-8"
            ),
            (exchange(Sample.request.adding("Content-Type", "text/plain")), "(\(xml); charset=\"utf-8\", text/plain)"),
        ]
        for (exchange, text) in rows {
            let texts = BindingRules.judge(exchange).map(\.text)
            #expect(texts.contains { $0.contains(text) }, "\(texts)")
        }
    }

    private func refused(_ status: String) -> Sample {
        Sample.response.line("HTTP/1.1 \(status)").set("Content-Type", nil).body(.none)
    }
    private func challenge(_ value: String) -> Sample {
        Sample.response.line("HTTP/1.1 401 Unauthorized").set("Content-Type", nil).body(.none)
            .set("WWW-Authenticate", value)
    }

    /// Each rule that one exchange or one connection can break has a row where it fires and one where it is silent.
    @Test func everyRuleFiresAndIsSilent() {
        let alone = Set(BindingRules.all).subtracting(BindingRules.judgedInSessions)
        for rule in alone {
            let fires = { (findings: [String]) in findings.contains { $0.hasPrefix(rule.id + " ") } }
            let rows = Self.rows.filter { $0.rule == rule.id }.map(\.findings)
            let outcomes = rows + connectionRows.map(\.findings)
            #expect(outcomes.contains(where: fires), "\(rule.id) never fires")
            #expect(outcomes.contains { !fires($0) }, "\(rule.id) is never silent")
            #expect(!rows.isEmpty || connectionRows.contains { fires($0.findings) }, "\(rule.id) has no row")
            if !rows.isEmpty { #expect(rows.contains { !fires($0) }, "\(rule.id) has no silent row of its own") }
        }
    }

    @Test func offsetsPointAtTheField() throws {
        let request = Sample.request.set("Accept-Charset", "iso-8859-5").set("User-Agent", "")
        let exchange = exchange(request)
        let head = try #require(exchange.request?.head)
        let found = BindingRules.judge(exchange)
        let charset = try #require(found.first { $0.rule.id == "accept-charset-no-utf8" }?.offset)
        #expect(head.bytes[Int(charset)...].starts(with: Array("Accept-Charset: iso".utf8)))
        let agent = try #require(found.first { $0.rule.id == "user-agent-empty" }?.offset)
        #expect(head.bytes[Int(agent)...].starts(with: Array("User-Agent:".utf8)))
    }
}
