/// `pattern` is a host name, or `*.` and the rest of one, which covers names with one label more. Case does not matter.
func hostPattern(_ pattern: String, covers host: String) -> Bool {
    let pattern = pattern.lowercased()
    let host = host.lowercased()
    guard pattern.hasPrefix("*.") else { return pattern == host }
    guard let dot = host.firstIndex(of: ".") else { return false }
    return host[dot...] == pattern.dropFirst()
}

/// Values by host: an exact name wins over a wildcard, a wildcard over the entry for all.
struct HostTable<Value> {
    private var rows: [(pattern: String?, value: Value)] = []

    mutating func add(_ pattern: String?, _ value: Value) { rows.append((pattern, value)) }

    func best(for host: String) -> Value? {
        func first(_ test: (String?) -> Bool) -> Value? { rows.first { test($0.pattern) }?.value }
        return first { $0.map { !$0.hasPrefix("*") && hostPattern($0, covers: host) } ?? false }
            ?? first { $0.map { hostPattern($0, covers: host) } ?? false } ?? first { $0 == nil }
    }
}

extension HostTable: Sendable where Value: Sendable {}

/// A host as it stands in a URL or a CONNECT target, without the brackets of an IPv6 literal.
func withoutBrackets(_ host: String) -> String {
    host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
}
