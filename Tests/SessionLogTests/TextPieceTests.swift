import Testing
import Wire

@testable import SessionLog

/// What traffic may bring into a line for a person.
@Suite struct TextPieceTests {
    @Test(arguments: [
        ("", ""), ("a", "a"), ("a b", "a b"), (" a", "a"), ("a ", "a"), ("a  b", "a b"), ("a\tb", "a b"),
        ("a\r\nb", "a b"),
        ("Größe \u{A0} 3", "Größe 3"), ("  ", ""), ("a\u{7F}b", "a\u{7F}b"),
    ])
    func blanksBecomeOne(text: String, shown: String) {
        #expect(oneLine(text) == shown)
    }

    @Test(arguments: [
        ("plain", "plain"), ("ä€𝄞", "ä€𝄞"), ("Â", "Â"), ("\u{A0}", "\u{A0}"), ("a\u{1B}[2J", "a\u{FFFD}[2J"),
        ("‐…→─", "‐…→─"), ("a\u{202E}b\u{2066}\u{2069}c", "a\u{FFFD}b\u{FFFD}\u{FFFD}c"),
        ("\u{200A}\u{200B}\u{200F}\u{2010}", "\u{200A}\u{FFFD}\u{FFFD}\u{2010}"),
        ("\u{2027}\u{2028}\u{2029}\u{202F}", "\u{2027}\u{FFFD}\u{FFFD}\u{202F}"),
        ("\u{2065}\u{206A}\u{FEFE}\u{FEFF}", "\u{2065}\u{206A}\u{FEFE}\u{FFFD}"), ("\u{7F}", "\u{FFFD}"),
        ("x\u{85}y\u{9F}", "x\u{FFFD}y\u{FFFD}"), ("e\u{301}\n", "e\u{301}\u{FFFD}"),
    ])
    func controlsAreShown(text: String, shown: String) {
        #expect(Printable.text(text) == shown)
    }

    @Test(arguments: [
        (-1, "-1.0 ms"), (0, "0.0 ms"), (3.14, "3.1 ms"), (10, "10 ms"), (9999.9, "9999 ms"), (10_000, "10 s"),
        (1e300, "1e+297 s"),
    ])
    func durations(_ value: Double, shown: String) { #expect(milliseconds(value) == shown) }

    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdefg", 6, "abcde…"), ("äöüäöü", 6, "äöüäöü"), ("äöüäöüß", 6, "äöüäö…"),
    ])
    func longTextIsCut(text: String, limit: Int, shown: String) {
        #expect(fitted(text, limit) == shown)
    }

    @Test(arguments: [
        ("", "0 octets"), ("AA==", "1 octet"), ("AAA=", "2 octets"), ("AAAA", "3 octets"), ("=", "0 octets"),
        (Base64.encode([UInt8](repeating: 7, count: 256)), "256 octets"),
        (Base64.encode([UInt8](repeating: 7, count: 4096)), "4096 octets or more"),
    ])
    func octetsAreCounted(encoded: String, shown: String) {
        #expect(TextRenderer.length(ofBase64: encoded) == shown)
    }

    /// The log has thousandths: what was shown live is what `tail` shows of it.
    @Test(arguments: [(0.2496, 0.25), (9.9996, 10), (249.9996, 250), (9999.9996, 10_000)] as [(Double, Double)])
    func durationsAreShownAsTheLogHasThem(live: Double, logged: Double) {
        #expect(milliseconds(live) == milliseconds(logged))
    }

    /// Where DMScope stands between two legs, what it sent in a peer's place is its own.
    @Test func alertsOfOursAreTold() throws {
        var device = RecordJSONTests.leg
        device.alerts = ["fatal unknown_ca from client", "warning close_notify from server"]
        var server = RecordJSONTests.leg
        server.alerts = ["fatal certificate_expired from client"]
        guard case .connection(var record) = try #require(RecordJSONTests.records.dropFirst().first) else {
            Issue.record("the second record is no connection")
            return
        }
        var renderer = TextRenderer(color: false)
        func shown(_ client: TLSRecord, _ server: TLSRecord) -> String {
            record.legs.client = client
            record.legs.server = server
            return renderer.render(.connection(record))
        }
        let live = shown(device, server)
        #expect(live.contains("fatal unknown_ca from client, warning close_notify from DMScope"))
        #expect(live.contains("fatal certificate_expired from DMScope"))
        #expect(shown(device, device).contains("fatal unknown_ca from client, warning close_notify from server"))
    }

    private func exchange(at time: String, _ command: CommandRecord = RecordJSONTests.command) -> Record {
        var message = RecordJSONTests.message
        message.dm?.commands = [command]
        return .exchange(
            ExchangeRecord(
                id: "1.1", connection: 1, time: time, durationMs: 1, request: message, findings: [], alterations: []))
    }

    /// The day stands where it begins, once; `tail` of a log of several days shows each.
    @Test func theDayIsToldWhereItBegins() {
        var renderer = TextRenderer(color: false)
        let times = ["2026-01-31T23:59:58.5Z", "2026-01-31T23:59:59.5Z", "2026-02-01T00:00:00.5Z"]
        let days = times.map { time in
            renderer.render(exchange(at: time)).split(separator: "\n").filter { $0.contains("times in UTC") }
        }
        #expect(days == [["2026-01-31, times in UTC"], [], ["2026-02-01, times in UTC"]])
    }

    /// A connection without exchanges says itself when it began; the others have their times in those.
    @Test func aConnectionAloneTellsItsTime() throws {
        guard case .connection(var connection) = RecordJSONTests.records[1] else {
            Issue.record("the second record is no connection")
            return
        }
        connection.time = "2026-02-01T00:00:01.250000Z"
        var renderer = TextRenderer(color: false)
        #expect(
            renderer.render(.connection(connection)).hasPrefix(
                "2026-02-01, times in UTC\n── 1  c → h (s)  from 00:00:01.250  ended"))
        _ = renderer.render(exchange(at: "2026-02-01T00:00:02.5Z"))
        #expect(renderer.render(.connection(connection)).hasPrefix("── 1  c → h (s)  ended"))
    }

    /// A generic alert says by the type of its item what it is about.
    @Test func theTypeOfAnAlertIsShown() {
        var alert = RecordJSONTests.command
        alert.name = "Alert"
        alert.alert = "1226"
        alert.items[0].type = "org.openmobilealliance.dm.firmwareupdate.download"
        var renderer = TextRenderer(color: false)
        let text = renderer.render(exchange(at: "2026-01-31T23:59:58.5Z", alert))
        #expect(text.contains("generic alert  ./A  org.openmobilealliance.dm.firmwareupdate.download = "), "\(text)")
        alert.name = "Replace"
        alert.alert = nil
        #expect(!renderer.render(exchange(at: "2026-01-31T23:59:58.5Z", alert)).contains("firmwareupdate"))
    }
}
