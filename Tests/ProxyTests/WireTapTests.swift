import Inspection
import Logging
import NIOCore
import Synchronization
import Testing
import Wire

@testable import Proxy

/// What is told of the clients' sockets, as a capture beside them would have it.
@Suite struct WireTapTests {
    private final class Ends: WireTap {
        let first = Mutex<[Int: Direction?]>([:])

        func opened(_ id: Int, client: SocketAddress, proxy: SocketAddress, at time: Timestamp) {}
        func octets(_ id: Int, _ bytes: ByteBuffer, _ direction: Direction, at time: Timestamp) {}
        func finished(_ id: Int, _ direction: Direction, at time: Timestamp) {}
        func closed(_ id: Int, resetBy direction: Direction?, at time: Timestamp) {
            first.withLock { if $0[id] == nil { $0[id] = .some(direction) } }
        }
    }

    /// A client that resets is told as that, also in the middle of its handshake.
    @Test(arguments: [[UInt8]("GET / HTTP/1.1\r\n\r\n".utf8), [0x16, 3, 1, 0, 0x2D, 1]])
    func aResetIsTheClients(_ sent: [UInt8]) async throws {
        let (ends, tap) = (Ends(), TapRecorder())
        let listener = try TestListener()
        var configuration = ProxyConfiguration(listeners: [
            Listener(.reverse(Upstream(host: "127.0.0.1", port: listener.port, tls: false)), port: 0)
        ])
        configuration.tls = try TestAuthorities.shared.get().proxyContexts
        configuration.wireTap = ends
        let proxy = ProxyServer(configuration, tap: tap, logger: Logger(label: "test"))
        let client = try TestSocket.connect(port: try #require(try await proxy.start()[0].port))
        try client.send(sent)
        // The octets are in the proxy by now, or as good as that.
        #expect(!client.isReadable(within: 50))
        client.reset()
        #expect(try await tap.closed().first?.reason == .clientReset)
        await proxy.shutdown(grace: .zero)
        #expect(ends.first.withLock { $0 } == [1: .toServer])
    }
}
