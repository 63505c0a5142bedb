import SyncML
import Wire

/// How a session begins (DM Protocol, package 1).
enum SessionStart {
    /// The message holds Alert 1200 or 1201.
    static func begins(_ message: SyncMLMessage) -> Bool {
        message.content.commands.contains {
            $0.element == .alert && ($0.code == AlertCode.serverInitiated || $0.code == AlertCode.clientInitiated)
        }
    }

    /// Nodes of DevInfo that no Replace of the message names (DM StdObj, DevInfo); nil where it has none of them.
    static func missingDevInfo(_ message: SyncMLMessage) -> [String]? {
        let content = message.content
        var missing: [StaticString] = ["DevId", "Man", "Mod", "DmV", "Lang"]
        var hasSome = false
        for command in content.commands[content.body] where command.element == .replace {
            for item in content.items[command.items.indices] {
                let uri = item.source.uri.isPresent ? item.source.uri : item.target.uri
                guard content.contains(uri, "DevInfo") else { continue }
                hasSome = true
                missing.removeAll { content.contains(uri, $0) }
                // The subtree at once.
                if content.equals(uri, "./DevInfo") { missing = [] }
            }
        }
        return hasSome ? missing.map(\.description) : nil
    }

    static func hasDevInfo(_ message: SyncMLMessage) -> Bool { missingDevInfo(message) != nil }
}

/// Words for a session's table.
enum SessionCourse {
    /// Lines a row holds at most; what is more is counted in the last.
    private static let linesKept = 20

    /// `["Status 200 ×3", "Status 404 Not found", "Get ×2", "Alert 1222 next message"]`, in the order in which they first
    /// appear.
    static func describe(_ message: SyncMLMessage) -> [String] {
        let commands = message.commands
        // Words are made once for each command that is told by them: they may be made of much.
        var kinds: [(first: Int, words: String?, count: Int)] = []
        var leftOut = 0
        for at in commands.indices {
            let words = isToldByWords(commands.node(at)) ? describe(commands[at]) : nil
            if let known = kinds.lastIndex(where: { isAlike($0.first, $0.words, at, words, commands) }) {
                kinds[known].count += 1
            } else if kinds.count < linesKept {
                kinds.append((at, words, 1))
            } else {
                leftOut += 1
            }
        }
        let lines = kinds.map { kind in
            let words = kind.words ?? describe(commands[kind.first])
            return kind.count == 1 ? words : words + " ×" + String(kind.count)
        }
        return leftOut == 0 ? lines : lines + ["\(leftOut) more"]
    }

    /// An Alert may say more than its code.
    private static func isToldByWords(_ command: CommandNode) -> Bool {
        command.element == .alert && !command.items.isEmpty
    }

    /// The same words describe both.
    private static func isAlike(
        _ a: Int, _ aWords: String?, _ b: Int, _ bWords: String?, _ commands: CommandList
    ) -> Bool {
        let (first, other, content) = (commands.node(a), commands.node(b), commands.content)
        guard first.element == other.element, first.code == other.code,
            first.code >= 0 || content.equals(first.data, other.data, of: content)
        else { return false }
        switch first.element {
        case .status: return true
        case .alert: return aWords == bWords
        case .atomic, .sequence: return first.children.count == other.children.count
        default: return content.isChunk(first) == content.isChunk(other)
        }
    }

    private static func describe(_ command: SyncMLCommand) -> String {
        switch command.element {
        case .status: return "Status " + status(command.data)
        case .alert: return "Alert " + alert(command)
        case .atomic, .sequence: return "\(command.name) of \(command.children.count)"
        default: return command.content.isChunk(command.node) ? command.name + " (chunk)" : command.name
        }
    }

    /// `404 Not found`; a plain 200 needs no name.
    static func status(_ data: String?) -> String {
        guard let data, !data.isEmpty else { return "without a code" }
        guard data != "200", let name = StatusCode.name(of: data) else { return data.clipped(to: 20) }
        return "\(data) \(name)"
    }

    /// `1201 client-initiated session`; of a client event or generic alert the type, and the result it reports:
    /// `1226 FUMO: update finished (200 Successful)`.
    static func alert(_ command: SyncMLCommand) -> String {
        guard let data = command.data, !data.isEmpty else { return "without a code" }
        let name = AlertCode.name(of: data).map { "\(data) \($0)" } ?? data.clipped(to: 20)
        guard data == "1224" || data == "1226", let item = command.items.first,
            let type = item.meta.type ?? command.meta.type
        else { return name }
        let meaning = AlertType.meaning(of: type) ?? type.clipped(to: 80)
        let result = item.data?.text.flatMap { text in
            AlertType.result(of: type, text).map { " (\(text) \($0))" }
        }
        return "\(data) \(meaning)\(result ?? "")"
    }
}

/// `1 command`, `2 commands`.
package func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
