import Glibc

/// Octets as a file that has no name on any disk, for readers that open a path.
struct MemoryFile: ~Copyable {
    private let descriptor: CInt

    init(_ octets: [UInt8]) {
        var name = Array("/dev/shm/fuzz-XXXXXX".utf8CString)
        descriptor = mkstemp(&name)
        unlink(name)
        guard descriptor >= 0, octets.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == octets.count
        else { broken("no file in memory: errno \(errno)") }
    }

    deinit { close(descriptor) }

    var path: String { "/proc/self/fd/\(descriptor)" }
}
