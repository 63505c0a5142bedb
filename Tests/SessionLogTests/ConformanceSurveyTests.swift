import Binding
import Inspection
import TestSupport
import Testing
import Wire

@testable import SessionLog

/// What a log's records show of the items of Appendix B. That a log shows the same as its capture is tested with the tool.
@Suite struct ConformanceSurveyTests {
    private static func finding(_ rule: String, about: String, scr: [String]) -> FindingRecord {
        FindingRecord(rule: rule, level: "MUST", about: about, section: "9", scr: scr, text: "Something is wrong")
    }

    private static func exchange(
        _ id: String, accept: String? = "application/vnd.syncml.dm+xml", findings: [FindingRecord] = []
    ) -> Record {
        let dm = DMRecord(
            representation: "xml", encoding: nil, verProto: "DM/1.2", sessionID: "1", msgID: "1", source: "IMEI:1",
            target: "https://dm.example/dm?s=1", final: true, commands: [])
        let body = BodyRecord(length: 3, sha256: "", complete: true)
        var headers = [["Host", "dm.example"], ["Content-Type", "application/vnd.syncml.dm+xml"]]
        if let accept { headers.append(["Accept", accept]) }
        return .exchange(
            ExchangeRecord(
                id: id, connection: 1, time: "2012-03-06T10:00:00.000000Z", durationMs: 1, client: "192.0.2.1:1",
                host: "dm.example",
                request: MessageRecord(
                    method: "POST", target: "/dm", version: "HTTP/1.1", headers: headers, body: body, dm: dm),
                response: MessageRecord(
                    status: 200, reason: "OK", version: "HTTP/1.1",
                    headers: [["Content-Type", "application/vnd.syncml.dm+xml"], ["Transfer-Encoding", "chunked"]],
                    body: body, dm: dm),
                findings: findings, alterations: []))
    }

    private static func connection(_ leg: TLSRecord?, tunnelled: Bool? = nil) -> Record {
        .connection(
            ConnectionRecord(
                id: 1, time: "2012-03-06T10:00:00.000000Z", client: "192.0.2.1:1", server: "192.0.2.2:443",
                tunnelled: tunnelled, ended: "client-fin", legs: .init(client: leg, server: leg),
                bytes: .init(toServer: 1, toClient: 1),
                gaps: 0, findings: []))
    }

    private func survey(_ records: [Record], filter: String? = nil) throws -> ConformanceSurvey {
        let survey = ConformanceSurvey(
            filter: try filter.map { try RecordFilter($0) }, catalogue: Catalogue(), limits: Limits())
        for record in records { survey.record(record) }
        return survey
    }

    private func status(_ survey: ConformanceSurvey, _ item: String) -> SCRVerdict.Status? {
        survey.coverage.verdicts.last { $0.item.id == "DSDM-HTTP-\(item)-O" }?.status
    }

    @Test func headersAndFraming() throws {
        let survey = try survey([Self.exchange("1.1"), Self.exchange("1.2")])
        #expect(status(survey, "C-019") == .met && status(survey, "S-019") == .met)
        #expect(status(survey, "S-015") == .met && status(survey, "C-015") == .met)
        #expect(survey.traffic.exchanges == 2 && survey.traffic.messages == 4)
        #expect(survey.traffic.devices == ["IMEI:1"] && survey.traffic.servers == ["https://dm.example/dm"])
    }

    /// Enrolment over SOAP behind DM, to the same server or through a proxy's connection to another, is no DM.
    @Test(arguments: [("dm.example", "<e/>", 1), ("other.example", nil, 1), ("dm.example", nil, 2)])
    func otherTrafficBehindDM(_ host: String, _ body: String?, _ count: Int) throws {
        let octets = body.map { Base64.encode(Array($0.utf8)) }
        let other = Record.exchange(
            ExchangeRecord(
                id: "1.2", connection: 1, time: "2012-03-06T10:00:00.000000Z", durationMs: 1, client: "192.0.2.1:1",
                host: host,
                request: MessageRecord(
                    method: "POST", target: "/e", version: "HTTP/1.1",
                    headers: [["Host", host], ["Content-Type", "text/xml"]],
                    body: BodyRecord(length: 4, sha256: "", complete: true, base64: octets)),
                findings: [], alterations: []))
        #expect(try survey([Self.exchange("1.1"), other]).traffic.dmExchanges == count)
    }

    /// Suites come back from their names.
    @Test func legs() throws {
        let leg = TLSRecord(
            version: "TLS 1.2", suite: "TLS_PSK_WITH_AES_128_GCM_SHA256",
            offered: .init(
                versions: ["TLS 1.2", "TLS 1.1"], suites: ["TLS_PSK_WITH_AES_128_GCM_SHA256", "GREASE", "0xFFF1"]),
            resumed: false, decrypted: true)
        let survey = try survey([Self.exchange("1.1"), Self.connection(leg)])
        for item in ["C-049", "C-050", "C-051", "C-053", "C-054", "S-051", "S-058"] {
            #expect(status(survey, item) == .met, "\(item)")
        }
        #expect(status(survey, "S-057") == .notObserved)
    }

    /// A live proxy's own CONNECT is no exchange of its log; the connection tells of it, and of a client that fell back.
    @Test func factsOfTheConnection() throws {
        var leg = TLSRecord(
            version: "TLS 1.0", suite: "TLS_RSA_WITH_AES_128_CBC_SHA",
            offered: .init(versions: ["TLS 1.0"], suites: []),
            resumed: false, decrypted: true)
        let plain = try survey([Self.exchange("1.1"), Self.connection(leg)])
        #expect(status(plain, "C-009") == .notObserved && status(plain, "C-054") == .violated)
        leg.offered.fallback = true
        let tunnel = try survey([Self.exchange("1.1"), Self.connection(leg, tunnelled: true)])
        #expect(status(tunnel, "C-009") == .met && status(tunnel, "C-054") == .notObserved)
    }

    /// A log of another version may name rules that this program does not have: level and items stand in the record.
    @Test func rulesOfOtherVersions() throws {
        let finding = Self.finding(
            "rule-of-tomorrow", about: "request", scr: ["DSDM-HTTP-C-012-O", "DSDM-HTTP-S-012-O"])
        let survey = try survey([Self.exchange("1.1", findings: [finding])])
        #expect(status(survey, "C-012") == .violated && status(survey, "S-012") == .notObserved)
        let verdict = survey.coverage.verdicts.first { $0.item.id == "DSDM-HTTP-C-012-O" }
        #expect(verdict?.violated.rules == ["rule-of-tomorrow"])
    }

    /// A filter chooses exchanges; the connection counts with them.
    @Test func filtering() throws {
        let leg = TLSRecord(
            version: "TLS 1.1", suite: "TLS_RSA_WITH_AES_128_CBC_SHA",
            offered: .init(versions: ["TLS 1.1"], suites: []),
            resumed: false, decrypted: false, keyWanted: "CLIENT_RANDOM 00")
        let records = [Self.exchange("1.1"), Self.exchange("1.2", accept: nil), Self.connection(leg)]
        let chosen = try survey(records, filter: "~hq Accept:")
        #expect(chosen.traffic.exchanges == 1 && chosen.traffic.connections == 1 && chosen.traffic.undecrypted == 1)
        #expect(status(chosen, "C-054") == .met)
        let none = try survey(records, filter: "~dev IMEI:9")
        #expect(none.traffic.exchanges == 0 && none.traffic.connections == 0)
        #expect(status(none, "C-054") == .notObserved)
    }

    /// Whatever a log holds, reading, filtering, masking, showing and surveying it end.
    @Test func survivesDamagedLogs() throws {
        var json = JSONWriter()
        let lines = (RecordJSONTests.records + [Self.exchange("1.1"), Self.connection(nil)]).map { record in
            json.clear()
            json.line(record)
            return json.bytes
        }
        let reader = try LogReader("/dev/null")
        let filter = try RecordFilter("~t xml | ~level MUST | ~h a | ~cmd Get | ~uri .")
        var random = Dice(11)
        var read = 0
        for _ in 0..<3000 {
            var line = lines[random.next(upTo: lines.count)]
            for _ in 0...random.next(upTo: 3) {
                let at = random.next(upTo: line.count)
                switch random.next(upTo: 4) {
                case 0: line[at] = UInt8(random.next(upTo: 256))
                case 1: line.insert(UInt8(ascii: "9"), at: at)
                case 2: line.remove(at: at)
                default:
                    let end = min(line.count, at + random.next(upTo: 30))
                    line.removeSubrange(at..<end)
                }
            }
            guard let record = try? reader.record(line[...]) else { continue }
            read += 1
            let survey = ConformanceSurvey(filter: filter, catalogue: Catalogue(), limits: Limits())
            for _ in 0..<2 { survey.record(Redaction().redact(record)) }
            var renderer = TextRenderer(color: false)
            _ = renderer.render(record)
            #expect(survey.coverage.verdicts.count == SCRItem.all.count)
        }
        #expect(read > 300)
    }

    /// Counts that no log can have counted.
    @Test func countsWithoutBound() throws {
        let summary = SummaryRecord(
            connections: .max, exchanges: .max, messages: .max, undecoded: .max, bytes: .max, gaps: .max, findings: [:],
            dropped: .max)
        let survey = try survey([.summary(summary), .summary(summary)])
        #expect(survey.traffic.lost == .max)
        var traffic = survey.traffic
        traffic.merge(survey.traffic)
        #expect(traffic.lost == .max)
    }

    @Test func whatWasLostIsCounted() throws {
        let survey = try survey([
            .summary(
                SummaryRecord(
                    connections: 0, exchanges: 0, messages: 0, undecoded: 0, bytes: 0, gaps: 0, findings: [:],
                    dropped: 3))
        ])
        survey.unreadableLine()
        #expect(survey.traffic.lost == 4)
    }
}
