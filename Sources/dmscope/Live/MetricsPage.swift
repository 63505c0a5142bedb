import Proxy
import SessionLog
import Synchronization
import Wire

/// What `GET /metrics` of the admin listener answers, as Prometheus text.
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
            "dmscope_findings_total", .counter, "Findings by rule and level.",
            values.findings.sorted { ($0.rule.id, $0.level) < ($1.rule.id, $1.level) }.map {
                ([("rule", $0.rule.id), ("level", $0.level.rawValue)], Double($0.count))
            })
        page.add(
            "dmscope_inspection_queue_bytes", .gauge, "What waits to be inspected, as its bound counts it.", queue.depth
        )
        page.add(
            "dmscope_inspections_dropped_total", .counter, "Connections that inspection was cut on.",
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
