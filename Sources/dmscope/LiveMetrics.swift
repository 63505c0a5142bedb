import Binding
import Inspection
import Proxy
import SessionLog
import Sessions
import Synchronization
import Wire

/// What a live proxy has counted, for `GET /metrics`. Stands between the inspector and its output: counts, and hands on.
final class CountingSink: InspectionSink {
    /// Read from other threads.
    final class Counts: Sendable {
        struct Values {
            var exchanges = 0
            var connections = 0
            var sessions = 0
            var findings: [FindingCount] = []
            var recordsDropped = 0
            /// When what was inspected last had come.
            var lastEvent: Timestamp?
        }
        struct FindingCount {
            let rule: Rule
            /// Of the first.
            let level: Level
            var count = 0
        }
        let values = Mutex(Values())
    }

    let counts: Counts
    private let next: RecordOutput

    init(_ next: RecordOutput, _ counts: Counts) {
        self.next = next
        self.counts = counts
    }

    func exchange(_ exchange: Exchange) {
        count(exchange.findings) { $0.exchanges += 1 }
        next.exchange(exchange)
    }

    func connection(_ connection: ConnectionSummary) {
        count(connection.findings) { $0.connections += 1 }
        next.connection(connection)
    }

    func session(_ session: SessionSummary) {
        count(session.findings) { $0.sessions += 1 }
        next.session(session)
    }

    func summary(_ summary: InspectionSummary) { next.summary(summary) }

    private func count(_ findings: [Finding], _ change: (inout Counts.Values) -> Void) {
        counts.values.withLock { values in
            change(&values)
            for finding in findings { values.count(finding) }
        }
    }
}

extension CountingSink.Counts.Values {
    /// Looks for the rule itself: there are few, and hashing its name takes longer.
    fileprivate mutating func count(_ finding: Finding) {
        guard let at = findings.firstIndex(where: { $0.rule === finding.rule }) else {
            findings.append(.init(rule: finding.rule, level: finding.level, count: 1))
            return
        }
        findings[at].count += 1
    }
}

/// The page.
struct MetricsPage: Sendable {
    let counters: ProxyCounters
    let queue: InspectionQueue
    let counts: CountingSink.Counts

    func text(at now: Timestamp) -> String {
        var page = MetricsText()
        page.add(
            "dmscope_build_info", .gauge, "The program's version.", [([("version", Version.number)], 1)])
        addRelay(&page)
        addInspection(&page, now)
        return page.text
    }

    private func addRelay(_ page: inout MetricsText) {
        page.add(
            "dmscope_connections_total", .counter, "Connections accepted from devices.",
            counters.connectionsAccepted.value)
        page.add(
            "dmscope_connections_open", .gauge, "Connections of devices that are open.", counters.connectionsOpen.value)
        page.add(
            "dmscope_relayed_bytes_total", .counter, "Octets relayed, TLS removed.",
            [
                ([("direction", "to_server")], Double(counters.octetsToServer.value)),
                ([("direction", "to_client")], Double(counters.octetsToClient.value)),
            ])
        page.add(
            "dmscope_tls_handshakes_total", .counter, "TLS handshakes of both legs that ended.",
            [
                ([("result", "done")], Double(counters.handshakes.value)),
                ([("result", "failed")], Double(counters.handshakesFailed.value)),
            ])
        page.add(
            "dmscope_upstream_failures_total", .counter, "Connections for which there was no server.",
            counters.upstreamFailures.value)
        page.add("dmscope_resets_total", .counter, "Legs that a peer reset.", counters.resets.value)
        page.add("dmscope_timeouts_total", .counter, "Connections that a timeout ended.", counters.timeouts.value)
        page.add(
            "dmscope_accept_errors_total", .counter, "Times that a connection could not be accepted.",
            counters.acceptErrors.value)
    }

    private func addInspection(_ page: inout MetricsText, _ now: Timestamp) {
        let values = counts.values.withLock { $0 }
        let losses = queue.losses
        page.add("dmscope_exchanges_total", .counter, "Exchanges inspected.", values.exchanges)
        page.add(
            "dmscope_connections_inspected_total", .counter, "Connections inspected to their end.", values.connections)
        page.add("dmscope_sessions_total", .counter, "DM sessions that ended.", values.sessions)
        page.add(
            "dmscope_findings_total", .counter, "Findings by rule and its level.",
            values.findings.sorted { $0.rule.id < $1.rule.id }.map {
                ([("rule", $0.rule.id), ("level", $0.level.rawValue)], Double($0.count))
            })
        page.add(
            "dmscope_inspection_queue_bytes", .gauge, "What waits to be inspected, as its bound counts it.", queue.depth
        )
        page.add(
            "dmscope_inspections_dropped_total", .counter, "Directions of connections that inspection was cut in.",
            losses.cuts)
        page.add(
            "dmscope_inspections_dropped_bytes_total", .counter, "Octets relayed without being inspected.",
            losses.octets)
        page.add(
            "dmscope_log_records_dropped_total", .counter, "Records that the log could not take.",
            values.recordsDropped)
        let waits = queue.depth > 0 ? values.lastEvent.map { now.nanoseconds - $0.nanoseconds } : nil
        page.add(
            "dmscope_log_lag_seconds", .gauge, "How far inspection and log are behind the relay.",
            Double(max(0, waits ?? 0)) / 1e9)
    }
}
