package import Wire

/// How a document is written as WBXML. The charset is always UTF-8.
package struct WBXMLEncodingOptions: Sendable {
    package enum Version: UInt8, Sendable, CaseIterable {
        case wbxml10 = 0
        case wbxml11 = 1
        case wbxml12 = 2
        case wbxml13 = 3
    }

    package var version = Version.wbxml12
    /// Strings that occur more than once go into the string table. Off, the table holds literal names only.
    package var stringTable = false
    /// Reads XML text. Set, the text of a Data element that is a DevInf or DM DDF document in XML becomes a WBXML
    /// document in OPAQUE; nil leaves it as text.
    package var nestDocuments: (@Sendable (RawSpan) -> MarkupDocument)?

    package init(
        version: Version = .wbxml12, stringTable: Bool = false,
        nestDocuments: (@Sendable (RawSpan) -> MarkupDocument)? = nil
    ) {
        self.version = version
        self.stringTable = stringTable
        self.nestDocuments = nestDocuments
    }
}

/// Why a document cannot be written. Offsets are those of the document's source.
package enum WBXMLEncodingError: Error, Equatable, CustomStringConvertible {
    /// The document breaks off or has no root element.
    case incomplete
    /// A text holds U+0000, which ends a string in WBXML.
    case textHoldsNUL(offset: Int)
    /// The name of an element or an attribute is empty or holds U+0000.
    case invalidName(offset: Int)
    /// Documents inside documents nest too deeply.
    case nestedTooDeep(offset: Int)

    package var description: String {
        switch self {
        case .incomplete: "the document is not complete, so it cannot be encoded"
        case .textHoldsNUL(let offset): "the text at \(offset) holds U+0000, which WBXML cannot carry"
        case .invalidName(let offset): "the name at \(offset) is empty or holds U+0000"
        case .nestedTooDeep(let offset): "the document at \(offset) is nested too deeply"
        }
    }
}

/// Writes a `MarkupDocument` as WBXML.
///
/// - The public identifier is the one of the document's language, else of its root: a number, or text in the string
///   table for the DM DDF.
/// - Elements without a token, and attributes but those of Client Provisioning, are LITERAL with their names in the string
///   table.
/// - Embedded documents are written into OPAQUE. So is a DevInf or MgmtTree element that stands as markup inside a
///   document read from XML; the Type that says `+xml` of it then says `+wbxml`.
/// - Of a document read from XML, white space between elements is left out, and so are declarations of namespaces that
///   are code pages. Those of others are kept.
///
/// What was read from WBXML and is written again reads the same: the same events, apart from their offsets.
package enum WBXMLEncoder {
    package static func encode(
        _ document: MarkupDocument, options: WBXMLEncodingOptions = WBXMLEncodingOptions()
    ) throws(WBXMLEncodingError) -> [UInt8] {
        guard document.complete, document.root != nil else { throw .incomplete }
        let events = 0..<document.events.count
        let language =
            document.language.flatMap { WBXMLLanguage.find(name: $0) } ?? Encoding.language(of: document, events)
        var encoding = Encoding(document, events, language: language, options: options, nesting: 0)
        return try encoding.run()
    }

    /// A text of ASCII as the content of an element that had the content `before`: opaque data where that was some, else
    /// an inline string.
    package static func content(_ text: String, inPlaceOf before: ArraySlice<UInt8>) -> [UInt8] {
        var octets: [UInt8] = []
        if before.first == Token.opaque {
            Encoding.appendOpaque(Array(text.utf8)[...], to: &octets)
        } else {
            Encoding.appendString(Array(text.utf8)[...], to: &octets)
        }
        return octets
    }
}
