import Dispatch
import Inspection
import NIOCore
import NIOPosix
import Proxy
import TLSEngine
import Testing
import Wire

/// All that comes in one round of an event loop has the effects, in their order, that it would have had alone.
@Suite(.serialized) struct RelayRoundTests {
    /// Event loops that read nothing until they are let go.
    private struct Pause {
        private let gate = DispatchSemaphore(value: 0)
        private let loops: [any EventLoop]

        init(_ proxy: ProxyServer) {
            loops = Array(proxy.group.makeIterator())
            let reached = DispatchSemaphore(value: 0)
            for loop in loops {
                loop.execute { [gate] in
                    reached.signal()
                    gate.wait()
                }
            }
            for _ in loops { reached.wait() }
        }

        func end() { for _ in loops { gate.signal() } }
    }

    /// A connection that has carried an octet each way.
    private static func relayed(_ path: Path) throws -> (client: any TestEnd, server: any TestEnd) {
        let accepted = path.accept()
        let client = try path.connect()
        try client.send([1])
        let server = try accepted.get()
        #expect(try server.receive(1) == [1])
        try server.send([2])
        #expect(try client.receive(1) == [2])
        return (client, server)
    }

    private static func octets(_ count: Int, _ seed: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed) }
    }

    /// More connections than a round takes at once, each with octets and an end both ways.
    @Test(arguments: [Route.plainReverse, .tlsReverse, .tlsToPlain, .plainToTLS, .tlsTunnel])
    func manyConnections(_ route: Route) async throws {
        let path = try await Path(route)
        let pairs = try (0..<40).map { _ in try Self.relayed(path) }
        let pause = Pause(try #require(path.proxy))
        for (number, pair) in pairs.enumerated() {
            try pair.client.send(Self.octets(3000 + number, number))
            try pair.server.send(Self.octets(20000 + number, number + 1))
            try pair.client.finish()
            try pair.server.finish()
        }
        pause.end()
        for (number, pair) in pairs.enumerated() {
            #expect(try pair.server.receive(3000 + number) == Self.octets(3000 + number, number))
            #expect(try pair.client.receive(20000 + number) == Self.octets(20000 + number, number + 1))
            try pair.server.expectEnd()
            try pair.client.expectEnd()
        }
        let flows = try await path.tap.closed(40)
        #expect(flows.allSatisfy { $0.errors.isEmpty })
        #expect(Set(flows.map { $0.bytes[.toServer].count }) == Set((0..<40).map { 3001 + $0 }))
        #expect(Set(flows.map { $0.bytes[.toClient].count }) == Set((0..<40).map { 20001 + $0 }))
        await path.close()
    }

    /// What the server said before the client's reset is told, though nobody can be given it any more.
    @Test(arguments: [Route.plainReverse, .tlsReverse, .tlsToPlain, .plainToTLS])
    func octetsBeforeTheOtherSidesReset(_ route: Route) async throws {
        let path = try await Path(route)
        let (client, server) = try Self.relayed(path)
        let pause = Pause(try #require(path.proxy))
        try server.send(Self.octets(500, 7))
        client.reset()
        pause.end()
        try server.expectReset()
        let flow = try #require(try await path.tap.closed().first)
        #expect(flow.bytes[.toClient] == [2] + Self.octets(500, 7))
        #expect(flow.reason == .clientReset)
        await path.close()
    }

    /// A server that was left for another says nothing to the client any more, whatever waits to be opened.
    @Test func octetsOfAServerThatIsLeft() async throws {
        let (first, second) = (try TestListener(), try TestListener())
        let proxy = try await TestProxy(.regular)
        let authorities = try TestAuthorities.shared.get()
        let client = try proxy.connect()
        func request(_ listener: TestListener) -> String { "GET https://127.0.0.1:\(listener.port)/ HTTP/1.1\r\n\r\n" }
        func accept(_ listener: TestListener) -> Awaited<any TestEnd> {
            Awaited {
                let end = TLSEnd(try listener.accept(), authorities.serverContext.makeSession(host: "127.0.0.1"))
                try end.shakeHands()
                return end
            }
        }
        let asked = Array("GET / HTTP/1.1\r\n\r\n".utf8)
        let answer = Array("HTTP/1.1 204 No Content\r\n\r\n".utf8)
        let accepted = accept(first)
        try client.send(request(first).utf8)
        let server = try accepted.get()
        #expect(try server.receive(asked.count) == asked)
        try server.send(answer)
        #expect(try client.receive(answer.count) == answer)
        let next = accept(second)
        let pause = Pause(proxy.server)
        try server.send(Array("stray".utf8))
        try client.send(request(second).utf8)
        pause.end()
        let other = try next.get()
        #expect(try other.receive(asked.count) == asked)
        try other.send(answer)
        #expect(try client.receive(answer.count) == answer)
        client.close()
        server.close()
        other.close()
        #expect(try await proxy.tap.closed(2).flatMap(\.errors) == [])
        await proxy.stop()
    }

    /// Several reads of one leg come in one round when its peer has ended, for all that is left is read then.
    @Test(arguments: [Route.tlsReverse, .tlsToPlain])
    func manyReadsBeforeAnEnd(_ route: Route) async throws {
        let path = try await Path(route)
        let (client, server) = try Self.relayed(path)
        let pause = Pause(try #require(path.proxy))
        for piece in 0..<100 { try client.send(Self.octets(1500, piece)) }
        try client.finish()
        pause.end()
        for piece in 0..<100 { #expect(try server.receive(1500) == Self.octets(1500, piece)) }
        try server.expectEnd()
        try server.finish()
        try client.expectEnd()
        #expect(try await path.tap.closed().first?.errors == [])
        await path.close()
    }
}
