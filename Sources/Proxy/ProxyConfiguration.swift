package import NIOCore
package import TLSEngine

/// What a proxy is started with.
package struct ProxyConfiguration: Sendable {
    package var listeners: [Listener]
    package var limits = ProxyLimits()
    /// How TLS is terminated on either leg; nil relays it as it comes, unopened.
    package var tls: TLSContexts?
    /// What is changed in messages, because the operator asked for it; reverse listeners only.
    package var rewriting: Rewriting?
    /// Hosts whose connections are relayed unopened.
    package var ignoredHosts: HostPatterns?
    /// Is told what crosses the clients' sockets.
    package var wireTap: (any WireTap)?
    /// Yields the addresses of a name, of one family. It may wait; it is called on threads that are there for that.
    package var resolve: @Sendable (String, AddressFamily) -> Result<[SocketAddress], NameFailure> =
        SystemNames.addresses
    /// Threads that do socket I/O; nil for one per two cores. A connection stays on one, both legs.
    package var eventLoops: Int?
    /// Threads that it comes to.
    package var threads: Int { max(1, eventLoops ?? System.coreCount / 2) }

    package init(listeners: [Listener]) {
        self.listeners = listeners
    }
}

/// What makes the TLS sessions of a connection's legs.
package struct TLSContexts: Sendable {
    package var device: ServerTLSContext
    package var server: ClientTLSContext

    package init(device: ServerTLSContext, server: ClientTLSContext) {
        self.device = device
        self.server = server
    }
}
