import Glibc
import Synchronization
package import SystemErrors

/// A file that takes whole lines: what a reader finds in it at any moment, and after any crash, is whole lines up to
/// the last flush. Behind them may stand a line without its end: one that is being written, or was when the process was
/// killed, for the kernel stops a write between two pages then.
///
/// States: writing → failing (the disk is full, or the file is gone) → writing again. While failing, lines that do not
/// fit are dropped and counted; every flush tries again. The file's permissions are 0600, since sessions hold secrets.
///
/// A pipe or terminal may have a reader that pauses. What waits for it (`Pace.reader`) is at the reader's pace. A live
/// proxy does not wait (`Pace.own`): lines are kept up to `keptAtMost`, past it they are dropped whole and counted, until
/// the reader has taken what was kept (`isStalled`).
///
/// A regular file is locked while it is open (flock), so that no other DMScope empties it or writes between its lines.
package final class LogFile {
    package struct OpenError: Error, CustomStringConvertible {
        package let path: String
        package let reason: String
        package var description: String { "cannot write \(path): \(reason)" }

        fileprivate init(_ path: String, _ error: SystemError = SystemError()) {
            self.path = path
            reason = error.adviceForOutput
        }

        fileprivate init(locked path: String) {
            self.path = path
            reason = "another dmscope writes it; choose another file"
        }
    }

    package enum Pace {
        /// Writes wait until the reader has room.
        case reader
        /// Writes never wait.
        case own
    }

    package let path: String
    /// Lines that could not be written.
    package private(set) var dropped = 0
    /// Why the last write failed; nil while writes succeed.
    package private(set) var failure: SystemError?
    /// The reader paused, lines were dropped, and it has not taken those that were kept yet.
    package private(set) var isStalled = false
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    /// Octets of `buffer` that are written already.
    private var sent = 0
    private let ownsDescriptor: Bool
    private let pace: Pace
    /// The descriptor blocks, and others share it: what is written without waiting goes out in pieces of so many octets,
    /// where there is room. Nil where the system does not wait.
    private let pieceThatFits: Int?
    /// Little enough to stay in the processor's cache until it is written; much enough for the kernel to take it in few
    /// large pieces.
    package static let flushAt = 256 * 1024
    /// Octets of lines that are kept for a reader that pauses.
    package static let keptAtMost = 4 * 1024 * 1024
    /// A pipe with room takes as much at once (PIPE_BUF).
    private static let pieceOfPipe = 4096
    /// A terminal with room has it for 256 columns, and an octet becomes up to eight (a tab).
    private static let pieceOfTerminal = 32
    /// Held from the question for room until the write, so that no other file of this process takes the room between.
    private static let roomIsAsked = Mutex(())

    /// Creates the file, or empties it; one that was there gets the permissions of a new one.
    package convenience init(creating path: String) throws(OpenError) {
        try self.init(opening: path)
        empty()
    }

    /// Creates the file, or opens it as it is.
    package init(opening path: String, pace: Pace = .reader) throws(OpenError) {
        self.path = path
        self.pace = pace
        descriptor = try LogFile.open(path, pace)
        ownsDescriptor = true
        pieceThatFits = nil
        // `deinit` closes it: closed here as well, the number may be another thread's file by then.
        guard LogFile.lock(descriptor) else { throw OpenError(locked: path) }
    }

    private static func open(_ path: String, _ pace: Pace) throws(OpenError) -> Int32 {
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND | O_NOCTTY | (pace == .own ? O_NONBLOCK : 0)
        let descriptor = Glibc.open(path, flags, 0o600)
        guard descriptor >= 0 else { throw OpenError(path) }
        return descriptor
    }

    /// Takes the lock of an open regular file, which the kernel gives back when it is closed or the process ends. False
    /// where another holds it. File systems without locks, and what is no regular file, are taken as they are.
    package static func lock(_ descriptor: Int32) -> Bool {
        identity(of: descriptor) == nil || flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
    }

    /// What a regular file is told by: device and inode. Nil for anything else.
    private static func identity(of descriptor: Int32) -> [UInt]? {
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
        return [UInt(info.st_dev), UInt(info.st_ino)]
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
    ///
    /// With a pace of its own it is opened anew where the system lets it, because O_NONBLOCK on the descriptor itself
    /// would hold for every process that shares it.
    package init(descriptor: Int32, name: String, pace: Pace = .reader) {
        path = name
        self.pace = pace
        let mayWait = LogFile.identity(of: descriptor) == nil
        let fresh =
            pace == .own && mayWait
            ? Glibc.open("/proc/self/fd/\(descriptor)", O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1
        self.descriptor = fresh >= 0 ? fresh : descriptor
        ownsDescriptor = fresh >= 0
        pieceThatFits =
            pace == .own && mayWait && fresh < 0
            ? (isatty(descriptor) == 1 ? LogFile.pieceOfTerminal : LogFile.pieceOfPipe) : nil
    }

    deinit {
        flush()
        if ownsDescriptor { close(descriptor) }
    }

    /// Adds whole lines. They reach the file at the next flush, or when enough have gathered.
    package func append(_ lines: UnsafeRawBufferPointer) {
        if pace == .own, isStalled || buffer.count - sent + lines.count > LogFile.keptAtMost {
            flush()
            if isStalled || !buffer.isEmpty {
                isStalled = true
                dropped += lines.count { $0 == 0x0A }
                return
            }
        }
        let done = buffer.isEmpty && lines.count >= LogFile.flushAt ? writeOut(lines) : 0
        buffer.append(contentsOf: lines[done...])
        if buffer.count - sent >= LogFile.flushAt { flush() }
    }

    package func append(_ lines: [UInt8]) { lines.withUnsafeBytes { append($0) } }

    package func append(_ text: String) { append(Array(text.utf8)) }

    /// Writes what has gathered; with a pace of its own as much of it as goes out at once.
    package func flush() {
        guard !buffer.isEmpty else { return }
        sent += buffer.withUnsafeBytes { writeOut(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
        if sent == buffer.count {
            sent = 0
            isStalled = false
            buffer.removeAll(keepingCapacity: buffer.capacity <= 4 * LogFile.flushAt)
        } else if sent >= LogFile.flushAt {
            buffer.removeFirst(sent)
            sent = 0
        }
    }

    /// Writes what was kept for a reader that pauses, waiting for it up to `milliseconds`. What is left then is dropped and
    /// counted.
    package func finish(within milliseconds: Int) {
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        flush()
        while !buffer.isEmpty, ContinuousClock.now < end {
            var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&room, 1, 20)
            flush()
        }
        guard !buffer.isEmpty else { return }
        isStalled = true
        dropped += buffer[sent...].count { $0 == 0x0A }
        buffer = []
        sent = 0
    }

    /// A write that fails in the middle of a line is taken back to the line's beginning.
    /// - Returns: octets that are done with; fewer than there are where the reader has no room and is not waited for.
    private func writeOut(_ lines: UnsafeRawBufferPointer) -> Int {
        var written = 0
        while written < lines.count {
            guard let count = writeOnce(UnsafeRawBufferPointer(rebasing: lines[written...])) else { break }
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                guard pace == .reader else { break }
                var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&wait, 1, -1)
            } else if errno != EINTR {
                fail(SystemError(), lines, written)
                return lines.count
            }
        }
        failure = nil
        return written
    }

    /// What write(2) returns; nil where it would wait, though the descriptor must not.
    private func writeOnce(_ octets: UnsafeRawBufferPointer) -> Int? {
        guard let pieceThatFits else { return write(descriptor, octets.baseAddress, octets.count) }
        return LogFile.roomIsAsked.withLockIfAvailable { _ -> Int? in
            var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&room, 1, 0) > 0 else { return nil }
            return write(descriptor, octets.baseAddress, min(octets.count, pieceThatFits))
        } ?? nil
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

    /// Opens the path anew, creating the file when it is gone (log rotation). On failure the old file stays in use, and so
    /// it does where the path still leads to it.
    package func reopen() throws(OpenError) {
        flush()
        guard ownsDescriptor else { return }
        let fresh = try LogFile.open(path, pace)
        if let file = LogFile.identity(of: fresh), file == LogFile.identity(of: descriptor) {
            close(fresh)
            return
        }
        guard LogFile.lock(fresh) else {
            close(fresh)
            throw OpenError(locked: path)
        }
        close(descriptor)
        descriptor = fresh
    }

    /// The reader of a pipe is gone: nobody will read further output.
    package var isBroken: Bool { failure == SystemError(EPIPE) }
}
