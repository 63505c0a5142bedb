import COpenSSL
import Inspection
import Proxy
import TLSWire
import Testing
import Wire

@testable import TLSEngine

/// Pre-shared keys of TLS 1.3 from end to end: the device and the server meet as they would without us.
@Suite(.serialized) struct ExternalKeyTests {
    private let authorities: TestAuthorities
    private let table: PSKTable

    init() throws {
        authorities = try TestAuthorities.shared.get()
        table = try PSKTable(parsing: Array("a:0a\nb:0b".utf8).span.bytes)
    }

    private func proxy(_ port: Int) async throws -> TestProxy {
        var device = ServerTLSConfiguration(authority: authorities.proxy)
        device.psk = table
        var server = ClientTLSConfiguration()
        server.extraAuthorities = authorities.serversCertificate
        server.psk = table
        return try await TestProxy(
            .reverse(Upstream(host: "127.0.0.1", port: port, tls: true)),
            tls: TLSContexts(device: try ServerTLSContext(device), server: try ClientTLSContext(server)))
    }

    private func device(_ proxy: TestProxy, identity: String) throws -> TLSEnd {
        var configuration = ClientTLSConfiguration()
        configuration.minVersion = .tls13
        configuration.extraAuthorities = authorities.proxyCertificate
        configuration.psk = table
        let context = try ClientTLSContext(configuration)
        return TLSEnd(
            try proxy.connect(), context.makeSession(host: "127.0.0.1", pskIdentity: Array(identity.utf8)))
    }

    /// - Parameter psk: what the server knows; nil: no keys at all.
    @Test(arguments: [nil, "a:0a"] as [String?]) func aKeyIsTakenWhereTheServerTakesIt(_ psk: String?) async throws {
        let listener = try TestListener()
        let proxy = try await proxy(listener.port)
        var configuration = ServerTLSConfiguration(authority: authorities.servers)
        configuration.psk = try psk.map { try PSKTable(parsing: Array($0.utf8).span.bytes) }
        let context = try ServerTLSContext(configuration)
        let served = Awaited {
            let end = TLSEnd(try listener.accept(), context.makeSession(host: "127.0.0.1"))
            _ = try end.receive(1)
            end.close()
        }
        let client = try device(proxy, identity: "a")
        try client.send([1])
        try served.get()
        #expect(client.session.facts.pskIdentity == (psk == nil ? nil : "a"))
        #expect((client.session.facts.certificate == nil) == (psk != nil))
        client.close()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.rules.contains("psk-identity-unknown") == (psk == nil))
        await proxy.stop()
    }

    /// libssl offers one identity at once; a server that knows only the device's second gets that with the next connection.
    @Test func theNextIdentityIsOfferedWhereTheServerRefuses() async throws {
        let listener = try TestListener()
        let proxy = try await proxy(listener.port)
        let seen = Awaited { () -> [String] in
            var seen: [String] = []
            for name in ["a", "b"] {
                let socket = try listener.accept()
                let hello = try socket.receiveSome()
                let identity: [UInt8] = [0, 1] + Array(name.utf8) + [0, 0, 0, 0]
                if hello.indices.contains(where: { hello[$0...].starts(with: identity) }) { seen.append(name) }
                // handshake_failure
                try socket.send([21, 3, 3, 0, 2, 2, 40])
                _ = try? socket.receiveUntilEnd()
            }
            return seen
        }
        let client = try proxy.connect()
        try client.send(hello(identities: ["a", "b"]))
        #expect(try seen.get() == ["a", "b"])
        client.close()
        let flow = try #require(try await proxy.tap.closed().first)
        let texts = flow.findings.filter { $0.rule.id == "tls-failed" }.map(\.text)
        for name in ["a", "b"] {
            #expect(texts.contains { $0.contains("; it was offered the PSK identity '\(name)'") }, "\(texts)")
        }
        await proxy.stop()
    }

    /// A ClientHello of TLS 1.3 that offers external keys; libssl's clients offer one.
    private func hello(identities: [String]) -> [UInt8] {
        func u16(_ value: Int) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
        func vector16(_ octets: [UInt8]) -> [UInt8] { u16(octets.count) + octets }
        let offered = vector16(identities.flatMap { vector16(Array($0.utf8)) + [0, 0, 0, 0] })
        let binders = vector16(identities.flatMap { _ in [32] + [UInt8](repeating: 0, count: 32) })
        let extensions: [UInt8] =
            [0, 43, 0, 3, 2, 3, 4] + [0, 45, 0, 2, 1, 1] + [0, 41] + vector16(offered + binders)
        let body =
            [3, 3] + [UInt8](repeating: 7, count: 32) + [0] + [0, 2, 0x13, 0x01] + [1, 0] + vector16(extensions)
        return [22, 3, 1] + vector16([1, 0] + vector16(body))
    }

    @Test func aRefusedIdentityIsToldFromAWrongKey() {
        func isRefusal(_ kind: TLSFailure.Kind, _ alert: String?) -> Bool {
            TLSFailure(kind, leg: .server, alert: alert, message: "").isRefusalOfIdentity
        }
        #expect(isRefusal(.alertReceived("handshake_failure"), "handshake_failure"))
        #expect(isRefusal(.pskIdentityUnknown("a"), "unknown_psk_identity"))
        #expect(!isRefusal(.pskMismatch("a"), "illegal_parameter"))
        #expect(!isRefusal(.handshakeCut(reset: false), nil))
    }
}
