import NIOCore
import Wire

/// Servers that are reached through another proxy: it is asked for a tunnel, except for absolute-form requests without
/// TLS, which it takes as they are.
extension Connection {
    var upstreamProxy: UpstreamProxy? {
        if case .upstream(let proxy) = listener.mode { proxy } else { nil }
    }

    func requestTunnel() {
        guard let destination = route.destination, let server, let proxy = upstreamProxy else { return }
        let place = destination.endpoint
        var head = "CONNECT \(place) HTTP/1.1\r\nHost: \(place)\r\n"
        if let authorization = proxy.authorization { head += "Proxy-Authorization: \(authorization)\r\n" }
        route.proxyAnswer = ProxyAnswer(limit: limits.requestHead)
        timer.set(limits.handshakeTimeout)
        server.write(ByteBuffer(string: head + "\r\n"))
        server.flush()
        server.release(partner: nil)
    }

    func takeProxyAnswer(_ bytes: ByteBuffer) {
        guard let outcome = route.proxyAnswer?.take(bytes), let destination = route.destination,
            let proxy = upstreamProxy
        else { return }
        let place = proxy.destination.endpoint
        switch outcome {
        case .wait: return
        case .established(let rest):
            route.proxyAnswer = nil
            timer.cancel()
            server?.hold(returning: rest.readableBytes > 0 ? rest : nil)
            route.setup.server = .connected
            advance()
        case .refused(let status, let reason):
            fail(
                UpstreamFailure(
                    ProxyRules.upstreamProxyRefused,
                    "the upstream proxy \(place) answers CONNECT \(destination.endpoint) with \(status) \(reason)"))
        case .malformed(let why):
            fail(
                UpstreamFailure(
                    ProxyRules.upstreamProxyMalformed,
                    "the answer of the upstream proxy \(place) to CONNECT is no HTTP response: \(why)"))
        }
    }

    func proxyAnswerEnded() {
        fail(
            UpstreamFailure(
                ProxyRules.upstreamClosed,
                "the upstream proxy \(upstreamProxy?.destination.endpoint ?? "") ended the connection without an answer to CONNECT"
            ))
    }

    func proxyAnswerTimedOut() {
        endsByTimeout()
        fail(
            UpstreamFailure(
                ProxyRules.upstreamTimeout,
                "the upstream proxy \(upstreamProxy?.destination.endpoint ?? "") did not answer CONNECT within \(limits.handshakeTimeout.seconds) s",
                status: 504))
    }
}
