import Binding
import ContentCoding
import Glibc
import HTTPWire
import Inspection
import Probe
import SessionLog
import Sessions
import SystemClock
import TLSEngine
import TLSWire
import Wire

/// How a probe goes about it.
struct ProbeSettings {
    let target: ProbeTarget
    /// For a connection to come up, for the answer to a hello, for a handshake and for each response.
    var timeout: Duration
    /// Before each connection but the first.
    var pause: Duration
    var mostConnections: Int
    /// Source LocURI.
    var device: String
    var credentials: Credentials
    var tls: ClientTLSConfiguration
}

/// Carries out a probe: one connection after the other, each with its deadline.
///
/// Which hellos and requests there are, and what they mean, is decided in `Probe`; here are sockets and time.
final class ProbeRun {
    private let settings: ProbeSettings
    private var target: ProbeTarget { settings.target }
    private let started = Timestamp.now()
    private let context: ClientTLSContext
    private let facilities = Facilities.system
    private let survey = ConformanceSurvey(filter: nil, catalogue: .complete, limits: Limits())
    private let sink: ProbeSink
    private let inspector: Inspector
    private var addresses: [ProbeAddress] = []
    private var connections = 0
    private var flows = 0
    private var connection: ProbeConnection?
    private var certificate: ShownCertificate?
    /// Of TLS, by name, of the connections for requests.
    private var versions: Set<String> = []
    private var reservations: [String] = []

    init(_ settings: ProbeSettings) throws(Failure) {
        self.settings = settings
        do { context = try ClientTLSContext(settings.tls) } catch { throw Failure(error) }
        sink = ProbeSink(survey)
        // What the probe proves itself with is no measure of what the server takes.
        inspector = Inspector(
            facilities: .system, limits: Limits(), sink: sink, credentials: settings.credentials.without(.client))
    }

    /// Ends with a failure where there is nothing to report on.
    func run() throws(Failure) -> ProbeDocument {
        do { addresses = try ProbeAddress.resolve(target.host, port: target.port) } catch {
            throw Failure(.unavailable, "\(error.text); check the host in \(target.url)")
        }
        var hellos = HelloPlan()
        if target.isTLS { try ask(&hellos) }
        var requests = HTTPPlan(hasAccount: !settings.credentials.isEmpty)
        try ask(&requests)
        connection?.close()
        inspector.finish()
        return report(hellos, requests)
    }

    // MARK: - Connections

    private var deadline: ContinuousClock.Instant { .now + settings.timeout }
    private var place: String { addresses.first?.text ?? HostPort(host: target.host, port: target.port).text }
    private var mayConnect: Bool { connections < settings.mostConnections }

    /// Tries each address until one answers; from then on that is the only one, so that one server is examined.
    private func connect() throws(ProbeSocket.Problem) -> ProbeSocket {
        if connections > 0 { nap(settings.pause) }
        connections += 1
        var problem = ProbeSocket.Problem(text: "no address")
        for address in addresses {
            do {
                let socket = try ProbeSocket(address, by: deadline)
                addresses = [address]
                return socket
            } catch {
                problem = error
            }
        }
        throw problem
    }

    private func nap(_ time: Duration) {
        let (seconds, attoseconds) = time.components
        var wanted = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        var left = timespec()
        while nanosleep(&wanted, &left) != 0, errno == EINTR { wanted = left }
    }

    // MARK: - Hellos

    private func ask(_ plan: inout HelloPlan) throws(Failure) {
        while mayConnect, let check = plan.next() {
            let answer = ask(check)
            plan.take(answer, to: check)
            if certificate == nil, let leaf = answer.chain.first {
                certificate = ShownCertificate(leaf: leaf, chain: answer.chain, problem: nil, isVerified: false)
            }
        }
        if !mayConnect, !plan.isOver {
            reservations.append("stopped after \(counted(connections, "connection")) (--max-connections)")
        }
        let seconds = "\(settings.timeout.components.seconds) s"
        switch plan.end {
        case nil: break
        case .gaveUp(let why) where plan.isTLS: reservations.append("further hellos were not sent: \(why)")
        case .unreachable(let why), .gaveUp(let why):
            throw Failure(.unavailable, "cannot examine \(place): \(why); check host and port of the URL")
        case .foreign(let octets):
            let shown = String(decoding: octets.map { (0x20..<0x7F).contains($0) ? $0 : 0x2E }, as: UTF8.self)
            throw Failure(
                .unavailable,
                "\(place) does not speak TLS: it answers a hello with `\(shown)`; give http:// for plain HTTP")
        case .silent:
            throw Failure(
                .unavailable,
                "\(place) takes connections but answers no TLS hello within \(seconds); check the port, or raise --timeout"
            )
        case .closed(let reset):
            throw Failure(
                .unavailable,
                "\(place) \(reset ? "resets" : "closes") every connection without a TLS record; check the port")
        }
    }

    private func ask(_ check: HelloCheck) -> HelloAnswer {
        let random = (0..<HelloOffer.randomLength).map { _ in UInt8.random(in: .min ... .max) }
        let offer = check.offer(serverName: target.serverName)
        let hello = offer.octets(random: random)
        let facilities = facilities
        var reader = HelloReader(sent: hello) { der, count in
            var digest = facilities.sha256()
            digest.update(der)
            return CertificateFacts(der, sha256: digest.finish(), chainLength: count)
        }
        let socket: ProbeSocket
        do { socket = try connect() } catch { return HelloAnswer(.unreachable(error.text)) }
        let deadline = deadline
        socket.send(hello, by: deadline)
        var end = HelloAnswer.Outcome.silent
        reading: while !reader.isFinished {
            switch socket.receive(by: deadline) {
            case .octets(let octets): reader.receive(octets.span.bytes)
            case .end:
                end = .closed(reset: false)
                break reading
            case .reset:
                end = .closed(reset: true)
                break reading
            case .late: break reading
            }
        }
        let answer = reader.answer(end)
        if answer.outcome == .chosen, offer.version != .ssl2 {
            socket.send(
                HelloOffer.farewell(answer.facts.version.flatMap(TLSVersion.init(option:)) ?? offer.version), by: .now)
        }
        return answer
    }

    // MARK: - Requests

    private func ask(_ plan: inout HTTPPlan) throws(Failure) {
        let requests = ProbeRequest(target: target, userAgent: "dmscope-probe/\(Version.number)")
        var sessionID = UInt16.random(in: 1...0x7FFF)
        while let check = plan.next() {
            sessionID += 1
            let message = ProbeMessage(
                target: target.url, device: settings.device, sessionID: String(sessionID, radix: 16, uppercase: true),
                cred: check == .account ? plan.challenge.flatMap(cred) : nil)
            do {
                plan.take(try ask(check, requests.octets(check, message)), to: check)
            } catch {
                guard target.isTLS || !plan.outcomes.isEmpty else {
                    throw Failure(
                        .unavailable, "cannot examine \(place): \(error.text); check host and port of the URL")
                }
                reservations.append(
                    "\(plan.outcomes.isEmpty ? "HTTP" : "the rest of HTTP") was not examined: \(error.text)")
                return
            }
            if let first = plan.outcomes[.xml], first.exchange?.response == nil, !target.isTLS {
                throw Failure(
                    .unavailable,
                    "\(place) gives no HTTP response: \(first.problem ?? ""); give https:// if it speaks TLS")
            }
        }
    }

    /// What proves the account; nil where nothing fits the challenge, or it would cross in the clear.
    private func cred(_ challenge: Challenge) -> (type: String, data: String)? {
        guard
            let data = settings.credentials.cred(
                challenge.type, nonce: challenge.nonce, device: settings.device, server: target.url,
                mayBeReadable: target.isTLS, md5: facilities.md5)
        else { return nil }
        return (challenge.type, data)
    }

    private func ask(_ check: HTTPCheck, _ request: [UInt8]) throws(ProbeSocket.Problem) -> HTTPOutcome {
        connection?.noticeEnd()
        let isReused = connection?.isOpen == true
        let first = try attempt(request)
        // A server may close between two requests, and the request may have crossed its FIN.
        return try isReused && first.isUnread ? attempt(request).outcome : first.outcome
    }

    private static let noResponse = "what came is no HTTP response"

    /// `isUnread`: the server ended the connection without a word.
    private func attempt(
        _ request: [UInt8]
    ) throws(ProbeSocket.Problem) -> (outcome: HTTPOutcome, isUnread: Bool) {
        let connection = try openConnection()
        let before = sink.exchanges.count
        let start = connection.received
        let waited = connection.exchange(request, by: deadline) { sink.exchanges.count > before }
        // After a timeout it comes when the connection is closed below.
        var exchange: Exchange? { sink.exchanges.count > before ? sink.exchanges[before] : nil }
        let hasResponse = exchange?.response != nil
        var isUnread = false
        let problem: String
        switch waited {
        case .done: problem = ProbeRun.noResponse
        case .late:
            problem = "no whole response within \(settings.timeout.components.seconds) s"
            connection.close(.timeout)
        case .tooLong:
            problem = "the response is too long"
            connection.close()
        case .ended where connection.received > start && !hasResponse: problem = ProbeRun.noResponse
        case .ended(let reset):
            problem = reset ? "reset by the server" : "closed by the server"
            isUnread = !hasResponse
        case .failed(let failure): problem = failure.message
        }
        if let head = exchange?.response?.head,
            head.has("connection", containing: "close") || !head.isAtLeast(1, 1)
        {
            connection.close()
        }
        let isWhole = exchange?.response?.body.complete == true
        return (HTTPOutcome(exchange, problem: isWhole ? nil : problem), isUnread)
    }

    private func openConnection() throws(ProbeSocket.Problem) -> ProbeConnection {
        if let connection, connection.isOpen { return connection }
        guard mayConnect else {
            throw ProbeSocket.Problem(text: "\(counted(connections, "connection")) made (--max-connections)")
        }
        let socket = try connect()
        let session = target.isTLS ? context.makeSession(host: target.host) : nil
        flows += 1
        let isLoopback = addresses.first?.isLoopback == true
        let opened = try ProbeConnection.open(
            socket, session, inspector, flow: flows,
            FlowOrigin(client: socket.local, server: place, host: target.host, loopback: isLoopback), by: deadline)
        connection = opened
        if let session { take(session) }
        return opened
    }

    private func take(_ session: TLSSession) {
        if session.facts.handshakeComplete, let version = session.facts.version { versions.insert(version) }
        guard let leaf = session.facts.certificate else { return }
        var problem: String?
        if case .certificateInvalid(let reason, let depth) = session.certificateProblem?.kind {
            problem = depth == 0 ? reason : "\(reason) (certificate \(depth) above the leaf)"
        }
        let chain = certificate?.leaf.sha256 == leaf.sha256 ? certificate?.chain ?? [] : []
        certificate = ShownCertificate(leaf: leaf, chain: chain, problem: problem, isVerified: true)
    }

    // MARK: - The report

    private func report(_ hellos: HelloPlan, _ requests: HTTPPlan) -> ProbeDocument {
        var coverage = survey.coverage
        var found = FoundFindings()
        let tls = HelloJudgement(hellos, connected: versions)
        let http = HTTPJudgement(requests, connections: flows)
        tls.judge(into: &coverage, &found)
        var shown: [ProbeReport.Section] = []
        if let certificate {
            let findings = certificate.findings(host: target.host, at: started)
            found.add(findings, at: "certificate")
            shown = [certificate.section(findings)]
        }
        http.judge(into: &coverage, &found)
        sink.judge(&found)
        reservations += [tls.reservation, http.reservation].compactMap { $0 }
        if tls.needsPSK, settings.tls.psk == nil, http.sections.isEmpty {
            reservations.append("the server has PSK suites alone: give a key with --psk FILE to have HTTP examined")
        }
        if tls.isSSL3Alone, http.sections.isEmpty, let shortfall = TLSCapabilities.current.shortfall {
            reservations.append(shortfall)
        }
        if !target.isTLS { reservations.append("TLS was not examined: the URL is http://") }
        let probe = ProbeReport(
            url: target.url, address: place, started: started, connections: connections,
            sections: tls.sections + shown + http.sections, findings: found.sorted, reservations: reservations)
        return ProbeDocument(
            probe: probe,
            conformance: ConformanceReport(
                tool: Version.tool, sources: [ConformanceReport.Source(name: target.url, kind: .probe)], filter: nil,
                sides: [.server], traffic: survey.traffic, coverage: coverage))
    }
}
