import HTTPWire

/// For whom a connection carried DM so far: a forward proxy's connection may lead to many servers.
package struct CarriedDM: Sendable {
    private var isAny = false
    /// Whom the last such request was meant for; nil where it did not say.
    private var authority: String?

    /// A longer one names no host.
    private static let longest = 512

    package init() {}

    /// DM was carried for the server that this exchange is for.
    package func covers(_ exchange: Exchange) -> Bool {
        guard isAny, let head = exchange.request?.head else { return isAny }
        return head.isMeant(for: authority)
    }

    /// This exchange is DM.
    package mutating func add(_ exchange: Exchange) {
        guard !covers(exchange) else { return }
        isAny = true
        authority = exchange.request?.head.authority.flatMap { $0.utf8.count <= CarriedDM.longest ? $0 : nil }
    }
}
