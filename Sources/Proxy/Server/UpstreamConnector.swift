import Glibc
import Inspection
import NIOCore
import NIOPosix
import SystemErrors
import Wire

/// Opens the socket to a server, or gives up when it is told to. Lives on one event loop.
final class UpstreamConnector {
    private let environment: ProxyEnvironment
    private let loop: any EventLoop
    /// Sockets under way: of a name with several addresses more than one.
    private var attempts: [any Channel] = []
    private var isAbandoned = false

    init(environment: ProxyEnvironment, loop: any EventLoop) {
        self.environment = environment
        self.loop = loop
    }

    /// Nobody waits any more: sockets that are under way are closed now, not when they time out.
    func abandon() {
        isAbandoned = true
        for attempt in attempts { attempt.close(promise: nil) }
        attempts = []
    }

    /// Connects to an address literal, to the address that the name led to last, or to whichever of the name's addresses
    /// answers first (RFC 8305). The leg comes held: nothing is read from the server until it is released.
    func connect(
        to destination: Destination, then: @escaping (Result<LegHandler, UpstreamFailure>) -> Void
    ) {
        if let literal = try? SocketAddress(ipAddress: destination.host, port: destination.port) {
            connect(destination, known: literal, then: then)
        } else if let address = environment.addresses.address(destination.host, destination.port) {
            connect(destination, known: address) { result in
                if case .failure = result, !self.isAbandoned {
                    self.environment.addresses.forget(destination.host, destination.port)
                    return self.connect(destination, known: nil, then: then)
                }
                then(result)
            }
        } else {
            connect(destination, known: nil, then: then)
        }
    }

    private func connect(
        _ destination: Destination, known: SocketAddress?,
        then: @escaping (Result<LegHandler, UpstreamFailure>) -> Void
    ) {
        let limits = environment.limits
        let me = NIOLoopBound(self, eventLoop: loop)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(limits.connectTimeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard !me.value.isAbandoned else { throw ChannelError.operationUnsupported }
                    me.value.attempts.append(channel)
                    try limits.apply(to: channel)
                    if let size = limits.receiveBuffer {
                        try channel.syncOptions?.setOption(.socketOption(.so_rcvbuf), value: .init(size))
                    }
                    try channel.pipeline.syncOperations.addHandler(LegHandler(side: .server))
                }
            }
        let connected =
            if let known {
                bootstrap.connect(to: known)
            } else {
                bootstrap.connect(host: destination.host, port: destination.port)
            }
        connected.assumeIsolated().whenComplete { result in
            self.attempts = []
            then(
                result.mapError { UpstreamFailure(connecting: destination, $0) }
                    .flatMap { self.leg(on: $0, to: destination, wasKnown: known != nil) })
        }
    }

    /// The leg on a socket that is connected, unless the server has closed it or is this proxy.
    private func leg(
        on channel: any Channel, to destination: Destination, wasKnown: Bool
    ) -> Result<LegHandler, UpstreamFailure> {
        guard let leg = try? channel.pipeline.syncOperations.handler(type: LegHandler.self) else {
            // The server closed in the moment between.
            return .failure(
                UpstreamFailure(
                    ProxyRules.upstreamClosed, "\(destination.endpoint) closed the connection at once"))
        }
        let remote = channel.remoteAddress
        if environment.addresses.isOurs(local: channel.localAddress, remote: remote) {
            leg.close()
            return .failure(
                UpstreamFailure(ProxyRules.upstreamIsProxy, "\(destination.endpoint) is this proxy itself"))
        }
        if !wasKnown, let remote {
            environment.addresses.keep(remote, for: destination.host, destination.port)
        }
        return .success(leg)
    }
}
