import Foundation
import TLSWire
import TestSupport
import Testing
import Wire

@testable import TLSDecryption

@Suite struct KeyMaterialTests {
    private func withFile<R>(_ content: String, _ body: (String) throws -> R) throws -> R {
        let folder = try TemporaryFolder()
        return try withExtendedLifetime(folder) { try body(try folder.write("keys", content)) }
    }

    /// Files that give no key say why, in one line that begins with their name.
    @Test(arguments: [
        ("hello", "is not a PEM file (expected -----BEGIN PRIVATE KEY-----)"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds no private key"),
        (
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "holds a private key that cannot be read"
        ),
        (
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
            "holds an encrypted key; write it without passphrase: openssl pkey -in FILE -out PLAIN"
        ),
    ]) func unusableKeyFiles(_ content: String, _ reason: String) throws {
        try withFile(content) { path in
            let error = #expect(throws: KeyFileError.self) { try KeyMaterial().add(rsaKeyFile: path) }
            #expect(error.map { "\($0)" } == "\(path): \(reason)")
        }
    }

    @Test func aKeyThatIsNotRSA() {
        let path = RecordedSession.certificates + "/server-ec.pem"
        let error = #expect(throws: KeyFileError.self) { try KeyMaterial().add(rsaKeyFile: path) }
        #expect(error?.reason == "holds a private key that is not RSA; only RSA keys open sessions")
    }

    @Test func missingFilesAndBadLines() throws {
        let keys = KeyMaterial()
        let missing = KeyFileError(
            path: "/nonexistent/x", reason: "cannot be read: No such file or directory; check the path")
        #expect(throws: missing) { try keys.add(rsaKeyFile: "/nonexistent/x") }
        #expect(throws: missing) { try keys.add(pskFile: "/nonexistent/x") }
        #expect(throws: missing) { try KeyLogFile(path: "/nonexistent/x", for: keys) }
        try withFile("a:01\nb\n") { path in
            let error = #expect(throws: KeyFileError.self) { try keys.add(pskFile: path) }
            #expect(error?.reason == "line 2: no colon between identity and key (expected identity:hexkey)")
        }
        let folder = try TemporaryFolder()
        #expect(throws: KeyFileError(path: folder.path, reason: "cannot be read: Is a directory; name a file in it")) {
            try keys.add(pskFile: folder.path)
        }
    }

    /// A key log that grows while the capture is read: its lines count as soon as they are there.
    @Test func growingKeyLog() throws {
        let session = try RecordedSession.named("tls12-ecdhe-aes128-gcm")
        let lines = Array(session.keyLog.utf8)
        try withFile("# begun\n") { path in
            let keys = KeyMaterial()
            let log = try KeyLogFile(path: path, for: keys)
            try log.read(isComplete: false)
            #expect(replay(session.connections[0], keys).facts.keyWanted != nil)
            let handle = try #require(FileHandle(forWritingAtPath: path))
            handle.seekToEndOfFile()
            handle.write(Data(lines.dropLast(10)))
            try log.read(isComplete: false)
            #expect(replay(session.connections[0], keys).facts.keyWanted != nil)
            handle.write(Data(lines.suffix(10)) + Data("CLIENT_RANDOM 00 11\n".utf8))
            try log.read(isComplete: true)
            #expect(replay(session.connections[0], keys).plaintext == session.connections[0].sent)
            #expect(log.malformedLines == [3])
        }
    }

    /// Keys that come after the data, wherever in the connection, open it all the same, in order.
    @Test(arguments: ["tls12-ecdhe-aes128-gcm", "tls13-key-update", "tls12-renegotiation", "tls10-aes128-cbc"])
    func lateKeys(_ name: String) throws {
        let session = try RecordedSession.named(name)
        let connection = session.connections[0]
        let whole = replay(connection, try session.keys("keylog"))
        for late in 1...connection.octets.count {
            let keys = KeyMaterial(mayGrow: true)
            var seen = Seen()
            var tls = PassiveTLS(keys: keys)
            for (index, piece) in connection.octets.enumerated() {
                if index == late { keys.add(keyLog: Array(session.keyLog.utf8).span.bytes) }
                tls.receive(piece.octets.span.bytes, piece.direction, into: &seen)
            }
            if late == connection.octets.count { keys.add(keyLog: Array(session.keyLog.utf8).span.bytes) }
            for direction in Direction.allCases { tls.finish(direction, into: &seen) }
            tls.end(into: &seen)
            #expect(seen.plaintext == connection.sent, "from piece \(late)")
            #expect(seen.facts == whole.facts)
        }
    }

    /// A key that comes just behind the first protected record, where nothing waits, opens what follows it.
    @Test(arguments: [
        "tls12-ecdhe-aes128-gcm", "tls12-aes128-sha256", "tls10-aes128-cbc", "ssl3-rc4", "ssl3-3des",
    ]) func aKeyBehindTheFinished(_ name: String) throws {
        let session = try RecordedSession.named(name)
        let connection = session.connections[0]
        let source = try #require(session.sources.first)
        let keys = KeyMaterial()
        var seen = Seen()
        var tls = PassiveTLS(keys: keys)
        var isLate = false
        for (direction, octets) in connection.octets {
            tls.receive(octets.span.bytes, direction, into: &seen)
            guard !isLate, tls.halves[direction].unopened > 0 else { continue }
            isLate = true
            if source == "keylog" {
                keys.add(keyLog: Array(session.keyLog.utf8).span.bytes)
            } else {
                try keys.add(rsaKeyFile: RecordedSession.certificates + "/server-rsa.pem")
            }
        }
        tls.end(into: &seen)
        #expect(isLate && seen.plaintext == connection.sent)
    }

    /// Secrets of other connections do not make a waiting one read its records again.
    @Test func othersSecretsAreNoReasonToLookAgain() throws {
        let session = try RecordedSession.named("tls12-ecdhe-aes128-gcm")
        let keys = KeyMaterial(mayGrow: true)
        var seen = Seen()
        var tls = PassiveTLS(keys: keys)
        for (number, piece) in session.connections[0].octets.enumerated() {
            keys.add([
                .masterSecret(clientRandom: [UInt8(number)], secret: [1]), .sessionSecret(sessionID: [1], secret: [1]),
            ])
            tls.receive(piece.octets.span.bytes, piece.direction, into: &seen)
        }
        #expect(tls.backlog.records.count > 3 && tls.backlog.readings == 0)
        // Its own, and wrong: the first record is tried, the others stay as they are.
        let waiting = tls.backlog.records.count
        let random = try #require(tls.observer.clientHello?.random)
        keys.add([.masterSecret(clientRandom: random, secret: [UInt8](repeating: 1, count: 48))])
        tls.receive(RawSpan(), .toServer, into: &seen)
        #expect(tls.backlog.records.count == waiting && tls.backlog.readings == 1)
        keys.add(keyLog: Array(session.keyLog.utf8).span.bytes)
        keys.add(keyLog: Array(session.keyLog.utf8).span.bytes)
        tls.end(into: &seen)
        #expect(seen.plaintext == session.connections[0].sent)
    }

    /// A connection whose key never comes keeps a bounded part, then goes on without.
    @Test func theBacklogIsBounded() throws {
        let session = try RecordedSession.named("tls12-ecdhe-aes128-gcm")
        let keys = KeyMaterial(mayGrow: true)
        var seen = Seen()
        var tls = PassiveTLS(keys: keys)
        for (direction, octets) in session.connections[0].octets {
            tls.receive(octets.span.bytes, direction, into: &seen)
        }
        let record = hex("1703034000") + [UInt8](repeating: 9, count: 0x4000)
        for _ in 0..<200 { tls.receive(record.span.bytes, .toServer, into: &seen) }
        keys.add(keyLog: Array(session.keyLog.utf8).span.bytes)
        tls.end(into: &seen)
        #expect(seen.rules.contains("tls-undecrypted") && seen.plaintext.toServer.isEmpty)
    }

    /// The record that finds no room among those that wait has its turn behind them: it may open by now, as they do.
    @Test func theRecordThatFindsNoRoom() throws {
        let session = try RecordedSession.named("tls12-resumed-ticket")
        let (whole, resumed) = (session.connections[0], session.connections[1])
        let random = Hex.lower(try #require(whole.octets.first?.octets)[11..<43])
        let keys = KeyMaterial(mayGrow: true)
        let lines = session.keyLog.split(separator: "\n").filter { $0.contains(random) }.joined(separator: "\n")
        keys.add(keyLog: Array(lines.utf8).span.bytes)
        var seen = Seen()
        var tls = PassiveTLS(keys: keys)
        for (direction, octets) in resumed.octets.dropLast() { tls.receive(octets.span.bytes, direction, into: &seen) }
        #expect(tls.isWaiting && replay(whole, keys).plaintext == whole.sent)
        while keys.reserve(64) {}
        let last = try #require(resumed.octets.last)
        tls.receive(last.octets.span.bytes, last.direction, into: &seen)
        tls.end(into: &seen)
        #expect(seen.plaintext == resumed.sent && !seen.rules.contains("tls-record-not-verified"))
    }

    /// Another server's RSA key, another pre-shared key: nothing comes out.
    @Test func keysThatDoNotFit() throws {
        let rsa = try RecordedSession.named("tls12-aes128-gcm")
        let keys = KeyMaterial()
        try keys.add(rsaKeyFile: RecordedSession.certificates + "/client.pem")
        var table = PSKTable()
        table.set([1, 2, 3], for: Array("*".utf8))
        keys.add(psks: table)
        #expect(replay(rsa.connections[0], keys).plaintext == PerDirection { _ in [] })
        let psk = try RecordedSession.named("psk-aes128-gcm")
        let seen = replay(psk.connections[0], keys)
        #expect(seen.plaintext == PerDirection { _ in [] })
        #expect(seen.facts.keyWanted?.contains("or the pre-shared key of identity device-1; ") == true)
    }

    /// The default key counts where an identity's own key does not fit.
    @Test func defaultPreSharedKey() throws {
        let psk = try RecordedSession.named("psk-aes128-cbc")
        let keys = KeyMaterial()
        var table = PSKTable()
        table.set([9], for: Array("device-1".utf8))
        table.set((0..<16).map { UInt8($0) }, for: Array("*".utf8))
        keys.add(psks: table)
        #expect(replay(psk.connections[0], keys).plaintext == psk.connections[0].sent)
    }

    /// A line of a key log that is another connection's does not hide the key that fits.
    @Test(arguments: [("tls12-aes128-gcm", "rsa"), ("psk-aes128-gcm", "psk"), ("rsa-psk-aes128-cbc", "psk+rsa")])
    func aWrongLineHidesNoKey(_ name: String, _ source: String) throws {
        let session = try RecordedSession.named(name)
        let hello = try #require(session.connections[0].octets.first?.octets)
        let keys = try session.keys(source)
        let line = "CLIENT_RANDOM \(Hex.lower(hello[11..<43])) \(Hex.lower([UInt8](repeating: 1, count: 48)))"
        keys.add(keyLog: Array(line.utf8).span.bytes)
        #expect(replay(session.connections[0], keys).plaintext == session.connections[0].sent)
    }

    /// Nor does the secret of a session whose ticket the client offers, and the server may refuse.
    @Test func aTicketHidesNoKey() throws {
        let keys = KeyMaterial()
        var table = PSKTable()
        table.set([7], for: Array("a".utf8))
        keys.add(psks: table)
        // A TLS 1.2 hello that offers TLS_PSK_WITH_AES_128_CBC_SHA and a ticket of two octets.
        let hello = "0303" + String(repeating: "11", count: 32) + "00" + "0002008c" + "0100" + "0006" + "00230002abcd"
        let client = try ClientHello(hex(hello).span.bytes)
        try #require(client.sessionTicket == [0xAB, 0xCD])
        keys.remember(session: SessionCache.name(ofTicket: [0xAB, 0xCD]), master: [UInt8](repeating: 5, count: 48))
        let suite = try #require(CipherSuite(0x008C))
        let search = MasterSecretSearch(
            keys: keys,
            parameters: HandshakeParameters(
                version: .tls12, suite: suite, clientRandom: client.random, serverRandom: []),
            clientHello: client, exchange: try ClientKeyExchange(hex("000161").span.bytes, keyExchange: .psk))
        #expect(search.candidates().count == 2)
    }

    /// A premaster secret in the log, by client random or by its encrypted form, serves as well; a wrong one opens nothing.
    @Test(arguments: [true, false]) func premasterSecrets(_ isByRandom: Bool) throws {
        let session = try RecordedSession.named("tls12-aes128-gcm")
        let connection = session.connections[0]
        let flights = connection.octets.filter { $0.direction == .toServer }.map(\.octets)
        let random = Hex.lower(flights[0][11..<43])
        // The second begins with ClientKeyExchange.
        try #require(flights[1][5] == 16)
        let end = 9 + Int(flights[1][7]) << 8 + Int(flights[1][8])
        let body = Array(flights[1][9..<end])
        let exchange = try ClientKeyExchange(body.span.bytes, keyExchange: .rsa)
        let encrypted = try #require(exchange.encryptedPremaster)
        let path = RecordedSession.certificates + "/server-rsa.pem"
        let key = try RSAKey(pem: Array(try Data(contentsOf: URL(fileURLWithPath: path))))
        let right = try #require(key.premaster(from: encrypted))
        for (secret, opens) in [(right, true), ([UInt8](repeating: 1, count: 48), false)] {
            let name = isByRandom ? "PMS_CLIENT_RANDOM \(random)" : "RSA \(Hex.lower(encrypted.prefix(8)))"
            let keys = KeyMaterial()
            #expect(keys.add(keyLog: Array("\(name) \(Hex.lower(secret))".utf8).span.bytes) == [])
            let seen = replay(connection, keys)
            #expect(seen.plaintext == (opens ? connection.sent : PerDirection { _ in [] }))
            #expect((seen.facts.keyWanted == nil) == opens)
        }
    }

    /// A log without the handshake secrets opens the application data all the same.
    @Test(arguments: ["tls13-aes128-gcm", "tls13-small-records", "tls13-client-certificate", "tls13-retry"])
    func applicationSecretsAlone(_ name: String) throws {
        let session = try RecordedSession.named(name)
        let log = session.keyLog.split(separator: "\n").filter { !$0.contains("HANDSHAKE") }.joined(separator: "\n")
        let keys = KeyMaterial()
        keys.add(keyLog: Array(log.utf8).span.bytes)
        let seen = replay(session.connections[0], keys)
        #expect(seen.plaintext == session.connections[0].sent)
        #expect(seen.facts.decrypted && seen.facts.handshakeComplete && seen.facts.certificate == nil)
        #expect(!seen.rules.contains("tls-undecrypted") && !seen.rules.contains("tls-record-not-verified"))
    }

    /// A log with one direction's secrets opens that direction and says so of the other.
    @Test func oneDirectionAlone() throws {
        let session = try RecordedSession.named("tls13-aes128-gcm")
        let log = session.keyLog.split(separator: "\n").filter { !$0.contains("SERVER") }.joined(separator: "\n")
        let keys = KeyMaterial()
        keys.add(keyLog: Array(log.utf8).span.bytes)
        let seen = replay(session.connections[0], keys)
        #expect(seen.plaintext.toServer == session.connections[0].sent.toServer && seen.plaintext.toClient.isEmpty)
        #expect(seen.rules.contains("tls-undecrypted"))
        #expect(seen.findings.last?.text.contains("records from the server could not be decrypted") == true)
    }

    /// Handshake secrets alone show the certificate and open no application data.
    @Test func handshakeSecretsAlone() throws {
        let session = try RecordedSession.named("tls13-aes128-gcm")
        let log = session.keyLog.split(separator: "\n").filter { $0.contains("HANDSHAKE") }.joined(separator: "\n")
        let keys = KeyMaterial()
        keys.add(keyLog: Array(log.utf8).span.bytes)
        let seen = replay(session.connections[0], keys)
        #expect(seen.plaintext == PerDirection { _ in [] })
        #expect(seen.facts.certificate != nil && seen.facts.handshakeComplete && !seen.facts.decrypted)
        #expect(seen.facts.keyWanted?.hasPrefix("CLIENT_TRAFFIC_SECRET_0") == true)
        #expect(seen.rules == ["tls-undecrypted"])
    }

    /// Sessions resumed by id or ticket open with the server's RSA key alone, since the first handshake showed the secret.
    @Test(arguments: ["tls12-resumed-ticket", "tls12-resumed-id", "tls10-resumed-id"])
    func resumedSessions(_ name: String) throws {
        let session = try RecordedSession.named(name)
        let keys = try session.keys("rsa")
        #expect(!replay(session.connections[0], keys).facts.resumed)
        let second = replay(session.connections[1], keys)
        #expect(second.facts.resumed && second.plaintext == session.connections[1].sent)
        let alone = replay(session.connections[1], try session.keys("rsa"))
        #expect(alone.facts.resumed && alone.plaintext == PerDirection { _ in [] })
        #expect(alone.facts.keyWanted?.hasSuffix("or the handshake that began the resumed session") == true)
    }
}
