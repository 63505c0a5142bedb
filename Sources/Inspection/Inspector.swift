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
    private var totals = InspectionSummary()
    /// Findings by the weight of their level.
    private var levels = [Int](repeating: 0, count: Level.allCases.count)
    private let means: FlowMeans
    private let sink: any InspectionSink
    private let bootstrapMAC: BootstrapMAC
    private var lastTime = Timestamp(nanoseconds: 0)
    private var batch: InspectionBatch
    private var reading: ReadingQueue

    /// As many exchanges as are best inspected together where nobody waits for one (decisions 95 and 111).
    package static func bestBatch(_ facilities: Facilities) -> Int { facilities.beside == nil ? 4 : 64 }

    /// With `credentials` what the sides prove is verified. Up to `batch` exchanges are inspected together; whoever wants
    /// to see what came so far calls `settle`.
    package init(
        facilities: Facilities, limits: Limits, sink: any InspectionSink, credentials: Credentials = Credentials(),
        batch: Int = 1
    ) {
        self.batch = InspectionBatch(most: batch)
        means = FlowMeans(facilities, limits)
        reading = ReadingQueue(facilities, limits)
        self.sink = sink
        bootstrapMAC = BootstrapMAC(credentials, hmac: facilities.hmacSHA1)
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

    /// Octets that are kept for a flow.
    package func held(by flow: Int) -> Int { flows[flow]?.held ?? 0 }

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
            summary.proof = tracker.receive(notification, to: client, at: time, &summary.findings)
        } else if content.document != nil {
            summary.prove(bootstrapMAC.verify(push, document: datagram.array(push.body), device: client))
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
        settle()
        for session in tracker.finish() { tell(session) }
        for level in Level.allCases where levels[level.weight] > 0 { totals.findings[level] = levels[level.weight] }
        sink.summary(totals)
    }

    private func end(_ inspector: FlowInspector, _ reason: CloseReason, at time: Timestamp) {
        let time = inspector.hold(time)
        inspector.assembler.now = time
        inspector.end(reason)
        take(inspector.assembler)
        batch.add(inspector.summary(reason, at: time), inspector.assembler)
        if batch.isFull { handOver() }
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
            if batch.isFull { handOver() }
        }
    }

    /// Inspects what waits, and tells of it.
    package func settle() { handOver(waits: true) }

    /// Has the bodies of what waits read, and concludes what was read before; with `waits` all of it.
    private func handOver(waits: Bool = false) {
        if !batch.waiting.isEmpty {
            let octets = batch.octets
            reading.add(batch.take(), octets: octets)
        }
        while let ended = reading.next(waits: waits) { conclude(ended) }
    }

    /// Judges and tells of what has ended, its bodies being read.
    private func conclude(_ ended: [InspectionBatch.Ended]) {
        for case .exchange(let exchange, let flow) in ended { judge(exchange, flow) }
        let sessions = ended.map(follow)
        for (one, sessions) in zip(ended, sessions) {
            switch one {
            case .exchange(let exchange, _):
                count(exchange)
                sink.exchange(exchange)
            case .connection(let connection):
                count(connection.summary.findings)
                sink.connection(connection.summary)
            }
            for session in sessions { tell(session) }
        }
    }

    /// What comes of it for sessions; those that ended by it.
    private func follow(_ ended: InspectionBatch.Ended) -> [SessionSummary] {
        switch ended {
        case .exchange(let exchange, _):
            let (findings, sessions) = tracker.receive(exchange)
            exchange.findings += findings
            return sessions
        case .connection(let connection):
            let summary = connection.summary
            connection.summary.findings += BindingRules.judge(
                connection: ConnectionView(
                    id: summary.id, time: summary.time, context: summary.context, traffic: connection.flow.traffic,
                    tunnelled: summary.tunnelled, isAnswered: connection.flow.isAnswered))
            return tracker.connectionEnded(
                summary.id, reason: summary.reason, at: summary.ended, gaps: summary.gaps)
        }
    }

    private func judge(_ exchange: Exchange, _ assembler: ExchangeAssembler) {
        if exchange.response != nil { assembler.isAnswered = true }
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
