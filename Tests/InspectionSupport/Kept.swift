package import Binding
import HTTPWire
package import Inspection
package import Sessions
import TestSupport
import Wire

/// A sink that keeps everything.
package final class Kept: InspectionSink {
    package private(set) var exchanges: [Exchange] = []
    package private(set) var connections: [ConnectionSummary] = []
    package private(set) var sessions: [SessionSummary] = []
    package private(set) var notifications: [NotificationSummary] = []
    package private(set) var summaries: [InspectionSummary] = []

    package init() {}

    package func exchange(_ exchange: Exchange) { exchanges.append(exchange) }
    package func connection(_ connection: ConnectionSummary) { connections.append(connection) }
    package func session(_ session: SessionSummary) { sessions.append(session) }
    package func notification(_ notification: NotificationSummary) { notifications.append(notification) }
    package func summary(_ summary: InspectionSummary) { summaries.append(summary) }

    /// What two runs are compared by.
    package var description: String {
        exchanges.map { exchange in
            let messages = [exchange.request, exchange.response].map { message in
                message.map {
                    "\($0.head.line) \($0.head.fields) \($0.body.length) \($0.body.sha256) "
                        + ($0.body.dm?.outline(offsets: true) ?? "no message")
                }
                    ?? "none"
            }
            let findings = exchange.findings.map { "\($0.rule.id) \($0.offset as Any) \($0.text)" }
            return ([exchange.id] + messages + findings).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }
}
