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

    /// The type and subtype in `range`, without parameters.
    init(_ bytes: RawSpan, _ range: Range<Int>) {
        switch range.count {
        case 29 where bytes.matches(range, "application/vnd.syncml.dm+xml"): self = .dmXML
        case 31 where bytes.matches(range, "application/vnd.syncml.dm+wbxml"): self = .dmWBXML
        case 26 where bytes.matches(range, "application/vnd.syncml+xml"): self = .dsXML
        case 28 where bytes.matches(range, "application/vnd.syncml+wbxml"): self = .dsWBXML
        case 24 where bytes.matches(range, "application/octet-stream"): self = .octetStream
        case 15 where bytes.matches(range, "application/xml"): self = .plainXML
        case 8 where bytes.matches(range, "text/xml"): self = .plainXML
        case 10... where bytes.matches(range.prefix(10), "multipart/"): self = .multipart
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

/// The charset parameter of a Content-Type.
enum DeclaredCharset: Equatable {
    case none
    case utf8
    case other(String)

    /// As a Content-Type's parameters in `range` tell it.
    init(_ head: HTTPHead, _ range: Range<Int>) {
        let bytes = head.bytes.span.bytes
        let parameter = bytes.trimmingBlanks(range)
        if parameter.isEmpty {
            self = .none
        } else if bytes.matches(parameter, "charset=utf-8") || bytes.matches(parameter, "charset=\"utf-8\"") {
            self = .utf8
        } else if let name = head.first("content-type").flatMap({ MediaType.parse($0) })?.charset {
            self = Charset.canonical(name) == "utf-8" ? .utf8 : .other(name)
        } else {
            self = .none
        }
    }
}
