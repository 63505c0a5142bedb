package import Binding
import HTTPWire
package import SyncML
package import Wire

/// Joins exchanges into DM sessions, across connections, retries and RespURI redirects.
///
/// A session is known by SessionID, device (Source LocURI of the client's SyncHdr) and server. Devices reuse small
/// numbers, so a message that begins a session with MsgID 1 ends an older one of the same name, unless it is the same
/// message sent again because nothing has come of it yet, or package 1 sent again with the credentials that were asked
/// for. A session ends when its work is done and its connection closed, when the device begins another, when nothing was
/// heard of it for `idle`, or when the source ends.
///
/// Bounds: at most `Limits.sessions` sessions that together hold at most `Limits.sessionMemory`; those quiet for longest
/// are ended first.
package struct SessionTracker {
    private struct Name: Hashable {
        let sessionID: String
        let device: String
    }

    /// A connection that carried sessions and is still open.
    private final class Connection {
        /// Those whose last message came over it.
        var sessions: Set<Int> = []
        var lastSession = 0
        var lastUsed = Timestamp(nanoseconds: 0)
    }

    private struct Entry {
        let name: Name
        let session: DMSession
    }

    private var sessions: [Int: Entry] = [:]
    private var names: [Name: [Int]] = [:]
    /// The session that a device began last, where it is open still.
    private var latest: [String: Int] = [:]
    private var connections: [Int: Connection] = [:]
    private var count = 0
    private var weight = 0
    private var now = Timestamp(nanoseconds: .min)
    private var serverNames = ServerNames()
    private var nonces: NonceBook
    private var http: HTTPAuthentication
    private var notifications = NotificationCourse()
    private let verification: Verification
    private let limits: Limits
    /// Sessions that ended last: exchanges of theirs may still end.
    private var past = RecentTable<Name, SessionPast>(kept: pastKept)
    private static let pastKept = 1024
    /// Characters of SessionID and LocURIs that are kept and shown of a session.
    private static let longestName = 1024
    private static let idle: Int64 = 300 * 1_000_000_000
    /// A device that has closed its connection comes back within this time: DM knows no timeout between packages, and a
    /// user may have to answer first.
    private static let absence: Int64 = 900 * 1_000_000_000
    /// A challenge is answered within this time, or what comes is a new session; so with package 1 that was answered and
    /// comes again.
    private static let challenge: Int64 = 60 * 1_000_000_000

    /// `md5` yields 16 octets. Without `credentials` what sides prove is followed, but not verified.
    package init(
        limits: Limits, md5: @escaping @Sendable ([UInt8]) -> [UInt8], credentials: Credentials = Credentials()
    ) {
        self.limits = limits
        verification = Verification(md5: md5, credentials: credentials)
        nonces = NonceBook(kept: limits.sessions)
        http = HTTPAuthentication(verification, kept: limits.sessions)
    }

    /// Sessions followed now.
    package var followed: Int { sessions.count }
    /// About how many octets they hold.
    package var held: Int { weight }

    /// Takes an exchange in the order it ended; yields findings that belong to it and sessions that ended by it.
    package mutating func receive(_ exchange: Exchange) -> (findings: [Finding], ended: [SessionSummary]) {
        now = max(now, exchange.ended)
        var findings: [Finding] = []
        let request = exchange.request?.body.dm
        let response = exchange.response?.body.dm
        let longestName = SessionTracker.longestName
        guard let sessionID = (request?.header.sessionID ?? response?.header.sessionID)?.clipped(to: longestName) else {
            _ = http.receive(exchange, &findings)
            return (findings, [])
        }
        let device = (request?.header.source.uri ?? response?.header.target.uri)?.clipped(to: longestName)
        let server = (request?.header.target.uri ?? response?.header.source.uri ?? exchange.context.host)?
            .clipped(to: longestName)
        let name = Name(
            sessionID: sessionID.clipped(to: 256),
            device: (device ?? Address.authority(of: exchange.context.client, isTLS: false).host).clipped(to: 256))
        let serverName = serverNames.name(of: server)
        let target = request?.header.target.uri == nil ? nil : serverName
        var ended: [SessionSummary] = []

        var number = find(name, exchange, server: server, serverName)
        var late = number.flatMap { sessions[$0]?.session.late(exchange, target: target) }
        if let known = number, let session = sessions[known]?.session,
            isOver(known, session, at: exchange.time)
                || request.map({ begins($0, exchange, anew: session, late) }) ?? false
        {
            ended += end(CollectionOfOne(known))
            number = nil
        }
        if number == nil { late = past[name]?.late(exchange, target: target) }
        if late == .ofAnotherSession {
            ended.append(alone(exchange, sessionID: sessionID, device: device, server: server, &findings))
            return (Array(findings.prefix(limits.findings)), ended)
        }
        if number == nil, let late {
            late.judge(exchange, &findings)
            return (findings, ended)
        }
        if number == nil, let request { judgeSessionID(of: request, name, server, serverName, exchange, &findings) }
        let at = number ?? open(name, device: device, server: server, sessionID: sessionID, exchange, &ended)
        if number == nil, let request { notifications.judge(request, exchange, &findings) }
        guard let session = sessions[at]?.session else { return (findings, ended) }
        if late == nil { use(exchange, by: at) }
        let before = session.connections.last
        // An exchange that came before, in time or on the other side of an intermediary, proves nothing anew.
        let proof = late != nil || session.isOtherLeg(exchange) ? nil : http.receive(exchange, &findings)
        weight -= session.weight
        findings += session.receive(exchange, late: late)
        if let proof { session.authentication.prove(proof, exchange, &findings) }
        weight += session.weight
        let last = session.connections.last
        if last != before {
            connections[before]?.sessions.remove(at)
            connections[last]?.sessions.insert(at)
        }
        nonces.keep(session.authentication)
        if weight > limits.sessionMemory { ended += makeRoom(sparing: at) }
        return (Array(findings.prefix(limits.findings)), ended)
    }

    /// Takes a notification to the device at `client` (`ip:port`); what the credentials say of its digest.
    package mutating func receive(
        _ notification: PackageZero, to client: String, at time: Timestamp, _ found: inout [Finding]
    ) -> PushVerdict {
        notifications.receive(
            notification, to: client, at: time, verification, nonces: { [nonces] in nonces[$0].toClient }, &found)
    }

    /// A connection has ended; sessions whose work is done end with it. With `gaps`, octets of it were not captured.
    package mutating func connectionEnded(
        _ id: Int, reason: CloseReason, at time: Timestamp, gaps: Int = 0
    ) -> [SessionSummary] {
        now = max(now, time)
        guard let connection = connections.removeValue(forKey: id) else { return [] }
        var over: [Int] = []
        for number in connection.sessions {
            guard let session = sessions[number]?.session, session.connections.last == id else { continue }
            session.connections.ended(reason, at: time, hasGaps: gaps > 0)
            if session.phase != .open { over.append(number) }
        }
        return end(over, reusing: connection)
    }

    /// Ends sessions of which nothing was heard for a while.
    package mutating func expire(at time: Timestamp) -> [SessionSummary] {
        now = max(now, time)
        return end(sessions.filter { isOver($0.key, $0.value.session, at: time) }.map(\.key))
    }

    /// Nobody is to go on with it any more. One whose work is not done stays as long as its connection does and carries no
    /// other.
    private func isOver(_ number: Int, _ session: DMSession, at time: Timestamp) -> Bool {
        let quiet = time.since(session.ended)
        guard quiet > SessionTracker.idle else { return false }
        return session.phase != .open
            || connections[session.connections.last]?.lastSession != number && quiet > SessionTracker.absence
    }

    /// The source has ended: every session still open ends.
    package mutating func finish() -> [SessionSummary] { end(Array(sessions.keys)) }

    // MARK: - Which session

    /// The session an exchange belongs to: of those with its name the one with its server; a message that begins none
    /// belongs to the only one there is, for addresses change with RespURI and redirects.
    private func find(_ name: Name, _ exchange: Exchange, server: String?, _ serverName: String?) -> Int? {
        guard let known = names[name] else { return nil }
        let mayBegin = exchange.request?.body.dm?.header.msgID == "1"
        if known.count == 1, !mayBegin { return known[0] }
        if let server, let serverName {
            let match = known.last { sessions[$0]?.session.isWith(server: server, name: serverName) ?? false }
            if let match { return match }
        }
        if mayBegin, let request = exchange.request?.body.dm, SessionStart.begins(request) { return nil }
        return known.max { (sessions[$0]?.session.ended ?? now) < (sessions[$1]?.session.ended ?? now) }
    }

    /// The request begins a new session under the name of one that is already known.
    private func begins(
        _ request: SyncMLMessage, _ exchange: Exchange, anew before: DMSession, _ late: MessageNumbers.Late?
    ) -> Bool {
        guard request.header.msgID == "1", SessionStart.begins(request) || SessionStart.hasDevInfo(request),
            late == nil
        else { return false }
        if before.holds(request, digest: exchange.request?.body.sha256 ?? []) {
            return
                !(before.isAtFirstMessage && before.phase == .open
                && (before.connections.isToRepeat || isSoon(exchange, after: before)))
        }
        let isAnswer = request.header.cred != nil || exchange.request?.head.has("x-syncml-hmac") == true
        return
            !(isAnswer && before.awaitsCredentials && isSoon(exchange, after: before))
    }

    /// A message that begins a session of its own by name, though it goes on with the one that its device began last, on the
    /// same connection or with the same server.
    private func judgeSessionID(
        of request: SyncMLMessage, _ name: Name, _ server: String?, _ serverName: String?, _ exchange: Exchange,
        _ findings: inout [Finding]
    ) {
        guard let before = latest[name.device].flatMap({ sessions[$0] }),
            before.session.connections.last == exchange.connection
                || before.session.isWith(server: server ?? "", name: serverName ?? ""),
            before.session.isContinued(by: request)
        else { return }
        findings.append(
            Finding(
                SessionRules.sessionIDChanged, .request,
                "SessionID is \(name.sessionID.clipped(to: 40)), but the message goes on with session "
                    + "\(before.name.sessionID.clipped(to: 40)): its MsgID is the next, and it answers that one's last message",
                offset: StreamOffset(request.header.offset)))
    }

    private func isSoon(_ exchange: Exchange, after session: DMSession) -> Bool {
        exchange.time.since(session.ended) < SessionTracker.challenge
    }

    private mutating func open(
        _ name: Name, device: String?, server: String?, sessionID: String, _ exchange: Exchange,
        _ ended: inout [SessionSummary]
    ) -> Int {
        if sessions.count >= limits.sessions { ended += makeRoom(sparing: nil) }
        count += 1
        let parties = Parties(
            device: device, server: server, serverName: serverNames.name(of: server), host: exchange.context.host)
        if !verification.credentials.isEmpty { notifications.began(parties, at: exchange.context.client) }
        let session = DMSession(
            sessionID: sessionID, device: device, server: server, at: exchange.time, limits: limits,
            authentication: AuthenticationCourse(parties, verification, nonces: nonces[parties]))
        sessions[count] = Entry(name: name, session: session)
        weight += session.weight
        names[name, default: []].append(count)
        latest[name.device] = count
        return count
    }

    /// A session of one exchange, which the device gave up for another of the same name before the exchange ended. What it
    /// proves is not verified: nonces may have been given since.
    private mutating func alone(
        _ exchange: Exchange, sessionID: String, device: String?, server: String?, _ findings: inout [Finding]
    ) -> SessionSummary {
        let parties = Parties(
            device: device, server: server, serverName: serverNames.name(of: server), host: exchange.context.host)
        let session = DMSession(
            sessionID: sessionID, device: device, server: server, at: exchange.time, limits: limits,
            authentication: AuthenticationCourse(
                parties, Verification(md5: verification.digest.md5, credentials: Credentials()),
                nonces: PerDirection { _ in NonceHistory() }))
        findings += session.receive(exchange, late: nil)
        return session.summary(observed: now, isReused: true)
    }

    private mutating func use(_ exchange: Exchange, by session: Int) {
        let connection: Connection
        if let known = connections[exchange.connection] {
            connection = known
        } else {
            connection = Connection()
            connections[exchange.connection] = connection
        }
        connection.lastSession = session
        connection.lastUsed = exchange.ended
    }

    // MARK: - Ending

    /// Ends a share of the sessions, those quiet for longest.
    private mutating func makeRoom(sparing spared: Int?) -> [SessionSummary] {
        let quiet = sessions.map { (ended: $0.value.session.ended, number: $0.key) }.sorted { $0 < $1 }
        return end(quiet.lazy.map(\.number).filter { $0 != spared }.prefix(max(1, sessions.count / 16)))
    }

    private mutating func end(_ numbers: some Sequence<Int>, reusing closed: Connection? = nil) -> [SessionSummary] {
        var ended: [SessionSummary] = []
        for number in numbers {
            guard let entry = sessions.removeValue(forKey: number) else { continue }
            let session = entry.session
            weight -= session.weight
            past[entry.name] = SessionPast(session)
            names[entry.name]?.removeAll { $0 == number }
            if names[entry.name]?.isEmpty == true { names[entry.name] = nil }
            if latest[entry.name.device] == number { latest[entry.name.device] = nil }
            let connection = closed ?? connections[session.connections.last]
            let isReused = connection.map { $0.lastSession != number || $0.lastUsed > session.ended } ?? false
            ended.append(session.summary(observed: now, isReused: isReused))
            connections[session.connections.last]?.sessions.remove(number)
        }
        return ended.sorted { ($0.started, $0.sessionID) < ($1.started, $1.sessionID) }
    }
}
