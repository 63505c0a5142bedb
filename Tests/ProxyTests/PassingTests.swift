import Inspection
import NIOCore
import TLSEngine
import TLSWire
import TestSupport
import Testing
import Wire

@testable import Proxy

/// Connections that --ignore-hosts leaves alone: raw octets go over, and the log has the hellos' facts and why.
@Suite(.serialized) struct PassingTests {
    private let authorities: TestAuthorities

    init() throws { authorities = try TestAuthorities.shared.get() }

    private func start(_ mode: Listener.Mode, _ patterns: [String]) async throws -> TestProxy {
        try await TestProxy(mode, ignoring: try HostPatterns(patterns))
    }

    /// A server for a device that trusts its authority and not the proxy's: the two can only agree when nobody stands
    /// between them.
    private func serve(_ listener: TestListener) -> Awaited<TLSEnd> {
        let context = authorities.serverContext
        return Awaited {
            let end = TLSEnd(try listener.accept(), context.makeSession(host: "127.0.0.1"))
            try end.shakeHands()
            return end
        }
    }

    private func device(_ socket: TestSocket, name: String) throws -> TLSEnd {
        var configuration = ClientTLSConfiguration()
        configuration.extraAuthorities = authorities.serversCertificate
        return TLSEnd(socket, try ClientTLSContext(configuration).makeSession(host: name))
    }

    private func expectPassed(_ flow: TapRecorder.Flow, _ why: String, name: String?) {
        #expect(flow.rules == ["relayed-unopened"])
        #expect(flow.findings.first?.text.contains(why) == true, "\(flow.findings)")
        #expect(flow.bytes.toServer == [] && flow.bytes.toClient == [])
        #expect(flow.passed.toServer > 200 && flow.passed.toClient > 200)
        #expect(flow.errors == [])
        var versions: [Leg: String] = [:]
        for case .tls(let leg, let facts) in flow.events {
            versions[leg] = facts.version
            #expect(facts.sni == name)
            #expect(!facts.decrypted)
        }
        #expect(versions == [.client: "TLS 1.3", .server: "TLS 1.3"])
    }

    private func exchange(_ device: TLSEnd, _ server: Awaited<TLSEnd>) throws {
        try device.send([1, 2, 3])
        let end = try server.get()
        #expect(try end.receive(3) == [1, 2, 3])
        try end.send([4])
        #expect(try device.receive(1) == [4])
        device.close()
        _ = try? end.expectEnd()
        end.close()
    }

    @Test func byCONNECT() async throws {
        let listener = try TestListener()
        let proxy = try await start(.regular, ["nothing", "^127\\.0\\.0\\.1:\(listener.port)$"])
        let socket = try proxy.connect()
        try socket.send("CONNECT 127.0.0.1:\(listener.port) HTTP/1.1\r\n\r\n".utf8)
        #expect(try socket.receiveHead().hasPrefix("HTTP/1.1 200 "))
        let server = serve(listener)
        try exchange(try device(socket, name: "dm.example"), server)
        expectPassed(
            try #require(try await proxy.tap.closed().first), "CONNECT target 127.0.0.1:\(listener.port) matches",
            name: "dm.example")
        await proxy.stop()
    }

    @Test func bySOCKS() async throws {
        let listener = try TestListener()
        let proxy = try await start(.socks5, ["LOCALHOST"])
        let socket = try proxy.connect()
        try socket.send(
            hex("05 01 00 | 05 01 00 03 09 'localhost'")
                + [UInt8(listener.port >> 8), UInt8(listener.port & 255)])
        _ = try socket.receive(12)
        let server = serve(listener)
        try exchange(try device(socket, name: "dm.example"), server)
        expectPassed(
            try #require(try await proxy.tap.closed().first), "SOCKS destination localhost:", name: "dm.example")
        await proxy.stop()
    }

    @Test(arguments: [false, true]) func byReverseHost(_ tls: Bool) async throws {
        let listener = try TestListener()
        let proxy = try await start(
            .reverse(Upstream(host: "127.0.0.1", port: listener.port, tls: tls)), ["127.0.0.1"])
        let server = serve(listener)
        try exchange(try device(try proxy.connect(), name: "dm.example"), server)
        expectPassed(try #require(try await proxy.tap.closed().first), "its server 127.0.0.1:", name: "dm.example")
        await proxy.stop()
    }

    /// The name in the hello decides, however the hello comes; what does not match is opened as ever.
    @Test func bySNIAtEverySplit() async throws {
        let listener = try TestListener()
        let proxy = try await start(
            .reverse(Upstream(host: "127.0.0.1", port: listener.port, tls: true)), ["secret\\.example"])
        var hello: [UInt8] = []
        let elsewhere = try TestListener()
        try device(try TestSocket.connect(port: elsewhere.port), name: "secret.example").session.drive(
            receiving: [UInt8]().span.bytes, onPlaintext: { _ in },
            onCiphertext: { $0.withUnsafeBytes { hello += $0 } })
        // Whole, one at a time, and cut inside the record header, the hello and its name.
        let cuts = splits(hello.count).enumerated().filter { $0.offset < 8 || $0.offset % 61 == 0 }.map(\.element)
        for pieces in cuts {
            let socket = try proxy.connect()
            for piece in pieces { try socket.send(hello[piece]) }
            let server = try listener.accept()
            #expect(try server.receive(hello.count) == hello)
            socket.close()
            server.close()
        }
        let opened = TLSEnd(try proxy.connect(), authorities.deviceContext.makeSession(host: "127.0.0.1"))
        let server = serve(listener)
        try opened.send([1])
        let end = try server.get()
        #expect(try end.receive(1) == [1])
        opened.close()
        end.close()
        let flows = try await proxy.tap.closed(cuts.count + 1)
        let passed = flows.filter { $0.rules == ["relayed-unopened"] }
        #expect(passed.count == cuts.count)
        #expect(passed.allSatisfy { $0.passed.toServer == UInt64(hello.count) && $0.bytes.toServer == [] })
        #expect(passed.allSatisfy { $0.findings[0].text.contains("SNI secret.example:\(listener.port)") })
        #expect(flows.contains { $0.bytes.toServer == [1] && $0.passed.toServer == 0 })
        await proxy.stop()
    }

    /// A hello that never becomes whole: the wait for the name ends as the handshake's would.
    @Test func aHelloCutShort() async throws {
        let proxy = try await start(.regular, ["x"])
        let client = try proxy.connect()
        try client.send([0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC])
        try client.finish()
        #expect(try client.receiveUntilEnd() == [])
        #expect(try await proxy.tap.closed().first?.rules == ["tls-handshake-cut"])
        await proxy.stop()
    }

    @Test func plainConnectionsPassToo() async throws {
        let listener = try TestListener()
        let proxy = try await start(.regular, [":\(listener.port)$"])
        let client = try proxy.connect()
        try client.send("CONNECT 127.0.0.1:\(listener.port) HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n".utf8)
        #expect(try client.receiveHead().hasPrefix("HTTP/1.1 200 "))
        let server = try listener.accept()
        #expect(try server.receiveHead() == "GET / HTTP/1.1\r\n\r\n")
        try server.send("hi".utf8)
        #expect(try client.receive(2) == Array("hi".utf8))
        client.close()
        server.close()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.passed.toServer == 18 && flow.passed.toClient == 2 && flow.bytes.toServer == [])
        #expect(flow.rules == ["relayed-unopened"])
        await proxy.stop()
    }

    @Test func patterns() throws {
        let patterns = try HostPatterns(["^dm\\.example:443$", "\\[2001:"])
        #expect(patterns.match(Destination(host: "DM.example", port: 443)) == "^dm\\.example:443$")
        #expect(patterns.match(Destination(host: "dm.example", port: 8443)) == nil)
        #expect(patterns.match(Destination(host: "2001:db8::1", port: 1)) == "\\[2001:")
        #expect(throws: PatternError.self) { try HostPatterns(["("]) }
    }
}
