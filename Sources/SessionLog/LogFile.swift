import Glibc
package import SystemErrors

/// A file that takes whole lines: what a reader finds in it at any moment, and after any crash, is whole lines up to
/// the last flush. Behind them may stand a line without its end: one that is being written, or was when the process was
/// killed, for the kernel stops a write between two pages then.
///
/// States: writing → failing (the disk is full, or the file is gone) → writing again. While failing, lines that do not
/// fit are dropped and counted; every flush tries again. The file's permissions are 0600, since sessions hold secrets.
package final class LogFile {
    package struct OpenError: Error, CustomStringConvertible {
        package let path: String
        package let error: SystemError
        package var description: String { "cannot write \(path): \(error.advice)" }
    }

    package let path: String
    /// Lines that could not be written.
    package private(set) var dropped = 0
    /// Why the last write failed; nil while writes succeed.
    package private(set) var failure: SystemError?
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    private let ownsDescriptor: Bool
    /// Little enough to stay in the processor's cache until it is written; much enough for the kernel to take it in few
    /// large pieces.
    package static let flushAt = 256 * 1024

    /// Creates the file, or empties it; one that was there gets the permissions of a new one.
    package convenience init(creating path: String) throws(OpenError) {
        try self.init(opening: path)
        empty()
    }

    /// Creates the file, or opens it as it is.
    package init(opening path: String) throws(OpenError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0o600)
        ownsDescriptor = true
        guard descriptor >= 0 else { throw OpenError(path: path, error: SystemError()) }
    }

    /// Empties an opened file and makes it private (0600). Does nothing to what is not a regular file.
    package func empty() {
        _ = ftruncate(descriptor, 0)
        LogFile.makePrivate(descriptor)
    }

    /// Sets an open regular file's mode to 0600; a terminal or a device keeps its own.
    package static func makePrivate(_ descriptor: Int32) {
        var info = stat()
        if fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_mode & 0o077 != 0 {
            fchmod(descriptor, 0o600)
        }
    }

    /// Standard output, or another descriptor that is already open.
    package init(descriptor: Int32, name: String) {
        path = name
        self.descriptor = descriptor
        ownsDescriptor = false
    }

    deinit {
        flush()
        if ownsDescriptor { close(descriptor) }
    }

    /// Adds whole lines. They reach the file at the next flush, or when enough have gathered.
    package func append(_ lines: UnsafeRawBufferPointer) {
        if buffer.isEmpty, lines.count >= LogFile.flushAt { return writeOut(lines) }
        buffer.append(contentsOf: lines)
        if buffer.count >= LogFile.flushAt { flush() }
    }

    package func append(_ lines: [UInt8]) { lines.withUnsafeBytes { append($0) } }

    package func append(_ text: String) { append(Array(text.utf8)) }

    /// Writes what has gathered.
    package func flush() {
        guard !buffer.isEmpty else { return }
        buffer.withUnsafeBytes { writeOut($0) }
        buffer.removeAll(keepingCapacity: buffer.capacity <= 4 * LogFile.flushAt)
    }

    /// A write that stops in the middle of a line is taken back to the line's beginning.
    private func writeOut(_ lines: UnsafeRawBufferPointer) {
        var written = 0
        while written < lines.count {
            let count = write(descriptor, lines.baseAddress! + written, lines.count - written)
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&wait, 1, -1)
            } else if errno != EINTR {
                return fail(SystemError(), lines, written)
            }
        }
        failure = nil
    }

    private func fail(_ error: SystemError, _ lines: UnsafeRawBufferPointer, _ written: Int) {
        failure = error
        let wholeLines = lines[..<written].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        if ownsDescriptor, written > wholeLines {
            let end = lseek(descriptor, 0, SEEK_END)
            if end >= 0 { _ = ftruncate(descriptor, end - off_t(written - wholeLines)) }
        }
        dropped += lines[wholeLines...].count { $0 == 0x0A }
    }

    /// Opens the path anew, creating the file when it is gone (log rotation). On failure the old file stays in use.
    package func reopen() throws(OpenError) {
        flush()
        guard ownsDescriptor else { return }
        let fresh = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0o600)
        guard fresh >= 0 else { throw OpenError(path: path, error: SystemError()) }
        close(descriptor)
        descriptor = fresh
    }

    /// The reader of a pipe is gone: nobody will read further output.
    package var isBroken: Bool { failure == SystemError(EPIPE) }
}
