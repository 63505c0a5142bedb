package import Wire

/// Content types of the record layer (RFC 8446 5.1).
package enum ContentType: UInt8, Sendable {
    case changeCipherSpec = 20
    case alert = 21
    case handshake = 22
    case applicationData = 23
    case heartbeat = 24
}

/// The five octets before each record.
package struct RecordHeader: Sendable, Equatable {
    package var type: ContentType
    package var version: TLSVersion
    /// Octets of the fragment.
    package var length: Int

    package static let size = 5
    /// 2^14 octets of content and the 2048 that compression and protection may add (RFC 5246 6.2.3).
    package static let longestFragment = 16384 + 2048

    /// Reads five octets; nil when no version of SSL 3.0 to TLS 1.3 has such a record.
    package init?(_ bytes: RawSpan, at offset: Int) {
        guard bytes.byteCount - offset >= RecordHeader.size, let type = ContentType(rawValue: bytes.byte(at: offset)),
            bytes.byte(at: offset + 1) == 3
        else { return nil }
        let length = Int(bytes.u16(at: offset + 3))
        guard length <= RecordHeader.longestFragment else { return nil }
        self.type = type
        version = TLSVersion(rawValue: bytes.u16(at: offset + 1))
        self.length = length
    }
}

/// Cuts one direction of a TLS connection into records. Takes octets as they come; a record that lies whole in what it
/// is given is not copied. What is not a record is said once, with its offset, and ends the reading: without a known
/// border nothing after it means anything. An SSL 2.0 record is taken only at the very beginning.
///
/// States: at a border (`pending` empty or shorter than a header), inside a record (`pending` longer), skipping the rest
/// of a record that lost octets, lost.
package struct RecordReader: Sendable {
    /// What comes next in the octets given.
    package enum Step: Equatable {
        /// The fragment lies at `range` of the octets given, or of `pending` when `isPending`.
        case record(RecordHeader, range: Range<Int>, isPending: Bool, at: StreamOffset)
        /// A message in SSL 2.0 format, from its message type on.
        case ssl2(range: Range<Int>, isPending: Bool, at: StreamOffset)
        /// A record of which octets are missing has passed.
        case damaged(RecordHeader, at: StreamOffset)
        /// No record can begin here.
        case malformed(at: StreamOffset, octets: [UInt8])
        /// All octets are used up.
        case needMore
    }

    /// Holds the record in progress and, after a step that says so, the one just completed. Its memory is given back
    /// then: a capture may have tens of thousands of connections that are quiet.
    package private(set) var pending: [UInt8] = []
    /// Octets taken so far, gaps counted.
    package private(set) var offset: StreamOffset = 0
    /// Reading has ended: the border of records is lost.
    package private(set) var isLost = false
    private var isPendingUsed = false
    private var atStart = true
    /// Octets of a damaged record still to come, and its header.
    private var skipping = 0
    private var damagedHeader: RecordHeader?
    private var damagedAt: StreamOffset = 0
    /// The last octets of a damaged record, up to a number, as far as nothing is missing behind them.
    package private(set) var damagedTail: [UInt8] = []
    /// Octets of it that are kept: a cipher block and a MAC.
    package static let longestTail = 64

    package init() {}

    /// Octets of a record that is not complete.
    package var incomplete: Int { isPendingUsed ? 0 : pending.count }

    /// The next step in `bytes` from `position` on, which moves forward. Call until `.needMore`.
    package mutating func next(_ bytes: RawSpan, _ position: inout Int) -> Step {
        if isPendingUsed {
            pending = []
            isPendingUsed = false
        }
        guard !isLost else {
            take(bytes.byteCount - position, &position)
            return .needMore
        }
        if let header = damagedHeader {
            let count = min(skipping, bytes.byteCount - position)
            damagedTail.append(bytes, max(position, position + count - RecordReader.longestTail)..<position + count)
            damagedTail.removeFirst(max(0, damagedTail.count - RecordReader.longestTail))
            take(count, &position)
            skipping -= count
            guard skipping == 0 else { return .needMore }
            damagedHeader = nil
            return .damaged(header, at: damagedAt)
        }
        return pending.isEmpty ? direct(bytes, &position) : buffered(bytes, &position)
    }

    /// Octets were lost. Inside a record whose end they do not reach, its rest is passed over and reading goes on behind
    /// it; else the border is lost, until `resume`.
    package mutating func gap(_ count: UInt64) {
        if isPendingUsed { pending = [] }
        isPendingUsed = false
        let start = offset - UInt64(pending.count)
        offset = offset &+ count
        if count > 0 { damagedTail.removeAll(keepingCapacity: true) }
        if damagedHeader != nil {
            guard count <= UInt64(skipping) else { return lose() }
            skipping -= Int(count)
        } else if pending.count >= RecordHeader.size, let header = RecordHeader(pending.span.bytes, at: 0) {
            let missing = RecordHeader.size + header.length - pending.count
            guard count <= UInt64(missing) else { return lose() }
            damagedHeader = header
            damagedAt = start
            skipping = missing - Int(count)
            pending = []
        } else if count > 0 {
            lose()
        }
    }

    /// A border has been found again: the next octets given begin a record.
    /// - Parameter offset: where they lie in the stream.
    package mutating func resume(at offset: StreamOffset) {
        self.offset = offset
        isLost = false
        atStart = false
    }

    /// Where the record in progress begins, or the next one will.
    package var border: StreamOffset {
        damagedHeader != nil ? damagedAt : offset - UInt64(isPendingUsed ? 0 : pending.count)
    }

    private mutating func lose() {
        isLost = true
        damagedHeader = nil
        skipping = 0
        pending = []
    }

    private mutating func take(_ count: Int, _ position: inout Int) {
        position += count
        offset = offset &+ UInt64(count)
    }

    /// At a border with nothing kept: reads where the octets lie.
    private mutating func direct(_ bytes: RawSpan, _ position: inout Int) -> Step {
        let left = bytes.byteCount - position
        guard left > 0 else { return .needMore }
        let head = bytes.extracting(position..<bytes.byteCount)
        switch frame(head) {
        case .short: break
        case .bad: return malformed(head, &position)
        case .tls(let header):
            guard left >= RecordHeader.size + header.length else { break }
            let at = offset
            let start = position + RecordHeader.size
            take(RecordHeader.size + header.length, &position)
            atStart = false
            return .record(header, range: start..<start + header.length, isPending: false, at: at)
        case .ssl2(let length):
            guard left >= 2 + length else { break }
            let at = offset
            let start = position + 2
            take(2 + length, &position)
            atStart = false
            return .ssl2(range: start..<start + length, isPending: false, at: at)
        }
        pending.append(head)
        take(left, &position)
        return .needMore
    }

    /// Completes what is kept.
    private mutating func buffered(_ bytes: RawSpan, _ position: inout Int) -> Step {
        while true {
            let wanted: Int
            let frame = frame(pending.span.bytes)
            switch frame {
            case .short: wanted = RecordHeader.size
            case .bad: return malformedPending()
            case .tls(let header): wanted = RecordHeader.size + header.length
            case .ssl2(let length): wanted = 2 + length
            }
            guard pending.count < wanted else { return complete(frame) }
            let count = min(wanted - pending.count, bytes.byteCount - position)
            guard count > 0 else { return .needMore }
            pending.append(bytes, position..<position + count)
            take(count, &position)
        }
    }

    private mutating func complete(_ frame: Frame) -> Step {
        isPendingUsed = true
        atStart = false
        let at = offset - UInt64(pending.count)
        switch frame {
        case .tls(let header):
            return .record(header, range: RecordHeader.size..<pending.count, isPending: true, at: at)
        case .ssl2: return .ssl2(range: 2..<pending.count, isPending: true, at: at)
        case .short, .bad: return .needMore
        }
    }

    private enum Frame {
        case short
        case bad
        case tls(RecordHeader)
        case ssl2(length: Int)
    }

    /// What begins at the front of `head`, as soon as five octets tell (fewer where they cannot be a record).
    private func frame(_ head: RawSpan) -> Frame {
        guard head.byteCount > 0 else { return .short }
        let first = head.byte(at: 0)
        if ContentType(rawValue: first) != nil {
            if head.byteCount >= 2, head.byte(at: 1) != 3 { return .bad }
            guard head.byteCount >= RecordHeader.size else { return .short }
            return RecordHeader(head, at: 0).map { .tls($0) } ?? .bad
        }
        guard atStart, first >= 0x80 else { return .bad }
        guard head.byteCount >= RecordHeader.size else { return .short }
        // A ClientHello (1) or ServerHello (4) of SSL 2.0 behind a two-octet header without padding.
        let length = Int(head.u16(at: 0) & 0x7FFF)
        let type = head.byte(at: 2)
        let isHello = type == 1 && (head.byte(at: 3) == 3 || head.u16(at: 3) == 0x0002)
        guard length >= 9, isHello || type == 4 && head.byte(at: 3) <= 1 else { return .bad }
        return .ssl2(length: length)
    }

    private mutating func malformed(_ head: RawSpan, _ position: inout Int) -> Step {
        let at = offset
        let shown = head.array(0..<min(16, head.byteCount))
        isLost = true
        take(head.byteCount, &position)
        return .malformed(at: at, octets: shown)
    }

    private mutating func malformedPending() -> Step {
        let at = offset - UInt64(pending.count)
        let shown = Array(pending.prefix(16))
        lose()
        return .malformed(at: at, octets: shown)
    }
}
