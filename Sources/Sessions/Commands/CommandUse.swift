import Binding
import SyncML
import Wire

/// Which commands each side of device management may send (DM RepPro, support table).
enum CommandUse {
    /// `afterAbort`: the message answers one with which the client aborted the session.
    static func judge(_ m: SessionMessage, afterAbort: Bool, _ found: inout [Finding]) {
        guard !m.isDataSync else { return }
        let commands = m.message.commands
        for at in commands.indices where commands.node(at).element != .status {
            let command = commands[at]
            if m.direction == .toServer {
                judgeClient(command, &found)
            } else {
                judgeServer(command, afterAbort: afterAbort, &found)
            }
        }
    }

    private static func judgeClient(_ command: SyncMLCommand, _ found: inout [Finding]) {
        switch command.element {
        case .results: return
        case .alert:
            guard let code = command.code, AlertCode.asksUser(code) else { return }
            found.append(
                Finding(
                    rule, .request,
                    "The client sends \(command.title) with code \(SessionCourse.alert(command)), which servers send",
                    offset: StreamOffset(command.offset)))
        case .replace:
            let content = command.content
            let other = content.items[command.node.items.indices].first { item in
                let uri = item.source.uri.isPresent ? item.source.uri : item.target.uri
                return uri.count > 0 && !content.contains(uri, "DevInfo")
            }
            guard let other else { return }
            let uri = content.string(other.source.uri.isPresent ? other.source.uri : other.target.uri) ?? ""
            found.append(
                Finding(
                    rule, .request,
                    "The client sends \(command.title) of \(uri.clipped(to: 200)), which is not of DevInfo",
                    offset: StreamOffset(command.offset), level: .note))
        default:
            found.append(
                Finding(rule, .request, "The client sends \(command.title)", offset: StreamOffset(command.offset)))
        }
    }

    private static var rule: Rule { SessionRules.commandNotAllowed }

    private static func judgeServer(_ command: SyncMLCommand, afterAbort: Bool, _ found: inout [Finding]) {
        let at = StreamOffset(command.offset)
        if afterAbort, command.code != AlertCode.sessionAbort || command.element != .alert {
            found.append(
                Finding(
                    afterAbortRule, .response,
                    "The client aborted the session (Alert 1223), but the server sends "
                        + command.title, offset: at))
        }
        switch command.element {
        case .put, .map, .search, .sync, .move, .results:
            found.append(Finding(serverRule, .response, "The server sends \(command.title)", offset: at))
        case .alert:
            // Alerts 1200 and 1201 make the message one of a client (`package-direction`).
            guard let code = command.code, AlertCode.name(of: code) != nil, !AlertCode.isOfServer(code),
                !AlertCode.isDataSync(code), code != AlertCode.serverInitiated, code != AlertCode.clientInitiated
            else { return }
            found.append(
                Finding(
                    serverRule, .response,
                    "The server sends \(command.title) with code \(SessionCourse.alert(command)), which clients send",
                    offset: at))
        default: break
        }
    }

    static let serverRule = Rule(
        "server-command-not-allowed", .should, binds: .server, section: "DM RepPro, commands",
        "A server sends Add, Atomic, Copy, Delete, Exec, Get, Replace, Sequence and Status, and Alert 1100 to 1104, 1222, "
            + "1223 and 1225.",
        why: "Device management has no use for others; clients answer 405, 406 or 501, or end the session.",
        remedy: "Use Replace or Add to write and Get to read.")

    static let afterAbortRule = Rule(
        "commands-after-abort", .should, binds: .server, section: "DM Protocol, Alert 1223",
        "A server answers a client's Alert 1223 with Statuses and no commands.",
        why: "The client has ended the session and carries nothing out; nobody will answer the commands.",
        remedy: "Send the Statuses for SyncHdr and Alert, and keep the commands for the next session.")
}
