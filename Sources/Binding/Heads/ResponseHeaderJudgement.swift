import HTTPWire
import Wire

extension ResponseHeaderRules {
    static func judge(_ response: Exchange.Message, _ request: Exchange.Message?, _ findings: inout [Finding]) {
        let head = response.head
        let status = head.status ?? 0
        if head.has("authentication-info") { judgeAuthenticationInfo(head, request, &findings) }
        judgeChallenges(head, "www-authenticate", "WWW-Authenticate", required: status == 401, &findings)
        judgeChallenges(head, "proxy-authenticate", "Proxy-Authenticate", required: status == 407, &findings)
        if (301...303).contains(status) || status == 307 || status == 308 {
            judgeRedirect(head, status, request, &findings)
        }
        if let value = head.first("retry-after"), !isDelay(value) {
            findings.append(
                Finding(
                    retryAfter, .response,
                    "Retry-After is \(value.excerpt), neither seconds nor a date; send for example Retry-After: 120",
                    offset: head.offset(of: "retry-after")))
        }
    }

    private static func judgeRedirect(
        _ head: HTTPHead, _ status: Int, _ request: Exchange.Message?, _ findings: inout [Finding]
    ) {
        guard let location = head.first("location"), !location.isEmpty else {
            findings.append(
                Finding(
                    redirect, .response,
                    "The redirect has status \(status) and no Location; send the new address in it",
                    offset: head.start))
            return
        }
        let keeps = status == 307 || status == 308
        let method = request?.head.method ?? "POST"
        findings.append(
            Finding(
                redirect, .response,
                "The \(method.excerpt) is redirected to \(location.excerpt); "
                    + (method != "POST"
                        ? "the client has to send it there"
                        : keeps
                            ? "the client has to send the same message there"
                            : "many clients turn it into GET on \(status) and drop the message: use 307 or 308"),
                offset: head.offset(of: "location")))
    }

    private static func isDelay(_ value: String) -> Bool {
        !value.isEmpty && value.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } || HTTPDate.parse(value) != nil
    }

    // MARK: - Authentication-Info

    private static func judgeAuthenticationInfo(
        _ head: HTTPHead, _ request: Exchange.Message?, _ findings: inout [Finding]
    ) {
        let at = head.offset(of: "authentication-info")
        let info = Authentication.parameters(head.list("authentication-info") ?? "").parameters
        if let nonce = info.value("nextnonce") {
            if nonce.utf8.count > 64 {
                findings.append(
                    Finding(
                        nextnonceLong, .response,
                        "nextnonce has \(nonce.utf8.count) octets; 64 is the most a client has to keep", offset: at))
            }
            judgeNonce(nonce, "nextnonce", nextnonceBase64, at, &findings)
        }
        if let proof = info.value("rspauth"), !isDigest(proof, digits: 32), !isDigest(proof, askedBy: request) {
            findings.append(
                Finding(
                    rspauth, .response,
                    "rspauth is no digest of 32 hexadecimal digits; compute it as RFC 2617 3.2.3 says", offset: at))
        }
    }

    /// A digest by the algorithm of the request's credentials, which may be another than MD5; any where they are not known.
    private static func isDigest(_ proof: String, askedBy request: Exchange.Message?) -> Bool {
        guard let request else { return true }
        let values = request.head.values("authorization") + request.head.values("proxy-authorization")
        let credentials = values.compactMap(Authentication.credentials).filter { $0.isScheme("digest") }
        return credentials.contains { DigestAlgorithm($0).digits.map { isDigest(proof, digits: $0) } ?? true }
    }

    /// A nonce of the Base64 alphabet whose length is wrong is read by lenient decoders, and the binding's own example
    /// (nextnonce="Bruce") is one: a note.
    private static func judgeNonce(
        _ nonce: String, _ name: String, _ rule: Rule, _ at: StreamOffset?, _ findings: inout [Finding]
    ) {
        let problems = Base64.inspect(nonce).problems
        guard !problems.isEmpty else { return }
        let isAlphabet = problems.isDisjoint(with: [.foreign, .whiteSpace])
        findings.append(
            Finding(
                rule, .response,
                isAlphabet
                    ? "\(name) has letters of Base64 but not its length or alphabet; pad it with ="
                    : "\(name) is not Base64; encode it", offset: at, level: isAlphabet ? .note : nil))
    }

    static func isDigest(_ text: String, digits: Int) -> Bool {
        text.utf8.count == digits
            && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 || $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x66 }
    }

    // MARK: - Challenges

    private static func judgeChallenges(
        _ head: HTTPHead, _ name: StaticString, _ shown: String, required: Bool, _ findings: inout [Finding]
    ) {
        let values = head.values(name)
        guard !values.isEmpty else {
            if required {
                findings.append(
                    Finding(
                        challengeMissing, .response,
                        "\(head.status ?? 0) comes without \(shown); send the challenge with it", offset: head.start))
            }
            return
        }
        let at = head.offset(of: name)
        let challenges = Authentication.challenges(values).challenges
        if challenges.isEmpty {
            let what = values.allSatisfy(\.isEmpty) ? "is empty" : "is \(head.shown(name)), which is no challenge"
            findings.append(
                Finding(
                    required ? challengeMissing : challengeMalformed, .response,
                    "\(shown) \(what); send a scheme with its parameters in it", offset: at))
        }
        for challenge in challenges {
            if let fault = fault(of: challenge) {
                findings.append(Finding(challengeMalformed, .response, "\(shown): \(fault)", offset: at))
            }
            if challenge.isScheme("digest"), let nonce = challenge["nonce"] {
                judgeNonce(nonce, "The nonce of \(shown)", challengeNonceBase64, at, &findings)
            }
        }
    }

    /// What a Basic or Digest challenge lacks; other schemes are none of the binding's.
    private static func fault(of challenge: Authentication) -> String? {
        if challenge.isScheme("basic") {
            if challenge["realm"] == nil { return "Basic comes without realm; send one" }
            return challenge.lacksComma ? "Basic has \(noComma)" : nil
        }
        guard challenge.isScheme("digest") else { return nil }
        let missing = ["realm", "nonce"].filter { challenge[$0] == nil }
        if !missing.isEmpty { return "Digest comes without \(missing.joined(separator: " and ")); send both" }
        if let stale = challenge["stale"], !stale.equalsIgnoringCase("true"), !stale.equalsIgnoringCase("false") {
            return "stale is \(stale.excerpt); send true or false"
        }
        if let twice = challenge.repeatedParameter {
            return "Digest has \(twice.excerpt) more than once, of which clients read one or the other; send it once"
        }
        return challenge.lacksComma ? "Digest has \(noComma)" : nil
    }

    private static let noComma =
        "no comma behind a parameter, or a value with blanks and no quotation marks: strict clients stop reading there; "
        + "write both"
}
