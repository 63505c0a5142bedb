package import Wire

/// Reads the message a document holds, by element name and never by position: real messages break the DTD's order, and
/// what is missing, doubled or out of place is a finding, not a failure.
package enum SyncMLReader {
    /// The message a document holds; nil when its root is not SyncML. Of an incomplete document, what it holds.
    package static func read(_ document: MarkupDocument) -> SyncMLMessage? {
        var walker = MessageWalker(document)
        return walker.read()
    }
}
