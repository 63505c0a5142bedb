import CLibXML2
import SyncML
import Wire

/// Reads a document with libxml2's SAX2 interface.
///
/// It is the authority on what is well formed. No DTD is loaded, no entity but the five predefined ones exists, nothing
/// is fetched. Parsing goes on after an error where libxml2 knows how to (its recover mode), so that a message with one
/// bare `&` is shown with a finding instead of ending there; a text or an attribute's value that holds an error is kept
/// as it stands in the body.
///
/// One `SAXReading` lives for one document and is known to libxml2 as the callbacks' user data only while `parse` runs.
enum LibXMLReader {
    static func read(_ body: [UInt8], charset: String? = nil, limits: Limits) -> MarkupDocument {
        let decoded = DecodedBody(body, charset: charset, limits: limits)
        let reading = SAXReading(decoded, limits: limits)
        reading.parse()
        var document = reading.document
        decoded.restoreOffsets(&document)
        document.findings = decoded.findings + document.findings
        document.complete = document.complete && decoded.clean
        return document
    }

    /// Once per process, before the first use from any thread.
    static let initialized: Void = xmlInitParser()
}
