import Binding
import HTTPWire
import Wire

/// Joins what an HTTP reader yields into exchanges.
///
/// Responsibilities: pairs requests with responses, keeps bodies within the bound, hashes them, hands a finished
/// exchange on in the order of the requests.
///
/// States of an exchange: request open → request ended; response awaited → open → ended. It is handed on when both
/// have ended, or when the flow ends.
///
/// Exceptions: a response may end before its request has (early answer). A response that no request waits for stands
/// alone: its request was not captured, or there was none.
final class ExchangeAssembler: HTTPSink {
    private struct Pending {
        let number: Int
        var time: Timestamp
        var ended: Timestamp
        var messages = PerDirection<Exchange.Message?> { _ in nil }
        var over = PerDirection<Bool> { _ in false }
        /// Hashes a body that is longer than what is kept.
        var hashes: PerDirection<(any IncrementalDigest)?> = PerDirection { _ in nil }
        var interim: [HTTPHead] = []
        var findings: [Finding] = []
        var alterations: [Alteration] = []
    }

    let connection: Int
    var context: Exchange.Context
    var now: Timestamp
    /// Exchanges that have ended, oldest first; whoever feeds the reader takes them.
    var finished: [Exchange] = []
    /// Changes told before the octets of the request they were made to; at the end, those that no request followed.
    private(set) var alterations: [Alteration] = []
    /// Oddities between messages.
    var connectionFindings: [Finding] = []
    /// Reads what a CONNECT tunnel carries, or what follows an upgrade to TLS inside the connection (RFC 2817).
    private var tunnel: HTTPReader?
    private var isInTunnel = false
    /// A CONNECT request opened a tunnel.
    private(set) var isTunnelled = false
    private(set) var count = 0
    /// What the connection has carried so far.
    var traffic: ConnectionView.Traffic = .unknown

    private var pending: [Pending] = []
    private let facilities: Facilities
    private let limits: Limits
    private let decoder: BodyDecoder

    init(
        connection: Int, context: Exchange.Context, facilities: Facilities, limits: Limits,
        now: Timestamp
    ) {
        self.connection = connection
        self.context = context
        self.now = now
        self.facilities = facilities
        self.limits = limits
        decoder = BodyDecoder(facilities: facilities, limits: limits)
    }

    // MARK: - HTTPSink

    func head(_ head: HTTPHead, _ direction: Direction, framing: BodyFraming) {
        switch direction {
        case .toServer:
            let at = append()
            pending[at].messages.toServer = Exchange.Message(head: head, framing: framing)
            swap(&pending[at].alterations, &alterations)
        case .toClient:
            let at = pending.firstIndex { !$0.over.toClient && $0.messages.toClient == nil } ?? appendUnasked()
            if let status = head.status, (100..<200).contains(status), status != 101 {
                if pending[at].interim.count < 16 { pending[at].interim.append(head) }
                note(head.findings, at)
            } else {
                pending[at].messages.toClient = Exchange.Message(head: head, framing: framing)
            }
        }
    }

    func body(_ bytes: RawSpan, _ direction: Direction) {
        guard let at = open(direction) else { return }
        let kept = pending[at].messages[direction]?.body.octets.count ?? 0
        let room = limits.body - kept
        pending[at].messages[direction]?.body.length += UInt64(bytes.byteCount)
        if pending[at].hashes[direction] == nil {
            if bytes.byteCount <= room {
                pending[at].messages[direction]?.body.octets.append(bytes)
                return
            }
            pending[at].messages[direction]?.body.truncated = true
            var hash = facilities.sha256()
            let octets = pending[at].messages[direction]?.body.octets ?? []
            hash.update(octets.span.bytes)
            pending[at].hashes[direction] = hash
            pending[at].messages[direction]?.body.octets.append(bytes, 0..<room)
        }
        pending[at].hashes[direction]?.update(bytes)
    }

    func end(
        _ direction: Direction, at end: StreamOffset, complete: Bool, trailers: [(String, String)]
    ) {
        guard let at = open(direction), var message = pending[at].messages[direction] else { return }
        pending[at].messages[direction] = nil
        message.body.complete = complete
        message.trailers = trailers
        note(message.head.findings, at)
        if var hash = pending[at].hashes[direction] {
            message.body.sha256 = hash.finish()
            let text = "The body has \(message.body.length) octets; only the first \(limits.body) were kept"
            note([Finding(InspectionRules.bodyTooLong, Subject(direction), text)], at)
        } else {
            message.body.sha256 = facilities.digest(message.body.octets)
            if message.head.has("content-md5") { message.body.md5 = facilities.md5(message.body.octets) }
        }
        note(decoder.decode(&message, Subject(direction)), at)
        pending[at].messages[direction] = message
        pending[at].over[direction] = true
        pending[at].ended = now
        handOn()
    }

    func unanswered(_ count: Int) {
        for at in pending.indices.filter({ !pending[$0].over.toClient && pending[$0].messages.toClient == nil })
            .prefix(count)
        {
            pending[at].over.toClient = true
        }
        handOn()
    }

    func switched(at: PerDirection<StreamOffset>, upgrade: String?) {
        guard !isInTunnel, tunnel == nil, upgrade == nil || upgrade?.uppercased().hasPrefix("TLS/") == true else {
            return
        }
        tunnel = HTTPReader(limits: limits, startingAt: at)
        isTunnelled = upgrade == nil
    }

    func opaque(_ bytes: RawSpan, _ direction: Direction, at offset: StreamOffset) {
        guard !isInTunnel, tunnel != nil else { return }
        var sink = self
        isInTunnel = true
        tunnel?.receive(bytes, direction, at: offset, into: &sink)
        isInTunnel = false
    }

    func oddity(_ finding: Finding, _ direction: Direction) {
        if let at = open(direction) {
            note([finding], at)
        } else if connectionFindings.count < limits.findings {
            var finding = finding
            finding.about = .connection
            connectionFindings.append(finding)
        }
    }

    // MARK: - From the flow

    func gap(_ direction: Direction, at offset: StreamOffset, count: UInt64) {
        var sink = self
        isInTunnel = true
        tunnel?.gap(direction, at: offset, count: count, into: &sink)
        isInTunnel = false
    }

    func finish(_ direction: Direction, byPeer: Bool) {
        var sink = self
        isInTunnel = true
        tunnel?.finish(direction, byPeer: byPeer, into: &sink)
        isInTunnel = false
    }

    /// The flow has ended: what still waits is handed on as it is.
    func flush() {
        for at in pending.indices { pending[at].over = PerDirection { _ in true } }
        handOn()
    }

    /// Notes a change the relay made: to the exchange in progress, or to the request that comes next.
    func alter(_ alteration: Alteration) {
        if pending.isEmpty {
            alterations.append(alteration)
        } else {
            pending[pending.count - 1].alterations.append(alteration)
        }
    }

    // MARK: - Pending exchanges

    private func append() -> Int {
        count += 1
        pending.append(Pending(number: count, time: now, ended: now))
        return pending.count - 1
    }

    /// A response whose request was not seen.
    private func appendUnasked() -> Int {
        let at = append()
        pending[at].over.toServer = true
        return at
    }

    /// The exchange whose message is being read in this direction.
    private func open(_ direction: Direction) -> Int? {
        pending.firstIndex { !$0.over[direction] && $0.messages[direction] != nil }
    }

    private func note(_ findings: [Finding], _ at: Int) {
        for finding in findings {
            if pending[at].findings.count < limits.findings {
                pending[at].findings.append(finding)
            } else if pending[at].findings.count == limits.findings {
                let text = "More than \(limits.findings) findings; the rest are not listed"
                pending[at].findings.append(Finding(InspectionRules.findingsTruncated, finding.about, text))
            }
        }
    }

    private func handOn() {
        while let first = pending.first, first.over.toServer, first.over.toClient {
            pending.removeFirst()
            var exchange = Exchange(connection: connection, number: first.number, time: first.time, context: context)
            exchange.ended = first.ended
            exchange.request = first.messages.toServer
            exchange.response = first.messages.toClient
            exchange.interim = first.interim
            exchange.findings = first.findings
            exchange.alterations = first.alterations
            finished.append(exchange)
        }
    }
}
