import HTTPWire
import Wire

extension MethodRules {
    /// `bringsDM`: the response holds a DM message.
    static func judge(
        _ request: Exchange.Message, _ facts: MessageFacts, bringsDM: Bool, _ findings: inout [Finding]
    ) {
        let head = request.head
        guard case .request(_, let target) = head.line else { return }
        if !head.isMethod("POST") {
            let method = head.method ?? ""
            let carriesDM = request.carriesDM(facts)
            let what = carriesDM ? "carries a DM message" : bringsDM ? "brings a DM message" : "asks for a DM message"
            let why = method.equalsIgnoringCase("post") ? "methods are case-sensitive: send POST" : "send it with POST"
            findings.append(
                Finding(
                    messageNotPost, .request, "\(method.excerpt) \(what); \(why)", offset: head.start,
                    level: carriesDM || bringsDM ? nil : .note))
        }
        if let field = head.field("host") {
            let value = head.bytes[field.value]
            if value.contains(0x2F) {
                findings.append(
                    Finding(
                        hostAbsoluteURI, .request,
                        "Host is \(head.shown("host")); RFC 2616 has only name and port there, without scheme and path",
                        offset: request.offset("host")))
            }
        }
        if head.bytes[target].first != 0x2F, case .relative(let path) = RequestTarget.parse(head.text(target)) {
            findings.append(
                Finding(
                    requestTargetRelative, .request,
                    "The request target \(path.excerpt) does not begin with a slash; send an absolute path",
                    offset: head.start + StreamOffset(target.lowerBound)))
        }
    }
}

extension ConnectionRules {
    static func judge(_ head: HTTPHead, _ subject: Subject, _ findings: inout [Finding]) {
        guard !head.isAtLeast(1, 1) else { return }
        findings.append(
            Finding(
                httpVersion, subject,
                "The \(subject.rawValue) is \(head.versionText); use HTTP/1.1", offset: head.start))
    }
}
