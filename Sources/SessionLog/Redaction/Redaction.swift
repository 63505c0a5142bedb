import Binding
import HTTPWire
import Wire

/// Masks credentials in records: what proves an identity, or lets somebody else prove it. Applied to every output.
package struct Redaction: Sendable {
    package static let mask = "(redacted)"

    /// Header fields whose value is a secret, lower case.
    private static let headers: Set<String> = [
        "authorization", "proxy-authorization", "x-syncml-hmac", "cookie", "set-cookie", "devicetoken",
        "authentication-info", "proxy-authentication-info",
    ]
    /// Last part of a node's address whose value is a secret: of a DM 1.2 account, of a DM 1.1 account, of Windows; and
    /// parameters of Client Provisioning.
    private static let nodes: Set<String> = [
        "aauthsecret", "aauthdata", "clientpw", "serverpw", "clientnonce", "servernonce", "aadusertoken", "password",
        "pin", "authsecret", "pxauth-pw", "basauth-pw", "proxy-pw",
    ]
    /// Rules whose findings quote octets of a head or a body as they came.
    private static let quotingRules = Set(HTTPRules.all.map(\.id))
    /// The rule whose findings quote XML and names in it.
    private static let illFormedXML = "xml-ill-formed"

    package init() {}

    package func redact(_ record: Record) -> Record {
        switch record {
        case .exchange(var exchange):
            redact(&exchange.request)
            redact(&exchange.response)
            redact(&exchange.findings)
            redact(&exchange.alterations)
            return .exchange(exchange)
        case .connection(var connection):
            redact(&connection.findings)
            if var alterations = connection.alterations {
                redact(&alterations)
                connection.alterations = alterations
            }
            return .connection(connection)
        case .session(var session):
            redact(&session.findings)
            Redaction.hideMarkup(in: &session)
            Redaction.hidePasswords(in: &session)
            return .session(session)
        case .notification(var notification):
            // Whoever has document and MAC can try all PINs.
            notification.mac = notification.mac.map { _ in Redaction.mask }
            notification.xml = notification.xml.map {
                Redaction.withoutPasswords(MessageMask.mask($0, isSecret: Redaction.isSecret))
            }
            redact(&notification.findings)
            return .notification(notification)
        case .schema, .summary: return record
        }
    }

    private func redact(_ message: inout MessageRecord?) {
        guard var redacted = message else { return }
        redact(&redacted.headers)
        if var trailers = redacted.trailers {
            redact(&trailers)
            redacted.trailers = trailers
        }
        redacted.body.base64 = nil
        if var dm = redacted.dm {
            for i in dm.commands.indices { redact(&dm.commands[i]) }
            dm.xml = dm.xml.map { MessageMask.mask($0, isSecret: Redaction.isSecret) }
            // Too long for a record it cannot be followed either. WBXML has no markup that a value could hold.
            if dm.xml == Redaction.mask || dm.xml == nil && dm.representation == "xml" {
                Redaction.hideMarkup(in: &dm)
            }
            redacted.dm = dm
        }
        Redaction.hidePasswords(in: &redacted)
        message = redacted
    }

    /// A log may hold anything in place of a name and a value.
    private func redact(_ fields: inout [[String]]) {
        for i in fields.indices {
            guard let name = fields[i].first else { continue }
            if Redaction.isSecret(header: name) {
                fields[i] = [name, Redaction.mask]
            } else if let value = fields[i].last, let fold = value.utf8.firstIndex(where: { $0 == 0x0A || $0 == 0x0D })
            {
                // A line that continues a field may be a field of its own that was indented by mistake.
                fields[i] = [name, value[..<fold] + " " + Redaction.mask]
            }
        }
    }

    /// What a finding quotes of a head or of XML that cannot be read, or of octets behind a body, may be anything: it
    /// is left out.
    private func redact(_ findings: inout [FindingRecord]) {
        for i in findings.indices {
            findings[i].text = Redaction.withoutPasswords(findings[i].text)
            let rule = findings[i].rule
            if Redaction.quotingRules.contains(rule) {
                Redaction.hideQuotation("`", in: &findings[i].text)
                continue
            }
            if rule == Redaction.illFormedXML {
                Redaction.hideQuotation("`", in: &findings[i].text)
                // Single characters are what XML expects there.
                Redaction.hideQuotation("'", atLeast: 2, in: &findings[i].text)
            }
            Redaction.hideMarkup(in: &findings[i].text)
        }
    }

    private func redact(_ alterations: inout [Alteration]) {
        for i in alterations.indices {
            guard Redaction.isSecret(header: alterations[i].what) else {
                alterations[i].before = Redaction.withoutPasswords(alterations[i].before)
                alterations[i].after = Redaction.withoutPasswords(alterations[i].after)
                continue
            }
            if !alterations[i].before.isEmpty { alterations[i].before = Redaction.mask }
            if !alterations[i].after.isEmpty { alterations[i].after = Redaction.mask }
        }
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
        return namesSecret(text) || lower.contains("cred>") || lower.contains("nextnonce")
    }

    /// Parameters of Client Provisioning are named by vendors too: a secret's name may be a part of theirs.
    static func namesSecret(_ text: String) -> Bool {
        let lower = text.lowercased()
        return nodes.contains { lower.contains($0) }
    }

    private static func isSecret(header name: String) -> Bool { headers.contains(trimmed(name[...]).lowercased()) }

    /// What the node at `address` holds is secret, or what is of `type`. `?list=…` behind an address asks for parts of it.
    private static func isSecret(_ address: String?, _ type: String?) -> Bool {
        let path = trimmed(address?.prefix { $0 != "?" && $0 != "#" } ?? "")
        let node = path.split(separator: "/").last?.lowercased() ?? ""
        return nodes.contains(node) || type.map { trimmed($0[...]).lowercased().hasSuffix("aadusertoken") } == true
    }

    private static func trimmed(_ text: Substring) -> Substring {
        guard let last = text.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return text[...last].drop(while: \.isWhitespace)
    }
}
