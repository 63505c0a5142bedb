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
/// Responsibilities: keeps the last challenges for each client address and server, holds credentials against them, verifies
/// Basic, Digest and rspauth where the secret is known, and finds challenges to credentials that are right.
///
/// Exceptions: only DM exchanges and CONNECT are looked at; other HTTP on the same proxy is nobody's business here.
struct HTTPAuthentication: Sendable {
    private struct Key: Hashable {
        let client: String
        /// Host and port; `proxy` for a proxy.
        let server: String
    }

    /// What is known between the clients of an address and a server.
    private struct Standing: Sendable {
        var nonces = DigestNonces()
        /// Of the last Basic challenge.
        var basicSpace: Space?
        var acceptedBasic: AcceptedBasic?
        /// Line of the credentials file whose secret verified.
        var provenLine: Int?
    }

    /// A protection space (RFC 2617 1.2), as far as it is known.
    private struct Space: Sendable {
        /// Without query; empty for a proxy.
        let path: String
        let realm: String?

        func isSame(as other: Space) -> Bool {
            if let realm, let known = other.realm { return realm == known }
            return path == other.path
        }
    }

    /// Basic credentials that a 2xx accepted.
    private struct AcceptedBasic: Sendable {
        let fingerprint: [UInt8]
        let space: Space
    }

    /// Credentials of one request, and what is known of them.
    private struct Sent {
        let credentials: Authentication
        let sender: DigestNonces.Sender
        var verdict = Verdict.unknown
        var usesNewestNonce = false
        /// What the digest was computed with that is not what it should be: `another uri`.
        var doubts: [String] = []
    }

    /// As much of a realm's name as is kept, and compared.
    private static let realmKept = 256

    private let verification: Verification
    private var standings: RecentTable<Key, Standing>

    init(_ verification: Verification, kept: Int) {
        self.verification = verification
        standings = RecentTable(kept: kept)
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
        /// Several fields are one list (RFC 2616 4.2).
        func info(_ head: HTTPHead) -> [String] {
            self == .origin ? head.values("authentication-info") : head.values("proxy-authentication-info")
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
        var standing = standings[key] ?? Standing()
        var changed = false
        var sent: Sent?
        if let request = exchange.request, let value = place.credentials(request.head),
            let credentials = Authentication.credentials(value)
        {
            proof.hasCredentials = true
            sent = take(credentials, exchange, place, &standing, &found)
            changed = true
        }
        if let response = exchange.response {
            let isChallenged = response.head.status == place.status
            if isChallenged {
                challenge(response, to: sent, exchange, place, &standing, &proof, &found)
                changed = true
            } else if let sent, (response.head.status ?? 0) < 400 {
                accept(response, sent, exchange, place, &standing, &proof, &found)
            }
            if let sent {
                let words =
                    "HTTP \(sent.credentials.scheme.clipped(to: 20))"
                    + (isChallenged ? ", refused (\(place.status))" : "") + sent.verdict.httpWords(sent.doubts)
                if place == .origin { proof.client = isChallenged ? nil : words }
            }
        }
        if changed { standings[key] = standing }
    }

    // MARK: Credentials

    private func take(
        _ credentials: Authentication, _ exchange: Exchange, _ place: Place, _ standing: inout Standing,
        _ found: inout [Finding]
    ) -> Sent {
        var sent = Sent(credentials: credentials, sender: exchange.sender)
        let at = exchange.request.flatMap { place.offset($0.head) }
        func note(_ rule: Rule, _ text: String, _ level: Level? = nil) {
            let rule = place == .proxy ? RequestHeaderRules.proxyAuthorization : rule
            found.append(Finding(rule, .request, text, offset: at, level: level))
        }
        if credentials.isScheme("basic") {
            sent.verdict = verifyBasic(credentials, exchange, place, realm: nil)
            if case .wrong(let why) = sent.verdict {
                note(RequestHeaderRules.authorizationBasic, "\(place.header) (Basic) does not verify: \(why)")
            }
        } else if credentials.isScheme("digest") {
            let nonce = fingerprint(credentials["nonce"])
            let inForce = standing.nonces.inForce(for: sent.sender, realm: credentials["realm"], nonce: nonce)
            for oddity in oddities(credentials, nonce, inForce, exchange, sent.sender, &standing.nonces) {
                note(
                    RequestHeaderRules.authorizationDigest, "\(place.header) (Digest): \(oddity.text)",
                    oddity.isOfCount ? .note : nil)
                if let doubt = oddity.doubt { sent.doubts.append(doubt) }
            }
            if let inForce, inForce.isNext {
                if nonce != inForce.nonce {
                    found.append(
                        Finding(
                            ResponseHeaderRules.nextnonceIgnored, .request,
                            "\(place.header) uses another nonce than the nextnonce of the response before", offset: at))
                }
                standing.nonces.settleNext(of: inForce.sender)
            }
            sent.usesNewestNonce = inForce.map { $0.nonce == nonce } ?? standing.nonces.isUnknown
            sent.verdict = verifyDigest(
                credentials, exchange, place, realm: inForce?.realm, provenLine: &standing.provenLine)
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
        _ credentials: Authentication, _ nonce: [UInt8], _ inForce: DigestNonces.Entry?, _ exchange: Exchange,
        _ sender: DigestNonces.Sender, _ nonces: inout DigestNonces
    ) -> [Oddity] {
        var oddities: [Oddity] = []
        func add(_ text: String, _ doubt: String? = nil) { oddities.append(Oddity(text: text, doubt: doubt)) }
        if let wanted = inForce?.realm, let own = credentials["realm"]?.clipped(to: Self.realmKept), own != wanted {
            add("the realm is \(own.clipped(to: 40)), the challenge has \(wanted.clipped(to: 40))", "another realm")
        }
        if let inForce {
            if inForce.nonce != nonce {
                if !inForce.isNext, credentials["nonce"] != nil {
                    add("the nonce is not that of the challenge in force", "another nonce")
                }
            } else if let opaque = inForce.opaque, credentials["opaque"].map(fingerprint) != opaque {
                add("opaque is not returned as the challenge gave it")
            }
        }
        if let uri = credentials["uri"], let target = exchange.request?.head.target, uri != target,
            Address.pathAndQuery(uri) != Address.pathAndQuery(target)
        {
            add("uri is \(uri.clipped(to: 80)), the request target \(target.clipped(to: 80))", "another uri")
        }
        guard let text = credentials["nc"] else { return oddities }
        let count = UInt64(text, radix: 16)
        func noteCount(_ text: String) { oddities.append(Oddity(text: text, isOfCount: true)) }
        if text.utf8.count != 8 || count == nil {
            noteCount("nc is \(text.clipped(to: 16)); send 8 hexadecimal digits")
        }
        guard credentials["nonce"] != nil, let count else { return oddities }
        switch nonces.use(nonce, count: count, by: sender) {
        case .fitting: break
        case .repeated:
            add("nc \(text.clipped(to: 16)) was sent with this nonce before", "an nc that was used before")
        case .skipped:
            noteCount("nc is \(text.clipped(to: 16)) with a nonce that was not used before; send 00000001")
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

    private func verifyBasic(
        _ credentials: Authentication, _ exchange: Exchange, _ place: Place, realm: String?
    ) -> Verdict {
        guard let entry = entry(exchange, place, realm: realm) else { return .unknown }
        guard let own = credentials.userAndPassword else { return .wrong("it is not base64 of user:password") }
        switch (own.user == entry.user, own.password == entry.password) {
        case (true, true): return .verified(nil)
        case (true, false): return .wrong("the password differs from that of \(entry.title)")
        case (false, true): return .wrong("the name differs from that of \(entry.title)")
        case (false, false): return .wrong("name and password differ from those of \(entry.title)")
        }
    }

    private func verifyDigest(
        _ credentials: Authentication, _ exchange: Exchange, _ place: Place, realm: String?,
        provenLine: inout Int?
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

    // MARK: Responses

    private func challenge(
        _ response: Exchange.Message, to sent: Sent?, _ exchange: Exchange, _ place: Place,
        _ standing: inout Standing, _ proof: inout HTTPProof, _ found: inout [Finding]
    ) {
        let (challenges, _) = Authentication.challenges(place.challenges(response.head))
        let digest = challenges.first { $0.isScheme("digest") }
        let basic = challenges.first { $0.isScheme("basic") }
        let space = space(exchange, place, realm: (basic ?? digest)?["realm"])
        proof.isChallenged = proof.isChallenged || digest != nil || basic != nil
        if let sent, digest?["stale"]?.lowercased() != "true" {
            let isAcceptedBefore =
                sent.credentials.isScheme("basic")
                && standing.acceptedBasic?.fingerprint == fingerprint(sent.credentials.token)
                && standing.acceptedBasic?.space.isSame(as: space) == true
            if isAcceptedBefore || isRight(sent, challenges, exchange, place) {
                found.append(
                    Finding(
                        SecurityRules.challengedAgain, .response,
                        "The request carries \(sent.credentials.scheme.clipped(to: 20)) credentials that "
                            + (isAcceptedBefore ? "were accepted before" : "are right by the credentials file")
                            + ", and is answered \(place.status) all the same",
                        offset: response.head.start))
            }
        }
        if basic != nil { standing.basicSpace = space }
        standing.nonces.settleNext(of: exchange.sender)
        if let digest, let nonce = digest["nonce"] {
            standing.nonces.add(
                DigestNonces.Entry(
                    nonce: fingerprint(nonce), opaque: digest["opaque"].map(fingerprint),
                    realm: digest["realm"]?.clipped(to: Self.realmKept), sender: exchange.sender))
        }
    }

    /// The credentials verify, and are for what the challenge asks for: each realm has its own (RFC 2617 1.2).
    private func isRight(
        _ sent: Sent, _ challenges: [Authentication], _ exchange: Exchange, _ place: Place
    ) -> Bool {
        guard case .verified = sent.verdict, sent.doubts.isEmpty else { return false }
        let same = challenges.filter { $0.isScheme(sent.credentials.scheme) }
        if sent.credentials.isScheme("basic") {
            guard let realm = same.first?["realm"] else { return true }
            if case .verified = verifyBasic(sent.credentials, exchange, place, realm: realm) { return true }
            return false
        }
        return sent.usesNewestNonce
            && (same.isEmpty || same.contains { $0["realm"] == sent.credentials["realm"] })
    }

    private func space(_ exchange: Exchange, _ place: Place, realm: String?) -> Space {
        let target = place == .origin ? exchange.request?.head.target ?? "" : ""
        let path = Address.pathAndQuery(target).prefix { $0 != "?" }
        return Space(path: String(path).clipped(to: 256), realm: realm?.clipped(to: Self.realmKept))
    }

    private func accept(
        _ response: Exchange.Message, _ sent: Sent, _ exchange: Exchange, _ place: Place, _ standing: inout Standing,
        _ proof: inout HTTPProof, _ found: inout [Finding]
    ) {
        // A redirect accepts nothing.
        if sent.credentials.isScheme("basic"), (200..<300).contains(response.head.status ?? 0) {
            let here = space(exchange, place, realm: nil)
            let known = standing.basicSpace.flatMap { $0.isSame(as: here) ? $0 : nil }
            standing.acceptedBasic = AcceptedBasic(
                fingerprint: fingerprint(sent.credentials.token), space: known ?? here)
        }
        let info = place.info(response.head)
        guard sent.credentials.isScheme("digest"), !info.isEmpty else { return }
        let (parameters, _) = Authentication.parameters(info.joined(separator: ", "))
        if let next = parameters.value("nextnonce") {
            let used = standing.nonces.find(fingerprint(sent.credentials["nonce"]))
            standing.nonces.add(
                DigestNonces.Entry(
                    nonce: fingerprint(next), opaque: used?.opaque,
                    realm: used?.realm ?? sent.credentials["realm"]?.clipped(to: Self.realmKept),
                    sender: sent.sender, isNext: true))
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

    private func fingerprint(_ value: String) -> [UInt8] { verification.digest.md5(Array(value.utf8)) }

    private func fingerprint(_ value: String?) -> [UInt8] { fingerprint(value ?? "") }
}

extension Verdict {
    fileprivate func httpWords(_ doubts: [String]) -> String {
        switch self {
        case .verified: doubts.isEmpty ? ", verified" : ", verified, but with \(doubts.joined(separator: " and "))"
        case .wrong: ", wrong by the credentials file"
        case .staleNonce, .defaultNonce, .unknown, .unverifiable: ""
        }
    }
}

extension Exchange {
    fileprivate var sender: DigestNonces.Sender {
        DigestNonces.Sender(
            connection: connection, device: request?.body.dm?.header.source.uri?.clipped(to: 256))
    }

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
