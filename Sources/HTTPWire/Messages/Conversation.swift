import Wire

/// What the two directions of a connection must know of each other: which requests wait for their response, and
/// whether the connection still speaks HTTP.
struct Conversation: Sendable {
    /// Those of the limits that a reader of HTTP heeds.
    struct Bounds: Sendable {
        /// As given, but not too small for any start line.
        let head: Int
        let headerFields: Int
        let pipelined: Int

        init(_ limits: Limits) {
            head = max(limits.head, 40)
            headerFields = limits.headerFields
            pipelined = limits.pipelined
        }
    }

    /// What a server has said to a request whose body may still be on its way.
    enum Reply {
        case none
        /// 100: the body is wanted.
        case goAhead
        /// A final status of 300 or more: no more of the body is wanted.
        case refusal
        case answer
    }

    let bounds: Bounds
    private var waiting: [Asked]
    /// Index in `waiting` of the oldest that waits.
    private var oldest = 0
    /// A 101, or a 2xx to CONNECT, has come: neither direction is HTTP from its next message on.
    var switched = false {
        didSet { shouldSettle = true }
    }
    /// The head of such a response is being read.
    var isSwitching = false
    /// A head was read, in whichever direction.
    var httpSeen = false
    /// Some requests may have gone unseen, so a response without one is no surprise.
    var requestsLost: Bool {
        didSet { shouldSettle = true }
    }
    /// Something was learnt that the other direction may have waited for; it goes on first.
    var shouldSettle = false
    var requestsEnded = false
    var responsesEnded = false
    var notHTTPNoted = false
    /// Protocol that a 101 named.
    var upgrade: String?
    /// Where the request in progress ends, as far as it is known; told by the reader of requests.
    var requestBoundary: StreamOffset = 0
    /// What the server has said so far to the request that came last.
    private(set) var reply = Reply.none
    private var pipeliningNoted = false
    private var lastMaySwitch = false

    init(limits: Limits, beginningSeen: Bool, waiting: [Asked] = []) {
        self.waiting = waiting
        bounds = Bounds(limits)
        requestsLost = !beginningSeen
    }

    var waitingCount: Int { waiting.count - oldest }
    var front: RequestKind? { oldest < waiting.count ? waiting[oldest].kind : nil }

    /// What follows the last request depends on its response: it is a request only if that does not switch.
    var requestsMayHaveSwitched: Bool { (lastMaySwitch || isSwitching) && !switched && !responsesEnded }

    /// As above, and the request asked for another protocol, in which nothing looks like a request.
    var requestsMayHaveUpgraded: Bool { requestsMayHaveSwitched && !isSwitching && waiting.last?.kind == .upgrade }

    /// A response that begins now is one whose request has not been seen yet, but is going to be.
    var requestIsAhead: Bool { waitingCount == 0 && !requestsLost && !requestsEnded && !switched }

    mutating func ask(_ asked: Asked, at offset: StreamOffset, _ sink: inout some HTTPSink) {
        if waitingCount >= bounds.pipelined {
            _ = answer()
            sink.unanswered(1)
            if !pipeliningNoted {
                pipeliningNoted = true
                let text = "More than \(bounds.pipelined) requests wait for a response"
                sink.oddity(Finding(HTTPRules.pipeliningLimit, .connection, text, offset: offset), .toServer)
            }
        }
        waiting.append(asked)
        reply = .none
        shouldSettle = true
        lastMaySwitch = asked.kind == .connect || asked.kind == .upgrade
    }

    /// The oldest request gets its final response; nil when none waits.
    mutating func answer() -> Asked? {
        guard oldest < waiting.count else { return nil }
        let asked = waiting[oldest]
        shouldSettle = true
        oldest += 1
        if oldest == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            oldest = 0
            lastMaySwitch = false
        } else if oldest >= 64, oldest * 2 >= waiting.count {
            waiting.removeFirst(oldest)
            oldest = 0
        }
        return asked
    }

    /// A response of this status begins. The request that it answers waits no more, unless it is interim.
    mutating func hear(status: Int) {
        if status == 100 {
            if waitingCount == 1 { reply = .goAhead }
        } else if status >= 200, waitingCount == 0 {
            // 408 says that the body did not come: what was missing was no answer to it.
            reply = status >= 300 && status != 408 ? .refusal : .answer
        }
    }

    /// What follows the last request is taken for a request whatever its response will be.
    mutating func assumeNoSwitch() { lastMaySwitch = false }

    /// Responses were lost: the next one is taken for that to the last request, as it is wherever nothing is pipelined.
    mutating func skipToLast(_ sink: inout some HTTPSink) {
        let skipped = waitingCount - 1
        guard skipped > 0 else { return }
        oldest += skipped
        sink.unanswered(skipped)
    }
}
