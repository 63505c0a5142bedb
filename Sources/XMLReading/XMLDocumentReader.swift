import SyncML
package import Wire

/// Reads an XML body into the same events that WBXML yields: with the scanner where it is an ordinary document, with
/// libxml2 where it is not.
package enum XMLDocumentReader {
    /// Never fails: an ill-formed document is incomplete, has a finding that says where and why, and keeps what could be
    /// read. Offsets are octets of `body`, whatever its encoding.
    package static func read(_ body: [UInt8], limits: Limits = Limits()) -> MarkupDocument {
        XMLScanner.scan(body, limits: limits) ?? LibXMLReader.read(body, limits: limits)
    }
}
