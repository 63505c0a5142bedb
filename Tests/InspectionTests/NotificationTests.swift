import Inspection
import InspectionSupport
import Sessions
import TestSupport
import Testing
import Wire

/// Datagrams to the WAP push port, as a capture hands them to inspection.
@Suite struct NotificationTests {
    private static let trigger = "02d80000000a3f0c 'mgmt.example'"
    private static let packageZero = "010603c4af87 f5dc3ad6d5c5aeac9aa5563606ef5105 " + trigger
    private static let account =
        "server mgmt.example user=mgmt.example password=srvpwd nonce=U2FtcGxlTm9uY2UwMDAwMQ=="

    private func inspect(_ datagrams: String..., credentials: String = "") throws -> Kept {
        let kept = Kept()
        var facilities = Facilities.fake
        facilities.md5 = { md5($0) }
        facilities.hmacSHA1 = { md5($0 + $1) + [0, 0, 0, 0] }
        let inspector = Inspector(
            facilities: facilities, limits: Limits(), sink: kept,
            credentials: try Credentials(parsing: Array(credentials.utf8).span.bytes))
        for datagram in datagrams {
            let octets = hex(datagram)
            inspector.receive(
                datagram: octets.span.bytes, from: "192.0.2.1:9200", to: "192.0.2.2:2948",
                at: Timestamp(nanoseconds: 0))
        }
        inspector.finish()
        return kept
    }

    /// What is found in one datagram.
    static let rows: [(name: String, datagram: String, found: [String])] = [
        ("package 0", packageZero, []),
        ("package 0 that is cut short", "010603c4af87 '0123456789'", ["SHOULD notification-too-short"]),
        (
            "a session id of 0", "010603c4af87 '0123456789abcdef' 02d8000000000001 'a'",
            ["SHOULD notification-session-id"]
        ),
        ("data synchronisation has another form", "010603ceaf87 '0123456789abcdef' 0388000000 0000", []),
        (
            "Client Provisioning", "01 06 2F 1F 2D B6 91 80 92 '\(String(repeating: "A0", count: 20))' 00 030B6A0005",
            []
        ),
        (
            "a DM bootstrap", "01 06 2F 1F 2D C2 91 80 92 '\(String(repeating: "A0", count: 20))' 00 02A4016A002D", []
        ),
        ("a DM bootstrap without SEC and MAC", "01 06 01 C2 02A4016A002D", ["NOTE bootstrap-security-missing"]),
    ]

    @Test(arguments: rows.indices) func finds(_ index: Int) throws {
        let row = Self.rows[index]
        let kept = try inspect(row.datagram)
        let found = try #require(kept.notifications.first).findings
        #expect(found.map { "\($0.level.rawValue) \($0.rule.id)" } == row.found, "\(row.name)")
        let counted = Dictionary(grouping: found, by: \.level).mapValues(\.count)
        #expect(kept.summaries.first?.findings == counted, "the summary counts them")
    }

    @Test func otherDatagramsAreNone() throws {
        #expect(try inspect("'hello'", "01 06 02 B4 00").notifications.isEmpty)
    }

    @Test func digestIsVerifiedWithTheCredentials() throws {
        let wrong = Self.packageZero.replacing(
            "f5dc3ad6d5c5aeac9aa5563606ef5105", with: String(repeating: "00", count: 16))
        let kept = try inspect(Self.packageZero, wrong, credentials: Self.account)
        #expect(
            kept.notifications.map(\.proof.text) == [
                "verified", "wrong: the password, the nonce or the trigger differs",
            ])
        #expect(kept.notifications.map { $0.findings.map(\.rule.id) } == [[], ["notification-digest-wrong"]])
        #expect(kept.summaries.first?.findings == [.should: 1])
        #expect(try inspect(wrong).notifications.first?.proof == .unknown)
    }

    @Test func theMACOfABootstrapIsVerifiedWithTheCredentials() throws {
        let right = Hex.lower(md5(Array("1234".utf8) + hex("02A4016A002D"))) + "00000000"
        func bootstrap(_ mac: String) -> String { "01 06 2F 1F 2D C2 91 81 92 '\(mac)' 00 02A4016A002D" }
        let wrong = String(repeating: "A0", count: 20)
        let kept = try inspect(bootstrap(right), bootstrap(wrong), credentials: "bootstrap * pin=1234")
        #expect(
            kept.notifications.map(\.proof.text) == ["verified", "wrong: the PIN or the document differs"])
        #expect(kept.notifications.map { $0.findings.map(\.rule.id) } == [[], ["bootstrap-mac-wrong"]])
        #expect(kept.notifications[1].findings.map(\.offset) == [StreamOffset(0)])
        #expect(kept.summaries.first?.findings == [.should: 1])
    }
}
