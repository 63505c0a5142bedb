import Inspection
import Packets
import TLSWire
import Wire

/// Tells one connection's events, once it is known which side is the client.
///
/// `opened` waits until content has shown it, or the connection ends. Offsets are those of what is passed on: octets
/// that belong to neither HTTP nor TLS do not count.
final class FlowOutput {
    private let flow: CapturedFlow
    private let connection: Connection
    private let openedAt: Timestamp
    private let sink: any CaptureSink
    private var isTold = false
    /// The content shows that client and server are the other way round than the connection was opened.
    private var isTurned = false
    /// Octets passed on, gaps counted in.
    private var offsets = PerDirection<StreamOffset> { _ in 0 }
    private var isHalfClosed = PerDirection { _ in false }
    /// Who took leave first, by close_notify or FIN.
    private var firstToClose: Direction?
    /// Events that came before `opened` could be told. Bounded: findings about packets are told once for each direction.
    private var early: [(FlowEvent, Timestamp)] = []

    init(_ connection: Connection, at time: Timestamp, _ sink: any CaptureSink) {
        self.connection = connection
        self.sink = sink
        openedAt = time
        flow = CapturedFlow(number: Int(truncatingIfNeeded: connection.number), slot: connection.slot)
    }

    /// Content shows which side sends in `direction`.
    func orient(_ direction: Direction, isClient: Bool) {
        if !isTold { isTurned = isClient != (direction == .toServer) }
    }

    /// The directions, that of the client's octets first.
    var clientFirst: [Direction] { isTurned ? [.toClient, .toServer] : [.toServer, .toClient] }

    func bytes(_ bytes: RawSpan, _ direction: Direction, at time: Timestamp) {
        tell()
        let way = turned(direction)
        let offset = offsets[way]
        offsets[way] = offset &+ UInt64(bytes.byteCount)
        sink.flow(flow, .bytes(way, offset: offset), at: time, bytes)
    }

    func gap(_ count: UInt64, _ direction: Direction, at time: Timestamp) {
        tell()
        let way = turned(direction)
        let offset = offsets[way]
        offsets[way] = offset &+ count
        sink.flow(flow, .gap(way, offset: offset, count: count), at: time, RawSpan())
    }

    /// Octets that are neither HTTP nor TLS whose keys are known.
    func passed(_ count: UInt64, _ direction: Direction, at time: Timestamp) {
        tell()
        sink.flow(flow, .passed(turned(direction), count: count), at: time, RawSpan())
    }

    var beginningSeen: Bool { connection.beginningSeen }

    /// Octets that whoever is told keeps for the connection.
    var held: Int { sink.held(by: flow) }

    /// The facts of the TLS session, better known than before. A capture has one leg, which is both sides' own.
    func tls(_ facts: TLSFacts, at time: Timestamp) {
        tell()
        event(.tls(.client, facts), at: time)
        event(.tls(.server, facts), at: time)
    }

    func noticed(_ finding: Finding, at time: Timestamp) { event(.noticed(finding), at: time) }

    /// FIN or, inside TLS, close_notify, whichever comes first.
    func halfClosed(_ direction: Direction, at time: Timestamp) {
        let way = turned(direction)
        guard isTold, !isHalfClosed[way] else { return }
        isHalfClosed[way] = true
        if firstToClose == nil { firstToClose = way }
        event(.halfClosed(way), at: time)
    }

    /// A side that took leave has ended the connection, whatever packets it then ended by.
    func closed(_ end: TCPEnd, at time: Timestamp) {
        tell()
        let reason: CloseReason =
            switch end {
            case .fin(let direction): (firstToClose ?? turned(direction)) == .toServer ? .clientFin : .serverFin
            case .reset(let direction):
                if let firstToClose {
                    firstToClose == .toServer ? .clientFin : .serverFin
                } else {
                    turned(direction) == .toServer ? .clientReset : .serverReset
                }
            case .evicted: .timeout
            case .replaced, .captureEnded: .open
            }
        sink.flow(flow, .closed(reason), at: time, RawSpan())
    }

    /// Maps a direction as the connection was opened to the one reported, and back.
    func turned(_ direction: Direction) -> Direction { isTurned ? direction.opposite : direction }

    private func event(_ event: FlowEvent, at time: Timestamp) {
        if isTold { sink.flow(flow, event, at: time, RawSpan()) } else { early.append((event, time)) }
    }

    private func tell() {
        if isTold { return }
        isTold = true
        let client = isTurned ? connection.server : connection.client
        let server = isTurned ? connection.client : connection.server
        let origin = FlowOrigin(
            client: client.description, server: server.description,
            loopback: client.address.isLoopback && server.address.isLoopback, beginningSeen: connection.beginningSeen)
        sink.flow(flow, .opened(origin), at: openedAt, RawSpan())
        for (event, time) in early { sink.flow(flow, event, at: time, RawSpan()) }
        early = []
    }
}
