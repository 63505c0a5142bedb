import Binding
import ContentCoding
import Inspection
import SessionLog
import Sessions
import Wire
import XMLReading

/// A conversation through the whole inspection to lines of the log. The first octet says whether its beginning was seen,
/// how it ends, and whether its clock jumps between its ends.
enum InspectTarget {
    static func run(_ input: [UInt8]) {
        guard let options = input.first else { return }
        var limits = Limits()
        limits.inflated = 256 * 1024
        limits.markupText = 256 * 1024
        limits.markupEvents = 20_000
        let inspector = Inspector(
            facilities: .libraries { XMLDocumentReader.read($0, charset: $1, limits: $2) }, limits: limits,
            sink: RecordChecker(reads: FuzzTarget.holdsEveryPromise(input)))
        var time = Timestamp(nanoseconds: 0)
        func tell(_ event: FlowEvent, _ bytes: RawSpan = RawSpan()) {
            if options & 8 == 0 {
                time = Timestamp(nanoseconds: time.nanoseconds + 1_000_000)
            } else {
                time = Timestamp(nanoseconds: time.nanoseconds == .max ? .min : .max)
            }
            inspector.receive(1, event, at: time, bytes)
        }
        tell(
            .opened(
                FlowOrigin(
                    client: "192.0.2.1:40000", server: "192.0.2.2:80", loopback: false,
                    beginningSeen: options & 1 == 0)))
        var offsets = PerDirection<StreamOffset> { _ in 0 }
        for step in Conversation(input.dropFirst()).steps {
            switch step {
            case .octets(let direction, let octets, let cuts):
                for piece in Conversation.bounds(octets.count, cuts, .cut) {
                    tell(
                        .bytes(direction, offset: offsets[direction]), octets.span.bytes.extracting(piece))
                    offsets[direction] += StreamOffset(piece.count)
                }
            case .lost(let direction, let count):
                tell(.gap(direction, offset: offsets[direction], count: count))
                offsets[direction] += count
            }
        }
        if options & 2 == 0 { tell(.halfClosed(.toServer)) }
        if options & 4 == 0 { tell(.halfClosed(.toClient)) }
        tell(.closed(options & 2 == 0 ? .clientFin : .open))
        inspector.finish()
    }
}

/// Every line reads again, and an exchange's own line is the one of its record.
private final class RecordChecker: InspectionSink {
    private let reads: Bool

    init(reads: Bool) { self.reads = reads }

    func exchange(_ exchange: Exchange) {
        promise(exchange.ended >= exchange.time, "an exchange ends before it begins")
        var json = JSONWriter()
        json.line(exchange)
        guard reads else { return }
        let record = Record.exchange(ExchangeRecord(exchange))
        check(record)
        promise(json.bytes == JSONLine.written(record), "the exchange's line is not its record's")
    }

    func connection(_ connection: ConnectionSummary) {
        let record = ConnectionRecord(connection)
        promise(record.durationMs ?? 0 >= 0, "a connection ends before it begins")
        check(.connection(record))
    }

    func session(_ session: SessionSummary) {
        let record = SessionRecord(session)
        promise(record.durationMs >= 0, "a session ends before it begins")
        check(.session(record))
    }

    func summary(_ summary: InspectionSummary) { check(.summary(SummaryRecord(summary, dropped: 0))) }

    private func check(_ record: Record) {
        let written = JSONLine.written(record)
        guard reads else { return }
        promise(JSONLine.written(JSONLine.read(written)) == written, "a record reads otherwise than it was written")
    }
}
