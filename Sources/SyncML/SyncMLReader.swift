package import Wire

/// Placeholder until the reader stands.
package enum SyncMLReader {
    /// The message a document holds; nil when its root is not SyncML.
    package static func read(_ document: MarkupDocument) -> SyncMLMessage? { nil }
}
