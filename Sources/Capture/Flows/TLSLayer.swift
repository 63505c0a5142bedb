import TLSDecryption
import TLSWire
import Wire

/// A TLS session in a connection: tells its facts, and gives the octets that it protects to the layer inside.
///
/// While records wait for a key, a FIN waits behind them: the layer inside takes it for the end of what is still to come.
final class TLSLayer {
    private let flow: FlowOutput
    private let inside: FlowLayer
    private var session: PassiveTLS
    private var octets = PerDirection<UInt64> { _ in 0 }
    /// Directions whose FIN waits, in the order in which they ended.
    private var waitingEnds: [Direction] = []

    init(_ flow: FlowOutput, keys: KeyMaterial, inside: FlowLayer) {
        self.flow = flow
        self.inside = inside
        session = PassiveTLS(keys: keys)
    }

    func receive(_ bytes: RawSpan, _ direction: Direction, at time: Timestamp) {
        octets[direction] += UInt64(bytes.byteCount)
        var outlet = Outlet(flow: flow, inside: inside, time: time)
        session.receive(bytes, flow.turned(direction), into: &outlet)
        if !waitingEnds.isEmpty, !session.isWaiting { tellEnds(at: time) }
    }

    func gap(_ count: UInt64, _ direction: Direction, at time: Timestamp) {
        var outlet = Outlet(flow: flow, inside: inside, time: time)
        session.gap(count, flow.turned(direction), into: &outlet)
    }

    /// FIN of a direction; false when it waits, and is told later.
    func finish(_ direction: Direction, at time: Timestamp) -> Bool {
        if session.isWaiting {
            if !waitingEnds.contains(direction) { waitingEnds.append(direction) }
            return false
        }
        var outlet = Outlet(flow: flow, inside: inside, time: time)
        session.finish(flow.turned(direction), into: &outlet)
        return inside.finish(direction, at: time)
    }

    /// Octets that it and the layer inside hold.
    var held: Int { session.held + inside.held }

    private func tellEnds(at time: Timestamp) {
        let ends = waitingEnds
        waitingEnds = []
        for direction in ends where finish(direction, at: time) { flow.halfClosed(direction, at: time) }
    }

    func end(at time: Timestamp) {
        var outlet = Outlet(flow: flow, inside: inside, time: time)
        session.end(into: &outlet)
        tellEnds(at: time)
        if inside.isEmpty, session.hasUnopened {
            for direction in flow.clientFirst where octets[direction] > 0 {
                flow.passed(octets[direction], direction, at: time)
            }
        }
        inside.end(at: time)
    }

    private struct Outlet: PassiveTLSSink {
        let flow: FlowOutput
        let inside: FlowLayer
        let time: Timestamp

        mutating func facts(_ facts: TLSFacts) { flow.tls(facts, at: time) }

        mutating func plaintext(_ octets: RawSpan, _ direction: Direction) {
            inside.receive(octets, flow.turned(direction), at: time)
        }

        mutating func lost(_ count: UInt64, _ direction: Direction) {
            inside.gap(count, flow.turned(direction), at: time)
        }

        mutating func noticed(_ finding: Finding) { flow.noticed(finding, at: time) }

        mutating func closed(_ direction: Direction) { flow.halfClosed(flow.turned(direction), at: time) }
    }
}
