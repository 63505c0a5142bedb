import Binding
import HTTPWire
import Wire

/// Follows one flow from `opened` to `closed`: feeds the HTTP reader and keeps what belongs to the connection.
///
/// Inside a CONNECT tunnel, or after an upgrade to TLS inside the connection (RFC 2817), the stream is read as HTTP
/// anew: a second reader takes over at the switch.
final class FlowInspector {
    let origin: FlowOrigin
    let opened: Timestamp
    let assembler: ExchangeAssembler
    private let means: FlowMeans
    private var reader: HTTPReader
    private var octets = PerDirection<UInt64> { _ in 0 }
    private var gaps = 0
    private var findings: [Finding] = []
    private(set) var isCut = false
    /// The first FIN, and when it came.
    private var firstEnd: (reason: CloseReason, time: Timestamp)?
    /// The latest time told so far, and the most that the source's clock went back behind it.
    private var latest: Timestamp
    private var wentBack: Int64 = 0

    init(number: Int, origin: FlowOrigin, at time: Timestamp, _ means: FlowMeans) {
        self.origin = origin
        opened = time
        latest = time
        self.means = means
        reader = HTTPReader(limits: means.limits, beginningSeen: origin.beginningSeen)
        assembler = ExchangeAssembler(
            connection: number,
            context: Exchange.Context(
                client: origin.client, server: origin.server, host: origin.host, loopback: origin.loopback),
            means, now: time)
    }

    /// Time does not go back within a flow: where the source's clock does, it stands still here until that has caught up.
    func hold(_ time: Timestamp) -> Timestamp {
        if time < latest {
            let back = latest.nanoseconds.subtractingReportingOverflow(time.nanoseconds)
            wentBack = max(wentBack, back.overflow ? .max : back.partialValue)
        } else {
            latest = time
        }
        return latest
    }

    /// Takes an event other than `opened` and `closed`. Exchanges that end by it stand in `assembler.finished`.
    func receive(_ event: FlowEvent, at time: Timestamp, _ bytes: RawSpan) {
        assembler.now = hold(time)
        var sink = assembler
        switch event {
        case .bytes(let direction, let offset):
            octets[direction] += UInt64(bytes.byteCount)
            if direction == .toServer { assembler.octetsCome(goOnWithHead: reader.isAmidRequest) }
            if !isCut { reader.receive(bytes, direction, at: offset, into: &sink) }
        case .passed(let direction, let count): octets[direction] += count
        case .gap(let direction, let offset, let count):
            gaps += 1
            assembler.context.hasGaps = true
            octets[direction] += count
            note(
                Finding(
                    InspectionRules.gap, .connection,
                    "\(count) octets to the \(direction.opposite.sender) were not captured",
                    offset: offset))
            guard !isCut else { return }
            reader.gap(direction, at: offset, count: count, into: &sink)
            assembler.gap(direction, at: offset, count: count)
        case .halfClosed(let direction):
            if firstEnd == nil { firstEnd = (direction == .toServer ? .clientFin : .serverFin, assembler.now) }
            if !isCut { finish(direction, byPeer: true, &sink) }
        case .tls(.client, let facts): assembler.context.clientTLS = facts
        case .tls(.server, let facts):
            assembler.context.serverTLS = facts
            assembler.disownLeg()
        case .noticed(let finding): note(finding)
        case .altered(let alteration):
            assembler.alter(alteration)
        case .cut(let direction, let offset):
            note(
                Finding(
                    InspectionRules.cut, .connection,
                    "Inspection was cut at offset \(offset) to the \(direction.opposite.sender); "
                        + "the rest of the connection was relayed uninspected", offset: offset))
            endExchanges(.open, at: assembler.now)
            isCut = true
        case .opened, .closed: break
        }
    }

    /// Octets that are kept for the flow, with an allowance for what it costs beside them.
    var held: Int { 1024 + reader.held + assembler.held }

    private func finish(_ direction: Direction, byPeer: Bool, _ sink: inout ExchangeAssembler) {
        reader.finish(direction, byPeer: byPeer, into: &sink)
        assembler.finish(direction, byPeer: byPeer)
    }

    /// The flow is over, or the source is. What began its end counts, however long the other side then went on.
    func end(_ reason: CloseReason) {
        endExchanges(firstEnd?.reason ?? reason, at: firstEnd?.time ?? assembler.now)
    }

    /// Ends both directions; exchanges still waiting are handed on as they are.
    private func endExchanges(_ reason: CloseReason, at time: Timestamp) {
        guard !isCut else { return }
        var sink = assembler
        finish(.toServer, byPeer: false, &sink)
        finish(.toClient, byPeer: false, &sink)
        assembler.flush(reason, at: time)
    }

    func summary(_ reason: CloseReason, at time: Timestamp) -> ConnectionSummary {
        // Packets of two interfaces stand a little out of order in many captures.
        if wentBack >= 1_000_000_000 {
            let text =
                "The clock went back by up to \(wentBack / 1_000_000_000) s; times stand still until it has caught up"
            note(Finding(InspectionRules.clockWentBack, .connection, text))
        }
        return ConnectionSummary(
            id: assembler.connection, time: opened, ended: time, reason: reason, context: assembler.context,
            tunnelled: origin.tunnelled || assembler.isTunnelled, octets: octets, gaps: gaps,
            exchanges: assembler.count, findings: findings + assembler.connectionFindings,
            alterations: assembler.alterations)
    }

    private func note(_ finding: Finding) {
        if findings.count < means.limits.findings { findings.append(finding) }
    }
}
