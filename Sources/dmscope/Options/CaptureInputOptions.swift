import ArgumentParser
import Capture
import Glibc
import TLSDecryption

/// What `replay` and `scr` take to read a capture: keys that open its TLS, and which connections.
struct CaptureInputOptions: ParsableArguments {
    @Option(
        name: .long, help: ArgumentHelp("TLS secrets (NSS key log); may be repeated.", valueName: "file"),
        completion: .file())
    var keylog: [String] = []
    @Option(
        name: .long, help: ArgumentHelp("RSA private key of a server; may be repeated.", valueName: "pem"),
        completion: .file())
    var rsaKey: [String] = []
    @Option(
        name: .long, help: ArgumentHelp("Pre-shared keys, one identity:hexkey a line.", valueName: "file"),
        completion: .file())
    var psk: String?
    @Option(
        name: .long, parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Only connections with this port; may be repeated.", valueName: "port"),
        transform: CaptureInputOptions.port)
    var port: [UInt16] = []

    private static func port(_ text: String) throws -> UInt16 {
        guard let port = UInt16(text), port > 0 else {
            throw ValidationError("a port is a number from 1 to 65535")
        }
        return port
    }

    /// The files that these options name.
    var files: [String?] { keylog + rsaKey + [psk] }

    /// What is there to open TLS with.
    func keyMaterial() throws(Failure) -> KeyMaterial { try keys(mayGrow: false).material }

    /// With `mayGrow` keys may still come, in the capture or in a key log that is being written; `logs` takes those.
    func keys(mayGrow: Bool) throws(Failure) -> (material: KeyMaterial, logs: KeyLogs) {
        let material = KeyMaterial(mayGrow: mayGrow)
        do throws(KeyFileError) {
            let environment = getenv("SSLKEYLOGFILE").map { String(cString: $0) } ?? ""
            let paths = keylog.isEmpty && access(environment, R_OK) == 0 ? [environment] : keylog
            let logs = try paths.map { path throws(KeyFileError) in
                try KeyLogFile(path: path, for: material, mayCome: mayGrow)
            }
            for log in logs {
                if log.isAwaited { writeError("\(log.path) is not there yet; it is read as soon as it is") }
                try log.read(isComplete: !mayGrow)
                if !mayGrow, log.count == 0 {
                    writeError("\(log.path) holds no TLS secrets; a key log has lines such as CLIENT_RANDOM … …")
                }
            }
            for path in rsaKey { try material.add(rsaKeyFile: path) }
            if let psk { try material.add(pskFile: psk) }
            return (material, KeyLogs(logs))
        } catch {
            throw Failure(InputFile.isReadable(error.path) ? .dataError : .noInput, "\(error)")
        }
    }

    /// Opens captures. A file that is there but is no capture is wrong data, not missing input.
    static func open(_ options: CaptureOptions) throws(Failure) -> CaptureSource {
        do {
            return try CaptureSource(options)
        } catch {
            if InputFile.isReadable(error.path) { throw Failure(.dataError, "\(error)") }
            let word = error.path != options.paths.first && access(error.path, F_OK) != 0
            throw Failure(.noInput, "\(error)" + (word ? "; \(filterHint)" : ""))
        }
    }
}

/// The key logs that grow with a capture that is followed.
///
/// `@unchecked`: whoever reads the capture reads them, on its one thread.
final class KeyLogs: @unchecked Sendable {
    private var files: [KeyLogFile]

    init(_ files: [KeyLogFile]) { self.files = files }

    /// Takes the lines that were added. One that cannot be read has no further keys, which is told.
    func read() {
        files.removeAll { file in
            do throws(KeyFileError) {
                try file.read(isComplete: false)
                return false
            } catch {
                writeError("\(error); start anew to have its keys")
                return true
            }
        }
    }
}
