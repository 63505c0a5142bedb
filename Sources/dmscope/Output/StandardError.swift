import Glibc
import SessionLog
import Synchronization

/// One line of diagnostics on standard error.
func writeError(_ line: String) { StandardError.put("dmscope: \(line)\n") }

/// Where diagnostics go. Commands that end by themselves write at their reader's pace; a live proxy, whose event loops
/// write here as well, waits for no reader.
enum StandardError {
    /// Nil while writes wait.
    private static let kept = Mutex<LogFile?>(nil)

    /// How long a reader that pauses may take what was kept for it, when the program ends. Milliseconds.
    private static let patience = 1000

    /// From now on lines are kept for a reader that pauses, and past the bound dropped.
    static func waitForNobody() {
        kept.withLock { $0 = LogFile(descriptor: 2, name: "standard error", pace: .own) }
    }

    fileprivate static func put(_ line: String) {
        kept.withLock { file in
            if let file {
                file.append(line)
                file.flush()
            } else {
                let octets = Array(line.utf8)
                _ = write(2, octets, octets.count)
            }
        }
    }

    /// Writes what was kept, as much of it as goes out at once.
    static func flush() { kept.withLock { $0?.flush() } }

    /// Writes what was kept before the program ends.
    static func finish() { kept.withLock { $0?.finish(within: patience) } }
}
