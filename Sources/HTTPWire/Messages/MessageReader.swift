import Wire

/// Reads one direction of a connection, message after message.
///
/// Responsibilities: find where heads begin and end, frame bodies, take chunks apart, and when the stream is out of
/// step find the next message. It never fails: what is odd becomes a finding, what is no message is handed on as opaque.
///
/// States: `start` between messages, skipping empty lines; `head` from a message's first octet to its empty line, and
/// `headRest` where the head is past its limit; a body by `length`, `untilClose`, or chunked (`chunkSize`,
/// `chunkData`, `chunkEnd`, `trailers`); `searching` for a start line after octets that are none; `naming` where the
/// connection does not begin as HTTP; `opaque` where it is not HTTP, or no longer.
///
/// Exceptions: `holding` keeps octets back, within a bound, while only the other direction can say what they are: what
/// follows a CONNECT or an Upgrade waits for the response, and a response waits for its request, so that it makes no
/// difference in what order a capture tells of the two directions.
///
/// Whatever pieces the octets come in, the sink is told the same. An unfinished head or line is in `pending`; its
/// octets precede `offset`, and none is searched twice.
struct MessageReader: Sendable {
    enum State {
        case start
        case head
        case headRest
        case length(UInt64)
        case chunkSize
        case chunkData(UInt64)
        case chunkEnd(sawCarriageReturn: Bool)
        case trailers
        case untilClose
        case searching
        case naming
        case holding
        case opaque
    }

    /// The message in progress.
    struct Message {
        var framing = BodyFraming.none
        /// What Content-Length says.
        var length: UInt64?
        /// Entity octets that have come.
        var received: UInt64 = 0
        /// Octets were missing in it.
        var hasGap = false
        /// It has had a chunk size that could be read.
        var sawChunk = false
        /// Chunk oddities that were told already.
        var noted: ChunkOddity = []
        var isInterim = false
        /// Its sender waits for a response before it sends the body (Expect: 100-continue).
        var waitsForReply = false
    }

    let direction: Direction
    var state: State
    /// Of the next octet to read.
    var offset: StreamOffset = 0
    var pending: [UInt8] = []
    /// Octets of the first line in `pending`; 0 while it is not whole.
    var lineEnd = 0
    /// The first octets of `pending` were judged to begin a start line.
    var isPlausible = false
    var lines = LineEnds()
    var message = Message()
    /// How the message before ended; nil when there was none.
    var previous: BodyFraming?
    /// Empty lines passed over before the next message.
    var emptyLines: (count: Int, first: StreamOffset) = (0, 0)
    /// Why it searches, until that was told.
    var lost: Loss?
    /// The connection began with something else, behind which HTTP may begin.
    var isPreamble = false
    /// What is searched next stands at the beginning of a line.
    var isAtLineStart = false
    /// Responses were lost: which request the next one answers is a guess.
    var skipsToLast = false
    /// Nothing is held back until the next message was read.
    var holdsNothing = false
    private var ended = false
    /// The end has come while octets are held back; its value is `byPeer`.
    private var ending: Bool?

    init(_ direction: Direction, beginningSeen: Bool) {
        self.direction = direction
        state = beginningSeen ? .start : .searching
        lost = beginningSeen ? nil : .joined
    }

    /// Where the message in progress ends, as far as that is known.
    var boundary: StreamOffset {
        switch state {
        case .start, .holding: offset &- StreamOffset(pending.count)
        case .length(let rest): offset &+ rest
        default: offset
        }
    }

    // MARK: Events

    /// Reads from `start` on, to the end or to where the other direction should go on first, and yields the index past
    /// what was read.
    mutating func read(
        _ bytes: RawSpan, from start: Int, _ shared: inout Conversation, _ sink: inout some HTTPSink
    ) -> Int {
        shared.shouldSettle = false
        var at = start
        while at < bytes.byteCount, !shared.shouldSettle {
            let next = step(bytes, at, &shared, &sink)
            offset &+= StreamOffset(next - at)
            at = next
        }
        return at
    }

    /// Takes octets from `at` on, as many as the state has use for, and yields the index past them. `offset` is that
    /// of the octet at `at` until then. A step that takes none changes the state towards one that does.
    private mutating func step(
        _ bytes: RawSpan, _ at: Int, _ shared: inout Conversation, _ sink: inout some HTTPSink
    ) -> Int {
        switch state {
        case .start: return start(bytes, at, &shared)
        case .head: return head(bytes, at, &shared, &sink)
        case .headRest:
            guard let end = lines.emptyLine(in: bytes, from: at) else { return bytes.byteCount }
            beginBody(at: offset &+ StreamOffset(end - at), &shared, &sink)
            return end
        case .length(let rest):
            let end = at + Int(min(rest, UInt64(bytes.byteCount - at)))
            sink.body(bytes.extracting(at..<end), direction)
            message.received &+= UInt64(end - at)
            let left = rest - UInt64(end - at)
            state = .length(left)
            if left == 0 { endMessage(at: offset &+ StreamOffset(end - at), &shared, &sink) }
            return end
        case .chunkSize: return chunkSize(bytes, at, &shared, &sink)
        case .chunkData(let rest):
            let end = at + Int(min(rest, UInt64(bytes.byteCount - at)))
            sink.body(bytes.extracting(at..<end), direction)
            message.received &+= UInt64(end - at)
            let left = rest - UInt64(end - at)
            state = left == 0 ? .chunkEnd(sawCarriageReturn: false) : .chunkData(left)
            return end
        case .chunkEnd(let sawCarriageReturn): return chunkEnd(bytes, at, sawCarriageReturn, &shared, &sink)
        case .trailers: return trailers(bytes, at, &shared, &sink)
        case .untilClose:
            sink.body(bytes.extracting(at..<bytes.byteCount), direction)
            message.received &+= UInt64(bytes.byteCount - at)
            return bytes.byteCount
        case .searching: return search(bytes, at, &shared, &sink)
        case .naming: return name(bytes, at, &shared, &sink)
        case .holding: return hold(bytes, at, &shared, &sink)
        case .opaque:
            sink.opaque(bytes.extracting(at..<bytes.byteCount), direction, at: offset)
            return bytes.byteCount
        }
    }

    /// `count` octets are missing from `offset` on.
    mutating func gap(_ count: UInt64, _ shared: inout Conversation, _ sink: inout some HTTPSink) {
        if isHolding { letGo(&shared, &sink) }
        isPreamble = false
        let end = offset &+ count
        defer { offset = end }
        switch state {
        case .start where shared.switched, .searching where shared.switched: return
        case .length(let rest) where count <= rest:
            missingOfBody(count, &sink)
            state = .length(rest - count)
            if count == rest { endMessage(at: end, &shared, &sink) }
            return
        case .chunkData(let rest) where count <= rest:
            missingOfBody(count, &sink)
            state = count == rest ? .chunkEnd(sawCarriageReturn: false) : .chunkData(rest - count)
            return
        case .untilClose:
            missingOfBody(count, &sink)
            return
        case .opaque: return
        case .length, .chunkData, .chunkSize, .chunkEnd, .trailers, .headRest:
            sink.bodyGap(direction)
            missing(count, "at the end of a message and after it", &sink)
            dropPending()
            if case .length(let rest) = state {
                endMessage(at: offset &+ rest, &shared, &sink)
            } else if !message.isInterim {
                endMessage(at: offset, &shared, &sink)
            }
        case .head where readCutHead(&shared, &sink), .searching where readCutHead(&shared, &sink):
            missing(count, "of a head", &sink)
            if !message.isInterim { endMessage(at: offset, &shared, &sink) }
            if shared.switched { return }
        case .head:
            missing(count, "of a head", &sink)
        case .naming, .searching, .start, .holding:
            if case .naming = state { tellName(&shared, &sink) }
            tellLossOfPending(&sink)
            missing(count, "between messages", &sink)
        }
        giveAwayPending(&sink)
        if case .naming = state {
            state = .opaque
            return
        }
        state = lose(nil)
        emptyLines.count = 0
        if direction == .toServer {
            shared.requestsLost = true
        } else {
            skipsToLast = true
        }
    }

    private mutating func missingOfBody(_ count: UInt64, _ sink: inout some HTTPSink) {
        sink.bodyGap(direction)
        missing(count, "of a body", &sink)
    }

    private mutating func missing(_ count: UInt64, _ place: String, _ sink: inout some HTTPSink) {
        message.hasGap = true
        let text = "\(count) octets to the \(direction.opposite.sender), \(place), were not captured"
        sink.oddity(Finding(HTTPRules.octetsMissing, .connection, text, offset: offset), direction)
    }

    /// No more octets come. `byPeer`: the sender closed, so that what is unfinished is its fault.
    mutating func finish(byPeer: Bool, _ shared: inout Conversation, _ sink: inout some HTTPSink) {
        guard !ended else { return }
        ended = true
        if direction == .toServer { shared.requestsEnded = true } else { shared.responsesEnded = true }
        if isHolding {
            ending = byPeer
        } else {
            end(byPeer: byPeer, &shared, &sink)
        }
    }

    private mutating func end(byPeer: Bool, _ shared: inout Conversation, _ sink: inout some HTTPSink) {
        switch state {
        case .start:
            if let finding = emptyLinesFinding() { sink.oddity(finding, direction) }
        case .head where previous != nil && lineEnd == 0 && !StartLine.mayBegin(pending.span.bytes, direction):
            lost = .outOfStep
            tellLossOfPending(&sink)
            giveAwayPending(&sink)
        case .head:
            if byPeer {
                let text = "The connection ends within a head: `\(pending.span.bytes.excerpt(0..<pending.count))`"
                breaksOff(HTTPRules.messageIncomplete, text, at: offset &- StreamOffset(pending.count), shared, &sink)
            }
            giveAwayPending(&sink)
        case .headRest:
            if !message.isInterim { endMessage(at: offset, complete: false, &shared, &sink) }
        case .length(let rest):
            if byPeer, !message.hasGap, !mayBreakOff(shared) {
                let text =
                    "The connection ends within a body: \(rest) octets are missing of the \(message.length ?? 0) of "
                    + "Content-Length"
                breaksOff(HTTPRules.messageIncomplete, text, at: offset, shared, &sink)
            }
            endMessage(at: offset, complete: false, &shared, &sink)
        case .chunkSize, .chunkData, .chunkEnd, .trailers: finishChunked(byPeer: byPeer, &shared, &sink)
        case .untilClose: endMessage(at: offset, &shared, &sink)
        case .searching:
            tellLossOfPending(&sink)
            giveAwayPending(&sink)
        case .naming:
            tellName(&shared, &sink)
            giveAwayPending(&sink)
        case .holding, .opaque: break
        }
        state = .opaque
    }

    /// Its sender left a message before its end. That is no fault where the other side had left first: nobody was there for
    /// the rest.
    func breaksOff(
        _ rule: Rule, _ text: String, at place: StreamOffset, _ shared: Conversation, _ sink: inout some HTTPSink
    ) {
        let isAlone = direction == .toServer ? shared.responsesEnded : shared.requestsEnded
        let whole = isAlone ? "\(text); the \(direction.opposite.sender) had ended its side before" : text
        let level: Level? = isAlone ? .note : nil
        sink.oddity(Finding(rule, Subject(direction), whole, offset: place, level: level), direction)
    }

    /// A client sends no more of a body that the server refuses, and nothing before it was told to (RFC 2616 8.2.2, 8.2.3).
    func mayBreakOff(_ shared: Conversation) -> Bool {
        guard direction == .toServer else { return false }
        return shared.reply == .refusal
            || message.waitsForReply && message.received == 0 && shared.reply != .goAhead
    }

    // MARK: Messages

    /// The head has ended at `position`; the body, if any, begins there.
    mutating func beginBody(
        at position: StreamOffset, _ shared: inout Conversation, _ sink: inout some HTTPSink
    ) {
        if message.isInterim {
            state = .start
            return
        }
        switch message.framing {
        case .none: endMessage(at: position, &shared, &sink)
        case .length:
            let length = message.length ?? 0
            state = .length(length)
            if length == 0 { endMessage(at: position, &shared, &sink) }
        case .chunked: state = .chunkSize
        case .close: state = .untilClose
        case .tunnel: endMessage(at: position, &shared, &sink)
        }
    }

    mutating func endMessage(
        at end: StreamOffset, complete: Bool = true, trailers: [(String, String)] = [], _ shared: inout Conversation,
        _ sink: inout some HTTPSink
    ) {
        sink.end(direction, at: end, complete: complete && !message.hasGap, trailers: trailers)
        previous = message.framing
        holdsNothing = false
        state = .start
        if message.framing == .tunnel, direction == .toClient {
            shared.switched = true
            state = .opaque
            sink.switched(
                at: PerDirection { $0 == .toServer ? shared.requestBoundary : end }, upgrade: shared.upgrade)
        }
    }

    // MARK: Holding back

    /// Between messages: what comes must wait for the other direction.
    func mustHold(_ shared: Conversation) -> Bool {
        guard !holdsNothing else { return false }
        return direction == .toServer ? shared.requestsMayHaveSwitched : shared.requestIsAhead
    }

    private mutating func hold(
        _ bytes: RawSpan, _ at: Int, _ shared: inout Conversation, _ sink: inout some HTTPSink
    ) -> Int {
        guard mustHold(shared), bytes.byteCount - at <= shared.bounds.head - pending.count else {
            letGo(&shared, &sink)
            return at
        }
        // Read on in place: many such requests in one piece would each be taken out of the one before.
        if pending.isEmpty, direction == .toServer, shared.requestsMayHaveUpgraded,
            let lineFeed = bytes.firstIndex(of: Octet.lineFeed, from: at),
            StartLine.find(bytes, at..<lineFeed, .toServer) == at
        {
            shared.assumeNoSwitch()
            state = .start
            return at
        }
        let known = pending.count
        pending.append(bytes, at..<bytes.byteCount)
        if direction == .toServer, lineEnd == 0,
            let lineFeed = pending.span.bytes.firstIndex(of: Octet.lineFeed, from: known)
        {
            // A request after an Upgrade that is still unanswered: nothing else begins like one.
            lineEnd = lineFeed + 1
            if shared.requestsMayHaveUpgraded, StartLine.find(pending.span.bytes, 0..<lineFeed, .toServer) == 0 {
                shared.assumeNoSwitch()
                reread(takePending(), taken: bytes.byteCount - at, as: .start, &shared, &sink)
            }
        }
        return bytes.byteCount
    }

    var isHolding: Bool {
        if case .holding = state { true } else { false }
    }

    /// What was held is read now if the other direction has said what it is.
    mutating func reconsider(_ shared: inout Conversation, _ sink: inout some HTTPSink) -> Bool {
        guard isHolding, !mustHold(shared) else { return false }
        letGo(&shared, &sink)
        if let ending, !isHolding { end(byPeer: ending, &shared, &sink) }
        return true
    }

    private mutating func letGo(_ shared: inout Conversation, _ sink: inout some HTTPSink) {
        holdsNothing = mustHold(shared)
        reread(takePending(), taken: 0, as: .start, &shared, &sink)
    }

    /// What is pending, which then is no more.
    mutating func takePending() -> [UInt8] {
        let octets = pending
        pending = []
        return octets
    }

    /// Reads what was pending again in another state. Of it the last `taken` octets are of the step in progress.
    mutating func reread(
        _ octets: [UInt8], taken: Int, as state: State, _ shared: inout Conversation, _ sink: inout some HTTPSink
    ) {
        lineEnd = 0
        isPlausible = false
        self.state = state
        offset = offset &+ StreamOffset(taken) &- StreamOffset(octets.count)
        var at = 0
        while at < octets.count { at = read(octets.span.bytes, from: at, &shared, &sink) }
        shared.shouldSettle = true
        offset = offset &- StreamOffset(taken)
    }

    /// Hands on what is pending as opaque. Of it the last `taken` octets are of the step in progress.
    mutating func giveAwayPending(taken: Int = 0, _ sink: inout some HTTPSink) {
        guard !pending.isEmpty else { return }
        let begun = offset &+ StreamOffset(taken) &- StreamOffset(pending.count)
        sink.opaque(pending.span.bytes, direction, at: begun)
        dropPending()
    }

    /// Nothing is pending any more, nor anything known of it.
    mutating func dropPending() {
        pending = []
        lineEnd = 0
        isPlausible = false
    }
}
