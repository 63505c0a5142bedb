import SyncML
import Wire

/// How a session begins (DM Protocol, package 1).
enum SessionStart {
    /// The message holds Alert 1200 or 1201.
    static func begins(_ message: SyncMLMessage) -> Bool {
        message.alerts.contains { $0 == "1200" || $0 == "1201" }
    }

    static func hasDevInfo(_ message: SyncMLMessage) -> Bool {
        message.commands.contains { command in
            command.element == .replace
                && command.items.contains { item in
                    (item.source?.uri ?? item.target?.uri)?.contains("DevInfo") == true
                }
        }
    }
}

/// Words for a session's table.
enum SessionCourse {
    /// Lines a row holds at most; what is more is counted in the last.
    private static let linesKept = 20

    /// `["Status 200 ×3", "Status 404 Not found", "Get ×2", "Alert 1222 next message"]`, in the order in which they first
    /// appear.
    static func describe(_ message: SyncMLMessage) -> [String] {
        var kinds: [(first: SyncMLCommand, count: Int)] = []
        var leftOut = 0
        for command in message.commands {
            if let at = kinds.lastIndex(where: { isAlike($0.first, command) }) {
                kinds[at].count += 1
            } else if kinds.count < linesKept {
                kinds.append((command, 1))
            } else {
                leftOut += 1
            }
        }
        let lines = kinds.map { $0.count == 1 ? describe($0.first) : "\(describe($0.first)) ×\($0.count)" }
        return leftOut == 0 ? lines : lines + ["\(leftOut) more"]
    }

    /// The same words describe both.
    private static func isAlike(_ a: SyncMLCommand, _ b: SyncMLCommand) -> Bool {
        guard a.element == b.element, a.data == b.data else { return false }
        switch a.element {
        case .status: return true
        case .alert: return a.items.isEmpty && b.items.isEmpty || describe(a) == describe(b)
        case .atomic, .sequence: return a.children.count == b.children.count
        default: return (a.items.last?.moreData == true) == (b.items.last?.moreData == true) && a.name == b.name
        }
    }

    private static func describe(_ command: SyncMLCommand) -> String {
        switch command.element {
        case .status: return "Status \(status(command.data))"
        case .alert: return "Alert \(alert(command))"
        case .atomic, .sequence: return "\(command.name) of \(command.children.count)"
        default: return command.items.last?.moreData == true ? "\(command.name) (chunk)" : command.name
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

extension String {
    /// At most `count` characters of it, `…` where some are left out.
    func clipped(to count: Int) -> String { utf8.count <= count ? self : String(prefix(count)) + "…" }
}

/// `1 command`, `2 commands`.
package func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
