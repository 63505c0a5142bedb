package import NIOCore
import SystemClock
package import Wire

/// Where the relay tells what crosses the sockets of clients, as it crosses: ciphertext, where there is TLS. Called on
/// event loops, so it must never block.
package protocol WireTap: Sendable {
    /// First of a connection; `id` numbers connections.
    func opened(_ id: Int, client: SocketAddress, proxy: SocketAddress, at time: Timestamp)
    /// Octets that came from the client, when the relay has dealt with them or is about to (secrets of a handshake that
    /// they led to are known before), or that go to it.
    func octets(_ id: Int, _ bytes: ByteBuffer, _ direction: Direction, at time: Timestamp)
    /// FIN of this direction; the other may go on.
    func finished(_ id: Int, _ direction: Direction, at time: Timestamp)
    /// Last of a connection. The side that reset it, or nil where both directions ended.
    func closed(_ id: Int, resetBy direction: Direction?, at time: Timestamp)
}

/// Tells a tap of one client's socket.
final class WireRecorder {
    private let id: Int
    private let tap: any WireTap
    /// What was read and is being dealt with.
    private var input: ByteBuffer?

    init(id: Int, tap: any WireTap) {
        self.id = id
        self.tap = tap
    }

    func opened(_ channel: any Channel) {
        guard let client = channel.remoteAddress, let proxy = channel.localAddress else { return }
        tap.opened(id, client: client, proxy: proxy, at: .now())
    }

    func reads(_ bytes: ByteBuffer) { input = bytes }

    func hasRead() {
        guard let bytes = input else { return }
        input = nil
        tap.octets(id, bytes, .toServer, at: .now())
    }

    func writes(_ bytes: ByteBuffer) {
        hasRead()
        tap.octets(id, bytes, .toClient, at: .now())
    }

    func finished(_ direction: Direction) {
        hasRead()
        tap.finished(id, direction, at: .now())
    }

    func closed(resetBy direction: Direction? = nil) {
        hasRead()
        tap.closed(id, resetBy: direction, at: .now())
    }
}
