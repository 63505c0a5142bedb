import Inspection
import Logging
import NIOCore
import Proxy
import TLSEngine
import TestSupport
import Testing
import Wire

/// Servers that cannot be had, devices that will not, and peers that stall: each ends with a finding, and the proxy
/// lives on.
@Suite(.serialized) struct FailureTests {
    private let authorities: TestAuthorities

    init() throws { authorities = try TestAuthorities.shared.get() }

    private func reverse(_ port: Int, tls: Bool = false) -> Listener.Mode {
        .reverse(Upstream(host: "127.0.0.1", port: port, tls: tls))
    }

    private func device(_ socket: TestSocket, trusting: Bool = true) throws -> TLSEnd {
        let context = trusting ? authorities.deviceContext : authorities.proxyContexts.server
        return TLSEnd(socket, context.makeSession(host: "127.0.0.1"))
    }

    private static let request = "POST /dm HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"

    @Test func aServerThatRefusesIsAnsweredFor() async throws {
        let port = FreePort.take()
        let proxy = try await TestProxy(reverse(port))
        let answer = try proxy.ask(Self.request)
        #expect(answer.hasPrefix("HTTP/1.1 502 Bad Gateway\r\n"))
        #expect(answer.hasSuffix("\r\n\r\nDMScope: 127.0.0.1:\(port) refuses connections\n"))
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.rules == ["upstream-refused"])
        #expect(flow.reason == .error)
        #expect(flow.bytes.toServer == Array(Self.request.utf8))
        // What the device got is told as what it is.
        #expect(flow.bytes.toClient == Array(answer.utf8))
        let details = "127.0.0.1:\(port) refuses connections"
        #expect(answer.contains("\r\nProxy-Status: DMScope; error=connection_refused; details=\"\(details)\"\r\n"))
        #expect(try proxy.ask("HEAD / HTTP/1.1\r\n\r\n").hasSuffix("\r\n\r\n"))
        await proxy.stop()
    }

    @Test func aClientThatIsNotHTTPIsClosed() async throws {
        let proxy = try await TestProxy(reverse(FreePort.take()))
        #expect(try proxy.ask("\u{1}\u{2}\u{3}") == "")
        #expect(try await proxy.tap.closed().first?.rules == ["upstream-refused"])
        await proxy.stop()
    }

    @Test func behindTLSTheAnswerComesInTLS() async throws {
        let proxy = try await TestProxy(reverse(FreePort.take(), tls: true))
        let client = try device(try proxy.connect())
        try client.send(Array(Self.request.utf8))
        #expect(String(decoding: try client.receive(24), as: UTF8.self) == "HTTP/1.1 502 Bad Gateway")
        client.close()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.rules == ["upstream-refused"])
        #expect(flow.bytes.toServer == Array(Self.request.utf8))
        await proxy.stop()
    }

    @Test func aCertificateThatDoesNotVerify() async throws {
        let listener = try TestListener()
        // The proxy trusts the servers' authority; this server's leaf comes from the proxy's own.
        let proxy = try await TestProxy(reverse(listener.port, tls: true))
        let context = authorities.proxyContexts.device
        let server = Awaited {
            let end = TLSEnd(try listener.accept(), context.makeSession(host: "127.0.0.1"))
            do { try end.shakeHands() } catch let failure as TLSFailure { return failure.alert }
            return nil
        }
        let client = try device(try proxy.connect())
        try client.send(Array(Self.request.utf8))
        #expect(String(decoding: try client.receive(12), as: UTF8.self) == "HTTP/1.1 502")
        #expect(try server.get() == "unknown_ca")
        client.close()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.rules.contains("upstream-certificate-invalid"))
        await proxy.stop()
    }

    @Test func aDeviceThatRejectsOurCertificate() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(reverse(listener.port))
        let client = try device(try proxy.connect(), trusting: false)
        #expect(throws: TLSFailure.self) { try client.shakeHands() }
        client.close()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.rules.contains("client-rejected-certificate"))
        #expect(flow.reason == .error)
        // It lives on.
        let next = try device(try proxy.connect())
        let server = try listener.accept()
        #expect(try server.receiveUntilEnd() == [])
        try next.send([1])
        #expect(try listener.accept().receive(1) == [1])
        await proxy.stop()
    }

    /// The server is there, and gone again before the device is through its handshake.
    @Test func aServerThatResetsAtOnce() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(reverse(listener.port))
        let client = try device(try proxy.connect())
        try client.beginHandshake()
        #expect(client.socket.isReadable(within: patience))
        try listener.accept().reset()
        let closed = try await proxy.tap.noticed()
        #expect(closed == ["upstream-closed"])
        try client.send(Array(Self.request.utf8))
        #expect(String(decoding: try client.receive(12), as: UTF8.self) == "HTTP/1.1 502")
        client.close()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.rules == ["upstream-closed"] && flow.reason == .serverReset)
        #expect(flow.findings[0].text == "127.0.0.1:\(listener.port) ended the connection at once")
        await proxy.stop()
    }

    @Test(arguments: [false, true]) func aServerThatClosesInTheHandshake(_ byReset: Bool) async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(reverse(listener.port, tls: true))
        let closing = Awaited {
            let server = try listener.accept()
            if byReset {
                _ = try server.receive(1)
            } else {
                try server.finish()
                _ = try server.receiveUntilEnd()
            }
        }
        let client = try device(try proxy.connect())
        try client.send(Array(Self.request.utf8))
        #expect(String(decoding: try client.receive(12), as: UTF8.self) == "HTTP/1.1 502")
        try closing.get()
        client.close()
        let rules = try await proxy.tap.closed().first?.rules
        #expect(rules == ["tls-handshake-cut"])
        await proxy.stop()
    }

    @Test func aServerThatStallsInTheHandshake() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(reverse(listener.port, tls: true)) { $0.handshakeTimeout = .milliseconds(200) }
        let client = try proxy.connect()
        try client.send(Self.request.utf8)
        let server = try listener.accept()
        #expect(try client.receiveHead().hasPrefix("HTTP/1.1 504 "))
        #expect(try server.receive(1) == [0x16])
        client.close()
        #expect(try await proxy.tap.closed().first?.rules == ["tls-handshake-timeout"])
        await proxy.stop()
    }

    @Test func aDeviceThatStallsInTheHandshake() async throws {
        let proxy = try await TestProxy(.regular) { $0.handshakeTimeout = .milliseconds(100) }
        let client = try proxy.connect()
        try client.send([0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC])
        #expect(try client.receiveUntilEnd() == [])
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.rules == ["tls-handshake-timeout"])
        #expect(flow.reason == .timeout)
        await proxy.stop()
    }

    @Test func octetsThatAreNoTLS() async throws {
        let proxy = try await TestProxy(.regular)
        let client = try proxy.connect()
        try client.send([0x16, 3, 1, 0, 5, 9, 9, 9, 9, 9])
        _ = try? client.receiveUntilEnd()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.rules == ["tls-failed"], "\(flow.findings)")
        #expect(flow.reason == .error)
        await proxy.stop()
    }

    @Test func tlsThatNamesNoServer() async throws {
        let proxy = try await TestProxy(.regular)
        let client = try device(try proxy.connect())
        #expect {
            try client.shakeHands()
        } throws: {
            ($0 as? TLSFailure)?.alert == "unrecognized_name"
        }
        #expect(try await proxy.tap.closed().first?.rules == ["proxy-destination-unknown"])
        await proxy.stop()
    }

    @Test func tlsThatNamesItsServer() async throws {
        let proxy = try await TestProxy(.regular)
        let name = String(repeating: "a", count: 80) + ".invalid"
        let client = TLSEnd(
            try proxy.connect(), authorities.deviceContext.makeSession(host: name))
        try client.send(Array(Self.request.utf8))
        #expect(String(decoding: try client.receive(12), as: UTF8.self) == "HTTP/1.1 502")
        client.close()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.origin.server == "\(name):443")
        #expect(flow.origin.host == name)
        #expect(flow.rules == ["upstream-name-unknown"])
        #expect(flow.findings[0].text.wholeMatch(of: /the name a+\.invalid leads to no address: [A-Z][a-z ]+/) != nil)
        await proxy.stop()
    }

    @Test func idleConnectionsEnd() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(reverse(listener.port)) { $0.idleTimeout = .milliseconds(150) }
        let client = try proxy.connect()
        try client.send([1])
        let server = try listener.accept()
        #expect(try server.receiveUntilEnd() == [1])
        #expect(try client.receiveUntilEnd() == [])
        #expect(try await proxy.tap.closed().first?.reason == .timeout)
        await proxy.stop()
    }

    /// A server that has nothing to say to a client that hung up is not waited for as long as for one that is there.
    @Test(arguments: [false, true]) func aClientThatHangsUpIsNotWaitedFor(_ overTLS: Bool) async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(reverse(listener.port)) { $0.clientEndedTimeout = .milliseconds(150) }
        let client = try proxy.connect()
        let tls = overTLS ? try device(client) : nil
        try tls?.shakeHands()
        if let tls { try tls.send(Array(Self.request.utf8)) } else { try client.send(Self.request.utf8) }
        let server = try listener.accept()
        defer { server.close() }
        #expect(try server.receive(Self.request.utf8.count) == Array(Self.request.utf8))
        // Octets unread, such as tickets of TLS 1.3, would make a close a reset.
        if let tls { try tls.finish() } else { try client.finish() }
        // It never ends its side, and sees the client's end at once.
        #expect(try server.receiveUntilEnd() == [])
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.reason == .clientFin)
        await proxy.stop()
    }

    /// A client may end its direction and wait. What the server then sends shows that it does, and ends the short wait.
    @Test func aClientThatHalfClosesGetsItsResponse() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(reverse(listener.port)) { $0.clientEndedTimeout = .milliseconds(300) }
        let client = try proxy.connect()
        try client.send(Self.request.utf8)
        try client.finish()
        let server = try listener.accept()
        #expect(try server.receiveUntilEnd() == Array(Self.request.utf8))
        try server.send("HTTP/1.1 200 OK\r\n".utf8)
        #expect(try client.receive(17) == Array("HTTP/1.1 200 OK\r\n".utf8))
        try await Task.sleep(for: .milliseconds(600))
        try server.send("Content-Length: 0\r\n\r\n".utf8)
        server.close()
        #expect(try client.receiveUntilEnd() == Array("Content-Length: 0\r\n\r\n".utf8))
        #expect(try await proxy.tap.closed().first?.reason == .clientFin)
        await proxy.stop()
    }

    /// What is not HTTP may be half-closed for longer.
    @Test func othersThatHalfCloseAreWaitedFor() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(reverse(listener.port)) { $0.clientEndedTimeout = .milliseconds(50) }
        let (client, server) = try proxy.relayed(to: listener)
        try client.finish()
        #expect(try server.receiveUntilEnd() == [])
        try await Task.sleep(for: .milliseconds(300))
        try server.send([2])
        server.close()
        #expect(try client.receiveUntilEnd() == [2])
        await proxy.stop()
    }

    /// Neither side says anything: in a tunnel, and behind a reverse listener, with TLS to the server or without.
    @Test(arguments: ["tunnel", "http", "https"]) func connectionsWithoutAWordEnd(_ way: String) async throws {
        let listener = try TestListener()
        let mode = way == "tunnel" ? Listener.Mode.regular : reverse(listener.port, tls: way == "https")
        let proxy = try await TestProxy(mode) { $0.idleTimeout = .milliseconds(150) }
        let client = try proxy.connect()
        if way == "tunnel" {
            try client.send("CONNECT 127.0.0.1:\(listener.port) HTTP/1.1\r\n\r\n".utf8)
            #expect(try client.receiveHead().hasPrefix("HTTP/1.1 200 "))
        }
        #expect(try client.receiveUntilEnd() == [])
        // Without a server there is no flow to tell of.
        #expect(try await proxy.tap.closed(way == "https" ? 0 : 1).map(\.reason) == (way == "https" ? [] : [.timeout]))
        for _ in 0..<(patience / 2) where proxy.server.counters.connectionsOpen.value > 0 {
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(proxy.server.counters.connectionsOpen.value == 0)
        await proxy.stop()
    }

    @Test func shutdownEndsWhatIsOpen() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(reverse(listener.port))
        let (client, server) = try proxy.relayed(to: listener)
        defer { server.close() }
        await proxy.stop()
        #expect(try client.receiveUntilEnd() == [])
        #expect(proxy.tap.all.map(\.reason) == [.open])
        #expect(proxy.server.counters.connectionsOpen.value == 0)
    }

    @Test func shutdownWaitsForItsGrace() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(reverse(listener.port))
        let (client, server) = try proxy.relayed(to: listener)
        async let stopped: Void = proxy.server.shutdown(grace: .seconds(30))
        try server.send([2])
        #expect(try client.receive(1) == [2])
        try client.finish()
        #expect(try server.receiveUntilEnd() == [])
        server.close()
        await stopped
        #expect(proxy.tap.all.map(\.reason) == [.clientFin])
    }

    @Test func connectionsPastTheLimitWait() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(reverse(listener.port)) { $0.connections = 2 }
        let clients = try (0..<4).map { n in
            let client = try proxy.connect()
            try client.send([UInt8(n)])
            return client
        }
        let first = try (0..<2).map { _ in try listener.accept() }
        #expect(try first.map { try $0.receive(1) } == [[0], [1]])
        #expect(throws: SocketFailure.self) { try listener.accept(within: 200) }
        for (client, server) in zip(clients, first) {
            client.close()
            _ = try server.receiveUntilEnd()
            server.close()
        }
        let second = try (0..<2).map { _ in try listener.accept() }
        #expect(try second.map { try $0.receive(1) } == [[2], [3]])
        await proxy.stop()
    }

    @Test func aBusyPortIsOneClearLine() async throws {
        let listener = try TestListener()
        let configuration = ProxyConfiguration(listeners: [
            Listener(.regular, port: 0), Listener(.regular, port: listener.port),
        ])
        let server = ProxyServer(configuration, tap: NoTap(), logger: Logger(label: "test"))
        await #expect {
            _ = try await server.start()
        } throws: {
            "\($0)".hasPrefix("cannot listen on 127.0.0.1:\(listener.port): Address already in use; stop ")
        }
    }
    @Test func aListenerWhoseNameLeadsNowhereIsOneClearLine() async throws {
        // Longer than a name may be, so that no resolver is asked over the network.
        let name = String(repeating: "a", count: 80) + ".invalid"
        let configuration = ProxyConfiguration(listeners: [Listener(.regular, host: name, port: 0)])
        let server = ProxyServer(configuration, tap: NoTap(), logger: Logger(label: "test"))
        await #expect {
            _ = try await server.start()
        } throws: {
            "\($0)".wholeMatch(
                of: /cannot listen on a+\.invalid:0: the name a+\.invalid leads to no address: [A-Z][a-z ]+; give .*/)
                != nil
        }
    }
}
