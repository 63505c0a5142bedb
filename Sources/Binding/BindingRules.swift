package import Wire

/// Placeholder until the rules stand.
package enum BindingRules {
    package static let all: [Rule] = []
    /// What the binding says of one exchange.
    package static func judge(_ exchange: Exchange) -> [Finding] { [] }
}
