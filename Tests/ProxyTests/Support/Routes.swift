import Logging
import NIOCore
import Proxy
import TLSEngine
import Wire

/// One end of a test connection: plain, or TLS over its socket.
protocol TestEnd: AnyObject {
    var socket: TestSocket { get }
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
    case tlsReverse = "reverse:https"
    /// The device speaks TLS, the server does not; and the other way.
    case tlsToPlain = "reverse:http, TLS from the device"
    case plainToTLS = "reverse:https, none from the device"
    case plainTunnel = "CONNECT"
    case tlsTunnel = "CONNECT, TLS inside"

    var deviceTLS: Bool { self == .tlsReverse || self == .tlsTunnel || self == .tlsToPlain }
    var serverTLS: Bool { self == .tlsReverse || self == .tlsTunnel || self == .plainToTLS }
    var tunnel: Bool { self == .plainTunnel || self == .tlsTunnel }

    /// A server that is to speak first gets no chance to before the device's or its own handshake.
    func canRun(_ relayCase: RelayCase) -> Bool {
        guard self == .plainToTLS else { return true }
        switch relayCase.steps[0] {
        case .send(.toClient, _), .trickle(.toClient, _), .bulk(.toClient, _), .finish(.toClient), .reset(.toClient):
            return false
        default: return true
        }
    }
}

/// A test server and what stands before it. Connections are made one after the other.
final class Path {
    let route: Route
    let tap = TapRecorder()
    let listener: TestListener
    let port: Int
    let authorities: TestAuthorities
    private let control: ControlRelay?
    let proxy: ProxyServer?

    init(_ route: Route, _ adjust: (inout ProxyLimits) -> Void = { _ in }) async throws {
        self.route = route
        listener = try TestListener()
        authorities = try TestAuthorities.shared.get()
        guard route != .control else {
            let relay = try ControlRelay(to: listener.port)
            control = relay
            proxy = nil
            port = relay.port
            return
        }
        control = nil
        let mode =
            route.tunnel
            ? Listener.Mode.regular
            : .reverse(Upstream(host: "127.0.0.1", port: listener.port, tls: route.serverTLS))
        var configuration = ProxyConfiguration(listeners: [Listener(mode, port: 0)])
        configuration.tls = authorities.proxyContexts
        configuration.limits.serverFirstDelay = .milliseconds(30)
        adjust(&configuration.limits)
        let server = ProxyServer(configuration, tap: tap, logger: Logger(label: "test"))
        proxy = server
        port = try await server.start()[0].port!
    }

    func connect() throws -> any TestEnd {
        let socket = try TestSocket.connect(port: port)
        if route.tunnel {
            try socket.send("CONNECT 127.0.0.1:\(listener.port) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
            let head = try socket.receiveHead()
            guard head.hasPrefix("HTTP/1.1 200 ") else { throw SocketFailure("CONNECT: \(head)") }
        }
        guard route.deviceTLS else { return PlainEnd(socket) }
        let end = TLSEnd(socket, authorities.deviceContext.makeSession(host: "127.0.0.1"))
        try end.shakeHands()
        return end
    }

    /// Accepts the next connection on a thread of its own and completes its handshake, for the device's may wait for it.
    func accept() -> Awaited<any TestEnd> {
        let (listener, route, authorities) = (listener, route, authorities)
        return Awaited {
            let socket = try listener.accept()
            guard route.serverTLS else { return PlainEnd(socket) }
            let end = TLSEnd(socket, authorities.serverContext.makeSession(host: "127.0.0.1"))
            try end.shakeHands()
            return end
        }
    }

    func close() async { await proxy?.shutdown(grace: .zero) }
}
