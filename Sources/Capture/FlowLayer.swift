import Inspection
import Packets
import TLSWire
import Wire

/// Looks into the octets of one connection, or of a TLS session inside it, for HTTP and TLS, and passes HTTP on.
///
/// - `looking`: neither is found yet. The first octets of both directions are held until those of one tell. When they
///   do not, the beginning of every later segment is looked at instead: SOCKS, STARTTLS and connections that were
///   captured from their middle become readable there. Octets that are neither are not passed on.
/// - `http`: octets are passed on as they come. After CONNECT, or 101, a ClientHello at a segment's beginning starts TLS;
///   the direction back follows with its own first record.
/// - `tls`: nothing is passed on but facts.
final class FlowLayer {
    private enum Stage {
        case looking
        case http
        case tls
    }

    /// One direction while looking.
    private struct Gate {
        /// The direction's first octets, while they may yet be passed on.
        var held: [UInt8] = []
        /// They are not held any more: segments are looked at one by one.
        var isOpen = false
        /// They are something else.
        var isForeign = false
        /// Octets that were not captured, before anything was found.
        var missing: UInt64 = 0
    }

    /// Octets held of a direction until it is clear what they are.
    private static let mostHeld = 4096

    private var stage = Stage.looking
    private var gates = PerDirection { _ in Gate() }
    /// CONNECT was asked for, or 101 answered: TLS may begin.
    private var mayTurnToTLS = false

    /// Directions are as the connection was opened; `flow` turns them round where content shows that they are wrong.
    func receive(_ bytes: RawSpan, _ direction: Direction, at time: Timestamp, _ flow: FlowOutput) {
        switch stage {
        case .looking: look(bytes, direction, at: time, flow)
        case .http:
            if !mayTurnToTLS {
                mayTurnToTLS = FlowLayer.announcesTLS(bytes)
            } else if Content(bytes) == .clientHello {
                stage = .tls
                return
            }
            flow.bytes(bytes, direction, at: time)
        case .tls: break
        }
    }

    func gap(_ count: UInt64, _ direction: Direction, at time: Timestamp, _ flow: FlowOutput) {
        switch stage {
        case .looking:
            gates[direction].missing += count
            open(direction)
        case .http: flow.gap(count, direction, at: time)
        case .tls: break
        }
    }

    private func look(_ bytes: RawSpan, _ direction: Direction, at time: Timestamp, _ flow: FlowOutput) {
        if !gates[direction].isOpen {
            if gates[direction].held.count + bytes.byteCount <= FlowLayer.mostHeld {
                gates[direction].held.append(bytes)
            } else {
                let isFirst = gates[direction].held.isEmpty
                open(direction)
                // A first segment of any length can be told as a whole.
                gates[direction].isForeign = !isFirst
            }
        }
        let held = gates[direction].held
        let content = gates[direction].isOpen ? Content(bytes) : Content(held.span.bytes)
        switch content {
        case .request, .response:
            stage = .http
            flow.orient(direction, isClient: content == .request)
            settle(bytes, direction, at: time, flow)
        case .clientHello, .serverHello:
            stage = .tls
            flow.orient(direction, isClient: content == .clientHello)
            settle(bytes, direction, at: time, flow)
        case .tlsRecord where !gates[direction].isForeign:
            stage = .tls
            settle(bytes, direction, at: time, flow)
        case .undecided where !gates[direction].isForeign: break
        case .undecided, .unknown, .tlsRecord:
            gates[direction].isForeign = true
            if gates[direction.opposite].isForeign {
                open(direction)
                open(direction.opposite)
            }
        }
    }

    /// Holds no more of a direction.
    private func open(_ direction: Direction) {
        gates[direction].isOpen = true
        gates[direction].held = []
    }

    /// The stage is decided: passes on what was held, the client's octets first, or the segment that decided it.
    private func settle(_ bytes: RawSpan, _ direction: Direction, at time: Timestamp, _ flow: FlowOutput) {
        let gates = self.gates
        self.gates = PerDirection { _ in Gate() }
        for way in flow.clientFirst {
            if gates[way].missing > 0 { gap(gates[way].missing, way, at: time, flow) }
            if !gates[way].held.isEmpty {
                let held = gates[way].held
                receive(held.span.bytes, way, at: time, flow)
            } else if way == direction {
                receive(bytes, way, at: time, flow)
            }
        }
    }

    /// A request line of CONNECT, or a status line with 101.
    private static func announcesTLS(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount >= 12 else { return false }
        return bytes.u64(at: 0) == 0x434F_4E4E_4543_5420  // "CONNECT "
            || bytes.u32(at: 0) == 0x4854_5450 && bytes.u32(at: 8) == 0x2031_3031  // "HTTP", " 101"
    }
}
