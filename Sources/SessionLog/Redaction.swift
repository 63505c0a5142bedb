/// Masks credentials in records: what proves an identity, or lets somebody else prove it. Applied to every output.
package struct Redaction: Sendable {
    package static let mask = "(redacted)"

    /// Header fields whose value is a secret, lower case.
    private static let headers: Set<String> = [
        "authorization", "proxy-authorization", "x-syncml-hmac", "cookie", "set-cookie", "devicetoken",
        "authentication-info", "proxy-authentication-info",
    ]
    /// Last part of a node's address whose value is a secret.
    private static let nodes: Set<String> = ["aauthsecret", "aauthdata", "aadusertoken", "password", "pin"]

    package init() {}

    package func redact(_ record: Record) -> Record {
        switch record {
        case .exchange(var exchange):
            redact(&exchange.request)
            redact(&exchange.response)
            return .exchange(exchange)
        case .notification(var notification):
            // Whoever has document and MAC can try all PINs.
            notification.mac = notification.mac.map { _ in Redaction.mask }
            notification.xml = notification.xml.map { MessageMask.mask($0, isSecret: Redaction.isSecret) }
            return .notification(notification)
        case .schema, .connection, .session, .summary: return record
        }
    }

    private func redact(_ message: inout MessageRecord?) {
        guard var redacted = message else { return }
        // A log may hold anything in place of a name and a value.
        for i in redacted.headers.indices {
            guard let name = redacted.headers[i].first, Redaction.headers.contains(name.lowercased()) else { continue }
            redacted.headers[i] = [name, Redaction.mask]
        }
        redacted.body.base64 = nil
        if var dm = redacted.dm {
            for i in dm.commands.indices { redact(&dm.commands[i]) }
            dm.xml = dm.xml.map { MessageMask.mask($0, isSecret: Redaction.isSecret) }
            redacted.dm = dm
        }
        message = redacted
    }

    private func redact(_ command: inout CommandRecord) {
        for i in command.items.indices {
            let item = command.items[i]
            guard
                [item.target, item.source].contains(where: { Redaction.isSecret($0, item.type) })
                    || Redaction.isDocumentWithSecrets(item.data ?? "")
            else { continue }
            if item.data?.isEmpty == false { command.items[i].data = Redaction.mask }
            command.items[i].octets = nil
        }
        if var children = command.commands {
            for i in children.indices { redact(&children[i]) }
            command.commands = children
        }
    }

    /// Text that is a document itself, escaped or in CDATA, and names something secret: it is masked whole.
    static func isDocumentWithSecrets(_ text: String) -> Bool {
        guard text.utf8.first(where: { $0 != 0x20 && !(0x09...0x0D).contains($0) }) == 0x3C else { return false }
        let lower = text.lowercased()
        return nodes.contains { lower.contains($0) } || lower.contains("cred>") || lower.contains("nextnonce")
    }

    /// What the node at `address` holds is secret, or what is of `type`.
    private static func isSecret(_ address: String?, _ type: String?) -> Bool {
        let node = address?.split(separator: "/").last?.lowercased() ?? ""
        return nodes.contains(node) || type?.lowercased().hasSuffix("aadusertoken") == true
    }
}
