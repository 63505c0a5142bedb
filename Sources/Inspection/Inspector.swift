import Binding
import HTTPWire
package import Sessions
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
    private let facilities: Facilities
    private let limits: Limits
    private let sink: any InspectionSink
    private var lastTime = Timestamp(nanoseconds: 0)

    /// With `credentials` what the sides prove is verified.
    package init(
        facilities: Facilities, limits: Limits, sink: any InspectionSink, credentials: Credentials = Credentials()
    ) {
        self.facilities = facilities
        self.limits = limits
        self.sink = sink
        tracker = SessionTracker(limits: limits, md5: facilities.md5, credentials: credentials)
    }

    /// One event of the flow that the source calls `flow`; `bytes` are those of a `.bytes` event, else empty.
    package func receive(_ flow: Int, _ event: FlowEvent, at time: Timestamp, _ bytes: RawSpan) {
        lastTime = time
        switch event {
        case .opened(let origin):
            totals.connections += 1
            flows[flow] = FlowInspector(
                number: totals.connections, origin: origin, at: time, facilities: facilities, limits: limits, memo)
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

    /// Ends sessions of which nothing was heard for a while; a live source calls it now and then.
    package func expire(at time: Timestamp) {
        for session in tracker.expire(at: time) { tell(session) }
    }

    /// The source has ended: flows still open end as `open`, sessions end, and the summary follows.
    package func finish() {
        for key in flows.keys.sorted() {
            guard let inspector = flows.removeValue(forKey: key) else { continue }
            end(inspector, .open, at: lastTime)
        }
        for session in tracker.finish() { tell(session) }
        sink.summary(totals)
    }

    private func end(_ inspector: FlowInspector, _ reason: CloseReason, at time: Timestamp) {
        let time = inspector.hold(time)
        inspector.assembler.now = time
        inspector.end()
        take(inspector.assembler)
        var summary = inspector.summary(reason, at: time)
        summary.findings += BindingRules.judge(
            connection: ConnectionView(
                id: summary.id, time: summary.time, context: summary.context, traffic: inspector.assembler.traffic,
                tunnelled: inspector.assembler.isTunnelled))
        count(summary.findings)
        sink.connection(summary)
        for session in tracker.connectionEnded(summary.id, reason: reason.rawValue, at: time, gaps: summary.gaps) {
            tell(session)
        }
    }

    private func take(_ assembler: ExchangeAssembler) {
        guard !assembler.finished.isEmpty else { return }
        // An idle flow is to hold no room for exchanges.
        var finished: [Exchange] = []
        swap(&finished, &assembler.finished)
        for exchange in finished {
            exchange.context.carriedDM = assembler.traffic == .dm
            if let judged = BindingRules.judgement(of: exchange, memo) {
                assembler.traffic = .dm
                exchange.findings += judged
            } else {
                if assembler.traffic != .dm { assembler.traffic = .other }
                weakenUndecodable(exchange)
            }
            let (findings, ended) = tracker.receive(exchange)
            exchange.findings += findings
            totals.exchanges += 1
            totals.messages += [exchange.request, exchange.response].count { $0?.body.dm != nil }
            if exchange.findings.contains(where: { $0.rule == InspectionRules.documentUnreadable }) {
                totals.undecoded += 1
            }
            count(exchange.findings)
            sink.exchange(exchange)
            for session in ended { tell(session) }
        }
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
        for finding in findings { totals.findings[finding.level, default: 0] += 1 }
    }
}
