import COpenSSL
import Inspection
import Proxy
import TLSWire
import Testing
import Wire

@testable import TLSEngine

/// How a TLS peer ends its direction crosses as what it was.
@Suite(.serialized) struct TLSEndingTests {
    /// A connection over which an octet went to the server.
    private func relayed() async throws -> (path: Path, client: TLSEnd, server: TLSEnd) {
        let path = try await Path(.tlsReverse)
        let accepted = path.accept()
        let client = try #require(try path.connect() as? TLSEnd)
        let server = try #require(try accepted.get() as? TLSEnd)
        try client.send([1])
        #expect(try server.receive(1) == [1])
        return (path, client, server)
    }

    @Test func closeNotifyCrossesWithoutFIN() async throws {
        let (path, client, server) = try await relayed()
        try client.notifyClose()
        try server.expectCloseNotify()
        #expect(!server.socket.isReadable(within: 50))
        try server.send([2])
        #expect(try client.receive(1) == [2])
        try client.socket.finish()
        #expect(try server.socket.receiveUntilEnd() == [])
        try server.finish()
        try client.expectEnd()
        let flow = try #require(try await path.tap.closed().first)
        #expect(flow.reason == .clientFin)
        #expect(flow.findings == [])
        await path.close()
    }

    @Test func finWithoutCloseNotifyCrossesAsThat() async throws {
        let (path, client, server) = try await relayed()
        try client.socket.finish()
        #expect(try server.socket.receiveUntilEnd() == [])
        try server.send([2])
        #expect(try client.receive(1) == [2])
        try server.finish()
        try client.expectEnd()
        let flow = try #require(try await path.tap.closed().first)
        #expect(flow.rules == ["tls-close-without-notify"], "\(flow.findings)")
        #expect(flow.reason == .clientFin)
        await path.close()
    }

    /// Though the server was gone before the device's leg had come up.
    @Test func finWithoutCloseNotifyBehindTheHandshakeIsTold() async throws {
        let path = try await Path(.tlsReverse)
        let client = TLSEnd(
            try TestSocket.connect(port: path.port), path.authorities.deviceContext.makeSession(host: "127.0.0.1"))
        try client.beginHandshake()
        let server = TLSEnd(try path.listener.accept(), path.authorities.serverContext.makeSession(host: "127.0.0.1"))
        try server.shakeHands()
        try server.socket.finish()
        // The device's answer to our flight comes when the proxy has seen the end, or as good as that.
        #expect(client.socket.isReadable(within: patience))
        try await Task.sleep(for: .milliseconds(100))
        try client.shakeHands()
        _ = try client.socket.receiveUntilEnd()
        client.close()
        let flow = try #require(try await path.tap.closed().first)
        #expect(flow.reason == .serverFin)
        let ends = flow.findings.filter { $0.rule.id == "tls-close-without-notify" }
        #expect(ends.first?.text.hasPrefix("The server closed") == true, "\(flow.findings)")
        await path.close()
    }

    @Test func aPlainFINIsACleanEnd() async throws {
        let path = try await Path(.plainToTLS)
        let accepted = path.accept()
        let client = try path.connect()
        try client.send([1])
        let server = try accepted.get()
        #expect(try server.receive(1) == [1])
        try client.finish()
        try server.expectEnd()
        try server.finish()
        try client.expectEnd()
        #expect(try await path.tap.closed().first?.findings == [])
        await path.close()
    }

    /// What a server's leg shows after its handshake is in the log although its socket is gone first.
    @Test func aRenegotiationOfTheServersIsTold() async throws {
        let authorities = try TestAuthorities.shared.get()
        let listener = try TestListener()
        let proxy = try await TestProxy(.reverse(Upstream(host: "127.0.0.1", port: listener.port, tls: true)))
        var old = ServerTLSConfiguration(authority: authorities.servers)
        old.maxVersion = .tls12
        let context = try ServerTLSContext(old)
        let served = Awaited {
            let end = TLSEnd(try listener.accept(), context.makeSession(host: "127.0.0.1"))
            _ = try end.receive(1)
            SSL_renegotiate(end.session.ssl)
            SSL_do_handshake(end.session.ssl)
            try end.renegotiate()
            try end.send([2])
            try end.finish()
            _ = try? end.socket.receiveUntilEnd()
        }
        let client = TLSEnd(try proxy.connect(), authorities.deviceContext.makeSession(host: "127.0.0.1"))
        try client.send([1])
        #expect(try client.receive(1) == [2])
        try client.finish()
        try served.get()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.rules.contains("tls-renegotiation"))
        let alerts = flow.events.compactMap {
            if case .tls(.server, let facts) = $0 { facts.alerts.map(\.text) } else { nil }
        }
        #expect(alerts.last?.contains("warning close_notify from server") == true)
        await proxy.stop()
    }

    /// A device that is gone is told nothing: no close_notify stands in the log that was never on the wire.
    @Test func aResetIsNotAnsweredWithCloseNotify() async throws {
        let (path, client, server) = try await relayed()
        client.socket.reset()
        try server.socket.expectReset()
        let flow = try #require(try await path.tap.closed().first)
        #expect(flow.reason == .clientReset)
        var alerts: [String] = []
        for case .tls(.client, let facts) in flow.events { alerts += facts.alerts.map(\.text) }
        #expect(alerts == [])
        await path.close()
    }

    @Test func legsAreTold() async throws {
        let path = try await Path(.tlsTunnel)
        let accepted = path.accept()
        let client = try #require(try path.connect() as? TLSEnd)
        _ = try accepted.get()
        client.close()
        let flow = try #require(try await path.tap.closed().first)
        var facts: [Leg: String?] = [:]
        for case .tls(let leg, let known) in flow.events { facts[leg] = known.version }
        #expect(facts == [.client: "TLS 1.3", .server: "TLS 1.3"])
        // The leaf is for the same name as the server's.
        #expect(client.session.facts.certificate?.ipAddresses == ["127.0.0.1"])
        await path.close()
    }
}
