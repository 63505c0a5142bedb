import Inspection
import NIOCore
import Proxy
import Testing
import Wire

/// Devices and servers that misbehave: each ends as documented, and costs the proxy no memory without bound.
@Suite(.serialized) struct PeerFaultTests {
    private func reverse(_ port: Int) -> Listener.Mode { .reverse(Upstream(host: "127.0.0.1", port: port, tls: false)) }

    /// An octet at a time: each crosses before the next is sent, and nothing is odd about it.
    @Test func aDeviceThatSendsAnOctetNowAndThen() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(reverse(listener.port))
        let client = try proxy.connect()
        let request = Array("POST /dm HTTP/1.1\r\nContent-Length: 1\r\n\r\nx".utf8)
        var server: TestSocket?
        for octet in request {
            try client.send([octet])
            if server == nil { server = try listener.accept() }
            #expect(try server?.receive(1) == [octet])
        }
        client.close()
        server?.close()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.bytes.toServer == request)
        #expect(flow.rules == [])
        await proxy.stop()
    }

    /// With pauses longer than it the connection ends as a timeout, for both sides.
    @Test func aDeviceThatIsSlowerThanTheIdleTimeout() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(reverse(listener.port)) { $0.idleTimeout = .milliseconds(200) }
        let client = try proxy.connect()
        try client.send("POST /dm HT".utf8)
        let server = try listener.accept()
        #expect(try server.receiveUntilEnd() == Array("POST /dm HT".utf8))
        #expect(try client.receiveUntilEnd() == [])
        #expect(try await proxy.tap.closed().first?.reason == .timeout)
        await proxy.stop()
    }

    /// The server sends without end to a device that does not read: what the proxy holds stays within its buffers, and the
    /// idle timeout ends it. That is the one time there is: the server sends whenever there is room, until it is ended.
    @Test func aDeviceThatNeverReads() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(reverse(listener.port)) { $0.idleTimeout = .milliseconds(500) }
        let client = try TestSocket.connect(port: proxy.port, receiveBuffer: 4096)
        try client.send("GET / HTTP/1.1\r\n\r\n".utf8)
        let server = try listener.accept()
        _ = try server.receiveHead()
        let piece = [UInt8](repeating: 0x78, count: 65536)
        var sent = 0
        var isEnded = false
        while !isEnded, sent < 64 << 20 {
            try #require(server.isWritable(within: patience))
            do { sent += try server.sendSome(piece) } catch { isEnded = true }
        }
        // Buffers of the kernel and of the proxy; far from the 64 MiB that were there to be taken.
        #expect(isEnded && sent > 0 && sent < 32 << 20)
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.reason == .timeout)
        #expect(flow.bytes.toClient.count <= sent)
        client.close()
        await proxy.stop()
    }

    /// To a regular listener, which has to read a head before it knows the server, a head without end is answered 431 early.
    @Test func aHeadWithoutEndToARegularListener() async throws {
        let proxy = try await TestProxy(.regular)
        let client = try proxy.connect()
        try client.send("GET http://dm.example/".utf8)
        let piece = [UInt8](repeating: 0x78, count: 16384)
        var sent = 0
        while !client.isReadable(within: 0), sent < 10 << 20 { sent += try client.sendSome(piece) }
        #expect(try client.receiveHead().hasPrefix("HTTP/1.1 431 "))
        client.close()
        #expect(try await proxy.tap.closed().first?.rules == ["proxy-request-malformed"])
        await proxy.stop()
    }

    /// The server ends its side first; the device may still send, and what it sends arrives.
    @Test func aServerThatHalfCloses() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(reverse(listener.port))
        let (client, server) = try proxy.relayed(to: listener)
        try server.finish()
        #expect(try client.receiveUntilEnd() == [])
        try client.send([2, 3])
        #expect(try server.receive(2) == [2, 3])
        try client.finish()
        #expect(try server.receiveUntilEnd() == [])
        #expect(try await proxy.tap.closed().first?.reason == .serverFin)
        await proxy.stop()
    }

    /// A server that resets in the middle of its response: what came before arrives, then the reset.
    @Test func aServerThatResets() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(reverse(listener.port))
        let client = try proxy.connect()
        try client.send("GET / HTTP/1.1\r\n\r\n".utf8)
        let server = try listener.accept()
        _ = try server.receiveHead()
        let part = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
        try server.send(part.utf8)
        #expect(try client.receive(part.utf8.count) == Array(part.utf8))
        server.reset()
        try client.expectReset()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.reason == .serverReset && flow.bytes.toClient == Array(part.utf8))
        await proxy.stop()
    }

    /// A reset behind a FIN: nothing is left to be written, so it crosses at once.
    @Test(arguments: [true, false]) func aResetBehindAFIN(_ byServer: Bool) async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(reverse(listener.port)) { $0.resetFlush = .minutes(60) }
        let (client, server) = try proxy.relayed(to: listener)
        let (one, other) = byServer ? (server, client) : (client, server)
        try one.send([2])
        try one.finish()
        #expect(try other.receiveUntilEnd() == [2])
        try other.send([3])
        #expect(try one.receive(1) == [3])
        one.reset()
        try other.expectReset()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.reason == (byServer ? .serverFin : .clientFin))
        await proxy.stop()
    }
}
