import HTTPWire
import SyncML
import Wire

/// What several rules ask of one side of an exchange, parsed once.
struct MessageFacts {
    /// The Content-Type, where there is one that can be read.
    let contentType: MediaType?
    let kind: DMMediaType

    init(_ message: Exchange.Message, _ memo: HeaderMemo) {
        contentType = memo.contentType(message.head)
        kind =
            if let contentType {
                DMMediaType(contentType)
            } else {
                message.head.has("content-type") ? .other : .missing
            }
    }
}

extension Exchange.Message {
    /// The body is a DM message, or is sent as one.
    func carriesDM(_ facts: MessageFacts) -> Bool { body.dm != nil || facts.kind.isSyncML && body.length > 0 }

    /// The offset of the first field with this name, else of the head: where a finding points.
    func offset(_ name: StaticString) -> StreamOffset { head.offset(of: name) ?? head.start }

    /// The character set of a body that is a DM message: the media type's, else the document's, else UTF-16 where its
    /// byte order mark stands (XML 1.0 F.1), else UTF-8.
    func charset(_ facts: MessageFacts?) -> String {
        facts?.contentType?.charset ?? body.document?.encoding ?? (body.entity.beginWithWideMark ? "utf-16" : "utf-8")
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
        /// A POST of no telling type on a connection that carried DM with the same server before, whose body may be DM.
        case connection
    }

    /// Nil for an exchange that is not DM: CONNECT; data synchronisation, which VerProto SyncML/… tells under any but a
    /// DM media type; and whatever shows none of the evidence.
    package var dmEvidence: DMEvidence? {
        let memo = HeaderMemo()
        return dmEvidence(request.map { MessageFacts($0, memo) }, response.map { MessageFacts($0, memo) }, memo)
    }

    package var isDM: Bool { dmEvidence != nil }

    func dmEvidence(_ request: MessageFacts?, _ response: MessageFacts?, _ memo: HeaderMemo) -> DMEvidence? {
        if let head = self.request?.head, head.isMethod("CONNECT") { return nil }
        let messages = [self.request?.body.dm, self.response?.body.dm]
        let namesDM = request?.kind.isDM == true || response?.kind.isDM == true
        if let message = messages[0] ?? messages[1] {
            if !namesDM, message.header.isDataSync { return nil }
            return .message
        }
        if request?.kind.isSyncML == true || response?.kind.isSyncML == true { return .mediaType }
        guard let head = self.request?.head, let request else { return nil }
        if Accepted(head, memo).types?.namesDM == true {
            // A client may send the same Accept with a download; what comes then is no message.
            let isDownload = !head.isMethod("POST") && (self.response?.body.length ?? 0) > 0
            return isDownload ? nil : .accept
        }
        let tellsNothing = [.missing, .octetStream, .plainXML].contains(request.kind)
        guard context.carriedDM, tellsNothing, head.isMethod("POST"), !head.has("soapaction") else { return nil }
        return self.request?.body.mayBeDM(as: request.kind) == true ? .connection : nil
    }
}

extension Exchange.Body {
    /// Nothing shows that these octets, which no message was read from, are none of DM's: no document with another root
    /// (SOAP), and without a type or under application/octet-stream no file and no text, such as the install notification
    /// of a download. Windows' signed and encrypted messages are DER, RFC 5652.
    fileprivate func mayBeDM(as kind: DMMediaType) -> Bool {
        guard coding == nil || decoded != nil else { return true }
        let octets = entity
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = octets[(octets.starts(with: mark) ? mark.count : 0)...].drop { $0 <= 0x20 }
        if text.first == 0x3C { return SyncMLReader.mayRead(xml: octets) }
        guard kind == .octetStream || kind == .missing, let first = octets.first else { return true }
        return first == 0x30 || (1...3).contains(first)
    }
}

extension HTTPHead {
    /// Methods are case-sensitive.
    package func isMethod(_ name: StaticString) -> Bool {
        guard case .request(let method, _) = line, method.count == name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { bytes[method].elementsEqual($0) }
    }
}
