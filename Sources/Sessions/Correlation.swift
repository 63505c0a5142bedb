import SyncML
import Wire

/// Joins Status and Results to the commands they answer, for the commands of one side (RepPro MsgRef, CmdRef).
///
/// Responsibilities: remembers commands until they are answered, within a bound; names what an answer refers to wrongly.
/// A command is open until its Status; a Get until Status, its Results may follow. Containers and what is inside them
/// are commands of their own.
struct Correlation {
    struct Command {
        let msgID: String
        let cmdID: String
        let name: String
        let exchange: String
        /// First LocURI it speaks of.
        let about: String?
        var answered = false
    }

    /// Commands of this side, in order, those answered long ago left out.
    private var commands: [Command] = []
    /// Messages whose commands were remembered; an answer to an older one is not judged.
    private var messages: [String] = []
    private static let kept = 2000
    private static let keptMessages = 16

    mutating func sent(_ message: SyncMLMessage, exchange: String) {
        let msgID = message.header.msgID ?? ""
        if !messages.contains(msgID) { messages.append(msgID) }
        if messages.count > Correlation.keptMessages {
            let oldest = messages.removeFirst()
            commands.removeAll { $0.msgID == oldest && $0.answered }
        }
        for command in message.commands { add(command, msgID, exchange) }
        if commands.count > Correlation.kept { commands.removeFirst(commands.count - Correlation.kept) }
    }

    private mutating func add(_ command: SyncMLCommand, _ msgID: String, _ exchange: String) {
        if command.element != .status, let cmdID = command.cmdID, !command.noResp {
            commands.append(
                Command(
                    msgID: msgID, cmdID: cmdID, name: command.name, exchange: exchange,
                    about: command.items.first.flatMap { $0.target?.uri ?? $0.source?.uri }))
        }
        for child in command.children { add(child, msgID, exchange) }
    }

    enum Match {
        case command(Command)
        /// The message is known, the command is not.
        case noSuchCommand
        /// The message was not seen, or is too long ago.
        case messageNotKnown
    }

    /// What an answer refers to; the command counts as answered from now on.
    mutating func answer(msgRef: String, cmdRef: String) -> Match {
        if let at = commands.lastIndex(where: { $0.cmdID == cmdRef && $0.msgID == msgRef }) {
            commands[at].answered = true
            return .command(commands[at])
        }
        return messages.contains(msgRef) ? .noSuchCommand : .messageNotKnown
    }

    /// Commands without a Status. Results need none when all is well, nor does what a message that is last held.
    func unanswered() -> [Command] { commands.filter { !$0.answered && $0.name != "Results" } }
}
