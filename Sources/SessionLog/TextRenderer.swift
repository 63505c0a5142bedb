import Binding
import Sessions
import SyncML
import Wire

/// Shows records as people read them: a line for each exchange, its commands under it, its findings under them.
///
/// One renderer serves the live proxy, `replay` and `tail`, so that all three show the same text. It remembers which
/// connections it has introduced; a connection's end forgets it.
package struct TextRenderer {
    package var color: Bool
    /// Commands and items are shown; without it only the exchange lines and findings.
    package var showsCommands = true
    private var introduced: Set<Int> = []
    private var text = ""

    package init(color: Bool) { self.color = color }

    /// The record's text, whole lines; empty for what has none.
    package mutating func render(_ record: Record) -> String {
        text = ""
        switch record {
        case .schema: break
        case .exchange(let exchange): render(exchange)
        case .connection(let connection): render(connection)
        case .session(let session): render(session)
        case .notification(let notification): render(notification)
        case .summary(let summary): render(summary)
        }
        return text
    }

    // MARK: - Exchange

    private mutating func render(_ exchange: ExchangeRecord) {
        if introduced.insert(exchange.connection).inserted { introduce(exchange) }
        line {
            $0.dim(clock(exchange.time))
            $0.add(" ")
            $0.add(exchange.id)
            $0.add("  ")
            $0.requestLine(exchange.request)
            $0.add(" → ")
            $0.statusLine(exchange.response)
            $0.dim("  \(milliseconds(exchange.durationMs))  ")
            $0.add("\($0.body(exchange.request)) → \($0.body(exchange.response))")
            if let subject = $0.sessionLine(exchange) { $0.add("  \(subject)") }
        }
        for alteration in exchange.alterations { show(alteration) }
        if showsCommands {
            if let request = exchange.request { showMessage(request, "→") }
            if let response = exchange.response { showMessage(response, "←") }
        }
        for finding in exchange.findings { show(finding) }
    }

    private mutating func introduce(_ exchange: ExchangeRecord) {
        line {
            $0.bold("── \(exchange.connection)")
            $0.add("  \(exchange.client ?? "?") → \(exchange.host ?? "?")")
            switch (exchange.tls?.client, exchange.tls?.server) {
            case (nil, nil): $0.dim("  no TLS")
            case (let client?, let server?) where client == server: $0.dim("  \(client)")
            case (let client, let server):
                $0.dim("  device \(client ?? "no TLS") · server \(server ?? "no TLS")")
            }
        }
    }

    private mutating func requestLine(_ request: MessageRecord?) {
        guard let request else { return dim("(request not seen)") }
        bold("\(request.method ?? "?") \(shortened(request.target ?? "?", 100))")
    }

    private mutating func statusLine(_ response: MessageRecord?) {
        guard let response, let status = response.status else { return paint(.red, "no response") }
        paint(status < 300 ? .green : status < 400 ? .yellow : .red, "\(status)")
    }

    private func body(_ message: MessageRecord?) -> String {
        guard let message else { return "–" }
        var parts: [String] = []
        if let dm = message.dm {
            parts.append(dm.representation)
        } else if message.body.length > 0 {
            parts.append(message.mediaType ?? "body")
        }
        if let coding = message.body.coding { parts.append(coding) }
        parts.append(octets(message.body.length))
        if !message.body.complete { parts.append("incomplete") }
        return parts.joined(separator: " ")
    }

    private func sessionLine(_ exchange: ExchangeRecord) -> String? {
        let request = exchange.request?.dm
        let response = exchange.response?.dm
        guard let dm = request ?? response else { return nil }
        let messages = "\(request?.msgID ?? "–") → \(response?.msgID ?? "–")"
        let device = (request?.source ?? response?.target).map { " · \(shortened($0, 60))" } ?? ""
        return "session \(dm.sessionID ?? "?") · msg \(messages)\(device)"
    }

    // MARK: - Commands

    private mutating func showMessage(_ message: MessageRecord, _ arrow: String) {
        guard let dm = message.dm else { return }
        if let auth = dm.auth {
            line { $0.add("     \(arrow) Cred \(auth)\(dm.sourceName.map { " as \($0)" } ?? "")") }
        }
        for command in dm.commands.prefix(TextRenderer.commandsShown) { show(command, arrow, indent: 5) }
        if dm.commands.count > TextRenderer.commandsShown {
            line { $0.dim("     \(arrow) … \(dm.commands.count - TextRenderer.commandsShown) more commands") }
        }
        if !dm.final, message.body.complete { line { $0.dim("     \(arrow) no Final: the package goes on") } }
    }

    private mutating func show(_ command: CommandRecord, _ arrow: String, indent: Int) {
        line {
            $0.add(String(repeating: " ", count: indent) + arrow + " ")
            $0.paint(.cyan, command.name)
            if let id = command.cmdID { $0.dim(" \(id)") }
            if command.name == "Status" || command.name == "Results" { $0.answer(command) }
            if let alert = command.alert { $0.add("  \(alert) \(AlertCode.name(of: alert) ?? "")") }
            $0.items(command)
            if command.name != "Status", let status = command.status { $0.code("  answered", status) }
            if let chal = command.chal { $0.add("  challenge \(chal)") }
            if let error = command.originalError { $0.add("  original error \(error)") }
        }
        for child in command.commands ?? [] { show(child, arrow, indent: indent + 3) }
    }

    /// ` to Get 4 of msg 1 200 OK`, behind `Status 3`.
    private mutating func answer(_ command: CommandRecord) {
        let of = command.cmdRef == "0" ? "SyncHdr" : "\(command.cmd ?? "command") \(command.cmdRef ?? "?")"
        dim(" to \(of) of msg \(command.msgRef ?? "?")")
        if command.name == "Status" { code(" ", command.status ?? "?") }
    }

    private mutating func code(_ label: String, _ status: String) {
        let name = StatusCode.name(of: status).map { " \($0)" } ?? ""
        add(label + " ")
        paint(status.hasPrefix("2") || status.hasPrefix("1") ? .green : .yellow, status + name)
    }

    private mutating func items(_ command: CommandRecord) {
        var shown = 0
        for item in command.items where shown < TextRenderer.itemsShown {
            shown += 1
            if let address = item.target ?? item.source { add("  \(shortened(address, 80))") }
            if let data = item.data, !data.isEmpty, command.name != "Status" {
                dim(" = \(shortened(oneLine(data), 60))")
            }
            if let document = item.document { dim(" = <\(document)>") }
            if let encoded = item.octets { dim(" = \(TextRenderer.length(ofBase64: encoded))") }
            if item.moreData == true { dim(" (more data follows)") }
        }
        if command.items.count > shown { dim("  +\(command.items.count - shown)") }
    }

    static func length(ofBase64 text: String) -> String {
        let count = max(0, text.utf8.count / 4 * 3 - text.utf8.suffix(2).count { $0 == 0x3D })
        // A record repeats no more of them.
        return counted(count, "octet") + (count == DMRecordLimits.data ? " or more" : "")
    }

    // MARK: - Connection, session, summary

    private mutating func render(_ connection: ConnectionRecord) {
        introduced.remove(connection.id)
        line {
            $0.bold("── \(connection.id)")
            $0.add("  \(connection.client) → \(connection.host ?? connection.server)")
            if let host = connection.host, !connection.server.hasPrefix(host) { $0.dim(" (\(connection.server))") }
            $0.dim(
                "  ended \(connection.ended) after \(counted(connection.exchanges ?? 0, "exchange")), "
                    + "\(octets(connection.bytes.toServer)) up, \(octets(connection.bytes.toClient)) down")
            if connection.gaps > 0 { $0.paint(.yellow, "  \(counted(connection.gaps, "gap"))") }
        }
        // A capture has one leg, told as both.
        let isOne = connection.legs.client == connection.legs.server
        // Of two legs DMScope is at the other end.
        let legs =
            isOne
            ? [("TLS", "", connection.legs.client)]
            : [
                ("device leg", " from server", connection.legs.client),
                ("server leg", " from client", connection.legs.server),
            ]
        for (name, ours, leg) in legs {
            guard let leg else { continue }
            line {
                $0.add("     \(name): ")
                $0.dim($0.describe(leg, ours: ours))
            }
        }
        for alteration in connection.alterations ?? [] { show(alteration) }
        for finding in connection.findings { show(finding) }
    }

    /// - Parameter ours: how a record says that an alert is of the end that DMScope stands in for; empty for none.
    private func describe(_ leg: TLSRecord, ours: String) -> String {
        var parts = [[leg.version, leg.suite].compactMap { $0 }.joined(separator: " ")]
        if let sni = leg.sni { parts.append("SNI \(sni)") }
        if let identity = leg.pskIdentity { parts.append("PSK identity \(identity)") }
        if leg.resumed { parts.append("resumed") }
        if let certificate = leg.certificate { parts.append("certificate \(certificate.subject), \(certificate.key)") }
        parts += (leg.alerts ?? []).map { alert in
            ours.isEmpty || !alert.hasSuffix(ours) ? alert : alert.dropLast(ours.count) + " from DMScope"
        }
        if !leg.decrypted { parts.append("not decrypted" + (leg.keyWanted.map { "; wants \($0)" } ?? "")) }
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private mutating func render(_ session: SessionRecord) {
        line {
            $0.bold("══ session \(session.sessionID)")
            $0.add("  \(session.device ?? "?") ↔ \(session.server ?? "?")  ")
            $0.bold(session.outcome)
            $0.dim("  \(milliseconds(session.durationMs))")
        }
        if !session.auth.isEmpty { line { $0.add("     authentication: \(session.auth)") } }
        for row in session.packages {
            line {
                $0.dim(
                    "     package \(row.number) \(row.direction == "toServer" ? "→" : "←") msg \(row.msgID ?? "?")"
                        + "  \(row.exchange)  \(row.commands.joined(separator: ", "))\(row.final ? "" : "  …")")
            }
        }
        for finding in session.findings { show(finding) }
    }

    private mutating func render(_ notification: NotificationRecord) {
        line {
            $0.dim(clock(notification.time))
            $0.bold(" \(TextRenderer.title(of: notification))")
            $0.add("  \(notification.server) → \(notification.client)  \(notification.contentType)")
            if let server = notification.serverIdentifier { $0.add("  from \(server)") }
            if let session = notification.sessionID { $0.add("  session \(session)") }
            if let mode = notification.uiMode { $0.dim("  \(mode)") }
            if let security = notification.security { $0.dim("  MAC keyed with \(security)") }
            if let auth = notification.auth { $0.dim("  digest \(auth)") }
        }
        for finding in notification.findings { show(finding) }
    }

    private static func title(of notification: NotificationRecord) -> String {
        switch notification.contentType {
        case "application/vnd.syncml.notification": "package 0"
        case "application/vnd.syncml.ds.notification": "notification of data synchronisation"
        default: "bootstrap"
        }
    }

    private mutating func render(_ summary: SummaryRecord) {
        line {
            $0.bold("══ ")
            $0.add(
                "\(counted(summary.connections, "connection")), \(counted(summary.exchanges, "exchange")), "
                    + "\(counted(summary.messages, "DM message")), \(octets(summary.bytes))")
            $0.add(
                "; findings: \(summary.findings["MUST"] ?? 0) MUST, \(summary.findings["SHOULD"] ?? 0) SHOULD, "
                    + "\(summary.findings["MAY"] ?? 0) MAY, \(counted(summary.findings["NOTE"] ?? 0, "note"))")
            if summary.undecoded > 0 { $0.paint(.red, "; \(summary.undecoded) undecoded") }
            if summary.gaps > 0 { $0.paint(.yellow, "; \(counted(summary.gaps, "gap"))") }
            if let cut = summary.cut { $0.paint(.red, "; inspection cut on \(counted(cut, "connection"))") }
            if summary.dropped > 0 { $0.paint(.red, "; \(counted(summary.dropped, "record")) not written") }
        }
    }

    // MARK: - Findings and pieces

    private mutating func show(_ finding: FindingRecord) {
        line {
            let label = "     " + finding.level.padded(to: 6) + " "
            switch finding.level {
            case "MUST": $0.paint(.red, label)
            case "SHOULD": $0.paint(.yellow, label)
            default: $0.dim(label)
            }
            $0.add(finding.text)
            let offset = finding.offset.map { " at \($0)" } ?? ""
            $0.dim("  [\(finding.rule), \(finding.about)\(offset), \(finding.section)]")
        }
    }

    private mutating func show(_ alteration: Alteration) {
        line {
            $0.paint(.yellow, "     altered ")
            $0.add("\(alteration.what): \(shortened(alteration.before, 80)) → \(shortened(alteration.after, 80))")
            if let breaks = alteration.breaks { $0.paint(.red, "  breaks \(breaks)") }
        }
    }

    private mutating func line(_ body: (inout TextRenderer) -> Void) {
        body(&self)
        text += "\n"
    }

    private enum Color: String {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    private mutating func add(_ part: String) { text += Printable.text(part) }
    private mutating func paint(_ color: Color, _ part: String) { styled(color.rawValue, part) }
    private mutating func bold(_ part: String) { styled("1", part) }
    private mutating func dim(_ part: String) { styled("2", part) }
    private mutating func styled(_ code: String, _ part: String) {
        text += self.color ? "\u{1B}[\(code)m\(Printable.text(part))\u{1B}[0m" : Printable.text(part)
    }

    private static let commandsShown = 40
    private static let itemsShown = 6
}

/// Traffic must not reach the terminal's control codes.
package enum Printable {
    /// `part` with U+FFFD in place of characters that control a terminal, or turn or hide what stands around them.
    package static func text(_ part: String) -> String {
        guard isSuspect(part) else { return part }
        var shown = String.UnicodeScalarView()
        for scalar in part.unicodeScalars {
            shown.append(acts(scalar) ? "\u{FFFD}" : scalar)
        }
        return String(shown)
    }

    /// Holds an octet of ASCII that controls, the first of what may be a C1 control, or a character that misleads.
    private static func isSuspect(_ part: String) -> Bool {
        let octets = part.utf8Span.span
        for at in octets.indices {
            let octet = octets[at]
            if octet &- 0x20 < 0x5F { continue }
            if octet < 0x80 || octet == 0xC2 || octets.bytes.misleads(at: at) { return true }
        }
        return false
    }

    private static func acts(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case ..<0x20, 0x7F..<0xA0, 0x200B...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }
}

private func clock(_ rfc3339: String) -> String { String(rfc3339.dropFirst(11).prefix(12)) }

func shortened(_ text: String, _ limit: Int) -> String {
    // Octets are cheaper to count than characters, and never fewer.
    text.utf8.count <= limit || text.count <= limit ? text : text.prefix(limit - 1) + "…"
}

func oneLine(_ text: String) -> String {
    isOneLine(text) ? text : text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
}

/// Printable ASCII with single spaces inside, as nearly all values are.
private func isOneLine(_ text: String) -> Bool {
    let octets = text.utf8Span.span
    var before: UInt8 = 0x20
    for at in octets.indices {
        let octet = octets[at]
        guard octet > 0x20 && octet < 0x7F || octet == 0x20 && before != 0x20 else { return false }
        before = octet
    }
    return before != 0x20
}

func milliseconds(_ value: Double) -> String {
    // As the log has it, so that `tail` shows what the proxy showed.
    let value = (value * 1000).rounded() / 1000
    if value < 10 { return "\((value * 10).rounded() / 10) ms" }
    if value < 10_000 { return "\(Int(value)) ms" }
    // A log that others wrote may hold any number.
    return value < 1e15 ? "\(Int(value / 1000)) s" : "\(value / 1000) s"
}

private func octets(_ count: UInt64) -> String {
    switch count {
    case ..<1000: "\(count) B"
    case ..<1_000_000: "\((Double(count) / 100).rounded() / 10) kB"
    default: "\((Double(count) / 100_000).rounded() / 10) MB"
    }
}

extension String {
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}

extension MessageRecord {
    fileprivate var mediaType: String? {
        headers.first { $0.first?.lowercased() == "content-type" }?.last?.prefix { $0 != ";" }.description
    }
}
