import Binding
import HTTPWire
package import Sessions
import SyncML
package import Wire

/// Inspects every flow of one source: FlowEvents in, exchanges, connections and sessions out.
///
/// Push and synchronous: whoever owns it calls it from one thread at a time. Flows are numbered in the order in which
/// they open.
package final class Inspector {
    private var flows: [Int: FlowInspector] = [:]
    private var tracker: SessionTracker
    private let memo = HeaderMemo()
    /// Of bodies, one after the other.
    private var sha256: any IncrementalDigest
    private var totals = InspectionSummary()
    /// Findings by the weight of their level.
    private var levels = [Int](repeating: 0, count: Level.allCases.count)
    private let means: FlowMeans
    private let sink: any InspectionSink
    private var lastTime = Timestamp(nanoseconds: 0)
    private var batch: ExchangeBatch

    /// As many exchanges as are best inspected together where nobody waits for one (decision 0095).
    package static let bestBatch = 4

    /// With `credentials` what the sides prove is verified. Up to `batch` exchanges are inspected together; whoever wants
    /// to see what came so far calls `settle`.
    package init(
        facilities: Facilities, limits: Limits, sink: any InspectionSink, credentials: Credentials = Credentials(),
        batch: Int = 1
    ) {
        self.batch = ExchangeBatch(most: batch)
        means = FlowMeans(facilities, limits)
        sha256 = facilities.sha256()
        self.sink = sink
        tracker = SessionTracker(limits: limits, md5: facilities.md5, credentials: credentials)
    }

    /// One event of the flow that the source calls `flow`; `bytes` are those of a `.bytes` event, else empty.
    package func receive(_ flow: Int, _ event: FlowEvent, at time: Timestamp, _ bytes: RawSpan) {
        lastTime = time
        switch event {
        case .opened(let origin):
            totals.connections += 1
            flows[flow] = FlowInspector(number: totals.connections, origin: origin, at: time, means)
        case .closed(let reason):
            guard let inspector = flows.removeValue(forKey: flow) else { return }
            end(inspector, reason, at: time)
        default:
            guard let inspector = flows[flow] else { return }
            inspector.receive(event, at: time, bytes)
            if case .cut = event { totals.cut += 1 }
            if case .gap = event { totals.gaps += 1 }
            if case .passed(_, let count) = event { totals.octets += count }
            if case .bytes = event { totals.octets += UInt64(bytes.byteCount) }
            take(inspector.assembler)
        }
    }

    /// A datagram to the WAP push port of a device. What is no push that device management knows is passed over; of one
    /// that the capture `cut` nothing is judged.
    package func receive(
        datagram: RawSpan, from server: String, to client: String, at time: Timestamp, cut: Finding? = nil
    ) {
        guard let push = WSPPush(datagram), push.payload != .other else { return }
        settle()
        let content = PushContent(push, of: datagram, means.facilities, limits: means.limits)
        var summary = NotificationSummary(time: time, client: client, server: server, push: push, content: content)
        if let cut {
            summary.findings = [cut]
        } else if let notification = content.notification {
            summary.digest = tracker.receive(notification, to: client, at: time, &summary.findings)
        }
        count(summary.findings)
        sink.notification(summary)
    }

    /// Ends sessions of which nothing was heard for a while; a live source calls it now and then.
    package func expire(at time: Timestamp) {
        settle()
        for session in tracker.expire(at: time) { tell(session) }
    }

    /// The source has ended: flows still open end as `open`, sessions end, and the summary follows.
    package func finish() {
        for key in flows.keys.sorted() {
            guard let inspector = flows.removeValue(forKey: key) else { continue }
            end(inspector, .open, at: lastTime)
        }
        for session in tracker.finish() { tell(session) }
        for level in Level.allCases where levels[level.weight] > 0 { totals.findings[level] = levels[level.weight] }
        sink.summary(totals)
    }

    private func end(_ inspector: FlowInspector, _ reason: CloseReason, at time: Timestamp) {
        let time = inspector.hold(time)
        inspector.assembler.now = time
        inspector.end(reason)
        take(inspector.assembler)
        settle()
        var summary = inspector.summary(reason, at: time)
        summary.findings += BindingRules.judge(
            connection: ConnectionView(
                id: summary.id, time: summary.time, context: summary.context, traffic: inspector.assembler.traffic,
                tunnelled: summary.tunnelled))
        count(summary.findings)
        sink.connection(summary)
        for session in tracker.connectionEnded(summary.id, reason: reason, at: time, gaps: summary.gaps) {
            tell(session)
        }
    }

    private func take(_ assembler: ExchangeAssembler) {
        guard !assembler.finished.isEmpty else { return }
        // An idle flow is to hold no room for exchanges.
        var finished: [Exchange] = []
        swap(&finished, &assembler.finished)
        // Let go one by one: each may hold megabytes once its bodies are read.
        finished.reverse()
        while let exchange = finished.popLast() {
            batch.add(exchange, assembler)
            if batch.isFull { settle() }
        }
    }

    /// Inspects the exchanges that wait, and tells of them.
    package func settle() {
        guard !batch.waiting.isEmpty else { return }
        let waiting = batch.take()
        readBodies(waiting)
        for one in waiting { judge(one.exchange, one.assembler) }
        let ended = waiting.map { one in
            let (findings, ended) = tracker.receive(one.exchange)
            one.exchange.findings += findings
            return ended
        }
        for (one, ended) in zip(waiting, ended) {
            count(one.exchange)
            sink.exchange(one.exchange)
            for session in ended { tell(session) }
        }
    }

    private func readBodies(_ waiting: [ExchangeBatch.Waiting]) {
        var readings: [BodyReading] = []
        readings.reserveCapacity(2 * waiting.count)
        for one in waiting {
            for (message, subject) in one.exchange.messages {
                readings.append(BodyReading(message, subject, means, one.assembler.inflation))
            }
        }
        for at in readings.indices { readings[at].digest(with: &sha256) }
        for at in readings.indices { readings[at].readDocument(memo) }
        for at in readings.indices { readings[at].readMessage() }
        // From the end, since what is found in a body goes behind what was found in the one that ended before it.
        var at = readings.count
        for one in waiting.reversed() {
            for (message, _) in one.exchange.messages.reversed() {
                at -= 1
                guard !readings[at].findings.isEmpty else { continue }
                one.exchange.findings.insert(contentsOf: readings[at].findings, at: message.findingsBefore)
            }
            if one.exchange.findings.count > means.limits.findings { truncateFindings(of: one.exchange) }
        }
    }

    private func truncateFindings(of exchange: Exchange) {
        let about = exchange.findings[means.limits.findings].about
        exchange.findings.removeSubrange(means.limits.findings...)
        let text = "More than \(means.limits.findings) findings; the rest are not listed"
        exchange.findings.append(Finding(InspectionRules.findingsTruncated, about, text))
    }

    private func judge(_ exchange: Exchange, _ assembler: ExchangeAssembler) {
        exchange.context.carriedDM = assembler.carried.covers(exchange)
        if let judged = BindingRules.judgement(of: exchange, memo) {
            assembler.traffic = .dm
            if !exchange.context.carriedDM { assembler.carried.add(exchange) }
            exchange.findings += judged
        } else {
            // CONNECT says nothing of what the tunnel carries.
            if assembler.traffic != .dm, exchange.request?.head.isMethod("CONNECT") != true {
                assembler.traffic = .other
            }
            weakenUndecodable(exchange)
        }
    }

    private func count(_ exchange: Exchange) {
        totals.exchanges += 1
        totals.messages += [exchange.request, exchange.response].count { $0?.body.dm != nil }
        if exchange.findings.contains(where: { $0.rule == InspectionRules.documentUnreadable }) {
            totals.undecoded += 1
        }
        count(exchange.findings)
    }

    /// A body that cannot be decoded breaks the binding in DM; in data synchronisation it is worth knowing.
    private func weakenUndecodable(_ exchange: Exchange) {
        for at in exchange.findings.indices where exchange.findings[at].rule == InspectionRules.documentUnreadable {
            exchange.findings[at].level = .note
        }
    }

    private func tell(_ session: SessionSummary) {
        count(session.findings)
        sink.session(session)
    }

    private func count(_ findings: [Finding]) {
        for finding in findings { levels[finding.level.weight] += 1 }
    }
}

extension Exchange {
    /// Request and response, as far as either was seen, in the order in which they ended.
    fileprivate var messages: [(Message, Subject)] {
        var messages: [(Message, Subject)] = []
        if let request { messages.append((request, .request)) }
        if let response { messages.insert((response, .response), at: isAnsweredEarly ? 0 : messages.count) }
        return messages
    }
}
