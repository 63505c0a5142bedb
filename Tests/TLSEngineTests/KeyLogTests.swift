import Glibc
import Synchronization
import TLSWire
import TestSupport
import Testing
import Wire

@testable import TLSEngine

/// Secrets of both legs in the NSS format.
@Suite struct KeyLogTests {
    @Test(arguments: [TLSVersion.tls10, .tls12, .tls13])
    func bothLegsLogTheSameSecrets(_ version: TLSVersion) throws {
        let folder = TemporaryFolder.untilEnd()
        let lines = Mutex<[String]>([])
        let near = try KeyLog(path: folder + "/near", onLine: { line in lines.withLock { $0.append(line) } })
        let far = try KeyLog(path: folder + "/far")
        let pair = Pair(
            try TestPKI.clientContext {
                $0.only(version)
                $0.keyLog = near
            }, try TestPKI.serverContext { $0.keyLog = far }
        ).run()
        #expect(pair.server.state == .open)
        let written = try Files.read(folder + "/near", purpose: "test")
        func sorted(_ octets: [UInt8]) -> [Substring] {
            String(decoding: octets, as: UTF8.self).split(separator: "\n").sorted()
        }
        #expect(sorted(written) == sorted(try Files.read(folder + "/far", purpose: "test")))
        #expect(lines.withLock { $0.sorted() } == sorted(written).map(String.init))
        var reader = KeyLogReader()
        let entries = reader.read(written.span.bytes)
        #expect(reader.malformedLines.isEmpty)
        #expect(entries.count == (version == .tls13 ? 4 : 1))
        var status = stat()
        #expect(stat(folder + "/near", &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test func aFileIsAppendedTo() throws {
        let path = TemporaryFolder.untilEnd() + "/log"
        for line in ["a", "b"] { try KeyLog(path: path).write(line) }
        #expect(try Files.read(path, purpose: "test") == Array("a\nb\n".utf8))
    }

    @Test func troubleIsTold() throws {
        #expect(
            throws: TLSSetupError(
                .cannotCreate, "cannot open the key log /nonexistent/log: No such file or directory; check the path")
        ) {
            try KeyLog(path: "/nonexistent/log")
        }
        let told = Mutex<[String]>([])
        let full = try KeyLog(path: "/dev/full", onChange: { line in told.withLock { $0.append(line) } })
        let both = KeyLog(also: full, onLine: { _ in })
        for line in ["a", "b"] { both.write(line) }
        #expect(
            told.withLock { $0 } == [
                "cannot write the key log /dev/full: No space left on device; secrets are missing from it until that is mended"
            ])
    }

    /// A pipe without a reader takes nothing; when there is one again, lines go on, whole, and what is missing is told.
    @Test func itGoesOn() throws {
        let path = TemporaryFolder.untilEnd() + "/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        let reader = open(path, O_RDONLY | O_NONBLOCK)
        let told = Mutex<[String]>([])
        let log = try KeyLog(path: path, onChange: { line in told.withLock { $0.append(line) } })
        close(reader)
        signal(SIGPIPE, SIG_IGN)
        for line in ["a", "b"] { log.write(line) }
        let again = open(path, O_RDONLY | O_NONBLOCK)
        defer { close(again) }
        for line in ["c", "d"] { log.write(line) }
        var octets = [UInt8](repeating: 0, count: 100)
        let count = read(again, &octets, octets.count)
        #expect(String(decoding: octets[..<max(0, count)], as: UTF8.self) == "c\nd\n")
        #expect(
            told.withLock { $0 } == [
                "cannot write the key log \(path): Broken pipe; secrets are missing from it until that is mended",
                "the key log \(path) can be written again; 2 secrets are missing from it",
            ])
    }
}
