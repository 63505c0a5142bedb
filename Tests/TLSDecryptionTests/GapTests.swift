import TLSWire
import TestSupport
import Testing
import Wire

@testable import TLSDecryption

/// Borders of the records of one direction that hold application data or may, or of another type, as ranges of the stream.
private func records(
    _ connection: RecordedSession.Connection, _ direction: Direction, type: UInt8 = 23
) -> [Range<Int>] {
    let stream = connection.octets.filter { $0.direction == direction }.flatMap(\.octets)
    var ranges: [Range<Int>] = []
    var at = 0
    while at + 5 <= stream.count {
        let end = at + 5 + Int(stream[at + 3]) << 8 + Int(stream[at + 4])
        if stream[at] == type { ranges.append(at..<end) }
        at = end
    }
    return ranges
}

@Suite struct GapTests {
    /// Octets lost inside application data cost the records that they were in, and no more; where the cipher has a fixed
    /// overhead the number of missing octets is exact.
    @Test(arguments: [
        ("tls12-small-records", true), ("tls13-small-records", true), ("tls11-small-records", false),
        ("tls10-small-records", false),
    ]) func readingGoesOnBehindALoss(_ name: String, _ isExact: Bool) throws {
        let session = try RecordedSession.named(name)
        let connection = session.connections[0]
        let keys = try session.keys("keylog")
        for direction in Direction.allCases {
            let sent = connection.sent[direction]
            let data = records(connection, direction).suffix(8)
            let first = try #require(data.dropFirst(1).first)
            for lost in [
                first.lowerBound + 20..<first.lowerBound + 21,  // inside a record
                first.lowerBound..<first.upperBound,  // one record
                first.lowerBound + 3..<first.lowerBound + 4,  // a header's octet
                first.lowerBound + 100..<first.upperBound + 100,  // from one into the next
                first.lowerBound - 1..<first.upperBound + 1,  // over both borders
                first.lowerBound..<first.upperBound + 520,  // more than one
            ] {
                let seen = replay(connection, keys, without: lost, of: direction)
                let octets = seen.octets(direction)
                #expect(octets.count < sent.count && octets.count >= sent.count - 2100, "\(lost): \(octets.count)")
                #expect(octets.suffix(300) == sent.suffix(300), "\(lost)")
                if isExact { #expect(seen.total(direction) == sent.count, "\(lost)") }
                #expect(seen.octets(direction.opposite) == connection.sent[direction.opposite])
                #expect(seen.findings.map(\.rule.id).contains("tls-gap"))
            }
        }
    }

    /// The next record is found alike however the octets behind the loss are cut.
    @Test(arguments: ["tls12-small-records", "tls13-small-records", "tls10-small-records", "ssl3-rc4"])
    func lossHoweverOctetsAreCut(_ name: String) throws {
        let session = try RecordedSession.named(name)
        let connection = session.connections[0]
        let keys = try session.keys(try #require(session.sources.first))
        let record = try #require(records(connection, .toServer).dropFirst().first)
        for lost in [record.lowerBound + 3..<record.lowerBound + 4, record.lowerBound..<record.upperBound + 1] {
            let whole = replay(connection, keys, without: lost, of: .toServer)
            #expect(!whole.octets(.toServer).isEmpty)
            for size in [1, 7, 1000] {
                let cut = replay(connection, keys, without: lost, of: .toServer, size: size)
                #expect(cut.octets(.toServer) == whole.octets(.toServer), "\(lost) in pieces of \(size)")
                #expect(cut.total(.toServer) == whole.total(.toServer), "\(lost) in pieces of \(size)")
                #expect(cut.findings.map(\.text) == whole.findings.map(\.text), "\(lost) in pieces of \(size)")
            }
        }
    }

    /// The same comes out where the key is there before and where the records wait for it, the damaged one among them.
    @Test(arguments: ["tls12-ecdhe-aes128-gcm", "tls13-aes128-gcm", "tls10-aes128-cbc"])
    func lossWhileRecordsWait(_ name: String) throws {
        let session = try RecordedSession.named(name)
        let connection = session.connections[0]
        for direction in Direction.allCases {
            for record in records(connection, direction) where record.count > 20 {
                let lost = record.lowerBound + 8..<record.lowerBound + 11
                let early = replay(connection, try session.keys("keylog"), without: lost, of: direction)
                let late = replay(
                    connection, KeyMaterial(mayGrow: true), without: lost, of: direction, late: session.keyLog)
                #expect(late.pieces == early.pieces, "\(direction) \(record)")
                #expect(late.findings.map(\.rule.id) == early.findings.map(\.rule.id))
            }
        }
    }

    /// The key stream of RC4 is found again, and CBC's IV in the octets before the border.
    @Test(arguments: ["ssl3-rc4", "tls10-rc4", "ssl3-3des", "tls10-3des"])
    func oldCiphersAreFoundAgain(_ name: String) throws {
        let session = try RecordedSession.named(name)
        let connection = session.connections[0]
        let keys = try session.keys("rsa")
        let data = records(connection, .toServer)
        try #require(data.count >= 5)
        let lost = data[1].lowerBound - 1..<data[1].upperBound - 9
        let octets = replay(connection, keys, without: lost, of: .toServer).octets(.toServer)
        #expect(octets.count < connection.sent.toServer.count)
        #expect(octets.suffix(9) == connection.sent.toServer.suffix(9))
    }

    /// TLS 1.3: the server's Finished is among what was lost, so its handshake keys have done their work behind it.
    @Test(arguments: ["tls13-aes128-gcm", "tls13-small-records", "tls13-chacha20"])
    func theServersFinishedIsLost(_ name: String) throws {
        let session = try RecordedSession.named(name)
        let connection = session.connections[0]
        let keys = try session.keys("keylog")
        // EncryptedExtensions, Certificate, CertificateVerify, Finished, two tickets.
        let flight = records(connection, .toClient)
        try #require(flight.count > 5)
        for end in [flight[3].upperBound, flight[4].lowerBound + 3, flight[4].upperBound] {
            let seen = replay(connection, keys, without: flight[1].lowerBound + 3..<end, of: .toClient)
            #expect(seen.octets(.toClient) == connection.sent.toClient, "up to \(end)")
            // None of the application data was lost, and where the first record under its keys is there that shows.
            if end == flight[3].upperBound { #expect(seen.total(.toClient) == connection.sent.toClient.count) }
            #expect(seen.octets(.toServer) == connection.sent.toServer)
        }
    }

    /// Up to TLS 1.2: the ChangeCipherSpec of one side was lost, alone or with the Finished behind it.
    @Test(arguments: [
        "tls12-ecdhe-aes128-gcm", "tls12-aes128-sha256", "tls12-ecdhe-chacha20", "tls11-aes256-cbc",
        "tls12-small-records",
    ]) func theChangeCipherSpecIsLost(_ name: String) throws {
        let session = try RecordedSession.named(name)
        let connection = session.connections[0]
        let keys = try session.keys("keylog")
        for direction in Direction.allCases {
            let change = try #require(records(connection, direction, type: 20).first)
            let finished = try #require(records(connection, direction, type: 22).last)
            try #require(finished.lowerBound == change.upperBound)
            for lost in [
                change, change.lowerBound - 3..<change.upperBound, change.lowerBound..<finished.lowerBound + 9,
                change.lowerBound..<finished.upperBound, change.lowerBound - 20..<finished.upperBound,
            ] {
                let seen = replay(connection, keys, without: lost, of: direction)
                for side in Direction.allCases {
                    #expect(seen.octets(side) == connection.sent[side], "\(lost) of \(direction), \(side)")
                }
                #expect(seen.facts.decrypted && seen.facts.keyWanted == nil && !seen.facts.resumed)
                #expect(seen.facts.handshakeComplete && !seen.findings.map(\.rule.id).contains("tls-undecrypted"))
            }
        }
    }

    /// A protected record that looks like the beginning of a message does not hide that application data follows.
    @Test func aProtectedRecordThatLooksLikeAMessage() throws {
        let connection = try RecordedSession.named("tls12-ecdhe-aes128-gcm").connections[0]
        var seen = Pieces()
        var tls = PassiveTLS(keys: KeyMaterial())
        for (direction, octets) in connection.octets.prefix(2) {
            tls.receive(octets.span.bytes, direction, into: &seen)
        }
        tls.gap(100, .toServer, into: &seen)
        let records = hex("1603030008 0B00010000000000 1703030008 0000000000000000 1703030008 0000000000000000")
        tls.receive(records.span.bytes, .toServer, into: &seen)
        guard case .pending = tls.halves.toServer.protection else {
            Issue.record("it is not taken for protected")
            return
        }
        #expect(tls.halves.toServer.unopened == 2)
    }

    /// Without a key for it, nothing is closed either, and the key is named.
    @Test func theChangeCipherSpecIsLostWithoutAKey() throws {
        let connection = try RecordedSession.named("tls12-ecdhe-aes128-gcm").connections[0]
        let change = try #require(records(connection, .toServer, type: 20).first)
        let seen = replay(connection, KeyMaterial(), without: change, of: .toServer)
        #expect(seen.findings.map(\.rule.id) == ["tls-gap", "tls-undecrypted"])
        #expect(seen.findings.last?.text.contains("CLIENT_RANDOM") == true)
    }

    /// Before TLS 1.1 each record is chained to the block before it. A damaged record whose end was captured costs itself
    /// alone; where the end is missing too, or encrypt-then-MAC does not vouch for it, the one behind it is lost with it,
    /// and neither is said not to verify.
    @Test(arguments: [("tls10-small-records", true), ("ssl3-3des", false), ("tls10-3des", false)])
    func aDamagedRecordOfChainedBlocks(_ name: String, _ encryptsThenMACs: Bool) throws {
        let session = try RecordedSession.named(name)
        let connection = session.connections[0]
        let keys = try session.keys(try #require(session.sources.first))
        let record = try #require(records(connection, .toServer).dropFirst().first { $0.count > 30 })
        let middle = record.lowerBound + 8..<record.lowerBound + 12
        let end = record.upperBound - 9..<record.upperBound
        let seen = [middle, end].map { replay(connection, keys, without: $0, of: .toServer) }
        let sent = connection.sent.toServer
        for seen in seen {
            #expect(!seen.findings.map(\.rule.id).contains("tls-record-not-verified"))
            #expect(abs(seen.total(.toServer) - sent.count) < 64 && seen.octets(.toServer).suffix(9) == sent.suffix(9))
        }
        let losses = seen.map { $0.pieces.toServer.count { if case .lost = $0 { true } else { false } } }
        #expect(losses == [encryptsThenMACs ? 2 : 1, 2])
    }

    /// Whatever is lost anywhere, all that comes out was sent, in that order.
    @Test(arguments: RecordedSession.all) func nothingFalseComesOut(_ session: RecordedSession) throws {
        let keys = try session.keys(try #require(session.sources.first))
        let connection = session.connections[0]
        for direction in Direction.allCases {
            let total = connection.octets.reduce(0) { $0 + ($1.direction == direction ? $1.octets.count : 0) }
            for count in [1, 100, 700] {
                for start in stride(from: 0, to: total, by: max(1, total / 16)) {
                    let lost = start..<min(start + count, total)
                    let seen = replay(connection, keys, without: lost, of: direction)
                    for side in Direction.allCases {
                        #expect(seen.isInOrder(side, in: connection.sent[side]), "\(lost) of \(direction)")
                    }
                }
            }
        }
    }

    @Test func lossThatIsNotFoundAgainIsNamed() throws {
        let session = try RecordedSession.named("tls13-small-records")
        let keys = try session.keys("keylog")
        let connection = session.connections[0]
        var seen = Pieces()
        var tls = PassiveTLS(keys: keys)
        for (direction, octets) in connection.octets { tls.receive(octets.span.bytes, direction, into: &seen) }
        tls.gap(1000, .toServer, into: &seen)
        let noise = [UInt8](repeating: 0x17, count: 70_000)
        tls.receive(noise.span.bytes, .toServer, into: &seen)
        #expect(seen.findings.filter { $0.rule.id == "tls-gap" }.count == 2)
        #expect(seen.pieces.toServer.last == .lost(71_000))
    }

    /// Behind a loss a try is charged as such, however short the record is, and one that is too short is not tried.
    @Test func triesBehindALossAreCounted() throws {
        let suite = try #require(CipherSuite(0x009C))
        let parameters = HandshakeParameters(version: .tls12, suite: suite, clientRandom: [1], serverRandom: [2])
        let cipher = try #require(parameters.cipher(of: .toServer, master: [UInt8](repeating: 3, count: 48)))
        let octets = [UInt8](repeating: 0, count: 64)
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 16) { out in
            for (count, tries) in [(23, 0), (24, 100), (64, 100)] {
                var budget = 100 * (1024 + count)
                let header = RecordHeader((hex("170303") + [0, UInt8(count)]).span.bytes, at: 0)!
                let resumed = cipher.resume(
                    header, octets.span.bytes.extracting(0..<count), before: RawSpan(), missing: 1 << 20, into: out,
                    budget: &budget)
                #expect(resumed == nil && budget == (100 - tries) * (1024 + count), "\(count)")
            }
        }
    }

    /// Connections without number, each with a loss that could be anything, cost bounded time together: each search is
    /// charged, and once that is spent losses are not followed, which is told. What nothing is missing of opens all the same.
    @Test func allSearchesTogetherAreBounded() throws {
        let session = try RecordedSession.named("tls12-small-records")
        let connection = session.connections[0]
        let lost = try #require(records(connection, .toServer).dropFirst().first)
        for name in ["tls12-small-records", "tls13-small-records"] {
            let session = try RecordedSession.named(name)
            let keys = try session.keys("keylog")
            var seen = Pieces()
            var tls = PassiveTLS(keys: keys)
            for (direction, octets) in session.connections[0].octets {
                tls.receive(octets.span.bytes, direction, into: &seen)
            }
            tls.gap(1 << 20, .toServer, into: &seen)
            let record = hex("1703030020") + [UInt8](repeating: 0, count: 32)
            for _ in 0..<2 { tls.receive(record.span.bytes, .toServer, into: &seen) }
            let spent = BorderSearch.budget - tls.halves.toServer.searchBudget
            #expect(spent >= 2 * 2048 * BorderSearch.cost(record.span.bytes.extracting(5...)), "\(name)")
            #expect(keys.trialsLeft == KeyMaterial.trialLimit - spent, "\(name)")
        }

        let keys = try session.keys("keylog")
        let followed = replay(connection, keys, without: lost, of: .toServer)
        #expect(followed.octets(.toServer).suffix(300) == connection.sent.toServer.suffix(300))
        keys.charge(trials: KeyMaterial.trialLimit)
        let given = replay(connection, keys, without: lost, of: .toServer)
        #expect(given.octets(.toServer).count < followed.octets(.toServer).count)
        #expect(given.octets(.toClient) == connection.sent.toClient)
        #expect(
            given.findings.last { $0.rule == TLSRules.gap }?.text
                == "The next record behind the missing octets is not looked for, since all searches together have decrypted "
                + "8 GiB in vain; what the client sends is lost from there on")
        for name in ["tls12-small-records", "tls13-small-records"] {
            let session = try RecordedSession.named(name)
            keys.add(keyLog: Array(session.keyLog.utf8).span.bytes)
            let whole = replay(session.connections[0], keys)
            for direction in Direction.allCases {
                #expect(whole.plaintext[direction] == session.connections[0].sent[direction], "\(name)")
            }
        }
    }

    /// Octets that look like records everywhere cost bounded time.
    @Test func headersEverywhere() throws {
        let session = try RecordedSession.named("tls13-small-records")
        let keys = try session.keys("keylog")
        var seen = Pieces()
        var tls = PassiveTLS(keys: keys)
        for (direction, octets) in session.connections[0].octets {
            tls.receive(octets.span.bytes, direction, into: &seen)
        }
        tls.gap(1 << 30, .toServer, into: &seen)
        let headers = [[UInt8]](repeating: hex("1703034000"), count: 20_000).flatMap { $0 }
        for start in stride(from: 0, to: headers.count, by: 1000) {
            tls.receive(headers.span.bytes.extracting(start..<start + 1000), .toServer, into: &seen)
        }
        #expect(seen.findings.filter { $0.rule.id == "tls-gap" }.count == 2)
    }
}
