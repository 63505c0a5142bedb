import COpenSSL
import Foundation
import Inspection
import NIOCore
import SystemClock
import TLSWire
import TestSupport
import Testing
import Wire

@testable import Proxy
@testable import TLSEngine

/// Clients that end, hurry or wait before the relay stands: nothing they sent is lost, and nothing of them stays.
@Suite(.serialized) struct OpeningFaultTests {
    private func reverse(_ port: Int) -> Listener.Mode { .reverse(Upstream(host: "127.0.0.1", port: port, tls: false)) }

    private static let bulk = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    /// All that was read while the tunnel was not there goes through it, and the end behind it.
    @Test func aClientThatEndsBeforeItsTunnelStands() async throws {
        let behind = try TestListener()
        let proxy = try await TestProxy(.upstream(UpstreamProxy(host: "127.0.0.1", port: behind.port)))
        let client = try proxy.connect()
        try client.send("CONNECT dm.example:80 HTTP/1.1\r\n\r\n".utf8)
        let upstream = try behind.accept()
        _ = try upstream.receiveHead()
        try client.send(Self.bulk)
        try client.finish()
        // The octets are in the proxy's socket by now, or as good as that.
        _ = client.isReadable(within: 100)
        try upstream.send("HTTP/1.1 200 OK\r\n\r\n".utf8)
        #expect(try client.receiveHead().hasPrefix("HTTP/1.1 200 "))
        #expect(try upstream.receiveUntilEnd() == Self.bulk)
        try upstream.send([1])
        try upstream.finish()
        #expect(try client.receiveUntilEnd() == [1])
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.bytes.toServer == Self.bulk && flow.errors == [])
        await proxy.stop()
    }

    /// The client's socket is full while its next request waits: the server is read on when there is room again.
    @Test func aLargeResponseBeforeARequestForAnotherServer() async throws {
        let (first, second) = (try TestListener(), try TestListener())
        let proxy = try await TestProxy(.regular)
        let client = try TestSocket.connect(port: proxy.port, receiveBuffer: 65536)
        try client.send(
            [first, second].map { "GET http://127.0.0.1:\($0.port)/ HTTP/1.1\r\n\r\n" }.joined().utf8)
        let server = try first.accept()
        _ = try server.receiveHead()
        let body = [UInt8](repeating: 0x78, count: 8 << 20)
        let sent = Awaited { try server.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n".utf8 + body) }
        var waits = 0
        while waits < 1000, server.isWritable(within: 300) {
            waits += 1
            try await Task.sleep(for: .milliseconds(5))
        }
        _ = try client.receiveHead()
        #expect(try client.receive(body.count) == body)
        try sent.get()
        let other = try second.accept()
        #expect(try other.receiveHead() == "GET / HTTP/1.1\r\n\r\n")
        client.close()
        await proxy.stop()
    }

    /// A response without a length ends with the connection: nothing can follow on it.
    @Test func aResponseThatEndsWithItsConnectionBeforeARequestForAnotherServer() async throws {
        let (first, second) = (try TestListener(), try TestListener())
        let proxy = try await TestProxy(.regular)
        let client = try proxy.connect()
        try client.send(
            [first, second].map { "GET http://127.0.0.1:\($0.port)/ HTTP/1.1\r\n\r\n" }.joined().utf8)
        try client.finish()
        let server = try first.accept()
        _ = try server.receiveHead()
        try server.send("HTTP/1.0 200 OK\r\n\r\nhello".utf8)
        try server.finish()
        #expect(String(decoding: try client.receiveUntilEnd(), as: UTF8.self) == "HTTP/1.0 200 OK\r\n\r\nhello")
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.reason == .serverFin && !second.isPending)
        #expect(String(decoding: flow.bytes.toServer, as: UTF8.self).hasSuffix(":\(second.port)/ HTTP/1.1\r\n\r\n"))
        await proxy.stop()
    }

    /// A server that ends without the response it owes ends the client, and so does a client that goes meanwhile.
    @Test(arguments: [true, false])
    func aServerThatOwesAResponseBeforeARequestForAnotherServer(_ serverEnds: Bool) async throws {
        let (first, second) = (try TestListener(), try TestListener())
        let proxy = try await TestProxy(.regular)
        let client = try proxy.connect()
        try client.send(
            [first, second].map { "GET http://127.0.0.1:\($0.port)/ HTTP/1.1\r\n\r\n" }.joined().utf8)
        let server = try first.accept()
        _ = try server.receiveHead()
        if serverEnds {
            try server.finish()
            #expect(try client.receiveUntilEnd() == [])
            client.close()
        } else {
            client.reset()
        }
        _ = try await proxy.tap.closed()
        #expect(!second.isPending)
        await proxy.stop()
    }

    /// A client that waits to be spoken to, of a server that cannot be had.
    @Test func aSilentClientOfAServerThatIsDown() async throws {
        let proxy = try await TestProxy(reverse(FreePort.take())) { $0.handshakeTimeout = .milliseconds(300) }
        let client = try proxy.connect()
        #expect(try client.receiveUntilEnd() == [])
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.rules == ["upstream-refused"] && flow.reason == .error)
        #expect(proxy.server.counters.connectionsOpen.value == 0)
        #expect(proxy.server.counters.timeouts.value == 1)
        await proxy.stop()
    }

    /// Where sockets stand that lead to `port`, with whether they are still under way, as the kernel sees it.
    private func sockets(to port: Int) throws -> [String: Bool] {
        // In pieces, to the end: the file says that it is empty.
        let file = try #require(FileHandle(forReadingAtPath: "/proc/net/tcp"))
        let table = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        let place = "0100007F:" + String(65536 + port, radix: 16, uppercase: true).dropFirst()
        var found: [String: Bool] = [:]
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count > 3, fields[2] == place { found[String(fields[1])] = fields[3] == "02" }
        }
        return found
    }

    /// The descriptor of a connect that nobody waits for any more is given back at once.
    @Test func aClientThatGoesBeforeItsServerAnswers() async throws {
        let listener = try TestListener(backlog: 0)
        // What fills its queue; further connections are not answered.
        let filling = try (0..<4).map { _ in try TestSocket.startConnecting(port: listener.port) }
        let before = try sockets(to: listener.port)
        func underWay() throws -> Int {
            try sockets(to: listener.port).filter { $0.value && before[$0.key] == nil }.count
        }
        let proxy = try await TestProxy(reverse(listener.port)) { $0.connectTimeout = .seconds(600) }
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\n\r\n".utf8)
        func wait(for count: Int) async throws {
            for _ in 0..<(patience / 10) {
                if try underWay() == count { return }
                try await Task.sleep(for: .milliseconds(10))
            }
            Issue.record("\(try sockets(to: listener.port)), before \(before)")
        }
        try await wait(for: 1)
        client.reset()
        try await wait(for: 0)
        for socket in filling { socket.close() }
        await proxy.stop()
    }

    /// A proxy whose resolver waits until `answers` is signalled, and tells of each question in `asked`.
    private func waitingProxy(_ asked: DispatchSemaphore, _ answers: DispatchSemaphore) async throws -> TestProxy {
        let loopback = try SocketAddress(ipAddress: "127.0.0.1", port: 0)
        return try await TestProxy(
            .regular,
            resolve: { _, family in
                guard family == .v4 else { return .failure(.unknown("no address")) }
                asked.signal()
                answers.wait()
                return .success([loopback])
            })
    }

    /// The client waits from when it sent its request, not from when there was a server for it.
    @Test(arguments: [true, false]) func aRequestCameWhenItWasSent(_ isAnswered: Bool) async throws {
        let (asked, answers) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let proxy = try await waitingProxy(asked, answers)
        let listener = try TestListener()
        let port = isAnswered ? listener.port : FreePort.take()
        let client = try proxy.connect()
        let request = "GET http://dm.example:\(port)/ HTTP/1.1\r\n\r\n"
        try client.send(request.utf8)
        #expect(wait(for: asked))
        let later = Timestamp.now()
        answers.signal()
        if isAnswered {
            let server = try listener.accept()
            _ = try server.receiveHead()
            server.close()
        }
        _ = try client.receiveUntilEnd()
        client.close()
        let flow = try #require(try await proxy.tap.closed().first)
        let first = try #require(
            flow.events.firstIndex { if case .bytes(.toServer, offset: 0) = $0 { true } else { false } })
        #expect(flow.times[first + 1] <= later && flow.errors == [])
        #expect(flow.bytes.toServer == Array(request.utf8))
        await proxy.stop()
    }

    /// What a client said that gave up is told, though there was no server to hear it.
    @Test func aRequestOfAClientThatGaveUp() async throws {
        let (asked, answers) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        defer { answers.signal() }
        let proxy = try await waitingProxy(asked, answers)
        let client = try proxy.connect()
        let request = "GET http://dm.example/ HTTP/1.1\r\n\r\n"
        try client.send(request.utf8)
        #expect(wait(for: asked))
        client.reset()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.bytes.toServer == Array(request.utf8) && flow.reason == .clientReset)
        #expect(flow.origin.host == "dm.example" && flow.errors == [])
        await proxy.stop()
    }

    private func wait(for semaphore: DispatchSemaphore) -> Bool {
        semaphore.wait(timeout: .now() + .milliseconds(Int(patience))) == .success
    }

    /// What was said to a proxy that then stops is told.
    @Test func aClientInTheMiddleOfItsRequestWhenTheProxyStops() async throws {
        let proxy = try await TestProxy(.regular)
        let client = try proxy.connect()
        try client.send("CONNECT dm.exam".utf8)
        for _ in 0..<patience where proxy.server.counters.connectionsOpen.value == 0 {
            try await Task.sleep(for: .milliseconds(1))
        }
        _ = client.isReadable(within: 50)
        await proxy.stop()
        #expect(try await proxy.tap.closed().count == 1)
        client.close()
    }

    /// The client is told in time, and what it goes on sending is in the log.
    @Test(arguments: ["POST", "HEAD"]) func aServerThatInsistsOnACertificate(_ method: String) async throws {
        let listener = try TestListener()
        var configuration = ServerTLSConfiguration(authority: try TestAuthorities.shared.get().servers)
        configuration.minVersion = .tls13
        configuration.requestClientCertificate = true
        let context = try ServerTLSContext(configuration)
        SSL_CTX_set_verify(context.context.pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        let proxy = try await TestProxy(.reverse(Upstream(host: "127.0.0.1", port: listener.port, tls: true)))
        let refused = Awaited { () -> Bool in
            let end = TLSEnd(try listener.accept(), context.makeSession(host: "127.0.0.1"))
            do { try end.shakeHands() } catch is TLSFailure { return true }
            return false
        }
        let client = try proxy.connect()
        let head = "\(method) / HTTP/1.1\r\nContent-Length: 2\r\n\r\n"
        try client.send(head.utf8)
        let answer = try client.receiveHead()
        #expect(answer.hasPrefix("HTTP/1.1 502 "))
        try client.send("hi".utf8)
        try client.finish()
        let body = try client.receiveUntilEnd()
        #expect(body.isEmpty == (method == "HEAD"))
        #expect(try refused.get())
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.bytes.toServer == Array((head + "hi").utf8) && flow.reason == .error)
        #expect(flow.bytes.toClient == Array(answer.utf8) + body)
        #expect(flow.rules.contains("client-certificate-wanted") && flow.errors == [])
        await proxy.stop()
    }

    /// A write may show that a leg is gone in the moment in which it is to be paired.
    @Test func legsThatAreGoneDoNotHoldEachOther() {
        weak var kept: LegHandler?
        do {
            let (client, server) = (LegHandler(side: .client), LegHandler(side: .server))
            client.pair(with: server)
            server.release(partner: client)
            kept = client
        }
        #expect(kept == nil)
    }

    /// A deadline of the server's is counted too, though the client is answered.
    @Test func aServerThatStallsIsCounted() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(.reverse(Upstream(host: "127.0.0.1", port: listener.port, tls: true))) {
            $0.handshakeTimeout = .milliseconds(200)
        }
        let device = TLSEnd(
            try proxy.connect(), try TestAuthorities.shared.get().deviceContext.makeSession(host: "127.0.0.1"))
        try device.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        #expect(String(decoding: try device.receive(12), as: UTF8.self) == "HTTP/1.1 504")
        device.close()
        _ = try await proxy.tap.closed()
        #expect(proxy.server.counters.timeouts.value == 1)
        await proxy.stop()
    }

    /// What no server got is told, and not counted as relayed; a deadline that lets a client wait longer ends nothing.
    @Test func whatIsCounted() async throws {
        let proxy = try await TestProxy(reverse(FreePort.take()))
        let client = try proxy.connect()
        _ = client.isReadable(within: 100)
        try client.send("GET / HTTP/1.1\r\n\r\n".utf8)
        #expect(try client.receiveHead().hasPrefix("HTTP/1.1 502 "))
        client.close()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.bytes.toServer.count == 18)
        #expect(proxy.server.counters.octetsToServer.value == 0)
        #expect(proxy.server.counters.timeouts.value == 0)
        await proxy.stop()
    }
}
