import HTTPWire
import Wire

extension RequestHeaderRules {
    static func judgeRequest(
        _ request: Exchange.Message, _ facts: MessageFacts, _ accepted: Accepted, _ exchange: Exchange,
        _ findings: inout [Finding]
    ) {
        let head = request.head
        judgeUserAgent(head, &findings)
        if request.carriesDM(facts) {
            judgeAccept(head, accepted, &findings)
            judgeAcceptCharset(head, accepted, &findings)
        }
        judgeExpect(request, exchange, &findings)
    }

    private static func judgeUserAgent(_ head: HTTPHead, _ findings: inout [Finding]) {
        guard let field = head.field("user-agent") else {
            findings.append(
                Finding(
                    userAgentMissing, .request,
                    "User-Agent is missing; send User-Agent with the client's name and version", offset: head.start))
            return
        }
        if field.value.isEmpty {
            findings.append(
                Finding(
                    userAgentEmpty, .request, "User-Agent is empty; send the client's name and version in it",
                    offset: head.offset(of: "user-agent")))
        }
    }

    private static func judgeAccept(_ head: HTTPHead, _ accepted: Accepted, _ findings: inout [Finding]) {
        guard let types = accepted.types, !types.members.isEmpty else {
            findings.append(
                Finding(
                    acceptMissing, .request,
                    "Accept is \(accepted.types == nil ? "missing" : "empty"); send "
                        + "Accept: application/vnd.syncml.dm+xml or +wbxml",
                    offset: head.offset(of: "accept") ?? head.start))
            return
        }
        guard !types.namesDM else {
            if types.quotesNames { findings.append(quoted(acceptWithoutDMType, "Accept", head, "accept")) }
            return
        }
        let shown = head.shownList("accept")
        let admits = types.admitsDM
        findings.append(
            Finding(
                acceptWithoutDMType, .request,
                admits
                    ? "Accept is \(shown): it admits DM messages by a wildcard alone; name the types that the client reads"
                    : "Accept is \(shown) and names no DM type; send application/vnd.syncml.dm+xml or +wbxml",
                offset: head.offset(of: "accept"), level: admits ? .note : nil))
    }

    private static func judgeAcceptCharset(_ head: HTTPHead, _ accepted: Accepted, _ findings: inout [Finding]) {
        guard let charsets = accepted.charsets, !charsets.members.isEmpty else {
            findings.append(
                Finding(
                    acceptCharsetMissing, .request,
                    "Accept-Charset is \(accepted.charsets == nil ? "missing" : "empty"); send Accept-Charset: UTF-8",
                    offset: head.offset(of: "accept-charset") ?? head.start))
            return
        }
        guard !charsets.takes(charset: "utf-8") else {
            if charsets.quotesNames {
                findings.append(quoted(acceptCharsetNoUTF8, "Accept-Charset", head, "accept-charset"))
            }
            return
        }
        findings.append(
            Finding(
                acceptCharsetNoUTF8, .request, "Accept-Charset is \(head.shownList("accept-charset")); add UTF-8",
                offset: head.offset(of: "accept-charset")))
    }

    private static func quoted(_ rule: Rule, _ shown: String, _ head: HTTPHead, _ name: StaticString) -> Finding {
        Finding(
            rule, .request,
            "\(shown) is \(head.shownList(name)), with quotation marks that strict servers do not read; leave them out",
            offset: head.offset(of: name), level: .note)
    }

    /// A request that ended without its body, because nobody told the client to go on.
    private static func judgeExpect(_ request: Exchange.Message, _ exchange: Exchange, _ findings: inout [Finding]) {
        guard let expect = request.head.first("expect"), expect.hasPrefixIgnoringCase("100-continue"),
            exchange.response == nil, exchange.interim.isEmpty, !exchange.context.hasGaps,
            exchange.cutShort != .open, exchange.cutShort != .error,
            !request.body.complete, request.body.length == 0
        else { return }
        findings.append(
            Finding(
                expectUnanswered, .request,
                "Expect: 100-continue got neither 100 nor a final response, and the body never came; "
                    + "answer it, or send the body after a second", offset: request.offset("expect")))
    }

    // MARK: - How the response honours them

    static func judgeResponse(
        _ response: Exchange.Message, _ facts: MessageFacts, _ accepted: Accepted, _ findings: inout [Finding]
    ) {
        let status = response.head.status ?? 0
        if status == 406 {
            judgeNotAcceptable(response, facts, accepted, &findings)
            return
        }
        guard (200..<300).contains(status), response.body.length > 0 else { return }
        // A page instead of a message is told as that.
        if let types = accepted.types, types.admitsDM, let type = facts.contentType, !types.admits(type),
            !findings.contains(where: { $0.rule == MessageRules.responseBodyMissing && $0.level == .must })
        {
            findings.append(
                Finding(
                    responseNotAcceptableType, .response,
                    "Content-Type \(response.head.shown("content-type")) is none that Accept admits "
                        + "(\(types.shown)); answer in one of those", offset: response.offset("content-type")))
        }
        if response.body.dm != nil, let charsets = accepted.charsets {
            let charset = response.charset(facts)
            if !charsets.takes(charset: charset) {
                let canServe = charsets.takes(charset: "utf-8")
                findings.append(
                    Finding(
                        canServe ? responseCharsetNotAcceptable : acceptCharsetNot406, .response,
                        "The response is in \(charset.excerpt), which Accept-Charset does not admit (\(charsets.shown)); "
                            + (canServe ? "answer in UTF-8" : "answer 406 without a message"),
                        offset: response.offset("content-type")))
            }
        }
        judgeCoding(response, accepted, &findings)
    }

    private static func judgeCoding(_ response: Exchange.Message, _ accepted: Accepted, _ findings: inout [Finding]) {
        guard let coding = response.head.contentCoding, !accepted.admits(codings: coding) else { return }
        let asked = accepted.codings
        findings.append(
            Finding(
                contentEncodingNotAccepted, .response,
                asked.map {
                    "Content-Encoding \(coding.excerpt) is none that Accept-Encoding admits (\($0.shown)); send the message plain"
                }
                    ?? "Content-Encoding is \(coding.excerpt) though the request has no Accept-Encoding; send the message plain",
                offset: response.offset("content-encoding"), level: asked == nil ? .note : nil))
    }

    private static func judgeNotAcceptable(
        _ response: Exchange.Message, _ facts: MessageFacts, _ accepted: Accepted, _ findings: inout [Finding]
    ) {
        guard response.body.dm == nil else {
            let isAdmitted =
                accepted.isKnown && accepted.charsets?.takes(charset: response.charset(facts)) != false
                && facts.contentType.map { accepted.types?.admits($0) != false } != false
            findings.append(
                Finding(
                    notAcceptableWithMessage, .response,
                    "406 comes with a DM message; "
                        + (isAdmitted ? "the request admits it: send it with 200" : "send it without a body"),
                    offset: response.head.start))
            return
        }
        guard accepted.isKnown, accepted.charsets?.takes(charset: "utf-8") != false, accepted.types?.admitsDM != false
        else { return }
        findings.append(refusal(accepted, response.head.start))
    }

    /// 406 to a request that admits DM and UTF-8. A server need not have both representations, any language or any
    /// content coding, so that a request which asks for one of these may be refused.
    private static func refusal(_ accepted: Accepted, _ at: StreamOffset) -> Finding {
        let types = accepted.types?.admittedDM ?? []
        var asks = types.count == 1 ? "\(types[0]) alone, in UTF-8" : "DM types in UTF-8"
        var remedy = "serve it in UTF-8"
        var isDue = types.count != 1
        if let codings = accepted.codings, !codings.admits(coding: "identity") {
            asks += ", and no plain body (Accept-Encoding: \(codings.shown))"
            remedy = "serve a content coding that it admits, or admit identity in the client"
            isDue = false
        } else if let languages = accepted.languages {
            asks += ", and has Accept-Language: \(languages)"
            remedy = "a DM message is in no language: serve it"
            isDue = false
        } else if types.count == 1 {
            remedy = "serve that type, or admit in the client the one that the server has"
        }
        return Finding(
            utf8Refused, .response, "406 answers a request that admits \(asks); \(remedy)", offset: at,
            level: isDue ? nil : .note)
    }
}
