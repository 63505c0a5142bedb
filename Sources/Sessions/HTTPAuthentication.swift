import Binding
import HTTPWire
import SyncML
import Wire

/// What an exchange showed of HTTP authentication, for the session it belongs to.
struct HTTPProof {
    /// `HTTP Digest, accepted, verified`; nil when no credentials were sent.
    var client: String?
    /// `HTTP Digest (rspauth), verified`; nil when the server proved nothing.
    var server: String?
    var hasCredentials = false
    /// The response asks for Basic or Digest credentials.
    var isChallenged = false
}

/// Follows HTTP authentication of RFC 2617 between clients and servers, and between clients and proxies (binding 5.3.3,
/// 5.3.4, 5.4).
///
/// Responsibilities: keeps the challenge in force for each client and server, holds credentials against it, verifies
/// Basic, Digest and rspauth where the secret is known, and finds challenges to credentials that are right.
///
/// Exceptions: only DM exchanges and CONNECT are looked at; other HTTP on the same proxy is nobody's business here.
struct HTTPAuthentication: Sendable {
    private struct Key: Hashable {
        let client: String
        /// Host and port; `proxy` for a proxy.
        let server: String
    }

    /// What is in force between a client and a server.
    private struct Realm: Sendable {
        var realm: String?
        /// Of the last Digest challenge.
        var nonce: String?
        var opaque: String?
        var offersQop = false
        /// The server replaced the nonce by nextnonce, and the client has not used it yet.
        var nextNonce: String?
        /// Digest of Basic credentials that were accepted.
        var acceptedBasic: [UInt8] = []
        /// Highest nonce count sent with `countedNonce`.
        var count: UInt64 = 0
        var countedNonce = ""
        var isSecretProven = false

        /// As much of a nonce as is kept.
        static func nonce(of one: Authentication) -> String? { one["nonce"]?.clipped(to: 1024) }
    }

    /// Credentials of one request, and what is known of them.
    private struct Sent {
        let credentials: Authentication
        var verdict = Verdict.unknown
        var usesNewestNonce = false
        /// What the digest was computed with that is not what it should be: `another uri`.
        var doubts: [String] = []
    }

    private let verification: Verification
    private var realms: RecentTable<Key, Realm>

    init(_ verification: Verification, kept: Int) {
        self.verification = verification
        realms = RecentTable(kept: kept)
    }

    /// Takes an exchange; nil when it has nothing to do with HTTP authentication.
    mutating func receive(_ exchange: Exchange, _ found: inout [Finding]) -> HTTPProof? {
        guard exchange.isJudged else { return nil }
        var proof = HTTPProof()
        guard exchange.mayAuthenticate else { return proof }
        let client = Address.split(exchange.context.client).host
        let sentTo = exchange.sentTo
        receive(
            exchange, .origin, Key(client: client, server: "\(sentTo.host):\(sentTo.port)"), &proof, &found)
        receive(exchange, .proxy, Key(client: client, server: "proxy"), &proof, &found)
        return proof
    }

    private enum Place {
        case origin
        case proxy

        func credentials(_ head: HTTPHead) -> String? {
            self == .origin ? head.first("authorization") : head.first("proxy-authorization")
        }
        func challenges(_ head: HTTPHead) -> [String] {
            self == .origin ? head.values("www-authenticate") : head.values("proxy-authenticate")
        }
        func info(_ head: HTTPHead) -> String? {
            self == .origin ? head.first("authentication-info") : head.first("proxy-authentication-info")
        }
        var status: Int { self == .origin ? 401 : 407 }
        var header: String { self == .origin ? "Authorization" : "Proxy-Authorization" }
        var prover: Credentials.Prover { self == .origin ? .http : .proxy }
        func offset(_ head: HTTPHead) -> StreamOffset? {
            self == .origin ? head.offset(of: "authorization") : head.offset(of: "proxy-authorization")
        }
    }

    private mutating func receive(
        _ exchange: Exchange, _ place: Place, _ key: Key, _ proof: inout HTTPProof, _ found: inout [Finding]
    ) {
        var realm = realms[key] ?? Realm()
        var changed = false
        var sent: Sent?
        if let request = exchange.request, let value = place.credentials(request.head),
            let credentials = Authentication.credentials(value)
        {
            proof.hasCredentials = true
            sent = take(credentials, exchange, place, &realm, &found)
            changed = true
        }
        if let response = exchange.response {
            let isChallenged = response.head.status == place.status
            if isChallenged {
                challenge(response, to: sent, exchange, place, &realm, &proof, &found)
                changed = true
            } else if let sent, (response.head.status ?? 0) < 400 {
                accept(response, sent, exchange, place, &realm, &proof, &found)
            }
            if let sent {
                let words =
                    "HTTP \(sent.credentials.scheme.clipped(to: 20))"
                    + (isChallenged ? ", refused (\(place.status))" : "") + sent.verdict.httpWords(sent.doubts)
                if place == .origin { proof.client = isChallenged ? nil : words }
            }
        }
        if changed { realms[key] = realm }
    }

    // MARK: Credentials

    private func take(
        _ credentials: Authentication, _ exchange: Exchange, _ place: Place, _ realm: inout Realm,
        _ found: inout [Finding]
    ) -> Sent {
        var sent = Sent(credentials: credentials)
        let at = exchange.request.flatMap { place.offset($0.head) }
        func note(_ rule: Rule, _ text: String, _ level: Level? = nil) {
            let rule = place == .proxy ? RequestHeaderRules.proxyAuthorization : rule
            found.append(Finding(rule, .request, text, offset: at, level: level))
        }
        if credentials.isScheme("basic") {
            sent.verdict = verifyBasic(credentials, exchange, place)
            if case .wrong(let why) = sent.verdict {
                note(RequestHeaderRules.authorizationBasic, "\(place.header) (Basic) does not verify: \(why)")
            }
        } else if credentials.isScheme("digest") {
            for oddity in oddities(credentials, exchange, &realm) {
                note(
                    RequestHeaderRules.authorizationDigest, "\(place.header) (Digest): \(oddity.text)",
                    oddity.isOfCount ? .note : nil)
                if let doubt = oddity.doubt { sent.doubts.append(doubt) }
            }
            if let next = realm.nextNonce {
                if Realm.nonce(of: credentials) != next {
                    found.append(
                        Finding(
                            ResponseHeaderRules.nextnonceIgnored, .request,
                            "\(place.header) uses another nonce than the nextnonce of the response before", offset: at))
                }
                realm.nextNonce = nil
            }
            sent.usesNewestNonce = realm.nonce == nil || Realm.nonce(of: credentials) == realm.nonce
            sent.verdict = verifyDigest(credentials, exchange, place, realm)
            if case .verified = sent.verdict { realm.isSecretProven = true }
            if case .wrong(let why) = sent.verdict {
                note(RequestHeaderRules.authorizationDigest, "\(place.header) (Digest) does not verify: \(why)")
            }
        }
        return sent
    }

    /// Where Digest credentials do not answer the challenge in force.
    private struct Oddity {
        let text: String
        /// What a digest that is right in itself was computed with.
        var doubt: String?
        var isOfCount = false
    }

    private func oddities(
        _ credentials: Authentication, _ exchange: Exchange, _ realm: inout Realm
    ) -> [Oddity] {
        var oddities: [Oddity] = []
        func add(_ text: String, _ doubt: String? = nil) { oddities.append(Oddity(text: text, doubt: doubt)) }
        if let wanted = realm.realm, let own = credentials["realm"], own != wanted {
            add("the realm is \(own.clipped(to: 40)), the challenge has \(wanted.clipped(to: 40))", "another realm")
        }
        if let wanted = realm.nonce, realm.nextNonce == nil, let own = Realm.nonce(of: credentials), own != wanted {
            add("the nonce is not that of the challenge in force", "another nonce")
        }
        if let wanted = realm.opaque, let nonce = realm.nonce, Realm.nonce(of: credentials) == nonce,
            credentials["opaque"]?.clipped(to: 1024) != wanted
        {
            add("opaque is not returned as the challenge gave it")
        }
        if let uri = credentials["uri"], let target = exchange.request?.head.target, uri != target,
            Address.pathAndQuery(uri) != Address.pathAndQuery(target)
        {
            add("uri is \(uri.clipped(to: 80)), the request target \(target.clipped(to: 80))", "another uri")
        }
        guard let text = credentials["nc"] else { return oddities }
        let count = UInt64(text, radix: 16)
        if text.utf8.count != 8 || count == nil {
            oddities.append(
                Oddity(text: "nc is \(text.clipped(to: 16)); send 8 hexadecimal digits", isOfCount: true))
        }
        if let nonce = Realm.nonce(of: credentials), let count {
            let same = nonce == realm.countedNonce
            if same, count <= realm.count {
                add("nc \(text.clipped(to: 16)) was sent with this nonce before", "an nc that was used before")
            } else if !same, count != 1, nonce == realm.nonce {
                oddities.append(
                    Oddity(
                        text: "nc is \(text.clipped(to: 16)) with a nonce that was not used before; send 00000001",
                        isOfCount: true))
            }
            realm.count = same ? max(realm.count, count) : count
            realm.countedNonce = nonce
        }
        return oddities
    }

    private func entry(_ exchange: Exchange, _ place: Place, realm: String?) -> Credentials.Entry? {
        let sentTo = exchange.sentTo
        let target = exchange.request?.head.target
        let names: [String?] =
            place == .proxy
            ? [exchange.context.server] : [exchange.context.host, "\(sentTo.host):\(sentTo.port)", target]
        return verification.credentials.entry(
            place.prover, names: names, peers: [exchange.request?.body.dm?.header.source.uri], realm: realm)
    }

    private func verifyBasic(_ credentials: Authentication, _ exchange: Exchange, _ place: Place) -> Verdict {
        guard let entry = entry(exchange, place, realm: nil) else { return .unknown }
        guard let own = credentials.userAndPassword else { return .wrong("it is not base64 of user:password") }
        switch (own.user == entry.user, own.password == entry.password) {
        case (true, true): return .verified(nil)
        case (true, false): return .wrong("the password differs from that of \(entry.title)")
        case (false, true): return .wrong("the name differs from that of \(entry.title)")
        case (false, false): return .wrong("name and password differ from those of \(entry.title)")
        }
    }

    private func verifyDigest(
        _ credentials: Authentication, _ exchange: Exchange, _ place: Place, _ realm: Realm
    ) -> Verdict {
        guard let entry = entry(exchange, place, realm: credentials["realm"]) else { return .unknown }
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
                realm.realm.map {
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
            realm.isSecretProven
                ? "the nonce, cnonce or nc differs from what it was computed with (the password was right before)"
                : "the password differs from that of \(entry.title)")
    }

    // MARK: Responses

    private func challenge(
        _ response: Exchange.Message, to sent: Sent?, _ exchange: Exchange, _ place: Place, _ realm: inout Realm,
        _ proof: inout HTTPProof, _ found: inout [Finding]
    ) {
        let (challenges, _) = Authentication.challenges(place.challenges(response.head))
        let digest = challenges.first { $0.isScheme("digest") }
        proof.isChallenged = proof.isChallenged || digest != nil || challenges.contains { $0.isScheme("basic") }
        if let sent, digest?["stale"]?.lowercased() != "true" {
            let isAcceptedBefore =
                sent.credentials.isScheme("basic")
                && !realm.acceptedBasic.isEmpty && realm.acceptedBasic == fingerprint(sent.credentials)
            var isRight = isAcceptedBefore
            if case .verified = sent.verdict, sent.usesNewestNonce || sent.credentials.isScheme("basic") {
                isRight = sent.doubts.isEmpty
            }
            if isRight {
                found.append(
                    Finding(
                        SecurityRules.challengedAgain, .response,
                        "The request carries \(sent.credentials.scheme.clipped(to: 20)) credentials that "
                            + (isAcceptedBefore ? "were accepted before" : "are right by the credentials file")
                            + ", and is answered \(place.status) all the same",
                        offset: response.head.start))
            }
        }
        realm.nextNonce = nil
        if let digest {
            realm.realm = digest["realm"]
            realm.nonce = Realm.nonce(of: digest)
            realm.opaque = digest["opaque"].map { $0.clipped(to: 1024) }
            realm.offersQop = digest["qop"] != nil
        }
    }

    private func accept(
        _ response: Exchange.Message, _ sent: Sent, _ exchange: Exchange, _ place: Place, _ realm: inout Realm,
        _ proof: inout HTTPProof, _ found: inout [Finding]
    ) {
        if sent.credentials.isScheme("basic") { realm.acceptedBasic = fingerprint(sent.credentials) }
        guard sent.credentials.isScheme("digest"), let info = place.info(response.head) else { return }
        let (parameters, _) = Authentication.parameters(info)
        if let next = parameters.value("nextnonce") {
            realm.nextNonce = next.clipped(to: 1024)
            realm.nonce = realm.nextNonce
        }
        guard let rspauth = parameters.value("rspauth")?.lowercased(),
            let entry = entry(exchange, place, realm: sent.credentials["realm"])
        else { return }
        guard response.body.complete, !response.body.truncated else { return }
        let wanted = HTTPDigest(sent.credentials, md5: verification.digest.md5).response(
            user: entry.user, password: entry.password, method: [],
            uri: Array((sent.credentials["uri"] ?? "").utf8), body: response.body.octets)
        let isRight = wanted.elementsEqual(rspauth.utf8)
        if place == .origin, isRight { proof.server = "HTTP Digest (rspauth), verified" }
        guard !isRight, case .verified = sent.verdict else { return }
        found.append(
            Finding(
                ResponseHeaderRules.rspauth, .response,
                "rspauth does not verify: the server does not know the password of \(entry.title), or computes it over "
                    + "another uri, cnonce or body", offset: response.head.offset(of: "authentication-info")))
    }

    private func fingerprint(_ credentials: Authentication) -> [UInt8] {
        verification.digest.md5(Array((credentials.token ?? "").utf8))
    }
}

extension Verdict {
    fileprivate func httpWords(_ doubts: [String]) -> String {
        switch self {
        case .verified: doubts.isEmpty ? ", verified" : ", verified, but with \(doubts.joined(separator: " and "))"
        case .wrong: ", wrong by the credentials file"
        case .staleNonce, .unknown, .unverifiable: ""
        }
    }
}

extension Exchange {
    /// It has credentials or asks for some.
    fileprivate var mayAuthenticate: Bool {
        if let head = request?.head, head.has("authorization") || head.has("proxy-authorization") { return true }
        return response?.head.status == 401 || response?.head.status == 407
    }

    /// DM traffic, or the opening of a tunnel that may carry some.
    fileprivate var isJudged: Bool {
        if request?.body.dm != nil || response?.body.dm != nil { return true }
        guard let head = request?.head else { return false }
        return head.method == "CONNECT"
            || head.first("content-type")?.lowercased().hasPrefix("application/vnd.syncml") == true
    }
}
