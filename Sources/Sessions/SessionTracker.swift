package import Binding
import SyncML
package import Wire

/// Joins exchanges into DM sessions, across connections, retries and RespURI redirects.
///
/// A session is known by SessionID, device (Source LocURI of the client's SyncHdr) and server. Devices reuse small
/// numbers, so a message that begins a session (Alert 1200 or 1201 with MsgID 1) ends an older one of the same name
/// unless it is the same message sent again. A session ends when its work is done and its connection closed, when the
/// device begins another, when nothing was heard of it for `idle`, or when the source ends. At most `Limits.sessions`
/// are kept; the one quiet for longest is ended first.
package struct SessionTracker: Sendable {
    private struct Key: Hashable {
        let sessionID: String
        let device: String
    }

    private var sessions: [Key: DMSession] = [:]
    private let limits: Limits
    private static let idle: Int64 = 300 * 1_000_000_000

    package init(limits: Limits) { self.limits = limits }

    /// Takes an exchange in the order it ended; yields findings that belong to it and sessions that ended by it.
    package mutating func receive(_ exchange: Exchange) -> (findings: [Finding], ended: [SessionSummary]) {
        let request = exchange.request?.body.dm
        let response = exchange.response?.body.dm
        guard let sessionID = request?.header.sessionID ?? response?.header.sessionID else { return ([], []) }
        let device = request?.header.source.uri ?? response?.header.target.uri
        let server = request?.header.target.uri ?? response?.header.source.uri ?? exchange.context.host
        let key = Key(sessionID: sessionID, device: device ?? exchange.context.client)
        var ended: [SessionSummary] = []
        var findings: [Finding] = []

        if let request, let before = sessions[key], begins(request, exchange, anew: before) {
            ended.append(before.summary())
            sessions[key] = nil
        }
        ended += makeRoom(for: key, at: exchange.ended)
        let at: Dictionary<Key, DMSession>.Index
        if let known = sessions.index(forKey: key) {
            at = known
        } else {
            sessions[key] = DMSession(
                sessionID: sessionID, device: device, server: server, at: exchange.time, limits: limits)
            guard let made = sessions.index(forKey: key) else { return ([], ended) }
            at = made
        }
        if let request, let part = exchange.request {
            findings += sessions.values[at].receive(request, part, .toServer, exchange)
        }
        if let response, let part = exchange.response {
            if let request, let own = response.header.sessionID, own != request.header.sessionID {
                findings.append(
                    Finding(
                        SessionRules.sessionIDDiffers, .response,
                        "The response has SessionID \(own), the request \(request.header.sessionID ?? "none")"))
            }
            findings += sessions.values[at].receive(response, part, .toClient, exchange)
        }
        return (findings, ended)
    }

    /// A connection has ended; sessions whose work is done end with it.
    package mutating func connectionEnded(_ id: Int, reason: String, at time: Timestamp) -> [SessionSummary] {
        var ended: [SessionSummary] = []
        for key in sessions.keys.filter({ sessions[$0]?.lastConnection == id }) {
            sessions[key]?.connectionEnd = reason
            if let session = sessions[key], session.phase != .open {
                ended.append(session.summary())
                sessions[key] = nil
            }
        }
        return ended.sorted { $0.started < $1.started }
    }

    /// Ends sessions of which nothing was heard for a while.
    package mutating func expire(at time: Timestamp) -> [SessionSummary] {
        end { time.nanoseconds.subtractingReportingOverflow($0.ended.nanoseconds).partialValue > SessionTracker.idle }
    }

    /// The source has ended: every session still open ends.
    package mutating func finish() -> [SessionSummary] { end { _ in true } }

    private mutating func end(where condition: (DMSession) -> Bool) -> [SessionSummary] {
        var ended: [SessionSummary] = []
        for (key, session) in sessions where condition(session) {
            ended.append(session.summary())
            sessions[key] = nil
        }
        return ended.sorted { $0.started < $1.started }
    }

    /// The request begins a new session under the name of one that is already known.
    private func begins(_ request: SyncMLMessage, _ exchange: Exchange, anew before: DMSession) -> Bool {
        guard SessionStart.begins(request), request.header.msgID == "1" else { return false }
        return !before.holds(request, digest: exchange.request?.body.sha256 ?? [])
    }

    private mutating func makeRoom(for key: Key, at time: Timestamp) -> [SessionSummary] {
        guard sessions[key] == nil, sessions.count >= limits.sessions else { return [] }
        let quiet = expire(at: time)
        guard quiet.isEmpty, let oldest = sessions.min(by: { $0.value.ended < $1.value.ended }) else { return quiet }
        sessions[oldest.key] = nil
        return [oldest.value.summary()]
    }
}
