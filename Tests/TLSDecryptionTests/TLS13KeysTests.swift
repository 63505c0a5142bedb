import TLSWire
import TestSupport
import Testing
import Wire

@testable import TLSDecryption

@Suite struct TLS13KeysTests {
    @Test func aSuiteIsTriedOnce() {
        let secrets = TLS13Secrets(
            traffic: [:], direction: .toServer, suite: nil, offered: [UInt16](repeating: 0x1301, count: 64) + [0x1303])
        #expect(secrets.suites(for: .early, secretLength: 32).count == 1)
    }

    /// Early data that does not open, behind a loss too, costs a bounded number of tries.
    @Test func vainTriesOfEarlyDataAreBounded() throws {
        let session = try RecordedSession.named("tls13-early-data")
        let hello = session.connections[1].octets[0].octets
        var seen = Seen()
        let keys = KeyMaterial()
        var tls = PassiveTLS(keys: keys)
        let client = hello.prefix(5 + Int(hello[3]) << 8 + Int(hello[4]))
        tls.receive(Array(client).span.bytes, .toServer, into: &seen)
        let random = try #require(tls.observer.clientHello?.random)
        keys.add([.trafficSecret(.clientEarly, clientRandom: random, secret: [UInt8](repeating: 2, count: 32))])
        let length = 17
        let record = hex("1703030011") + [UInt8](repeating: 0, count: length)
        tls.gap(5000, .toServer, into: &seen)
        for _ in 0..<5000 { tls.receive(record.span.bytes, .toServer, into: &seen) }
        let tries = (BorderSearch.budget - tls.halves.toServer.searchBudget) / (1024 + length)
        // Three suites at the most: 32 records with 65 numbers, and some hundred with one.
        #expect(tries > 32 && tries < 3 * (32 * 65 + 256))
        guard case .closed = tls.halves.toServer.protection else {
            Issue.record("not closed")
            return
        }
        tls.end(into: &seen)
    }

    /// A Finished of post-handshake authentication steps back to no earlier generation.
    @Test func epochsOnlyGoForward() {
        let secrets = TLS13Secrets(
            traffic: [.application(.toServer, generation: 0): [UInt8](repeating: 1, count: 32)], direction: .toServer,
            suite: CipherSuite(0x1301), offered: [0x1301])
        var keys = TLS13Keys(epoch: .early)
        keys.step(to: .handshake)
        keys.step(to: .application(0))
        keys.update(with: secrets)
        keys.step(to: .application(0))
        #expect(keys.epoch == .application(1))
        keys.step(to: .handshake)
        #expect(keys.epoch == .application(1))
    }
}
