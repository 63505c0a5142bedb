import TLSWire

/// Master secrets of sessions up to TLS 1.2, by session id and by ticket, so that resumed connections open too. Bounded;
/// the oldest goes first.
struct SessionCache {
    private var masters: [[UInt8]: [UInt8]] = [:]
    /// Names in the order in which they came; those before `oldest` are gone.
    private var order: [[UInt8]] = []
    private var oldest = 0

    static let capacity = 20_000

    /// - Parameter name: session id (at most 32 octets), or the digest of a ticket with a mark before it.
    subscript(name: [UInt8]) -> [UInt8]? { masters[name] }

    mutating func remember(_ name: [UInt8], _ master: [UInt8]) {
        guard masters.updateValue(master, forKey: name) == nil else { return }
        order.append(name)
        guard masters.count > SessionCache.capacity else { return }
        masters[order[oldest]] = nil
        order[oldest] = []
        oldest += 1
        if oldest > order.count / 2 {
            order.removeFirst(oldest)
            oldest = 0
        }
    }

    static func name(ofTicket ticket: [UInt8]) -> [UInt8] { [0] + LibCrypto.shared.hash(.sha256, ticket) }
}
