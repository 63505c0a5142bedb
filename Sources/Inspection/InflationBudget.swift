import Synchronization

/// What all bodies of one connection may inflate to, beyond what their octets on the wire give cause for: a message of some
/// hundred octets can come to the bound of one body, and thousands of them follow one another.
final class InflationBudget: Sendable {
    private let left = Mutex(InflationBudget.most)
    private static let most = 64 * 1024 * 1024
    /// Octets that each octet on the wire adds; text rarely compresses better.
    private static let ratio = 64
    /// What a body may come to in any case.
    private static let least = 256 * 1024

    /// The bound for a body of `wire` octets.
    func limit(most: Int, wire: Int) -> Int {
        left.withLock { left in
            left = min(left + InflationBudget.ratio * wire, InflationBudget.most)
            return min(most, max(left, InflationBudget.least))
        }
    }

    func took(_ result: InflateResult) {
        switch result {
        case .done(let octets), .followed(let octets, _), .tooLong(let octets), .failed(_, let octets):
            left.withLock { $0 = max(0, $0 - octets.count) }
        case .unknownCoding: break
        }
    }
}
