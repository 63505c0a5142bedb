import WBXML
package import Wire

extension Facilities {
    /// A body as a document; nil when it is neither XML nor WBXML.
    package func document(_ entity: [UInt8], charset: String?, limits: Limits) -> MarkupDocument? {
        switch BodyDecoder.representation(entity) {
        case .xml: readXML(entity, limits)
        case .wbxml: WBXMLDecoder.decode(entity.span.bytes, limits: limits, mediaCharset: charset)
        case nil: nil
        }
    }
}
