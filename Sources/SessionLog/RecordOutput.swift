package import Binding
package import Inspection
package import Sessions
package import Wire

/// Turns what inspection concludes into records and writes them: NDJSON to a file, NDJSON or text to standard output.
/// Used on the inspector's thread only.
package final class RecordOutput: InspectionSink {
    package enum Format: String, Sendable, CaseIterable {
        case text
        case ndjson
    }

    private let log: LogFile?
    private let screen: LogFile?
    private let format: Format
    private let filter: RecordFilter?
    private let redaction: Redaction?
    private var renderer: TextRenderer
    private var json = JSONWriter()
    /// Findings of the whole log, once the summary is written.
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

    package func begin(_ schema: SchemaRecord) { write(.schema(schema)) }

    package func exchange(_ exchange: Exchange) {
        let asText = screen != nil && format == .text
        guard !asText, filter == nil, redaction == nil else { return write(.exchange(ExchangeRecord(exchange))) }
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
        findingsByLevel = summary.findings
        let dropped = (log?.dropped ?? 0) + (screen?.isBroken == true ? 0 : screen?.dropped ?? 0)
        write(.summary(SummaryRecord(summary, dropped: dropped)))
        flush()
    }

    /// What was written so far reaches the file and the screen.
    package func flush() {
        handOver()
        log?.flush()
        screen?.flush()
    }

    private func write(_ original: Record) {
        handOver()
        let record = redaction?.redact(original) ?? original
        let shown = screen != nil && (filter?.matches(record) ?? true)
        if log != nil || (shown && format == .ndjson) {
            json.line(record)
            json.withBytes {
                log?.append($0)
                if shown, format == .ndjson { screen?.append($0) }
            }
            json.clear()
        }
        if shown, format == .text { screen?.append(renderer.render(record)) }
    }
}
