package import HTTPWire
import WBXML
package import Wire

extension Facilities {
    /// A body as a document; nil when it is neither XML nor WBXML.
    ///
    /// - Parameter mediaType: what it is sent as. `+wbxml` is believed where the header is unknown.
    package func document(_ entity: [UInt8], _ mediaType: MediaType?, limits: Limits) -> MarkupDocument? {
        let charset = mediaType?.charset
        return switch MarkupDocument.Representation(of: entity) {
        case .xml: readXML(entity, charset, limits)
        case .wbxml: WBXMLDecoder.decode(entity.span.bytes, limits: limits, mediaCharset: charset)
        case nil where mediaType?.subtype.hasSuffix("+wbxml") == true:
            MarkupDocument(announcedWBXML: entity, charset: charset, limits: limits)
        case nil: nil
        }
    }
}

extension MarkupDocument {
    /// What is announced as WBXML, or can be nothing else, although its header is unknown: a version beyond 1.3,
    /// another charset or document type. Nil where its root element is none of ours either, so that other octets are not
    /// told as WBXML full of faults.
    package init?(announcedWBXML octets: [UInt8], charset: String?, limits: Limits) {
        self = WBXMLDecoder.decode(octets.span.bytes, limits: limits, mediaCharset: charset)
        guard let root, root != .unknown else { return nil }
    }
}

extension MarkupDocument.Representation {
    /// What the first octets say a body is, whatever its media type.
    init?(of octets: [UInt8]) {
        if WBXMLDecoder.looksLikeWBXML(octets.span.bytes) {
            self = .wbxml
            return
        }
        let isWide = octets.beginWithWideMark || Self.beginsWideXML(octets)
        var at = octets.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while at < octets.count, [0x20, 0x09, 0x0A, 0x0D].contains(octets[at]) { at += 1 }
        guard isWide || at < octets.count && octets[at] == 0x3C else { return nil }
        self = .xml
    }

    /// `<` and another character in UTF-16 of either order, without a byte order mark.
    private static func beginsWideXML(_ octets: [UInt8]) -> Bool {
        guard octets.count >= 4 else { return false }
        return switch (octets[0], octets[1], octets[2], octets[3]) {
        case (0x3C, 0, 1..., 0), (0, 0x3C, 0, 1...): true
        default: false
        }
    }
}
