import HTTPWire
import SyncML
import Wire

extension MessageRules {
    static func judgeRequest(
        _ message: Exchange.Message, _ facts: MessageFacts, _ findings: inout [Finding]
    ) {
        let head = message.head
        if head.isAtLeast(1, 1) { judgeHost(message, &findings) }
        if message.body.length == 0 {
            if head.isMethod("POST"), message.body.complete, facts.kind != .multipart {
                findings.append(
                    Finding(
                        requestBodyMissing, .request, "The request has no body; send the DM message in it",
                        offset: head.start))
            }
            return
        }
        if facts.kind == .multipart {
            findings.append(
                Finding(
                    multipartBody, .request, "The request is \(head.shown("content-type")); send the message alone",
                    offset: message.offset("content-type")))
        } else if message.body.dm != nil {
            judgeType(message, facts, requestContentType, .request, &findings)
        } else if message.isWhole, !facts.kind.isSyncML {
            // Under a SyncML type the inspection reports the message that cannot be decoded.
            findings.append(foreignBody(message, facts, requestBodyMissing, .request))
        }
        judgeBody(message, facts, .request, &findings)
    }

    static func judgeResponse(
        _ message: Exchange.Message, _ facts: MessageFacts, to request: Exchange.Message?,
        _ requestFacts: MessageFacts?, _ findings: inout [Finding]
    ) {
        let status = message.head.status ?? 0
        if let answer = message.body.dm {
            judgeDirection(answer, request?.body.dm, message, &findings)
            judgeType(message, facts, responseContentType, .response, &findings)
        } else if facts.kind == .multipart {
            findings.append(
                Finding(
                    multipartBody, .response,
                    "The response is \(message.head.shown("content-type")); send the message alone",
                    offset: message.offset("content-type")))
        } else if let answered = request.asksForMessage(requestFacts), message.isWhole {
            judgeMissing(message, facts, status, to: request, answered, &findings)
        }
        judgeBody(message, facts, .response, &findings)
    }

    // MARK: - Direction

    /// A response that is a client's message: package 1, or the request come back.
    private static func judgeDirection(
        _ answer: SyncMLMessage, _ request: SyncMLMessage?, _ message: Exchange.Message, _ findings: inout [Finding]
    ) {
        let content = answer.content
        let begins = content.commands[content.body].first {
            $0.element == .alert && ($0.code == 1200 || $0.code == 1201)
        }
        if let begins {
            findings.append(
                Finding(
                    packageDirection, .response,
                    "The response holds Alert \(begins.code), with which a client begins a session; answer with the "
                        + "server's own message", offset: message.head.start))
        } else if let request, answer.hasAddresses(of: request), let source = answer.header.source.uri,
            !source.isEmpty
        {
            findings.append(
                Finding(
                    packageDirection, .response,
                    "The response has the request's own Source (\(source.excerpt)) and Target; answer with the server's "
                        + "own message", offset: message.head.start))
        }
    }

    // MARK: - Bodies

    /// A response without a DM message to a request with one.
    private static func judgeMissing(
        _ message: Exchange.Message, _ facts: MessageFacts, _ status: Int, to request: Exchange.Message?,
        _ answered: SyncMLMessage?, _ findings: inout [Finding]
    ) {
        let isPost = request?.head.isMethod("POST") == true
        let coding = request?.head.innerTransferCoding
        let isChunked = request?.framing == .chunked && coding == nil && request?.body.complete == true
        switch status {
        case 200..<300:
            if message.body.length > 0 {
                if !facts.kind.isSyncML {
                    findings.append(foreignBody(message, facts, responseBodyMissing, .response))
                }
            } else if let answered, answered.mayEndSession {
                findings.append(
                    Finding(
                        responseBodyMissing, .response,
                        "The session ends with an empty \(status) response instead of a message with Status and Final; "
                            + "common in the field", offset: message.head.start, level: .note))
            } else {
                findings.append(
                    Finding(
                        responseBodyMissing, .response,
                        "The response has status \(status) and no body; answer with a DM message",
                        offset: message.head.start))
            }
        case 411 where isChunked, 501 where isChunked && isPost:
            findings.append(
                Finding(
                    GeneralHeaderRules.chunkedRefused, .response,
                    "A chunked request is answered \(status); support chunked in the server, or a proxy before it",
                    offset: message.head.start))
        case 405 where isPost:
            findings.append(
                Finding(
                    MethodRules.postRefused, .response,
                    "POST is answered 405: the address is not that of the DM server, or the server does not take POST there",
                    offset: message.head.start, level: .note))
        case 501 where isPost && coding == nil:
            findings.append(
                Finding(
                    MethodRules.postRefused, .response, "POST is answered 501; support POST in the DM server",
                    offset: message.head.start))
        case 300..<400, 401, 406, 407, 417, 426:
            break  // These tell the client to try otherwise, and carry no message.
        default:
            findings.append(
                Finding(
                    responseBodyMissing, .response,
                    "The response has status \(status) and no DM message; \(advice(on: status, to: request?.head))",
                    offset: message.head.start, level: .note))
        }
    }

    private static func foreignBody(
        _ message: Exchange.Message, _ facts: MessageFacts, _ rule: Rule, _ subject: Subject
    ) -> Finding {
        let whose = subject == .request ? "request" : "response"
        if facts.kind == .octetStream {
            return Finding(
                rule, subject,
                "The body of the \(whose) is application/octet-stream and no DM message that can be read; Windows sends "
                    + "signed or encrypted messages like this", offset: message.offset("content-type"), level: .note)
        }
        if subject == .response, facts.contentType?.isPage == true {
            return Finding(
                rule, subject,
                "The body of the response is \(message.head.shown("content-type")), a login or error page perhaps, not a "
                    + "DM message; find out which server answers, and let the DM server answer with a message",
                offset: message.offset("content-type"))
        }
        let what = facts.kind == .missing ? "of no declared type" : message.head.shown("content-type")
        return Finding(
            rule, subject, "The body of the \(whose) is \(what), not a DM message; send the DM message in it",
            offset: message.offset("content-type"))
    }

    /// What holds for a body whether or not it could be decoded.
    private static func judgeBody(
        _ message: Exchange.Message, _ facts: MessageFacts, _ subject: Subject, _ findings: inout [Finding]
    ) {
        if let field = message.head.field("content-transfer-encoding") {
            let value = message.head.value(field)
            let isIdentity = ["binary", "7bit", "8bit"].contains { value.equalsIgnoringCase($0) }
            findings.append(
                Finding(
                    contentTransferEncoding, subject,
                    "Content-Transfer-Encoding: \(value) is MIME's, not HTTP's; "
                        + (isIdentity ? "leave it out" : "send the body unencoded and leave it out"),
                    offset: message.offset("content-transfer-encoding"), level: isIdentity ? .note : nil))
        }
        guard let document = message.body.document, document.complete, message.body.dm != nil else { return }
        if message.framing == .close, message.body.entity.holdsResponse(behind: document.consumed) {
            findings.append(
                Finding(
                    HTTPRules.contentLengthWrong, subject,
                    "The response has neither Content-Length nor Transfer-Encoding, and the next one follows its message "
                        + "on the connection: nothing tells where its body ends; send Content-Length",
                    offset: message.head.start))
        }
        if let second = secondDocument(message.body.entity, after: document.consumed) {
            findings.append(
                Finding(
                    manyMessages, subject,
                    "Another \(second == .xml ? "XML" : "WBXML") document follows the DM message at offset "
                        + "\(document.consumed) of the body; send each message in a body of its own",
                    offset: message.head.start))
        }
    }

    /// The representation of what follows a message, where that begins like another document.
    private static func secondDocument(
        _ octets: [UInt8], after consumed: Int
    ) -> MarkupDocument.Representation? {
        guard consumed < octets.count else { return nil }
        let rest = octets[max(0, consumed)...]
        let markup = rest.afterMisc
        if markup.first == 0x3C, let next = markup.dropFirst().first, next != 0x21,
            next != 0x3F || markup.isXMLDeclaration
        {
            return .xml
        }
        // WBXML: version, public identifier, charset, string table.
        guard let version = rest.first, version <= 3, rest.count > 4, rest.dropFirst().contains(0x6D) else {
            return nil
        }
        return .wbxml
    }

    // MARK: - Content-Type

    /// The type of a body that is a DM message.
    private static func judgeType(
        _ message: Exchange.Message, _ facts: MessageFacts, _ foreign: Rule, _ subject: Subject,
        _ findings: inout [Finding]
    ) {
        let at = message.offset("content-type")
        let representation = message.body.document?.representation
        let wanted = representation == .wbxml ? "application/vnd.syncml.dm+wbxml" : "application/vnd.syncml.dm+xml"
        switch facts.kind {
        case .missing:
            findings.append(
                Finding(
                    contentTypeMissing, subject, "Content-Type is missing; send Content-Type: \(wanted)", offset: at))
        case .dsXML, .dsWBXML:
            findings.append(
                Finding(
                    contentTypeDS, subject,
                    "Content-Type \(message.head.shown("content-type")) is that of data synchronisation; send \(wanted)",
                    offset: at))
        case .octetStream, .plainXML, .other, .multipart:
            let shown = message.head.shown("content-type")
            findings.append(
                Finding(
                    foreign, subject, "Content-Type is \(shown.isEmpty ? "empty" : shown); send \(wanted)", offset: at))
        case .dmXML, .dmWBXML:
            break
        }
        if facts.contentType?.hasRest == true || message.head.count("content-type") > 1 {
            findings.append(malformedType(message.head, subject, at))
        }
        if let promised = facts.kind.representation, let representation, promised != representation {
            findings.append(
                Finding(
                    contentTypeMismatch, subject,
                    "Content-Type is \(message.head.shown("content-type")) but the body is "
                        + (representation == .xml ? "XML" : "WBXML"), offset: at))
        }
        // The WBXML reader compares the charset of a WBXML header itself.
        if representation == .xml, let declared = message.body.document?.encoding,
            let charset = facts.contentType?.charset, !Charset.agree(charset, declared)
        {
            findings.append(
                Finding(
                    contentTypeCharset, subject,
                    "Content-Type says charset \(charset) but the XML declaration says \(declared); use UTF-8 in both",
                    offset: at))
        }
    }

    /// More than one Content-Type, or one with something behind it.
    private static func malformedType(_ head: HTTPHead, _ subject: Subject, _ at: StreamOffset) -> Finding {
        let values = head.values("content-type")
        guard values.count > 1 else {
            return Finding(
                contentTypeMalformed, subject,
                "Content-Type is \(head.shown("content-type")), which is not one type with parameters behind semicolons; "
                    + "send one type, with a semicolon before each parameter", offset: at)
        }
        let isSame = values.dropFirst().allSatisfy { $0 == values[0] }
        return Finding(
            contentTypeMalformed, subject,
            "There are \(values.count) Content-Type fields "
                + (isSame ? "with the same value" : "(\(values.joined(separator: ", ").excerpt(120)))") + "; send one",
            offset: at, level: isSame ? .note : nil)
    }

    // MARK: - Host

    private static func judgeHost(_ message: Exchange.Message, _ findings: inout [Finding]) {
        let head = message.head
        guard let field = head.field("host") else {
            findings.append(
                Finding(hostMissing, .request, "Host is missing; send Host with the server's name", offset: head.start))
            return
        }
        let count = head.count("host")
        if count > 1 {
            findings.append(
                Finding(
                    hostMissing, .request, "There are \(count) Host fields; send one", offset: message.offset("host")))
        } else if field.value.isEmpty {
            findings.append(
                Finding(
                    hostMissing, .request, "Host is empty; send the server's name in it", offset: message.offset("host")
                ))
        } else if !isHost(head.bytes[field.value]), HostPort.parse(head.value(field)) == nil,
            !head.bytes[field.value].contains(0x2F)
        {
            // A slash makes it a URI, of which `hostAbsoluteURI` tells.
            findings.append(
                Finding(
                    hostMissing, .request,
                    "Host is \(head.shown("host")), which is no host name with or without a port; "
                        + "send the server's name in it", offset: message.offset("host"), level: .should))
        }
    }

    /// Letters, digits, hyphens and dots, with a port or without: nearly every Host.
    private static func isHost(_ value: ArraySlice<UInt8>) -> Bool {
        let name = value.prefix {
            $0 >= 0x30 && $0 <= 0x39 || $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A || $0 == 0x2D || $0 == 0x2E
        }
        let port = value[name.endIndex...]
        guard !name.isEmpty, let colon = port.first else { return !name.isEmpty }
        return colon == 0x3A && port.count <= 5 && port.dropFirst().allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }
}

extension ArraySlice<UInt8> {
    /// `<?xml` and a blank: another document begins here.
    fileprivate var isXMLDeclaration: Bool {
        starts(with: "<?xml".utf8) && dropFirst(5).first.map { [0x20, 0x09, 0x0A, 0x0D].contains($0) } == true
    }

    /// Without the white space, comments and processing instructions that may follow a root element (XML 1.0, 2.8).
    fileprivate var afterMisc: ArraySlice<UInt8> {
        var rest = self
        while true {
            rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
            let isComment = rest.starts(with: "<!--".utf8)
            guard isComment || rest.starts(with: "<?".utf8) && !rest.isXMLDeclaration,
                let end = rest.firstRange(of: Array((isComment ? "-->" : "?>").utf8))
            else { return rest }
            rest = rest[end.upperBound...]
        }
    }
}

extension [UInt8] {
    /// A status line stands here, but for blanks.
    fileprivate func holdsResponse(behind consumed: Int) -> Bool {
        dropFirst(consumed).drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }.starts(with: "HTTP/1.".utf8)
    }
}

extension MediaType {
    /// What people read.
    fileprivate var isPage: Bool {
        essence == "text/html" || essence == "application/xhtml+xml" || essence == "text/plain"
    }
}

extension Exchange.Message? {
    /// The message that a response has to answer: nil when none was asked for or the request was not seen, `.some(nil)`
    /// when there is one that could not be read.
    fileprivate func asksForMessage(_ facts: MessageFacts?) -> SyncMLMessage?? {
        guard let facts else { return nil }
        return switch self {
        case .some(let message) where message.carriesDM(facts): .some(message.body.dm)
        default: nil
        }
    }
}

extension SyncMLMessage {
    /// Holds nothing that needs an answer but its own Status: the server may have nothing more to say.
    fileprivate var mayEndSession: Bool {
        final
            && commands.allSatisfy {
                $0.element == .status || $0.element == .results
                    || $0.element == .alert && $0.code == AlertCode.sessionAbort
            }
    }
}
