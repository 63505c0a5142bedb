import HTTPWire
import Inspection
import NIOCore
import SystemClock
import TLSEngine
import Wire

/// What the client speaks, and where that leads.
extension Connection {
    /// The client's socket is open.
    func begin() {
        timer.set(listener.mode.isAsked ? limits.idleTimeout : limits.serverFirstDelay)
        switch listener.mode {
        case .transparent:
            findOriginalDestination {
                if self.phase == .opening, !self.passesAtOnce() { self.client.release(partner: nil) }
            }
        case .reverse:
            if let server = reverseDestination {
                leaveAloneIfAsked(server, "its server")
                if passing != nil { lead(to: server, host: server.host, tls: false) }
            }
            if !passesAtOnce() { client.release(partner: nil) }
        case .regular, .socks5, .upstream: client.release(partner: nil)
        }
    }

    var clientHasBegun: Bool {
        opening.early.readableBytes > 0 || socks.map { $0.hasBegun && !$0.isAsked } ?? false
    }

    /// Octets of a client whose protocol, or destination, is not known yet.
    func take(_ bytes: ByteBuffer) {
        if !clientHasBegun { timer.set(limits.handshakeTimeout) }
        keepEarly(bytes)
        decide()
    }

    func keepEarly(_ bytes: ByteBuffer) {
        if opening.early.readableBytes == 0 {
            opening.early = bytes
            opening.arrived = .now()
        } else {
            var bytes = bytes
            opening.early.writeBuffer(&bytes)
        }
    }

    func decide() {
        if needsRequest, socks != nil { return continueSOCKS() }
        switch ClientProtocol(opening.early.readableBytesSpan) {
        case .undecided: break
        case .tls, .ssl2Hello:
            if !awaitsName() { speaksTLS() }
        case .plain: speaksPlain()
        }
    }

    /// The client ended its direction before its protocol was known.
    func endedWhileOpening() {
        if opening.nameSearch != nil {
            // A ClientHello that is cut short: the handshake says so.
            client.hold(end: opening.end)
            return speaksTLS()
        }
        guard needsRequest else { return speaksPlain() }
        if !clientHasBegun {
            close()
        } else if socks != nil {
            refuseSOCKS(.cut)
        } else {
            refuseRequest(ProxyRules.requestMalformed, "the client's request to the proxy ends before its head does")
        }
    }

    func openingTimedOut() {
        if opening.nameSearch != nil { return speaksTLS() }
        if needsRequest {
            endsByTimeout()
            if !clientHasBegun {
                close()
            } else if socks != nil {
                refuseSOCKS(.timeout(after: limits.handshakeTimeout))
            } else {
                refuseRequest(
                    ProxyRules.requestTimeout,
                    "the head of the client's request to the proxy was not whole within \(limits.handshakeTimeout.seconds) s",
                    status: 408)
            }
        } else if opening.early.readableBytes > 0 {
            speaksPlain()
        } else {
            letServerSpeakFirst()
        }
    }

    /// The server spoke, or ended, before the client's first octet, so there is no TLS: in TLS the client begins.
    func serverSpokeFirst(_ bytes: ByteBuffer? = nil, end: LegHandler.InputEnd? = nil) {
        server?.hold(returning: bytes, end: end)
        speaksPlain()
    }

    /// Some listeners learn the server from a request, except inside a tunnel.
    private var needsRequest: Bool { listener.mode.isAsked && route.destination == nil }

    /// The client has been silent for a while: perhaps it waits for a greeting. The server gets its chance to give one;
    /// the client's first octet, should it come before, still decides. When nobody speaks after that either, it is over.
    private func letServerSpeakFirst() {
        guard !listener.mode.isAsked, route.setup.server == .none, !opening.waitsForClient else {
            endsByTimeout()
            flow?.ends(.timeout)
            return close()
        }
        if case .reverse(let upstream) = listener.mode {
            guard !upstream.tls else {
                opening.waitsForClient = true
                return timer.set(limits.idleTimeout)
            }
            lead(to: upstream)
        }
        route.setup.server = .connecting
        connect()
    }

    private func lead(to upstream: Upstream) {
        guard route.destination == nil else { return }
        lead(to: Destination(host: upstream.host, port: upstream.port), host: upstream.host, tls: upstream.tls)
    }

    private func speaksPlain() {
        switch listener.mode {
        case .reverse(let upstream): lead(to: upstream)
        case .regular, .upstream:
            if needsRequest { return takeRequest() }
        case .socks5, .transparent: break
        }
        setUp(.plain)
    }

    func setUp(_ stage: Setup.Client) {
        client.hold()
        server?.hold()
        timer.cancel()
        route.setup.client = stage
        phase = .settingUp
        advance()
    }

    // MARK: TLS

    private func speaksTLS() {
        guard let tls = environment.tls else { return speaksPlain() }
        opening.nameSearch = nil
        switch listener.mode {
        case .reverse(let upstream): lead(to: upstream)
        case .regular, .upstream, .socks5, .transparent: route.setup.serverTLS = true
        }
        let hello = opening.early
        opening.early = ByteBuffer()
        setUp(.handshaking)
        timer.set(limits.handshakeTimeout)
        startTLS(with: tls, hello)
    }

    // MARK: Requests to the proxy

    private func takeRequest() {
        opening.headScanner.scan(opening.early.readableBytesView)
        guard let line = opening.headScanner.firstLine else { return refuseIfHeadTooLong() }
        let octets = opening.early.getBytes(at: opening.early.readerIndex + line.lowerBound, length: line.count) ?? []
        switch ProxyRequest(line: octets[...]) {
        case .malformed(let why):
            refuseRequest(ProxyRules.requestMalformed, "the client's request to the proxy cannot be served: \(why)")
        case .tunnel(let destination):
            guard let end = opening.headScanner.end else { return refuseIfHeadTooLong() }
            opening.early.moveReaderIndex(forwardBy: end)
            lead(to: destination, host: destination.host, tls: false)
            flow?.origin.tunnelled = true
            leaveAloneIfAsked(destination, "its CONNECT target")
            setUp(.awaitsTunnel)
        case .forward(let request) where request.destination == OwnPages.destination:
            servePage(
                request.method, String(decoding: request.target, as: UTF8.self),
                elsewhere: OwnResponse(status: 404, saying: "there is no such page at http://\(OwnPages.host)/"))
        case .forward(let request):
            lead(to: request.destination, host: request.destination.host, tls: request.tls)
            forwarding = Forwarding(
                to: request.destination, tls: request.tls, through: upstreamProxy, lineLimit: limits.requestHead)
            setUp(.plain)
        case .own(let method, let target): servePage(method, target, elsewhere: nil)
        }
    }

    private func servePage(_ method: String, _ path: String, elsewhere: OwnResponse?) {
        guard opening.headScanner.end != nil else { return refuseIfHeadTooLong() }
        let pages = OwnPages(authority: environment.tls?.device.configuration.authority)
        if let page = pages.response(method: method, path: path) ?? elsewhere { return answer(page) }
        refuseRequest(
            ProxyRules.requestMalformed,
            "the client's request names no server: the proxy wants CONNECT, or a whole URI as the target; "
                + "for a client that is pointed at DMScope as its server, listen with -m reverse:URL")
    }

    /// The head of a request is not whole yet; it may not grow for ever.
    private func refuseIfHeadTooLong() {
        guard opening.early.readableBytes > limits.requestHead else { return }
        refuseRequest(
            ProxyRules.requestMalformed,
            "the head of the client's request to the proxy is longer than \(limits.requestHead) octets", status: 431)
    }

    /// What the client asks of the proxy cannot be done.
    private func refuseRequest(_ rule: Rule, _ text: String, status: Int = 400) {
        openFlowToUs()
        flow?.ends(.error)
        flow?.noticed(Finding(rule, .connection, text))
        answer(OwnResponse(status: status, .requestMalformed, saying: text))
    }

    /// A flow that leads no further than here, or than we know, so that there is one to tell things of.
    func openFlowToUs() {
        guard flow == nil else { return }
        let here = localAddress?.endpoint ?? "?"
        flow = makeFlow(server: reverseDestination?.endpoint ?? here, host: reverseDestination?.host)
    }

    /// Tells the client that its tunnel stands, and goes on with what it sends into it.
    func acknowledgeTunnel() {
        client.write(
            socks == nil
                ? ByteBuffer(string: "HTTP/1.1 200 Connection established\r\n\r\n")
                : ByteBuffer(
                    bytes: SOCKSDialogue.reply(.succeeded, bound: server?.context?.channel.localAddress)))
        client.flush()
        // A write that fails closes the connection.
        guard phase != .closed else { return }
        if passing != nil { return setUp(.plain) }
        phase = .opening
        timer.set(limits.idleTimeout)
        if opening.early.readableBytes > 0 { decide() }
        guard phase == .opening else { return }
        server?.release(partner: client)
        guard phase == .opening else { return }
        client.release(partner: nil)
    }
}
