import Binding
import HTTPWire
import SyncML
import Wire

extension CloseReason {
    var isReset: Bool { self == .clientReset || self == .serverReset }

    /// For an outcome: `closed by the server`.
    var words: String {
        switch self {
        case .clientFin: "connection closed by the client"
        case .serverFin: "connection closed by the server"
        case .clientReset: "connection reset by the client"
        case .serverReset: "connection reset by the server"
        case .timeout: "connection timed out"
        case .open: "connection still open"
        case .error: "connection failed"
        }
    }
}

/// The connections that one session goes over (binding 5.1).
///
/// Responsibilities: notes on which connection each message came and how that connection ended; holds a request that
/// goes unanswered against what the client does next; judges the whole when the session is over.
///
/// Exceptions: nothing is said of connections with gaps, since what looks missing may have been sent; nor of what a client
/// failed to do when the source ended too soon for the client to do it.
struct ConnectionCourse {
    /// A request that got no whole response.
    private struct Unanswered {
        let exchange: String
        let msgID: String
        /// How long it was waited for, in nanoseconds.
        let waited: Int64
        /// What there is of the response.
        let part: Part

        enum Part {
            case none
            /// A part of it.
            case begun
            /// The server framed it wrongly, or the one before: no client can tell where it ends, or begins.
            case unreadable
            /// All of its message, though Content-Length or a last chunk say that there should be more.
            case message
        }

        /// `got no response`
        var missing: String { part == .none ? "no response" : "no whole response" }
    }

    /// A command of the client's package, as a resend is held against it.
    private struct Sent {
        let msgID: String
        let cmdID: CommandID?
        let title: String
        /// Name, code and address: what stays the same when it is sent again under another CmdID.
        let signature: String
        let wantsStatus: Bool
    }

    private(set) var last = 0
    private(set) var end: CloseReason?
    private var endTime = Timestamp(nanoseconds: 0)
    private var hasGaps = false
    private var changes = 0
    private var firstChange: String?
    private var unanswered: Unanswered?
    /// Commands of the client's current package.
    private var package: [Sent] = []
    /// About how many octets they take.
    private(set) var weight = 0
    private var packageIsOver = false
    /// The server is to close the connection: the last request or response says so, or cannot keep it (RFC 2616 8.1.2.1).
    private var serverCloses = false
    /// The last response was an answer of HTTP without a DM message, for example `HTTP 404`.
    private(set) var lastHTTPStatus: Int?

    /// A client that answers by closing within this time was not waiting for a timeout of its own.
    private static let patience: Int64 = 30 * 1_000_000_000
    /// No client's timeout is shorter.
    private static let shortest: Int64 = 5 * 1_000_000_000
    /// A connection that stays idle for longer was not closed when its work was done.
    private static let idle: Int64 = 30 * 1_000_000_000
    /// A client has had the time to come back.
    private static let comeback: Int64 = 60 * 1_000_000_000
    private static let commandsKept = 200

    /// MsgID of the client's message that got no response; nil when all did.
    var unansweredMsgID: String? { unanswered?.msgID }

    /// What was sent last may not have arrived: its connection broke, or its response is not whole.
    var isInterrupted: Bool { unanswered != nil || end?.isReset == true }

    /// HTTP wants the last request once more: with credentials, at another address, without Expect.
    var asksToRepeat: Bool {
        lastHTTPStatus.map { (300..<400).contains($0) || [401, 407, 417].contains($0) } ?? false
    }

    /// A client has a reason to send its last message again: no whole response to it came, or HTTP wants it once more.
    var isToRepeat: Bool { unanswered != nil || asksToRepeat }

    // MARK: Exchanges

    /// The exchange of a session's next message, before its messages are judged.
    mutating func begin(_ exchange: Exchange) {
        guard exchange.connection != last else { return }
        if last != 0 {
            changes += 1
            if firstChange == nil {
                firstChange =
                    "exchange \(exchange.id) went on over connection \(exchange.connection)"
                    + (end.map { ", after connection \(last) ended (\($0.rawValue))" } ?? "")
            }
        }
        last = exchange.connection
        end = nil
        hasGaps = false
    }

    /// An exchange of the session that ended late: where it went over a connection of its own, the client has changed.
    mutating func noteLate(_ exchange: Exchange) {
        guard changes == 0, last != 0, exchange.connection != last else { return }
        changes = 1
        firstChange = "exchange \(exchange.id) was given up for connection \(last)"
    }

    /// The client's message; `isRepeated` when it was sent before, octet for octet.
    mutating func receive(
        _ m: SessionMessage, isRepeated: Bool, answers: Correlation, _ found: inout [Finding]
    ) {
        if unanswered != nil, !isRepeated { judgeResend(m, answers, &found) }
        if packageIsOver, !isRepeated {
            package = []
            weight = 0
        }
        packageIsOver = m.message.final
        guard !isRepeated else { return }
        for command in m.message.commands
        where command.isOfPackage && package.count < ConnectionCourse.commandsKept {
            let sent = Sent(
                msgID: Correlation.key(m.msgID), cmdID: command.commandID, title: command.title.clipped(to: 120),
                signature: command.signature, wantsStatus: !command.noResp && !m.message.header.noResp)
            package.append(sent)
            weight += 256 + sent.title.heapOctets + sent.signature.heapOctets
        }
    }

    /// The exchange is over: whether its request was answered.
    mutating func finish(_ exchange: Exchange) {
        guard exchange.request?.body.dm != nil else { return }
        if let response = exchange.response, response.body.complete {
            unanswered = nil
            serverCloses = response.head.asksToClose || exchange.request?.head.asksToClose == true
            lastHTTPStatus = response.body.dm == nil ? response.head.status : nil
        } else {
            unanswered = Unanswered(
                exchange: exchange.id, msgID: exchange.request?.body.dm?.header.msgID ?? "",
                waited: exchange.ended.since(exchange.requestEnded), part: ConnectionCourse.part(of: exchange))
            lastHTTPStatus = nil
        }
    }

    private static func part(of exchange: Exchange) -> Unanswered.Part {
        guard let body = exchange.response?.body else { return exchange.isBehindOpenBody ? .unreadable : .none }
        if body.dm != nil, body.document?.complete == true { return .message }
        let isMisframed = exchange.findings.contains {
            $0.rule == HTTPRules.chunkedMalformed && $0.about == .response && $0.level == .must
        }
        return isMisframed ? .unreadable : .begun
    }

    mutating func ended(_ reason: CloseReason, at time: Timestamp, hasGaps: Bool) {
        end = reason
        endTime = time
        self.hasGaps = hasGaps
    }

    /// After a request without response, a package is sent again from the first command that was not acknowledged.
    private func judgeResend(_ m: SessionMessage, _ answers: Correlation, _ found: inout [Finding]) {
        let commands = m.message.commands.filter(\.isOfPackage)
        let acknowledged = package.filter { sent in
            sent.wantsStatus
                && answers.message(sent.msgID)?.commands.contains { $0.cmdID == sent.cmdID && $0.status != nil } == true
        }
        // Where no responses were asked for, the whole package is sent again.
        let first =
            package.allSatisfy { !$0.wantsStatus }
            ? package.first
            : package.first { sent in !acknowledged.contains { $0.msgID == sent.msgID && $0.cmdID == sent.cmdID } }
        guard let first, let begun = commands.first else { return }
        if begun.signature == first.signature { return }
        let what =
            acknowledged.contains { $0.signature == begun.signature }
            ? "begins again with \(begun.title), which was acknowledged"
            : commands.contains { $0.signature == first.signature } ? nil : "does not send \(first.title) again"
        guard let what else { return }
        found.append(
            Finding(
                ConnectionRules.resentFromWrongCommand, .request,
                "After exchange \(unanswered?.exchange ?? "") got \(unanswered?.missing ?? "no response"), message \(m.msgID) \(what); the first "
                    + "command without Status is \(first.title) of message \(first.msgID)"))
    }

    // MARK: The end

    /// What the end of a session tells about its connections.
    struct Ending {
        let phase: DMSession.Phase
        /// End of the session's last exchange.
        let last: Timestamp
        /// Until when the source was seen: what happened later is not known.
        let observed: Timestamp
        /// The connection carried another session, or other exchanges, since.
        let isReused: Bool
        /// The server's last message waits for the client's.
        let clientOwes: Bool
    }

    func judgeEnd(_ ending: Ending, _ found: inout [Finding]) {
        if changes > 0, let firstChange {
            found.append(
                Finding(
                    ConnectionRules.reconnect, .session,
                    "The session changed connections \(counted(changes, "time")): \(firstChange)"))
        }
        switch ending.phase {
        case .open: judgeUnfinished(ending, &found)
        case .completed: judgeOpenConnection(ending, &found)
        case .aborted: break
        }
    }

    private func judgeUnfinished(_ ending: Ending, _ found: inout [Finding]) {
        guard let end, !hasGaps else { return }
        if end.isReset {
            found.append(
                Finding(
                    ConnectionRules.abortedByReset, .session,
                    "The \(end == .clientReset ? "client" : "server") reset connection \(last) and the session did not go "
                        + "on"))
            return
        }
        let hadTime = ending.observed.since(endTime) >= ConnectionCourse.comeback
        // A client that has read the whole message, or cannot go on reading, has nothing to wait for.
        if let unanswered, unanswered.part != .message {
            let waited = unanswered.waited
            if end == .clientFin, waited < ConnectionCourse.patience {
                guard unanswered.part != .unreadable else { return }
                // It may have been a timeout, after which the client would have come back.
                let isSure = hadTime || waited < ConnectionCourse.shortest
                found.append(
                    Finding(
                        ConnectionRules.closedEarly, .session,
                        "The client closed connection \(last) \(Timestamp.seconds(waited)) after the request of exchange "
                            + "\(unanswered.exchange), whose response had not come"
                            + (unanswered.part == .none ? ", and " : " whole, and ")
                            + (isSure ? "did not send it again" : "had not sent it again when the source ended"),
                        level: isSure ? nil : .note))
            } else if end != .open, end != .error, hadTime {
                found.append(
                    Finding(
                        ConnectionRules.notResent, .session,
                        "The request of exchange \(unanswered.exchange) got \(unanswered.missing) (\(end.words) after "
                            + "\(Timestamp.seconds(waited))), and the client did not send its package again"))
            }
        } else if ending.clientOwes, hadTime, end == .serverFin || end == .timeout {
            found.append(
                Finding(
                    ConnectionRules.notReconnected, .session,
                    "The server's last message asks for an answer, but after the \(end.words) the client did not "
                        + "connect again"))
        }
    }

    private func judgeOpenConnection(_ ending: Ending, _ found: inout [Finding]) {
        guard !serverCloses, !ending.isReused,
            end == nil || end == .serverFin || end == .serverReset || end == .timeout
                || end == .open
        else { return }
        let until = end == nil || end == .open ? ending.observed : endTime
        let idle = until.since(ending.last)
        guard idle >= ConnectionCourse.idle else { return }
        let how =
            switch end {
            case .serverFin, .serverReset: "until the server closed it"
            case .timeout: "until it timed out"
            default: "and was not closed"
            }
        found.append(
            Finding(
                ConnectionRules.notClosed, .session,
                "Connection \(last) stayed open for \(Timestamp.seconds(idle)) after the session's last response \(how)"
            ))
    }
}

extension SyncMLCommand {
    /// Part of what a client's package says by itself, not an answer to the server or a step of the session.
    fileprivate var isOfPackage: Bool {
        switch element {
        case .status, .results: false
        case .alert: code != AlertCode.nextMessage && code != AlertCode.sessionAbort && code != AlertCode.noEndOfData
        default: true
        }
    }

    fileprivate var commandID: CommandID? { node.cmdID.isPresent ? CommandID(node.cmdID, of: content) : nil }

    fileprivate var signature: String {
        "\(name) \(data?.clipped(to: 40) ?? "") \(about?.clipped(to: 120) ?? "") "
            + "\(items.first?.meta.type?.clipped(to: 80) ?? "")"
    }
}

extension HTTPHead {
    /// The connection is not to be kept behind this message's exchange, RFC 2616 8.1.2.1.
    fileprivate var asksToClose: Bool { !isAtLeast(1, 1) || has("connection", containing: "close") }
}
