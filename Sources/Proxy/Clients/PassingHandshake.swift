import TLSEngine
import TLSWire
import Wire

/// Reads the handshake of a TLS connection that is passed on unopened, as far as it is in the clear. Pure.
///
/// It is over with the first ChangeCipherSpec, alert or application data, with octets that are no TLS, and past a bound.
/// A class because it is large and few connections have one.
final class PassingHandshake {
    private static let longest = 64 * 1024
    private var records = PerDirection { _ in RecordReader() }
    private var messages = PerDirection { _ in HandshakeReader() }
    private var observer = HandshakeObserver()
    /// How many were taken.
    private(set) var octets = 0
    private(set) var isOver = false
    /// Why the connection is left alone; nil while only a name is looked for.
    let reason: Finding?

    init(reason: Finding? = nil) { self.reason = reason }

    var clientHello: ClientHello? { observer.clientHello }
    /// Nil where there was no ClientHello.
    var facts: TLSFacts? { observer.clientHello == nil ? nil : observer.facts }

    func take(_ bytes: RawSpan, _ direction: Direction) {
        octets += bytes.byteCount
        var position = 0
        while !isOver {
            switch records[direction].next(bytes, &position) {
            case .record(let header, let range, let isPending, let offset):
                guard header.type == .handshake else {
                    isOver = true
                    return
                }
                if isPending {
                    let pending = records[direction].pending
                    messages[direction].append(pending.span.bytes.extracting(range), at: offset)
                } else {
                    messages[direction].append(bytes.extracting(range), at: offset)
                }
                readMessages(direction)
            case .ssl2(let range, let isPending, let offset):
                // A hello in the record format of SSL 2.0; what follows it is in that of its version.
                if isPending {
                    let pending = records[direction].pending
                    _ = observer.ssl2ClientHello(pending.span.bytes.extracting(range), at: offset)
                } else {
                    _ = observer.ssl2ClientHello(bytes.extracting(range), at: offset)
                }
            case .damaged, .malformed: isOver = true
            case .needMore:
                if octets > PassingHandshake.longest || records[direction].isLost { isOver = true }
                return
            }
        }
    }

    private func readMessages(_ direction: Direction) {
        while true {
            switch messages[direction].next() {
            case .message(let type, let body, let offset):
                let octets = messages[direction].octets
                // What is odd about it is between the two peers, who were to be left alone.
                _ = observer.message(type, octets.span.bytes.extracting(body), from: direction, at: offset)
            case .oversized: isOver = true
            case .needMore: return
            }
        }
    }
}
