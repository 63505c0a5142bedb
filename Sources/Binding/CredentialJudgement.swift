import HTTPWire
import Wire

/// Credentials in requests: their form, and whether they cross the network in clear.
extension RequestHeaderRules {
    static func judgeCredentials(
        _ request: Exchange.Message, _ context: Exchange.Context, _ findings: inout [Finding]
    ) {
        judge(request.head, "authorization", "Authorization", context, &findings)
        judge(request.head, "proxy-authorization", "Proxy-Authorization", context, &findings)
    }

    private static func judge(
        _ head: HTTPHead, _ name: StaticString, _ shown: String, _ context: Exchange.Context,
        _ findings: inout [Finding]
    ) {
        guard let value = head.first(name) else { return }
        let at = head.offset(of: name)
        let isProxy = shown != "Authorization"
        guard let credentials = Authentication.credentials(value) else { return }
        if credentials.isScheme("basic") {
            if let fault = basicFault(credentials) {
                findings.append(
                    Finding(
                        isProxy ? proxyAuthorization : authorizationBasic, .request, "\(shown): \(fault)", offset: at))
            }
            // Proxy credentials stay on the device's side of the path.
            if !context.loopback, context.clientLeg == nil || !isProxy && context.serverLeg == nil {
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

    private static func basicFault(_ credentials: Authentication) -> String? {
        if credentials.userAndPassword != nil { return nil }
        return "the Basic credentials are not the Base64 form of user:password; encode both with a colon between them"
    }

    private static func digestFault(_ credentials: Authentication, _ head: HTTPHead) -> String? {
        let needed =
            ["username", "realm", "nonce", "uri", "response"] + (credentials["qop"] == nil ? [] : ["cnonce", "nc"])
        let missing = needed.filter { credentials[$0] == nil }
        if !missing.isEmpty { return "the Digest credentials lack \(missing.joined(separator: ", ")); send them" }
        if let response = credentials["response"], !ResponseHeaderRules.isDigest(response) {
            return "the Digest response is not 32 hexadecimal digits; send the MD5 digest in hexadecimal"
        }
        return nil
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
