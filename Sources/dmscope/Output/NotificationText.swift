import Inspection
import SessionLog
import Sessions
import SyncML
import WBXML
import Wire

/// A WSP push, and the notification (package 0) or bootstrap document in it, as `dmscope decode` prints them.
struct NotificationText {
    private let limits: Limits
    /// What digests and MACs are verified with.
    private let credentials: Credentials
    private let facilities = Facilities.system

    init(limits: Limits, credentials: Credentials = Credentials()) {
        self.limits = limits
        self.credentials = credentials
    }

    /// What the octets of a datagram are; nil when they are neither a push of a type that DM knows nor a notification.
    func describe(_ octets: [UInt8]) -> [UInt8]? {
        let bytes = octets.span.bytes
        if let push = WSPPush(bytes), push.payload != .other {
            let content = PushContent(push, of: bytes, facilities, limits: limits)
            let mac = BootstrapMAC(credentials, hmac: facilities.hmacSHA1)
                .verify(push, document: bytes.array(push.body))
            let findings = content.findings + (BootstrapRules.finding(mac).map { [$0] } ?? [])
            return describe(push, mac) + describe(content, of: push, findings)
        }
        guard !WBXMLDecoder.looksLikeWBXML(bytes), PackageZero.looksLikeOne(bytes),
            let notification = PackageZero(bytes)
        else { return nil }
        return describe(notification, notification.findings)
    }

    /// The octets of the document that a push of such a type carries.
    static func document(_ octets: [UInt8]) -> [UInt8]? {
        guard let push = WSPPush(octets.span.bytes), push.payload == .clientProvisioning || push.payload == .dmMessage
        else { return nil }
        return Array(octets[push.body])
    }

    private func describe(_ push: WSPPush, _ verdict: PushVerdict) -> [UInt8] {
        var text = line("WSP push", "transaction \(push.transactionID)")
        text += line("content type", push.contentType)
        if let application = push.applicationID {
            text += line("application", application == WSPPush.dmApplicationID ? "7, DM client" : "\(application)")
        }
        if let security = push.securityName { text += line("security", security) }
        if let mac = push.mac { text += line("MAC", proof(mac, verdict)) }
        text.append(0x0A)
        return text
    }

    private func describe(_ content: PushContent, of push: WSPPush, _ findings: [MarkupFinding]) -> [UInt8] {
        if let notification = content.notification { return describe(notification, findings) }
        if let document = content.document {
            var text: [UInt8] = []
            XMLRenderer.renderAnnotated(document, findings: findings, into: &text)
            return text
        }
        let what = push.payload == .dataSyncNotification ? "of data synchronisation, " : ""
        return line("notification", "\(what)\(push.body.count) octets, not read") + describe(findings)
    }

    private func describe(_ notification: PackageZero, _ findings: [MarkupFinding]) -> [UInt8] {
        var text = line("notification", "package 0, version \(notification.versionText)")
        let verdict = NotificationDigest.verify(notification, md5: facilities.md5, credentials: credentials)
        text += line("digest", proof(Hex.lower(notification.digest), verdict))
        text += line("interaction", notification.userInteraction.name)
        text += line("initiator", notification.initiator.name)
        text += line("session id", "\(notification.sessionIDText), the SessionID of package 1")
        text += line("server", notification.serverIdentifier)
        if !notification.vendor.isEmpty {
            text += line("vendor", "\(notification.vendor.count) octets: \(Hex.lower(notification.vendor.prefix(64)))")
        }
        let wrong = NotificationAnswerRules.finding(verdict, on: notification)
        return text + describe(findings + (wrong.map { [$0] } ?? []))
    }

    private func describe(_ findings: [MarkupFinding]) -> [UInt8] {
        findings.flatMap { finding in
            Array(
                "▲ \(finding.rule.level.rawValue) \(finding.rule.id): \(finding.text) (offset \(finding.offset))\n".utf8
            )
        }
    }

    private func proof(_ digits: String, _ verdict: PushVerdict) -> String {
        verdict.text.map { "\(digits), \($0)" } ?? digits
    }

    private func line(_ name: String, _ value: String) -> [UInt8] {
        let padding = String(repeating: " ", count: max(1, 14 - name.utf8.count))
        return Array((name + padding + Printable.text(value) + "\n").utf8)
    }
}
