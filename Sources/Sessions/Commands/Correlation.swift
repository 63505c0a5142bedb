import SyncML
import Wire

/// Joins Status and Results to the commands they answer, for the commands of one side (RepPro MsgRef, CmdRef).
///
/// Responsibilities: remembers commands until they are answered, within a bound; says what an answer refers to.
/// A command is open until its Status comes; a Get whose Status says that it succeeded, until its Results come. Containers
/// and the commands inside them are commands of their own.
///
/// Exceptions: of a message that is long past, or pushed out by the bound, nothing is known any more; an answer to it is
/// not judged, and its commands do not count as unanswered. Of a message with more commands than the bound the rest is
/// not known. What a message without MsgID holds cannot be answered.
struct Correlation {
    enum Results {
        case none
        /// They came in chunks, and not yet the last.
        case begun
        case whole
    }

    struct Command {
        let cmdID: CommandID
        let element: ElementName
        /// First LocURI it speaks of; of chunks alone, for nobody asks for that of others.
        let about: String?
        /// CmdID of the Atomic it stands in.
        let atomic: CommandID?
        /// It carries a chunk that is not the last of its object.
        let moreData: Bool
        /// It has one item: a Status and Results are about that.
        let isSingle: Bool
        /// Target and Source of its item; of several items nothing.
        let target: NodeAddress
        let source: NodeAddress
        /// The sender wants an answer: not for a Status, nor where NoResp stands, nor in a container that was refused.
        fileprivate(set) var wantsStatus: Bool
        /// Commands inside it, at any depth; they stand behind it.
        fileprivate(set) var inner: Int32 = 0
        /// Data of the last Status; nil until one came.
        var status: String?
        /// One of its Statuses said that it failed.
        fileprivate(set) var wasRefused = false
        var results = Results.none

        var name: String { element.name ?? "" }
        /// For a finding's text: `Get 4`.
        var title: String { "\(name) \(cmdID)" }
    }

    struct Sent {
        let msgID: String
        /// Nothing of it is missing here.
        fileprivate(set) var isWhole: Bool
        /// Those of its SyncHdr.
        let target: NodeAddress
        let source: NodeAddress
        fileprivate(set) var commands: [Command] = []
        /// One of its CmdIDs stands for several commands.
        let repeatsCmdIDs: Bool
        /// Elements stand in it that are no commands; a device may answer one all the same (Windows: 400).
        let holdsOthers: Bool
        /// Where a CmdID stands in `commands`; built for long messages alone.
        private var index: [CommandID: Int] = [:]
        /// The command behind the one that was found last: answers come in the order of the commands.
        private var next = 0
        private static let long = 64

        init(_ message: SyncMLMessage, isWhole: Bool) {
            let content = message.content
            msgID = Correlation.key(message.header.msgID ?? "")
            self.isWhole = isWhole
            repeatsCmdIDs = message.findings.contains {
                $0.rule === SyncMLRules.cmdIDRepeated || $0.rule === SyncMLRules.more
            }
            holdsOthers = content.holdsOthers
            target = NodeAddress(content.header.target.uri, of: content)
            source = NodeAddress(content.header.source.uri, of: content)
        }

        fileprivate mutating func reserve(_ count: Int) { commands.reserveCapacity(count) }

        /// Commands that still lack a Status, or Results.
        private var open = 0
        /// Octets of long CmdIDs and addresses.
        fileprivate private(set) var texts = 0
        /// Nobody will answer any of its commands.
        fileprivate(set) var isAbandoned = false

        var isSettled: Bool { open == 0 || isAbandoned }

        fileprivate mutating func append(_ command: consuming Command) {
            texts += command.cmdID.heapOctets + (command.about?.heapOctets ?? 0)
            if command.isOpen { open += 1 }
            commands.append(command)
            let place = commands.count - 1
            if place == Sent.long {
                for (place, command) in commands.enumerated() { index[command.cmdID] = place }
            } else if place > Sent.long {
                index[commands[place].cmdID] = place
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

        /// The same by an answer. Where nobody can tell which command is meant, the first answer counts for all of them.
        fileprivate mutating func answer(_ place: Int, _ change: (inout Command) -> Void) -> Command {
            guard repeatsCmdIDs else {
                let command = update(place, change)
                if command.inner > 0, command.isPassedOver { passOver(inside: place) }
                return command
            }
            let before = commands[place]
            let command = update(place, change)
            guard
                before.status == nil && command.status != nil || before.results == .none && command.results != .none
            else { return command }
            for other in commands.indices where other != place && commands[other].cmdID == command.cmdID {
                _ = update(other, change)
            }
            return command
        }

        /// Nobody carries out what a container holds that was refused as a whole, or whose answer has no room for more.
        private mutating func passOver(inside place: Int) {
            for at in place + 1..<min(place + 1 + Int(commands[place].inner), commands.count) {
                _ = update(at) { $0.wantsStatus = false }
            }
        }

        fileprivate mutating func hold(_ inner: Int, in place: Int) { commands[place].inner = Int32(inner) }

        fileprivate mutating func find(_ cmdID: CommandID) -> Int? {
            if next < commands.count, commands[next].cmdID == cmdID {
                next += 1
                return next - 1
            }
            let place =
                commands.count <= Sent.long ? commands.lastIndex { $0.cmdID == cmdID } : index[cmdID]
            if let place { next = place + 1 }
            return place
        }
    }

    /// Messages of this side, oldest first.
    private(set) var messages: [Sent] = []
    /// Commands held in all of them.
    private(set) var held = 0
    /// About how many octets they take.
    var weight: Int { 200 * messages.count + 320 * held + texts }
    /// Octets of long CmdIDs and addresses of them.
    private var texts = 0
    /// Commands of which a Status said that they failed.
    private(set) var failures = 0
    /// Highest MsgID of the messages that are not known any more; the greatest number there is where one had none.
    private var forgotten: UInt64?
    /// Highest number of commands held.
    static let kept = 2000
    /// Messages kept although all their commands are answered: late answers find them.
    private static let keptSettled = 2
    private static let keptMessages = 64

    mutating func sent(_ message: SyncMLMessage, isWhole: Bool) {
        guard message.header.msgID?.isEmpty == false else {
            pass("")
            return
        }
        var sent = Sent(message, isWhole: isWhole)
        let content = message.content
        sent.reserve(min(content.commands.count, Correlation.kept))
        for at in content.body { add(at, of: content, atomic: nil, to: &sent) }
        held += sent.commands.count
        texts += sent.texts
        messages.append(sent)
        trim()
    }

    private func add(_ at: Int, of content: MessageContent, atomic: CommandID?, to sent: inout Sent) {
        guard sent.commands.count < Correlation.kept else {
            sent.isWhole = false
            return
        }
        let command = content.commands[at]
        let cmdID = command.cmdID.isPresent ? CommandID(command.cmdID, of: content) : nil
        if let cmdID {
            let isChunk = content.isChunk(command)
            let item = command.items.count == 1 ? content.items[Int(command.items.start)] : nil
            sent.append(
                Command(
                    cmdID: cmdID, element: command.element,
                    about: isChunk ? content.string(content.about(command))?.clipped(to: 120) : nil, atomic: atomic,
                    moreData: isChunk, isSingle: item != nil,
                    target: item.map { NodeAddress($0.target.uri, of: content) } ?? .unknown,
                    source: item.map { NodeAddress($0.source.uri, of: content) } ?? .unknown,
                    wantsStatus: !content.header.noResp && command.wantsStatus))
        }
        let inner = command.element == .atomic ? cmdID : atomic
        let end = sent.commands.count
        for child in command.children.indices { add(child, of: content, atomic: inner, to: &sent) }
        if cmdID != nil, sent.commands.count > end { sent.hold(sent.commands.count - end, in: end - 1) }
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
            pass(messages[at].msgID)
            held -= messages[at].commands.count
            texts -= messages[at].texts
            messages.remove(at: at)
        }
    }

    /// The message never arrived, or could not be read: nobody will answer its commands.
    mutating func abandon(_ msgID: String) {
        let msgID = Correlation.key(msgID)
        for at in messages.indices where messages[at].msgID == msgID { messages[at].isAbandoned = true }
    }

    /// What became of the commands sent so far is not known.
    mutating func abandonAll() {
        for at in messages.indices { messages[at].isAbandoned = true }
    }

    /// The message was sent again unchanged: its commands wait for answers as before.
    mutating func sentAgain(_ msgID: String) {
        let msgID = Correlation.key(msgID)
        if let at = messages.lastIndex(where: { $0.msgID == msgID }) { messages[at].isAbandoned = false }
    }

    /// The message was sent to where nobody waits for it any more: answers to it are not judged.
    mutating func pass(_ msgID: String) { forgotten = max(forgotten ?? 0, UInt64(msgID) ?? .max) }

    /// No message of this number was sent, as far as is known here: it is none of those that have been forgotten.
    func isUnsent(_ msgRef: String) -> Bool {
        guard let forgotten else { return true }
        return UInt64(msgRef).map { $0 > forgotten } ?? (forgotten < .max)
    }

    enum Match {
        case command(Command)
        /// The message is known, the command is not.
        case noSuchCommand
        /// The same, but only a part of the message is known, or it holds more than commands.
        case messageCut
        /// The message was not seen, or is too long ago.
        case messageNotKnown
    }

    /// What a Status refers to; the command counts as answered from now on.
    mutating func answered(msgRef: String, cmdRef: CommandID, status: String) -> Match {
        var isFirstFailure = false
        let match = find(msgRef, cmdRef) { command in
            command.status = status.clipped(to: 20)
            guard command.hasFailed, !command.wasRefused else { return }
            command.wasRefused = true
            isFirstFailure = true
        }
        if isFirstFailure { failures += 1 }
        return match
    }

    /// What Results refer to; with `isChunk` more of them follow.
    mutating func resulted(msgRef: String, cmdRef: CommandID, isChunk: Bool) -> Match {
        find(msgRef, cmdRef) { $0.results = isChunk ? .begun : .whole }
    }

    private mutating func find(_ msgRef: String, _ cmdRef: CommandID, _ change: (inout Command) -> Void) -> Match {
        let msgRef = Correlation.key(msgRef)
        var match = Match.messageNotKnown
        for at in messages.indices.reversed() where messages[at].msgID == msgRef {
            if case .messageCut = match {
            } else {
                match = messages[at].isWhole && !messages[at].holdsOthers ? .noSuchCommand : .messageCut
            }
            guard let place = messages[at].find(cmdRef) else { continue }
            return .command(messages[at].answer(place, change))
        }
        return match
    }

    /// The last message sent with this number.
    func message(_ msgID: String) -> Sent? {
        let msgID = Correlation.key(msgID)
        return messages.last { $0.msgID == msgID }
    }

    /// MsgID as it is kept and compared: nobody needs it longer.
    static func key(_ id: String) -> String { id.clipped(to: 64) }

    /// Commands that still lack the answer `isOpen` asks for, with the MsgID of their message.
    func open(where isOpen: (Command) -> Bool) -> [(msgID: String, command: Command)] {
        messages.flatMap { sent in
            sent.isAbandoned ? [] : sent.commands.filter(isOpen).map { (sent.msgID, $0) }
        }
    }
}

extension Correlation.Command {
    fileprivate var isOpen: Bool { lacksStatus || lacksResults || results == .begun }
    var lacksStatus: Bool { wantsStatus && status == nil }
    var lacksResults: Bool { element == .get && status == "200" && results == .none }
    /// What is inside it is not carried out, or not answered: 507 and 516 alone say that it was tried.
    fileprivate var isPassedOver: Bool { status == "215" || hasFailed && status != "507" && status != "516" }
    var hasFailed: Bool { status.flatMap { Int($0) }.map { $0 >= 400 } ?? false }
}

extension CommandNode {
    /// Every command but Status gets a Status; Results only when something is wrong, and the Alerts that steer the
    /// session (next message, abort, no end of data) are answered by what follows them.
    fileprivate var wantsStatus: Bool {
        guard !noResp, element != .status, element != .results else { return false }
        return element != .alert
            || code != AlertCode.nextMessage && code != AlertCode.sessionAbort && code != AlertCode.noEndOfData
    }
}
