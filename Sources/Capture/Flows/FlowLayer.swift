import HTTPWire
import TLSDecryption
import TLSWire
import Wire

/// Looks into the octets of one connection, or of a TLS session inside it, for HTTP and TLS, and passes HTTP on.
///
/// - `looking`: neither is found yet. The first octets of both directions are held until those of one tell. When they
///   do not, the beginning of every later segment is looked at instead: SOCKS, STARTTLS and connections that were
///   captured from their middle become readable there. Octets that are neither are not passed on: where the connection
///   ends so, their number is told, and what it began with. A ClientHello is looked for behind what one direction began
///   with as well.
/// - `http`: octets are passed on as they come. After CONNECT, or 101, a ClientHello at a segment's beginning starts TLS.
/// - `tls`: what decryption yields goes to a layer of its own. A direction that has not come to TLS yet is still passed on
///   as it is.
///
/// Directions are as the connection was opened; `FlowOutput` turns them round where content shows that they are wrong.
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
        /// All octets so far, and the first of them, kept to name what else it is.
        var octets: UInt64 = 0
        var beginning: [UInt8] = []

        mutating func count(_ bytes: RawSpan) {
            octets += UInt64(bytes.byteCount)
            let wanted = min(ForeignProtocol.namedBy - beginning.count, bytes.byteCount)
            if wanted > 0 { beginning.append(bytes.extracting(0..<wanted)) }
        }
    }

    /// Octets held of a direction until it is clear what they are.
    private static let mostHeld = 4096
    /// Octets that tell whether TLS is announced.
    private static let announcedBy = 12
    /// TLS inside TLS, through a proxy that is itself reached by TLS, is followed this deep.
    private static let deepest = 2

    private let flow: FlowOutput
    private let keys: KeyMaterial
    private let depth: Int
    private var stage = Stage.looking
    private var gates = PerDirection { _ in Gate() }
    /// CONNECT was asked for, or 101 answered: TLS may begin.
    private var mayTurnToTLS = false
    /// First octets of a segment too short to tell, and of those behind it.
    private var announcement = PerDirection { _ in [UInt8]() }
    /// First octets of a segment that may begin TLS, too few to tell, and of those behind it.
    private var beginning = PerDirection { _ in [UInt8]() }
    private var tls: TLSLayer?
    private var isInTLS = PerDirection { _ in false }
    /// Nothing was received yet.
    private(set) var isEmpty = true
    /// The direction that was first to be something else.
    private var firstForeign: Direction?

    init(_ flow: FlowOutput, keys: KeyMaterial, depth: Int = 0) {
        self.flow = flow
        self.keys = keys
        self.depth = depth
    }

    func receive(_ bytes: RawSpan, _ direction: Direction, at time: Timestamp) {
        isEmpty = false
        guard !beginning[direction].isEmpty || mayBeginTLS(bytes, direction) else {
            return take(bytes, direction, at: time)
        }
        beginning[direction].append(bytes)
        let octets = beginning[direction]
        if StreamOpening(octets.span.bytes) != .undecided { takeBeginning(direction, at: time) }
    }

    /// Whether a segment is but the first octets of a record, where TLS may begin with one: the header of a record may
    /// come alone, or an octet of it.
    private func mayBeginTLS(_ bytes: RawSpan, _ direction: Direction) -> Bool {
        guard bytes.byteCount > 0, let type = ContentType(rawValue: bytes.byte(at: 0)),
            type == .handshake || type == .alert, StreamOpening(bytes) == .undecided
        else { return false }
        return switch stage {
        case .looking: gates[direction].isOpen || gates[direction].isForeign
        case .http: mayTurnToTLS
        case .tls: mayTurnToTLS && !isInTLS[direction]
        }
    }

    /// No more is waited for.
    private func takeBeginning(_ direction: Direction, at time: Timestamp) {
        let octets = beginning[direction]
        guard !octets.isEmpty else { return }
        beginning[direction] = []
        take(octets.span.bytes, direction, at: time)
    }

    private func take(_ bytes: RawSpan, _ direction: Direction, at time: Timestamp) {
        switch stage {
        case .looking: look(bytes, direction, at: time)
        case .http:
            if !mayTurnToTLS {
                mayTurnToTLS = announcesTLS(bytes, direction)
            } else if StreamOpening(bytes) == .clientHello, beginTLS(direction) {
                tls?.receive(bytes, direction, at: time)
                return
            }
            flow.bytes(bytes, direction, at: time)
        case .tls:
            if !isInTLS[direction] { isInTLS[direction] = joinsTLS(StreamOpening(bytes)) }
            if isInTLS[direction] {
                tls?.receive(bytes, direction, at: time)
            } else {
                flow.bytes(bytes, direction, at: time)
            }
        }
    }

    func gap(_ count: UInt64, _ direction: Direction, at time: Timestamp) {
        takeBeginning(direction, at: time)
        switch stage {
        case .looking:
            gates[direction].missing += count
            open(direction)
        case .http: flow.gap(count, direction, at: time)
        case .tls:
            if !mayTurnToTLS { isInTLS[direction] = true }
            if isInTLS[direction] {
                tls?.gap(count, direction, at: time)
            } else {
                flow.gap(count, direction, at: time)
            }
        }
    }

    /// Octets that it holds, with an allowance for what a connection costs beside them.
    var held: Int {
        FlowLayer.cost + gates.toServer.held.count + gates.toClient.held.count + (tls?.held ?? 0)
    }

    /// What it is taken to cost, its output and its place in reassembly with it.
    private static let cost = 1024

    /// FIN of a direction; false when it waits behind octets that are still to come, and is told later.
    func finish(_ direction: Direction, at time: Timestamp) -> Bool {
        takeBeginning(direction, at: time)
        return tls?.finish(direction, at: time) ?? true
    }

    /// The connection has ended.
    func end(at time: Timestamp) {
        for direction in flow.clientFirst { takeBeginning(direction, at: time) }
        if stage == .looking { giveUp(at: time) }
        tls?.end(at: time)
    }

    /// Nothing was found. What may yet have been the beginning of HTTP is passed on, for inspection to say what is missing.
    private func giveUp(at time: Timestamp) {
        for direction in flow.clientFirst {
            let gate = gates[direction]
            if gate.octets == 0 {
                if gate.missing > 0 { flow.gap(gate.missing, direction, at: time) }
            } else if gate.isForeign || gate.missing > 0 {
                flow.passed(gate.octets, direction, at: time)
            } else if !gate.held.isEmpty {
                let held = gate.held
                flow.bytes(held.span.bytes, direction, at: time)
            }
        }
        guard let firstForeign, flow.beginningSeen, gates[firstForeign].missing == 0 else { return }
        let beginning = gates[firstForeign].beginning
        flow.noticed(ForeignProtocol.finding(beginning.span.bytes, flow.turned(firstForeign), at: 0), at: time)
    }

    private func look(_ bytes: RawSpan, _ direction: Direction, at time: Timestamp) {
        gates[direction].count(bytes)
        if !gates[direction].isOpen {
            if gates[direction].held.count + bytes.byteCount <= FlowLayer.mostHeld {
                gates[direction].held.append(bytes)
            } else {
                // A first segment of any length can be told as a whole.
                gates[direction].isForeign = !gates[direction].held.isEmpty
                open(direction)
            }
        }
        let held = gates[direction].held
        var content = gates[direction].isOpen ? StreamOpening(bytes) : StreamOpening(held.span.bytes)
        // A load balancer's header (PROXY) comes before the ClientHello, and often in one segment with it.
        if let end = ProxyHeader.end(held.span.bytes) {
            let hello = held.span.bytes.extracting(end...)
            if StreamOpening(hello) == .clientHello, beginTLS(direction) {
                open(direction)
                flow.orient(direction, isClient: true)
                return settle(hello, direction, at: time)
            }
        }
        // Behind anything else it begins with a segment.
        if gates[direction].isForeign, !gates[direction].isOpen, StreamOpening(bytes) == .clientHello {
            open(direction)
            // What the other side answered to that is none of TLS either.
            let answer = gates[direction.opposite].held
            if !StreamOpening(answer.span.bytes).isTLS { open(direction.opposite) }
            content = .clientHello
        }
        switch content {
        case .request, .response:
            stage = .http
            flow.orient(direction, isClient: content == .request)
            settle(bytes, direction, at: time)
        case .clientHello where beginTLS(direction), .serverHello where beginTLS(direction):
            flow.orient(direction, isClient: content == .clientHello)
            settle(bytes, direction, at: time)
        case .tlsRecord where !gates[direction].isForeign && beginTLS(direction):
            settle(bytes, direction, at: time)
        case .undecided where !gates[direction].isForeign: break
        default:
            if firstForeign == nil { firstForeign = direction }
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
    private func settle(_ bytes: RawSpan, _ direction: Direction, at time: Timestamp) {
        let gates = self.gates
        self.gates = PerDirection { _ in Gate() }
        for way in flow.clientFirst {
            if gates[way].missing > 0 { gap(gates[way].missing, way, at: time) }
            if !gates[way].held.isEmpty {
                let held = gates[way].held
                receive(held.span.bytes, way, at: time)
            } else if way == direction {
                receive(bytes, way, at: time)
            }
        }
    }

    /// Takes what comes in this direction for TLS from here on; false when that would be too deep.
    private func beginTLS(_ direction: Direction) -> Bool {
        guard depth < FlowLayer.deepest else { return false }
        stage = .tls
        isInTLS[direction] = true
        tls = TLSLayer(flow, keys: keys, inside: FlowLayer(flow, keys: keys, depth: depth + 1))
        return true
    }

    /// Whether a direction comes to TLS with a segment, when the other has. The response to CONNECT may still be on its
    /// way; and a server that does not speak TLS may answer a ClientHello in plain HTTP.
    private func joinsTLS(_ content: StreamOpening) -> Bool {
        mayTurnToTLS ? content.isTLS : content != .response
    }

    /// A request line of CONNECT, or a status line with 101, begins with a segment. It may come in pieces.
    private func announcesTLS(_ bytes: RawSpan, _ direction: Direction) -> Bool {
        if bytes.byteCount >= FlowLayer.announcedBy, FlowLayer.announcesTLS(bytes) { return true }
        let known = announcement[direction].count
        if known == 0 {
            let mayBegin = bytes.byteCount > 0 && (bytes.byte(at: 0) == 0x43 || bytes.byte(at: 0) == 0x48)
            guard mayBegin, bytes.byteCount < FlowLayer.announcedBy else { return false }
        }
        announcement[direction].append(bytes.extracting(0..<min(bytes.byteCount, FlowLayer.announcedBy - known)))
        guard announcement[direction].count == FlowLayer.announcedBy else { return false }
        let octets = announcement[direction]
        announcement[direction] = []
        return FlowLayer.announcesTLS(octets.span.bytes)
    }

    private static func announcesTLS(_ bytes: RawSpan) -> Bool {
        bytes.u64(at: 0) == 0x434F_4E4E_4543_5420  // "CONNECT "
            || bytes.u32(at: 0) == 0x4854_5450 && bytes.u32(at: 8) == 0x2031_3031  // "HTTP", " 101"
    }
}
