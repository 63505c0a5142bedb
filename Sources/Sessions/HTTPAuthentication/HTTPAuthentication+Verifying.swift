import Binding
import HTTPWire
import SyncML
import Wire

// Whether credentials were made with the name and password that the credentials file has.

extension HTTPAuthentication {
    func entry(_ exchange: Exchange, _ challenger: HTTPChallenger, realm: String?) -> Credentials.Entry? {
        let sentTo = exchange.sentTo
        let target = exchange.request?.head.target
        let names: [String?] =
            challenger == .proxy
            ? [exchange.context.server]
            : [exchange.context.host, HostPort(host: sentTo.host, port: sentTo.port).text, target]
        return verification.credentials.entry(
            challenger.prover, names: names, peers: [exchange.request?.body.dm?.header.source.uri], realm: realm)
    }

    func verifyBasic(
        _ credentials: Authentication, _ exchange: Exchange, _ challenger: HTTPChallenger, realm: String?
    ) -> Verdict {
        guard let entry = entry(exchange, challenger, realm: realm) else { return .unknown }
        guard let own = credentials.userAndPassword else { return .wrong("it is not base64 of user:password") }
        switch (own.user == entry.user, own.password == entry.password) {
        case (true, true): return .verified(nil)
        case (true, false): return .wrong("the password differs from that of \(entry.title)")
        case (false, true): return .wrong("the name differs from that of \(entry.title)")
        case (false, false): return .wrong("name and password differ from those of \(entry.title)")
        }
    }

    func verifyDigest(
        _ credentials: Authentication, _ exchange: Exchange, _ challenger: HTTPChallenger, realm: String?,
        provenLine: inout Int?
    ) -> Verdict {
        guard let entry = entry(exchange, challenger, realm: credentials["realm"]) else { return .unknown }
        if let algorithm = credentials["algorithm"]?.lowercased(), algorithm != "md5", algorithm != "md5-sess" {
            return .unverifiable("algorithm \(algorithm.clipped(to: 20))")
        }
        guard let proof = DigestProof(credentials, exchange, md5: verification.digest.md5) else {
            return .unverifiable("no response")
        }
        if proof.yields(user: entry.user, password: entry.password) {
            guard proof.user == entry.user else {
                return .wrong("username is not the name that the digest was computed with")
            }
            provenLine = entry.line
            return .verified(nil)
        }
        if proof.user != entry.user {
            let isPassword = proof.yields(password: entry.password)
            return .wrong(
                "the name differs from that of \(entry.title)" + (isPassword ? "" : ", and so may the password"))
        }
        if let other = proof.difference(password: entry.password, realm: realm) {
            return .wrong("\(other) differs from what it was computed with")
        }
        for other in verification.credentials.entries.prefix(16) where proof.yields(password: other.password) {
            return .wrong("the password differs: it is that of \(other.title)")
        }
        return .wrong(
            provenLine == entry.line
                ? "the nonce, cnonce or nc differs from what it was computed with (the password was right before)"
                : "the password differs from that of \(entry.title)")
    }
}

/// The response of Digest credentials beside the request that they came with, RFC 2617 3.2.2: which inputs yield it.
private struct DigestProof {
    /// As the credentials name it.
    let user: [UInt8]
    private let uri: [UInt8]
    private let method: [UInt8]
    private let target: [UInt8]
    private let body: [UInt8]
    private let response: [UInt8]
    private let digest: HTTPDigest

    /// Nil where there is no response.
    init?(_ credentials: Authentication, _ exchange: Exchange, md5: @escaping @Sendable ([UInt8]) -> [UInt8]) {
        guard let request = exchange.request, let response = credentials["response"]?.lowercased() else { return nil }
        self.response = Array(response.utf8)
        digest = HTTPDigest(credentials, md5: md5)
        user = Array((credentials["username"] ?? "").utf8)
        uri = Array((credentials["uri"] ?? "").utf8)
        method = Array((request.head.method ?? "").utf8)
        target = Array((request.head.target ?? "").utf8)
        body = request.body.octets
    }

    /// Whether the digest of these is the response; what is nil is as the credentials and the request have it.
    func yields(
        user: [UInt8]? = nil, password: [UInt8], realm: [UInt8]? = nil, method: [UInt8]? = nil, uri: [UInt8]? = nil,
        withoutQop: Bool = false
    ) -> Bool {
        digest.response(
            user: user ?? self.user, password: password, realm: realm, method: method ?? self.method,
            uri: uri ?? self.uri, body: body, withoutQop: withoutQop) == response
    }

    /// Of what another value would have yielded the response. `realm` is that of the challenge.
    func difference(password: [UInt8], realm: String?) -> String? {
        if yields(password: password, uri: target) { return "uri" }
        if yields(password: password, method: Array("GET".utf8)) { return "the method" }
        if let realm, yields(password: password, realm: Array(realm.utf8)) { return "the realm" }
        return yields(password: password, withoutQop: true) ? "the formula (computed as if without qop)" : nil
    }
}
