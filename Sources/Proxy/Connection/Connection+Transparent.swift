import Glibc
import NIOCore
import Wire

/// Connections that a packet filter redirected here: where they were going.
extension Connection {
    /// Asks the kernel for the destination, then calls `then`. Where there is none, or it is our own listener, the client
    /// is refused in whatever protocol it turns out to speak.
    func findOriginalDestination(then: @escaping () -> Void) {
        originalDestination { address in
            if let address, let host = address.ipAddress, let port = address.port {
                let destination = Destination(host: host, port: port)
                self.lead(to: destination, host: nil, tls: false)
                self.leaveAloneIfAsked(destination, "its destination")
                if address == self.localAddress
                    || self.environment.addresses.isOurs(local: self.localAddress, remote: address)
                {
                    self.fail(
                        UpstreamFailure(
                            ProxyRules.upstreamIsProxy,
                            "\(address.endpoint) is this proxy itself: the device was pointed at the transparent listener"
                        ))
                }
            } else {
                self.openFlowToUs()
                self.fail(
                    UpstreamFailure(
                        ProxyRules.redirectUnknown,
                        "the packet filter knows no destination of the connection: it was not redirected here"))
            }
            then()
        }
    }

    private func originalDestination(_ then: @escaping (SocketAddress?) -> Void) {
        guard let options = client.context?.channel as? any SocketOptionProvider else { return then(nil) }
        /// SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST of the kernel's netfilter headers.
        let name: SocketOptionName = 80
        func ask4(_ then: @escaping (SocketAddress?) -> Void) {
            let answer: EventLoopFuture<sockaddr_in> = options.unsafeGetSocketOption(
                level: SocketOptionLevel(SOL_IP), name: name)
            answer.assumeIsolated().whenComplete { then((try? $0.get()).map { SocketAddress($0, host: "") }) }
        }
        func ask6(_ then: @escaping (SocketAddress?) -> Void) {
            let answer: EventLoopFuture<sockaddr_in6> = options.unsafeGetSocketOption(
                level: SocketOptionLevel(SOL_IPV6), name: name)
            answer.assumeIsolated().whenComplete { then((try? $0.get()).map { SocketAddress($0, host: "") }) }
        }
        guard case .v6 = clientAddress else { return ask4(then) }
        // An IPv4 client of a listener on [::] shows as IPv6 and was redirected as IPv4.
        ask6 { address in
            if let address { then(address) } else { ask4(then) }
        }
    }
}
