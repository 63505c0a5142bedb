package import Wire

/// Placeholder until the decoder stands.
package enum WBXMLDecoder {
    /// Decodes a whole document. Never fails: what cannot be read ends in a finding and an incomplete document.
    package static func decode(_ bytes: RawSpan, limits: Limits, mediaCharset: String? = nil) -> MarkupDocument {
        MarkupDocument(.wbxml)
    }
}
