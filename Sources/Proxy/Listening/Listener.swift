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
