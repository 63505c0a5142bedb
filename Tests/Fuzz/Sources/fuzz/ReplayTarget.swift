import Binding
import Capture
import ContentCoding
import Inspection
import Packets
import SessionLog
import Sessions
import TLSDecryption
import Wire
import XMLReading

/// A capture as `dmscope replay` reads it: from the file to the lines of the log and the text for the screen, with and
/// without redaction.
enum ReplayTarget {
    static func run(_ input: [UInt8]) {
        let capture = MemoryFile(input)
        var lines = 0
        for redaction in FuzzTarget.holdsEveryPromise(input) ? [nil, Redaction()] : [nil] {
            let log = MemoryFile([])
            let screen = MemoryFile([])
            guard let summary = replay(capture, to: log, screen, redaction) else { return }
            lines = max(lines, check(log, summary))
        }
        promise(lines >= 2, "a log lacks its first line or its last")
    }

    /// What the inspection counted; nil where the input is no capture.
    private static func replay(
        _ capture: borrowing MemoryFile, to log: borrowing MemoryFile, _ screen: borrowing MemoryFile,
        _ redaction: Redaction?
    ) -> InspectionSummary? {
        var options = CaptureOptions(paths: [capture.path])
        options.limits.reassemblyTotal = 1024 * 1024
        guard var source = try? CaptureSource(options) else { return nil }
        guard let file = try? LogFile(creating: log.path), let text = try? LogFile(creating: screen.path) else {
            broken("the log cannot be written")
        }
        let output = RecordOutput(log: file, screen: text, format: .text, color: true, redaction: redaction)
        output.begin(SchemaRecord(source: "capture", tool: "dmscope", started: Timestamp(nanoseconds: 0).rfc3339))
        let replay = Replay(output)
        _ = source.run(into: replay)
        replay.inspector.finish()
        promise(file.failure == nil && file.dropped == 0, "records are dropped")
        return replay.inspected.summary
    }

    /// Every line is a record, in their order, and none is missing; how many there are.
    private static func check(_ log: borrowing MemoryFile, _ summary: InspectionSummary) -> Int {
        guard var reader = try? LogReader(log.path) else { broken("the log does not open") }
        var records: [Record] = []
        do throws(LogReader.ReadError) {
            while true {
                let lines = try reader.lines()
                if lines.isEmpty { break }
                for line in lines { records.append(try reader.record(line)) }
            }
        } catch {
            broken(error.description)
        }
        guard case .schema? = records.first, case .summary(let last)? = records.last else {
            broken("the log does not begin and end as it should")
        }
        let exchanges = records.count { if case .exchange = $0 { true } else { false } }
        let connections = records.count { if case .connection = $0 { true } else { false } }
        promise(
            exchanges == summary.exchanges && exchanges == last.exchanges && connections == summary.connections,
            "\(exchanges) exchanges and \(connections) connections stand in the log, not as many as there were")
        return records.count
    }
}

/// Gives what was inspected to the log, and keeps the summary.
private final class Inspected: InspectionSink {
    private let output: RecordOutput
    private(set) var summary = InspectionSummary()

    init(_ output: RecordOutput) { self.output = output }

    func exchange(_ exchange: Exchange) { output.exchange(exchange) }
    func connection(_ connection: ConnectionSummary) { output.connection(connection) }
    func session(_ session: SessionSummary) { output.session(session) }
    func notification(_ notification: NotificationSummary) { output.notification(notification) }
    func summary(_ summary: InspectionSummary) {
        self.summary = summary
        output.summary(summary)
    }
}

/// Gives a capture's flows to inspection, and notifications to the log.
private final class Replay: CaptureSink {
    private let output: RecordOutput
    let inspected: Inspected
    let inspector: Inspector

    private static let facilities = Facilities.libraries { XMLDocumentReader.read($0, charset: $1, limits: $2) }
    private static var limits: Limits {
        var limits = Limits()
        limits.inflated = 256 * 1024
        limits.markupText = 256 * 1024
        limits.markupEvents = 20_000
        return limits
    }

    init(_ output: RecordOutput) {
        self.output = output
        inspected = Inspected(output)
        inspector = Inspector(facilities: Replay.facilities, limits: Replay.limits, sink: inspected)
    }

    func flow(_ flow: CapturedFlow, _ event: FlowEvent, at time: Timestamp, _ bytes: RawSpan) {
        inspector.receive(flow.number, event, at: time, bytes)
    }

    func held(by flow: CapturedFlow) -> Int { inspector.held(by: flow.number) }

    func datagram(
        from source: Endpoint, to destination: Endpoint, at time: Timestamp, _ bytes: RawSpan, cut: Finding?
    ) {
        inspector.receive(datagram: bytes, from: source.description, to: destination.description, at: time)
    }

    func progress(read: UInt64, of size: UInt64?) {}
}
