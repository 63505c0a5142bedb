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
/// before is not judged. A repeated message is noted and not judged again, but for a proof that it has anew; a response
/// made anew takes the place of the one before. An exchange that ends after later ones, because the client gave up on its
/// request and sent it again, is noted and changes nothing. Of data synchronisation, which shares the representation,
/// numbers, answers and authentication are judged, and none of DM's packages.
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
    struct Side {
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
    private(set) var servers: [String] = []
    /// The last of them as it was written.
    private(set) var lastServer: String?
    private(set) var course = PackageCourse()
    var connections = ConnectionCourse()
    let authentication: AuthenticationCourse

    private(set) var sides = PerDirection<Side> { _ in Side() }
    private(set) var answers = Answers()
    /// Direction of the last message.
    private(set) var lastSpeaker: Direction?
    /// The server's last message has something for the user to answer.
    private(set) var awaitsUser = false
    private(set) var lastExchange = (connection: 0, number: 0)
    /// When the last exchange began and ended, and between whom.
    private(set) var span: (begin: Timestamp, end: Timestamp, client: String, server: String)?
    /// Exchanges seen again on the other side of an intermediary, and the connection of the first.
    private(set) var otherLegs = (exchanges: 0, connection: 0)
    /// MsgID of the server's last message where another is to come in its place, as that of a response made anew.
    private var dropped: String?
    private var respURI = RespURICourse()
    /// Octets of its connections were not captured.
    private var hasGaps = false
    /// The client is Windows' own: it ignores what the server announces in SyncHdr.
    private var isWindows = false
    let limits: Limits

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
        weigh()
    }

    /// About how many octets it holds, after the last exchange.
    private(set) var weight = 4096

    private func weigh() {
        let names = sessionID.heapOctets + (device?.heapOctets ?? 0) + (server?.heapOctets ?? 0)
        // Names are kept by more than one table, and cut there.
        weight =
            4096 + 3 * names + servers.reduce(0) { $0 + $1.heapOctets } + course.weight + answers.weight
            + connections.weight + authentication.weight
    }

    // MARK: - Taking exchanges

    /// Takes one exchange of the session, and what `late` says of it; the findings belong to it.
    func receive(_ exchange: Exchange, late: MessageNumbers.Late?) -> [Finding] {
        defer { weigh() }
        var found: [Finding] = []
        if isOtherLeg(exchange) {
            if otherLegs.exchanges == 0 { otherLegs.connection = exchange.connection }
            otherLegs.exchanges += 1
            return []
        }
        if let late {
            note(late, exchange, &found)
            return certain(found)
        }
        span = (exchange.time, exchange.ended, exchange.context.client, exchange.context.server)
        hasGaps = hasGaps || exchange.context.hasGaps
        connections.begin(exchange)
        ended = max(ended, exchange.ended)
        if let part = exchange.request, let message = part.body.dm {
            receive(SessionMessage(message, part, .toServer, exchange), &found)
        }
        if let part = exchange.response, let message = part.body.dm {
            judgeSessionID(message, exchange, &found)
            if let request = exchange.request?.body.dm {
                ResponseAddress.judge(message, to: request, exchange, servers: servers, &found)
            }
            receive(SessionMessage(message, part, .toClient, exchange), &found)
        }
        connections.finish(exchange)
        noteUnanswered(exchange)
        noteEmptyResponse(exchange)
        lastExchange = (exchange.connection, exchange.number)
        return certain(found)
    }

    func certain(_ found: [Finding]) -> [Finding] {
        guard hasGaps else { return found }
        return found.filter { finding in !SessionRules.needEveryMessage.contains { $0 === finding.rule } }
    }

    private func receive(_ m: SessionMessage, _ found: inout [Finding]) {
        let direction = m.direction
        let isFirst = sides[direction].messages == 0
        if isFirst { meet(m) }
        let begins = isFirst && beginningSeen && (direction == .toServer || course.messages == 1)
        let verdict = sides[direction].numbers.receive(
            m.msgID, digest: m.part.body.sha256, begins: begins, began: m.exchange.time)
        if verdict == .repeated {
            receiveAgain(m, &found)
            return
        }
        if verdict != .reused || direction == .toServer || m.msgID != dropped { judgeNumber(verdict, m, &found) }
        dropped = nil
        judgeSize(m, &found)
        let isOver = phase != .open
        AnswerPlaces.judge(m, of: answers.commands[direction.opposite], &found)
        answers.receive(m, circumstances(of: m), &found)
        CommandUse.judge(m, afterAbort: direction == .toClient && phase == .aborted(by: .toServer), &found)
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

    /// A message that was sent before, octet for octet. What stands in it waits for answers as before; of the client's
    /// last message the answer is due anew, and what the server answered before is only open if it comes again.
    private func receiveAgain(_ m: SessionMessage, _ found: inout [Finding]) {
        let isProvedAnew = authentication.isProvedAnew(m)
        let isAskedFor =
            m.direction == .toServer
            && (connections.asksToRepeat || isProvedAnew && authentication.isDemanded(of: .toServer))
        if !isAskedFor {
            found.append(
                Finding(
                    SessionRules.messageRepeated, m.subject,
                    "\(m.name) of session \(sessionID.clipped(to: 40)) was sent before, octet for octet"))
        }
        if m.direction == .toServer, lastSpeaker == .toClient, sides.toServer.numbers.isLast(m.msgID),
            let answered = sides.toClient.numbers.last
        {
            dropped = answered
            answers.abandon(.toClient, answered)
            sides.toClient.objects.takeBack()
            respURI.drop()
        }
        answers.sentAgain(m.direction, m.msgID)
        if sides[m.direction].numbers.isLast(m.msgID) { sides[m.direction].objects.sentAgain() }
        if isProvedAnew { authentication.prove(m, &found) }
        if m.direction == .toServer {
            connections.receive(m, isRepeated: true, answers: answers.commands.toServer, &found)
        }
    }

    // MARK: Exchanges that end late

    private func note(_ late: MessageNumbers.Late, _ exchange: Exchange, _ found: inout [Finding]) {
        if late == .repeated || late == .reused { connections.noteLate(exchange) }
        late.judge(exchange, &found)
        guard let response = exchange.response?.body.dm?.header.msgID,
            !sides.toClient.numbers.holds(response, digest: exchange.response?.body.sha256 ?? [])
        else { return }
        sides.toClient.numbers.pass(response)
        answers.pass(.toClient, response)
    }

    private func meet(_ m: SessionMessage) {
        isDataSync = isDataSync || m.isDataSync
        guard m.direction == .toServer else { return }
        beginningSeen = course.messages == 0 && (m.begins || m.message.header.msgID == "1")
        isWindows = m.part.head.has("user-agent", containing: "msft")
    }

    private func circumstances(of m: SessionMessage) -> Answers.Circumstances {
        let direction = m.direction
        let peer = direction.opposite
        let last = m.direction == .toClient ? m.exchange.request?.body.dm?.header.msgID : nil
        let msgID = last ?? sides[peer].numbers.last ?? ""
        return Answers.Circumstances(
            beginningSeen: beginningSeen, peerMsgID: sides[peer].messages > 0 && !msgID.isEmpty ? msgID : nil,
            isInTurn: last != nil || m.exchange.connection == lastExchange.connection,
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
            // A message before the client's first may still hang on another connection, given up and sent again as this.
            let mayHang = m.direction == .toServer && course.messages == 0
            found.append(
                Finding(
                    SessionRules.msgIDOrder, m.subject,
                    sides[m.direction].messages == 0
                        ? "The \(m.direction.sender) begins the session with MsgID \(m.msgID.clipped(to: 20)) instead of 1"
                            + (isJump && mayHang ? ", unless one before it hangs on another connection" : "")
                        : "MsgID \(m.msgID.clipped(to: 20)) comes where \(expected) is next",
                    level: isJump && (mayHang || !isSure) ? .note : nil))
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
        respURI.judge(m, &found)
        guard !m.isDataSync else { return }
        if sides.toServer.messages == 0, beginningSeen, m.message.header.msgID == "1" {
            if !m.begins, m.isWhole {
                found.append(
                    Finding(
                        SessionRules.sessionStartMissing, .request, "The session begins without Alert 1200 or 1201",
                        offset: m.offset))
            }
            if m.message.final { judgeDevInfo(m, &found) }
        }
        if phase == .aborted(by: .toClient), m.message.commands.allSatisfy({ $0.element == .status }) {
            found.append(
                Finding(
                    SessionRules.messageNeedless, .request,
                    "\(m.name) answers the server's Alert 1223, which ended the session", offset: m.offset))
        } else if isOver, phase == .completed(.inOrder), m.message.commands.allSatisfy({ $0.answersHeader }),
            m.message.header.cred == nil, !authentication.lastProof(of: .toClient), !m.reportsFailure
        {
            found.append(
                Finding(
                    SessionRules.messageNeedless, .request,
                    "\(m.name) holds nothing but the Status of SyncHdr after the server ended the session",
                    offset: m.offset))
        }
    }

    private func judgeDevInfo(_ m: SessionMessage, _ found: inout [Finding]) {
        let missing = SessionStart.missingDevInfo(m.message)
        guard missing?.isEmpty != true else { return }
        found.append(
            Finding(
                SessionRules.devInfoMissing, .request,
                missing.map { "Package 1 does not say ./DevInfo/" + $0.joined(separator: ", ") }
                    ?? "Package 1 holds no Replace with ./DevInfo nodes",
                offset: m.offset, level: missing == nil ? nil : .note))
    }

    // MARK: - Keeping the course

    private func announce(_ m: SessionMessage) {
        let header = m.message.header
        if let size = header.meta.maxMsgSize.flatMap({ UInt64($0) }) { sides[m.direction].maxMsgSize = size }
        if let size = header.meta.maxObjSize.flatMap({ UInt64($0) }) { sides[m.direction].maxObjSize = size }
        sides[m.direction].wantsNoResponses = header.noResp
        sides[m.direction].messages += 1
        lastSpeaker = m.direction
        if m.direction == .toClient {
            // Those inside a Sequence too.
            let commands = m.message.content.commands
            awaitsUser = commands.contains { $0.element == .alert && AlertCode.asksUser(Int($0.code)) }
        }
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
            // To answer the server's Alert 1223 is not to go on.
            if phase == .aborted(by: .toClient), m.message.commands.allSatisfy({ $0.element == .status }) { return }
            phase = .open
            return
        }
        // What the relay put in its place is what the device follows.
        let altered = m.exchange.alterations.last { $0.what == "resp-uri" }?.after
        if let uri = altered ?? m.message.header.respURI {
            respURI.follow(uri, m, &found)
            remember(server: uri)
        }
        if case .aborted = phase { return }
        guard m.message.final, !course.open.toServer, !m.message.commands.contains(where: { $0.element != .status }),
            !m.message.asksForCredentials
        else { return }
        let refusal = m.headerStatuses.first.flatMap { status in
            (status.code ?? 0) >= 400 ? SessionCourse.status(status.data) : nil
        }
        phase = .completed(refusal.map { .refused($0) } ?? .inOrder)
    }

    /// The client's message got no message back. What HTTP refused was not carried out and comes again, and what was
    /// answered out of sight is not known; the server may have numbered a response that was lost.
    private func noteUnanswered(_ exchange: Exchange) {
        guard let msgID = exchange.request?.body.dm?.header.msgID, exchange.response?.body.dm == nil else { return }
        sides.toClient.numbers.mayHaveLostOne()
        if exchange.response?.body.complete == true { answers.abandon(.toServer, msgID) }
    }

    /// Some servers end a session with a response that has no body.
    private func noteEmptyResponse(_ exchange: Exchange) {
        guard phase == .open, exchange.request?.body.dm?.final == true, let response = exchange.response,
            response.body.complete, response.body.length == 0, let status = response.head.status,
            (200..<300).contains(status)
        else { return }
        phase = .completed(.emptyResponse)
    }
}
