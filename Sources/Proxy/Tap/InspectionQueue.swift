import Dispatch
import Glibc
package import Inspection
package import NIOCore
import Synchronization
package import Wire

/// Hands what passes through the relay over to the one thread that inspects it. The relay never waits for it.
///
/// Bounded in octets: of the octets themselves and of a flat price for each event. Past the bound a flow is cut:
/// that is told once, in its place, and later octets of both directions are dropped, and counted when the flow closes, while
/// its other events go on. A flow that begins past the bound is left out whole.
///
/// The event loops append under a lock that nobody holds for long, for the inspecting thread takes everything there is
/// at once. Octets are copied, one behind the other, so that no buffer of the relay's is freed by another thread. After
/// each such batch that thread naps, unless much is waiting, and only when nothing came meanwhile it sleeps until it is
/// woken: a busy relay pays for no wake-ups, and an idle one is inspected at once. While little waits it lets the event loops
/// go first wherever they want its processor.
package final class InspectionQueue: FlowTap {
    fileprivate enum Item {
        case bytes(flow: Int, Direction, StreamOffset, Timestamp, count: Int)
        case event(flow: Int, Event, Timestamp)
    }

    /// An event apart, so that the items with octets stay small.
    fileprivate final class Event: Sendable {
        let event: FlowEvent
        init(_ event: FlowEvent) { self.event = event }
    }

    fileprivate enum Rest {
        case none
        /// For a while, unless much comes.
        case nap
        /// Until it is woken.
        case sleep
    }

    fileprivate struct State {
        var items: [Item] = []
        /// What the items with octets have, in their order.
        var octets: [UInt8] = []
        /// What the inspecting thread does, or is about to do.
        var rest = Rest.none
        var finished = false
        /// Flows that are cut, with the octets that were dropped of each.
        var cut: [Int: PerDirection<UInt64>] = [:]
        /// Flows that are not told at all.
        var leftOut: Set<Int> = []
    }

    /// What was not inspected since the start.
    package struct Losses: Sendable, Equatable {
        /// Flows that were cut or left out.
        package var cuts = 0
        package var octets = 0
    }

    private let bound: Int
    private let state = Mutex(State())
    private let queued = Atomic<Int>(0)
    private let cuts = Atomic<Int>(0)
    private let octetsLost = Atomic<Int>(0)
    private let wake = DispatchSemaphore(value: 0)

    /// What an item costs besides its octets.
    private static let itemCost = 96
    private static let eventCost = 1024
    /// Room that is kept for the next octets; what a backlog needed beyond it is given back.
    private static let keptRoom = 1 << 20
    /// Items after which it is looked whether `between` is due: a backlog must not keep the log unflushed.
    private static let stretch = 256
    /// Items after which the event loops may go first, if no more than `little` waits.
    private static let turn = 8
    private static let little = 64 * 1024
    /// How long `between` waits while traffic flows: a busy log is written in large pieces.
    private static let pause = TimeAmount.milliseconds(20)
    /// How long the inspecting thread naps while traffic flows: each time it wakes, what it works with has to come back into
    /// the processor's cache.
    private static let nap = DispatchTimeInterval.milliseconds(10)
    /// Octets that end a nap.
    fileprivate static let much = 256 * 1024

    package init(limits: Limits) { bound = limits.inspectionQueue }

    package var losses: Losses { Losses(cuts: cuts.value, octets: octetsLost.value) }
    /// What waits, in octets, as the bound counts it.
    package var depth: Int { queued.value }

    // MARK: Event loops

    package func flow(_ id: Int, _ event: FlowEvent, at time: Timestamp, _ bytes: ByteBuffer?) {
        if case .bytes(let direction, let offset) = event {
            if let bytes { append(bytes, direction, offset, of: id, time) }
        } else {
            append(event, of: id, time)
        }
    }

    private func append(
        _ bytes: ByteBuffer, _ direction: Direction, _ offset: StreamOffset, of id: Int, _ time: Timestamp
    ) {
        let count = bytes.readableBytes
        let cost = count + InspectionQueue.itemCost
        let full = queued.value + cost > bound
        let woken = state.withLock { state in
            if !state.cut.isEmpty || full || !state.leftOut.isEmpty {
                guard !lose(count, direction, offset, of: id, time, full: full, &state) else { return false }
            }
            queued.add(cost)
            state.items.append(.bytes(flow: id, direction, offset, time, count: count))
            bytes.withUnsafeReadableBytes { state.octets.append(contentsOf: $0) }
            return state.wakes()
        }
        if woken { wake.signal() }
    }

    /// Whether these octets are lost, because there is no room for them or because earlier ones were.
    private func lose(
        _ count: Int, _ direction: Direction, _ offset: StreamOffset, of id: Int, _ time: Timestamp, full: Bool,
        _ state: inout State
    ) -> Bool {
        guard !state.leftOut.contains(id) else {
            octetsLost.add(count)
            return true
        }
        let isCut = state.cut[id] != nil
        guard isCut || full else { return false }
        octetsLost.add(count)
        state.cut[id, default: PerDirection { _ in 0 }][direction] += UInt64(count)
        guard !isCut else { return true }
        cuts.add()
        queued.add(InspectionQueue.eventCost)
        state.items.append(.event(flow: id, Event(.cut(direction, offset: offset)), time))
        return true
    }

    private func append(_ event: FlowEvent, of id: Int, _ time: Timestamp) {
        let full = queued.value > bound
        let event = Event(event)
        let woken = state.withLock { state in
            switch event.event {
            case .opened where full:
                state.leftOut.insert(id)
                cuts.add()
                return false
            case .closed:
                if let lost = state.cut.removeValue(forKey: id) { tell(lost, of: id, time, &state) }
                if state.leftOut.remove(id) != nil { return false }
            case .altered where state.cut[id] != nil: return false
            default: if state.leftOut.contains(id) { return false }
            }
            queued.add(InspectionQueue.eventCost)
            state.items.append(.event(flow: id, event, time))
            return state.wakes()
        }
        if woken { wake.signal() }
    }

    /// What the relay passed on of a flow is told in full, whatever was not inspected.
    private func tell(_ lost: PerDirection<UInt64>, of id: Int, _ time: Timestamp, _ state: inout State) {
        for direction in [Direction.toServer, .toClient] where lost[direction] > 0 {
            queued.add(InspectionQueue.eventCost)
            state.items.append(.event(flow: id, Event(.passed(direction, count: lost[direction])), time))
        }
    }

    // MARK: The inspecting thread

    package typealias Inspect = (_ flow: Int, _ event: FlowEvent, _ time: Timestamp, _ bytes: RawSpan) -> Void

    /// Gives everything to `inspect`, in order, on this thread, until `finish`. The span is empty but for octets.
    /// `between` is called when nothing is left, every `pause` while something is, and every second while nothing comes.
    package func run(
        _ inspect: Inspect, between: () -> Void = {}, clock: () -> NIODeadline = { .now() }
    ) {
        var batch: [Item] = []
        var octets: [UInt8] = []
        // When `between` is due for what was inspected since it was called last; nil where nothing was.
        var due: NIODeadline?
        while true {
            let (finished, sleeps) = take(&batch, &octets, isSettled: due == nil)
            if sleeps {
                if wake.wait(timeout: .now() + .seconds(1)) == .timedOut { between() }
                continue
            }
            if batch.isEmpty {
                if due != nil { between() }
                if finished { return }
                due = nil
                continue
            }
            var moment = due ?? clock() + InspectionQueue.pause
            give(&batch, octets.span.bytes, to: inspect) {
                guard moment <= clock() else { return }
                between()
                moment = clock() + InspectionQueue.pause
            }
            if octets.capacity > InspectionQueue.keptRoom {
                octets = []
            } else {
                octets.removeAll(keepingCapacity: true)
            }
            due = moment
            if moment <= clock() {
                between()
                due = nil
            }
            nap()
        }
    }

    /// Everything there is, in exchange for what is empty. Where there is nothing, and nothing waits for `between`, the
    /// thread is to sleep.
    private func take(
        _ batch: inout [Item], _ octets: inout [UInt8], isSettled: Bool
    ) -> (finished: Bool, sleeps: Bool) {
        state.withLock { state in
            swap(&batch, &state.items)
            swap(&octets, &state.octets)
            let sleeps = batch.isEmpty && isSettled && !state.finished
            state.rest = sleeps ? .sleep : .none
            return (state.finished, sleeps)
        }
    }

    /// Empties `batch`; `look` is called every `stretch` items.
    private func give(_ batch: inout [Item], _ octets: RawSpan, to inspect: Inspect, look: () -> Void) {
        batch.reverse()
        var taken = 0
        var at = 0
        while let item = batch.popLast() {
            taken += 1
            if taken.isMultiple(of: InspectionQueue.turn), queued.value < InspectionQueue.little { sched_yield() }
            if taken.isMultiple(of: InspectionQueue.stretch) { look() }
            switch item {
            case .bytes(let flow, let direction, let offset, let time, let count):
                inspect(flow, .bytes(direction, offset: offset), time, octets.extracting(at..<at + count))
                at += count
                queued.add(-(count + InspectionQueue.itemCost))
            case .event(let flow, let event, let time):
                inspect(flow, event.event, time, RawSpan())
                queued.add(-InspectionQueue.eventCost)
            }
        }
    }

    private func nap() {
        let naps = state.withLock { state in
            guard !state.finished, state.octets.count < InspectionQueue.much else { return false }
            state.rest = .nap
            return true
        }
        if naps { _ = wake.wait(timeout: .now() + InspectionQueue.nap) }
    }

    /// No more is told after this; `run` returns when all that was has been inspected.
    package func finish() {
        let woken = state.withLock { state in
            state.finished = true
            defer { state.rest = .none }
            return state.rest != .none
        }
        if woken { wake.signal() }
    }
}

extension InspectionQueue.State {
    /// Whether the inspecting thread is to be woken for what was added.
    fileprivate mutating func wakes() -> Bool {
        guard rest == .sleep || rest == .nap && octets.count >= InspectionQueue.much else { return false }
        rest = .none
        return true
    }
}
