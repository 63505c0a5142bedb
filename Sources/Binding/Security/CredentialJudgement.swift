import HTTPWire
import Wire

/// Credentials in requests: their form, and whether they cross the network in clear.
extension RequestHeaderRules {
    static func judgeCredentials(
        _ request: Exchange.Message, _ exchange: Exchange, _ findings: inout [Finding]
    ) {
        judge(request.head, "authorization", "Authorization", exchange, &findings)
        judge(request.head, "proxy-authorization", "Proxy-Authorization", exchange, &findings)
    }

    private static func judge(
        _ head: HTTPHead, _ name: StaticString, _ shown: String, _ exchange: Exchange,
        _ findings: inout [Finding]
    ) {
        guard let value = head.first(name) else { return }
        let at = head.offset(of: name)
        let isProxy = shown != "Authorization"
        guard let credentials = Authentication.credentials(value) else { return }
        if credentials.isScheme("basic") {
            if let (fault, level) = basicFault(credentials) {
                findings.append(
                    Finding(
                        isProxy ? proxyAuthorization : authorizationBasic, .request, "\(shown): \(fault)", offset: at,
                        level: level))
            }
            // Proxy credentials stay on the device's side of the path, as all do where no server answered.
            let context = exchange.context
            let crossToServer = !isProxy && exchange.response != nil
            if !context.loopback, context.clientLeg == nil || crossToServer && context.serverLeg == nil {
                findings.append(
                    Finding(
                        SecurityRules.credentialsInClear, .request,
                        "\(shown) sends user and password by Basic without TLS: anyone on the path can read them; use TLS",
                        offset: at))
            }
        } else if credentials.isScheme("digest"), let fault = digestFault(credentials, head) {
            findings.append(
                Finding(isProxy ? proxyAuthorization : authorizationDigest, .request, "\(shown): \(fault)", offset: at))
        }
    }

    private static func basicFault(_ credentials: Authentication) -> (String, Level?)? {
        guard credentials.userAndPassword != nil else {
            return (
                "the Basic credentials are not the Base64 form of user:password; encode both with a colon between them",
                nil
            )
        }
        guard let token = credentials.token, !token.utf8.count.isMultiple(of: 4) else { return nil }
        return (
            "the Basic credentials lack the padding of Base64, without which strict servers refuse them; add it", .note
        )
    }

    private static func digestFault(_ credentials: Authentication, _ head: HTTPHead) -> String? {
        let needed =
            ["username", "realm", "nonce", "uri", "response"] + (credentials["qop"] == nil ? [] : ["cnonce", "nc"])
        // RFC 7616 3.4 writes names outside ASCII as `username*`.
        let missing = needed.filter { credentials[$0] == nil && !($0 == "username" && credentials["username*"] != nil) }
        if !missing.isEmpty { return "the Digest credentials lack \(missing.joined(separator: ", ")); send them" }
        if let twice = credentials.repeatedParameter {
            return "the Digest credentials have \(twice.excerpt) more than once, of which servers read one or the "
                + "other; send it once"
        }
        let algorithm = DigestAlgorithm(credentials)
        if let response = credentials["response"], let digits = algorithm.digits,
            !ResponseHeaderRules.isDigest(response, digits: digits)
        {
            return "the Digest response is not \(digits) hexadecimal digits; "
                + "send the \(algorithm.name) digest in hexadecimal"
        }
        return nil
    }
}

/// What Digest credentials are computed with.
struct DigestAlgorithm {
    /// As it is written; MD5 where nothing is.
    let name: String
    /// Hexadecimal digits of a digest; nil of an algorithm that neither RFC 2617 nor RFC 7616 has.
    let digits: Int?

    init(_ credentials: Authentication) {
        name = credentials["algorithm"].map { $0.excerpt } ?? "MD5"
        digits =
            switch name.lowercased() {
            case "md5", "md5-sess": 32
            case "sha-256", "sha-256-sess", "sha-512-256", "sha-512-256-sess": 64
            default: nil
            }
    }
}

extension SecurityRules {
    /// Content-MD5 against the digest of the body, which whoever made the exchange computed.
    static func judgeContentMD5(_ message: Exchange.Message, _ subject: Subject, _ findings: inout [Finding]) {
        guard let value = message.head.first("content-md5") else { return }
        let at = message.offset("content-md5")
        guard let claimed = Base64.decode(value), claimed.count == 16 else {
            findings.append(
                Finding(
                    contentMD5Wrong, subject,
                    "Content-MD5 is \(value.excerpt), not the Base64 form of 16 octets; send the MD5 digest in Base64",
                    offset: at))
            return
        }
        guard let md5 = message.body.md5, claimed != md5 else { return }
        findings.append(
            Finding(
                contentMD5Wrong, subject,
                "Content-MD5 is \(value) but the body's digest is \(Base64.encode(md5)): one of them was changed",
                offset: at))
    }
}
