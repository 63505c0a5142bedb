import Binding
import Inspection
import NIOCore
import Proxy
import TestSupport
import Testing
import Wire

@Suite(.serialized) struct RegularModeTests {
    @Test func absoluteFormIsRewrittenAndToldAsSent() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(.regular)
        let authority = "127.0.0.1:\(listener.port)"
        let client = try proxy.connect()
        for path in ["/dm?x", "/second"] {
            try client.send("POST http://\(authority)\(path) HTTP/1.1\r\nhost:x\r\nContent-Length: 2\r\n\r\nhi".utf8)
        }
        let server = try listener.accept()
        for path in ["/dm?x", "/second"] {
            let expected = "POST \(path) HTTP/1.1\r\nhost:x\r\nContent-Length: 2\r\n\r\nhi"
            #expect(String(decoding: try server.receive(expected.utf8.count), as: UTF8.self) == expected)
            let response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            try server.send(response.utf8)
            #expect(try client.receive(response.utf8.count) == Array(response.utf8))
        }
        try client.finish()
        #expect(try server.receiveUntilEnd() == [])
        try server.finish()
        #expect(try client.receiveUntilEnd() == [])
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.origin.host == "127.0.0.1")
        #expect(flow.origin.server == authority)
        #expect(
            String(decoding: flow.bytes.toServer, as: UTF8.self).hasPrefix("POST http://\(authority)/dm?x HTTP/1.1\r\n")
        )
        let alterations = flow.events.compactMap { if case .altered(let alteration) = $0 { alteration } else { nil } }
        #expect(
            alterations.map(\.after) == ["POST /dm?x HTTP/1.1", "POST /second HTTP/1.1"])
        #expect(flow.errors == [])
        await proxy.stop()
    }

    @Test func requestsGoToTheServerTheyName() async throws {
        let (first, second) = (try TestListener(), try TestListener())
        let proxy = try await TestProxy(.regular)
        let client = try proxy.connect()
        // All at once: the second server's waits for the first's response.
        let requests = [first, second, second, first].map { "GET http://127.0.0.1:\($0.port)/ HTTP/1.1\r\n\r\n" }
        try client.send(requests.joined().utf8)
        var order: [String] = []
        func serve(_ listener: TestListener, _ count: Int, _ name: String) throws {
            let server = try listener.accept()
            for n in 0..<count {
                #expect(try server.receiveHead() == "GET / HTTP/1.1\r\n\r\n")
                order.append(name)
                #expect(!second.isPending || name != "first")
                let body = "\(name)\(n)"
                try server.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
                let head = try client.receiveHead()
                #expect(head.hasPrefix("HTTP/1.1 200 OK"))
                #expect(String(decoding: try client.receive(body.utf8.count), as: UTF8.self) == body)
            }
            if name != "last" { #expect(try server.receiveUntilEnd() == []) }
        }
        try serve(first, 1, "first")
        try serve(second, 2, "second")
        try serve(first, 1, "last")
        client.close()
        let flows = try await proxy.tap.closed(3)
        #expect(flows.map(\.origin.server) == [first, second, first].map { "127.0.0.1:\($0.port)" })
        #expect(
            flows.map(\.bytes.toServer.count)
                == [requests[0], requests[1] + requests[2], requests[3]].map(\.utf8.count))
        #expect(flows.flatMap(\.errors) == [])
        await proxy.stop()
    }

    /// The answer to HEAD has no body; the one to what comes behind it, for a server that is down, has.
    @Test func aRequestBehindHEADIsAnsweredForItself() async throws {
        let (listener, port) = (try TestListener(), FreePort.take())
        let proxy = try await TestProxy(.regular)
        let client = try proxy.connect()
        try client.send("HEAD http://127.0.0.1:\(listener.port)/ HTTP/1.1\r\n\r\n".utf8)
        let server = try listener.accept()
        _ = try server.receiveHead()
        try server.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".utf8)
        _ = try client.receiveHead()
        try client.send("GET http://127.0.0.1:\(port)/ HTTP/1.1\r\n\r\n".utf8)
        let head = try client.receiveHead()
        #expect(head.hasPrefix("HTTP/1.1 502 "))
        try client.finish()
        let body = try client.receiveUntilEnd()
        #expect(!body.isEmpty && head.contains("\r\nContent-Length: \(body.count)\r\n"))
        await proxy.stop()
    }

    /// A request that comes in one read with another server's, when the relay has long begun, does not wait for that.
    @Test func theRequestBeforeOneForAnotherServerGoesOut() async throws {
        let (first, second) = (try TestListener(), try TestListener())
        let proxy = try await TestProxy(.regular)
        let client = try proxy.connect()
        func request(_ listener: TestListener) -> String { "GET http://127.0.0.1:\(listener.port)/ HTTP/1.1\r\n\r\n" }
        let answer = "HTTP/1.1 204 No Content\r\n\r\n"
        try client.send(request(first).utf8)
        let server = try first.accept()
        _ = try server.receiveHead()
        try server.send(answer.utf8)
        #expect(try client.receiveHead() == answer)
        try client.send((request(first) + request(second)).utf8)
        #expect(try server.receiveHead() == "GET / HTTP/1.1\r\n\r\n")
        try server.send(answer.utf8)
        let other = try second.accept()
        #expect(try other.receiveHead() == "GET / HTTP/1.1\r\n\r\n")
        client.close()
        await proxy.stop()
    }

    /// What was held back when the connection ended, to be followed, is told: a line without an end, and a request for
    /// another server that waits for this one's response.
    @Test(arguments: ["\u{12}\u{1}\u{1}", "GET http://127.0.0.1:1/ HTTP/1.1\r\n\r\n"], [false, true])
    func whatWasHeldBackIsTold(_ rest: String, _ serverEnds: Bool) async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(.regular)
        let client = try proxy.connect()
        let request = "GET http://127.0.0.1:\(listener.port)/ HTTP/1.1\r\n\r\n"
        try client.send((request + rest).utf8)
        let server = try listener.accept()
        #expect(try server.receiveHead() == "GET / HTTP/1.1\r\n\r\n")
        if serverEnds {
            server.reset()
            try client.expectReset()
        } else {
            client.reset()
            try server.expectReset()
        }
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.reason == (serverEnds ? .serverReset : .clientReset))
        // A socket's first read takes little: what was not read when the reset came is nobody's to tell.
        let told = String(decoding: flow.bytes.toServer, as: UTF8.self)
        #expect((request + rest).hasPrefix(told) && told.utf8.count > request.utf8.count, "\(told)")
        await proxy.stop()
    }

    @Test func aTunnelMayFollowARequest() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(.regular)
        let client = try proxy.connect()
        let request = "GET http://127.0.0.1:\(listener.port)/ HTTP/1.1\r\n\r\n"
        try client.send(request.utf8)
        let server = try listener.accept()
        _ = try server.receiveHead()
        try server.send("HTTP/1.1 204 No Content\r\n\r\n".utf8)
        _ = try client.receiveHead()
        try client.send("CONNECT 127.0.0.1:\(listener.port) HTTP/1.1\r\n\r\nhello".utf8)
        #expect(try client.receiveHead().hasPrefix("HTTP/1.1 200 "))
        let tunnel = try listener.accept()
        #expect(try tunnel.receive(5) == Array("hello".utf8))
        client.close()
        #expect(try tunnel.receiveUntilEnd() == [])
        tunnel.close()
        #expect(try await proxy.tap.closed(2).map(\.bytes.toServer.count) == [request.utf8.count, 5])
        await proxy.stop()
    }

    private static let malformed: [(String, Int, String)] = [
        ("GET /dm HTTP/1.1\r\nHost: dm.example\r\n\r\n", 400, "proxy-request-malformed"),
        ("CONNECT dm.example HTTP/1.1\r\n\r\n", 400, "proxy-request-malformed"),
        ("GET ftp://dm.example/ HTTP/1.1\r\n\r\n", 400, "proxy-request-malformed"),
        ("\u{1}\u{2}\u{3}\r\n\r\n", 400, "proxy-request-malformed"),
        ("CONNECT dm.example:443 HTTP/1.1\r\nHost: ", 400, "proxy-request-malformed"),
        ("GET /\(String(repeating: "x", count: 70_000))", 431, "proxy-request-malformed"),
        ("CONNECT a:1 HTTP/1.1\r\nX: \(String(repeating: "x", count: 70_000))", 431, "proxy-request-malformed"),
    ]
    @Test(arguments: malformed)
    func whatCannotBeServedIsAnswered(_ text: String, _ status: Int, _ rule: String) async throws {
        let proxy = try await TestProxy(.regular)
        let answer = try proxy.ask(text)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        #expect(answer.contains("\r\nConnection: close\r\n"))
        #expect(answer.contains("DMScope: the "))
        #expect(answer.contains("-m reverse:URL") == text.hasPrefix("GET /dm"))
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.rules == [rule])
        #expect(flow.bytes.toClient == [])
        #expect(flow.reason == .error)
        await proxy.stop()
    }

    @Test func nothingSentIsNothingTold() async throws {
        let proxy = try await TestProxy(.regular)
        #expect(try proxy.ask("") == "")
        #expect(proxy.tap.all.isEmpty)
        await proxy.stop()
    }

    @Test func aHeadThatDoesNotEndTimesOut() async throws {
        let proxy = try await TestProxy(.regular) { $0.handshakeTimeout = .milliseconds(100) }
        let client = try proxy.connect()
        try client.send("CONNECT dm.exa".utf8)
        #expect(try client.receiveHead().hasPrefix("HTTP/1.1 408 "))
        #expect(try await proxy.tap.closed().first?.rules == ["proxy-request-timeout"])
        await proxy.stop()
    }

    @Test func tunnelToNowhere() async throws {
        let proxy = try await TestProxy(.regular) { $0.connectTimeout = .milliseconds(200) }
        let port = FreePort.take()
        #expect(
            try proxy.ask("CONNECT 127.0.0.1:\(port) HTTP/1.1\r\n\r\n").contains(
                "127.0.0.1:\(port) refuses connections"))
        #expect(try proxy.ask("CONNECT 127.0.0.1:\(proxy.port) HTTP/1.1\r\n\r\n").contains("is this proxy itself"))
        // A listener whose queue is full answers no more.
        let deaf = try TestListener(backlog: 0)
        let filling = try (0..<4).compactMap { _ in try TestSocket.startConnecting(port: deaf.port) }
        let answer = try proxy.ask("CONNECT 127.0.0.1:\(deaf.port) HTTP/1.1\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 504 "))
        #expect(filling.count == 4)
        let flows = try await proxy.tap.closed(3)
        #expect(flows.flatMap(\.rules) == ["upstream-refused", "upstream-is-proxy", "upstream-timeout"])
        #expect(flows.map(\.reason) == [.error, .error, .error])
        #expect(flows.allSatisfy { $0.bytes.toClient.isEmpty && $0.bytes.toServer.isEmpty })
        await proxy.stop()
    }

    @Test func nameThatLeadsNowhere() async throws {
        let proxy = try await TestProxy(.regular)
        // Longer than a name may be, so that no resolver is asked over the network.
        let name = String(repeating: "a", count: 80) + ".invalid"
        #expect(try proxy.ask("CONNECT \(name):443 HTTP/1.1\r\n\r\n").hasPrefix("HTTP/1.1 502 "))
        #expect(try await proxy.tap.closed().first?.rules == ["upstream-name-unknown"])
        await proxy.stop()
    }
}
