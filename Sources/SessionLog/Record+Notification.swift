import SyncML
package import Wire

extension NotificationRecord {
    /// The record of a datagram to the WAP push port: a DM notification (package 0) or a bootstrap document; nil when it
    /// is neither. `decode` reads a bootstrap document.
    package init?(
        _ datagram: RawSpan, from server: String, to client: String, at time: Timestamp,
        decode: (_ octets: [UInt8]) -> MarkupDocument?
    ) {
        guard let push = WSPPush(datagram), push.payload != .other else { return nil }
        let body = datagram.array(push.body)
        self.time = time.rfc3339
        self.client = client
        self.server = server
        contentType = push.contentType
        findings = []
        if push.payload == .notification, let notification = PackageZero(body.span.bytes) {
            version = notification.versionText
            uiMode = notification.userInteraction.name
            initiator = "\(notification.initiator)"
            sessionID = notification.sessionIDText
            serverIdentifier = notification.serverIdentifier
            findings = notification.findings.map { FindingRecord($0.about(.session)) }
        } else if let document = decode(body) {
            var text: [UInt8] = []
            XMLRenderer.renderCompact(document, into: &text)
            xml = String(decoding: text, as: UTF8.self)
            findings = document.findings.map { FindingRecord($0.about(.session)) }
        }
    }
}
