import Sessions
import SyncML

// An exchange: its line, its messages' commands and answers.

extension TextRenderer {
    private static let commandsShown = 40
    private static let itemsShown = 6

    mutating func render(_ exchange: ExchangeRecord) {
        tellDay(of: exchange.time)
        if introduced.insert(exchange.connection).inserted { introduce(exchange) }
        line {
            $0.dim(clock(exchange.time))
            $0.add(" ")
            $0.add(exchange.id)
            $0.add("  ")
            $0.requestLine(exchange.request)
            $0.add(" → ")
            $0.statusLine(exchange)
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
            // Of a server that has not answered it is not known.
            case (let client?, nil) where exchange.response == nil: $0.dim("  device \(client)")
            case (let client, let server):
                $0.dim("  device \(client ?? "no TLS") · server \(server ?? "no TLS")")
            }
        }
    }

    private mutating func requestLine(_ request: MessageRecord?) {
        guard let request else { return dim("(request not seen)") }
        bold("\(request.method ?? "?") \(fitted(request.target ?? "?", 100))")
    }

    private mutating func statusLine(_ exchange: ExchangeRecord) {
        if let status = exchange.proxyStatus { return paint(.red, "\(status) by DMScope") }
        guard let status = exchange.response?.status else { return paint(.red, "no response") }
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
        let device = (request?.source ?? response?.target).map { " · \(fitted($0, 60))" } ?? ""
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
            if let address = item.target ?? item.source { add("  \(fitted(address, 80))") }
            // What the alert is about (DM 1.2 generic alerts).
            if command.alert != nil, let type = item.type { add("  \(fitted(type, 80))") }
            if let data = item.data, !data.isEmpty, command.name != "Status" {
                dim(" = \(fitted(oneLine(data), 60))")
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
}

extension MessageRecord {
    fileprivate var mediaType: String? {
        headers.first { $0.first?.lowercased() == "content-type" }?.last?.prefix { $0 != ";" }.description
    }
}
