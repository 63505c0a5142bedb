import Inspection
import NIOCore
import SystemClock
import TLSEngine
import Wire

/// One accepted socket and the server's socket that serves it: what the client speaks, where it leads, the relay
/// between the two, and the end. Lives on one event loop.
///
///     opening ──▶ setting up ⇄ opening (inside a tunnel)
///        │             │ └────▶ refusing ──▶ answering ──▶ closed
///        └─ answering  │            └──▶ closed (its octets are no request)
///                      └──▶ relaying ──▶ closed
///                              ├──▶ setting up (TLS begins inside the connection)
///                              ├──▶ opening (an absolute-form request for another server)
///                              └──▶ refusing, answering (a TLS 1.3 server refuses late)
///
/// - *opening*: the client's first octets are collected until they show what it speaks, on a regular listener until
///   they are a request that names the server, on a SOCKS listener until its dialogue has. See `Connection+Opening.swift`.
/// - *setting up*: both legs are brought up; `Setup` knows the order. The client is read only for its handshake.
/// - *relaying*: every octet goes over as it comes; ends and resets cross as what they are. `Connection+Relay.swift`.
/// - *refusing*: there is no server; a client that sends an HTTP request is to get an answer that says why.
/// - *answering*: the proxy's own answer is on its way; what the client still sends is read and dropped for a while,
///   because a close with octets unread would become a reset and lose the answer.
///
/// The phases differ in nothing but who takes the octets, so any leg may end, fail or reset in any of them.
final class Connection {
    /// What a client begins with.
    enum Beginning {
        case request
        case head
        case other

        init(_ bytes: ByteBuffer) {
            guard FirstBytes.classify(bytes.readableBytesSpan) == .http else {
                self = .other
                return
            }
            self = bytes.readableBytesView.starts(with: "HEAD ".utf8) ? .head : .request
        }
    }

    enum Phase {
        case opening
        case settingUp
        case relaying
        case refusing
        case answering
        case closed
    }

    /// The client before its octets can go on.
    struct Opening {
        /// What it has sent, and when that began to come.
        var early = ByteBuffer()
        var arrived: Timestamp?
        /// Octets of it that the tap was told of.
        var told = 0
        /// It ended its direction.
        var end: LegHandler.InputEnd?
        var headScanner = HeadScanner()
        /// Looks for the server's name in a ClientHello, where patterns of hosts may ask for the connection to be left
        /// alone.
        var nameSearch: PassingHandshake?
        /// The server, which is spoken to in TLS, was not given the chance to speak first.
        var waitsForClient = false
    }

    /// Where the connection leads, and how far the way there stands.
    struct Route {
        var destination: Destination?
        var setup = Setup(serverTLS: false)
        /// Opens the server's socket.
        var connecting: UpstreamConnector?
        /// What the upstream proxy says to our CONNECT, while that is awaited.
        var proxyAnswer: ProxyAnswer?
        /// Identities of TLS 1.3 that the server was offered, one a connection.
        var triedIdentities: [[UInt8]] = []
        var failure: UpstreamFailure?
    }

    let environment: ProxyEnvironment
    let listener: Listener
    let client: LegHandler
    let loop: any EventLoop
    let clientAddress: SocketAddress?
    let localAddress: SocketAddress?
    /// When the client came; of a later flow on its connection, when that began.
    var begun: Timestamp
    let onClose: (Connection) -> Void

    var server: LegHandler?
    var phase = Phase.opening
    var opening = Opening()
    var route = Route()
    /// Nil until the connection leads to a server, or is told to.
    var flow: FlowRecorder?
    /// Follows a client that sends absolute-form requests.
    var forwarding: Forwarding?
    /// The request of such a client for another server, while responses of this one are due.
    var elsewhere = ByteBuffer()
    /// Set where messages are changed on their way.
    var rewriter: MessageRewriter?
    /// Set where TLS may yet begin inside the connection.
    var upgrade: UpgradeWatch?
    /// Set where the connection is relayed unopened.
    var passing: PassingHandshake?
    /// The client's opening on a SOCKS listener.
    var socks: SOCKSDialogue?
    /// What the first octets that were relayed from the client begin; nil before.
    var beginning: Beginning?
    /// What the client sends without being heard is told to the tap all the same.
    var tellsUnheard = false
    private var timeoutIsCounted = false
    private(set) lazy var timer = DeadlineTimer(loop: loop) { [unowned self] in timedOut() }

    init(
        environment: ProxyEnvironment, listener: Listener, client: LegHandler, channel: any Channel,
        onClose: @escaping (Connection) -> Void
    ) {
        self.environment = environment
        self.listener = listener
        self.client = client
        self.onClose = onClose
        loop = channel.eventLoop
        clientAddress = channel.remoteAddress
        localAddress = channel.localAddress
        begun = .now()
        if listener.mode == .socks5 { socks = SOCKSDialogue() }
        environment.counters.connectionsAccepted.add()
        environment.counters.connectionsOpen.add()
    }

    var limits: ProxyLimits { environment.limits }

    // MARK: Events of the legs

    func activated(_ leg: LegHandler) {
        guard leg === client else { return }
        begin()
    }

    func received(_ bytes: ByteBuffer, from leg: LegHandler) {
        guard isOurs(leg) else { return }
        switch phase {
        case .relaying: relay(bytes, from: leg)
        case .opening:
            if leg === client { take(bytes) } else { serverSpokeFirst(bytes) }
        case .refusing where leg === client:
            keepEarly(bytes)
            refuse()
        case .answering where tellsUnheard && leg === client: flow?.unheard(bytes, .toServer)
        case .settingUp where leg === server && route.proxyAnswer != nil: takeProxyAnswer(bytes)
        case .settingUp, .refusing, .answering, .closed: break
        }
    }

    /// Octets of a server already given up, while its socket closes, are ignored.
    private func isOurs(_ leg: LegHandler) -> Bool { leg === client || leg === server }

    /// One read has been delivered whole: what it led to is flushed at the end of the round.
    func receivedAll(from leg: LegHandler) {
        if leg === client { server?.flushSoon() } else { client.flushSoon() }
    }

    func inputEnded(_ end: LegHandler.InputEnd, of leg: LegHandler) {
        guard isOurs(leg) else { return }
        switch phase {
        case .relaying: relay(end, of: leg)
        case .opening:
            guard leg === client else { return serverSpokeFirst(end: end) }
            opening.end = end
            endedWhileOpening()
        case .refusing where leg === client: close()
        case .settingUp where leg === server && route.proxyAnswer != nil: proxyAnswerEnded()
        // An answer goes out whole; the socket closes behind it.
        case .settingUp, .refusing, .answering, .closed: break
        }
    }

    func gone(_ leg: LegHandler, _ how: LegHandler.Gone) {
        guard isOurs(leg) else { return }
        let isClient = leg === client
        if !isClient {
            if phase == .relaying { tellLast(of: leg) }
            server = nil
        }
        // That of a handshake has closed the connection already.
        if case .reset = how { environment.counters.resets.add() }
        guard phase != .closed else { return }
        // What it sent led nowhere; the flow is reported all the same.
        if isClient, phase == .opening, clientHasBegun { openFlowToUs() }
        switch how {
        case .closed: break
        case .reset: flow?.ends(isClient ? .clientReset : .serverReset)
        case .failed: flow?.ends(.error)
        }
        guard phase == .relaying else {
            if isClient { close() } else { lostServer(how) }
            return
        }
        let other = isClient ? server : client
        switch how {
        case .closed:
            // Each direction has ended, or the other leg is about to follow; but a held client's end does not cross.
            if other?.context == nil || isClient && client.isHeld { close() }
        case .reset, .failed:
            other?.reset(patience: limits.resetFlush)
            close()
        }
    }

    /// The server's leg is gone before there was anything to relay.
    private func lostServer(_ how: LegHandler.Gone) {
        guard let destination = route.destination, route.setup.server != .failed else { return }
        if route.proxyAnswer != nil { return proxyAnswerEnded() }
        if phase == .opening, case .reset = how {
            client.reset(patience: limits.resetFlush)
            return close()
        }
        fail(UpstreamFailure(ProxyRules.upstreamClosed, "\(destination.endpoint) ended the connection at once"))
    }

    // MARK: Setting up

    /// Begins the flow to `destination`; `setup.client` says what the client waits for.
    func lead(to destination: Destination, host: String?, tls: Bool) {
        route.destination = destination
        route.setup.serverTLS = tls
        flow = makeFlow(server: destination.endpoint, host: host)
    }

    func makeFlow(server: String, host: String?) -> FlowRecorder {
        FlowRecorder(
            id: environment.nextFlow(),
            origin: FlowOrigin(
                client: clientAddress?.endpoint ?? "?", server: server, host: host,
                loopback: clientAddress?.isLoopback ?? false),
            tap: environment.tap, counters: environment.counters, begun: begun)
    }

    func advance() {
        guard phase == .settingUp || phase == .opening else { return }
        switch route.setup.next() {
        case .wait: break
        case .connect: connect()
        case .requestTunnel: requestTunnel()
        case .acknowledge: acknowledgeTunnel()
        case .secureServer: secureServer()
        case .resumeClient: resumeClient()
        case .resumeServer: resumeServer()
        case .relay: startRelay()
        case .refuse:
            phase = .refusing
            timer.set(limits.handshakeTimeout)
            refuse()
        }
    }

    func connect() {
        guard let destination = route.destination else { return }
        timer.cancel()
        let proxy = upstreamProxy
        if proxy != nil {
            let literal = try? SocketAddress(ipAddress: destination.host, port: destination.port)
            flow?.origin.loopback = literal?.isLoopback ?? false && clientAddress?.isLoopback ?? false
        }
        route.setup.tunnelsFirst = proxy != nil && (forwarding == nil || route.setup.serverTLS)
        let connector = UpstreamConnector(environment: environment, loop: loop)
        route.connecting = connector
        connector.connect(to: proxy?.destination ?? destination) { result in
            self.route.connecting = nil
            switch result {
            case .success(let leg):
                guard self.phase != .closed else {
                    leg.close()
                    return
                }
                leg.attach(to: self)
                self.server = leg
                self.route.setup.server = .connected
                if proxy == nil, let channel = leg.context?.channel, let address = channel.remoteAddress {
                    self.flow?.origin.server = address.endpoint
                    self.flow?.origin.loopback = address.isLoopback && (self.clientAddress?.isLoopback ?? false)
                }
                if !self.hostIsOpen { self.flow?.open() }
                if self.phase == .opening {
                    self.timer.set(self.limits.idleTimeout)
                    leg.release(partner: self.client)
                } else {
                    self.advance()
                }
            case .failure(var failure):
                if proxy != nil { failure.finding.text = "the upstream proxy " + failure.finding.text }
                self.fail(failure)
            }
        }
    }

    /// There is no server for this client.
    func fail(_ failure: UpstreamFailure) {
        guard phase != .closed else { return }
        environment.counters.upstreamFailures.add()
        route.failure = failure
        route.proxyAnswer = nil
        route.setup.server = .failed
        flow?.ends(.error)
        if route.setup.client == .plain, passing == nil { tellEarly() }
        flow?.noticed(failure.finding)
        server?.close()
        // A client that has yet to speak may do so, not for ever.
        if phase == .opening { timer.set(limits.handshakeTimeout) }
        advance()
    }

    // MARK: The end

    private func timedOut() {
        // What a socket brought just before, and waits for the round's end, counts.
        RelayRound.current.end()
        guard phase != .closed, !timer.isSet else { return }
        switch phase {
        case .opening: openingTimedOut()
        case .settingUp where route.proxyAnswer != nil: proxyAnswerTimedOut()
        case .settingUp: setupTimedOut()
        case .relaying, .refusing:
            endsByTimeout()
            flow?.ends(.timeout)
            close()
        case .answering: close()
        case .closed: break
        }
    }

    /// Counts, once for a connection. A deadline that only moves one on ends nothing, and an answer of ours has ended it
    /// before.
    func endsByTimeout() {
        guard !timeoutIsCounted else { return }
        timeoutIsCounted = true
        environment.counters.timeouts.add()
    }

    /// The proxy itself ends.
    func shutDown() {
        RelayRound.current.end()
        if phase == .opening, clientHasBegun { openFlowToUs() }
        close()
    }

    /// Ends whatever is left of both legs, and the flow.
    func close() {
        guard phase != .closed else { return }
        let relayed = phase == .relaying
        if phase == .settingUp, route.setup.client == .plain, passing == nil { tellEarly() }
        phase = .closed
        timer.cancel()
        client.close()
        server?.close()
        route.connecting?.abandon()
        route.connecting = nil
        if relayed {
            tellHeldBack()
            for leg in [client, server] { tellLast(of: leg) }
        }
        server = nil
        if passing?.isOver == false { tellPassingFacts() }
        flow?.closed()
        flow = nil
        environment.counters.connectionsOpen.add(-1)
        onClose(self)
    }
}
