import NIOCore
import Proxy
import Testing
import Wire

/// A side that does not read makes the proxy hold no more than its bound.
@Suite(.serialized) struct BackPressureTests {
    /// What the kernel may hold on the way besides: two send buffers that tune themselves, up to tcp_wmem.
    private static let kernel = 2 * 4 * 1024 * 1024
    private static let offered = 64 * 1024 * 1024

    @Test(arguments: [Route.plainReverse, .tlsReverse, .plainTunnel, .tlsTunnel], [Direction.toServer, .toClient])
    func whatOneSideDoesNotTakeTheOtherCannotSend(_ route: Route, _ direction: Direction) async throws {
        let path = try await Path(route)
        let accepted = path.accept()
        let client = try path.connect()
        if !route.deviceTLS { try client.send([0]) }
        let server = try accepted.get()
        if !route.deviceTLS { #expect(try server.receive(1) == [0]) }
        let (source, sink) = direction == .toServer ? (client, server) : (server, client)
        let piece = (0..<4000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        var sent = 0
        while sent < Self.offered, source.socket.isWritable(within: 300) {
            try source.send(piece)
            sent += piece.count
        }
        let limits = ProxyLimits()
        let bound = limits.writeBufferHigh + 2 * limits.readSize + 2 * limits.receiveBuffer!
        #expect(sent < Self.kernel + bound + 2 * piece.count, "\(sent) octets went in and none came out")
        // And none of them is lost.
        for _ in 0..<(sent / piece.count) { #expect(try sink.receive(piece.count) == piece) }
        try source.finish()
        try sink.expectEnd()
        client.close()
        server.close()
        #expect(
            try await path.tap.closed().first?.bytes[direction].count == sent
                + (route.deviceTLS || direction == .toClient ? 0 : 1))
        await path.close()
    }
}
