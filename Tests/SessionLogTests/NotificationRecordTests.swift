import SessionLog
import TestSupport
import Testing
import Wire

/// Package 0 of the worked example: server mgmt.example, session 0A3F, background, in a WSP push.
@Suite struct NotificationRecordTests {
    static let push = hex(
        "010603c4af87 f5dc3ad6d5c5aeac9aa5563606ef5105 02d80000000a3f0c 6d676d742e6578616d706c65")

    private func record(_ octets: [UInt8]) -> NotificationRecord? {
        NotificationRecord(
            octets.span.bytes, from: "192.0.2.1:9200", to: "192.0.2.2:2948", at: Timestamp(nanoseconds: 0),
            decode: { _ in nil })
    }

    @Test func tellsWhoAsksForWhichSession() throws {
        let notification = try #require(record(Self.push))
        #expect(notification.contentType == "application/vnd.syncml.notification")
        #expect(notification.serverIdentifier == "mgmt.example")
        #expect(notification.sessionID == "A3F")
        #expect(notification.uiMode == "background")
        #expect(notification.initiator == "server")
        #expect(notification.version == "1.1")
    }

    @Test func otherDatagramsAreNone() {
        #expect(record(Array("hello".utf8)) == nil)
        for count in 0..<6 { #expect(record(Array(Self.push.prefix(count))) == nil) }
    }
}
