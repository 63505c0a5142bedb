import Inspection
import NIOCore
import Proxy
import TestSupport
import Testing
import Wire

/// A SOCKS listener, spoken to by hand; curl speaks to it in `RealPeerTests`.
@Suite(.serialized) struct SOCKSModeTests {
    private func request(_ port: Int) -> [UInt8] {
        hex("05 01 00 | 05 01 00 01 7F 00 00 01") + [UInt8(port >> 8), UInt8(port & 255)]
    }

    /// The reply to a request for a server on loopback, with our own port in it.
    private func expectSuccess(_ client: TestSocket) throws {
        #expect(try client.receive(2) == [5, 0])
        #expect(try client.receive(8) == hex("05 00 00 01 7F 00 00 01"))
        #expect(try client.receive(2) != [0, 0])
    }

    @Test func aTunnelAtEverySplit() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(.socks5)
        // The client does not wait for replies and puts the tunnel's first octets behind.
        let stream = request(listener.port) + Array("POST".utf8)
        let pieces = splits(stream.count)
        for pieces in pieces {
            let client = try proxy.connect()
            for piece in pieces { try client.send(stream[piece]) }
            try expectSuccess(client)
            let server = try listener.accept()
            #expect(try server.receive(4) == Array("POST".utf8))
            try server.send([1, 2])
            #expect(try client.receive(2) == [1, 2])
            try client.finish()
            #expect(try server.receiveUntilEnd() == [])
            try server.finish()
            #expect(try client.receiveUntilEnd() == [])
        }
        let flows = try await proxy.tap.closed(pieces.count)
        #expect(flows.count == pieces.count)
        for flow in flows {
            #expect(flow.bytes.toServer == Array("POST".utf8))
            #expect(flow.bytes.toClient == [1, 2])
            #expect(flow.origin.host == "127.0.0.1")
            #expect(flow.errors == [] && flow.rules == [] && flow.reason == .clientFin)
        }
        await proxy.stop()
    }

    @Test func aServerMaySpeakFirst() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(.socks5)
        let client = try proxy.connect()
        try client.send(request(listener.port))
        try expectSuccess(client)
        let server = try listener.accept()
        try server.send("hello".utf8)
        #expect(try client.receive(5) == Array("hello".utf8))
        client.close()
        server.close()
        #expect(try await proxy.tap.closed().first?.bytes.toClient == Array("hello".utf8))
        await proxy.stop()
    }

    @Test func whatCannotBeServedIsAnswered() async throws {
        let proxy = try await TestProxy(.socks5) { $0.handshakeTimeout = .milliseconds(100) }
        func ask(_ octets: [UInt8]) throws -> [UInt8] {
            let client = try proxy.connect()
            try client.send(octets)
            try client.finish()
            return try client.receiveUntilEnd()
        }
        let failed = hex("00 01 00 00 00 00 00 00")
        #expect(try ask(hex("05 01 02")) == hex("05 FF"))
        #expect(try ask(hex("05 01 00 | 05 02 00 01 7F 00 00 01 00 50")) == hex("05 00 | 05 07") + failed)
        #expect(try ask(Array("GET / HTTP/1.1\r\n\r\n".utf8)) == [])
        #expect(try ask(hex("05 01 00 | 05 01")) == hex("05 00 | 05 01") + failed)
        let refusing = FreePort.take()
        #expect(try ask(request(refusing)) == hex("05 00 | 05 05") + failed)
        #expect(try ask(request(proxy.port)) == hex("05 00 | 05 02") + failed)
        let stalled = try proxy.connect()
        try stalled.send(hex("05 01 00 | 05 01 00"))
        #expect(try stalled.receiveUntilEnd() == hex("05 00 | 05 01") + failed)
        let flows = try await proxy.tap.closed(7)
        #expect(
            flows.map(\.rules) == [
                ["socks-unsupported"], ["socks-unsupported"], ["socks-malformed"], ["socks-malformed"],
                ["upstream-refused"], ["upstream-is-proxy"], ["proxy-request-timeout"],
            ])
        #expect(flows.allSatisfy { $0.reason == .error && $0.bytes.toClient.isEmpty && $0.errors == [] })
        // Nothing said is nothing told.
        #expect(try ask([]) == [])
        #expect(proxy.tap.all.count == 7)
        await proxy.stop()
    }

    /// A client that resets in the middle of its opening was there, and said something.
    @Test func aResetInTheOpeningIsTold() async throws {
        let proxy = try await TestProxy(.socks5)
        let client = try proxy.connect()
        try client.send([5, 1, 0])
        #expect(try client.receive(2) == [5, 0])
        client.reset()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.origin.server == "127.0.0.1:\(proxy.port)")
        #expect(flow.reason == .clientReset && flow.rules == [] && flow.errors == [])
        await proxy.stop()
    }

    /// An octet now and then does not keep a request open for ever.
    @Test func theTimeIsForTheWholeRequest() async throws {
        let proxy = try await TestProxy(.socks5) { $0.handshakeTimeout = .milliseconds(300) }
        let client = try proxy.connect()
        try client.send(hex("05 01 00"))
        #expect(try client.receive(2) == [5, 0])
        var octets = hex("05 01 00 03 FF")
        octets += [UInt8](repeating: 0x61, count: 200)
        for octet in octets where !client.isReadable(within: 20) { try client.send([octet]) }
        #expect(try client.receiveUntilEnd() == hex("05 01 00 01 00 00 00 00 00 00"))
        #expect(try await proxy.tap.closed().first?.rules == ["proxy-request-timeout"])
        await proxy.stop()
    }

    /// A client that resets while it is answered is gone once.
    @Test func aResetInTheDialogueEndsTheConnectionOnce() async throws {
        let listener = try TestListener()
        let proxy = try await TestProxy(.socks5)
        for bound in [false, true] {
            for _ in 0..<200 {
                let client = try proxy.connect()
                var octets = request(listener.port)
                if bound { octets[4] = 2 }
                try client.send(octets)
                client.reset()
            }
        }
        for _ in 0..<(patience / 2) where proxy.server.counters.connectionsOpen.value > 0 {
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(proxy.server.counters.connectionsOpen.value == 0)
        await proxy.stop()
        #expect(proxy.server.counters.connectionsOpen.value == 0)
    }
}
