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
    /// The name's addresses.
    private var lookup: NameLookup?
    private var isAbandoned = false

    init(environment: ProxyEnvironment, loop: any EventLoop) {
        self.environment = environment
        self.loop = loop
    }

    /// Nobody waits any more: sockets that are under way are closed now, not when they time out.
    func abandon() {
        isAbandoned = true
        lookup?.abandon()
        for attempt in attempts { attempt.close(promise: nil) }
        attempts = []
    }

    /// Connects to an address literal, or to whichever of the name's addresses answers first (RFC 8305), the one that it
    /// led to last being tried first. The leg comes held: nothing is read from the server until it is released.
    func connect(to destination: Destination, then: @escaping (Result<LegHandler, UpstreamFailure>) -> Void) {
        if let literal = try? SocketAddress(ipAddress: destination.host, port: destination.port) {
            connect(destination, bootstrap.connect(to: literal), then: then)
        } else if let known = environment.addresses.addresses(destination.host, destination.port) {
            connect(
                destination, among: NameLookup.Answers(known, on: loop), known: { known },
                then: { result in
                    if case .failure = result, !self.isAbandoned {
                        self.environment.addresses.forget(destination.host, destination.port)
                        return self.lookUp(destination, then: then)
                    }
                    then(result)
                })
        } else {
            lookUp(destination, then: then)
        }
    }

    private func lookUp(_ destination: Destination, then: @escaping (Result<LegHandler, UpstreamFailure>) -> Void) {
        lookup = NameLookup(destination, environment, loop: loop) { result in
            guard !self.isAbandoned else { return }
            switch result {
            case .success(let answers):
                self.connect(destination, among: answers, known: { self.lookup?.addresses ?? [] }, then: then)
            case .failure(let failure): then(.failure(UpstreamFailure(lookingUp: destination, failure)))
            }
        }
    }

    /// - Parameter known: the addresses that are known when one of them has answered.
    private func connect(
        _ destination: Destination, among answers: NameLookup.Answers, known: @escaping () -> [SocketAddress],
        then: @escaping (Result<LegHandler, UpstreamFailure>) -> Void
    ) {
        // Each address has its own time; they are tried a quarter of a second apart.
        let connecting = bootstrap.connectTimeout(2 * environment.limits.connectTimeout).resolver(answers)
            .connect(host: destination.host, port: destination.port)
        connect(destination, connecting) { result in
            if case .success(let leg) = result, let address = leg.context?.channel.remoteAddress {
                self.environment.addresses.keep(
                    [address] + known().filter { $0 != address }, for: destination.host, destination.port)
            }
            then(result)
        }
    }

    private func connect(
        _ destination: Destination, _ connecting: EventLoopFuture<any Channel>,
        then: @escaping (Result<LegHandler, UpstreamFailure>) -> Void
    ) {
        connecting.assumeIsolated().whenComplete { result in
            self.attempts = []
            then(
                result.mapError { UpstreamFailure(connecting: destination, $0) }
                    .flatMap { self.leg(on: $0, to: destination) })
        }
    }

    private var bootstrap: ClientBootstrap {
        let limits = environment.limits
        let me = NIOLoopBound(self, eventLoop: loop)
        return ClientBootstrap(group: loop)
            .connectTimeout(limits.connectTimeout)
            .channelOption(.connectTimeout, value: limits.connectTimeout)
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
    }

    /// The leg on a socket that is connected, unless the server has closed it or is this proxy.
    private func leg(on channel: any Channel, to destination: Destination) -> Result<LegHandler, UpstreamFailure> {
        guard let leg = try? channel.pipeline.syncOperations.handler(type: LegHandler.self) else {
            // The server closed in the moment between.
            return .failure(
                UpstreamFailure(
                    ProxyRules.upstreamClosed, "\(destination.endpoint) closed the connection at once"))
        }
        if environment.addresses.isOurs(local: channel.localAddress, remote: channel.remoteAddress) {
            leg.close()
            return .failure(
                UpstreamFailure(ProxyRules.upstreamIsProxy, "\(destination.endpoint) is this proxy itself"))
        }
        return .success(leg)
    }
}
