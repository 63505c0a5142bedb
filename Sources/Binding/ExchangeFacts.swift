import HTTPWire
import SyncML
import Wire

/// What several rules ask of one side of an exchange, found once.
struct MessageFacts {
    let kind: DMMediaType
    let charset: DeclaredCharset
    /// The body is a DM message.
    let hasDM: Bool
    /// VerProto of the message names data synchronisation.
    let isDataSync: Bool
    let bodyLength: UInt64
    let method: Method

    enum Method {
        case post, connect, other
    }

    init(_ message: Exchange.Message) {
        let head = message.head
        if let field = head.field("content-type") {
            let bytes = head.bytes.span.bytes
            let value = field.value
            let semicolon = bytes.extracting(value).firstIndex(of: 0x3B, from: 0).map { value.lowerBound + $0 }
            kind = DMMediaType(bytes, bytes.trimmingBlanks(value.lowerBound..<(semicolon ?? value.upperBound)))
            charset = semicolon.map { DeclaredCharset(head, $0 + 1..<value.upperBound) } ?? .none
        } else {
            kind = .missing
            charset = .none
        }
        hasDM = message.body.dm != nil
        isDataSync = message.body.dm?.header.verProto?.hasPrefix("SyncML/") == true
        bodyLength = message.body.length
        method = head.isMethod("POST") ? .post : head.isMethod("CONNECT") ? .connect : .other
    }

    /// The body is a DM message, or is sent as one.
    var carriesDM: Bool { hasDM || kind.isSyncML && bodyLength > 0 }
}

extension Exchange.Message {
    /// The offset of the first field with this name, else of the head: where a finding points.
    func offset(_ name: StaticString) -> StreamOffset { head.offset(of: name) ?? head.start }

    var contentType: MediaType? { head.first("content-type").flatMap { MediaType.parse($0) } }

    /// The character set of a body that is a DM message: the media type's, else the document's, else UTF-8.
    func charset(_ facts: MessageFacts) -> String {
        switch facts.charset {
        case .utf8: "utf-8"
        case .other(let name): name
        case .none: body.document?.encoding ?? "utf-8"
        }
    }

    /// The whole body is here, decoded as far as it can be: nothing is missing that could explain what is not found.
    var isWhole: Bool { body.complete && !body.truncated && body.codingFailure == nil }
}

extension Exchange {
    /// Why an exchange counts as DM traffic.
    ///
    /// Other HTTP passes the same proxy: pages, downloads of firmware, enrolment over SOAP. None of the binding's rules
    /// is applied to it.
    package enum DMEvidence: Sendable {
        /// A body is a DM message.
        case message
        /// A Content-Type names SyncML, though the body could not be read as a DM message.
        case mediaType
        /// The request's Accept names a DM type.
        case accept
        /// A POST of no telling type on a connection that carried DM before.
        case connection
    }

    /// Nil for an exchange that is not DM: CONNECT; data synchronisation, which VerProto SyncML/… tells under any but a
    /// DM media type; and whatever shows none of the evidence.
    package var dmEvidence: DMEvidence? {
        dmEvidence(request.map { MessageFacts($0) }, response.map { MessageFacts($0) })
    }

    package var isDM: Bool { dmEvidence != nil }

    func dmEvidence(_ request: MessageFacts?, _ response: MessageFacts?) -> DMEvidence? {
        if request?.method == .connect { return nil }
        if request?.hasDM == true || response?.hasDM == true {
            let namesDM = request?.kind.isDM == true || response?.kind.isDM == true
            let isDataSync = request?.hasDM == true ? request?.isDataSync : response?.isDataSync
            return isDataSync == true && !namesDM ? nil : .message
        }
        if request?.kind.isSyncML == true || response?.kind.isSyncML == true { return .mediaType }
        guard let head = self.request?.head, let request else { return nil }
        if AcceptedTypes(head)?.namesDM == true {
            // A client may send the same Accept with a download; what comes then is no message.
            let isDownload = request.method != .post && (response?.bodyLength ?? 0) > 0
            return isDownload ? nil : .accept
        }
        let tellsNothing = [.missing, .octetStream, .plainXML].contains(request.kind)
        return context.carriedDM && tellsNothing && request.method == .post ? .connection : nil
    }
}

extension HTTPHead {
    /// Methods are case-sensitive.
    func isMethod(_ name: StaticString) -> Bool {
        guard case .request(let method, _) = line, method.count == name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { bytes[method].elementsEqual($0) }
    }
}
