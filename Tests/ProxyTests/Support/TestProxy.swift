import Logging
import NIOCore
import Proxy
import Wire

/// A proxy with one listener, and what it told.
struct TestProxy {
    let server: ProxyServer
    let port: Int
    let tap: TapRecorder

    init(
        _ mode: Listener.Mode, tls: TLSContexts? = nil, ignoring: HostPatterns? = nil,
        _ adjust: (inout ProxyLimits) -> Void = { _ in },
        resolve: (@Sendable (String, AddressFamily) -> Result<[SocketAddress], NameFailure>)? = nil
    ) async throws {
        tap = TapRecorder()
        var configuration = ProxyConfiguration(listeners: [Listener(mode, port: 0)])
        configuration.tls = try tls ?? TestAuthorities.shared.get().proxyContexts
        configuration.ignoredHosts = ignoring
        if let resolve { configuration.resolve = resolve }
        configuration.limits.serverFirstDelay = .milliseconds(30)
        adjust(&configuration.limits)
        server = ProxyServer(configuration, tap: tap, logger: Logger(label: "test"))
        port = try await server.start()[0].port!
    }

    func connect() throws -> TestSocket { try TestSocket.connect(port: port) }

    /// Both ends of a connection that has carried an octet, 1, to the server.
    func relayed(to listener: TestListener) throws -> (client: TestSocket, server: TestSocket) {
        let client = try connect()
        try client.send([1])
        let server = try listener.accept()
        guard try server.receive(1) == [1] else { throw SocketFailure("another octet came") }
        return (client, server)
    }

    /// Sends octets, ends, and yields all that comes back.
    func ask(_ text: String) throws -> String {
        let socket = try connect()
        try socket.send(text.utf8)
        try socket.finish()
        return String(decoding: try socket.receiveUntilEnd(), as: UTF8.self)
    }

    func stop() async { await server.shutdown(grace: .zero) }
}

extension TapRecorder.Flow {
    var rules: [String] { findings.map(\.rule.id) }
}
