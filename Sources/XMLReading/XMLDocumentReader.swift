import SyncML
package import Wire

/// Reads an XML body into the same events that WBXML yields: with the scanner where it is an ordinary document, with
/// libxml2 where it is not.
package enum XMLDocumentReader {
    /// Never fails: an ill-formed document is incomplete, has a finding that says where and why, and keeps what could be
    /// read. Offsets are octets of `body`, whatever its encoding, for which `charset` is what its Content-Type says.
    package static func read(_ body: [UInt8], charset: String? = nil, limits: Limits = Limits()) -> MarkupDocument {
        if allowsUTF8(charset), let document = XMLScanner.scan(body, limits: limits) { return document }
        return LibXMLReader.read(body, charset: charset, limits: limits)
    }

    private static func allowsUTF8(_ charset: String?) -> Bool {
        // Nearly always one of these three.
        guard let charset, charset != "utf-8", charset != "UTF-8" else { return true }
        return charset.isEmpty || Charset(named: charset)?.name == "utf-8"
    }
}
