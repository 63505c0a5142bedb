import SessionLog
import SystemErrors

/// Tells, once each time, when an output of a live proxy begins to lose lines and when it no longer does.
struct OutputWatch {
    private let file: LogFile
    private let isLog: Bool
    private var failure: SystemError?
    private var isStalled = false

    init(log file: LogFile) { (self.file, isLog) = (file, true) }

    init(screen file: LogFile) { (self.file, isLog) = (file, false) }

    private var name: String { isLog ? "the log" : "standard output" }
    private var lines: String { isLog ? "records" : "lines" }

    /// What there is to tell since it was looked last; nil for nothing. That nobody reads standard output any more
    /// (`dmscope proxy | head`) is no fault.
    mutating func change() -> String? {
        let (failed, stalled) = (failure, isStalled)
        failure = isLog || !file.isBroken ? file.failure : nil
        isStalled = file.isStalled
        if let failure {
            return failure == failed
                ? nil : "cannot write \(name): \(failure); \(lines) are dropped until that is mended"
        }
        if isStalled {
            return stalled ? nil : "the reader of \(name) does not keep up; \(lines) are dropped until it does"
        }
        return failed == nil && !stalled ? nil : "\(name) can be written again; \(losses)"
    }

    /// `3 records were dropped`.
    var losses: String { "\(file.dropped) \(lines) were dropped" }
}
