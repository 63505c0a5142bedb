package import Wire

/// Puts handshake messages together from the fragments that records carry: a message may span records and a record hold
/// several. A message past the bound is passed over without being kept.
package struct HandshakeReader: Sendable {
    package enum Step: Equatable {
        /// A message whose body lies at `body` of `octets`; its four octets of type and length stand before it.
        case message(HandshakeType, body: Range<Int>, at: StreamOffset)
        /// A message longer than the bound begins; its octets are not kept.
        case oversized(HandshakeType, length: Int, at: StreamOffset)
        case needMore
    }

    /// Fragments not yet used up; ranges of steps lie in it until the next call.
    package private(set) var octets: [UInt8] = []
    private var used = 0
    private var skipping = 0
    /// Where in `octets` what a record carried begins, and that record's offset in the stream; in order.
    private var records: [(start: Int, offset: StreamOffset)] = []

    /// Octets of the largest message that is kept.
    package static let longestMessage = 256 * 1024

    package init() {}

    /// Octets of a message that is not complete.
    package var incomplete: Int { octets.count - used }

    /// Takes a record's fragment.
    /// - Parameter at: where the record began in its direction's stream; messages that begin in it are said to be there.
    package mutating func append(_ fragment: RawSpan, at: StreamOffset) {
        if used > 0 {
            octets.removeSubrange(0..<used)
            for i in records.indices { records[i].start -= used }
            used = 0
        }
        // The one with the first octet that is left; the next message begins in what comes now, or later.
        if records.count > 1 {
            let first = records.last { $0.start <= 0 }
            records.removeAll(keepingCapacity: true)
            if let first, !octets.isEmpty { records.append(first) }
        }
        guard skipping < fragment.byteCount else {
            skipping -= fragment.byteCount
            return
        }
        records.append((octets.count, at))
        octets.append(fragment, skipping..<fragment.byteCount)
        skipping = 0
    }

    /// The next message; call until `.needMore`.
    package mutating func next() -> Step {
        let left = octets.count - used
        if left == 0 { forget() }
        guard left >= 4 else { return .needMore }
        let type = HandshakeType(rawValue: octets[used])
        let length = Int(octets[used + 1]) << 16 | Int(octets[used + 2]) << 8 | Int(octets[used + 3])
        let at = records.last { $0.start <= used }?.offset ?? 0
        guard length <= HandshakeReader.longestMessage else {
            skipping = max(0, 4 + length - left)
            used += min(4 + length, left)
            return .oversized(type, length: length, at: at)
        }
        guard left >= 4 + length else { return .needMore }
        let body = used + 4..<used + 4 + length
        used = body.upperBound
        return .message(type, body: body, at: at)
    }

    /// Whether a record's fragment begins as a message up to TLS 1.2 does that this side sends. Behind a loss it may hold
    /// the middle of one, or be protected.
    package static func beginsMessage(_ fragment: RawSpan, from direction: Direction) -> Bool {
        guard fragment.byteCount >= 4 else { return false }
        let length = Int(fragment.u16(at: 1)) << 8 | Int(fragment.byte(at: 3))
        guard length <= longestMessage else { return false }
        switch HandshakeType(rawValue: fragment.byte(at: 0)) {
        case .helloRequest: return direction == .toClient && fragment.byteCount == 4 && length == 0
        case .clientHello, .clientKeyExchange, .certificateVerify: return direction == .toServer
        case .serverHello, .newSessionTicket, .serverKeyExchange, .certificateRequest, .serverHelloDone:
            return direction == .toClient
        case .certificate: return true
        case let type: return type.isKnown && type != .finished
        }
    }

    /// Forgets a message in progress: octets were lost, or the keys changed.
    package mutating func reset() {
        forget()
        skipping = 0
    }

    /// Keeps nothing of the message in progress and passes over its rest.
    package mutating func drop() {
        let left = octets.count - used
        guard left >= 4 else { return }
        let length = Int(octets[used + 1]) << 16 | Int(octets[used + 2]) << 8 | Int(octets[used + 3])
        skipping = max(0, 4 + length - left)
        forget()
    }

    /// Gives the memory back: a handshake is seldom followed by another one.
    private mutating func forget() {
        octets = []
        records = []
        used = 0
    }
}
