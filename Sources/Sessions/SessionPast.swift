import Binding
import SyncML
import Wire

/// What is kept of a session, running or ended, to recognise exchanges that began during it and ended late: a
/// request that got no answer, or a slow one, which the client gave up and sent again over another connection (binding
/// 5.1.5). Such an exchange is no next message, and begins no session that goes on.
struct SessionPast {
    private let started: Timestamp
    private let ended: Timestamp
    /// When its last exchange began.
    private let lastBegan: Timestamp
    /// Messages of the client.
    private let numbers: MessageNumbers
    /// As `Address.server` writes them.
    private let servers: [String]
    /// The last connection's (`ip:port`).
    private let ends: (client: String, server: String)?

    /// An intermediary passes a message on within this time; who comes later has given up waiting, perhaps from another
    /// address.
    static let passing: Int64 = 5 * 1_000_000_000

    init(_ session: DMSession) {
        started = session.started
        ended = session.ended
        lastBegan = session.span?.begin ?? session.started
        numbers = session.sides.toServer.numbers
        servers = session.servers
        ends = session.span.map { ($0.client, $0.server) }
    }

    /// What the exchange is; nil where it has nothing to do with the session's past. `target` is the server that its
    /// request names, as `Address.server` writes it; nil where it names none.
    func late(_ exchange: Exchange, target: String?) -> MessageNumbers.Late? {
        guard exchange.time < ended, let request = exchange.request, let header = request.body.dm?.header else {
            return nil
        }
        guard target.map(servers.contains) ?? true else { return nil }
        // A message that began behind its copy is the one that the client waits for.
        guard exchange.time < lastBegan else { return isOtherLeg(exchange, header.msgID) ? .unknown : nil }
        let late = header.msgID.flatMap { numbers.late($0, digest: request.body.sha256, began: exchange.time) }
        // What began before the session belongs to none that is known.
        guard let late else { return exchange.time < started ? .unknown : nil }
        if late == .reused, exchange.time < started { return ofAnotherSession(exchange) }
        // Of an earlier message the other leg was seen within the session.
        return isOtherLeg(exchange, header.msgID) ? .unknown : late
    }

    /// The exchange is the last one as an intermediary passed it on, or as it came to the intermediary.
    private func isOtherLeg(_ exchange: Exchange, _ msgID: String?) -> Bool {
        guard let msgID, let ends, numbers.isLast(msgID), exchange.time.since(lastBegan) < SessionPast.passing,
            exchange.ended.since(ended) < SessionPast.passing
        else { return false }
        return Address.isOtherLeg((exchange.context.client, exchange.context.server), of: ends)
    }

    /// What an exchange is that began before the session, and whose MsgID the session has for another message.
    private func ofAnotherSession(_ exchange: Exchange) -> MessageNumbers.Late {
        guard let request = exchange.request?.body.dm, request.header.msgID == "1" else { return .unknown }
        // Package 1 comes again with credentials where they were asked for: that is the same session.
        if exchange.response?.body.dm?.asksForCredentials == true { return .reused }
        return SessionStart.begins(request) ? .ofAnotherSession : .unknown
    }
}

extension MessageNumbers.Late {
    /// Says so of the exchange.
    func judge(_ exchange: Exchange, _ found: inout [Finding]) {
        guard let header = exchange.request?.body.dm?.header else { return }
        let msgID = (header.msgID ?? "").clipped(to: 20)
        let sessionID = (header.sessionID ?? "").clipped(to: 40)
        switch self {
        case .repeated:
            found.append(
                Finding(
                    SessionRules.messageRepeated, .request,
                    "Message \(msgID) of session \(sessionID) was sent again before this exchange ended, octet for octet"
                ))
        case .reused:
            found.append(
                Finding(
                    SessionRules.msgIDReused, .request,
                    "MsgID \(msgID) was used again in session \(sessionID) before this exchange ended, for another message"
                ))
        case .ofAnotherSession, .unknown: break
        }
    }
}
