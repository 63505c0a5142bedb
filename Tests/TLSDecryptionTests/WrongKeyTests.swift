import TLSWire
import TestSupport
import Testing
import Wire

@testable import TLSDecryption

/// Keys that are given and do not open what they should: the finding and the facts say which, and no other is blamed.
@Suite struct WrongKeyTests {
    private struct Given {
        var rsa: [String] = []
        var psks: [String: [UInt8]] = [:]
        var line: String?

        func keys(_ connection: RecordedSession.Connection) throws -> KeyMaterial {
            let keys = KeyMaterial()
            for name in rsa { try keys.add(rsaKeyFile: RecordedSession.certificates + "/\(name).pem") }
            if !psks.isEmpty {
                var table = PSKTable()
                for (identity, key) in psks { table.set(key, for: Array(identity.utf8)) }
                keys.add(psks: table)
            }
            if let line {
                let hello = try #require(connection.octets.first?.octets)
                let secret = Hex.lower([UInt8](repeating: 1, count: 48))
                keys.add(keyLog: Array("\(line) \(Hex.lower(hello[11..<43])) \(secret)".utf8).span.bytes)
            }
            return keys
        }
    }

    /// A connection of which octets of the server's first flight are missing: behind its ServerHello, up to its last record.
    private func seenWithAGap(_ connection: RecordedSession.Connection, _ keys: KeyMaterial) -> Seen {
        var seen = Seen()
        var tls = PassiveTLS(keys: keys)
        var isFirst = true
        for (direction, octets) in connection.octets {
            guard direction == .toClient, isFirst else {
                tls.receive(octets.span.bytes, direction, into: &seen)
                continue
            }
            isFirst = false
            let start = 5 + Int(octets[3]) << 8 + Int(octets[4])
            let end = octets.count - 9
            tls.receive(octets.span.bytes.extracting(0..<start), direction, into: &seen)
            tls.gap(UInt64(end - start), direction, into: &seen)
            tls.receive(octets.span.bytes.extracting(end..<octets.count), direction, into: &seen)
        }
        tls.end(into: &seen)
        return seen
    }

    private func wanted(_ name: String, _ given: Given) throws -> String {
        let connection = try RecordedSession.named(name).connections[0]
        let seen = replay(connection, try given.keys(connection))
        let wanted = try #require(seen.facts.keyWanted)
        let finding = try #require(seen.findings.last { $0.rule.id == "tls-undecrypted" })
        #expect(finding.text.hasSuffix("; wanted: \(wanted)"))
        return wanted
    }

    @Test func preSharedKeys() throws {
        #expect(
            try wanted("psk-aes128-gcm", Given(psks: ["device-1": [9]])).hasSuffix(
                "of identity device-1; the pre-shared key given for identity device-1 does not open the client's "
                    + "Finished: it is not the one the client used"))
        #expect(
            try wanted("psk-aes128-gcm", Given(psks: ["*": [9]])).contains(
                "; the pre-shared key given for every identity (*) does not open the client's Finished"))
        #expect(
            try wanted("psk-aes128-gcm", Given(psks: ["device-2": [9]])).hasSuffix(
                "of identity device-1; no pre-shared key was given for identity device-1"))
        #expect(try wanted("psk-aes128-gcm", Given(rsa: ["client"])).hasSuffix("of identity device-1"))
    }

    @Test func rsaKeys() throws {
        #expect(
            try wanted("tls12-aes128-gcm", Given(rsa: ["client"])).hasSuffix(
                "RSA private key; the RSA key given is not the server's"))
        #expect(
            try wanted("tls10-aes128-cbc", Given(rsa: ["client", "client"])).hasSuffix(
                "; none of the 2 RSA keys given is the server's"))
        // An ephemeral key exchange blames no key.
        #expect(try wanted("tls12-dhe", Given(rsa: ["client"])).hasSuffix("no private key opens it)"))
    }

    @Test func bothHalvesOfRSAPSK() throws {
        let right: [UInt8] = (0..<16).map { UInt8($0) }
        let name = "rsa-psk-aes128-gcm"
        let client = "the RSA key given is not the server's"
        #expect(try wanted(name, Given(rsa: ["client"], psks: ["device-1": right])).hasSuffix("; \(client)"))
        #expect(
            try wanted(name, Given(rsa: ["client"], psks: ["x": right])).hasSuffix(
                "; \(client), and no pre-shared key was given for identity device-1"))
        #expect(
            try wanted(name, Given(rsa: ["server-rsa"], psks: ["device-1": [9]])).contains(
                "; the pre-shared key given for identity device-1 does not open the client's Finished"))
        #expect(try wanted(name, Given(rsa: ["server-rsa"])).hasSuffix("; no pre-shared key was given"))
        #expect(try wanted(name, Given(psks: ["device-1": right])).hasSuffix("; no RSA key was given"))
        #expect(try wanted(name, Given()).hasSuffix("RSA private key"))
    }

    @Test func linesOfAKeyLog() throws {
        let end = "line for this connection is not its secret"
        for label in ["CLIENT_RANDOM", "PMS_CLIENT_RANDOM"] {
            #expect(try wanted("tls12-ecdhe-aes128-gcm", Given(line: label)).hasSuffix("; the \(label) \(end)"))
        }
        #expect(
            try wanted("tls12-aes128-gcm", Given(rsa: ["client"], line: "CLIENT_RANDOM")).hasSuffix(
                "; the CLIENT_RANDOM \(end), and the RSA key given is not the server's"))
    }

    /// Where the handshake lacks octets an extended master secret cannot be made of a premaster secret: no line is blamed.
    @Test func aPremasterSecretBehindAGap() throws {
        let connection = try RecordedSession.named("tls12-ecdhe-aes128-gcm").connections[0]
        let seen = seenWithAGap(connection, try Given(line: "PMS_CLIENT_RANDOM").keys(connection))
        #expect(seen.findings.last?.text.contains("is not its secret") == false)
    }

    /// Keys that come when the records have passed are right for all that is known.
    @Test(arguments: ["tls13-aes128-gcm", "tls12-ecdhe-aes128-gcm"]) func linesThatComeTooLate(_ name: String) throws {
        let session = try RecordedSession.named(name)
        let keys = KeyMaterial()
        var seen = Seen()
        var tls = PassiveTLS(keys: keys)
        for (direction, octets) in session.connections[0].octets {
            tls.receive(octets.span.bytes, direction, into: &seen)
        }
        keys.add(keyLog: Array(session.keyLog.utf8).span.bytes)
        tls.end(into: &seen)
        #expect(seen.findings.last?.rule.id == "tls-undecrypted")
        #expect(seen.findings.last?.text.contains("not its secret") == false)
    }

    @Test func secretsOfTLS13() throws {
        let session = try RecordedSession.named("tls13-aes128-gcm")
        func wanted(_ lines: (Substring) -> Substring?) throws -> String {
            let keys = KeyMaterial()
            let log = session.keyLog.split(separator: "\n").compactMap(lines).joined(separator: "\n")
            keys.add(keyLog: Array(log.utf8).span.bytes)
            return try #require(replay(session.connections[0], keys).findings.last?.text)
        }
        func altered(_ line: Substring) -> Substring { line.dropLast(2) + (line.hasSuffix("00") ? "01" : "00") }
        #expect(
            try wanted(altered).hasSuffix(
                "; the CLIENT_HANDSHAKE_TRAFFIC_SECRET and SERVER_HANDSHAKE_TRAFFIC_SECRET lines for this connection "
                    + "are not its secrets"))
        #expect(
            try wanted { $0.hasPrefix("SERVER_TRAFFIC") ? altered($0) : $0 }.hasSuffix(
                "; the SERVER_TRAFFIC_SECRET_0 line for this connection is not its secret"))
        #expect(try wanted { $0.contains("SERVER") ? nil : $0 }.hasSuffix("in a key log"))
        #expect(try wanted { $0.contains("TRAFFIC_SECRET_0") ? nil : $0 }.hasSuffix("in a key log"))
    }

    /// Where octets of the handshake are missing no key is blamed: the extended master secret cannot be computed.
    @Test(arguments: [("tls12-aes128-gcm", "rsa"), ("psk-aes128-gcm", "psk")])
    func aHandshakeWithAGap(_ name: String, _ source: String) throws {
        let session = try RecordedSession.named(name)
        let seen = seenWithAGap(session.connections[0], try session.keys(source))
        #expect(seen.plaintext == PerDirection { _ in [] })
        #expect(
            seen.findings.last?.text.hasSuffix(
                "in a key log (octets of the handshake are missing, so only CLIENT_RANDOM opens it)") == true,
            "\(seen.findings.map(\.text))")
    }

    /// Without the extended master secret the key opens it in spite of the gap.
    @Test(arguments: ["tls12-gnutls-no-ems", "tls10-gnutls-no-ems"]) func aGapThatDoesNotMatter(_ name: String) throws {
        let session = try RecordedSession.named(name)
        let seen = seenWithAGap(session.connections[0], try session.keys("rsa"))
        #expect(seen.plaintext == session.connections[0].sent)
    }
}
