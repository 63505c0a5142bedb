import Dispatch
import Glibc
import Inspection
import NIOCore
import Proxy
import TLSEngine
import Testing

/// What a connection held is let go, however it ended: else the sessions would hold on to their context.
@Suite struct ReleaseTests {
    /// A ClientHello of TLS 1.2 with one suite, which nobody has.
    private static let hello: [UInt8] =
        [0x16, 3, 1, 0, 0x2D, 1, 0, 0, 0x29, 3, 3] + [UInt8](repeating: 7, count: 32) + [0, 0, 2, 0x1A, 0x1A, 1, 0]

    private final class Context {
        weak var device: ServerTLSContext?
    }

    /// The device's handshake fails at the moment that the server's socket is connected, before that becomes active.
    @Test func aHandshakeThatFailsInTheCallbackOfConnect() async throws {
        let context = Context()
        try await fail(context)
        for _ in 0..<(patience / 5) where context.device != nil { try await Task.sleep(for: .milliseconds(5)) }
        #expect(context.device == nil)
    }

    /// A server that has a name, and a client that leaves while that is looked up.
    @Test func aNameThatIsLookedUp() async throws {
        let context = Context()
        try await lookUp(context)
        for _ in 0..<(patience / 5) where context.device != nil { try await Task.sleep(for: .milliseconds(5)) }
        #expect(context.device == nil)
    }

    private func lookUp(_ context: Context) async throws {
        let authorities = try TestAuthorities.shared.get()
        let device = try ServerTLSContext(ServerTLSConfiguration(authority: authorities.proxy))
        context.device = device
        let answers = DispatchSemaphore(value: 0)
        defer { for _ in 0..<2 { answers.signal() } }
        let loopback = try SocketAddress(ipAddress: "127.0.0.1", port: 0)
        let proxy = try await TestProxy(
            .regular, tls: TLSContexts(device: device, server: authorities.proxyContexts.server),
            resolve: { name, _ in
                if name == "hangs.example" { answers.wait() }
                return .success([loopback])
            })
        let listener = try TestListener()
        let client = try proxy.connect()
        try client.send("CONNECT dm.example:\(listener.port) HTTP/1.1\r\n\r\n".utf8)
        #expect(try client.receiveHead().hasPrefix("HTTP/1.1 200 "))
        client.reset()
        let hasty = try proxy.connect()
        try hasty.send("CONNECT hangs.example:\(listener.port) HTTP/1.1\r\n\r\n".utf8)
        #expect(!hasty.isReadable(within: 50))
        hasty.reset()
        #expect(try await proxy.tap.closed(2).count == 2)
        await proxy.stop()
    }

    private func fail(_ context: Context) async throws {
        let authorities = try TestAuthorities.shared.get()
        let device = try ServerTLSContext(ServerTLSConfiguration(authority: authorities.proxy))
        context.device = device
        let listener = try TestListener()
        let proxy = try await TestProxy(
            .reverse(Upstream(host: "127.0.0.1", port: listener.port, tls: false)),
            tls: TLSContexts(device: device, server: authorities.proxyContexts.server))
        let client = try proxy.connect()
        try client.send(Self.hello)
        _ = try client.receiveUntilEnd()
        #expect(try await proxy.tap.closed().first?.rules.contains("tls-nothing-shared") == true)
        await proxy.stop()
    }
}
