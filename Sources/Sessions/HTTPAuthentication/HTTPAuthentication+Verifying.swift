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
        guard let request = exchange.request, let response = credentials["response"]?.lowercased() else {
            return .unverifiable("no response")
        }
        let wanted = Array(response.utf8)
        let digest = HTTPDigest(credentials, md5: verification.digest.md5)
        let user = Array((credentials["username"] ?? "").utf8)
        let uri = Array((credentials["uri"] ?? "").utf8)
        let method = Array((request.head.method ?? "").utf8)
        let body = request.body.octets
        func yields(
            user: [UInt8], password: [UInt8], realm: [UInt8]? = nil, method: [UInt8], uri: [UInt8], bare: Bool = false
        ) -> Bool {
            digest.response(
                user: user, password: password, realm: realm, method: method, uri: uri, body: body, withoutQop: bare)
                == wanted
        }
        if yields(user: entry.user, password: entry.password, method: method, uri: uri) {
            if user == entry.user { provenLine = entry.line }
            return user == entry.user
                ? .verified(nil) : .wrong("username is not the name that the digest was computed with")
        }
        if user != entry.user {
            let isPassword = yields(user: user, password: entry.password, method: method, uri: uri)
            return .wrong(
                isPassword
                    ? "the name differs from that of \(entry.title)"
                    : "the name differs from that of \(entry.title), and so may the password")
        }
        let target = Array((request.head.target ?? "").utf8)
        let others: [(String, Bool)] = [
            ("uri", yields(user: user, password: entry.password, method: method, uri: target)),
            ("the method", yields(user: user, password: entry.password, method: Array("GET".utf8), uri: uri)),
            (
                "the realm",
                realm.map {
                    yields(user: user, password: entry.password, realm: Array($0.utf8), method: method, uri: uri)
                } ?? false
            ),
            (
                "the formula (computed as if without qop)",
                yields(user: user, password: entry.password, method: method, uri: uri, bare: true)
            ),
        ]
        if let other = others.first(where: \.1) { return .wrong("\(other.0) differs from what it was computed with") }
        for other in verification.credentials.entries.prefix(16)
        where yields(user: user, password: other.password, method: method, uri: uri) {
            return .wrong("the password differs: it is that of \(other.title)")
        }
        return .wrong(
            provenLine == entry.line
                ? "the nonce, cnonce or nc differs from what it was computed with (the password was right before)"
                : "the password differs from that of \(entry.title)")
    }
}
