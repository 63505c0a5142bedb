import Foundation
import Inspection
import NIOCore
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Proxy

/// Names of servers: resolvers that fail, wait or answer in part, and names with several addresses.
@Suite(.serialized) struct NameLookupTests {
    private static let loopback = try! SocketAddress(ipAddress: "127.0.0.1", port: 0)
    private static let none = Result<[SocketAddress], NameFailure>.failure(.unknown("no such name"))

    private static func request(_ name: String, _ port: Int) -> String {
        "GET http://\(name):\(port)/ HTTP/1.1\r\n\r\n"
    }

    /// Sends a request that names `name`, and answers it as its server.
    private func exchange(_ name: String, _ proxy: TestProxy, _ listener: TestListener) throws {
        let client = try proxy.connect()
        try client.send(Self.request(name, listener.port).utf8)
        let server = try listener.accept()
        _ = try server.receiveHead()
        try server.send("HTTP/1.1 204 No Content\r\n\r\n".utf8)
        #expect(try client.receiveHead().hasPrefix("HTTP/1.1 204 "))
        client.close()
        #expect(try server.receiveUntilEnd() == [])
    }

    /// Names that the resolver hangs on keep no other name waiting, however often they are asked for.
    @Test func aNameWithoutAnAnswerKeepsNoOtherWaiting() async throws {
        let listener = try TestListener()
        let answers = DispatchSemaphore(value: 0)
        let asked = Mutex(0)
        defer { for _ in 0..<2 { answers.signal() } }
        let proxy = try await TestProxy(
            .regular,
            resolve: { name, family in
                if name == "hangs.example" {
                    asked.withLock { $0 += 1 }
                    answers.wait()
                }
                return family == .v4 ? .success([Self.loopback]) : Self.none
            })
        let waiting = try (0..<3).map { _ in
            let client = try proxy.connect()
            try client.send(Self.request("hangs.example", listener.port).utf8)
            return client
        }
        try exchange("good.example", proxy, listener)
        // Once a family.
        for _ in 0..<(patience / 5) where asked.withLock({ $0 }) < 2 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(asked.withLock { $0 } == 2)
        for _ in 0..<2 { answers.signal() }
        for client in waiting {
            let server = try listener.accept()
            #expect(try server.receiveHead().hasPrefix("GET / "))
            client.close()
        }
        await proxy.stop()
    }

    /// A resolver that hangs is what is blamed, not the server.
    @Test func aResolverThatDoesNotAnswer() async throws {
        let answers = DispatchSemaphore(value: 0)
        defer { for _ in 0..<2 { answers.signal() } }
        let proxy = try await TestProxy(.regular) {
            $0.lookupTimeout = .milliseconds(100)
        } resolve: { _, _ in
            answers.wait()
            return Self.none
        }
        let answer = try proxy.ask(Self.request("dm.example", 80))
        #expect(answer.hasPrefix("HTTP/1.1 504 "))
        #expect(answer.contains("\r\nProxy-Status: DMScope; error=dns_timeout; "))
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.rules == ["name-lookup-failed"])
        #expect(flow.findings[0].text == "the name dm.example could not be looked up: no answer within 0.1 s")
        await proxy.stop()
    }

    /// That a resolver fails says nothing of the name, though the other family is known to have no address.
    @Test func aResolverThatFails() async throws {
        let proxy = try await TestProxy(
            .regular, resolve: { _, family in family == .v4 ? Self.none : .failure(.unanswered("out of order")) })
        #expect(try proxy.ask(Self.request("dm.example", 80)).hasPrefix("HTTP/1.1 502 "))
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.rules == ["name-lookup-failed"])
        #expect(flow.findings[0].text == "the name dm.example could not be looked up: out of order")
        await proxy.stop()
    }

    /// A name server that answers for one family alone (RFC 4074).
    @Test(arguments: [AddressFamily.v4, .v6])
    func aFamilyWithoutAnAnswer(_ hanging: AddressFamily) async throws {
        let listener = try TestListener()
        let answers = DispatchSemaphore(value: 0)
        defer { answers.signal() }
        let proxy = try await TestProxy(
            .regular,
            resolve: { _, family in
                if family == hanging { answers.wait() }
                // What is tried as the other family's is of no matter here.
                return .success([Self.loopback])
            })
        try exchange("dm.example", proxy, listener)
        await proxy.stop()
    }

    /// A server that refuses at its only known address is told as such, though more addresses might come.
    @Test func aRefusalIsNotATimeout() async throws {
        let answers = DispatchSemaphore(value: 0)
        defer { answers.signal() }
        let proxy = try await TestProxy(.regular) {
            $0.otherFamilyDelay = .milliseconds(100)
        } resolve: { _, family in
            if family == .v6 { answers.wait() }
            return .success([Self.loopback])
        }
        let port = FreePort.take()
        let answer = try proxy.ask(Self.request("dm.example", port))
        #expect(answer.hasSuffix("\r\n\r\nDMScope: dm.example:\(port) refuses connections\n"))
        await proxy.stop()
    }

    /// What the name led to last is tried first; where that is gone, the other addresses are, and nobody is asked again.
    @Test func anAddressThatIsGone() async throws {
        let asked = Mutex(0)
        let proxy = try await TestProxy(
            .regular,
            resolve: { _, family in
                asked.withLock { $0 += 1 }
                guard family == .v4 else { return Self.none }
                return .success([Self.loopback, try! SocketAddress(ipAddress: "127.0.0.2", port: 0)])
            })
        let port = try {
            let first = try TestListener()
            try exchange("dm.example", proxy, first)
            return first.port
        }()
        let second = try TestListener(host: 2, port: port)
        try exchange("dm.example", proxy, second)
        #expect(asked.withLock { $0 } == 2)
        await proxy.stop()
    }

    @Test func theNearestAddressIsTheCause() throws {
        let server = Destination(host: "dm.example", port: 443)
        func failure(_ attempts: [(String, Int32)]) throws -> UpstreamFailure {
            try UpstreamFailure(
                connecting: server,
                attempts.map {
                    (try SocketAddress(ipAddress: $0.0, port: 443), IOError(errnoCode: $0.1, reason: "connect"))
                })
        }
        let refused = try failure([
            ("2001:db8::1", ENETUNREACH), ("192.0.2.1", ETIMEDOUT), ("192.0.2.2", ECONNREFUSED),
        ])
        #expect(refused.finding.rule == ProxyRules.upstreamRefused)
        #expect(
            refused.finding.text == "dm.example:443 refuses connections (2001:db8::1: Network is unreachable; "
                + "192.0.2.1: Connection timed out; 192.0.2.2: Connection refused)")
        let many = try failure((1...20).map { ("192.0.2.\($0)", ECONNREFUSED) })
        #expect(many.finding.text.hasSuffix("; 192.0.2.8: Connection refused; 12 more)"))
        let reset = try failure([("2001:db8::1", ENETUNREACH), ("192.0.2.1", ECONNRESET)])
        #expect(reset.finding.rule == ProxyRules.upstreamClosed, "it was reached")
        let unreachable = try failure([("192.0.2.1", EHOSTUNREACH)])
        #expect(unreachable.finding.text == "dm.example:443 cannot be reached: No route to host")
    }
}
