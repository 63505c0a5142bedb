import Inspection
import NIOPosix
import Proxy
import SessionLog
import Sessions
import Synchronization
import SystemClock
import SystemErrors
import Wire

/// The inspecting side of a live proxy: takes flows from the queue on a thread of its own, writes the log and the screen.
///
/// It flushes when nothing is left to inspect, and every few hundredths of a second while something is; `reopenLog`
/// (SIGHUP) takes effect there as well. No reader that pauses keeps it from that.
final class LiveInspection: Sendable {
    let queue: InspectionQueue
    let counts = CountingSink.Counts()
    private let limits: Limits
    private let credentials: Credentials
    private let reopens = Atomic<Bool>(false)
    /// Connections that have been inspected to their end, told when the log and the screen have taken them.
    private let shown = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))

    init(limits: Limits, credentials: Credentials) {
        self.limits = limits
        self.credentials = credentials
        queue = InspectionQueue(limits: limits)
    }

    /// The log is opened anew before its next flush.
    func reopenLog() { reopens.store(true, ordering: .relaxed) }

    /// Inspects until `finish`; returns when the summary is written, and fails where the log's end could not be.
    func run(_ live: sending LiveOutput) async throws {
        let handedOver = HandedOver(live)
        try await NIOThreadPool.singleton.runIfActive { [self] in try inspect(handedOver.take()) }
    }

    func finish() { queue.finish() }

    /// Waits until so many connections have ended and all of them is in the log and on the screen. For one caller.
    func untilShown(connections: Int) async {
        for await count in shown.stream where count >= connections { return }
    }

    private func inspect(_ live: LiveOutput) throws(Failure) {
        let sink = CountingSink(live.output, counts)
        let inspector = Inspector(
            facilities: .system, limits: limits, sink: sink, credentials: credentials,
            batch: Inspector.bestBatch(.system))
        live.output.begin(SchemaRecord(source: "proxy", tool: Version.tool, started: Timestamp.now().rfc3339))
        live.output.flush()
        var watches = live.watches
        var lastEvent: Timestamp?
        var memory = MemoryReturn()
        var stepTold: Int64 = 0
        var connectionsTold = 0
        queue.run { flow, event, time, bytes in
            lastEvent = time
            switch event {
            case .opened: memory.opened()
            case .closed: memory.closed()
            default: break
            }
            inspector.receive(flow, event, at: time, bytes)
        } between: {
            counts.values.withLock {
                $0.lastEvent = lastEvent
                $0.recordsDropped = live.log?.dropped ?? 0
            }
            if reopens.exchange(false, ordering: .relaxed) { live.reopenLog() }
            inspector.expire(at: .now())
            let connections = counts.values.withLock { $0.connections }
            live.output.flush()
            if connections != connectionsTold {
                connectionsTold = connections
                shown.continuation.yield(connections)
            }
            StandardError.flush()
            memory.giveBack(at: .now())
            let step = SteadyClock.system.step ?? 0
            if step.subtractingReportingOverflow(stepTold).partialValue.magnitude >= SteadyClock.leastStep.magnitude {
                stepTold = step
                writeError(
                    "the system's clock was set \(SteadyClock.text(step: step)) since the proxy began; times in the log go on "
                        + "by the clock it began with: start the proxy anew to have the new one")
            }
            for at in watches.indices {
                if let change = watches[at].change() { writeError(change) }
            }
        }
        inspector.finish()
        try live.end()
    }
}

/// Where a live inspection writes. Used on the inspecting thread alone.
struct LiveOutput {
    let output: RecordOutput
    let log: LogFile?
    let screen: LogFile?

    /// How long a reader that pauses may take what was kept for it, when nothing more comes. Milliseconds.
    private static let patience = 1000

    var watches: [OutputWatch] {
        [log.map(OutputWatch.init(log:)), screen.map(OutputWatch.init(screen:))].compactMap { $0 }
    }

    /// Fails where the end of the log, or of what is shown, could not be written. What a reader of standard output did not
    /// take is told and no more: the log has it.
    func end() throws(Failure) {
        log?.finish(within: LiveOutput.patience)
        screen?.finish(within: LiveOutput.patience)
        if let screen, screen.isStalled { writeError("standard output: \(OutputWatch(screen: screen).losses)") }
        if let log, log.failure != nil || log.isStalled {
            let reason = log.failure?.advice ?? "its reader does not keep up"
            throw Failure(.ioError, "cannot write \(log.path): \(reason); \(OutputWatch(log: log).losses)")
        }
        if let screen { try Output.check(screen) }
    }

    func reopenLog() {
        do { try log?.reopen() } catch { writeError("\(error); the old log stays in use") }
    }
}

/// Carries a value that is not Sendable to the one thread that uses it from then on.
private final class HandedOver: Sendable {
    private let value: Mutex<LiveOutput?>

    init(_ value: sending LiveOutput) { self.value = Mutex(value) }

    func take() -> LiveOutput {
        value.withLock { slot in
            guard let value = slot else { preconditionFailure("handed over once") }
            slot = nil
            return value
        }
    }
}
