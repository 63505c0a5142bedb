import Binding
import HTTPWire
import Wire

/// Joins what an HTTP reader yields into exchanges.
///
/// Responsibilities: pairs requests with responses, keeps bodies within the bound, hashes those that are longer, and hands a
/// finished exchange on in the order of the requests.
///
/// States of an exchange: request open → request ended; response awaited → open → ended. It is handed on when both
/// have ended, or when the flow ends.
///
/// Exceptions: a response may end before its request has (early answer). A response that no request waits for stands
/// alone: its request was not captured, or there was none. A 101 that leads to TLS inside the connection (RFC 2817) is
/// interim; the response comes in TLS, or never, and then the 101 is the response.
final class ExchangeAssembler: HTTPSink {
    private struct Pending {
        let exchange: Exchange
        var over = PerDirection<Bool> { _ in false }
        /// Hashes a body that is longer than what is kept.
        var hashes = PerDirection<(any IncrementalDigest)?> { _ in nil }

        func message(_ direction: Direction) -> Exchange.Message? {
            direction == .toServer ? exchange.request : exchange.response
        }
    }

    /// What a tunnel carries has a reader of its own. A class because it is large and few connections have one.
    private final class Tunnel {
        var reader: HTTPReader
        init(_ reader: HTTPReader) { self.reader = reader }
    }

    let connection: Int
    var context: Exchange.Context
    var now: Timestamp
    /// When the octets began to come that the next head of the client's begins with.
    private var arrived: Timestamp
    /// Exchanges that have ended, oldest first; whoever feeds the reader takes them.
    var finished: [Exchange] = []
    /// Changes told before the octets of the request they were made to; at the end, those that no request followed.
    private(set) var alterations: [Alteration] = []
    /// Oddities between messages.
    var connectionFindings: [Finding] = []
    /// Reads what a CONNECT tunnel carries, or what follows an upgrade to TLS inside the connection (RFC 2817).
    private var tunnel: Tunnel?
    private var isInTunnel = false
    /// A CONNECT request opened a tunnel.
    private(set) var isTunnelled = false
    private(set) var count = 0
    /// DMScope answered on it itself.
    private var hasOwnAnswer = false
    /// What the connection has carried so far.
    var traffic: ConnectionView.Traffic = .unknown
    /// The server answered a request.
    var isAnswered = false
    var carried = CarriedDM()

    /// What the bodies of this connection may inflate to.
    let inflation = InflationBudget()
    private var pending: [Pending] = []
    /// A response went on to the end of the connection, as far as its head says.
    private var hasOpenBody = false
    /// The bodies that are being read, which are those of pending exchanges.
    private var reading = PerDirection<Exchange.Body?> { _ in nil }
    private let means: FlowMeans

    init(connection: Int, context: Exchange.Context, _ means: FlowMeans, now: Timestamp) {
        self.connection = connection
        self.context = context
        self.now = now
        arrived = now
        self.means = means
    }

    /// Octets of the exchanges that are not over, with an allowance for what is known of each.
    var held: Int {
        pending.reduce(tunnel?.reader.held ?? 0) { sum, pending in
            Direction.allCases.reduce(sum + ExchangeAssembler.cost) { sum, direction in
                guard let message = pending.message(direction) else { return sum }
                return sum + message.body.octets.count + message.head.bytes.count
                    + MemoryLayout<HTTPHead.Field>.stride * message.head.fields.count
            }
        }
    }

    /// What an exchange costs beside its octets.
    private static let cost = 1024

    /// Octets of the client's come, perhaps those of a line or head whose beginning came before.
    func octetsCome(goOnWithHead: Bool) {
        if !goOnWithHead, tunnel?.reader.isAmidRequest != true { arrived = now }
    }

    // MARK: - HTTPSink

    func head(_ head: HTTPHead, _ direction: Direction, framing: BodyFraming) {
        switch direction {
        case .toServer:
            let exchange = append(at: arrived)
            arrived = now
            let request = Exchange.Message(head: head, framing: framing)
            exchange.request = request
            if context.named == nil { context.named = head.authority }
            reading.toServer = request.body
            swap(&exchange.alterations, &alterations)
        case .toClient:
            if let answer = ProxyStatus(head) { return answered(head, answer) }
            let exchange =
                pending.first { !$0.over.toClient && $0.exchange.response == nil }?.exchange ?? appendUnasked()
            if let status = head.status, (100..<200).contains(status), status != 101 || leadsToTLS(head, exchange) {
                if exchange.interim.count < 16 { exchange.interim.append(head) }
                note(head.findings, exchange)
            } else {
                let response = Exchange.Message(head: head, framing: framing)
                exchange.response = response
                reading.toClient = response.body
            }
        }
    }

    func body(_ bytes: RawSpan, _ direction: Direction) {
        guard let body = reading[direction] else { return }
        body.length += UInt64(bytes.byteCount)
        guard !body.truncated else { return hash(bytes, direction) }
        let room = means.room(besides: body.octets.count)
        means.holds(min(bytes.byteCount, room))
        guard bytes.byteCount > room else { return body.octets.append(bytes) }
        body.truncated = true
        let kept = body.octets
        hash(kept.span.bytes, direction)
        hash(bytes, direction)
        body.octets.append(bytes, 0..<room)
    }

    func bodyGap(_ direction: Direction) {
        guard let body = reading[direction], body.firstGap == nil else { return }
        body.firstGap = body.octets.count
    }

    private func hash(_ bytes: RawSpan, _ direction: Direction) {
        guard let open = open(direction) else { return }
        if pending[open].hashes[direction] == nil { pending[open].hashes[direction] = means.facilities.sha256() }
        pending[open].hashes[direction]?.update(bytes)
    }

    func end(
        _ direction: Direction, at end: StreamOffset, complete: Bool, trailers: [(String, String)]
    ) {
        if direction == .toServer { arrived = now }
        guard let open = open(direction), let message = pending[open].message(direction) else { return }
        let exchange = pending[open].exchange
        reading[direction] = nil
        message.body.complete = complete
        message.trailers = trailers
        note(message.head.findings, exchange)
        finishHash(open, direction)
        message.findingsBefore = exchange.findings.count
        pending[open].over[direction] = true
        if direction == .toServer {
            if pending[open].over.toClient, exchange.proxyStatus == nil { exchange.isAnsweredEarly = true }
            exchange.requestEnded = now
        }
        exchange.ended = now
        handOn()
    }

    /// Of a body that is not kept whole: its digest, and a finding that says so.
    private func finishHash(_ at: Int, _ direction: Direction) {
        guard var hash = pending[at].hashes[direction], let body = pending[at].message(direction)?.body else { return }
        body.sha256 = hash.finish()
        let text = "The body has \(body.length) octets; only the first \(body.octets.count) were kept"
        note([Finding(InspectionRules.bodyTooLong, Subject(direction), text)], pending[at].exchange)
    }

    /// DMScope's own answer: the server has given none, and will not.
    private func answered(_ head: HTTPHead, _ answer: ProxyStatus) {
        guard let asked = pending.firstIndex(where: { !$0.over.toClient && $0.exchange.response == nil }) else {
            return
        }
        let exchange = pending[asked].exchange
        exchange.proxyStatus = head.status
        exchange.cutShort = .error
        hasOwnAnswer = true
        disownLeg()
        exchange.ended = now
        pending[asked].over.toClient = true
        let text = "DMScope answered \(head.status ?? 0) in the server's place: \(answer.details)"
        note([Finding(InspectionRules.answeredByProxy, .request, text, offset: exchange.request?.head.start)], exchange)
        handOn()
    }

    /// A capture has one leg, told as both sides' own. Where DMScope answered itself it is not the server's.
    func disownLeg() {
        if hasOwnAnswer, context.serverTLS == context.clientTLS { context.serverTLS = nil }
    }

    func unanswered(_ count: Int) {
        var left = count
        for waiting in pending.indices
        where !pending[waiting].over.toClient && pending[waiting].exchange.response == nil {
            guard left > 0 else { break }
            pending[waiting].over.toClient = true
            left -= 1
        }
        handOn()
    }

    func switched(at: PerDirection<StreamOffset>, upgrade: String?) {
        guard !isInTunnel, tunnel == nil, upgrade == nil || upgrade?.uppercased().hasPrefix("TLS/") == true else {
            return
        }
        let asked = upgrade == nil ? nil : pending.first { !$0.over.toClient }?.exchange.request?.head
        tunnel = Tunnel(HTTPReader(limits: means.limits, startingAt: at, answering: asked))
        isTunnelled = upgrade == nil
    }

    /// RFC 2817 3.3: the server switches to TLS first, and answers the request in it. Its 101 is interim.
    private func leadsToTLS(_ head: HTTPHead, _ exchange: Exchange) -> Bool {
        !isInTunnel && tunnel == nil && exchange.request != nil
            && head.first("upgrade")?.uppercased().hasPrefix("TLS/") == true
    }

    /// No answer came in TLS: the 101 is all the response there is.
    private func answerWithSwitch(_ exchange: Exchange) {
        guard exchange.response == nil, let head = exchange.interim.last, head.status == 101 else { return }
        exchange.interim.removeLast()
        let response = Exchange.Message(head: head, framing: .tunnel)
        response.body.complete = true
        exchange.response = response
    }

    func opaque(_ bytes: RawSpan, _ direction: Direction, at offset: StreamOffset) {
        guard !isInTunnel, tunnel != nil else { return }
        var sink = self
        isInTunnel = true
        tunnel?.reader.receive(bytes, direction, at: offset, into: &sink)
        isInTunnel = false
    }

    func oddity(_ finding: Finding, _ direction: Direction) {
        if let open = open(direction) {
            note([finding], pending[open].exchange)
        } else if connectionFindings.count < means.limits.findings {
            var finding = finding
            finding.about = .connection
            connectionFindings.append(finding)
        }
    }

    // MARK: - From the flow

    func gap(_ direction: Direction, at offset: StreamOffset, count: UInt64) {
        var sink = self
        isInTunnel = true
        tunnel?.reader.gap(direction, at: offset, count: count, into: &sink)
        isInTunnel = false
    }

    func finish(_ direction: Direction, byPeer: Bool) {
        var sink = self
        isInTunnel = true
        tunnel?.reader.finish(direction, byPeer: byPeer, into: &sink)
        isInTunnel = false
    }

    /// The flow has ended: what still waits is handed on as it is. Nobody waited longer than to `time`, when its end began.
    func flush(_ reason: CloseReason, at time: Timestamp) {
        reading = PerDirection { _ in nil }
        for waiting in pending.indices {
            let exchange = pending[waiting].exchange
            exchange.cutShort = reason
            answerWithSwitch(exchange)
            if exchange.response == nil, reason != .open, reason != .error {
                exchange.ended = max(exchange.requestEnded, time)
            }
            pending[waiting].over = PerDirection { _ in true }
        }
        handOn()
    }

    /// Notes a change the relay made: to the exchange in progress, or to the request that comes next.
    func alter(_ alteration: Alteration) {
        // Of a flow that is not inspected any more no request comes to take them.
        if let last = pending.last, last.exchange.alterations.count < means.limits.findings {
            last.exchange.alterations.append(alteration)
        } else if pending.isEmpty, alterations.count < means.limits.findings {
            alterations.append(alteration)
        }
    }

    // MARK: - Pending exchanges

    private func append(at time: Timestamp) -> Exchange {
        if pending.count >= 2 * means.limits.pipelined { letGoOfOldest() }
        count += 1
        let exchange = Exchange(connection: connection, number: count, time: time, context: context)
        pending.append(Pending(exchange: exchange))
        return exchange
    }

    /// More waits than there may be: unasked responses behind a request that does not end. That is handed on as it is.
    private func letGoOfOldest() {
        for direction in Direction.allCases where pending[0].message(direction)?.body === reading[direction] {
            reading[direction] = nil
            finishHash(0, direction)
        }
        answerWithSwitch(pending[0].exchange)
        pending[0].over = PerDirection { _ in true }
        handOn()
    }

    /// A response whose request was not seen.
    private func appendUnasked() -> Exchange {
        let exchange = append(at: now)
        pending[pending.count - 1].over.toServer = true
        return exchange
    }

    /// Where the exchange stands whose message is being read in this direction. A thousand requests may wait before the
    /// one that is read.
    private func open(_ direction: Direction) -> Int? {
        func isOpen(_ pending: Pending) -> Bool { !pending.over[direction] && pending.message(direction) != nil }
        return direction == .toServer ? pending.lastIndex(where: isOpen) : pending.firstIndex(where: isOpen)
    }

    /// One more than the limit is kept, to show that there were more.
    private func note(_ findings: [Finding], _ exchange: Exchange) {
        let room = means.limits.findings + 1 - exchange.findings.count
        if room > 0 { exchange.findings += findings.prefix(room) }
    }

    private func handOn() {
        while let first = pending.first, first.over.toServer, first.over.toClient {
            pending.removeFirst()
            let bodies = [first.exchange.request?.body, first.exchange.response?.body]
            means.holds(-bodies.reduce(0) { $0 + ($1?.octets.count ?? 0) })
            first.exchange.isBehindOpenBody = hasOpenBody
            if first.exchange.response?.framing == .close { hasOpenBody = true }
            // What is known of the connection by now: TLS facts and host may have come since it began.
            first.exchange.context = context
            finished.append(first.exchange)
        }
    }
}
