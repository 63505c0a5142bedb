import Inspection
import Logging
import NIOCore
import TLSEngine
import TestSupport
import Testing
import Wire

@testable import Proxy

@Suite struct ProxyAnswerTests {
    private static let answers: [(String, ProxyAnswer.Outcome)] = [
        ("HTTP/1.1 200 Connection established\r\n\r\n", .established(rest: ByteBuffer())),
        ("HTTP/1.0 200\r\nVia: x\r\n\r\n", .established(rest: ByteBuffer())),
        ("HTTP/1.1 299 x\n\n", .established(rest: ByteBuffer())),
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\n",
            .refused(status: 407, reason: "Proxy Authentication Required")
        ),
        ("HTTP/1.1 502\r\n", .refused(status: 502, reason: "")),
        ("HTTP/1.1 101 x\r\n", .refused(status: 101, reason: "x")),
        (
            "HTTP/1.1 100 x\r\n\r\nHTTP/1.1 102 y\r\nA: b\r\n\r\nHTTP/1.1 200 z\r\n\r\n",
            .established(rest: ByteBuffer())
        ),
        ("HTTP/1.1 102 x\r\n\r\nHTTP/1.1 403 y\r\n", .refused(status: 403, reason: "y")),
        ("HTTP/1.1 102 x\r\n\r\nHTTP/1.1 2", .wait),
        ("SSH-2.0-x\r\n", .malformed("it begins with \"SSH-2.0-x\"")),
        ("HTTP/1.1 2x0 y\r\n", .malformed("it begins with \"HTTP/1.1 2x0 y\"")),
        ("HTTP/1.1 0200 y\r\n", .malformed("it begins with \"HTTP/1.1 0200 y\"")),
        ("HTTP/1.1 200 OK\r\nVia: x\r\n", .wait),
        ("HTTP/1.1 200 O", .wait),
    ]
    @Test(arguments: answers) func reads(_ text: String, _ outcome: ProxyAnswer.Outcome) {
        let octets = Array(text.utf8)
        for pieces in splits(octets.count) {
            var answer = ProxyAnswer(limit: 1000)
            var last = ProxyAnswer.Outcome.wait
            for piece in pieces where last == .wait { last = answer.take(ByteBuffer(bytes: octets[piece])) }
            #expect(last == outcome)
        }
    }

    @Test func whatFollowsIsTheServers() {
        let octets = Array("HTTP/1.1 100 x\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello".utf8)
        let head = octets.count - 5
        for pieces in splits(octets.count) {
            var answer = ProxyAnswer(limit: 1000)
            for piece in pieces where piece.lowerBound < head {
                // What comes with the end of the head; later pieces are no longer shown to it.
                let rest = octets[max(head, piece.lowerBound)..<max(head, piece.upperBound)]
                let outcome = answer.take(ByteBuffer(bytes: octets[piece]))
                #expect(outcome == (piece.upperBound < head ? .wait : .established(rest: ByteBuffer(bytes: rest))))
            }
        }
    }

    @Test func whatDoesNotEndIsBounded() {
        for text in [
            String(repeating: "x", count: 101), String(repeating: "HTTP/1.1 100 x\r\n\r\n", count: 100),
            "HTTP/1.1 200 OK\r\nVia: \(String(repeating: "x", count: 101))",
        ] {
            var answer = ProxyAnswer(limit: 100)
            guard case .malformed = answer.take(ByteBuffer(string: text)) else {
                Issue.record("not bounded: \(text)")
                continue
            }
        }
    }
}

/// The proxy behind us played by hand; real ones stand in `RealProxyTests`.
@Suite(.serialized) struct UpstreamModeTests {
    private func start(_ port: Int, _ adjust: (inout ProxyLimits) -> Void = { _ in }) async throws -> TestProxy {
        try await TestProxy(
            .upstream(UpstreamProxy(host: "127.0.0.1", port: port, authorization: "Basic eDp5")), adjust)
    }

    private static let connect = "CONNECT dm.example:443 HTTP/1.1\r\n\r\n"

    /// A client of a proxy that has led its CONNECT to the one behind.
    private struct Led {
        let behind: TestListener
        let proxy: TestProxy
        let client: TestSocket
        let upstream: TestSocket
        let head: String
    }

    private func lead() async throws -> Led {
        let behind = try TestListener()
        let proxy = try await start(behind.port)
        let client = try proxy.connect()
        try client.send(Self.connect.utf8)
        let upstream = try behind.accept()
        return Led(behind: behind, proxy: proxy, client: client, upstream: upstream, head: try upstream.receiveHead())
    }

    @Test func theServersFirstOctetsMayComeWithTheAnswer() async throws {
        let led = try await lead()
        let (proxy, client, upstream) = (led.proxy, led.client, led.upstream)
        #expect(
            led.head
                == "CONNECT dm.example:443 HTTP/1.1\r\nHost: dm.example:443\r\nProxy-Authorization: Basic eDp5\r\n\r\n")
        try upstream.send("HTTP/1.1 200 OK\r\nVia: 1.1 behind\r\n\r\nhello".utf8)
        #expect(try client.receiveHead() == "HTTP/1.1 200 Connection established\r\n\r\n")
        #expect(try client.receive(5) == Array("hello".utf8))
        try client.send([7])
        #expect(try upstream.receive(1) == [7])
        client.close()
        upstream.close()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.bytes.toClient == Array("hello".utf8) && flow.bytes.toServer == [7])
        #expect(flow.origin.server == "dm.example:443" && flow.origin.host == "dm.example")
        #expect(!flow.origin.loopback)
        #expect(flow.errors == [] && flow.rules == [])
        await proxy.stop()
    }

    private static let refusals: [(String, String, String)] = [
        ("HTTP/1.1 403 Filtered\r\n\r\n", "upstream-proxy-refused", "with 403 Filtered"),
        ("SSH-2.0-server\r\n", "upstream-proxy-malformed", "SSH-2.0-server"),
        ("", "upstream-closed", "ended the connection without an answer"),
        ("HTTP/1.1 20", "upstream-closed", "ended the connection without an answer"),
    ]
    @Test(arguments: refusals)
    func whatTheProxyBehindRefusesIsNamed(_ answer: String, _ rule: String, _ words: String) async throws {
        let led = try await lead()
        let (behind, proxy, client, upstream) = (led.behind, led.proxy, led.client, led.upstream)
        try upstream.send(answer.utf8)
        try upstream.finish()
        let head = try client.receiveHead()
        #expect(head.hasPrefix("HTTP/1.1 502 "))
        let flow = try #require(
            try await {
                client.close()
                return try await proxy.tap.closed().first
            }())
        #expect(flow.rules == [rule])
        #expect(flow.findings[0].text.contains(words))
        #expect(flow.findings[0].text.contains("upstream proxy 127.0.0.1:\(behind.port)"))
        #expect(flow.reason == .error && flow.bytes.toClient.isEmpty)
        await proxy.stop()
    }

    /// It is not the server that reset.
    @Test func aProxyBehindThatResetsIsNamed() async throws {
        let led = try await lead()
        let (behind, proxy, client, upstream) = (led.behind, led.proxy, led.client, led.upstream)
        upstream.reset()
        #expect(try client.receiveHead().hasPrefix("HTTP/1.1 502 "))
        client.close()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.rules == ["upstream-closed"])
        #expect(flow.findings[0].text.hasPrefix("the upstream proxy 127.0.0.1:\(behind.port) ended the connection"))
        await proxy.stop()
    }

    @Test func aProxyBehindThatIsDownOrSilentOrUs() async throws {
        let port = FreePort.take()
        let down = try await start(port)
        #expect(try down.ask(Self.connect).contains("the upstream proxy 127.0.0.1:\(port) refuses connections"))
        #expect(try await down.tap.closed().first?.rules == ["upstream-refused"])
        await down.stop()
        let behind = try TestListener()
        let silent = try await start(behind.port) { $0.handshakeTimeout = .milliseconds(100) }
        #expect(try silent.ask(Self.connect).hasPrefix("HTTP/1.1 504 "))
        #expect(try await silent.tap.closed().first?.rules == ["upstream-timeout"])
        await silent.stop()
        let own = FreePort.take()
        var configuration = ProxyConfiguration(listeners: [
            Listener(.upstream(UpstreamProxy(host: "127.0.0.1", port: own)), port: own)
        ])
        configuration.tls = try TestAuthorities.shared.get().proxyContexts
        let tap = TapRecorder()
        let server = ProxyServer(configuration, tap: tap, logger: .init(label: "test"))
        _ = try await server.start()
        let client = try TestSocket.connect(port: own)
        try client.send(Self.connect.utf8)
        #expect(try client.receiveHead().hasPrefix("HTTP/1.1 502 "))
        client.close()
        #expect(try await tap.closed().first?.rules == ["upstream-is-proxy"])
        await server.shutdown(grace: .zero)
    }

    /// Absolute-form goes on as it is but for the credentials, and comes back for the next server.
    @Test func absoluteFormStaysAsItIs() async throws {
        let behind = try TestListener()
        let proxy = try await start(behind.port)
        let client = try proxy.connect()
        var open: [TestSocket] = []
        for host in ["a.example", "b.example"] {
            let rest = "Host: \(host)\r\nX: y\r\nContent-Length: 2\r\n\r\nhi"
            try client.send("POST http://\(host)/dm HTTP/1.1\r\n\(rest)".utf8)
            let upstream = try behind.accept()
            open.append(upstream)
            let expected = "POST http://\(host)/dm HTTP/1.1\r\nProxy-Authorization: Basic eDp5\r\n\(rest)"
            #expect(String(decoding: try upstream.receive(expected.utf8.count), as: UTF8.self) == expected)
            try upstream.send("HTTP/1.1 204 No Content\r\n\r\n".utf8)
            #expect(try client.receiveHead() == "HTTP/1.1 204 No Content\r\n\r\n")
        }
        client.close()
        for socket in open { socket.close() }
        #expect(try await proxy.tap.closed(2).map(\.origin.server) == ["a.example:80", "b.example:80"])
        await proxy.stop()
    }

    /// Inside absolute-form too, https leads through a tunnel, with TLS begun by us.
    @Test func absoluteFormWithTLSIsTunnelled() async throws {
        let behind = try TestListener()
        let proxy = try await start(behind.port)
        let client = try proxy.connect()
        try client.send("GET https://a.example/ HTTP/1.1\r\n\r\n".utf8)
        let upstream = try behind.accept()
        #expect(try upstream.receiveHead().hasPrefix("CONNECT a.example:443 HTTP/1.1\r\n"))
        try upstream.send("HTTP/1.1 200 OK\r\n\r\n".utf8)
        #expect(try upstream.receive(2) == [0x16, 3])
        client.close()
        await proxy.stop()
    }
}
