import HTTPWire
import Wire

/// What a Content-Type means to the binding.
enum DMMediaType: Equatable {
    /// There is no Content-Type.
    case missing
    /// application/vnd.syncml.dm+xml, application/vnd.syncml.dm+wbxml.
    case dmXML, dmWBXML
    /// application/vnd.syncml+xml, application/vnd.syncml+wbxml: data synchronisation.
    case dsXML, dsWBXML
    /// application/octet-stream: Windows uses it for messages that it signed or encrypted as a whole.
    case octetStream
    /// text/xml, application/xml.
    case plainXML
    case multipart
    case other

    init(_ type: MediaType) {
        switch (type.type, type.subtype) {
        case ("application", "vnd.syncml.dm+xml"): self = .dmXML
        case ("application", "vnd.syncml.dm+wbxml"): self = .dmWBXML
        case ("application", "vnd.syncml+xml"): self = .dsXML
        case ("application", "vnd.syncml+wbxml"): self = .dsWBXML
        case ("application", "octet-stream"): self = .octetStream
        case ("application", "xml"), ("text", "xml"): self = .plainXML
        case ("multipart", _): self = .multipart
        default: self = .other
        }
    }

    var isDM: Bool { self == .dmXML || self == .dmWBXML }
    var isDS: Bool { self == .dsXML || self == .dsWBXML }
    /// Names SyncML, of either protocol.
    var isSyncML: Bool { isDM || isDS }

    /// The representation that the type promises.
    var representation: MarkupDocument.Representation? {
        switch self {
        case .dmXML, .dsXML, .plainXML: .xml
        case .dmWBXML, .dsWBXML: .wbxml
        case .missing, .octetStream, .multipart, .other: nil
        }
    }
}
