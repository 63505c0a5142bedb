import TLSWire
import TestSupport
import Testing
import Wire

@testable import TLSDecryption

/// Damaged, cut and foreign input: nothing crashes, nothing false comes out, and what happened is named.
@Suite struct FaultTests {
    @Test(arguments: RecordedSession.all) func alteredOctets(_ session: RecordedSession) throws {
        var dice = Dice(7)
        let keys = try session.keys(try #require(session.sources.first))
        for connection in session.connections {
            for _ in 0..<30 {
                var altered = connection
                for _ in 0...dice.next(upTo: 3) {
                    let piece = dice.next(upTo: altered.octets.count)
                    guard !altered.octets[piece].octets.isEmpty else { continue }
                    let place = dice.next(upTo: altered.octets[piece].octets.count)
                    altered.octets[piece].octets[place] = UInt8(dice.next(upTo: 256))
                }
                // What comes out was sent, in that order, less what no longer verifies.
                let seen = replay(altered, keys, without: 0..<0, of: .toServer)
                for direction in Direction.allCases {
                    #expect(seen.isInOrder(direction, in: connection.sent[direction]))
                }
            }
        }
    }

    @Test(arguments: RecordedSession.all) func truncatedConnections(_ session: RecordedSession) throws {
        let keys = try session.keys(try #require(session.sources.first))
        for connection in session.connections {
            for kept in 0..<connection.octets.count {
                var cut = connection
                cut.octets.removeLast(connection.octets.count - kept - 1)
                let last = cut.octets[kept].octets
                for count in [0, 1, 5, last.count / 2, max(0, last.count - 1)] where count <= last.count {
                    cut.octets[kept].octets = Array(last[..<count])
                    let seen = replay(cut, keys)
                    for direction in Direction.allCases {
                        #expect(connection.sent[direction].starts(with: seen.plaintext[direction]))
                    }
                }
            }
        }
    }

    /// One record that does not verify costs that record, and is named with its place.
    @Test func aRecordThatDoesNotVerify() throws {
        for name in ["tls12-small-records", "tls13-small-records", "tls10-small-records"] {
            var session = try RecordedSession.named(name)
            let keys = try session.keys("keylog")
            let sent = session.connections[0].sent
            // The last octet of the server's last data record, before its close.
            let index = try #require(
                session.connections[0].octets.lastIndex { $0.direction == .toClient && $0.octets.count > 400 })
            let last = session.connections[0].octets[index].octets.count - 1
            session.connections[0].octets[index].octets[last - 60] ^= 1
            let seen = replay(session.connections[0], keys)
            #expect(seen.rules.contains("tls-record-not-verified"), "\(name)")
            #expect(seen.findings.first { $0.rule.id == "tls-record-not-verified" }?.offset ?? 0 > 1000)
            #expect(seen.plaintext.toClient.count < sent.toClient.count && seen.lost.toClient > 0)
            #expect(seen.plaintext.toServer == sent.toServer)
        }
    }

    @Test func whatIsNoTLS() throws {
        let keys = KeyMaterial()
        let session = try RecordedSession.named("tls12-aes128-gcm")
        var connection = session.connections[0]
        connection.octets = [connection.octets[0], (.toClient, Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))]
        let seen = replay(connection, keys)
        #expect(seen.rules == ["tls-record-malformed"])
        #expect(seen.findings.first?.text.contains("`HTTP/1.1 400 Bad`") == true)
        // Noise of every first octet.
        for first in UInt8.min...UInt8.max {
            var noise = session.connections[0]
            noise.octets = [
                (.toServer, [first] + (0..<200).map { UInt8($0) }), (.toClient, [first, 3, 3, 0, 1, 0, first]),
            ]
            #expect(replay(noise, keys).plaintext == PerDirection { _ in [] })
        }
    }

    /// A capture that begins in the middle says so once and gives nothing.
    @Test func withoutTheHandshake() throws {
        for name in ["tls12-aes128-gcm", "tls13-aes128-gcm", "ssl3-rc4"] {
            let session = try RecordedSession.named(name)
            var connection = session.connections[0]
            connection.octets.removeFirst(connection.octets.count - 4)
            let seen = replay(connection, try session.keys(session.sources[0]))
            #expect(seen.plaintext == PerDirection { _ in [] })
            #expect(seen.rules == ["tls-gap", "tls-undecrypted"], "\(name)")
            #expect(seen.findings.last?.text.hasSuffix("a capture that begins with the ClientHello") == true)
        }
    }

    /// Early data past what is held is not dropped in silence: it counts as missing, or as never sent.
    @Test(arguments: [("tls13-early-data", true), ("tls13-early-data-refused", false)])
    func earlyDataPastTheLimit(_ name: String, _ isAccepted: Bool) throws {
        let session = try RecordedSession.named(name)
        let keys = try session.keys("keylog")
        let whole = replay(session.connections[1], keys)
        let refused = whole.findings.first { $0.rule.id == "tls-early-data-rejected" }?.text
        var seen = Seen()
        var tls = PassiveTLS(keys: keys)
        tls.earlyData.limit = 10
        for (direction, octets) in session.connections[1].octets {
            tls.receive(octets.span.bytes, direction, into: &seen)
        }
        for direction in Direction.allCases { tls.finish(direction, into: &seen) }
        tls.end(into: &seen)
        let total = seen.plaintext.toServer.count + Int(seen.lost.toServer)
        #expect(total == session.connections[1].sent.toServer.count)
        #expect((seen.lost.toServer > 0) == isAccepted)
        #expect(seen.findings.first { $0.rule.id == "tls-early-data-rejected" }?.text == refused)
        #expect((refused == nil) == isAccepted)
    }

    /// Handshakes that many connections begin and do not end are kept up to a number of octets together.
    @Test(arguments: [false, true]) func handshakesInProgressAreBounded(_ computes: Bool) throws {
        let session = try RecordedSession.named("tls12-aes128-gcm")
        let keys = try session.keys(computes ? "rsa" : "keylog")
        // The hello, and a Certificate of 260,000 octets of which the last ones do not come, in each direction.
        let hello = session.connections[0].octets[0].octets
        let answer = session.connections[0].octets[1].octets
        let record = hex("1603034000") + [UInt8](repeating: 0, count: 0x4000)
        let begun = hex("1603030004 0B03F7A0")
        var open: [PassiveTLS] = []
        var seen = Seen()
        for _ in 0..<150 {
            var tls = PassiveTLS(keys: keys)
            tls.receive(hello.span.bytes, .toServer, into: &seen)
            for direction in Direction.allCases {
                if direction == .toClient { tls.receive(answer.span.bytes, direction, into: &seen) }
                tls.receive(begun.span.bytes, direction, into: &seen)
                for _ in 0..<15 { tls.receive(record.span.bytes, direction, into: &seen) }
            }
            open.append(tls)
        }
        let held = open.reduce(0) { sum, tls in
            sum + tls.halves.toServer.handshake.octets.count + tls.halves.toClient.handshake.octets.count
                + tls.transcript.count
        }
        #expect(held <= KeyMaterial.handshakeLimit && held == keys.heldInHandshakes && held > 30 << 20)
        #expect(seen.rules.contains("tls-handshake-oversized"))
        // A whole message is read all the same.
        #expect(computes || replay(session.connections[0], keys).plaintext == session.connections[0].sent)
        for index in open.indices { open[index].end(into: &seen) }
        #expect(keys.heldInHandshakes == 0)
        #expect(replay(session.connections[0], keys).plaintext == session.connections[0].sent)
        #expect(keys.heldInHandshakes == 0)
    }

    @Test func sessionsThatCannotBeOpened() throws {
        let session = try RecordedSession.named("tls12-aes128-gcm")
        func replies(_ change: (inout [UInt8]) -> Void) throws -> Seen {
            var connection = session.connections[0]
            let index = try #require(connection.octets.firstIndex { $0.direction == .toClient })
            change(&connection.octets[index].octets)
            return replay(connection, try session.keys("keylog"))
        }
        // The ServerHello has no session id: version at 9, suite at 44, compression at 46.
        let idea = try replies { ($0[44], $0[45]) = (0x00, 0x81) }
        #expect(idea.rules.contains("tls-unsupported") && idea.facts.suite == "TLS_GOSTR341001_WITH_28147_CNT_IMIT")
        let unknown = try replies { ($0[44], $0[45]) = (0xFE, 0x01) }
        #expect(unknown.findings.contains { $0.text.contains("0xFE01, which is not known here") })
        let method = try replies { $0[46] = 64 }
        #expect(method.findings.contains { $0.text.contains("compression method 64, which is not decoded") })
        let tls13 = try replies { ($0[44], $0[45]) = (0x13, 0x01) }
        #expect(tls13.findings.contains { $0.text.contains("which does not exist in TLS 1.2") })
    }

    /// Many records that nothing opens are counted, not kept.
    @Test func recordFloodsAreBounded() throws {
        let session = try RecordedSession.named("tls13-aes128-gcm")
        var seen = Seen()
        var tls = PassiveTLS(keys: try session.keys("keylog"))
        for (direction, octets) in session.connections[0].octets.prefix(2) {
            tls.receive(octets.span.bytes, direction, into: &seen)
        }
        let flood = [[UInt8]](repeating: hex("1703030014") + [UInt8](repeating: 3, count: 20), count: 10_000).flatMap {
            $0
        }
        tls.receive(flood.span.bytes, .toServer, into: &seen)
        tls.receive(flood.span.bytes, .toClient, into: &seen)
        tls.end(into: &seen)
        #expect(seen.findings.count < 10 && seen.plaintext == PerDirection { _ in [] })
    }
}
