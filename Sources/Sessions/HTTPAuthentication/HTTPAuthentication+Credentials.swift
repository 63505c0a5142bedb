import Binding
import HTTPWire
import Wire

// Credentials of a request, held against the challenge that they answer.

extension HTTPAuthentication {
    func take(
        _ credentials: Authentication, _ exchange: Exchange, _ challenger: HTTPChallenger, _ standing: inout Standing,
        _ found: inout [Finding]
    ) -> Sent {
        var sent = Sent(credentials: credentials, sender: exchange.sender)
        let at = exchange.request.flatMap { challenger.offset($0.head) }
        func note(_ rule: Rule, _ text: String, _ level: Level? = nil) {
            let rule = challenger == .proxy ? RequestHeaderRules.proxyAuthorization : rule
            found.append(Finding(rule, .request, text, offset: at, level: level))
        }
        if credentials.isScheme("basic") {
            sent.verdict = verifyBasic(credentials, exchange, challenger, realm: nil)
            if case .wrong(let why) = sent.verdict {
                note(RequestHeaderRules.authorizationBasic, "\(challenger.header) (Basic) does not verify: \(why)")
            }
        } else if credentials.isScheme("digest") {
            let nonce = fingerprint(credentials["nonce"])
            let inForce = standing.nonces.inForce(for: sent.sender, realm: credentials["realm"], nonce: nonce)
            for oddity in oddities(credentials, nonce, inForce, exchange, sent.sender, &standing.nonces) {
                note(
                    RequestHeaderRules.authorizationDigest, "\(challenger.header) (Digest): \(oddity.text)",
                    oddity.isOfCount ? .note : nil)
                if let doubt = oddity.doubt { sent.doubts.append(doubt) }
            }
            if let inForce, inForce.isNext {
                if nonce != inForce.nonce {
                    found.append(
                        Finding(
                            ResponseHeaderRules.nextnonceIgnored, .request,
                            "\(challenger.header) uses another nonce than the nextnonce of the response before",
                            offset: at))
                }
                standing.nonces.settleNext(of: inForce.sender)
            }
            sent.usesNewestNonce = inForce.map { $0.nonce == nonce } ?? standing.nonces.isUnknown
            sent.verdict = verifyDigest(
                credentials, exchange, challenger, realm: inForce?.realm, provenLine: &standing.provenLine)
            if case .wrong(let why) = sent.verdict {
                note(RequestHeaderRules.authorizationDigest, "\(challenger.header) (Digest) does not verify: \(why)")
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
}
