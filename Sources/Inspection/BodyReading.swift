import Binding
import HTTPWire
import SyncML
import Wire

/// One body on its way to a document and, where it is one, a DM message. The steps are taken in the order in which they
/// stand here, those of one body between those of others (`Inspector.settle`).
struct BodyReading {
    private let message: Exchange.Message
    private let subject: Subject
    private let means: FlowMeans
    private let inflation: InflationBudget
    private var promise = MediaClass.absent
    /// Whether a DM message is searched for in the document.
    private var isPromising = false
    /// Content-Encoding names a coding, but the body is plain.
    private var isPlainAllTheSame = false
    /// What the steps so far found, about `subject`.
    private(set) var findings: [Finding] = []

    init(_ message: Exchange.Message, _ subject: Subject, _ means: FlowMeans, _ inflation: InflationBudget) {
        self.message = message
        self.subject = subject
        self.means = means
        self.inflation = inflation
    }

    /// Hashes the bodies as they were sent, unless that was done as they came.
    func digest(with sha256: inout any IncrementalDigest) {
        guard message.body.sha256.isEmpty else { return }
        let octets = message.body.octets
        sha256.update(octets.span.bytes)
        message.body.sha256 = sha256.finish()
        guard message.head.has("content-md5"), message.body.complete, message.framing != .none else { return }
        message.body.md5 = means.facilities.md5(octets)
    }

    /// Removes the content coding and reads the document in place.
    mutating func readDocument(_ memo: HeaderMemo) {
        let head = message.head
        guard message.body.length > 0, !message.body.truncated else { return }
        if let coding = head.innerTransferCoding, !BodyReading.looksLikeSyncML(message.body.unbroken) {
            message.body.codingFailure = "transfer coding \(coding)"
            return
        }
        if let coding = head.contentCoding {
            removeCoding(coding, message.body, head)
            guard message.body.decoded != nil || isPlainAllTheSame else { return }
        }
        let mediaType = memo.contentType(head)
        promise = MediaClass(mediaType)
        let entity = message.body.entity
        guard promise != .foreign || BodyReading.looksLikeSyncML(entity) else { return }
        message.body.document = means.facilities.document(entity, mediaType, limits: means.limits)
        isPromising = true
    }

    /// Reads the message that the document holds. A document that holds none is kept only where one was promised.
    mutating func readMessage() {
        guard isPromising else { return }
        let isComplete = message.body.complete && !message.body.isPartlyDecoded
        guard let document = message.body.document else {
            if promise == .dm, isComplete {
                let remedy =
                    message.head.contentCoding == nil && BodyReading.looksLikeGzip(message.body.unbroken)
                    ? ": it is gzip without a Content-Encoding; name the coding, or send the message plain" : ""
                note(
                    "The body is neither XML nor WBXML although Content-Type names a DM message" + remedy, offset: 0)
            }
            return
        }
        let dm = SyncMLReader.read(document)
        // What is ill formed inside a document that was read to its end is told as that.
        let isWhole =
            document.complete || document.findings.contains { $0.rule.isOwnLimit } || document.hasRootEnd
        if promise == .dm, dm == nil || !isWhole, isComplete {
            note(
                dm == nil
                    ? "The body holds no DM message: \(SyncMLReader.fault(document) ?? "it is not SyncML")"
                    : "The message could be read only up to offset \(document.consumed)",
                offset: StreamOffset(document.consumed))
        }
        guard promise == .dm || dm != nil else {
            message.body.document = nil
            return
        }
        // In a message that was cut off, elements left open are not the sender's fault.
        if isComplete || document.complete {
            findings += document.findings.map { $0.about(subject) }
            // What binds clients alone is no fault of a server that sends a client's Alert; that it does is told.
            for finding in dm?.findings ?? [] where subject == .request || finding.rule.binds != .client {
                findings.append(finding.about(subject))
            }
        }
        message.body.dm = dm
    }

    private mutating func note(_ text: String, offset: StreamOffset) {
        findings.append(Finding(InspectionRules.documentUnreadable, subject, text, offset: offset))
    }

    private mutating func removeCoding(_ coding: String, _ body: Exchange.Body, _ head: HTTPHead) {
        body.coding = coding
        let at = head.offset(of: "content-encoding")
        let limit = inflation.limit(most: means.limits.inflated, wire: body.octets.count)
        let result = means.facilities.inflate(body.unbroken, coding, limit)
        inflation.took(result)
        switch result {
        case .done(let octets): decoded(octets, body)
        case .followed(let octets, let count):
            decoded(octets, body)
            findings.append(
                Finding(
                    InspectionRules.contentEncodingUndecodable, subject,
                    "\(count) octets stand behind the end of the \(coding) data; what comes before them is read",
                    offset: at))
        case .tooLong(let octets):
            body.codingFailure = "inflates to more than \(limit) octets"
            findings.append(
                Finding(
                    InspectionRules.inflatedTooLong, subject,
                    "The body of \(body.length) octets inflates to more than \(limit); "
                        + "decoding stopped after \(octets.count)", offset: at))
        case .failed(let why, let octets):
            body.codingFailure = why
            // What did come out is read like the captured part of a message.
            if !octets.isEmpty { decoded(octets, body) }
            isPlainAllTheSame = octets.isEmpty && BodyReading.looksLikeSyncML(body.octets)
            if body.complete {
                findings.append(
                    Finding(
                        InspectionRules.contentEncodingUndecodable, subject,
                        "Content-Encoding is \(coding) but the body does not decode: \(why) "
                            + "(\(octets.count) octets came out)", offset: at, level: .must))
            }
        case .unknownCoding:
            body.codingFailure = "unknown coding"
            isPlainAllTheSame = BodyReading.looksLikeSyncML(body.octets)
            findings.append(
                Finding(
                    InspectionRules.contentEncodingUndecodable, subject,
                    "Content-Encoding \(coding) is not a coding known here; the body was not decoded", offset: at))
        }
    }

    private func decoded(_ octets: [UInt8], _ body: Exchange.Body) {
        body.decoded = octets
        body.decodedSha256 = means.facilities.digest(octets)
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
