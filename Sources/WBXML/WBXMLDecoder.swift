package import Wire

/// Reads WBXML 1.0 to 1.3 (WAP-192) into a `MarkupDocument`.
///
/// - Names come from the code pages of SyncML, MetInf, DevInf and the DM DDF as a superset of their versions. A token
///   that none defines is an unknown element named `Unknown-<page>-0x<token>`; every name in the document, literal
///   ones too, is a name in XML.
/// - Adjacent strings and entities are one text event; with opaque data among them they are one `opaque` event, even
///   when it is valid text: whether to show it as text is for whoever renders it, who knows the element and its Meta.
///   Opaque data that is a WBXML document stands as its events between `embeddedStart` and `embeddedEnd`. Empty strings
///   and empty opaque data make no event.
/// - Offsets are those of the outermost document's octets, inside embedded documents too. An end event has the name of
///   its start; of an element without content it has no octets.
/// - What breaks the format is a finding. Where it leaves the structure unknown, decoding stops: the document keeps
///   the events so far, with no ends made up for the elements that were open, and `complete` is false.
package enum WBXMLDecoder {
    /// Decodes a whole document. `mediaCharset` is the charset parameter of the Content-Type, which has precedence over
    /// the document's own field. Never fails: what cannot be read ends in a finding and an incomplete document.
    package static func decode(_ bytes: RawSpan, limits: Limits, mediaCharset: String? = nil) -> MarkupDocument {
        Decoding(bytes, limits: limits).run(mediaCharset: mediaCharset)
    }

    /// Whether octets begin like a WBXML document: a version, a public identifier and a charset that make sense. Looks
    /// at the first few octets only, and says yes to a document cut off among them.
    package static func looksLikeWBXML(_ bytes: RawSpan) -> Bool {
        var at = 1
        func integer() -> UInt32? {
            var value: UInt32 = 0
            for _ in 0..<MultiByteInteger.maxOctets {
                guard at < bytes.byteCount else { return nil }
                let octet = bytes.byte(at: at)
                at += 1
                value = value << 7 | UInt32(octet & 0x7F)
                if octet < 0x80 { return value }
            }
            return nil
        }
        guard bytes.byteCount > 0, bytes.byte(at: 0) <= 0x03 else { return false }
        guard let publicID = integer() else { return at == bytes.byteCount }
        switch publicID {
        case 0: guard integer() != nil else { return at == bytes.byteCount }
        case 1: break
        default: guard WBXMLLanguage.find(publicID: publicID) != nil else { return false }
        }
        if bytes.byte(at: 0) == 0 { return true }
        guard let charset = integer() else { return at == bytes.byteCount }
        return charset == 0 || WBXMLCharset(mibEnum: charset) != nil
    }
}
