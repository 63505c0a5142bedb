import Binding
import HTTPWire
import SyncML
import WBXML
import Wire

/// Turns an entity body into a document and, where it is one, a DM message.
struct BodyDecoder {
    let facilities: Facilities
    let limits: Limits
    let memo: HeaderMemo

    /// Removes the content coding and reads the document in place. Findings are about `subject`.
    func decode(_ message: Exchange.Message, _ subject: Subject) -> [Finding] {
        var findings: [Finding] = []
        let head = message.head
        guard message.body.length > 0, !message.body.truncated else { return [] }
        if let coding = head.first("content-encoding")?.lowercased(), !coding.isEmpty, coding != "identity" {
            removeCoding(coding, &message.body, head, subject, &findings)
            if message.body.decoded == nil { return findings }
        }
        let mediaType = memo.contentType(head)
        let promise = MediaClass(mediaType)
        guard promise != .foreign || looksLikeSyncML(message.body.entity) else { return findings }
        read(&message.body, promise, charset: mediaType?.charset, subject, &findings)
        return findings
    }

    private func removeCoding(
        _ coding: String, _ body: inout Exchange.Body, _ head: HTTPHead, _ subject: Subject,
        _ findings: inout [Finding]
    ) {
        body.coding = coding
        let at = head.offset(of: "content-encoding")
        switch facilities.inflate(body.octets, coding, limits.inflated) {
        case .done(let octets):
            body.decoded = octets
            body.decodedSha256 = facilities.digest(octets)
        case .tooLong(let octets):
            body.codingFailure = "inflates to more than \(limits.inflated) octets"
            findings.append(
                Finding(
                    InspectionRules.inflatedTooLong, subject,
                    "The body of \(body.length) octets inflates to more than \(limits.inflated); "
                        + "decoding stopped after \(octets.count)", offset: at))
        case .failed(let why, let octets):
            body.codingFailure = why
            if body.complete {
                findings.append(
                    Finding(
                        InspectionRules.contentEncodingUndecodable, subject,
                        "Content-Encoding is \(coding) but the body does not decode: \(why) "
                            + "(\(octets.count) octets came out)", offset: at, level: .must))
            }
        case .unknownCoding:
            body.codingFailure = "unknown coding"
            findings.append(
                Finding(
                    InspectionRules.contentEncodingUndecodable, subject,
                    "Content-Encoding \(coding) is not a coding known here; the body was not decoded", offset: at))
        }
    }

    private func read(
        _ body: inout Exchange.Body, _ mediaType: MediaClass, charset: String?, _ subject: Subject,
        _ findings: inout [Finding]
    ) {
        let document: MarkupDocument
        switch BodyDecoder.representation(body.entity) {
        case .xml: document = facilities.readXML(body.entity, limits)
        case .wbxml:
            document = WBXMLDecoder.decode(body.entity.span.bytes, limits: limits, mediaCharset: charset)
        case nil:
            if mediaType == .dm, body.complete {
                findings.append(
                    Finding(
                        InspectionRules.documentUnreadable, subject,
                        "The body is neither XML nor WBXML although Content-Type names a DM message", offset: 0))
            }
            return
        }
        let message = SyncMLReader.read(document)
        let isWhole = document.complete || document.findings.contains { $0.rule.isDocumentLimit }
        if mediaType == .dm, message == nil || !isWhole, body.complete {
            findings.append(
                Finding(
                    InspectionRules.documentUnreadable, subject,
                    message == nil
                        ? "The body has no SyncML root element"
                        : "The message could be read only up to offset \(document.consumed)",
                    offset: StreamOffset(document.consumed)))
        }
        if mediaType == .dm || message != nil {
            findings += document.findings.map { $0.about(subject) }
            findings += message?.findings.map { $0.about(subject) } ?? []
            body.document = document
            body.dm = message
        }
    }

    /// What the first octets say a body is, whatever its media type.
    static func representation(_ octets: [UInt8]) -> MarkupDocument.Representation? {
        if WBXMLDecoder.looksLikeWBXML(octets.span.bytes) { return .wbxml }
        var i = 0
        if octets.starts(with: [0xEF, 0xBB, 0xBF]) { i = 3 }
        if octets.starts(with: [0xFE, 0xFF]) || octets.starts(with: [0xFF, 0xFE]) { return .xml }
        while i < octets.count, [0x20, 0x09, 0x0A, 0x0D].contains(octets[i]) { i += 1 }
        return i < octets.count && octets[i] == 0x3C ? .xml : nil
    }

    /// SyncML 1.0, 1.1 and 1.2 as numbers; a public identifier in the string table.
    private static let syncMLPublicIDs: [[UInt8]] = [[0x9F, 0x51], [0x9F, 0x53], [0xA4, 0x01], [0x00, 0x00, 0x6A]]

    /// A body under a foreign media type is only looked into when it begins like a SyncML document.
    private func looksLikeSyncML(_ octets: [UInt8]) -> Bool {
        switch BodyDecoder.representation(octets) {
        case .wbxml: return BodyDecoder.syncMLPublicIDs.contains { octets.dropFirst().starts(with: $0) }
        case .xml:
            let name: [UInt8] = Array("<SyncML".utf8)
            let head = octets.prefix(512)
            return head.indices.contains { head[$0...].starts(with: name) }
        case nil: return false
        }
    }
}

/// What a media type promises, as far as decoding depends on it.
private enum MediaClass {
    case dm
    /// No Content-Type, or one under which DM messages travel by mistake.
    case absent
    case foreign

    private static let notifications = [
        "application/vnd.syncml.notification", "application/vnd.syncml.ds.notification",
    ]

    init(_ mediaType: MediaType?) {
        guard let mediaType, !mediaType.type.isEmpty else {
            self = .absent
            return
        }
        switch mediaType.essence {
        case let name where name.hasPrefix("application/vnd.syncml"):
            self = MediaClass.notifications.contains(name) ? .foreign : .dm
        case "application/octet-stream", "text/xml", "application/xml", "application/vnd.wap.wbxml": self = .absent
        default: self = .foreign
        }
    }
}

extension Facilities {
    func digest(_ octets: [UInt8]) -> [UInt8] {
        var digest = sha256()
        digest.update(octets.span.bytes)
        return digest.finish()
    }
}
