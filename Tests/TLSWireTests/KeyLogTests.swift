import TLSWire
import TestSupport
import Testing
import Wire

@Suite struct KeyLogTests {
    private static let random = (0..<32).map { UInt8($0) }
    private static let r = Hex.lower(random)
    private static let master = [UInt8](repeating: 0xA5, count: 48)
    private static let m = Hex.lower(master)
    private static let traffic = [UInt8](repeating: 0x5A, count: 32)
    private static let t = Hex.lower(traffic)

    private func read(_ text: String, _ pieces: [Range<Int>]? = nil) -> (entries: [KeyLogEntry], malformed: [Int]) {
        let octets = Array(text.utf8)
        var reader = KeyLogReader()
        var entries: [KeyLogEntry] = []
        for piece in pieces ?? [0..<octets.count] {
            entries += reader.read(octets.span.bytes.extracting(piece))
        }
        entries += reader.finish()
        return (entries, reader.malformedLines)
    }

    @Test(arguments: [
        ("CLIENT_RANDOM \(r) \(m)", KeyLogEntry.masterSecret(clientRandom: random, secret: master)),
        ("PMS_CLIENT_RANDOM \(r) 0102", .premasterSecret(clientRandom: random, secret: [1, 2])),
        ("RSA 0001020304050607 \(m)", .encryptedPremaster(prefix: [0, 1, 2, 3, 4, 5, 6, 7], secret: master)),
        ("RSA Session-ID:0A0B Master-Key:\(m.uppercased())", .sessionSecret(sessionID: [10, 11], secret: master)),
        ("CLIENT_EARLY_TRAFFIC_SECRET \(r) \(t)", .trafficSecret(.clientEarly, clientRandom: random, secret: traffic)),
        (
            "CLIENT_HANDSHAKE_TRAFFIC_SECRET \(r) \(t)",
            .trafficSecret(.handshake(.toServer), clientRandom: random, secret: traffic)
        ),
        (
            "SERVER_HANDSHAKE_TRAFFIC_SECRET \(r) \(m)",
            .trafficSecret(.handshake(.toClient), clientRandom: random, secret: master)
        ),
        (
            "CLIENT_TRAFFIC_SECRET_0 \(r) \(t)",
            .trafficSecret(.application(.toServer, generation: 0), clientRandom: random, secret: traffic)
        ),
        (
            "  SERVER_TRAFFIC_SECRET_12\t\(r) \(t)\r",
            .trafficSecret(.application(.toClient, generation: 12), clientRandom: random, secret: traffic)
        ),
    ]) func labels(_ line: String, _ entry: KeyLogEntry) {
        #expect(read(line).entries == [entry])
        #expect(read(line + "\n").entries == [entry])
    }

    @Test(arguments: [
        "", "# comment", "EXPORTER_SECRET \(r) \(t)", "EARLY_EXPORTER_SECRET \(r) \(t)", "ECH_SECRET \(r) 00",
        "QUIC_CLIENT_TRAFFIC_SECRET_0 \(r) \(t)", "nonsense",
    ]) func passedOver(_ line: String) {
        #expect(read(line + "\n").entries.isEmpty)
        #expect(read(line + "\n").malformed.isEmpty)
    }

    @Test(arguments: [
        "CLIENT_RANDOM \(r)", "CLIENT_RANDOM \(r) \(t)", "CLIENT_RANDOM 00 \(m)", "CLIENT_RANDOM \(r) \(m) 00",
        "CLIENT_RANDOM \(r) \(m.dropLast())", "CLIENT_RANDOM \(r) zz", "RSA 00 \(m)", "RSA Session-ID: Master-Key:\(m)",
        "CLIENT_TRAFFIC_SECRET_0 \(r) 00", "RSA", "CLIENT_RANDOM \(String(repeating: "0", count: 9000)) \(m)",
    ]) func malformedLinesAreNumberedAndOthersRead(_ line: String) {
        let (entries, malformed) = read("#\n\(line)\nCLIENT_RANDOM \(Self.r) \(Self.m)\n")
        #expect(entries.count == 1)
        #expect(malformed == [2])
    }

    @Test func anySplitGivesTheSame() {
        let text =
            "# x\r\nCLIENT_RANDOM \(Self.r) \(Self.m)\r\nbad\nCLIENT_RANDOM x y\nRSA Session-ID:01 Master-Key:\(Self.m)"
        let whole = read(text)
        #expect(whole.entries.count == 2)
        for pieces in splits(text.utf8.count) {
            let cut = read(text, pieces)
            #expect(cut.entries == whole.entries)
            #expect(cut.malformed == whole.malformed)
        }
    }
}
