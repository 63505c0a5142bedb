import Binding
import HTTPWire
import Inspection
import InspectionSupport
import Probe
import Sessions
import SyncML
import TestSupport
import Testing
import WBXML
import Wire

/// The requests, seen by the same inspection as any client's, and what the responses come to.
@Suite struct HTTPTests {
    private static let message = ProbeMessage(
        target: "http://dm.example/dm?a=1&b=2", device: "dmscope-probe", sessionID: "1F")

    private func exchange(_ check: HTTPCheck, _ response: String) throws -> Exchange {
        let request = ProbeRequest(target: try ProbeTarget("http://dm.example/dm?a=1&b=2"), userAgent: "probe/1")
        let kept = Kept()
        let inspector = Inspector(facilities: .fake, limits: Limits(), sink: kept)
        let now = Timestamp(nanoseconds: 1_331_028_000_000_000_000)
        inspector.receive(
            1, .opened(FlowOrigin(client: "127.0.0.1:4", server: "127.0.0.1:80", host: "dm.example", loopback: true)),
            at: now, RawSpan())
        let octets = request.octets(check, Self.message)
        inspector.receive(1, .bytes(.toServer, offset: 0), at: now, octets.span.bytes)
        inspector.receive(1, .bytes(.toClient, offset: 0), at: now, Array(response.utf8).span.bytes)
        inspector.finish()
        return try #require(kept.exchanges.first)
    }

    private static let answer = """
        <?xml version="1.0"?><SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>\
        <SessionID>1F</SessionID><MsgID>1</MsgID><Target><LocURI>dmscope-probe</LocURI></Target>\
        <Source><LocURI>http://dm.example/dm</LocURI></Source></SyncHdr><SyncBody><Status><CmdID>1</CmdID>\
        <MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Chal><Meta><Format xmlns="syncml:metinf">b64</Format>\
        <Type xmlns="syncml:metinf">syncml:auth-md5</Type><NextNonce xmlns="syncml:metinf">bm9uY2U=</NextNonce>\
        </Meta></Chal><Data>407</Data></Status><Final/></SyncBody></SyncML>
        """

    private static func response(_ fields: String = "Cache-Control: no-store\r\n") -> String {
        "HTTP/1.1 200 OK\r\n\(fields)Content-Type: application/vnd.syncml.dm+xml\r\n"
            + "Content-Length: \(answer.utf8.count)\r\n\r\n\(answer)"
    }

    /// Nothing in the requests breaks a rule, but for what one is sent to ask.
    @Test(arguments: HTTPCheck.allCases) func requestsConform(_ check: HTTPCheck) throws {
        let isPost = check.rawValue.hasPrefix("post")
        let exchange = try exchange(
            check, isPost ? Self.response() : "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
        let broken = exchange.findings.filter { $0.about == .request && $0.level != .note }.map(\.rule.id)
        // DevInfo is left out on purpose: a server would store it.
        let wanted =
            (check == .charset ? ["accept-charset-no-utf8"] : []) + (isPost ? ["package1-without-devinfo"] : [])
        #expect(broken == wanted, "\(check.rawValue)")
        let request = try #require(exchange.request)
        #expect(request.body.complete)
        #expect(request.head.target == "/dm?a=1&b=2" && request.head.first("host") == "dm.example")
        guard isPost else {
            #expect(request.body.length == 0)
            return
        }
        let dm = try #require(request.body.dm)
        #expect(dm.header.target.uri == "http://dm.example/dm?a=1&b=2" && dm.header.source.uri == "dmscope-probe")
        #expect(dm.header.sessionID == "1F" && dm.header.msgID == "1" && dm.final)
        // Alert 1201 and nothing that a server would keep.
        #expect(dm.commands.map(\.element) == [.alert] && dm.commands.first?.data == "1201")
        #expect(request.framing == (check == .chunked ? .chunked : .length))
        #expect(request.body.document?.representation == (check == .wbxml ? .wbxml : .xml))
    }

    @Test func credentialsAreSent() throws {
        var message = Self.message
        message.cred = ("syncml:auth-md5", "YWJj")
        let document = try #require(XMLScanner.scan(message.xml, limits: Limits()))
        let cred = try #require(SyncMLReader.read(document)?.header.cred)
        #expect(cred.meta.type == "syncml:auth-md5" && cred.data?.text == "YWJj")
        let binary = WBXMLDecoder.decode(message.wbxml.span.bytes, limits: Limits())
        #expect(SyncMLReader.read(binary)?.header.cred?.data?.text == "YWJj")
    }

    // MARK: - The plan

    private func carriedOut(hasAccount: Bool = false, _ serve: (HTTPCheck) throws -> HTTPOutcome) throws -> HTTPPlan {
        var plan = HTTPPlan(hasAccount: hasAccount)
        while let check = plan.next() { plan.take(try serve(check), to: check) }
        return plan
    }

    @Test func allIsAsked() throws {
        let plan = try carriedOut { HTTPOutcome(try exchange($0, Self.response())) }
        #expect(plan.asked == [.xml, .wbxml, .chunked, .charset, .get, .head, .options])
    }

    /// Credentials follow a challenge, once, and none is sent without an account.
    @Test func anAccountIsUsedWhereItIsAskedFor() throws {
        let plan = try carriedOut(hasAccount: true) { HTTPOutcome(try exchange($0, Self.response())) }
        #expect(plan.asked.prefix(3) == [.xml, .account, .wbxml])
        #expect(plan.challenge?.type == "syncml:auth-md5" && plan.challenge?.nonce == Array("nonce".utf8))
        let without = try carriedOut(hasAccount: true) {
            HTTPOutcome(try exchange($0, "HTTP/1.1 204 No Content\r\n\r\n"))
        }
        #expect(!without.asked.contains(.account))
    }

    @Test func endsAfterTwoSilences() throws {
        let plan = try carriedOut { _ in HTTPOutcome(nil, problem: "no whole response within 1 s") }
        #expect(plan.asked == [.xml, .wbxml])
        let rows = HTTPJudgement(plan, connections: 2).sections.flatMap(\.rows)
        #expect(
            rows.map(\.status) == [
                .unanswered, .unanswered, .notAsked, .notAsked, .notAsked, .notAsked, .notAsked, nil,
            ])
        #expect(rows[0].detail == "no whole response within 1 s")
    }

    // MARK: - Judgement

    private func judged(_ plan: HTTPPlan) -> (SCRCoverage, [ProbeReport.Found]) {
        var coverage = SCRCoverage()
        for check in plan.asked { plan.outcomes[check]?.exchange.map { coverage.observe($0) } }
        var found = FoundFindings()
        HTTPJudgement(plan, connections: 1).judge(into: &coverage, &found)
        return (coverage, found.sorted)
    }

    private func status(_ coverage: SCRCoverage, _ number: Int) -> SCRVerdict.Status? {
        coverage.verdicts.first { $0.item.side == .server && $0.item.number == number }?.status
    }

    @Test func whatTheAnswersShow() throws {
        let plan = try carriedOut { check in
            switch check {
            case .charset: HTTPOutcome(try exchange(check, "HTTP/1.1 406 Not Acceptable\r\nContent-Length: 0\r\n\r\n"))
            case .get: HTTPOutcome(try exchange(check, "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n"))
            case .head: HTTPOutcome(try exchange(check, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"))
            case .options: HTTPOutcome(try exchange(check, "HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n"))
            case .xml, .account, .wbxml, .chunked: HTTPOutcome(try exchange(check, Self.response()))
            }
        }
        let (coverage, found) = judged(plan)
        for item in [4, 5, 10, 15, 20] { #expect(status(coverage, item) == .met, "\(item)") }
        for item in [2, 3] { #expect(status(coverage, item) == .notObserved, "\(item)") }
        // WBXML was asked for and XML came.
        #expect(status(coverage, 19) == .violated)
        #expect(found.filter { $0.finding.level == .must }.map(\.finding.rule.id) == ["response-not-acceptable-type"])
        let rows = HTTPJudgement(plan, connections: 1).sections.flatMap(\.rows)
        #expect(
            rows.first?.detail
                == "200 OK: DM message in XML, asks for syncml:auth-md5, \(Self.answer.utf8.count) octets")
        #expect(rows.contains(ProbeReport.Row("keep-alive", nil, "7 exchanges on one connection")))
        #expect(rows.contains(ProbeReport.Row("Cache-Control", nil, "no-store")))
        #expect(rows.contains { $0.label == "POST, other character set" && $0.detail == "406 Not Acceptable, no body" })
    }

    @Test func whatTheAnswersBreak() throws {
        let plan = try carriedOut { HTTPOutcome(try exchange($0, Self.response(""))) }
        let (coverage, found) = judged(plan)
        #expect(status(coverage, 10) == .violated && status(coverage, 20) == .violated)
        let must = found.filter { $0.finding.level == .must }.map(\.finding.rule.id)
        #expect(must.contains("cache-control-missing") && must.contains("accept-charset-not-406"))
        // The same finding of several responses stands once.
        #expect(Set(must).count == must.count)
        let rows = HTTPJudgement(plan, connections: 7).sections.flatMap(\.rows)
        #expect(rows.first { $0.label == "Cache-Control" }?.isFault == true)
        #expect(rows.first { $0.label == "POST, other character set" }?.isFault == true)
        #expect(rows.first { $0.label == "keep-alive" }?.detail == "none: a connection for each of 7 exchanges")
    }
}
