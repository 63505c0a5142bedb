import TestSupport
import WBXML
import Wire

/// The document as one line: elements as tags, attributes as ` name="value"`, opaque data in hex between `#`, an
/// embedded document between `[language: … ]`, a processing instruction as `<?…?>`. Open elements stay open.
func outline(_ document: MarkupDocument) -> String {
    var text = ""
    var tagIsOpen = false
    func closeTag() {
        if tagIsOpen { text += ">" }
        tagIsOpen = false
    }
    for event in document.events {
        if event.kind != .attributeName, event.kind != .attributeValue { closeTag() }
        switch event.kind {
        case .start:
            text += "<\(document.displayName(event))"
            tagIsOpen = true
        case .end: text += "</\(document.displayName(event))>"
        case .text: text += document.text(event)
        case .opaque: text += "#" + document.octets(event).map { hexPair($0) }.joined() + "#"
        case .attributeName: text += " \(document.text(event))="
        case .attributeValue: text += "\"\(document.text(event))\""
        case .processingInstruction: text += "<?\(document.text(event))?>"
        case .embeddedStart: text += "[\(document.text(event)): "
        case .embeddedEnd: text += "]"
        }
    }
    closeTag()
    return text
}

func hexPair(_ octet: UInt8) -> String {
    let digits = String(octet, radix: 16, uppercase: true)
    return octet < 16 ? "0" + digits : digits
}

func decode(
    _ octets: [UInt8], limits: Limits = Limits(), mediaCharset: String? = nil
) -> MarkupDocument {
    WBXMLDecoder.decode(octets.span.bytes, limits: limits, mediaCharset: mediaCharset)
}

func decode(_ text: String) -> MarkupDocument { decode(hex(text)) }

extension MarkupDocument {
    /// Names of the elements in document order.
    var elements: [String] { events.filter { $0.kind == .start }.map { displayName($0) } }
    /// Each finding as `id@offset`.
    var marks: [String] { findings.map { "\($0.rule.id)@\($0.offset)" } }
}
