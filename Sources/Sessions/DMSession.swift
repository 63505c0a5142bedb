import Binding
import HTTPWire
import SyncML
import Wire

/// One DM session as it goes on: what both sides sent, what is still unanswered, how it stands.
///
/// Responsibilities: judges each message against those before it, keeps the session's course, says how it ended.
///
/// Course: package 1 (client) → 2 (server) → 3 ⇄ 4 until a server message with Final holds nothing for the client to do.
/// A challenge sends the client back to package 1. Alert 1223 aborts. Messages without Final stay in their package.
///
/// Exceptions: a session whose beginning was not seen is followed from where it is met, and what it might have held
/// before is not judged. A repeated message is noted and not judged again.
struct DMSession {
    /// One side's messages and announcements.
    struct Side {
        var lastMsgID: String?
        var lastDigest: [UInt8] = []
        var seen: [String: [UInt8]] = [:]
        var messages = 0
        var packageOpen = false
        var correlation = Correlation()
        var objects = LargeObjects()
        /// What this side announced that it can take.
        var maxMsgSize: UInt64?
        var maxObjSize: UInt64?
    }

    enum Phase: Equatable {
        case open
        /// The server's last message left nothing to do.
        case completed
        case aborted(by: Direction)
    }

    let sessionID: String
    var device: String?
    var server: String?
    let started: Timestamp
    private(set) var ended: Timestamp
    private(set) var phase = Phase.open
    private(set) var lastConnection = 0
    private(set) var beginningSeen = false
    /// How the connection that carried the last message ended.
    var connectionEnd: String?

    private var sides = PerDirection<Side> { _ in Side() }
    private var rows: [SessionSummary.Package] = []
    private var rowsLeftOut = 0
    private var respURI: String?
    private var authentication = Authentication()
    private var findings: [Finding] = []
    private let limits: Limits
    private static let rowsKept = 1000
    private static let messagesRemembered = 64

    init(sessionID: String, device: String?, server: String?, at time: Timestamp, limits: Limits) {
        self.sessionID = sessionID
        self.device = device
        self.server = server
        self.limits = limits
        started = time
        ended = time
    }

    /// Takes one side of an exchange. Findings belong to the exchange.
    mutating func receive(
        _ message: SyncMLMessage, _ part: Exchange.Message, _ direction: Direction, _ exchange: Exchange
    ) -> [Finding] {
        var found: [Finding] = []
        ended = exchange.ended
        lastConnection = exchange.connection
        connectionEnd = nil
        if sides[direction].messages == 0, direction == .toServer {
            beginningSeen = SessionStart.begins(message) || message.header.msgID == "1"
        }
        if isRepeated(message, part.body.sha256, direction) {
            return [
                Finding(
                    SessionRules.messageRepeated, Subject(direction),
                    "Message \(message.header.msgID ?? "?") of session \(sessionID) was sent before, octet for octet")
            ]
        }
        judgeNumber(message, part, direction, &found)
        judgeSize(part, direction, &found)
        judgeAnswers(message, direction, exchange.id, &found)
        if direction == .toServer { judgeClient(message, part, exchange, &found) }
        judgePackage(message, direction, &found)
        sides[direction].objects.receive(
            message, Subject(direction), limit: sides[direction.opposite].maxObjSize
        ) { found.append($0) }
        authentication.receive(message, part, direction, &found)
        announce(message, direction)
        sides[direction].correlation.sent(message, exchange: exchange.id)
        sides[direction].messages += 1
        addRow(message, direction, exchange.id)
        sides[direction].packageOpen = !message.final
        advance(message, direction, exchange, &found)
        return found
    }

    /// The client sent this very message before.
    func holds(_ message: SyncMLMessage, digest: [UInt8]) -> Bool {
        message.header.msgID.flatMap { sides.toServer.seen[$0] } == digest
    }

    // MARK: - Judging one message

    private mutating func isRepeated(_ message: SyncMLMessage, _ digest: [UInt8], _ direction: Direction) -> Bool {
        guard let msgID = message.header.msgID, let before = sides[direction].seen[msgID] else { return false }
        return before == digest
    }

    private mutating func judgeNumber(
        _ message: SyncMLMessage, _ part: Exchange.Message, _ direction: Direction, _ found: inout [Finding]
    ) {
        let subject = Subject(direction)
        guard let msgID = message.header.msgID else { return }
        if sides[direction].seen[msgID] != nil {
            found.append(
                Finding(
                    SessionRules.msgIDReused, subject,
                    "MsgID \(msgID) was used before in session \(sessionID) for another message"))
        } else if let number = UInt64(msgID), let last = sides[direction].lastMsgID.flatMap({ UInt64($0) }) {
            if number != last &+ 1 {
                found.append(
                    Finding(
                        SessionRules.msgIDOrder, subject, "MsgID \(msgID) follows MsgID \(last); \(last &+ 1) is next"))
            }
        } else if sides[direction].messages == 0, msgID != "1", beginningSeen, direction == .toServer {
            found.append(
                Finding(SessionRules.msgIDOrder, subject, "The session begins with MsgID \(msgID) instead of 1"))
        }
        if sides[direction].seen.count >= DMSession.messagesRemembered { sides[direction].seen.removeAll() }
        sides[direction].seen[msgID] = part.body.sha256
        sides[direction].lastMsgID = msgID
    }

    private func judgeSize(_ part: Exchange.Message, _ direction: Direction, _ found: inout [Finding]) {
        guard let limit = sides[direction.opposite].maxMsgSize, limit > 0 else { return }
        let size = part.body.decoded.map { UInt64($0.count) } ?? part.body.length
        guard size > limit else { return }
        found.append(
            Finding(
                SessionRules.maxMsgSizeExceeded, Subject(direction),
                "The message has \(size) octets, over the \(direction == .toServer ? "server" : "device")'s MaxMsgSize "
                    + "of \(limit)"))
    }

    private mutating func judgeAnswers(
        _ message: SyncMLMessage, _ direction: Direction, _ exchange: String, _ found: inout [Finding]
    ) {
        let subject = Subject(direction)
        let peer = direction.opposite
        let statuses = message.commands.filter { $0.element == .status }
        if sides[peer].messages > 0, let peerMsgID = sides[peer].lastMsgID {
            let header = statuses.firstIndex { $0.cmdRef == "0" || ($0.cmdRef == nil && $0.cmd == "SyncHdr") }
            if header == nil, !message.header.noResp {
                found.append(
                    Finding(
                        SessionRules.syncHdrStatusMissing, subject,
                        "No Status for the SyncHdr of message \(peerMsgID)", offset: StreamOffset(message.header.offset)
                    ))
            } else if let header, header != 0 {
                found.append(
                    Finding(
                        SessionRules.syncHdrStatusNotFirst, subject,
                        "The Status for SyncHdr is number \(header + 1) of the body's Statuses",
                        offset: StreamOffset(statuses[header].offset)))
            }
        }
        for status in statuses { judgeAnswer(status, peer, subject, &found) }
        for results in message.commands where results.element == .results {
            let match = sides[peer].correlation.answer(msgRef: results.msgRef ?? "1", cmdRef: results.cmdRef ?? "")
            switch match {
            case .command(let command) where command.name == "Get": break
            case .messageNotKnown where !beginningSeen || sides[peer].messages == 0: break
            default:
                found.append(
                    Finding(
                        SessionRules.resultsUnmatched, subject,
                        "Results \(results.cmdID ?? "?") refer to MsgRef \(results.msgRef ?? "1") CmdRef "
                            + "\(results.cmdRef ?? "(none)"), which is no Get of the other side",
                        offset: StreamOffset(results.offset)))
            }
        }
    }

    private mutating func judgeAnswer(
        _ status: SyncMLCommand, _ peer: Direction, _ subject: Subject, _ found: inout [Finding]
    ) {
        guard let msgRef = status.msgRef, let cmdRef = status.cmdRef, cmdRef != "0" else { return }
        let at = StreamOffset(status.offset)
        switch sides[peer].correlation.answer(msgRef: msgRef, cmdRef: cmdRef) {
        case .command(let command):
            if let cmd = status.cmd, cmd != command.name {
                found.append(
                    Finding(
                        SessionRules.statusNamesOtherCommand, subject,
                        "Status \(status.cmdID ?? "?") says Cmd \(cmd), but command \(cmdRef) of message \(msgRef) is "
                            + "\(command.name)", offset: at))
            }
        case .noSuchCommand:
            found.append(
                Finding(
                    SessionRules.statusUnmatched, subject,
                    "Status \(status.cmdID ?? "?") refers to command \(cmdRef) of message \(msgRef), which has no such "
                        + "command", offset: at))
        case .messageNotKnown:
            guard beginningSeen, sides[peer].messages > 0 else { return }
            found.append(
                Finding(
                    SessionRules.statusUnmatched, subject,
                    "Status \(status.cmdID ?? "?") refers to message \(msgRef), which was not sent in this session",
                    offset: at))
        }
    }

    private mutating func judgeClient(
        _ message: SyncMLMessage, _ part: Exchange.Message, _ exchange: Exchange, _ found: inout [Finding]
    ) {
        for command in message.commands
        where ![.status, .results, .alert, .replace].contains(command.element) {
            found.append(
                Finding(
                    SessionRules.commandNotAllowed, .request, "The client sends \(command.name) \(command.cmdID ?? "")",
                    offset: StreamOffset(command.offset)))
        }
        if sides.toServer.messages == 0, beginningSeen {
            if !SessionStart.begins(message) {
                found.append(
                    Finding(SessionRules.sessionStartMissing, .request, "The session begins without Alert 1200 or 1201")
                )
            }
            if message.final, !SessionStart.hasDevInfo(message) {
                found.append(
                    Finding(SessionRules.devInfoMissing, .request, "Package 1 holds no Replace with ./DevInfo nodes"))
            }
        }
        if let expected = respURI, let target = part.head.target,
            !Address.same(expected, target, host: exchange.context.host)
        {
            found.append(
                Finding(
                    SessionRules.respURINotFollowed, .request,
                    "The server gave RespURI \(expected), but the message went to \(target)"))
        }
        respURI = nil
    }

    private mutating func judgePackage(
        _ message: SyncMLMessage, _ direction: Direction, _ found: inout [Finding]
    ) {
        guard sides[direction.opposite].packageOpen else { return }
        let work = message.commands.filter { ![.status, .results, .alert].contains($0.element) }
        if let first = work.first, direction == .toClient {
            found.append(
                Finding(
                    SessionRules.nextMessageNotRequested, .response,
                    "The client's package goes on (no Final), but the server sends \(first.name) \(first.cmdID ?? "")",
                    offset: StreamOffset(first.offset)))
        }
        if direction == .toServer, message.final, sides.toServer.messages > 0 {
            found.append(
                Finding(
                    SessionRules.finalBeforePeer, .request,
                    "The client ends its package while the server's last message had no Final"))
        }
    }

    // MARK: - Keeping the course

    private mutating func announce(_ message: SyncMLMessage, _ direction: Direction) {
        if let size = message.header.meta.maxMsgSize.flatMap({ UInt64($0) }) { sides[direction].maxMsgSize = size }
        if let size = message.header.meta.maxObjSize.flatMap({ UInt64($0) }) { sides[direction].maxObjSize = size }
    }

    private mutating func addRow(_ message: SyncMLMessage, _ direction: Direction, _ exchange: String) {
        guard rows.count < DMSession.rowsKept else {
            rowsLeftOut += 1
            return
        }
        let last = rows.last { $0.direction == (direction == .toServer ? "toServer" : "toClient") }
        let number: Int
        switch direction {
        case .toServer:
            number = SessionStart.begins(message) || (last?.number == 1 && last?.final == false) ? 1 : 3
        case .toClient: number = (rows.last { $0.direction == "toServer" }?.number ?? 3) == 1 ? 2 : 4
        }
        rows.append(
            SessionSummary.Package(
                number: number, direction: direction == .toServer ? "toServer" : "toClient",
                msgID: message.header.msgID, exchange: exchange, final: message.final,
                commands: SessionCourse.describe(message)))
    }

    private mutating func advance(
        _ message: SyncMLMessage, _ direction: Direction, _ exchange: Exchange, _ found: inout [Finding]
    ) {
        if message.commands.contains(where: { $0.element == .alert && $0.data == "1223" }) {
            phase = .aborted(by: direction)
            found.append(
                Finding(
                    SessionRules.sessionAborted, Subject(direction),
                    "The \(direction == .toServer ? "client" : "server") aborts the session (Alert 1223)"))
            return
        }
        guard direction == .toClient else {
            if phase == .completed { phase = .open }
            return
        }
        if let uri = message.header.respURI {
            respURI = uri
            if let host = Address.host(uri), let own = exchange.context.host, host != Address.bare(own) {
                found.append(
                    Finding(
                        SessionRules.respURILeadsElsewhere, .response,
                        "RespURI \(uri) leads the device to \(host), away from \(own)"))
            }
        }
        let hasWork = message.commands.contains { ![.status].contains($0.element) }
        let challenged = message.commands.contains { $0.chal != nil }
        if message.final, !hasWork, !challenged, !sides.toServer.packageOpen { phase = .completed }
    }

    // MARK: - The end

    /// What the session came to.
    func summary() -> SessionSummary {
        var summary = SessionSummary(device: device, server: server, sessionID: sessionID, started: started)
        summary.ended = ended
        summary.packages = rows
        summary.auth = authentication.line
        var findings = findings + authentication.findings
        for (direction, name) in [(Direction.toClient, "server"), (.toServer, "client")] {
            let unanswered = sides[direction].correlation.unanswered()
            if !unanswered.isEmpty, phase == .completed {
                let list = unanswered.prefix(5).map { "\($0.name) \($0.cmdID) of message \($0.msgID)" }
                findings.append(
                    Finding(
                        SessionRules.statusMissing, .session,
                        "\(unanswered.count) commands of the \(name) got no Status: "
                            + list.joined(separator: ", ") + (unanswered.count > 5 ? " …" : "")))
            }
            if let object = sides[direction].objects.open {
                findings.append(
                    Finding(
                        SessionRules.objectUnfinished, .session,
                        "The \(name)'s object \(object.address) ended after \(object.received) octets"
                            + (object.declared.map { " of \($0)" } ?? "")))
            }
        }
        summary.outcome = outcome
        if phase == .open {
            findings.append(
                Finding(SessionRules.sessionUnfinished, .session, "The session was not ended: \(outcome)"))
        }
        summary.findings = Array(findings.prefix(limits.findings))
        return summary
    }

    private var outcome: String {
        let count = rows.count + rowsLeftOut
        switch phase {
        case .completed: return "completed after \(count) messages"
        case .aborted(let by): return "aborted by the \(by == .toServer ? "client" : "server") (Alert 1223)"
        case .open:
            if let refusal = authentication.refusal { return refusal }
            let last = rows.last.map {
                "package \($0.number) of the \($0.direction == "toServer" ? "client" : "server")"
            }
            let how = connectionEnd.map { ", connection ended \($0)" } ?? ""
            return "unfinished: last seen \(last ?? "nothing")\(how)"
        }
    }

    /// Adds a finding about the session as a whole.
    mutating func note(_ finding: Finding) {
        if findings.count < limits.findings { findings.append(finding) }
    }
}
