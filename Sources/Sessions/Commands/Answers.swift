import SyncML
import Wire

/// What both sides of a session sent and what became of it, judged as answers come in (RepPro Status, Results).
struct Answers {
    private(set) var commands = PerDirection<Correlation> { _ in Correlation() }

    /// About how many octets the commands of both sides take.
    var weight: Int { commands.toServer.weight + commands.toClient.weight }

    /// What the session knows that answers are judged against.
    struct Circumstances {
        /// The session was seen from its beginning: a message that is not known was not sent.
        let beginningSeen: Bool
        /// MsgID of the peer's last message; nil when none was seen, or it had none.
        let peerMsgID: String?
        /// The peer's last message is the one that its receiver has seen last: both went over one connection.
        let isInTurn: Bool
        /// The peer's last message wanted no responses (NoResp in SyncHdr).
        let peerWantsNone: Bool
        /// The peer's last message may not have arrived: its connection broke.
        let interrupted: Bool
    }

    /// The message's commands now wait for answers.
    mutating func sent(_ m: SessionMessage) { commands[m.direction].sent(m.message, isWhole: m.isWhole) }

    /// The message was lost: nobody will answer its commands.
    mutating func abandon(_ direction: Direction, _ msgID: String) { commands[direction].abandon(msgID) }

    /// The message was sent again unchanged: its commands wait for answers as before.
    mutating func sentAgain(_ direction: Direction, _ msgID: String) { commands[direction].sentAgain(msgID) }

    /// The message was sent to where nobody waits for it any more.
    mutating func pass(_ direction: Direction, _ msgID: String) { commands[direction].pass(msgID) }

    mutating func receive(_ m: SessionMessage, _ circumstances: Circumstances, _ found: inout [Finding]) {
        judgeHeaderStatus(m, circumstances, &found)
        var touched: [String] = []
        let list = m.message.commands
        for at in list.indices {
            switch list.node(at).element {
            case .status where !list[at].answersHeader: judgeStatus(list[at], m, circumstances, &touched, &found)
            case .results: judgeResults(list[at], m, circumstances, &found)
            default: break
            }
        }
        for msgRef in touched { judgeAtomics(msgRef, m, &found) }
        // The answers that seem to be missing may have stood in the rest of it.
        if !m.isWhole { commands[m.direction.opposite].abandonAll() }
    }

    // MARK: The Status of the SyncHdr

    private mutating func judgeHeaderStatus(
        _ m: SessionMessage, _ circumstances: Circumstances, _ found: inout [Finding]
    ) {
        guard let peerMsgID = circumstances.peerMsgID else { return }
        guard let status = m.headerStatuses.first else {
            // A server may end the session with Final alone (DM Protocol, packages 2 and 4).
            let ends = m.direction == .toClient && m.message.final && m.message.commands.isEmpty && !m.isDataSync
            if circumstances.interrupted || ends { commands[m.direction.opposite].abandon(peerMsgID) }
            if !circumstances.peerWantsNone, !circumstances.interrupted, !ends, !m.aborts, m.isWhole {
                found.append(
                    Finding(
                        SessionRules.syncHdrStatusMissing, m.subject,
                        "No Status for the SyncHdr of message \(peerMsgID)",
                        offset: StreamOffset(m.message.header.offset), level: m.isDataSync ? .note : nil))
            }
            return
        }
        let first = m.message.commands.first { $0.element == .status }
        if let first, !first.answersHeader {
            found.append(
                Finding(
                    SessionRules.syncHdrStatusNotFirst, m.subject,
                    "The Status for SyncHdr comes after the Status of \(first.cmd ?? "another command")",
                    offset: StreamOffset(status.offset)))
        }
        judgeMsgRef(status, m, peerMsgID, circumstances, &found)
        // Of a message whose header is refused nothing is carried out; what was in it comes again.
        for status in m.headerStatuses where status.code ?? 0 >= 400 {
            commands[m.direction.opposite].abandon(status.msgRef ?? "")
        }
    }

    private mutating func judgeMsgRef(
        _ status: SyncMLCommand, _ m: SessionMessage, _ peerMsgID: String, _ circumstances: Circumstances,
        _ found: inout [Finding]
    ) {
        let at = StreamOffset(status.offset)
        let code = status.code ?? 0
        if status.msgRef == "0", code >= 400 {
            commands[m.direction.opposite].abandon(peerMsgID)
            found.append(
                Finding(
                    SessionRules.messageNotProcessed, m.subject,
                    "The \(m.direction.sender) could not process message \(peerMsgID): Status "
                        + "\(SessionCourse.status(status.data)) for SyncHdr with MsgRef 0", offset: at))
            return
        }
        // Where the peer's last message may not have arrived, an earlier one is answered.
        guard let msgRef = status.msgRef, circumstances.beginningSeen,
            !m.headerStatuses.contains(where: { $0.msgRef == peerMsgID }),
            circumstances.isInTurn && !circumstances.interrupted
                || commands[m.direction.opposite].message(msgRef) == nil
                    && commands[m.direction.opposite].isUnsent(msgRef)
        else { return }
        found.append(
            Finding(
                SessionRules.statusUnmatched, m.subject,
                "The Status for SyncHdr says MsgRef \(msgRef.clipped(to: 20)), but the "
                    + "\(m.direction.opposite.sender)'s last message is \(peerMsgID)", offset: at))
    }

    // MARK: Status and Results of commands

    private mutating func judgeStatus(
        _ status: SyncMLCommand, _ m: SessionMessage, _ circumstances: Circumstances, _ touched: inout [String],
        _ found: inout [Finding]
    ) {
        let place = status.node.cmdRef
        guard let msgRef = status.msgRef, place.count > 0 else { return }
        let cmdRef = CommandID(place, of: status.content)
        let peer = m.direction.opposite
        let at = StreamOffset(status.offset)
        switch commands[peer].answered(msgRef: msgRef, cmdRef: cmdRef, status: status.data ?? "") {
        case .command(let command):
            if command.atomic != nil || command.element == .atomic, !touched.contains(msgRef) { touched.append(msgRef) }
            judgeChunkAnswer(command, status, m, &found)
            if let cmd = status.cmd, cmd != command.name {
                found.append(
                    Finding(
                        SessionRules.statusNamesOtherCommand, m.subject,
                        "\(status.title) says Cmd \(cmd.clipped(to: 20)), but command \(cmdRef) of message \(msgRef) is "
                            + "\(command.name)", offset: at))
            }
        case .noSuchCommand:
            found.append(
                Finding(
                    SessionRules.statusUnmatched, m.subject,
                    "\(status.title) refers to command \(cmdRef) of message \(msgRef), which has no "
                        + "such command", offset: at))
        case .messageCut: break
        case .messageNotKnown:
            guard isSurelyUnsent(msgRef, by: peer, circumstances) else { return }
            found.append(
                Finding(
                    SessionRules.statusUnmatched, m.subject,
                    "\(status.title) refers to message \(msgRef.clipped(to: 20)), which was not sent in this session",
                    offset: at))
        }
    }

    private func judgeChunkAnswer(
        _ command: Correlation.Command, _ status: SyncMLCommand, _ m: SessionMessage, _ found: inout [Finding]
    ) {
        guard command.moreData, let data = status.data, data != "213", !command.hasFailed else { return }
        found.append(
            Finding(
                SessionRules.chunkNotAcknowledged, m.subject,
                "\(status.title) answers a chunk of \(command.about ?? command.title) with \(data.clipped(to: 20))",
                offset: StreamOffset(status.offset)))
    }

    private mutating func judgeResults(
        _ results: SyncMLCommand, _ m: SessionMessage, _ circumstances: Circumstances, _ found: inout [Finding]
    ) {
        let place = results.node.cmdRef
        let peer = m.direction.opposite
        let msgRef = results.msgRef ?? "1"
        let isChunk = results.content.isChunk(results.node)
        guard place.count > 0 else {
            // Windows may leave it out for command 1. That CmdRef is missing is said of the message.
            if !place.isPresent { _ = commands[peer].resulted(msgRef: msgRef, cmdRef: .one, isChunk: isChunk) }
            return
        }
        let cmdRef = CommandID(place, of: results.content)
        switch commands[peer].resulted(msgRef: msgRef, cmdRef: cmdRef, isChunk: isChunk) {
        case .command(let command) where command.element == .get || m.isDataSync: return
        case .messageNotKnown where !isSurelyUnsent(msgRef, by: peer, circumstances): return
        case .messageCut: return
        default: break
        }
        found.append(
            Finding(
                SessionRules.resultsUnmatched, m.subject,
                "\(results.title) refers to MsgRef \(msgRef.clipped(to: 20)) CmdRef \(cmdRef), which is "
                    + "no Get of the other side", offset: StreamOffset(results.offset)))
    }

    /// No message of this number was sent: the session was seen from its beginning, and the number is none that was
    /// sent long ago and has been forgotten.
    private func isSurelyUnsent(_ msgRef: String, by peer: Direction, _ circumstances: Circumstances) -> Bool {
        circumstances.beginningSeen && circumstances.peerMsgID != nil && commands[peer].isUnsent(msgRef)
    }

    // MARK: Atomic

    /// An Atomic succeeds or fails as a whole: once its Statuses are there, they agree.
    private func judgeAtomics(_ msgRef: String, _ m: SessionMessage, _ found: inout [Finding]) {
        guard let sent = commands[m.direction.opposite].message(msgRef) else { return }
        let members = Dictionary(grouping: sent.commands.filter { $0.element != .atomic }, by: \.atomic)
        for atomic in sent.commands where atomic.element == .atomic {
            guard let whole = atomic.status.flatMap({ Int($0) }), let members = members[atomic.cmdID] else { continue }
            let failed = members.first { $0.hasFailed || $0.status == "216" }
            // The Status of a Sequence says that it was begun.
            let done = members.first { $0.element != .sequence && ($0.status == "200" || $0.status == "201") }
            if whole == 200, let failed {
                found.append(
                    Finding(
                        SessionRules.atomicInconsistent, m.subject,
                        "\(atomic.title) of message \(msgRef) has Status 200, but \(failed.title) in it "
                            + (failed.status == "216" ? "was rolled back (216)" : "failed with \(failed.status ?? "")"))
                )
            } else if whole == 507, let done {
                found.append(
                    Finding(
                        SessionRules.atomicInconsistent, m.subject,
                        "\(atomic.title) of message \(msgRef) failed (507), but \(done.title) in it has Status "
                            + "\(done.status ?? ""): once rolled back it is 216, where that failed 516"))
            }
        }
    }

    // MARK: The end

    /// What was never answered, told once the session is over.
    /// Where the server ended it `silently`, without a message, it answered nothing of what came last.
    func judgeEnd(silently: Bool, _ found: inout [Finding]) {
        for (direction, name) in [(Direction.toClient, "server"), (.toServer, "client")] {
            if silently, direction == .toServer { continue }
            tell(
                commands[direction].open(where: \.lacksStatus), SessionRules.statusMissing,
                "of the \(name) got no Status", &found)
        }
        tell(
            commands.toClient.open(where: \.lacksResults), SessionRules.resultsMissing,
            "of the server succeeded (200), but no Results came", &found)
    }

    private func tell(
        _ open: [(msgID: String, command: Correlation.Command)], _ rule: Rule, _ what: String,
        _ found: inout [Finding]
    ) {
        guard !open.isEmpty else { return }
        let list = open.prefix(5).map { "\($0.command.title) of message \($0.msgID)" }
        found.append(
            Finding(
                rule, .session,
                "\(counted(open.count, "command")) \(what): " + list.joined(separator: ", ")
                    + (open.count > 5 ? " …" : "")))
    }
}
