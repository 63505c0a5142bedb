import Binding
import HTTPWire
import SyncML
import Wire

/// What a message proves of its sender: Cred of SyncHdr, or x-syncml-hmac.
extension AuthenticationCourse {
    func prove(_ m: SessionMessage, _ found: inout [Finding]) {
        let direction = m.direction
        let header = m.part.head.list("x-syncml-hmac")
        let cred = m.message.header.cred
        var scheme: AuthScheme? = header != nil ? .mac : cred.map { AuthScheme($0.meta.type) }
        if header == nil, scheme == .mac { scheme = .macInCred }
        defer {
            sides[direction].demanded = nil
            sides[direction].hasProved = scheme != nil
        }
        judgeScheme(scheme, m, &found)
        if scheme == nil { judgeRepetition(m, &found) }
        guard let scheme else { return }
        let at = StreamOffset(cred?.offset ?? m.message.header.offset)
        if scheme == .basic, m.exchange.isInClear {
            found.append(
                Finding(
                    AuthenticationRules.basicInClear, m.subject,
                    "\(m.name) sends name and password by syncml:auth-basic without TLS", offset: at))
        }
        sides[direction].scheme = scheme
        sides[direction].usedMAC = sides[direction].usedMAC || scheme == .mac
        sides[direction].answerBefore = sides[direction].answer
        // What was accepted for the session stays so.
        if sides[direction].answer != "212" { sides[direction].answer = nil }
        sides[direction].proofs += 1
        let rule: Rule
        if let header {
            rule = AuthenticationRules.macWrong
            sides[direction].verdict = verify(mac: SyncMLHMAC(header), m, &found)
        } else if let cred {
            rule = AuthenticationRules.credentialsWrong
            sides[direction].verdict = verify(cred, scheme, m, &found)
        } else {
            return
        }
        judge(sides[direction].verdict, rule, scheme, m, at, &found)
        if scheme.usesNonce { noteNonce(of: direction) }
        sides[direction].hasNewNonce = false
    }

    /// The message was sent before, octet for octet, and has another x-syncml-hmac now: it answers a challenge.
    func isProvedAnew(_ m: SessionMessage) -> Bool {
        guard let header = m.part.head.list("x-syncml-hmac") else { return false }
        let digest = SyncMLHMAC(header).mac.flatMap { CredentialText.digest($0, needsPadding: false).octets }
        return digest.map { $0 != sides[m.direction].lastDigest } ?? false
    }

    /// Marks the nonce of the proof as used, if it is known which one that was.
    private func noteNonce(of direction: Direction) {
        let side = sides[direction]
        switch side.verdict {
        case .verified: nonces[direction].use()
        case .staleNonce(_, let nonce): nonces[direction].use(nonce)
        case .defaultNonce: break
        // After 212 the newest is for the next session, unless another digest shows that it is used already.
        case .unknown, .unverifiable, .wrong:
            if side.answerBefore != "212" || side.hasNewDigest { nonces[direction].use() }
        }
    }

    private func judgeScheme(_ scheme: AuthScheme?, _ m: SessionMessage, _ found: inout [Finding]) {
        let side = sides[m.direction]
        if let demanded = side.demanded {
            if scheme == nil, !m.aborts {
                found.append(
                    Finding(
                        AuthenticationRules.challengeIgnored, m.subject,
                        "\(m.name) has no credentials although the \(m.direction.opposite.sender) asked for "
                            + "\(demanded.name)"))
            } else if let scheme, scheme != demanded {
                found.append(
                    Finding(
                        AuthenticationRules.challengeOtherScheme, m.subject,
                        "\(m.name) answers the challenge for \(demanded.name) with \(scheme.name)"))
            }
            return
        }
        if side.usedMAC, scheme != .mac, !m.aborts {
            found.append(
                Finding(
                    AuthenticationRules.macMissing, m.subject,
                    "\(m.name) has no x-syncml-hmac although the \(m.direction.sender) used auth-MAC before"))
        } else if let scheme, let before = side.scheme, scheme != before {
            found.append(
                Finding(
                    AuthenticationRules.schemeChanged, m.subject,
                    "\(m.name) proves the \(m.direction.sender) by \(scheme.name), earlier ones by \(before.name)"))
        }
    }

    /// 200 accepts credentials for one message: the next has them too. Told once a side.
    private func judgeRepetition(_ m: SessionMessage, _ found: inout [Finding]) {
        let side = sides[m.direction]
        guard side.hasProved, side.answer == "200", side.scheme == .basic || side.scheme == .md5,
            !side.isAcceptedForSession, !side.isRepetitionTold, m.isWhole, !m.aborts, !m.isDataSync
        else { return }
        sides[m.direction].isRepetitionTold = true
        found.append(
            Finding(
                AuthenticationRules.notRepeated, m.subject,
                "\(m.name) has no credentials, but those of the message before were accepted for that one alone "
                    + "(Status 200, not 212)", offset: m.offset))
    }

    // MARK: Verifying

    private func proof(_ m: SessionMessage, statedName: String?) -> Proof {
        Proof(
            prover: m.direction, parties: parties, statedName: statedName, nonces: nonces[m.direction],
            peerNonces: nonces[m.direction.opposite], isSecretProven: sides[m.direction].isSecretProven,
            isSyncML10: m.message.isSyncML10)
    }

    private func verify(
        mac: SyncMLHMAC, _ m: SessionMessage, _ found: inout [Finding]
    ) -> Verdict {
        func malformed(_ text: String, level: Level? = nil) {
            found.append(
                Finding(
                    AuthenticationRules.credentialsMalformed, m.subject, "x-syncml-hmac \(text)",
                    offset: m.part.head.offset(of: "x-syncml-hmac"), level: level))
        }
        let oddities = mac.problems.words
        if !oddities.isEmpty { malformed("has \(oddities): strict receivers refuse it", level: .note) }
        if let algorithm = mac.algorithm, algorithm.lowercased() != "md5" {
            malformed("says algorithm \(algorithm.clipped(to: 20)); MD5 is the only one")
            return .unverifiable("algorithm \(algorithm.clipped(to: 20))")
        }
        if mac.userName == nil { malformed("has no username") }
        guard let text = mac.mac, !text.isEmpty else {
            malformed("has no mac")
            return .unverifiable("no mac")
        }
        let (octets, problem) = CredentialText.digest(text, needsPadding: false)
        if let problem { malformed("has a mac that is \(problem)") }
        guard let octets else { return .unverifiable("the mac is no digest") }
        sides[m.direction].lastDigest = octets
        guard m.part.body.complete, !m.part.body.truncated else {
            return .unverifiable("the body is not here whole")
        }
        return verification.verify(
            mac: octets, body: m.part.body.octets, decoded: m.part.body.decoded, proof(m, statedName: mac.userName))
    }

    private func verify(
        _ cred: Credential, _ scheme: AuthScheme, _ m: SessionMessage, _ found: inout [Finding]
    ) -> Verdict {
        func malformed(_ text: String, level: Level? = nil) {
            found.append(
                Finding(
                    AuthenticationRules.credentialsMalformed, m.subject, text, offset: StreamOffset(cred.offset),
                    level: level))
        }
        if cred.meta.type == nil { malformed("Cred has no Type; syncml:auth-basic is assumed", level: .note) }
        guard let data = cred.data else {
            malformed("Cred has no Data")
            return .unverifiable("no Data")
        }
        if let text = data.text, !text.isEmpty { judgeFormat(cred, malformed) }
        switch scheme {
        case .basic:
            guard let octets = CredentialText.octets(data) else {
                malformed("Cred of syncml:auth-basic is not base64")
                return .unverifiable("Data is not base64")
            }
            if !octets.contains(0x3A) { malformed("Cred of syncml:auth-basic is no base64 form of user:password") }
            return verification.verify(basic: octets, proof(m, statedName: m.message.header.source.name))
        case .md5:
            let (octets, problem) = CredentialText.digest(data)
            if let problem { malformed("Cred of syncml:auth-md5 is \(problem)") }
            guard let octets else { return .unverifiable("Data is no digest") }
            judgeReuse(octets, m, &found)
            return verification.verify(md5: octets, proof(m, statedName: m.message.header.source.name))
        case .mac, .macInCred:
            malformed("Cred says syncml:auth-MAC, which goes into the HTTP header x-syncml-hmac")
            return .unverifiable("auth-MAC in Cred")
        case .other(let type):
            return .unverifiable("type \(type)")
        }
    }

    private func judgeFormat(_ cred: Credential, _ malformed: (String, Level?) -> Void) {
        guard let format = cred.meta.format else {
            malformed("Cred has no Format; b64 is assumed", .note)
            return
        }
        if format.lowercased() != "b64" { malformed("Cred says Format \(format.clipped(to: 20)), b64 is due", nil) }
    }

    /// Without the secret: the digest is the one sent before although another nonce was given since.
    private func judgeReuse(_ digest: [UInt8], _ m: SessionMessage, _ found: inout [Finding]) {
        let side = sides[m.direction]
        sides[m.direction].lastDigest = digest
        sides[m.direction].hasNewDigest = side.lastDigest != digest
        guard side.lastDigest == digest, side.hasNewNonce, side.answerBefore != "212" else { return }
        found.append(
            Finding(
                AuthenticationRules.nonceIgnored, m.subject,
                "\(m.name) proves the \(m.direction.sender) with the same digest as before, although it was given a new "
                    + "nonce since", offset: m.message.header.cred.map { StreamOffset($0.offset) }))
    }

    private func judge(
        _ verdict: Verdict, _ rule: Rule, _ scheme: AuthScheme, _ m: SessionMessage, _ at: StreamOffset,
        _ found: inout [Finding]
    ) {
        switch verdict {
        case .verified:
            sides[m.direction].verified += 1
            sides[m.direction].isSecretProven = true
        case .defaultNonce(let words):
            sides[m.direction].verified += 1
            sides[m.direction].isSecretProven = true
            found.append(
                Finding(
                    AuthenticationRules.nonceDefault, m.subject,
                    "\(m.name) proves the \(m.direction.sender) \(words)", offset: at))
        case .staleNonce(let words, _):
            sides[m.direction].isSecretProven = true
            let isTold = found.contains { $0.rule == AuthenticationRules.nonceIgnored && $0.about == m.subject }
            // After 212 the newest nonce is for the next session.
            guard !isTold, sides[m.direction].answerBefore != "212" else { return }
            found.append(
                Finding(
                    AuthenticationRules.nonceIgnored, m.subject,
                    "\(m.name) proves the \(m.direction.sender) with \(words)", offset: at))
        case .wrong(let why):
            found.append(
                Finding(
                    rule, m.subject, "\(scheme.name) of message \(m.msgID) does not verify: \(why)", offset: at))
        case .unknown, .unverifiable: break
        }
    }
}

extension Exchange {
    /// A leg of it runs over a network without TLS. Where no server answered there may be no leg to one.
    fileprivate var isInClear: Bool {
        !context.loopback && (context.clientLeg == nil || response != nil && context.serverLeg == nil)
    }
}

extension SyncMLMessage {
    /// VerProto names SyncML 1.0.
    fileprivate var isSyncML10: Bool { content.equals(content.header.verProto, "SyncML/1.0") }
}
