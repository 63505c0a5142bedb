package import Inspection
import Sessions
import SyncML
import Wire

extension NotificationRecord {
    package init(_ summary: NotificationSummary) {
        time = summary.time.rfc3339
        client = summary.client
        server = summary.server
        contentType = summary.push.contentType
        security = summary.push.securityName
        mac = summary.push.mac
        auth = summary.proof.text
        if let notification = summary.content.notification {
            version = notification.versionText
            uiMode = notification.userInteraction.name
            initiator = notification.initiator.name
            sessionID = notification.sessionIDText
            serverIdentifier = notification.serverIdentifier
        } else if let document = summary.content.document {
            var text: [UInt8] = []
            XMLRenderer.renderCompact(document, into: &text)
            xml = String(decoding: text, as: UTF8.self)
        }
        findings = summary.findings.map(FindingRecord.init)
    }
}
