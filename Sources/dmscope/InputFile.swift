import Glibc
import SessionLog
import SystemErrors

/// Whole files for the commands that work on one message.
enum InputFile {
    /// The octets of a file, or of standard input for `-`. Fails in one line when it cannot be read or is larger than
    /// `limit`, the most that `what` may have.
    static func read(_ path: String, limit: Int, what: String = "a message") throws(Failure) -> [UInt8] {
        let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(.noInput, "cannot open \(path): \(SystemError().advice)") }
        defer { if descriptor != 0 { close(descriptor) } }
        var octets: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return octets }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(.noInput, "cannot read \(path): \(SystemError().advice)")
            }
            octets += chunk[..<count]
            guard octets.count <= limit else {
                throw Failure(.dataError, "\(name(path)) is larger than \(limit) octets, the most \(what) may have")
            }
        }
    }

    /// What is in it is at fault then, not the path.
    static func isReadable(_ path: String) -> Bool {
        guard path != "-" else { return true }
        var status = stat()
        return access(path, R_OK) == 0 && stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
    }

    /// How messages to the operator name it.
    static func name(_ path: String) -> String { path == "-" ? "standard input" : path }
}
