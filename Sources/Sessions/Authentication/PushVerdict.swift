/// What the operator's credentials say of the digest of a notification or the MAC of a bootstrap.
package enum PushVerdict: Equatable, Sendable {
    /// No entry of the credentials is for it.
    case unknown
    /// Computed with the secret; the words tell what is worth telling, for example that the nonce is the default one.
    case verified(String?)
    /// What differs.
    case wrong(String)
    /// Not verifiable, and why.
    case unverifiable(String)

    /// As a record tells it: `verified`; nil where nobody knows.
    package var text: String? {
        switch self {
        case .unknown: nil
        case .verified(let how): how.map { "verified \($0)" } ?? "verified"
        case .wrong(let what): "wrong: \(what)"
        case .unverifiable(let why): "not verified: \(why)"
        }
    }
}
