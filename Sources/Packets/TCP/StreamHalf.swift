import Wire

/// One direction of a connection in sequence space: where its stream stands and what waits beyond.
struct StreamHalf {
    enum Base {
        /// Nothing known yet.
        case none
        /// From the first segment, or from what the other side acknowledged.
        case guessed
        /// From SYN.
        case handshake
    }

    private(set) var base = Base.none
    /// The sequence number of SYN, where it was seen.
    private(set) var initial: UInt32 = 0
    /// The sequence number of the octet at `offset`.
    private(set) var next: UInt32 = 0
    /// Octets passed on so far, gaps counted in.
    private(set) var offset: StreamOffset = 0
    /// Highest offset that the other side acknowledged, when beyond `offset`.
    private(set) var acknowledged: StreamOffset = 0
    /// Where the stream ends by its FIN.
    private(set) var finOffset: StreamOffset?
    var finished = false
    /// Where RST of this direction stands in the stream, if that began before.
    var resetPosition: Int64?
    /// The VLANs and tunnels that this direction's first packet came through.
    var scope: UInt32?
    var queue = SegmentQueue()
    /// Findings that are told once.
    var told: Told = []

    struct Told: OptionSet {
        let rawValue: UInt8
        static let conflict = Told(rawValue: 1)
        static let afterFin = Told(rawValue: 2)
        static let outOfWindow = Told(rawValue: 4)
        static let cut = Told(rawValue: 8)
        static let limit = Told(rawValue: 16)
    }

    /// Farther ahead than any TCP window reaches (RFC 7323 2.3): such a segment does not belong to the stream.
    static let window: Int64 = 1 << 30

    /// Where a sequence number lies in the stream, taken as the nearest to what is expected next; negative before its beginning.
    func position(of sequence: UInt32) -> Int64 {
        Int64(truncatingIfNeeded: offset) &+ Int64(Int32(bitPattern: sequence &- next))
    }

    /// Whether a sequence number is near what is expected next.
    func expects(_ sequence: UInt32, within reach: Int32) -> Bool {
        let distance = Int32(bitPattern: sequence &- next)
        return distance > -reach && distance < reach
    }

    mutating func begin(handshake sequence: UInt32) {
        base = .handshake
        initial = sequence
        next = sequence &+ 1
    }

    mutating func begin(guess sequence: UInt32) {
        base = .guessed
        next = sequence
    }

    /// No octet came yet.
    var isAtStart: Bool { offset == 0 && queue.isEmpty }

    /// The first segment of a direction whose SYN was not seen corrects the guess when it is earlier, or farther away than
    /// `reach`. A single octet is no evidence: it is a keep-alive.
    mutating func correctGuess(_ sequence: UInt32, count: Int, reach: Int32) {
        guard base == .guessed, isAtStart, count > 1 else { return }
        if Int32(bitPattern: sequence &- next) < 0 || !expects(sequence, within: reach) { next = sequence }
    }

    mutating func advance(_ count: UInt64) {
        offset &+= count
        next &+= UInt32(truncatingIfNeeded: count)
    }

    /// Notes an acknowledgement by the other side. True when it covers octets that are missing before queued ones.
    mutating func acknowledge(_ sequence: UInt32) -> Bool {
        let position = position(of: sequence)
        guard position > Int64(truncatingIfNeeded: offset),
            position &- Int64(truncatingIfNeeded: offset) < StreamHalf.window
        else { return false }
        acknowledged = max(acknowledged, StreamOffset(position))
        guard let start = queue.start else { return false }
        return acknowledged > start
    }

    mutating func finish(at position: Int64) {
        guard finOffset == nil, position >= Int64(truncatingIfNeeded: offset),
            position &- Int64(truncatingIfNeeded: offset) < StreamHalf.window
        else { return }
        finOffset = StreamOffset(position)
    }

    /// The other side has acknowledged the FIN: nothing more will come.
    var isOver: Bool {
        guard let finOffset else { return false }
        return finished || acknowledged > finOffset
    }

    /// Where the octets end that are known to have been sent: by FIN, or by the other side's acknowledgements, of which
    /// one number may be a FIN that was not captured.
    var knownEnd: StreamOffset {
        if let finOffset { return finOffset }
        return acknowledged > offset + 1 ? acknowledged : offset
    }
}
