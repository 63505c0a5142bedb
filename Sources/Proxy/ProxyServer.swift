import Glibc
import Inspection
package import Logging
package import NIOCore
package import NIOPosix
import Synchronization
import SystemErrors

/// The proxy: listeners, and the connections that came to them.
package final class ProxyServer: Sendable {
    package let counters = ProxyCounters()
    private let configuration: ProxyConfiguration
    private let environment: ProxyEnvironment
    package let group: MultiThreadedEventLoopGroup
    private let state = Mutex(State())

    private struct State {
        var listening: [any Channel] = []
        var registries: [LiveConnections] = []
    }

    package init(_ configuration: ProxyConfiguration, tap: any FlowTap, logger: Logger) {
        self.configuration = configuration
        environment = ProxyEnvironment(configuration: configuration, tap: tap, counters: counters, logger: logger)
        group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.threads)
    }

    /// Opens the listeners, all or none.
    /// - Returns: where each listens, in the order of the configuration.
    package func start() async throws(ProxyStartError) -> [SocketAddress] {
        var registries: [ObjectIdentifier: LiveConnections] = [:]
        for loop in group.makeIterator() { registries[ObjectIdentifier(loop)] = LiveConnections(loop: loop) }
        state.withLock { $0.registries = Array(registries.values) }
        var bound: [SocketAddress] = []
        for listener in configuration.listeners {
            do {
                let channel = try await listen(listener, registries)
                state.withLock { $0.listening.append(channel) }
                if let address = channel.localAddress {
                    environment.addresses.listens(at: address)
                    bound.append(address)
                }
            } catch {
                await shutdown(grace: .zero)
                throw ProxyStartError(listener: listener, error)
            }
        }
        return bound
    }

    private func listen(
        _ listener: Listener, _ registries: [ObjectIdentifier: LiveConnections]
    ) async throws -> any Channel {
        let environment = environment
        var bootstrap = ServerBootstrap(group: group)
        if let size = configuration.limits.receiveBuffer {
            bootstrap = bootstrap.serverChannelOption(.socketOption(.so_rcvbuf), value: .init(size))
        }
        return
            try await bootstrap
            .serverChannelOption(.backlog, value: Int32(clamping: configuration.limits.backlog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // One at a time, so that the gate can close behind each.
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler())
                    try channel.pipeline.syncOperations.addHandler(AcceptGate(environment))
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try environment.limits.apply(to: channel)
                    let leg = LegHandler(side: .client, recorder: environment.wireRecorder())
                    try channel.pipeline.syncOperations.addHandler(leg)
                    guard let live = registries[ObjectIdentifier(channel.eventLoop)] else { return }
                    let connection = Connection(
                        environment: environment, listener: listener, client: leg, channel: channel,
                        onClose: { live.remove($0) })
                    live.insert(connection)
                    leg.attach(to: connection)
                }
            }
            .bind(host: listener.host, port: listener.port).get()
    }

    /// Stops accepting, lets open connections go on for at most `grace`, then ends them and the threads.
    package func shutdown(grace: Duration) async {
        let (listening, registries) = state.withLock { state in
            defer { state = State() }
            return (state.listening, state.registries)
        }
        for channel in listening { try? await channel.close().get() }
        let deadline = ContinuousClock.now + grace
        while counters.connectionsOpen.value > 0, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
        }
        for registry in registries { try? await registry.shutDown().get() }
        try? await group.shutdownGracefully()
    }
}

/// The operator's mistake: a listener that cannot be had. One clear line.
package struct ProxyStartError: Error, CustomStringConvertible {
    package let description: String

    init(listener: Listener, _ error: any Error) { self.init(host: listener.host, port: listener.port, error) }

    init(host: String, port: Int, _ error: any Error) {
        let place = Destination(host: host, port: port)
        let reason =
            switch error {
            case let error as IOError where error.errnoCode == EACCES:
                "\(SystemError(EACCES)); choose a port above 1023, or run as a user who may listen below"
            case let error as IOError: SystemError(error.errnoCode).advice
            case is SocketAddressError, is SocketAddressError.UnknownHost:
                place.withoutAddress((error as? SocketAddressError.UnknownHost)?.errorDescription)
                    + "; give an address of this machine, or a name that leads to one"
            default: "\(error)"
            }
        description = "cannot listen on \(place.endpoint): \(reason)"
    }
}

/// The open connections of one event loop, so that shutdown can end them.
final class LiveConnections: Sendable {
    private let connections: NIOLoopBoundBox<[ObjectIdentifier: Connection]>
    private let loop: any EventLoop

    init(loop: any EventLoop) {
        self.loop = loop
        connections = .makeBoxSendingValue([:], eventLoop: loop)
    }

    func insert(_ connection: Connection) { connections.value[ObjectIdentifier(connection)] = connection }
    func remove(_ connection: Connection) { connections.value[ObjectIdentifier(connection)] = nil }

    func shutDown() -> EventLoopFuture<Void> {
        loop.submit { for connection in self.connections.value.values { connection.shutDown() } }
    }
}
