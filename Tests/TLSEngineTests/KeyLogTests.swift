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
        let folder = temporaryFolder()
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
        #expect(near.writeError == nil)
    }

    @Test func aFileIsAppendedTo() throws {
        let path = temporaryFolder() + "/log"
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
        let full = try KeyLog(path: "/dev/full")
        full.write("a")
        #expect(full.writeError == "No space left on device")
    }
}
