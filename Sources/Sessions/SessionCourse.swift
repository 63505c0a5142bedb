import SyncML
import Wire

/// How a session begins (DM Protocol, package 1).
enum SessionStart {
    /// The message holds Alert 1200 or 1201.
    static func begins(_ message: SyncMLMessage) -> Bool {
        message.hasAlert(AlertCode.serverInitiated) || message.hasAlert(AlertCode.clientInitiated)
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
        var order: [String] = []
        var counts: [String: Int] = [:]
        var leftOut = 0
        for command in message.commands {
            let words = describe(command)
            guard counts[words] != nil || order.count < linesKept else {
                leftOut += 1
                continue
            }
            if counts[words] == nil { order.append(words) }
            counts[words, default: 0] += 1
        }
        let lines = order.map { counts[$0] == 1 ? $0 : "\($0) ×\(counts[$0] ?? 0)" }
        return leftOut == 0 ? lines : lines + ["\(leftOut) more"]
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
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
