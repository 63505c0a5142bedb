import Glibc

/// A file that `-w` or `--capture` begins anew. What it held is gone then, and has to be of the same kind.
enum ReplacedFile: String {
    case log = "session log"
    case capture

    /// First octets of every file of this kind.
    private var beginning: [UInt8] {
        switch self {
        case .log: Array("{\"record\":".utf8)
        case .capture: [0x0A, 0x0D, 0x0D, 0x0A]
        }
    }

    /// Refuses a regular file that holds something else. One that cannot be read is taken: it says nothing.
    func check(_ path: String?) throws(Failure) {
        guard let path else { return }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else { return }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var head = [UInt8](repeating: 0, count: beginning.count)
        let count = read(descriptor, &head, head.count)
        guard count >= 0, head[..<count] != beginning[...] else { return }
        throw Failure(
            .cannotCreate, "\(path) would be emptied, and holds no \(rawValue); choose another file, or remove it")
    }
}
