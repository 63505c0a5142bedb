package import Wire

/// Reads an XML body into the same events that WBXML yields.
package enum XMLDocumentReader {
    /// Never fails: an ill-formed document is incomplete, has a finding that says where and why, and keeps what could be
    /// read. Offsets are octets of `body`, whatever its encoding.
    package static func read(_ body: [UInt8], limits: Limits = Limits()) -> MarkupDocument {
        LibXMLReader.read(body, limits: limits)
    }
}
