import SyncML
import Wire

/// Joins Status and Results to the commands they answer, for the commands of one side (RepPro MsgRef, CmdRef).
///
/// Responsibilities: remembers commands until they are answered, within a bound; says what an answer refers to.
/// A command is open until its Status comes; a Get whose Status says that it succeeded, until its Results come. Containers
/// and the commands inside them are commands of their own.
///
/// Exceptions: of a message that is long past, or pushed out by the bound, nothing is known any more; an answer to it is
/// not judged, and its commands do not count as unanswered.
struct Correlation {
    struct Command {
        let cmdID: String
        let name: String
        let element: ElementName
        /// First LocURI it speaks of.
        let about: String?
        /// CmdID of the Atomic it stands in.
        let atomic: String?
        /// It carries a chunk that is not the last of its object.
        let moreData: Bool
        /// The sender wants an answer: not for a Status, nor where NoResp stands.
        var wantsStatus: Bool
        /// Data of the last Status; nil until one came.
        var status: String?
        var hasResults = false

        /// For a finding's text: `Get 4`.
        var title: String { "\(name) \(cmdID)" }
    }

    struct Sent {
        let msgID: String
        fileprivate(set) var commands: [Command] = []
        /// Where a CmdID stands in `commands`; built for long messages alone.
        private var index: [String: Int] = [:]
        /// The command behind the one that was found last: answers come in the order of the commands.
        private var next = 0
        private static let long = 64

        init(msgID: String) { self.msgID = msgID }

        /// Commands that still lack a Status, or Results.
        private var open = 0

        var isSettled: Bool { open == 0 }

        fileprivate mutating func append(_ command: Command) {
            commands.append(command)
            if command.isOpen { open += 1 }
            if commands.count == Sent.long {
                for (place, command) in commands.enumerated() { index[command.cmdID] = place }
            } else if commands.count > Sent.long {
                index[command.cmdID] = commands.count - 1
            }
        }

        /// Changes what is known of one command.
        fileprivate mutating func update(_ place: Int, _ change: (inout Command) -> Void) -> Command {
            let wasOpen = commands[place].isOpen
            change(&commands[place])
            let command = commands[place]
            if wasOpen != command.isOpen { open += wasOpen ? -1 : 1 }
            return command
        }

        /// Nobody will answer any of its commands.
        fileprivate mutating func abandon() {
            for place in commands.indices { commands[place].wantsStatus = false }
            open = commands.count { $0.isOpen }
        }

        fileprivate mutating func find(_ cmdID: String) -> Int? {
            if next < commands.count, commands[next].cmdID == cmdID {
                next += 1
                return next - 1
            }
            let place =
                commands.count < Sent.long ? commands.lastIndex { $0.cmdID == cmdID } : index[cmdID]
            if let place { next = place + 1 }
            return place
        }
    }

    /// Messages of this side, oldest first.
    private(set) var messages: [Sent] = []
    /// Commands held in all of them.
    private(set) var held = 0
    /// Highest number of commands held.
    static let kept = 2000
    /// Messages kept although all their commands are answered: late answers find them.
    private static let keptSettled = 2
    private static let keptMessages = 64

    mutating func sent(_ message: SyncMLMessage) {
        var sent = Sent(msgID: Correlation.key(message.header.msgID ?? ""))
        for command in message.commands { add(command, atomic: nil, isQuiet: message.header.noResp, to: &sent) }
        held += sent.commands.count
        messages.append(sent)
        trim()
    }

    private func add(_ command: SyncMLCommand, atomic: String?, isQuiet: Bool, to sent: inout Sent) {
        guard sent.commands.count < Correlation.kept else { return }
        if let cmdID = command.cmdID.map(Correlation.key) {
            sent.append(
                Command(
                    cmdID: cmdID, name: command.name, element: command.element,
                    about: command.about?.clipped(to: 120), atomic: atomic,
                    moreData: command.items.last?.moreData == true, wantsStatus: !isQuiet && command.wantsStatus))
        }
        let inner = command.element == .atomic ? command.cmdID.map(Correlation.key) : atomic
        for child in command.children { add(child, atomic: inner, isQuiet: isQuiet, to: &sent) }
    }

    private mutating func trim() {
        var settled = messages.count { $0.isSettled }
        var at = 0
        while at < messages.count - 1 {
            let isSettled = messages[at].isSettled
            guard
                held > Correlation.kept || messages.count > Correlation.keptMessages
                    || isSettled && settled > Correlation.keptSettled
            else {
                at += 1
                continue
            }
            if isSettled { settled -= 1 }
            held -= messages[at].commands.count
            messages.remove(at: at)
        }
    }

    /// The message never arrived, or could not be read: nobody will answer its commands.
    mutating func abandon(_ msgID: String) {
        let msgID = Correlation.key(msgID)
        for at in messages.indices where messages[at].msgID == msgID { messages[at].abandon() }
    }

    enum Match {
        case command(Command)
        /// The message is known, the command is not.
        case noSuchCommand
        /// The message was not seen, or is too long ago.
        case messageNotKnown
    }

    /// What a Status refers to; the command counts as answered from now on.
    mutating func answered(msgRef: String, cmdRef: String, status: String) -> Match {
        find(msgRef, cmdRef) { $0.status = status }
    }

    /// What Results refer to.
    mutating func resulted(msgRef: String, cmdRef: String) -> Match {
        find(msgRef, cmdRef) { $0.hasResults = true }
    }

    private mutating func find(_ msgRef: String, _ cmdRef: String, _ change: (inout Command) -> Void) -> Match {
        let msgRef = Correlation.key(msgRef)
        let cmdRef = Correlation.key(cmdRef)
        var isKnown = false
        for at in messages.indices.reversed() where messages[at].msgID == msgRef {
            isKnown = true
            guard let place = messages[at].find(cmdRef) else { continue }
            return .command(messages[at].update(place, change))
        }
        return isKnown ? .noSuchCommand : .messageNotKnown
    }

    /// The last message sent with this number.
    func message(_ msgID: String) -> Sent? {
        let msgID = Correlation.key(msgID)
        return messages.last { $0.msgID == msgID }
    }

    /// MsgID and CmdID as they are kept and compared: nobody needs them longer.
    private static func key(_ id: String) -> String { id.clipped(to: 64) }

    /// Commands that still lack the answer `isOpen` asks for, with the MsgID of their message.
    func open(where isOpen: (Command) -> Bool) -> [(msgID: String, command: Command)] {
        messages.flatMap { sent in sent.commands.filter(isOpen).map { (sent.msgID, $0) } }
    }
}

extension Correlation.Command {
    fileprivate var isOpen: Bool { lacksStatus || lacksResults }
    var lacksStatus: Bool { wantsStatus && status == nil }
    var lacksResults: Bool { element == .get && status == "200" && !hasResults }
    var hasFailed: Bool { status.flatMap { Int($0) }.map { $0 >= 400 } ?? false }
}

extension SyncMLCommand {
    /// Every command but Status gets a Status; Results only when something is wrong, and the Alerts that steer the
    /// session (next message, abort, no end of data) are answered by what follows them.
    fileprivate var wantsStatus: Bool {
        guard !noResp, element != .status, element != .results else { return false }
        return element != .alert || !["1222", "1223", "1225"].contains(data)
    }
}
