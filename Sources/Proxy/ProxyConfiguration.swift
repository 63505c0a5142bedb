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
    /// Threads that do socket I/O; nil for one per two cores. A connection stays on one, both legs.
    package var eventLoops: Int?

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

/// One listening socket and what is done with the connections that come to it.
package struct Listener: Sendable {
    package var mode: Mode
    /// Address or name to bind; names are resolved once, at start.
    package var host: String
    /// 0 lets the system choose; `ProxyServer.start` tells which.
    package var port: Int

    package init(_ mode: Mode, host: String = "127.0.0.1", port: Int) {
        self.mode = mode
        self.host = host
        self.port = port
    }

    package enum Mode: Sendable, Equatable {
        /// A forward proxy: CONNECT, absolute-form requests, and TLS that names its server by SNI.
        case regular
        /// Stands in front of one server.
        case reverse(Upstream)
        /// A SOCKS 5 proxy (RFC 1928).
        case socks5
        /// Takes connections that a packet filter redirects to it, and leads each where it was going.
        case transparent
        /// A forward proxy whose servers are reached through another proxy.
        case upstream(UpstreamProxy)

        /// Clients name the server in a request to the proxy.
        var isForward: Bool {
            switch self {
            case .regular, .upstream: true
            case .reverse, .socks5, .transparent: false
            }
        }

        /// Clients say first, in one way or another, where they want to go.
        var isAsked: Bool { isForward || self == .socks5 }

        var isReverse: Bool { if case .reverse = self { true } else { false } }
    }
}

/// A server that a listener stands in front of.
package struct Upstream: Sendable, Equatable {
    package var host: String
    package var port: Int
    /// TLS towards the server, whatever the device speaks.
    package var tls: Bool

    package init(host: String, port: Int, tls: Bool) {
        self.host = host
        self.port = port
        self.tls = tls
    }
}

/// Another proxy that stands before all servers.
package struct UpstreamProxy: Sendable, Equatable {
    package var host: String
    package var port: Int
    /// `Proxy-Authorization` that it is given; nil for none.
    package var authorization: String?

    package init(host: String, port: Int, authorization: String? = nil) {
        self.host = host
        self.port = port
        self.authorization = authorization
    }

    var destination: Destination { Destination(host: host, port: port) }
}

/// Bounds of the relay, each with a default. Memory that one connection can hold in the proxy, whatever its peers do, is
/// at most `writeBufferHigh`, twice `readSize` (a socket may be read once more before what came is written) and
/// `receiveBuffer` in each direction, and `requestHead` while a proxy request is read.
package struct ProxyLimits: Sendable {
    /// Until a TCP connection to the server stands, for each address tried.
    package var connectTimeout: TimeAmount = .seconds(10)
    /// Until a TLS handshake has ended, from its first octet; and until the head of a proxy request is whole.
    package var handshakeTimeout: TimeAmount = .seconds(15)
    /// Without an octet in either direction.
    package var idleTimeout: TimeAmount = .minutes(10)
    /// How long a client that has said nothing is given before the server gets its chance to speak first.
    package var serverFirstDelay: TimeAmount = .milliseconds(500)
    /// How long input is still read, and dropped, after an answer of the proxy's own.
    package var lingerTimeout: TimeAmount = .seconds(2)
    /// How long octets that arrived before a reset may still take to reach the other side.
    package var resetFlush: TimeAmount = .seconds(1)
    /// Octets waiting to be written to one side past which the other is not read; and down to which they must fall
    /// before it is read again.
    package var writeBufferHigh = 256 * 1024
    package var writeBufferLow = 64 * 1024
    /// Octets taken from a socket in one read.
    package var readSize = 64 * 1024
    /// Receive buffer asked of the kernel for each socket (SO_RCVBUF), because all of it is read when a FIN arrives,
    /// whether the other side takes it or not; nil leaves it to the kernel, and then to tcp_rmem.
    package var receiveBuffer: Int? = 256 * 1024
    /// Octets of the head of a request to the proxy itself.
    package var requestHead = 64 * 1024
    /// Connections at once; more wait to be accepted. Nil for as many as the limit of open files allows.
    package var connections: Int?
    /// Connections waiting to be accepted.
    package var backlog = 1024
    /// How long an address that a name led to is used again without asking.
    package var addressReuse: TimeAmount = .seconds(30)

    package init() {}
}

extension TimeAmount {
    /// Seconds, for a person: `15`, `0.5`.
    var seconds: String {
        let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return rest == 0 ? "\(whole)" : "\(Double(nanoseconds) / 1_000_000_000)"
    }
}
