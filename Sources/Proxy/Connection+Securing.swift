import Inspection
import NIOCore
import TLSEngine
import TLSWire
import Wire

/// TLS on the two legs. The server's is brought up while the device's stands still at its ClientHello.
extension Connection {
    /// The device's ClientHello is here, or the server wants to know the device's PSK identity.
    func suspended(_ leg: LegHandler) {
        guard phase == .settingUp else { return }
        timer.cancel()
        if leg === client {
            if destination == nil {
                guard let name = client.tls?.clientHello?.sni, !name.isEmpty else { return refuseHello() }
                lead(to: Destination(host: name, port: 443), host: name, tls: true)
            } else if flow?.origin.host == nil {
                flow?.origin.host = client.tls?.clientHello?.sni
            }
            setup.client = .suspended
        } else {
            setup.server = .awaitsIdentity
        }
        advance()
    }

    /// A device that speaks TLS to a regular listener directly must name its server.
    private func refuseHello() {
        openFlowToUs()
        flow?.ends(.error)
        flow?.noticed(
            Finding(
                ProxyRules.destinationUnknown, .connection,
                "the device began TLS without CONNECT and its ClientHello names no server (no SNI)"))
        client.tls?.refuse(alert: TLSAlert.unrecognizedName)
        client.goOn()
        close()
    }

    func secureServer() {
        guard let tls = environment.tls, let destination, let server else {
            return fail(
                UpstreamFailure(ProxyRules.upstreamUnreachable, "TLS towards servers is not set up in this proxy"))
        }
        let hello = client.tls?.clientHello
        var name = destination.host
        if !listener.mode.isReverse, let sni = hello?.sni, !sni.isEmpty { name = sni }
        // A TLS 1.3 client names its identities in the ClientHello; up to TLS 1.2 it waits for the server's choice.
        let session = tls.server.makeSession(
            host: name, offering: hello.map(TLSOffer.init),
            pskIdentity: (hello?.pskIdentities.first).map { String(decoding: $0, as: UTF8.self) },
            suspendForPSKIdentity: hello?.offersPSK ?? false)
        timer.set(limits.handshakeTimeout)
        server.startTLS(session)
    }

    func resumeClient() {
        guard let session = client.tls else { return }
        let other = server?.tls
        session.resume(
            with: TLSSession.Choice(
                host: session.clientHello?.sni == nil ? destination?.host : nil, like: other?.serverCertificate,
                maxVersion: other?.version, suite: other?.facts.suiteCode, pskIdentityHint: other?.pskIdentityHint))
        timer.set(limits.handshakeTimeout)
        client.goOn()
    }

    func resumeServer() {
        // A device that used a certificate after all has told none.
        let known = environment.tls?.server.configuration.psk?.identities ?? []
        server?.tls?.resume(pskIdentity: client.tls?.facts.pskIdentity ?? (known.count == 1 ? known[0] : ""))
        timer.set(limits.handshakeTimeout)
        server?.goOn()
    }

    func secured(_ leg: LegHandler) {
        guard phase == .settingUp else { return }
        environment.counters.handshakes.add()
        timer.cancel()
        tellFacts(leg)
        if leg === client {
            setup.client = .secure
        } else {
            if let problem = leg.tls?.certificateProblem { flow?.noticed(problem.finding) }
            setup.server = .ready
        }
        advance()
    }

    /// A leg's TLS failed: its handshake, or the connection later.
    func failed(_ leg: LegHandler, _ failure: TLSFailure, byReset: Bool = false) {
        guard phase != .closed, failure.kind != .refused else { return }
        if leg.tls?.facts.handshakeComplete != true { environment.counters.handshakesFailed.add() }
        tellFacts(leg)
        if leg !== client, phase != .relaying {
            return fail(UpstreamFailure(failure.finding))
        }
        openFlowToUs()
        flow?.ends(!byReset ? .error : leg === client ? .clientReset : .serverReset)
        flow?.noticed(failure.finding)
        if leg !== client, beginning != .other, flow?.serverWasSilent == true, !client.inputEnded {
            return refusedLate(UpstreamFailure(failure.finding))
        }
        let other = leg === client ? server : client
        if phase == .relaying { other?.reset(patience: limits.resetFlush) }
        close()
    }

    /// A TLS 1.3 server refuses a client's certificate, or the lack of one, when our side of the handshake is over and
    /// the request may be on its way. The client gets the answer that it would have got before.
    private func refusedLate(_ failure: UpstreamFailure) {
        environment.counters.upstreamFailures.add()
        self.failure = failure
        setup.server = .failed
        let left = server
        server = nil
        left?.close()
        // That may have brought what the client sent meanwhile, or its end.
        guard phase == .relaying else { return }
        tellHeldBack()
        if beginning != nil {
            tellsUnheard = true
            return answer(OwnResponse(status: failure.status, saying: failure.finding.text))
        }
        guard !client.inputEnded else { return close() }
        phase = .refusing
        timer.set(limits.handshakeTimeout)
        refuse()
    }

    /// What the client sent and the relay held back for being followed or changed goes to nobody, and is told.
    private func tellHeldBack() {
        if let rest = forwarding?.remainder() { flow?.unheard(rest) }
        for piece in rewriter?.finish(.toServer) ?? [] where piece.direction == .toServer {
            flow?.unheard(piece.original)
        }
    }

    /// A leg ended without close_notify. It crosses as what it is.
    func endedUncleanly(_ leg: LegHandler, _ failure: TLSFailure) {
        if phase == .relaying { flow?.noticed(failure.finding) }
    }

    private func tellFacts(_ leg: LegHandler) {
        guard let tls = leg.tls else { return }
        flow?.tls(leg.side, tls.facts)
        for finding in tls.takeFindings() { flow?.noticed(finding) }
    }

    /// Alerts after the handshake are facts too: how each side took its leave. So is that a device took it in silence.
    func tellLastAlerts() {
        for leg in [client, server] {
            guard let leg, let tls = leg.tls else { continue }
            if !tls.facts.alerts.isEmpty { tellFacts(leg) }
            for finding in tls.takeFindings() { flow?.noticed(finding) }
        }
    }

    func setupTimedOut() {
        endsByTimeout()
        let seconds = limits.handshakeTimeout.seconds
        if setup.server == .handshaking, let destination {
            tellServerFacts()
            fail(
                UpstreamFailure(
                    ProxyRules.handshakeTimeout,
                    "\(destination.endpoint) did not complete the TLS handshake within \(seconds) s", status: 504))
        } else {
            openFlowToUs()
            tellFacts(client)
            flow?.ends(.timeout)
            flow?.noticed(
                Finding(
                    ProxyRules.handshakeTimeout, .connection,
                    "the device did not complete the TLS handshake within \(seconds) s"))
            close()
        }
    }

    private func tellServerFacts() {
        if let server { tellFacts(server) }
    }
}
