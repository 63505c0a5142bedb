import Foundation
import TLSDecryption
import TLSWire
import TestSupport
import Testing
import Wire

@Suite struct SessionTests {
    @Test func recordingsAreThere() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: RecordedSession.folder.path)
            .filter { $0.hasSuffix(".session") }
        #expect(files.count >= 53)
        #expect(Set(RecordedSession.all.map { $0.name + ".session" }) == Set(files))
    }

    /// Every recorded session opens with each source of keys, whole and an octet at a time, and shows the same.
    @Test(arguments: RecordedSession.all) func opens(_ session: RecordedSession) throws {
        #expect(!session.sources.isEmpty && !session.connections.isEmpty)
        for source in session.sources {
            let keys = try session.keys(source)
            for connection in session.connections {
                let seen = replay(connection, keys)
                for direction in Direction.allCases {
                    #expect(
                        seen.plaintext[direction] == connection.sent[direction],
                        "\(source) \(direction): \(seen.text(direction)); \(seen.findings.map(\.text))")
                }
                #expect(seen.facts.version == session.version && seen.facts.suite == session.suite)
                #expect(seen.facts.decrypted && seen.facts.handshakeComplete && seen.facts.keyWanted == nil)
                #expect(seen.lost == PerDirection { _ in 0 })
            }
        }
        let source = try #require(session.sources.first)
        for size in [1, 7, 1000] {
            let whole = try session.keys(source)
            let cut = try session.keys(source)
            for connection in session.connections {
                #expect(replay(connection, whole) == replay(connection, cut, size: size), "pieces of \(size)")
            }
        }
    }

    /// Without keys nothing comes out, and the facts name the key that is wanted.
    @Test(arguments: RecordedSession.all) func withoutKeysNamesTheKey(_ session: RecordedSession) throws {
        for connection in session.connections {
            let seen = replay(connection, KeyMaterial())
            #expect(seen.plaintext == PerDirection { _ in [] } && !seen.facts.decrypted)
            #expect(seen.facts.version == session.version && seen.facts.suite == session.suite)
            #expect(seen.facts.handshakeComplete)
            let wanted = try #require(seen.facts.keyWanted)
            #expect(wanted.contains(session.version == "TLS 1.3" ? "TRAFFIC_SECRET_0" : "CLIENT_RANDOM"))
            #expect(seen.rules.contains("tls-undecrypted"))
            #expect(seen.lost == PerDirection { _ in 0 })
        }
    }
}
