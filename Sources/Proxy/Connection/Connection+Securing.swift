import Inspection
import NIOCore
import TLSEngine
import TLSWire
import Wire

/// TLS on the two legs. The server's is brought up while the device's stands still at its ClientHello.
extension Connection {
    /// Begins TLS with the device, and stops at its ClientHello, whose beginning was read before.
    func startTLS(with contexts: TLSContexts, _ hello: ByteBuffer) {
        let session = contexts.device.makeSession(host: route.destination?.host, suspendAfterClientHello: true)
        client.startTLS(session, early: hello)
    }

    /// The device's ClientHello is here, or the server wants to know the device's PSK identity.
    func suspended(_ leg: LegHandler) {
        guard phase == .settingUp else { return }
        timer.cancel()
        if leg === client {
            if route.destination == nil {
                guard let name = client.tls?.clientHello?.sni, !name.isEmpty else { return refuseHello() }
                // Where it was found that the connection leads nowhere, that stays so.
                if route.failure == nil { lead(to: Destination(host: name, port: 443), host: name, tls: true) }
            } else if flow?.origin.host == nil {
                flow?.origin.host = client.tls?.clientHello?.sni
            }
            route.setup.client = .suspended
        } else {
            route.setup.server = .awaitsIdentity
        }
        advance()
    }

    /// A device that speaks TLS to a regular listener directly must name its server; without a name there is no certificate
    /// to be shown either.
    private func refuseHello() {
        openFlowToUs()
        flow?.ends(.error)
        if route.failure == nil {
            flow?.noticed(
                Finding(
                    ProxyRules.destinationUnknown, .connection,
                    "the device began TLS without CONNECT and its ClientHello names no server (no SNI)"))
        }
        client.tls?.refuse(alert: TLSAlert.unrecognizedName)
        client.goOn()
        close()
    }

    func secureServer() {
        guard let tls = environment.tls, let destination = route.destination, let server else {
            return fail(
                UpstreamFailure(ProxyRules.upstreamUnreachable, "TLS towards servers is not set up in this proxy"))
        }
        let hello = client.tls?.clientHello
        let name = ServerName(of: destination.host, for: hello, isReverse: listener.mode.isReverse)
        // A TLS 1.3 client names its identities in the ClientHello; up to TLS 1.2 it waits for the server's choice.
        let identity = untriedIdentity
        if let identity { route.triedIdentities.append(identity) }
        let session = tls.server.makeSession(
            host: name.expected, orAddress: name.address, sni: name.sent, offering: hello.map(TLSOffer.init),
            pskIdentity: identity, suspendForPSKIdentity: hello?.offersPSK ?? false)
        timer.set(limits.handshakeTimeout)
        server.startTLS(session)
    }

    /// A TLS 1.3 identity of the device's to offer to the server next, those with a key first: libssl offers one at once.
    private var untriedIdentity: [UInt8]? {
        let table = environment.tls?.server.configuration.psk
        let left = client.tls?.clientHello?.pskIdentities.filter { !route.triedIdentities.contains($0) } ?? []
        return left.first { table?.key(for: $0) != nil } ?? (route.triedIdentities.isEmpty ? left.first : nil)
    }

    /// The server does not know an identity, and the device has named more: the next connection offers another.
    private func triesNextIdentity(after failure: TLSFailure, _ leg: LegHandler) -> Bool {
        guard route.setup.server == .handshaking, leg === server, leg.tls?.version == nil,
            !route.triedIdentities.isEmpty,
            route.triedIdentities.count < Connection.mostIdentities, failure.isRefusalOfIdentity, untriedIdentity != nil
        else { return false }
        flow?.noticed(failure.finding)
        server = nil
        leg.close()
        route.setup.server = .none
        advance()
        return true
    }
    private static let mostIdentities = 4

    func resumeClient() {
        guard let session = client.tls else { return }
        let other = server?.tls
        // A failed server took nothing: the device is to be able to read our answer.
        let outcome = (route.setup.server == .failed ? nil : other).map {
            TLSSession.ServerOutcome(
                alpn: $0.alpn, pskIdentity: $0.usedPSKIdentity, offeredIdentities: route.triedIdentities)
        }
        session.resume(
            with: TLSSession.Choice(
                host: session.clientHello?.sni == nil ? route.destination?.host : nil, like: other?.serverCertificate,
                maxVersion: other?.version, suite: other?.suiteCode, pskIdentityHint: other?.pskIdentityHint,
                following: outcome))
        timer.set(limits.handshakeTimeout)
        client.goOn()
    }

    func resumeServer() {
        // A device that used a certificate after all has told none.
        let known = environment.tls?.server.configuration.psk?.soleIdentity
        server?.tls?.resume(pskIdentity: client.tls?.usedPSKIdentity ?? known ?? [])
        timer.set(limits.handshakeTimeout)
        server?.goOn()
    }

    func secured(_ leg: LegHandler) {
        guard phase == .settingUp else { return }
        environment.counters.handshakes.add()
        timer.cancel()
        tellFacts(leg)
        if leg === client {
            route.setup.client = .secure
        } else {
            if let problem = leg.tls?.certificateProblem { flow?.noticed(problem.finding) }
            route.setup.server = .ready
        }
        advance()
    }

    /// A leg's TLS failed: its handshake, or the connection later.
    func failed(_ leg: LegHandler, _ failure: TLSFailure, byReset: Bool = false) {
        guard phase != .closed, failure.kind != .refused else { return }
        if leg.tls?.facts.handshakeComplete != true { environment.counters.handshakesFailed.add() }
        tellFacts(leg)
        if leg !== client, phase != .relaying {
            if triesNextIdentity(after: failure, leg) { return }
            return fail(UpstreamFailure(failure.finding))
        }
        openFlowToUs()
        flow?.ends(!byReset ? .error : leg === client ? .clientReset : .serverReset)
        // An alert about an end without close_notify that was passed on tells nothing new (OpenSSL 3 sends decode_error).
        if case .alertReceived = failure.kind, leg.cutsOff {} else { flow?.noticed(failure.finding) }
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
        route.failure = failure
        route.setup.server = .failed
        let left = server
        server = nil
        left?.close()
        // That may have brought what the client sent meanwhile, or its end.
        guard phase == .relaying else { return }
        tellHeldBack()
        if beginning != nil {
            tellsUnheard = true
            return answer(failure.response)
        }
        guard !client.inputEnded else { return close() }
        phase = .refusing
        timer.set(limits.handshakeTimeout)
        refuse()
    }

    /// A leg ended without close_notify. It crosses as what it is; that of a server while the device's leg comes up is kept
    /// till then.
    func endedUncleanly(_ leg: LegHandler, _ failure: TLSFailure) {
        if phase == .relaying || phase == .settingUp && leg === server { flow?.noticed(failure.finding) }
    }

    private func tellFacts(_ leg: LegHandler) {
        guard let tls = leg.tls else { return }
        if leg !== client { settleHost(tls.facts.certificate) }
        flow?.tls(leg.side, tls.facts)
        for finding in tls.takeFindings() { flow?.noticed(finding) }
    }

    /// The server may be known by the name that the device says, or by the address that the listener leads to: it is the
    /// one that its certificate is for.
    var hostIsOpen: Bool {
        guard route.setup.serverTLS, let destination = route.destination, let hello = client.tls?.clientHello else {
            return false
        }
        return ServerName(of: destination.host, for: hello, isReverse: listener.mode.isReverse).address != nil
    }

    private func settleHost(_ certificate: CertificateFacts?) {
        guard hostIsOpen, let destination = route.destination,
            certificate?.ipAddresses.contains(destination.host) != true
        else { return }
        flow?.origin.host = client.tls?.clientHello?.sni.flatMap(hostName(inSNI:))
    }

    /// What a leg showed after its handshake is a fact too: a renegotiation, how its side took its leave, and that a device
    /// took it in silence.
    func tellLast(of leg: LegHandler?) {
        guard let leg, leg.tls?.facts.handshakeComplete == true else { return }
        tellFacts(leg)
    }

    func setupTimedOut() {
        endsByTimeout()
        let seconds = limits.handshakeTimeout.seconds
        if route.setup.server == .handshaking, let destination = route.destination {
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
