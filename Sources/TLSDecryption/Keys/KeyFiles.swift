import Glibc
import SystemErrors
import TLSWire

/// Why a file of key material cannot be used, in one line that names it.
package struct KeyFileError: Error, Equatable, CustomStringConvertible {
    package var path: String
    package var reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    package var description: String { "\(path): \(reason)" }
}

extension KeyMaterial {
    /// Adds an RSA private key from a PEM file.
    package func add(rsaKeyFile path: String) throws(KeyFileError) {
        let octets = try readFile(path, limit: 1 << 20)
        do throws(RSAKey.Unreadable) {
            add(try RSAKey(pem: octets))
        } catch {
            throw KeyFileError(path: path, reason: error.reason)
        }
    }

    /// Adds the pre-shared keys of a file of `identity:hexkey` lines.
    package func add(pskFile path: String) throws(KeyFileError) {
        let octets = try readFile(path, limit: 16 << 20)
        do throws(PSKFileError) {
            add(psks: try PSKTable(parsing: octets.span.bytes))
        } catch {
            throw KeyFileError(path: path, reason: error.description)
        }
    }
}

/// A key log file in NSS format, which another program may still be writing, or may only begin later.
package final class KeyLogFile {
    package let path: String
    /// None while the file is not there yet.
    private var descriptor: CInt?
    private var reader = KeyLogReader()
    /// Secrets read so far.
    package private(set) var count = 0
    private let keys: KeyMaterial

    /// Opens a key log; `read` takes its lines.
    /// - Parameter mayCome: one that does not exist is opened as soon as it does.
    package init(path: String, for keys: KeyMaterial, mayCome: Bool = false) throws(KeyFileError) {
        self.path = path
        self.keys = keys
        if !mayCome || access(path, F_OK) == 0 || errno != ENOENT { descriptor = try openFile(path) }
    }

    deinit {
        if let descriptor { close(descriptor) }
    }

    /// Whether it does not exist yet.
    package var isAwaited: Bool { descriptor == nil }

    /// Adds the lines that are there and were not yet read.
    /// - Parameter isComplete: nobody writes any more; a last line without its end counts too.
    package func read(isComplete: Bool) throws(KeyFileError) {
        if descriptor == nil, access(path, F_OK) == 0 { descriptor = try openFile(path) }
        guard let descriptor else { return }
        var chunk = [UInt8](repeating: 0, count: 256 * 1024)
        while true {
            let count = try readSome(of: path, descriptor, into: &chunk)
            guard count > 0 else { break }
            add(reader.read(chunk.span.bytes.extracting(0..<count)))
        }
        if isComplete { add(reader.finish()) }
    }

    private func add(_ entries: [KeyLogEntry]) {
        count += entries.count
        keys.add(entries)
    }

    /// Numbers of lines that bear a known label and could not be read, up to a hundred.
    package var malformedLines: [Int] { reader.malformedLines }
}

private func openFile(_ path: String) throws(KeyFileError) -> CInt {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw KeyFileError(path: path, reason: "cannot be read: \(SystemError().advice)") }
    return descriptor
}

/// At most a chunk; none at the end. A signal that comes while a pipe is waited for is no failure.
private func readSome(of path: String, _ descriptor: CInt, into chunk: inout [UInt8]) throws(KeyFileError) -> Int {
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count >= 0 { return count }
        let error = SystemError()
        guard error.code == EINTR else { throw KeyFileError(path: path, reason: "cannot be read: \(error.advice)") }
    }
}

private func readFile(_ path: String, limit: Int) throws(KeyFileError) -> [UInt8] {
    let descriptor = try openFile(path)
    defer { close(descriptor) }
    var octets: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
        let count = try readSome(of: path, descriptor, into: &chunk)
        guard count > 0 else { return octets }
        octets += chunk[..<count]
        guard octets.count <= limit else { throw KeyFileError(path: path, reason: "larger than \(limit >> 20) MiB") }
    }
}
