import Glibc
import SystemErrors

/// Small whole files: certificates, keys, PSK lists.
enum Files {
    /// - Parameter purpose: what the file is to the operator: `the CA`, `the PSK file`.
    static func read(_ path: String, purpose: String) throws(TLSSetupError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw TLSSetupError(.noInput, "cannot read \(purpose) \(path): \(SystemError().advice)")
        }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return content }
            if count < 0 {
                if errno == EINTR { continue }
                throw TLSSetupError(.noInput, "cannot read \(purpose) \(path): \(SystemError().advice)")
            }
            content += chunk[..<count]
            guard content.count <= 4 * 1024 * 1024 else {
                throw TLSSetupError(.data, "\(path) is too large to be \(purpose)")
            }
        }
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Makes a new file, whole at once; one that exists is never written over.
    static func create(_ path: String, mode: mode_t, _ content: [UInt8]) throws(TLSSetupError) {
        try write(path, mode: mode, content) { link($0, path) }
    }

    /// Makes a file or puts a new one in its place.
    static func replace(_ path: String, mode: mode_t, _ content: [UInt8]) throws(TLSSetupError) {
        try write(path, mode: mode, content) { rename($0, path) }
    }

    private static func write(
        _ path: String, mode: mode_t, _ content: [UInt8], thenMove move: (_ from: String) -> Int32
    ) throws(TLSSetupError) {
        let temporary = "\(path).\(getpid()).new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            throw TLSSetupError(.cannotCreate, "cannot create \(path): \(SystemError().advice)")
        }
        defer {
            close(descriptor)
            unlink(temporary)
        }
        guard write(descriptor, content).error == nil, move(temporary) == 0 else {
            throw TLSSetupError(.cannotCreate, "cannot create \(path): \(SystemError().advice)")
        }
    }

    /// Writes all of it, or as much as goes until that fails.
    static func write(_ descriptor: Int32, _ content: [UInt8]) -> (written: Int, error: SystemError?) {
        content.withUnsafeBytes { octets in
            var offset = 0
            while offset < octets.count {
                let count = Glibc.write(descriptor, octets.baseAddress! + offset, octets.count - offset)
                if count < 0 && errno != EINTR { return (offset, SystemError()) }
                offset += max(count, 0)
            }
            return (offset, nil)
        }
    }

    static func makeDirectory(_ path: String) throws(TLSSetupError) {
        var partial = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            partial += "/" + part
            if mkdir(partial, 0o700) != 0 && errno != EEXIST {
                throw TLSSetupError(.cannotCreate, "cannot create the directory \(partial): \(SystemError().advice)")
            }
        }
    }
}
