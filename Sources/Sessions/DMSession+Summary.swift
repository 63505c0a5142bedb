import Binding
import SyncML
import Wire

/// How a session went, said at its end.
extension DMSession {
    /// What the session came to. `observed` is until when the source was seen; `isReused` when its last connection served
    /// something else since.
    func summary(observed: Timestamp, isReused: Bool) -> SessionSummary {
        var found: [Finding] = []
        switch phase {
        case .completed(.inOrder): answers.judgeEnd(silently: false, &found)
        case .completed(.emptyResponse): answers.judgeEnd(silently: true, &found)
        default: break
        }
        for (direction, name) in [(Direction.toClient, "server"), (.toServer, "client")] {
            if let object = sides[direction].objects.open {
                found.append(
                    Finding(
                        SessionRules.objectUnfinished, .session,
                        "The \(name)'s object \(object.address) ended after \(object.received) octets"
                            + (object.declared.map { " of \($0)" } ?? "")))
            }
        }
        connections.judgeEnd(
            ConnectionCourse.Ending(
                phase: phase, last: ended, observed: observed, isReused: isReused,
                clientOwes: lastSpeaker == .toClient && !awaitsUser),
            &found)
        authentication.judgeEnd(isCompleted: phase == .completed(.inOrder), isDataSync: isDataSync, &found)
        if otherLegs.exchanges > 0 {
            found.append(
                Finding(
                    SessionRules.seenTwice, .session,
                    "\(counted(otherLegs.exchanges, "exchange")) also passed over another connection at the same time, "
                        + "first over connection \(otherLegs.connection)"))
        }
        if course.leftOut > 0 {
            found.append(
                Finding(
                    SessionRules.rowsLeftOut, .session,
                    "\(counted(course.leftOut, "row")) of \(course.messages) are left out, from row "
                        + "\(PackageCourse.rowsKept + 1) on"))
        }
        if phase == .open {
            found.append(Finding(SessionRules.sessionUnfinished, .session, "The session was not ended: \(outcome)"))
        }
        var summary = SessionSummary(device: device, server: server, sessionID: sessionID, started: started)
        summary.ended = ended
        summary.packages = course.rows
        summary.packagesLeftOut = course.leftOut
        summary.outcome = outcome
        summary.auth = authentication.line
        summary.findings = Array(certain(found).prefix(limits.findings))
        return summary
    }

    private var outcome: String {
        let messages = counted(course.messages, "message")
        let failed = answers.commands.toClient.failures
        let failures = failed == 0 ? "" : "; \(counted(failed, "command")) failed"
        typealias Words = SessionSummary.OutcomeWords
        switch phase {
        case .completed(.inOrder): return "\(Words.completed) after \(messages)\(failures)"
        case .completed(.refused(let status)): return "ended by the server with Status \(status) after \(messages)"
        case .completed(.emptyResponse): return "\(Words.endedEmpty) after \(messages)\(failures)"
        case .aborted(let by): return "aborted by the \(by.sender) (Alert 1223) after \(messages)\(failures)"
        case .open:
            if let refusal = authentication.refusal { return refusal }
            let last = course.lastRow.map { "package \($0.number) of the \($0.direction.sender)" }
            let status = connections.lastHTTPStatus.map { ", answered HTTP \($0)" } ?? ""
            let how = connections.end.map { ", \($0.words)" } ?? ""
            return "unfinished: last seen \(last ?? "nothing")\(status)\(how)"
        }
    }
}
