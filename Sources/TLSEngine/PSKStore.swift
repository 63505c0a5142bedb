/// Pre-shared keys by identity, read from a file of `identity:hexkey` lines. `*:hexkey` is the key of every identity
/// that is not named. A line that starts with `#`, and an empty one, is passed over. The last colon separates, so an
/// identity may hold colons.
package struct PSKStore: Sendable {
    package private(set) var keys: [String: [UInt8]] = [:]
    package private(set) var defaultKey: [UInt8]?

    package init() {}

    /// The key for an identity: its own, else the default.
    package func key(for identity: String) -> [UInt8]? { keys[identity] ?? defaultKey }

    /// The one identity that is named, when just one is: what a leg uses that was not told.
    package var soleIdentity: String? { keys.count == 1 ? keys.first?.key : nil }

    package init(path: String) throws(TLSSetupError) {}

    /// - Parameter name: how errors name the source.
    package init(text: String, name: String) throws(TLSSetupError) {}
}
