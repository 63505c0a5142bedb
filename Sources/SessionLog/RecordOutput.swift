package import Binding
package import Inspection
package import Sessions
package import Wire

/// Turns what inspection concludes into records and writes them: NDJSON to a file, NDJSON, text or an HTTP Archive to
/// standard output.
/// Used on the inspector's thread only.
package final class RecordOutput: InspectionSink {
    package enum Format: String, Sendable, CaseIterable {
        case text
        case ndjson
        /// HTTP Archive: exchanges alone.
        case har
    }

    private let log: LogFile?
    private let screen: LogFile?
    private let format: Format
    private let filter: RecordFilter?
    private let redaction: Redaction?
    private var renderer: TextRenderer
    private var json = JSONWriter()
    private var har = HARWriter()
    /// Findings by level: with a filter of the records that passed it so far, else of all, once the summary is written.
    package private(set) var findingsByLevel: [Level: Int] = [:]

    /// `log` takes every record as NDJSON; `screen` those that pass the filter, in the format asked for.
    package init(
        log: LogFile?, screen: LogFile?, format: Format, color: Bool, filter: RecordFilter? = nil,
        redaction: Redaction? = nil
    ) {
        self.log = log
        self.screen = screen
        self.format = format
        self.filter = filter
        self.redaction = redaction
        renderer = TextRenderer(color: color)
    }

    deinit { handOver() }

    package func begin(_ schema: SchemaRecord) {
        write(.schema(schema))
        if format == .har { har.begin(tool: schema.tool) { screen?.append($0) } }
    }

    package func exchange(_ exchange: Exchange) {
        let isOnlyLines = screen == nil || format == .ndjson
        guard isOnlyLines, filter == nil, redaction == nil else {
            return write(.exchange(ExchangeRecord(exchange)), server: exchange.context.server)
        }
        // Nobody looks at the records' values: the line is written from the exchange, and gathers with others.
        json.line(exchange)
        if json.count >= LogFile.flushAt { handOver() }
    }

    /// Lines that have gathered go to the log and the screen.
    private func handOver() {
        guard json.count > 0 else { return }
        json.withBytes {
            log?.append($0)
            screen?.append($0)
        }
        json.clear()
    }

    package func connection(_ connection: ConnectionSummary) { write(.connection(ConnectionRecord(connection))) }

    package func session(_ session: SessionSummary) { write(.session(SessionRecord(session))) }

    package func notification(_ notification: NotificationSummary) {
        write(.notification(NotificationRecord(notification)))
    }

    package func summary(_ summary: InspectionSummary) {
        if filter == nil { findingsByLevel = summary.findings }
        // What a reader of the screen did not take is in the log.
        let dropped = (log ?? screen).map { $0.isBroken && log == nil ? 0 : $0.dropped } ?? 0
        write(.summary(SummaryRecord(summary, dropped: dropped)))
        if format == .har { har.end { screen?.append($0) } }
        flush()
    }

    /// What was written so far reaches the file, and then the screen.
    package func flush() {
        handOver()
        log?.flush()
        screen?.flush()
    }

    /// - Parameter server: of an exchange, `ip:port` of the server's end.
    private func write(_ original: Record, server: String = "") {
        handOver()
        let record = redaction?.redact(original) ?? original
        let passes = filter?.matches(record) ?? true
        if passes, filter != nil { count(record.findings) }
        let shown = screen != nil && passes
        if log != nil || (shown && format == .ndjson) {
            json.line(record)
            json.withBytes {
                log?.append($0)
                if shown, format == .ndjson { screen?.append($0) }
            }
            json.clear()
        }
        guard shown else {
            if case .connection(let connection) = record { renderer.forget(connection: connection.id) }
            return
        }
        switch (format, record) {
        case (.text, _): screen?.append(renderer.render(record))
        case (.har, .exchange(let exchange)): har.entry(exchange, server: server) { screen?.append($0) }
        case (.ndjson, _), (.har, _): break
        }
    }

    private func count(_ findings: [FindingRecord]) {
        for finding in findings {
            if let level = Level(rawValue: finding.level) { findingsByLevel[level, default: 0] += 1 }
        }
    }
}
