import Binding
import HTTPWire
import Inspection
import Sessions
import TestSupport
import Wire

/// A sink that keeps everything.
final class Kept: InspectionSink {
    var exchanges: [Exchange] = []
    var connections: [ConnectionSummary] = []
    var sessions: [SessionSummary] = []
    var notifications: [NotificationSummary] = []
    var summaries: [InspectionSummary] = []

    func exchange(_ exchange: Exchange) { exchanges.append(exchange) }
    func connection(_ connection: ConnectionSummary) { connections.append(connection) }
    func session(_ session: SessionSummary) { sessions.append(session) }
    func notification(_ notification: NotificationSummary) { notifications.append(notification) }
    func summary(_ summary: InspectionSummary) { summaries.append(summary) }

    /// What two runs are compared by.
    var description: String {
        exchanges.map { exchange in
            let messages = [exchange.request, exchange.response].map { message in
                message.map {
                    "\($0.head.line) \($0.head.fields) \($0.body.length) \($0.body.sha256) "
                        + ($0.body.dm?.outline(offsets: true) ?? "no message")
                }
                    ?? "none"
            }
            let findings = exchange.findings.map { "\($0.rule.id) \($0.offset as Any) \($0.text)" }
            return ([exchange.id] + messages + findings).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }
}

/// A flow told by a test.
struct Source {
    let inspector: Inspector
    private var offsets = PerDirection<StreamOffset> { _ in 0 }
    var time = Timestamp(nanoseconds: 1_331_028_000_000_000_000)

    init(_ inspector: Inspector) { self.inspector = inspector }

    mutating func tell(_ event: FlowEvent) {
        let nothing: [UInt8] = []
        inspector.receive(1, event, at: time, nothing.span.bytes)
    }

    mutating func send(_ direction: Direction, _ octets: [UInt8]) {
        time.nanoseconds += 1_000_000
        inspector.receive(1, .bytes(direction, offset: offsets[direction]), at: time, octets.span.bytes)
        offsets[direction] += StreamOffset(octets.count)
    }

    mutating func gap(_ direction: Direction, _ count: UInt64) {
        tell(.gap(direction, offset: offsets[direction], count: count))
        offsets[direction] += count
    }
}

func inspect(
    _ origin: FlowOrigin? = nil, facilities: Facilities = .fake, limits: Limits = Limits(), beginningSeen: Bool = true,
    closes: Bool = true, batch: Int = 1,
    _ body: (inout Source) -> Void
) -> Kept {
    let kept = Kept()
    let inspector = Inspector(facilities: facilities, limits: limits, sink: kept, batch: batch)
    var source = Source(inspector)
    source.tell(
        .opened(
            origin
                ?? FlowOrigin(
                    client: "127.0.0.1:40000", server: "127.0.0.1:80", host: "dm.example.test", loopback: true,
                    beginningSeen: beginningSeen)))
    body(&source)
    if closes { source.tell(.closed(.clientFin)) }
    inspector.finish()
    return kept
}

/// Stands in for SHA-256: the core links no C library. Eight octets of FNV-1a.
struct FakeDigest: IncrementalDigest {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func update(_ bytes: RawSpan) {
        for i in 0..<bytes.byteCount { state = (state ^ UInt64(bytes.byte(at: i))) &* 0x100_0000_01B3 }
    }
    mutating func finish() -> [UInt8] {
        defer { self = FakeDigest() }
        return (0..<8).map { UInt8(truncatingIfNeeded: state >> (8 * $0)) }
    }
    static func of(_ octets: [UInt8]) -> [UInt8] {
        var digest = FakeDigest()
        digest.update(octets.span.bytes)
        return digest.finish()
    }
}

extension Facilities {
    static let fake = Facilities(
        readXML: { _, _, _ in MarkupDocument(.xml) }, inflate: { _, _, _ in .unknownCoding }, sha256: { FakeDigest() },
        md5: { FakeDigest.of($0) })
}
