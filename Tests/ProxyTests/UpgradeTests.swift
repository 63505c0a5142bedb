import Inspection
import NIOCore
import TLSEngine
import TLSWire
import TestSupport
import Testing
import Wire

@testable import Proxy

@Suite struct UpgradeWatchTests {
    private static let servers: [(String, Bool)] = [
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", true), ("HTTP/1.0 101\r\n", true), ("HTTP/1.1 101", true),
        ("HTTP/1.1 100 Continue\r\n\r\n", false), ("HTTP/1.1 200 OK\r\n\r\n101", false), ("HTTP/2.1 101", false),
        ("", false),
        ("HTTP/1.1 10", false), ("HTTP/1.1 1010", true), ("HTTP/1.x 101", false),
        // Behind another response.
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nHHTTP/1.1 101 Switching Protocols\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/HTTPHTTP/1.1 101\r\n\r\n", true),
        ("HTTP/1.1 204 No Content\r\n\r\n" + String(repeating: "x", count: 2000) + "HTTP/1.1 101\r\n\r\n", true),
    ]
    @Test(arguments: servers) func theServersAnswerAtEverySplit(_ text: String, _ switches: Bool) {
        let octets = Array(text.utf8)
        for pieces in splits(octets.count) {
            var watch = UpgradeWatch()
            for piece in pieces { watch.toClient(octets[piece].span.bytes) }
            #expect(watch.isSwitched == switches, "\(pieces)")
        }
    }

    @Test func theClientsNextOctetDecides() {
        let (answer, tls, other) = (Array("HTTP/1.1 101 x".utf8), [0x16, 3, 1] as [UInt8], Array("GET".utf8))
        var watch = UpgradeWatch()
        func begins(_ octets: [UInt8]) -> Bool { watch.beginsTLS(octets.span.bytes) }
        let untold = begins(tls)
        watch.toClient(answer.span.bytes)
        let behind = [begins(other), begins(tls)]
        watch.toClient(answer.span.bytes)
        watch.toClient(other.span.bytes)
        let told = [begins(tls), begins(tls)]
        watch.toClient(answer.span.bytes)
        let foreign = begins([0x16, 1, 3])
        watch.toClient(answer.span.bytes)
        let alone = begins([0x16])
        #expect(!foreign && alone)
        #expect(!untold)
        #expect(behind == [false, false])
        #expect(told == [true, false])
    }
}

/// TLS that begins inside a plain connection, both ends played by hand; a real server stands in `EndToEndTests`.
@Suite(.serialized) struct UpgradeTests {
    private static let request =
        "OPTIONS * HTTP/1.1\r\nHost: dm.example\r\nUpgrade: TLS/1.2\r\nConnection: Upgrade\r\n\r\n"
    private static let answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.2, HTTP/1.1\r\nConnection: Upgrade\r\n\r\n"

    private func open(_ proxy: TestProxy, _ listener: TestListener, tunnel: Bool) throws -> (TestSocket, TestSocket) {
        let client = try proxy.connect()
        if tunnel {
            try client.send("CONNECT 127.0.0.1:\(listener.port) HTTP/1.1\r\n\r\n".utf8)
            #expect(try client.receiveHead().hasPrefix("HTTP/1.1 200 "))
        }
        try client.send(Self.request.utf8)
        let server = try listener.accept()
        #expect(try server.receiveHead() == Self.request)
        try server.send(Self.answer.utf8)
        #expect(try client.receiveHead() == Self.answer)
        return (client, server)
    }

    @Test(arguments: [false, true]) func bothLegsFollow(_ tunnel: Bool) async throws {
        let authorities = try TestAuthorities.shared.get()
        let listener = try TestListener()
        let proxy = try await TestProxy(
            tunnel ? .regular : .reverse(Upstream(host: "127.0.0.1", port: listener.port, tls: false)))
        let (client, server) = try open(proxy, listener, tunnel: tunnel)
        let secured = Awaited {
            let end = TLSEnd(server, authorities.serverContext.makeSession(host: "127.0.0.1"))
            try end.shakeHands()
            return end
        }
        let device = TLSEnd(client, authorities.deviceContext.makeSession(host: "127.0.0.1"))
        try device.shakeHands()
        let end = try secured.get()
        // The answer to the request that asked for the upgrade comes in TLS.
        let response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        try end.send(Array(response.utf8))
        #expect(try device.receive(response.utf8.count) == Array(response.utf8))
        try device.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        #expect(try end.receive(18) == Array("GET / HTTP/1.1\r\n\r\n".utf8))
        try device.finish()
        try end.expectEnd()
        try end.finish()
        try device.expectEnd()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(String(decoding: flow.bytes.toServer, as: UTF8.self) == Self.request + "GET / HTTP/1.1\r\n\r\n")
        #expect(String(decoding: flow.bytes.toClient, as: UTF8.self) == Self.answer + response)
        var versions: [Leg: String] = [:]
        for case .tls(let leg, let facts) in flow.events { versions[leg] = facts.version }
        #expect(versions == [.client: "TLS 1.3", .server: "TLS 1.3"])
        #expect(flow.errors == [] && flow.rules == [] && flow.reason == .clientFin)
        await proxy.stop()
    }

    /// The 101 shares a read with the response to a request before.
    @Test func behindAPipelinedResponse() async throws {
        let authorities = try TestAuthorities.shared.get()
        let listener = try TestListener()
        let proxy = try await TestProxy(.reverse(Upstream(host: "127.0.0.1", port: listener.port, tls: false)))
        let client = try proxy.connect()
        let both = "GET / HTTP/1.1\r\n\r\n" + Self.request
        try client.send(both.utf8)
        let server = try listener.accept()
        #expect(try server.receive(both.utf8.count) == Array(both.utf8))
        let answers = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + Self.answer
        try server.send(answers.utf8)
        #expect(try client.receive(answers.utf8.count) == Array(answers.utf8))
        let secured = Awaited {
            let end = TLSEnd(server, authorities.serverContext.makeSession(host: "127.0.0.1"))
            try end.shakeHands()
            return end
        }
        let device = TLSEnd(client, authorities.deviceContext.makeSession(host: "127.0.0.1"))
        try device.shakeHands()
        let end = try secured.get()
        try end.send([1, 2])
        #expect(try device.receive(2) == [1, 2])
        device.close()
        end.close()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(String(decoding: flow.bytes.toClient, as: UTF8.self) == answers + "\u{01}\u{02}")
        await proxy.stop()
    }

    @Test func anotherProtocolGoesOverAsItIs() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(.reverse(Upstream(host: "127.0.0.1", port: listener.port, tls: false)))
        let (client, server) = try open(proxy, listener, tunnel: false)
        for octets in [[0x81, 0x16], [0x16, 3, 1, 0, 5]] as [[UInt8]] {
            try client.send(octets)
            #expect(try server.receive(octets.count) == octets)
        }
        client.close()
        server.close()
        #expect(try await proxy.tap.closed().first?.rules == [])
        await proxy.stop()
    }

    /// The server's leg cannot be secured: the finding says why, and the device is not left waiting.
    @Test func aServerThatDoesNotFollow() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(.reverse(Upstream(host: "127.0.0.1", port: listener.port, tls: false))) {
            $0.handshakeTimeout = .milliseconds(200)
        }
        let (client, server) = try open(proxy, listener, tunnel: false)
        let context = try TestAuthorities.shared.get().deviceContext
        let closing = Awaited {
            _ = try server.receive(5)
            server.close()
        }
        let device = TLSEnd(client, context.makeSession(host: "127.0.0.1"))
        _ = try? device.shakeHands()
        try closing.get()
        _ = try client.receiveUntilEnd()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.rules.contains("tls-handshake-cut"))
        #expect(flow.reason == .error)
        await proxy.stop()
    }
}
