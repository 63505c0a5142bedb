import Binding
import HTTPWire
import SyncML
import Wire

/// One DM session as it goes on: what both sides sent, what is still unanswered, how it stands.
///
/// Responsibilities: hands each message to the parts that judge it (numbers, answers, packages, objects, connections,
/// authentication), follows the session's phase, says at the end how it went.
///
/// Phases: open until a server message with Final leaves the client nothing to do (completed), or until one side sends
/// Alert 1223 (aborted). A client that goes on after either opens the session again.
///
/// Exceptions: a session whose beginning was not seen is followed from where it is met, and what it might have held
/// before is not judged. A repeated message is noted and not judged again. Of data synchronisation, which shares the
/// representation, numbers, answers and authentication are judged, and none of DM's packages.
final class DMSession {
    enum Phase: Equatable {
        case open
        case completed(Completion)
        case aborted(by: Direction)
    }

    enum Completion: Equatable {
        /// The server's last message left nothing to do.
        case inOrder
        /// The server refused the client's SyncHdr with this status and no challenge.
        case refused(String)
        /// The server answered with a successful response without a body.
        case emptyResponse
    }

    /// What a side announced in its SyncHdr, and how it numbers.
    private struct Side {
        var numbers = MessageNumbers()
        var objects = LargeObjects()
        /// What this side announced that it can take.
        var maxMsgSize: UInt64?
        var maxObjSize: UInt64?
        var messages = 0
        /// SyncHdr of its last message had NoResp.
        var wantsNoResponses = false
    }

    let sessionID: String
    let device: String?
    let started: Timestamp
    private(set) var server: String?
    private(set) var ended: Timestamp
    private(set) var phase = Phase.open
    private(set) var beginningSeen = false
    private(set) var isDataSync = false
    /// Addresses the client knows the server by: Target LocURIs, and RespURIs it was given.
    private var servers: [String] = []
    /// The last of them as it was written.
    private var lastServer: String?
    private(set) var course = PackageCourse()
    var connections = ConnectionCourse()
    let authentication: AuthenticationCourse

    private var sides = PerDirection<Side> { _ in Side() }
    private var answers = Answers()
    /// Direction of the last message.
    private var lastSpeaker: Direction?
    private var lastExchange = (connection: 0, number: 0)
    /// When the last exchange began and ended.
    private var span: (begin: Timestamp, end: Timestamp)?
    /// Exchanges seen again on the other side of an intermediary, and the connection of the first.
    private var otherLegs = (exchanges: 0, connection: 0)
    private var respURI: String?
    /// Octets of its connections were not captured.
    private var hasGaps = false
    /// The client is Windows' own: it ignores what the server announces in SyncHdr.
    private var isWindows = false
    private var findings: [Finding] = []
    private let limits: Limits

    init(
        sessionID: String, device: String?, server: String?, at time: Timestamp, limits: Limits,
        authentication: AuthenticationCourse
    ) {
        self.sessionID = sessionID
        self.device = device
        self.server = server
        self.limits = limits
        self.authentication = authentication
        started = time
        ended = time
        if let server { remember(server: server, as: authentication.parties.serverName) }
    }

    /// About how many octets it holds.
    var weight: Int { 4096 + 256 * (course.rowCount + answers.held + findings.count) }

    // MARK: - Taking exchanges

    /// Takes one exchange of the session; the findings belong to it.
    func receive(_ exchange: Exchange) -> [Finding] {
        var found: [Finding] = []
        if isOtherLeg(exchange) {
            if otherLegs.exchanges == 0 { otherLegs.connection = exchange.connection }
            otherLegs.exchanges += 1
            return []
        }
        span = (exchange.time, exchange.ended)
        hasGaps = hasGaps || exchange.context.hasGaps
        connections.begin(exchange)
        ended = max(ended, exchange.ended)
        if let part = exchange.request, let message = part.body.dm {
            receive(SessionMessage(message, part, .toServer, exchange), &found)
        }
        if let part = exchange.response, let message = part.body.dm {
            judgeSessionID(message, exchange, &found)
            receive(SessionMessage(message, part, .toClient, exchange), &found)
        }
        connections.finish(exchange)
        noteEmptyResponse(exchange)
        lastExchange = (exchange.connection, exchange.number)
        return certain(found)
    }

    private func certain(_ found: [Finding]) -> [Finding] {
        guard hasGaps else { return found }
        return found.filter { finding in !SessionRules.needEveryMessage.contains { $0 === finding.rule } }
    }

    private func receive(_ m: SessionMessage, _ found: inout [Finding]) {
        let direction = m.direction
        let isFirst = sides[direction].messages == 0
        if isFirst { meet(m) }
        let begins = isFirst && beginningSeen && (direction == .toServer || course.messages == 1)
        let verdict = sides[direction].numbers.receive(m.msgID, digest: m.part.body.sha256, begins: begins)
        if verdict == .repeated {
            if direction == .toClient || !connections.asksToRepeat {
                found.append(
                    Finding(
                        SessionRules.messageRepeated, m.subject,
                        "\(m.name) of session \(sessionID.clipped(to: 40)) was sent before, octet for octet"))
            }
            if direction == .toServer {
                connections.receive(m, isRepeated: true, answers: answers.commands.toServer, &found)
            }
            return
        }
        judgeNumber(verdict, m, &found)
        judgeSize(m, &found)
        let isOver = phase != .open
        answers.receive(m, circumstances(for: direction), &found)
        if direction == .toServer { judgeClient(m, isOver: isOver, &found) }
        course.receive(m, &found)
        sides[direction.opposite].objects.answered(by: m, &found)
        sides[direction].objects.receive(m, limit: sides[direction.opposite].maxObjSize, &found)
        authentication.receive(m, &found)
        if direction == .toServer {
            connections.receive(m, isRepeated: false, answers: answers.commands.toServer, &found)
            if let lost = connections.unansweredMsgID { answers.abandon(.toServer, lost) }
        }
        answers.sent(m)
        announce(m)
        advance(m, &found)
    }

    /// The exchange holds the client's last message within the time of the exchange before: an intermediary passed it on
    /// over another connection, and both its sides were captured.
    private func isOtherLeg(_ exchange: Exchange) -> Bool {
        guard let span, exchange.connection != lastExchange.connection,
            let msgID = exchange.request?.body.dm?.header.msgID, msgID == sides.toServer.numbers.last
        else { return false }
        return exchange.time <= span.begin && exchange.ended >= span.end
    }

    /// The client sent this very message before.
    func holds(_ message: SyncMLMessage, digest: [UInt8]) -> Bool {
        message.header.msgID.map { sides.toServer.numbers.holds($0, digest: digest) } ?? false
    }

    /// The client's last message was its first.
    var isAtFirstMessage: Bool { sides.toServer.messages <= 1 }

    /// The client has been asked for credentials and has not answered yet.
    var awaitsCredentials: Bool { authentication.isDemanded(of: .toServer) }

    private func meet(_ m: SessionMessage) {
        isDataSync = isDataSync || m.isDataSync
        guard m.direction == .toServer else { return }
        beginningSeen = course.messages == 0 && (m.begins || m.message.header.msgID == "1")
        isWindows = m.part.head.has("user-agent", containing: "msft")
    }

    private func circumstances(for direction: Direction) -> Answers.Circumstances {
        let peer = direction.opposite
        return Answers.Circumstances(
            beginningSeen: beginningSeen,
            peerMsgID: sides[peer].messages > 0 ? sides[peer].numbers.last : nil,
            peerWantsNone: sides[peer].wantsNoResponses,
            interrupted: direction == .toServer && connections.isInterrupted)
    }

    // MARK: - Judging one message

    private func judgeSessionID(_ response: SyncMLMessage, _ exchange: Exchange, _ found: inout [Finding]) {
        guard let asked = exchange.request?.body.dm?.header.sessionID, let answered = response.header.sessionID,
            asked != answered
        else { return }
        found.append(
            Finding(
                SessionRules.sessionIDDiffers, .response,
                "The response has SessionID \(answered.clipped(to: 40)), the request \(asked.clipped(to: 40))",
                offset: StreamOffset(response.header.offset)))
    }

    private func judgeNumber(_ verdict: MessageNumbers.Verdict, _ m: SessionMessage, _ found: inout [Finding]) {
        switch verdict {
        case .fits, .repeated: break
        case .reused:
            found.append(
                Finding(
                    SessionRules.msgIDReused, m.subject,
                    "MsgID \(m.msgID) was used before in session \(sessionID.clipped(to: 40)) for another message"))
        case .outOfOrder(let expected):
            // A jump over messages that may have passed unseen proves nothing.
            let isSure =
                lastExchange.connection == m.exchange.connection && m.exchange.number <= lastExchange.number + 1
            let isJump = UInt64(m.msgID).map { $0 > expected } ?? false
            found.append(
                Finding(
                    SessionRules.msgIDOrder, m.subject,
                    sides[m.direction].messages == 0
                        ? "The \(m.direction.sender) begins the session with MsgID \(m.msgID.clipped(to: 20)) instead of 1"
                        : "MsgID \(m.msgID.clipped(to: 20)) comes where \(expected) is next",
                    level: isJump && !isSure && course.messages > 0 ? .note : nil))
        }
    }

    private func judgeSize(_ m: SessionMessage, _ found: inout [Finding]) {
        guard let limit = sides[m.direction.opposite].maxMsgSize, limit > 0, m.size > limit else { return }
        let ignores = isWindows && m.direction == .toServer
        found.append(
            Finding(
                SessionRules.maxMsgSizeExceeded, m.subject,
                "The message has \(m.size) octets, over the \(m.direction.opposite.sender)'s MaxMsgSize of \(limit)"
                    + (ignores ? " (Windows' client ignores what a server announces)" : ""),
                level: ignores ? .note : nil))
    }

    private func judgeClient(_ m: SessionMessage, isOver: Bool, _ found: inout [Finding]) {
        judgeRespURI(m, &found)
        guard !m.isDataSync else { return }
        for command in m.message.commands where !command.isOfClient {
            found.append(
                Finding(
                    SessionRules.commandNotAllowed, .request, "The client sends \(command.title)",
                    offset: StreamOffset(command.offset)))
        }
        if sides.toServer.messages == 0, beginningSeen, m.message.header.msgID == "1" {
            if !m.begins, m.isWhole {
                found.append(
                    Finding(SessionRules.sessionStartMissing, .request, "The session begins without Alert 1200 or 1201")
                )
            }
            if m.message.final, !SessionStart.hasDevInfo(m.message) {
                found.append(
                    Finding(SessionRules.devInfoMissing, .request, "Package 1 holds no Replace with ./DevInfo nodes"))
            }
        }
        if isOver, phase == .completed(.inOrder), m.message.commands.allSatisfy({ $0.answersHeader }),
            m.message.header.cred == nil, !authentication.lastProof(of: .toClient)
        {
            found.append(
                Finding(
                    SessionRules.messageNeedless, .request,
                    "\(m.name) holds nothing but the Status of SyncHdr after the server ended the session"))
        }
    }

    private func judgeRespURI(_ m: SessionMessage, _ found: inout [Finding]) {
        defer { respURI = nil }
        guard let expected = respURI, let target = m.part.head.target else { return }
        guard expected.hasPrefix("/") || Address.authority(expected) != nil,
            !Address.same(expected, target, sentTo: m.exchange.sentTo)
        else { return }
        found.append(
            Finding(
                SessionRules.respURINotFollowed, .request,
                "The server gave RespURI \(expected.clipped(to: 200)), but the message went to \(target.clipped(to: 200))"
            ))
    }

    // MARK: - Keeping the course

    private func announce(_ m: SessionMessage) {
        let header = m.message.header
        if let size = header.meta.maxMsgSize.flatMap({ UInt64($0) }) { sides[m.direction].maxMsgSize = size }
        if let size = header.meta.maxObjSize.flatMap({ UInt64($0) }) { sides[m.direction].maxObjSize = size }
        sides[m.direction].wantsNoResponses = header.noResp
        sides[m.direction].messages += 1
        lastSpeaker = m.direction
        if m.direction == .toServer, let uri = header.target.uri {
            server = server ?? uri
            remember(server: uri)
        }
    }

    /// `known` is what `Address.server` says of the URI, where that was asked before.
    private func remember(server uri: String, as known: String? = nil) {
        guard uri != lastServer, uri.utf8.count <= 1024 else { return }
        lastServer = uri
        let name = known ?? Address.server(uri)
        guard !servers.contains(name) else { return }
        if servers.count == 8 { servers.removeFirst() }
        servers.append(name)
    }

    /// The server goes by this address in the session; `name` is what `Address.server` makes of it.
    func isWith(server uri: String, name: String) -> Bool { uri == lastServer || servers.contains(name) }

    private func advance(_ m: SessionMessage, _ found: inout [Finding]) {
        if m.aborts {
            phase = .aborted(by: m.direction)
            found.append(
                Finding(
                    SessionRules.sessionAborted, m.subject,
                    "The \(m.direction.sender) aborts the session (Alert 1223)"
                        + (m.message.final || !m.isWhole ? "" : ", without the Final that belongs to it")))
            return
        }
        guard m.direction == .toClient else {
            phase = .open
            return
        }
        // What the relay put in its place is what the device follows.
        let altered = m.exchange.alterations.last { $0.what == "resp-uri" }?.after
        if let uri = altered ?? m.message.header.respURI { follow(uri, m, &found) }
        if case .aborted = phase { return }
        guard m.message.final, !course.open.toServer, !m.message.commands.contains(where: { $0.element != .status }),
            !m.message.commands.contains(where: { $0.hasChallenge && ($0.code == 401 || $0.code == 407) })
        else { return }
        let refusal = m.headerStatuses.first.flatMap { status in
            (status.code ?? 0) >= 400 ? SessionCourse.status(status.data) : nil
        }
        phase = .completed(refusal.map { .refused($0) } ?? .inOrder)
    }

    private func follow(_ uri: String, _ m: SessionMessage, _ found: inout [Finding]) {
        respURI = uri
        remember(server: uri)
        let own = m.exchange.sentTo
        guard let wanted = Address.authority(uri), wanted != own else { return }
        found.append(
            Finding(
                SessionRules.respURILeadsElsewhere, .response,
                "RespURI \(uri.clipped(to: 200)) leads the device to \(wanted.host):\(wanted.port), away from "
                    + "\(own.host):\(own.port)"))
    }

    /// Some servers end a session with a response that has no body.
    private func noteEmptyResponse(_ exchange: Exchange) {
        guard phase == .open, exchange.request?.body.dm?.final == true, let response = exchange.response,
            response.body.complete, response.body.length == 0, let status = response.head.status,
            (200..<300).contains(status)
        else { return }
        phase = .completed(.emptyResponse)
    }

    // MARK: - The end

    /// What the session came to. `observed` is until when the source was seen; `isReused` when its last connection served
    /// something else since.
    func summary(observed: Timestamp, isReused: Bool) -> SessionSummary {
        var found = findings
        if phase == .completed(.inOrder) { answers.judgeEnd(&found) }
        for (direction, name) in [(Direction.toClient, "server"), (.toServer, "client")] {
            if let object = sides[direction].objects.open {
                found.append(
                    Finding(
                        SessionRules.objectUnfinished, .session,
                        "The \(name)'s object \(object.address) ended after \(object.received) octets"
                            + (object.declared.map { " of \($0)" } ?? "")))
            }
        }
        connections.judgeEnd(
            ConnectionCourse.Ending(
                phase: phase, last: ended, observed: observed, isReused: isReused,
                clientOwes: lastSpeaker == .toClient),
            &found)
        authentication.judgeEnd(isCompleted: phase == .completed(.inOrder), isDataSync: isDataSync, &found)
        if otherLegs.exchanges > 0 {
            found.append(
                Finding(
                    SessionRules.seenTwice, .session,
                    "\(counted(otherLegs.exchanges, "exchange")) also passed over another connection at the same time, "
                        + "first over connection \(otherLegs.connection)"))
        }
        if course.leftOut > 0 {
            found.append(
                Finding(
                    SessionRules.rowsLeftOut, .session,
                    "\(counted(course.leftOut, "row")) of \(course.messages) are left out, from row "
                        + "\(PackageCourse.rowsKept + 1) on"))
        }
        if phase == .open {
            found.append(Finding(SessionRules.sessionUnfinished, .session, "The session was not ended: \(outcome)"))
        }
        var summary = SessionSummary(device: device, server: server, sessionID: sessionID, started: started)
        summary.ended = ended
        summary.packages = course.rows
        summary.packagesLeftOut = course.leftOut
        summary.outcome = outcome
        summary.auth = authentication.line
        summary.findings = Array(certain(found).prefix(limits.findings))
        return summary
    }

    private var outcome: String {
        let messages = counted(course.messages, "message")
        let failed = answers.failures.toClient
        let failures = failed == 0 ? "" : "; \(counted(failed, "command")) failed"
        switch phase {
        case .completed(.inOrder): return "completed after \(messages)\(failures)"
        case .completed(.refused(let status)): return "ended by the server with Status \(status) after \(messages)"
        case .completed(.emptyResponse): return "ended by the server's empty response after \(messages)\(failures)"
        case .aborted(let by): return "aborted by the \(by.sender) (Alert 1223) after \(messages)\(failures)"
        case .open:
            if let refusal = authentication.refusal { return refusal }
            let last = course.lastRow.map {
                "package \($0.number) of the \($0.direction == "toServer" ? "client" : "server")"
            }
            let status = connections.lastHTTPStatus.map { ", answered HTTP \($0)" } ?? ""
            let how = connections.end.map { ", \($0.words)" } ?? ""
            return "unfinished: last seen \(last ?? "nothing")\(status)\(how)"
        }
    }

    /// Adds a finding about the session as a whole.
    func note(_ finding: Finding) {
        if findings.count < limits.findings { findings.append(finding) }
    }
}

extension SyncMLCommand {
    /// Commands that a DM client may send.
    fileprivate var isOfClient: Bool {
        element == .status || element == .results || element == .alert || element == .replace
    }
}

extension Exchange {
    /// Host and port that the request was sent to.
    var sentTo: (host: String, port: Int) {
        if let named = request?.head.target.flatMap(Address.authority) { return named }
        let isTLS = context.clientLeg != nil
        let named = request?.head.first("host").flatMap { $0.isEmpty ? nil : $0 } ?? context.host ?? context.server
        return Address.authority(named) ?? Address.authority(of: named, isTLS: isTLS)
    }
}
