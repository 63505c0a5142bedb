import Inspection
import InspectionSupport
import SessionLog
import Sessions
import SyncML
import TestSupport
import Testing
import Wire

@Suite struct NotificationRecordTests {
    private func record(_ octets: [UInt8]) throws -> NotificationRecord {
        let read = WSPPush(octets.span.bytes)
        let push = try #require(read)
        var summary = NotificationSummary(
            time: Timestamp(nanoseconds: 0), client: "192.0.2.2:2948", server: "192.0.2.1:9200", push: push,
            content: PushContent(push, of: octets.span.bytes, .fake, limits: Limits()))
        summary.proof = .verified("with an empty nonce")
        return NotificationRecord(summary)
    }

    /// Package 0 of the worked example: server mgmt.example, session 0A3F, background.
    @Test func tellsWhoAsksForWhichSession() throws {
        let notification = try record(
            hex("010603c4af87 f5dc3ad6d5c5aeac9aa5563606ef5105 02d80000000a3f0c 6d676d742e6578616d706c65"))
        #expect(notification.contentType == "application/vnd.syncml.notification")
        #expect(notification.serverIdentifier == "mgmt.example")
        #expect(notification.sessionID == "A3F")
        #expect(notification.uiMode == "background")
        #expect(notification.initiator == "server")
        #expect(notification.version == "1.1")
        #expect(notification.auth == "verified with an empty nonce")
        #expect(notification.security == nil && notification.mac == nil && notification.xml == nil)
    }

    @Test func tellsHowABootstrapIsProven() throws {
        let notification = try record(
            hex("01 06 2F 1F 2D C2 91 81 92 '\(String(repeating: "A0", count: 20))' 00 02A4016A002D"))
        #expect(notification.contentType == "application/vnd.syncml.dm+wbxml")
        #expect(notification.security == "USERPIN")
        #expect(notification.mac == String(repeating: "A0", count: 20))
        #expect(notification.xml?.contains("<SyncML") == true)
        #expect(notification.auth == "verified with an empty nonce" && notification.sessionID == nil)
    }
}
