import TLSWire
import TestSupport
import Testing

@testable import TLSEngine

@Suite struct HandshakeTests {
    static let versions: [TLSVersion] = [.tls10, .tls11, .tls12, .tls13]

    @Test(arguments: versions, [1, 7, Int.max])
    func completesInEveryVersion(_ version: TLSVersion, step: Int) throws {
        let pair = Pair(
            try TestPKI.clientContext {
                $0.minVersion = version
                $0.maxVersion = version
            }, try TestPKI.serverContext())
        pair.step = step
        pair.run()
        #expect(pair.client.state == .open)
        #expect(pair.server.state == .open)
        pair.sendFromClient(Array("POST / HTTP/1.1\r\n".utf8))
        pair.settle()
        pair.sendFromServer(Array("HTTP/1.1 200 OK\r\n".utf8))
        pair.settle()
        #expect(pair.atServer == Array("POST / HTTP/1.1\r\n".utf8))
        #expect(pair.atClient == Array("HTTP/1.1 200 OK\r\n".utf8))
        #expect(pair.isEmptyHanded)
        for facts in [pair.client.facts, pair.server.facts] {
            #expect(facts.version == version.name)
            #expect(facts.handshakeComplete)
            #expect(facts.decrypted)
            #expect(facts.sni == "localhost")
            #expect(facts.alpn == "http/1.1")
            #expect(!facts.resumed)
            #expect(facts.alerts.isEmpty)
            #expect(facts.certificate?.dnsNames == ["localhost"])
        }
        #expect(pair.client.facts == pair.server.facts)
    }
}
