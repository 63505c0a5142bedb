import Binding
import SyncML
import Wire

// Which session an exchange or a message belongs to, and how it stands to what the session holds already.

extension DMSession {
    /// The server goes by this address in the session; `name` is what `Address.server` makes of it.
    func isWith(server uri: String, name: String) -> Bool { uri == lastServer || servers.contains(name) }

    /// The client sent this very message before.
    func holds(_ message: SyncMLMessage, digest: [UInt8]) -> Bool {
        message.header.msgID.map { sides.toServer.numbers.holds($0, digest: digest) } ?? false
    }

    /// The client's last message was its first.
    var isAtFirstMessage: Bool { sides.toServer.messages <= 1 }

    /// The client has been asked for credentials and has not answered yet.
    var awaitsCredentials: Bool { authentication.isDemanded(of: .toServer) }

    /// The request takes the session up where it stands, whatever SessionID it has: its MsgID is the next, and it answers the
    /// server's last message.
    func isContinued(by request: SyncMLMessage) -> Bool {
        guard phase == .open, lastSpeaker == .toClient, let asked = sides.toClient.numbers.last,
            let last = sides.toServer.numbers.last.flatMap({ UInt64($0) }),
            let next = request.header.msgID.flatMap({ UInt64($0) }), next == last &+ 1
        else { return false }
        return request.commands.contains {
            $0.element == .status && $0.answersHeader && $0.msgRef.map(Correlation.key) == asked
        }
    }

    /// What the exchange is where it began before others of the session that have ended; nil where its message is the
    /// next. Exchanges are told in the order in which they end. `target` is the server that the request names.
    func late(_ exchange: Exchange, target: String?) -> MessageNumbers.Late? {
        guard exchange.time < ended, exchange.connection != lastExchange.connection else { return nil }
        return SessionPast(self).late(exchange, target: target)
    }

    /// The exchange holds the client's last message within the time of the exchange before, but between others: an
    /// intermediary passed it on over another connection, and both its sides were captured.
    func isOtherLeg(_ exchange: Exchange) -> Bool {
        guard let span, exchange.connection != lastExchange.connection, exchange.time <= span.begin,
            exchange.ended >= span.end, let msgID = exchange.request?.body.dm?.header.msgID,
            sides.toServer.numbers.isLast(msgID)
        else { return false }
        let context = exchange.context
        return span.begin.since(exchange.time) < SessionPast.passing
            && Address.isOtherLeg((context.client, context.server), of: (span.client, span.server))
    }
}
