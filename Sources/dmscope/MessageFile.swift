import Inspection
import SyncML
import WBXML
import Wire
import XMLReading

/// A message from a file, whose representation nothing but its content tells.
enum MessageFile {
    /// The octets begin as a message does: a document's root element can be read, or it is a notification or a push.
    static func isMessage(_ body: [UInt8], limits: Limits) -> Bool {
        NotificationText(limits: limits).describe(body) != nil || document(body, limits: limits).root != nil
    }

    static func document(_ body: [UInt8], limits: Limits) -> MarkupDocument {
        if isWBXML(body) { return WBXMLDecoder.decode(body.span.bytes, limits: limits) }
        let begins = begins(body)
        if begins != 0x3C, begins != nil,
            let document = MarkupDocument(announcedWBXML: body, charset: nil, limits: limits),
            isCredible(document, body)
        {
            return document
        }
        return XMLDocumentReader.read(body, limits: limits)
    }

    /// Nothing announces it as WBXML, and text comes out as an element by chance: its first octet may be a version of
    /// WBXML to come, or the root element holds something and ends where the octets do.
    private static func isCredible(_ document: MarkupDocument, _ body: [UInt8]) -> Bool {
        if let first = body.first, first < 0x20, ![0x09, 0x0A, 0x0D].contains(first) { return true }
        return document.complete && document.consumed == body.count && document.events.count > 2
    }

    /// The first octet that is no white space, no byte order mark and no zero of a wide encoding.
    private static func begins(_ body: [UInt8]) -> UInt8? {
        body.first { ![0x20, 0x09, 0x0A, 0x0D, 0x00, 0xEF, 0xBB, 0xBF, 0xFE, 0xFF].contains($0) }
    }

    /// WBXML begins with its version, 0 to 3. So does XML in UTF-16 or UTF-32 without a byte order mark, where `<` follows.
    static func isWBXML(_ body: [UInt8]) -> Bool {
        guard let first = body.first, first <= 0x03 else { return false }
        return !body.starts(with: [0, 0x3C, 0]) && !body.starts(with: [0, 0, 0xFE, 0xFF])
    }

    /// That a document in XML is of no kind that is known here.
    static func foreign(_ document: MarkupDocument) -> [MarkupFinding] {
        guard document.representation == .xml, let fault = SyncMLReader.fault(document),
            let root = document.events.first(where: { $0.kind == .start }), root.name == .unknown,
            !document.isProvisioning
        else { return [] }
        let text = "This is no DM message: \(fault)"
        return [MarkupFinding(InspectionRules.documentUnreadable, text, offset: Int(root.start))]
    }

    /// Why nothing could be read.
    static func fault(_ body: [UInt8], _ document: MarkupDocument) -> String {
        if body.isEmpty { return "it is empty" }
        if document.representation == .xml, begins(body) != 0x3C { return "it begins like neither WBXML nor XML" }
        return stop(document).map { "\($0.text) (offset \($0.offset))" } ?? "it has no root element"
    }

    /// The finding that says why a document could not be read to its end. In WBXML that is the last, but for how many
    /// more there were; or, unless octets are wanting, the missing charset field of WBXML 1.0, for which all behind it
    /// is out of place. In XML it is the first error, from which others follow.
    static func stop(_ document: MarkupDocument) -> MarkupFinding? {
        switch document.representation {
        case .wbxml:
            let last = document.findings.last { $0.rule.id != "wbxml-findings-cut" }
            guard last?.rule.id != "wbxml-truncated" else { return last }
            return document.findings.first { $0.rule.id == "wbxml-version-1-0" } ?? last
        case .xml:
            let fault = document.findings.first { $0.rule.level == .must || $0.rule.isOwnLimit }
            return fault ?? document.findings.first
        }
    }
}
