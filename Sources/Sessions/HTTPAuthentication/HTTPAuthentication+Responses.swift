import Binding
import HTTPWire
import Wire

// Responses: a challenge, or what accepts the credentials and proves the server.

extension HTTPAuthentication {
    func challenge(
        _ response: Exchange.Message, to sent: Sent?, _ exchange: Exchange, _ challenger: HTTPChallenger,
        _ standing: inout Standing, _ proof: inout HTTPProof, _ found: inout [Finding]
    ) {
        let (challenges, _) = Authentication.challenges(challenger.challenges(response.head))
        let digests = challenges.filter { $0.isScheme("digest") }
        let basic = challenges.first { $0.isScheme("basic") }
        let space = space(exchange, challenger, realm: (basic ?? digests.first)?["realm"])
        proof.isChallenged = proof.isChallenged || !digests.isEmpty || basic != nil
        if let sent, !digests.contains(where: { $0["stale"]?.lowercased() == "true" }) {
            proof.isRefused = true
            let isAcceptedBefore =
                sent.credentials.isScheme("basic")
                && standing.acceptedBasic?.fingerprint == fingerprint(sent.credentials.token)
                && standing.acceptedBasic?.space.isSame(as: space) == true
                && standing.acceptedBasic.map { exchange.time.since($0.time) < AcceptedBasic.counts } == true
            if isAcceptedBefore || isRight(sent, challenges, exchange, challenger) {
                found.append(
                    Finding(
                        SecurityRules.challengedAgain, .response,
                        "The request carries \(sent.credentials.scheme.clipped(to: 20)) credentials that were "
                            + (isAcceptedBefore ? "accepted before" : "found right by the credentials file")
                            + ", and is answered \(challenger.status) all the same",
                        offset: response.head.start))
            }
        }
        if basic != nil { standing.basicSpace = space }
        standing.nonces.settleNext(of: exchange.sender)
        standing.nonces.add(
            digests.compactMap { digest in
                digest["nonce"].map { nonce in
                    DigestNonces.Entry(
                        nonce: fingerprint(nonce), opaque: digest["opaque"].map(fingerprint),
                        realm: digest["realm"]?.clipped(to: Self.realmKept), sender: exchange.sender)
                }
            })
    }

    /// The credentials verify, and are for what the challenge asks for: each realm has its own (RFC 2617 1.2).
    private func isRight(
        _ sent: Sent, _ challenges: [Authentication], _ exchange: Exchange, _ challenger: HTTPChallenger
    ) -> Bool {
        guard case .verified = sent.verdict, sent.doubts.isEmpty else { return false }
        let same = challenges.filter { $0.isScheme(sent.credentials.scheme) }
        if sent.credentials.isScheme("basic") {
            guard let realm = same.first?["realm"] else { return true }
            if case .verified = verifyBasic(sent.credentials, exchange, challenger, realm: realm) { return true }
            return false
        }
        return sent.usesNewestNonce
            && (same.isEmpty || same.contains { $0["realm"] == sent.credentials["realm"] })
    }

    private func space(_ exchange: Exchange, _ challenger: HTTPChallenger, realm: String?) -> Space {
        let target = challenger == .origin ? exchange.request?.head.target ?? "" : ""
        let path = Address.pathAndQuery(target).prefix { $0 != "?" }
        return Space(path: String(path).clipped(to: 256), realm: realm?.clipped(to: Self.realmKept))
    }

    func accept(
        _ response: Exchange.Message, _ sent: Sent, _ exchange: Exchange, _ challenger: HTTPChallenger,
        _ standing: inout Standing,
        _ proof: inout HTTPProof, _ found: inout [Finding]
    ) {
        // A redirect accepts nothing.
        if sent.credentials.isScheme("basic"), (200..<300).contains(response.head.status ?? 0) {
            let here = space(exchange, challenger, realm: nil)
            let known = standing.basicSpace.flatMap { $0.isSame(as: here) ? $0 : nil }
            standing.acceptedBasic = AcceptedBasic(
                fingerprint: fingerprint(sent.credentials.token), space: known ?? here, time: exchange.ended)
        }
        let info = challenger.info(response.head)
        guard sent.credentials.isScheme("digest"), !info.isEmpty else { return }
        let (parameters, _) = Authentication.parameters(info.joined(separator: ", "))
        if let next = parameters.value("nextnonce") {
            let used = standing.nonces.find(fingerprint(sent.credentials["nonce"]))
            standing.nonces.add([
                DigestNonces.Entry(
                    nonce: fingerprint(next), opaque: used?.opaque,
                    realm: used?.realm ?? sent.credentials["realm"]?.clipped(to: Self.realmKept),
                    sender: sent.sender, isNext: true)
            ])
        }
        guard let rspauth = parameters.value("rspauth")?.lowercased(),
            let entry = entry(exchange, challenger, realm: sent.credentials["realm"])
        else { return }
        guard response.body.complete, !response.body.truncated else { return }
        let wanted = HTTPDigest(sent.credentials, md5: verification.digest.md5).response(
            user: entry.user, password: entry.password, method: [],
            uri: Array((sent.credentials["uri"] ?? "").utf8), body: response.body.octets)
        let isRight = wanted.elementsEqual(rspauth.utf8)
        if challenger == .origin, isRight { proof.server = "HTTP Digest (rspauth), verified" }
        guard !isRight, case .verified = sent.verdict else { return }
        found.append(
            Finding(
                ResponseHeaderRules.rspauth, .response,
                "rspauth does not verify: the server does not know the password of \(entry.title), or computes it over "
                    + "another uri, cnonce or body", offset: response.head.offset(of: "authentication-info")))
    }
}
