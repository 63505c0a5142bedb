import Binding
import Inspection
import NIOCore
import SystemClock
import TLSWire
import Wire

/// Tells the tap the life of one flow: `opened` first, `closed` last and once, offsets counted in between. What is told
/// before the server's address is known waits for `open`.
struct FlowRecorder {
    let id: Int
    var origin: FlowOrigin
    private let tap: any FlowTap
    private let counters: ProxyCounters
    private let begun: Timestamp
    private let clock: SteadyClock
    private var offsets = PerDirection<StreamOffset> { _ in 0 }
    private var passed = PerDirection<UInt64> { _ in 0 }
    private var state = State.unopened
    /// How the flow began to end; the first FIN or reset counts.
    private var ending: CloseReason?
    /// When what is told now happened, where that was a while ago.
    var happened: Timestamp?
    /// Time does not go back within a flow.
    private var latest: Timestamp

    private enum State {
        case unopened
        case open
        case closed
    }

    init(
        id: Int, origin: FlowOrigin, tap: any FlowTap, counters: ProxyCounters, begun: Timestamp,
        clock: SteadyClock = .system
    ) {
        self.id = id
        self.origin = origin
        self.tap = tap
        self.counters = counters
        self.begun = begun
        latest = begun
        self.clock = clock
    }

    mutating func open() {
        guard case .unopened = state else { return }
        state = .open
        counters.flowsOpened.add()
        tap.flow(id, .opened(origin), at: begun, nil)
    }

    mutating func bytes(_ bytes: ByteBuffer, _ direction: Direction) {
        let count = bytes.readableBytes
        if direction == .toServer { counters.octetsToServer.add(count) } else { counters.octetsToClient.add(count) }
        tell(bytes, direction)
    }

    /// What did not cross: sent by one side and not got by the other, or the proxy's own answer to that. Told, and not
    /// counted as relayed.
    mutating func unheard(_ bytes: ByteBuffer, _ direction: Direction) {
        open()
        tell(bytes, direction)
    }

    /// No octet of the server's was told.
    var serverWasSilent: Bool { offsets.toClient == 0 && passed.toClient == 0 }

    private mutating func tell(_ bytes: ByteBuffer, _ direction: Direction) {
        let offset = offsets[direction]
        offsets[direction] = offset &+ StreamOffset(bytes.readableBytes)
        tap.flow(id, .bytes(direction, offset: offset), at: time(), bytes)
    }

    /// Octets that are not looked into; they are told at the end, as a number.
    mutating func passes(_ count: Int, _ direction: Direction) {
        passed[direction] += UInt64(count)
        if direction == .toServer { counters.octetsToServer.add(count) } else { counters.octetsToClient.add(count) }
    }

    mutating func halfClosed(_ direction: Direction) {
        if ending == nil { ending = direction == .toServer ? .clientFin : .serverFin }
        tell(.halfClosed(direction))
    }

    /// A reset, a timeout or a failure ended the flow; `closed` is still to come.
    mutating func ends(_ reason: CloseReason) {
        if ending == nil { ending = reason }
    }

    mutating func tls(_ leg: Leg, _ facts: TLSFacts) { tell(.tls(leg, facts)) }
    mutating func noticed(_ finding: Finding) { tell(.noticed(finding)) }
    mutating func altered(_ alteration: Alteration) { tell(.altered(alteration)) }

    mutating func closed() {
        open()
        guard case .open = state else { return }
        for direction in [Direction.toServer, .toClient] where passed[direction] > 0 {
            tell(.passed(direction, count: passed[direction]))
        }
        if let step = clock.step {
            let text = "The system's clock was set \(SteadyClock.text(step: step)) since the proxy began"
            tell(.noticed(Finding(ProxyRules.clockSet, .connection, text)))
        }
        state = .closed
        tap.flow(id, .closed(ending ?? .open), at: time(), nil)
    }

    private mutating func tell(_ event: FlowEvent) {
        open()
        guard case .open = state else { return }
        tap.flow(id, event, at: time(), nil)
    }

    private mutating func time() -> Timestamp {
        latest = max(latest, happened ?? clock.now())
        return latest
    }
}
