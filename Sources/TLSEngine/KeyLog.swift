import Glibc
import Synchronization
import SystemErrors

/// Where the secrets of both legs go, in NSS key log lines: a file (made 0600, appended to), or a function for those who
/// embed them in a capture. Any thread may write.
///
/// The file holds whole lines. One that it did not take whole is taken back, or ended where that cannot be done, so that
/// the next one stands on its own. It may be a pipe; its reader is not waited for (decision 0110).
package final class KeyLog: Sendable {
    private let file: File?
    private let onLine: (@Sendable (String) -> Void)?

    /// - Parameters:
    ///   - path: file to append to; nil: none.
    ///   - onLine: called with each line, without its line end, on the thread of the session.
    ///   - onChange: is told, in one line, when the file begins to miss secrets and when it can be written again.
    package init(
        path: String?, onLine: (@Sendable (String) -> Void)? = nil, onChange: (@Sendable (String) -> Void)? = nil
    ) throws(TLSSetupError) {
        self.onLine = onLine
        file = try path.map { path throws(TLSSetupError) in try File(path, onChange) }
    }

    /// Writes where `other` does, and gives each line to `onLine` as well.
    package init(also other: KeyLog?, onLine: @escaping @Sendable (String) -> Void) {
        file = other?.file
        self.onLine = onLine
    }

    func write(_ line: String) {
        file?.append(line)
        onLine?(line)
    }

    private final class File: Sendable {
        private struct State {
            /// Lines that did not reach the file since it could be written last.
            var missing = 0
            var endsInMidLine = false
        }

        private let path: String
        private let descriptor: Int32
        private let onChange: (@Sendable (String) -> Void)?
        private let state = Mutex(State())

        init(_ path: String, _ onChange: (@Sendable (String) -> Void)?) throws(TLSSetupError) {
            self.path = path
            self.onChange = onChange
            descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0o600)
            guard descriptor >= 0 else {
                throw TLSSetupError(.cannotCreate, "cannot open the key log \(path): \(SystemError().adviceForOutput)")
            }
        }

        deinit { close(descriptor) }

        func append(_ line: String) {
            let told: String? = state.withLock { state in
                let octets = Array(((state.endsInMidLine ? "\n" : "") + line + "\n").utf8)
                let (written, error) = Files.write(descriptor, octets)
                if let error {
                    if written > 0, !takeBack(written) { state.endsInMidLine = true }
                    state.missing += 1
                    return state.missing > 1
                        ? nil
                        : "cannot write the key log \(path): \(error); secrets are missing from it until that is mended"
                }
                defer { state = State() }
                return state.missing == 0
                    ? nil : "the key log \(path) can be written again; \(state.missing) secrets are missing from it"
            }
            if let told { onChange?(told) }
        }

        /// Cuts off the last octets that were written, unless another program has appended behind them.
        private func takeBack(_ count: Int) -> Bool {
            let end = lseek(descriptor, 0, SEEK_CUR)
            var status = stat()
            guard end >= count, fstat(descriptor, &status) == 0, status.st_size == end else { return false }
            return ftruncate(descriptor, end - off_t(count)) == 0
        }
    }
}
