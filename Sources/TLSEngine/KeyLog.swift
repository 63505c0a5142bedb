import Glibc
import Synchronization
import SystemErrors

/// Where the secrets of both legs go, in NSS key log lines: a file (made 0600, appended to), or a function for those who
/// embed them in a capture. Any thread may write.
package final class KeyLog: Sendable {
    private let descriptor: Int32?
    private let onLine: (@Sendable (String) -> Void)?
    private let failed = Mutex<String?>(nil)

    /// - Parameters:
    ///   - path: file to append to; nil: none.
    ///   - onLine: called with each line, without its line end, on the thread of the session.
    package init(path: String?, onLine: (@Sendable (String) -> Void)? = nil) throws(TLSSetupError) {
        self.onLine = onLine
        guard let path else {
            descriptor = nil
            return
        }
        let opened = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else {
            throw TLSSetupError(.cannotCreate, "cannot open the key log \(path): \(SystemError().advice)")
        }
        descriptor = opened
    }

    deinit { if let descriptor { close(descriptor) } }

    /// Why the last line did not reach the file; nil while all did.
    package var writeError: String? { failed.withLock { $0 } }

    func write(_ line: String) {
        if let descriptor, !Files.write(descriptor, Array(line.utf8) + [0x0A]) {
            let reason = SystemError().description
            failed.withLock { $0 = reason }
        }
        onLine?(line)
    }
}
