/// Masks credentials in records: what proves an identity, or lets somebody else prove it. Applied to every output.
package struct Redaction: Sendable {
    package static let mask = "(redacted)"

    /// Header fields whose value is a secret, lower case.
    private static let headers: Set<String> = [
        "authorization", "proxy-authorization", "x-syncml-hmac", "cookie", "set-cookie", "devicetoken",
        "authentication-info",
    ]
    /// Last part of a node's address whose value is a secret.
    private static let nodes: Set<String> = ["aauthsecret", "aauthdata", "aadusertoken", "password", "pin"]
    /// Elements of a message's XML whose text is a secret.
    private static let elements = ["NextNonce", "Cred"]

    package init() {}

    package func redact(_ record: Record) -> Record {
        guard case .exchange(var exchange) = record else { return record }
        redact(&exchange.request)
        redact(&exchange.response)
        return .exchange(exchange)
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
            var secrets: [String] = []
            for i in dm.commands.indices { redact(&dm.commands[i], &secrets) }
            dm.xml = dm.xml.map { Redaction.maskXML($0, secrets) }
            redacted.dm = dm
        }
        message = redacted
    }

    private func redact(_ command: inout CommandRecord, _ secrets: inout [String]) {
        for i in command.items.indices {
            let item = command.items[i]
            let node = (item.target ?? item.source)?.split(separator: "/").last?.lowercased() ?? ""
            let isToken = item.type?.lowercased().hasSuffix("aadusertoken") == true
            guard Redaction.nodes.contains(node) || isToken else { continue }
            if let data = item.data, !data.isEmpty {
                secrets.append(data)
                command.items[i].data = Redaction.mask
            }
            if command.items[i].octets != nil { command.items[i].octets = nil }
        }
        if var children = command.commands {
            for i in children.indices { redact(&children[i], &secrets) }
            command.commands = children
        }
    }

    /// Masks the text inside Cred and NextNonce, and every secret value found in items.
    private static func maskXML(_ xml: String, _ secrets: [String]) -> String {
        var masked = xml
        for secret in secrets where secret.utf8.count >= 4 { masked = masked.replacing(secret, with: mask) }
        for element in elements {
            var out = ""
            var rest = masked[...]
            while let start = rest.firstRange(of: "<\(element)"),
                let open = rest[start.upperBound...].firstIndex(of: ">"),
                let end = rest[open...].firstRange(of: "</\(element)>")
            {
                guard rest[start.upperBound] == ">" || rest[start.upperBound].isWhitespace else {
                    out += rest[..<start.upperBound]
                    rest = rest[start.upperBound...]
                    continue
                }
                out += rest[...open] + mask + "</\(element)>"
                rest = rest[end.upperBound...]
            }
            masked = out + rest
        }
        return masked
    }
}
