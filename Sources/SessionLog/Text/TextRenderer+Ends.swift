import Sessions
import Wire

// What ended: a connection, a session, the whole log; and notifications, which stand alone.

extension TextRenderer {
    mutating func render(_ connection: ConnectionRecord) {
        let hasShownTime = introduced.remove(connection.id) != nil
        if !hasShownTime { tellDay(of: connection.time) }
        line {
            $0.bold("── \(connection.id)")
            $0.add("  \(connection.client) → \(connection.host ?? connection.server)")
            if let host = connection.host, !connection.server.hasPrefix(host) { $0.dim(" (\(connection.server))") }
            // Else its exchanges tell.
            if !hasShownTime { $0.dim("  from \(clock(connection.time))") }
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

    mutating func render(_ session: SessionRecord) {
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
                    "     package \(row.number) \(row.direction == .toServer ? "→" : "←") msg \(row.msgID ?? "?")"
                        + "  \(row.exchange)  \(row.commands.joined(separator: ", "))\(row.final ? "" : "  …")")
            }
        }
        for finding in session.findings { show(finding) }
    }

    mutating func render(_ notification: NotificationRecord) {
        tellDay(of: notification.time)
        line {
            $0.dim(clock(notification.time))
            $0.bold(" \(TextRenderer.title(of: notification))")
            $0.add("  \(notification.server) → \(notification.client)  \(notification.contentType)")
            if let server = notification.serverIdentifier { $0.add("  from \(server)") }
            if let session = notification.sessionID { $0.add("  session \(session)") }
            if let mode = notification.uiMode { $0.dim("  \(mode)") }
            let proof = notification.auth
            if let security = notification.security {
                $0.dim("  MAC keyed with \(security)\(proof.map { ", \($0)" } ?? "")")
            } else if let proof {
                $0.dim("  digest \(proof)")
            }
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

    mutating func render(_ summary: SummaryRecord) {
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
}
