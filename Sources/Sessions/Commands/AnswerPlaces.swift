import Binding
import SyncML
import Wire

/// Whether the answers in a message stand where they belong, say what their place allows, and name what they answer.
///
/// Judged before the message is taken, against what the other side's commands have been answered with so far. Nothing
/// is said of answers to commands that are forgotten, nor in data synchronisation.
struct AnswerPlaces {
    private let commands: Correlation
    private let m: SessionMessage
    /// The message that was last referred to, and where in it the last answered command stands.
    private var msgRef = TextPlace()
    private var at: Int?
    private var sent: Correlation.Sent?
    private var place = -1
    /// By the command's place: the Status that this message has for it so far, negative for none.
    private var answered: [Int32] = []
    private var reported = (order: false, early: false)
    /// Answers judged in one message: each may have to be looked for among as many commands.
    private static let judged = Correlation.kept

    /// `commands` are those that the message may answer.
    static func judge(_ m: SessionMessage, of commands: Correlation, _ found: inout [Finding]) {
        guard !m.isDataSync else { return }
        var places = AnswerPlaces(commands: commands, m: m)
        places.judge(&found)
    }

    private mutating func judge(_ found: inout [Finding]) {
        let content = m.message.content
        let commands = m.message.commands
        var left = AnswerPlaces.judged
        for at in commands.indices {
            let node = commands.node(at)
            guard node.element == .status || node.element == .results, left > 0 else { continue }
            left -= 1
            let command = commands[at]
            refer(command)
            if command.answersHeader {
                judgeHeaderStatus(command, &found)
            } else if let at = find(node.cmdRef, of: content) {
                if node.element == .status {
                    judgeStatus(command, at, &found)
                } else {
                    judgeResults(command, at, &found)
                }
            }
        }
    }

    // MARK: What is answered

    private mutating func refer(_ answer: SyncMLCommand) {
        let (content, msgRef) = (answer.content, answer.node.msgRef)
        if msgRef.isPresent, content.equals(self.msgRef, msgRef, of: content) { return }
        self.msgRef = msgRef
        let msgID = answer.msgRef ?? (answer.element == .results ? "1" : nil)
        let messages = commands.messages
        let last = messages.lastIndex { $0.msgID == msgID }
        if let last, last == at { return }
        at = last
        // Where a MsgID was used twice, nobody can tell which of the messages is meant.
        sent = messages.firstIndex { $0.msgID == msgID } == last ? last.map { messages[$0] } : nil
        place = -1
        answered = [Int32](repeating: -1, count: sent?.commands.count ?? 0)
    }

    /// Answers come in the order of the commands: the search begins behind the last. Where a CmdID was used twice, nobody
    /// can tell which of the commands is meant.
    private func find(_ cmdRef: TextPlace, of content: MessageContent) -> Int? {
        guard cmdRef.count > 0, let sent else { return nil }
        let commands = sent.commands
        let wanted = CommandID(cmdRef, of: content)
        if sent.repeatsCmdIDs, commands.count(where: { $0.cmdID == wanted }) > 1 { return nil }
        let next = place + 1
        if next < commands.count, commands[next].cmdID == wanted { return next }
        return commands.lastIndex { $0.cmdID == wanted }
    }

    // MARK: Status

    private func judgeHeaderStatus(_ status: SyncMLCommand, _ found: inout [Finding]) {
        if let fault = AnswerPlaces.codeFault(status.code ?? 0, of: nil) { report(fault, status, "SyncHdr", &found) }
        guard let sent else { return }
        judgeRefs(status, sent.target, sent.source, "SyncHdr of message \(sent.msgID)", &found)
    }

    private mutating func judgeStatus(_ status: SyncMLCommand, _ at: Int, _ found: inout [Finding]) {
        guard let sent else { return }
        let command = sent.commands[at]
        if let fault = AnswerPlaces.codeFault(status.code ?? 0, of: command) {
            report(fault, status, command.title, &found)
        }
        judgeRefs(status, command.target, command.source, "\(command.title) of message \(sent.msgID)", &found)
        answered[at] = Int32(clamping: status.code ?? 0)
        // Some answer a container before what is in it, others behind.
        guard command.element != .atomic, command.element != .sequence else { return }
        if at < place, !reported.order {
            reported.order = true
            found.append(
                Finding(
                    AnswerPlaceRules.statusOrder, m.subject,
                    "\(status.title) answers \(command.title) of message \(sent.msgID) behind "
                        + "\(sent.commands[place].title), which came after it",
                    offset: StreamOffset(status.offset)))
        }
        place = max(place, at)
    }

    private func report(_ fault: String, _ status: SyncMLCommand, _ title: String, _ found: inout [Finding]) {
        found.append(
            Finding(
                AnswerPlaceRules.codeMisplaced, m.subject,
                "\(status.title) answers \(title) with \(SessionCourse.status(status.data)), which is \(fault)",
                offset: StreamOffset(status.offset)))
    }

    /// What a code is for, where it answers something else; `command` is nil for SyncHdr.
    private static func codeFault(_ code: Int, of command: Correlation.Command?) -> String? {
        switch code {
        case 212, 505, 513: command == nil ? nil : "for SyncHdr alone"
        case 213:
            command.map { $0.moreData || $0.inner > 0 } ?? false
                ? nil : "for a chunk of a large object that is not the last"
        case 304: command == nil ? "for what the user answered with No or what changes nothing, not for SyncHdr" : nil
        case 216, 516: command?.atomic == nil ? "for commands inside an Atomic" : nil
        case 507, 517: command?.atomic == nil && command?.element != .atomic ? "for an Atomic" : nil
        default: nil
        }
    }

    private func judgeRefs(
        _ status: SyncMLCommand, _ target: NodeAddress, _ source: NodeAddress, _ what: @autoclosure () -> String,
        _ found: inout [Finding]
    ) {
        judgeRefs(status, status.node.targetRefs, target, "Target", what(), &found)
        judgeRefs(status, status.node.sourceRefs, source, "Source", what(), &found)
    }

    private func judgeRefs(
        _ status: SyncMLCommand, _ refs: NodeRange, _ address: NodeAddress, _ name: String,
        _ what: @autoclosure () -> String, _ found: inout [Finding]
    ) {
        let content = status.content
        for at in refs.indices where address.differs(from: content.texts[at], of: content) {
            let text = (content.string(content.texts[at]) ?? "").clipped(to: 200)
            let written = text.isEmpty ? "an empty \(name)Ref" : "\(name)Ref \(text)"
            found.append(
                Finding(
                    AnswerPlaceRules.namesOther, m.subject,
                    "\(status.title) has \(written), which is not the \(name) of \(what())",
                    offset: StreamOffset(status.offset)))
        }
    }

    // MARK: Results

    private mutating func judgeResults(_ results: SyncMLCommand, _ at: Int, _ found: inout [Finding]) {
        guard let sent, sent.commands[at].element == .get else { return }
        let get = sent.commands[at]
        let content = results.content
        for item in content.items[results.node.items.indices]
        where get.target.isElsewhere(than: item.source.uri, of: content) {
            let text = (content.string(item.source.uri) ?? "").clipped(to: 200)
            let written = text.isEmpty ? "an empty Source" : "Source \(text)"
            found.append(
                Finding(
                    AnswerPlaceRules.namesOther, m.subject,
                    "\(results.title) has \(written), which is neither what \(get.title) of message \(sent.msgID) "
                        + "asked for nor below it", offset: StreamOffset(item.offset)))
        }
        if get.results != .begun,
            content.items[results.node.items.indices].contains(where: { !$0.source.uri.isPresent })
        {
            found.append(
                Finding(
                    AnswerPlaceRules.namesOther, m.subject,
                    "\(results.title) has an Item without Source, so that it does not say which node of "
                        + "\(get.title) of message \(sent.msgID) it is", offset: StreamOffset(results.offset)))
        }
        let status = answered[at] >= 0 ? Int(answered[at]) : get.status.flatMap { Int($0) }
        if let status, status >= 400, get.isSingle {
            found.append(
                Finding(
                    AnswerPlaceRules.resultsOrder, m.subject,
                    "\(results.title) belongs to \(get.title) of message \(sent.msgID), which was answered with Status "
                        + "\(status)", offset: StreamOffset(results.offset)))
        } else if get.lacksStatus, status == nil, !reported.early {
            reported.early = true
            found.append(
                Finding(
                    AnswerPlaceRules.resultsOrder, m.subject,
                    "\(results.title) comes before the Status of \(get.title) of message \(sent.msgID)",
                    offset: StreamOffset(results.offset)))
        }
    }
}

/// What `AnswerPlaces` judges.
enum AnswerPlaceRules {
    static let all = [codeMisplaced, statusOrder, namesOther, resultsOrder]

    static let codeMisplaced = Rule(
        "status-code-misplaced", .note, binds: .both, section: "RepPro 10, DM RepPro Status",
        "A status code answers what it is for: 212 SyncHdr, 213 a chunk, 216 a command inside an Atomic, 507 an Atomic.",
        why: "The sender of the command takes the code for what it says and does not learn what became of the command.",
        remedy: "Answer with a code that the table has for the command, 200 for success.")

    static let statusOrder = Rule(
        "status-order", .note, binds: .both, section: "DM Protocol, Status",
        "Statuses stand in the order of the commands that they answer.",
        why: "Senders that walk through their commands with the answers miss those that come too early or too late.",
        remedy: "Write one Status after the other as the commands came.")

    static let namesOther = Rule(
        "answer-names-other-address", .note, binds: .both, section: "RepPro TargetRef, SourceRef, Results",
        "TargetRef and SourceRef are Target and Source of what the Status answers; Source of Results is what the Get asked "
            + "for.",
        why: "A receiver that goes by the address takes the answer for that of another command, or drops it.",
        remedy: "Copy the LocURI of the command's item, or of the SyncHdr.")

    static let resultsOrder = Rule(
        "results-out-of-place", .note, binds: .client, section: "DM RepPro Results",
        "Results follow the Status of their Get, and only where it succeeded.",
        why: "Servers that decide by the Status drop Results that come before it, or that belong to a Get that failed.",
        remedy: "Write Status and then Results for each Get; no Results where the Status says that it failed.")
}
