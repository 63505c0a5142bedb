import SyncML
import Wire

/// How a session begins (DM Protocol, package 1).
enum SessionStart {
    /// The message holds Alert 1200 or 1201.
    static func begins(_ message: SyncMLMessage) -> Bool {
        message.commands.contains { $0.element == .alert && ($0.data == "1200" || $0.data == "1201") }
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
    /// `["Status ×3", "Get ×2", "Alert 1222"]`, in the order in which they first appear.
    static func describe(_ message: SyncMLMessage) -> [String] {
        var order: [String] = []
        var counts: [String: Int] = [:]
        for command in message.commands {
            let name = command.element == .alert ? "Alert \(command.data ?? "?")" : command.name
            if counts[name] == nil { order.append(name) }
            counts[name, default: 0] += 1
        }
        return order.prefix(20).map { counts[$0] == 1 ? $0 : "\($0) ×\(counts[$0] ?? 0)" }
    }
}

/// Comparing the addresses that sessions name servers by.
enum Address {
    /// Host of an absolute URI, lower case, without port; nil for a relative one.
    static func host(_ uri: String) -> String? {
        guard let scheme = uri.firstRange(of: "://") else { return nil }
        return bare(String(uri[scheme.upperBound...].prefix { !"/?#".contains($0) }))
    }

    /// An authority's host, lower case, without user information and port.
    static func bare(_ authority: String) -> String {
        let host = authority.split(separator: "@").last.map(String.init) ?? authority
        if host.hasPrefix("[") { return String(host.prefix { $0 != "]" }.dropFirst()).lowercased() }
        let parts = host.split(separator: ":", omittingEmptySubsequences: false)
        return String(parts.count == 2 ? parts[0] : host[...]).lowercased()
    }

    /// Path and query of an absolute URI; a relative one as it is.
    static func pathAndQuery(_ uri: String) -> String {
        guard let scheme = uri.firstRange(of: "://") else { return uri }
        let rest = uri[scheme.upperBound...].drop { $0 != "/" && $0 != "?" }
        return rest.isEmpty ? "/" : String(rest)
    }

    /// A request target (with the host it was sent to) is the address that a RespURI named. A query that the client
    /// adds of its own (Windows' `mode=…`) does no harm.
    static func same(_ respURI: String, _ target: String, host: String?) -> Bool {
        if let wanted = Address.host(respURI), let host, wanted != bare(host) { return false }
        let wanted = pathAndQuery(respURI)
        let got = pathAndQuery(target)
        return got == wanted || got.hasPrefix(wanted + "?") || got.hasPrefix(wanted + "&")
    }
}
