import COpenSSL
import NIOCore
import Proxy
import TLSWire
import Testing
import Wire

@testable import TLSEngine

/// A side that does not read makes the proxy hold no more than its bound.
@Suite(.serialized) struct BackPressureTests {
    /// What the kernel may hold on the way besides: two send buffers that tune themselves, up to tcp_wmem.
    private static let kernel = 2 * 4 * 1024 * 1024
    private static let offered = 64 * 1024 * 1024

    /// Sends until nothing more is taken; how much that was, which is to be bounded.
    private func fill(_ source: any TestEnd, _ piece: [UInt8]) throws -> Int {
        var sent = 0
        while sent < Self.offered, source.socket.isWritable(within: 300) {
            try source.send(piece)
            sent += piece.count
        }
        let limits = ProxyLimits()
        let bound = limits.writeBufferHigh + 2 * limits.readSize + 2 * limits.receiveBuffer!
        #expect(sent < Self.kernel + bound + 2 * piece.count, "\(sent) octets went in and none came out")
        return sent
    }

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
        let sent = try fill(source, piece)
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

    /// A device that begins a renegotiation and stops in it: what its server sends waits for that, within the same bound.
    @Test func aRenegotiationThatStalls() async throws {
        let path = try await Path(.tlsToPlain)
        let accepted = path.accept()
        var old = ClientTLSConfiguration()
        old.extraAuthorities = path.authorities.proxyCertificate
        old.maxVersion = .tls12
        let socket = try TestSocket.connect(port: path.port)
        let client = TLSEnd(socket, try ClientTLSContext(old).makeSession(host: "127.0.0.1"))
        try client.send([0])
        let server = try accepted.get()
        #expect(try server.receive(1) == [0])
        #expect(SSL_renegotiate(client.session.ssl) == 1)
        try client.goOn()
        // The proxy's answer is there: it waits for the device's next flight from here on.
        #expect(socket.isReadable(within: patience))
        let piece = [UInt8](repeating: 0x78, count: 4000)
        let sent = try fill(server, piece)
        // When it goes on, nothing is lost.
        #expect(try client.receive(sent) == [UInt8](repeating: 0x78, count: sent))
        client.close()
        server.close()
        await path.close()
    }
}
