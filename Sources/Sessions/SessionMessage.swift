import Binding
import HTTPWire
import SyncML
import Wire

/// One message of a session with what carried it: what every part of a session judges.
final class SessionMessage {
    let message: SyncMLMessage
    let part: Exchange.Message
    let direction: Direction
    let exchange: Exchange
    /// Statuses that answer the peer's SyncHdr, in order; nearly always one.
    let headerStatuses: [SyncMLCommand]
    /// Codes of all Alerts that are numbers, those in containers included.
    private let alerts: [Int]

    init(_ message: SyncMLMessage, _ part: Exchange.Message, _ direction: Direction, _ exchange: Exchange) {
        self.message = message
        self.part = part
        self.direction = direction
        self.exchange = exchange
        let commands = message.commands
        headerStatuses = commands.indices.lazy.filter { commands.node($0).element == .status }.map { commands[$0] }
            .filter(\.answersHeader)
        alerts = message.alerts
    }

    var subject: Subject { Subject(direction) }
    var msgID: String { message.header.msgID ?? "" }
    /// It was read to its end: what it lacks it does not hold.
    var isWhole: Bool { part.body.document?.complete != false && !part.body.isPartlyDecoded }
    /// The message for a finding's text: `Message 3`.
    var name: String { "Message \(message.header.msgID ?? "(without MsgID)")" }
    /// Of SyncHdr: where a finding points that is about the message as a whole.
    var offset: StreamOffset { StreamOffset(message.header.offset) }
    /// Data synchronisation: the same representation, another protocol.
    var isDataSync: Bool { message.header.isDataSync }
    var aborts: Bool { hasAlert(AlertCode.sessionAbort) }

    /// It asks for a session: Alert 1200 or 1201.
    var begins: Bool { hasAlert(AlertCode.serverInitiated) || hasAlert(AlertCode.clientInitiated) }

    /// It refuses the peer's message for another reason than its credentials.
    var reportsFailure: Bool {
        headerStatuses.contains { ($0.code ?? 0) >= 400 && $0.code != 401 && $0.code != 407 }
    }

    func hasAlert(_ code: Int) -> Bool { alerts.contains(code) }

    /// Octets of the message as its receiver parses it.
    var size: UInt64 { part.body.decoded.map { UInt64($0.count) } ?? part.body.length }
}

extension SyncMLMessage {
    /// Codes of the Alerts in the body, inside containers or not.
    var alerts: [Int] {
        // Those in containers stand in the same table.
        content.commands.lazy.filter { $0.element == .alert && $0.code >= 0 }.map { Int($0.code) }
    }

    /// A Status of it refuses what came before and has a challenge.
    var asksForCredentials: Bool { commands.contains { $0.hasChallenge && ($0.code == 401 || $0.code == 407) } }
}

extension SyncMLCommand {
    /// For a finding's text: `Get 4`.
    var title: String { cmdID.map { "\(name) \($0)" } ?? name }

    /// First LocURI it speaks of.
    var about: String? { content.string(content.about(node)) }
}
