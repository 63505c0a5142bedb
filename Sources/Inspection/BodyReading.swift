import Binding
import HTTPWire
import SyncML
import Wire

/// One body on its way to a document and, where it is one, a DM message: a value, so that any thread may read it. The steps
/// are taken in the order in which they stand here, those of one body between those of others (`BodyReader`).
struct BodyReading: Sendable {
    private let head: HTTPHead
    private let framing: BodyFraming
    private let length: UInt64
    private let isComplete: Bool
    private let isTruncated: Bool
    private let octets: [UInt8]
    private let firstGap: Int?
    private let subject: Subject
    private let inflation: InflationBudget
    private var promise = MediaClass.absent
    /// Whether a DM message is searched for in the document.
    private var isPromising = false
    /// Content-Encoding names a coding, but the body is plain.
    private var isPlainAllTheSame = false
    /// What the steps so far found, about `subject`.
    private var findings: [Finding] = []

    /// What the body comes to, as in `Exchange.Body`.
    struct Content: Sendable {
        var sha256: [UInt8]
        var md5: [UInt8]?
        var coding: String?
        var codingFailure: String?
        var decoded: [UInt8]?
        var decodedSha256: [UInt8]?
        var document: MarkupDocument?
        var dm: SyncMLMessage?
    }
    private var content: Content

    init(_ message: Exchange.Message, _ subject: Subject, _ inflation: InflationBudget) {
        head = message.head
        framing = message.framing
        length = message.body.length
        isComplete = message.body.complete
        isTruncated = message.body.truncated
        octets = message.body.octets
        firstGap = message.body.firstGap
        content = Content(sha256: message.body.sha256)
        self.subject = subject
        self.inflation = inflation
    }

    private var unbroken: [UInt8] { Exchange.Body.unbroken(octets, before: firstGap) }

    /// Hashes the body as it was sent, unless that was done as it came.
    mutating func digest(with means: inout BodyReader.Means) {
        guard content.sha256.isEmpty else { return }
        means.sha256.update(octets.span.bytes)
        content.sha256 = means.sha256.finish()
        guard head.has("content-md5"), isComplete, framing != .none else { return }
        content.md5 = means.facilities.md5(octets)
    }

    /// Removes the content coding and reads the document in place.
    mutating func readDocument(with means: inout BodyReader.Means) {
        // What a Range asked for (206) is a part, and no document.
        guard length > 0, !isTruncated, head.status != 206 else { return }
        if let coding = head.innerTransferCoding, !BodyReading.looksLikeSyncML(unbroken) {
            content.codingFailure = "transfer coding \(coding)"
            return
        }
        if let coding = head.contentCoding {
            removeCoding(coding, &means)
            guard content.decoded != nil || isPlainAllTheSame else { return }
        }
        let mediaType = means.memo.contentType(head)
        promise = MediaClass(mediaType)
        let entity = content.decoded ?? unbroken
        guard promise != .foreign || BodyReading.looksLikeSyncML(entity) else { return }
        content.document = means.facilities.document(entity, mediaType, limits: means.limits)
        isPromising = true
    }

    /// Reads the message that the document holds. A document that holds none is kept only where one was promised.
    mutating func readMessage() {
        guard isPromising else { return }
        let isComplete = isComplete && (content.codingFailure == nil || content.decoded == nil)
        guard let document = content.document.take() else {
            if promise == .dm, isComplete {
                let remedy =
                    head.contentCoding == nil && BodyReading.looksLikeGzip(unbroken)
                    ? ": it is gzip without a Content-Encoding; name the coding, or send the message plain" : ""
                note(
                    "The body is neither XML nor WBXML although Content-Type names a DM message" + remedy, offset: 0)
            }
            return
        }
        let message = SyncMLReader.read(document)
        // What is ill formed inside a document that was read to its end is told as that.
        let isWhole =
            document.complete || document.findings.contains { $0.rule.isOwnLimit } || document.hasRootEnd
        if promise == .dm, message == nil || !isWhole, isComplete {
            note(
                message == nil
                    ? "The body holds no DM message: \(SyncMLReader.fault(document) ?? "it is not SyncML")"
                    : "The message could be read only up to offset \(document.consumed)",
                offset: StreamOffset(document.consumed))
        }
        guard promise == .dm || message != nil else { return }
        // In a message that was cut off, elements left open are not the sender's fault.
        if isComplete || document.complete {
            findings += document.findings.map { $0.about(subject) }
            // What binds clients alone is no fault of a server that sends a client's Alert; that it does is told.
            for finding in message?.findings ?? [] where subject == .request || finding.rule.binds != .client {
                findings.append(finding.about(subject))
            }
        }
        content.document = document
        content.dm = message
    }

    /// Gives what the steps came to, and says what they found.
    mutating func give(to body: Exchange.Body) -> [Finding] {
        body.sha256 = content.sha256
        body.md5 = content.md5
        body.coding = content.coding
        body.codingFailure = content.codingFailure
        body.decoded = content.decoded
        body.decodedSha256 = content.decodedSha256
        body.document = content.document.take()
        body.dm = content.dm.take()
        return findings
    }

    private mutating func note(_ text: String, offset: StreamOffset) {
        findings.append(Finding(InspectionRules.documentUnreadable, subject, text, offset: offset))
    }

    private mutating func removeCoding(_ coding: String, _ means: inout BodyReader.Means) {
        content.coding = coding
        let at = head.offset(of: "content-encoding")
        let limit = inflation.limit(most: means.limits.inflated, wire: octets.count)
        let result = means.facilities.inflate(unbroken, coding, limit)
        inflation.took(result)
        switch result {
        case .done(let octets): decoded(octets, &means)
        case .followed(let octets, let count):
            decoded(octets, &means)
            findings.append(
                Finding(
                    InspectionRules.contentEncodingUndecodable, subject,
                    "\(count) octets stand behind the end of the \(coding) data; what comes before them is read",
                    offset: at))
        case .tooLong(let octets):
            content.codingFailure = "inflates to more than \(limit) octets"
            findings.append(
                Finding(
                    InspectionRules.inflatedTooLong, subject,
                    "The body of \(length) octets inflates to more than \(limit); "
                        + "decoding stopped after \(octets.count)", offset: at))
        case .failed(let why, let octets):
            content.codingFailure = why
            // What did come out is read like the captured part of a message.
            if !octets.isEmpty { decoded(octets, &means) }
            isPlainAllTheSame = octets.isEmpty && BodyReading.looksLikeSyncML(self.octets)
            if isComplete {
                findings.append(
                    Finding(
                        InspectionRules.contentEncodingUndecodable, subject,
                        "Content-Encoding is \(coding) but the body does not decode: \(why) "
                            + "(\(octets.count) octets came out)", offset: at, level: .must))
            }
        case .unknownCoding:
            content.codingFailure = "unknown coding"
            isPlainAllTheSame = BodyReading.looksLikeSyncML(self.octets)
            findings.append(
                Finding(
                    InspectionRules.contentEncodingUndecodable, subject,
                    "Content-Encoding \(coding) is not a coding known here; the body was not decoded", offset: at))
        }
    }

    private mutating func decoded(_ octets: [UInt8], _ means: inout BodyReader.Means) {
        content.decoded = octets
        content.decodedSha256 = means.facilities.digest(octets)
    }

    /// SyncML 1.0, 1.1 and 1.2 as numbers; a public identifier in the string table.
    private static let syncMLPublicIDs: [[UInt8]] = [[0x9F, 0x51], [0x9F, 0x53], [0xA4, 0x01], [0x00, 0x00, 0x6A]]

    private static func looksLikeGzip(_ octets: [UInt8]) -> Bool { octets.starts(with: [0x1F, 0x8B, 8]) }

    /// A body under a foreign media type is only looked into when it begins like a SyncML document.
    private static func looksLikeSyncML(_ octets: [UInt8]) -> Bool {
        switch MarkupDocument.Representation(of: octets) {
        case .wbxml: return syncMLPublicIDs.contains { octets.dropFirst().starts(with: $0) }
        case .xml: return SyncMLReader.mayRead(xml: octets)
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
