import SyncML
import WBXML
import Wire

/// A WSP push, and the notification (package 0) or bootstrap document in it, as `dmscope decode` prints them.
enum NotificationText {
    /// What the octets of a datagram are; nil when they are neither a push of a type that DM knows nor a notification.
    static func describe(_ octets: [UInt8], limits: Limits) -> [UInt8]? {
        let bytes = octets.span.bytes
        if let push = WSPPush(bytes), push.payload != .other {
            var text = line("WSP push", "transaction \(push.transactionID)")
            text += line("content type", push.contentType)
            if let application = push.applicationID {
                text += line("application", application == WSPPush.dmApplicationID ? "7, DM client" : "\(application)")
            }
            if let security = push.security { text += line("security", security.name) }
            if let mac = push.mac { text += line("MAC", mac) }
            text.append(0x0A)
            let body = Array(octets[push.body])
            if let notification = PackageZero(body.span.bytes), push.payload == .notification {
                return text + describe(notification)
            }
            let document = MessageFile.document(body, limits: limits)
            XMLRenderer.renderAnnotated(document, findings: document.findings, into: &text)
            return text
        }
        guard !WBXMLDecoder.looksLikeWBXML(bytes), PackageZero.looksLikeOne(bytes),
            let notification = PackageZero(bytes)
        else { return nil }
        return describe(notification)
    }

    private static func describe(_ notification: PackageZero) -> [UInt8] {
        var text = line("notification", "package 0, version \(notification.versionText)")
        text += line("digest", Hex.lower(notification.digest))
        text += line("interaction", notification.userInteraction.name)
        text += line("initiator", notification.initiator == .server ? "server" : "client")
        text += line("session id", "\(notification.sessionIDText), the SessionID of package 1")
        text += line("server", notification.serverIdentifier)
        if !notification.vendor.isEmpty {
            text += line("vendor", "\(notification.vendor.count) octets: \(Hex.lower(notification.vendor.prefix(64)))")
        }
        for finding in notification.findings {
            text +=
                "▲ \(finding.rule.level.rawValue) \(finding.rule.id): \(finding.text) (offset \(finding.offset))\n".utf8
        }
        return text
    }

    private static func line(_ name: String, _ value: String) -> [UInt8] {
        let shown = value.unicodeScalars.map { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) ? "\u{FFFD}" : $0 }
        let padding = String(repeating: " ", count: max(1, 14 - name.utf8.count))
        return Array((name + padding + String(String.UnicodeScalarView(shown)) + "\n").utf8)
    }
}
