import Logging
import NIOCore
import Proxy
import Wire

/// One end of a test connection: plain, or TLS over its socket.
protocol TestEnd: AnyObject {
    func send(_ bytes: [UInt8]) throws
    func receive(_ count: Int) throws -> [UInt8]
    /// Ends the sending direction: FIN, close_notify before it where there is TLS.
    func finish() throws
    /// Waits for the peer's end of the same kind, with nothing before it.
    func expectEnd() throws
    func reset()
    func expectReset() throws
    func close()
}

final class PlainEnd: TestEnd {
    let socket: TestSocket
    init(_ socket: TestSocket) { self.socket = socket }

    func send(_ bytes: [UInt8]) throws { try socket.send(bytes) }
    func receive(_ count: Int) throws -> [UInt8] { try socket.receive(count) }
    func finish() throws { try socket.finish() }
    func expectEnd() throws {
        let rest = try socket.receiveUntilEnd()
        if !rest.isEmpty { throw SocketFailure("\(rest.count) octets where the end was due") }
    }
    func reset() { socket.reset() }
    func expectReset() throws { try socket.expectReset() }
    func close() { socket.close() }
}

/// A way from a test client to a test server.
enum Route: String, Sendable, CaseIterable {
    /// A TCP relay that knows nothing: the control.
    case control = "plain TCP relay"
    case plainReverse = "reverse:http"
}

/// A test server and what stands before it. Connections are made one after the other.
final class Path {
    let route: Route
    let tap = TapRecorder()
    private let listener: TestListener
    private let port: Int
    private let control: ControlRelay?
    private let proxy: ProxyServer?

    init(_ route: Route, _ adjust: (inout ProxyLimits) -> Void = { _ in }) async throws {
        self.route = route
        listener = try TestListener()
        switch route {
        case .control:
            let relay = try ControlRelay(to: listener.port)
            control = relay
            proxy = nil
            port = relay.port
        case .plainReverse:
            control = nil
            let upstream = Upstream(host: "127.0.0.1", port: listener.port, tls: false)
            var configuration = ProxyConfiguration(listeners: [Listener(.reverse(upstream), port: 0)])
            configuration.limits.serverFirstDelay = .milliseconds(30)
            adjust(&configuration.limits)
            let server = ProxyServer(configuration, tap: tap, logger: Logger(label: "test"))
            proxy = server
            port = try await server.start()[0].port!
        }
    }

    func connect() throws -> any TestEnd { PlainEnd(try TestSocket.connect(port: port)) }
    func accept() throws -> any TestEnd { PlainEnd(try listener.accept()) }

    func close() async {
        await proxy?.shutdown(grace: .zero)
    }
}
