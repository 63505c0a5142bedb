import Glibc
import SystemErrors

/// What `read` delivered.
enum ReadResult: Equatable {
    case octets(Int)
    case end
    case failed(String)
}

/// An open file, pipe or standard input. Closed when let go.
final class OctetSource {
    private let descriptor: CInt
    private let isStandardInput: Bool
    /// Octets read so far.
    private(set) var consumed: UInt64 = 0
    /// Called before a read that has to wait for the writer of a pipe.
    var onPause: (() -> Void)?

    /// Opens `path`, or takes standard input for `-`.
    init(path: String) throws(CaptureError) {
        isStandardInput = path == "-"
        descriptor = isStandardInput ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        let failure = descriptor < 0 ? SystemError() : isDirectory ? SystemError(EISDIR) : nil
        if let failure { throw CaptureError(path: path, text: "cannot be opened: \(failure.advice)") }
    }

    deinit {
        if !isStandardInput { close(descriptor) }
    }

    /// Octets of the whole file, where that is known.
    var size: UInt64? {
        guard let status, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return UInt64(status.st_size)
    }

    /// The file has become shorter than what was read of it.
    var wasCut: Bool { size.map { $0 < consumed } ?? false }

    /// A file that can be read a second time.
    static func isFile(_ path: String) -> Bool {
        var status = stat()
        return path != "-" && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    private var hasToWait: Bool {
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&ready, 1, 0) == 0
    }

    private var isDirectory: Bool { status.map { $0.st_mode & S_IFMT == S_IFDIR } ?? false }

    private var status: stat? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? status : nil
    }

    /// Reads into `buffer` from `start` on, as much as is there and fits.
    func read(into buffer: inout [UInt8], from start: Int) -> ReadResult {
        if let onPause, hasToWait { onPause() }
        while true {
            let count = buffer.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress! + start, $0.count - start)
            }
            if count > 0 {
                consumed += UInt64(count)
                return .octets(count)
            }
            if count == 0 { return .end }
            if errno != EINTR { return .failed(SystemError().advice) }
        }
    }
}
