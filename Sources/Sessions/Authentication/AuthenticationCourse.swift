import Binding
import HTTPWire
import SyncML
import TLSWire
import Wire

/// Follows who proved what to whom in one session: Cred, Chal and x-syncml-hmac, beside HTTP authentication and TLS.
///
/// Responsibilities: keeps the nonces of both directions, has each proof verified, holds challenges against answers and
/// verdicts against what the peer said of the proof.
///
/// States of a side: silent → proved (Cred or MAC) → accepted (212 for the session, 200 for the message) or challenged
/// (401, 407) → proved …. The two sides prove themselves independently, each with nonces of its own.
final class AuthenticationCourse {
    /// One side as it proves itself.
    struct Side {
        /// Scheme of its last proof.
        var scheme: AuthScheme?
        /// Its last message carried a proof.
        var hasProved = false
        var lastDigest: [UInt8] = []
        /// The last auth-md5 digest differs from the one before.
        var hasNewDigest = false
        /// The peer gave a nonce since the last proof.
        var hasNewNonce = false
        var verdict = Verdict.unknown
        var verified = 0
        var proofs = 0
        /// Status of SyncHdr that answered the last proof, and the one before.
        var answer: String?
        var answerBefore: String?
        var refusals = 0
        /// Scheme of the first proof that was refused.
        var refusedScheme: AuthScheme?
        /// The peer has challenged it with this scheme, and it has not answered yet.
        var demanded: AuthScheme?
        var usedMAC = false
        var isSecretProven = false
        /// Proved by TLS: `TLS certificate CN=…`.
        var transport: String?
        /// Proved by HTTP: `HTTP Digest, accepted`.
        var http: String?
        var isShortNonceTold = false
        var isRepeatedNonceTold = false
        /// 212 was said of a proof.
        var isAcceptedForSession = false
        var isRepetitionTold = false
    }

    let parties: Parties
    let verification: Verification
    var nonces: PerDirection<NonceHistory>
    var sides = PerDirection<Side> { _ in Side() }
    /// The exchange in which HTTP credentials were asked for, and not sent since; whether it had some, which were refused.
    private var httpChallenge: (exchange: String, refuses: Bool)?
    /// The session resumes a TLS session whose beginning, perhaps with a client certificate, was not seen.
    private var clientMayHaveCertificate = false

    init(_ parties: Parties, _ verification: Verification, nonces: PerDirection<NonceHistory>) {
        self.parties = parties
        self.verification = verification
        self.nonces = nonces
    }

    /// About how many octets its nonces take.
    var weight: Int { nonces.toServer.weight + nonces.toClient.weight }

    /// A challenge to this side is not answered yet.
    func isDemanded(of direction: Direction) -> Bool { sides[direction].demanded != nil }
    /// The side's last message carried a proof.
    func lastProof(of direction: Direction) -> Bool { sides[direction].hasProved }

    func receive(_ m: SessionMessage, _ found: inout [Finding]) {
        noteTransport(m.exchange)
        // What the message says of the peer's proof came before its own.
        let commands = m.message.commands
        for at in commands.indices where commands.node(at).element == .status {
            let status = commands[at]
            if status.answersHeader { answer(status, m, &found) }
            if let challenge = status.chal { take(challenge, status, m, &found) }
        }
        prove(m, &found)
    }

    // MARK: - What a message says of the peer's proof

    private func answer(_ status: SyncMLCommand, _ m: SessionMessage, _ found: inout [Finding]) {
        let prover = m.direction.opposite
        guard let code = status.data else { return }
        let at = StreamOffset(status.offset)
        let side = sides[prover]
        // A plain 200 to a later message takes nothing back of what 212 said of the session.
        if side.hasProved || side.answer == nil || code != "200" { sides[prover].answer = code.clipped(to: 20) }
        if code == "212" { sides[prover].isAcceptedForSession = true }
        switch code {
        case "401", "407":
            sides[prover].isAcceptedForSession = false
            sides[prover].refusals += 1
            if side.hasProved, sides[prover].refusedScheme == nil { sides[prover].refusedScheme = side.scheme }
            // Without Type it is syncml:auth-basic, which knows no nonce.
            let isUntyped = status.chal.map { $0.meta.type == nil && $0.meta.nextNonce != nil } ?? false
            sides[prover].demanded = isUntyped ? nil : status.chal.map { AuthScheme($0.meta.type) }
            judgeRefusal(status, code, side, m, &found)
        case "200", "212":
            if side.hasProved, case .wrong(let why) = side.verdict {
                found.append(
                    Finding(
                        AuthenticationRules.wrongAccepted, m.subject,
                        "The \(m.direction.sender) accepts (\(code)) a proof that does not verify: \(why)", offset: at)
                )
            }
            if code == "212", side.hasProved, side.scheme == .mac {
                found.append(
                    Finding(
                        AuthenticationRules.macForSession, m.subject,
                        "The \(m.direction.sender) accepts an auth-MAC message for the session (212)", offset: at))
            }
            if code == "200", side.hasProved, side.scheme == .mac, status.chal?.meta.nextNonce == nil {
                found.append(
                    Finding(
                        AuthenticationRules.nonceMissing, m.subject,
                        "The \(m.direction.sender) accepts an auth-MAC message (200) without a NextNonce for the next",
                        offset: at))
            }
        default: break
        }
    }

    private func judgeRefusal(
        _ status: SyncMLCommand, _ code: String, _ side: Side, _ m: SessionMessage, _ found: inout [Finding]
    ) {
        let at = StreamOffset(status.offset)
        if status.chal == nil {
            found.append(
                Finding(
                    AuthenticationRules.challengeMissing, m.subject,
                    "The \(m.direction.sender) answers \(SessionCourse.status(code)) without Chal", offset: at))
        } else if let challenge = status.chal, challenge.meta.type == nil {
            found.append(
                Finding(
                    AuthenticationRules.challengeMissing, m.subject,
                    "Chal has no Type to say which credentials the \(m.direction.sender) asks for",
                    offset: StreamOffset(challenge.offset)))
        }
        if side.hasProved, let scheme = side.scheme {
            if code == "407" {
                found.append(
                    Finding(
                        AuthenticationRules.challengeStatus, m.subject,
                        "Status 407 says that credentials are missing, but the message has \(scheme.name)", offset: at))
            }
            let asksForOther = status.chal.map { AuthScheme($0.meta.type) != scheme } ?? false
            if side.verdict == .verified(nil), !asksForOther {
                found.append(
                    Finding(
                        AuthenticationRules.validRefused, m.subject,
                        "The \(m.direction.sender) refuses (\(code)) credentials that are right according to the "
                            + "credentials file",
                        offset: at))
            } else if side.refusals > 0, !asksForOther {
                let why: String =
                    switch side.verdict {
                    case .wrong(let why): ": \(why)"
                    case .staleNonce(let words, _): ": they were computed with \(words)"
                    default: "; compare name, password and nonce of both sides (--credentials FILE names what differs)"
                    }
                found.append(
                    Finding(
                        AuthenticationRules.challengeRepeated, m.subject,
                        "The \(m.direction.sender) refuses the credentials that answer its challenge (\(code))\(why)",
                        offset: at))
            }
        }
        let work = m.message.commands.first { ![.status, .alert].contains($0.element) }
        if m.direction == .toClient, let work {
            found.append(
                Finding(
                    AuthenticationRules.challengeWithWork, .response,
                    "The message challenges the client (\(code)) and sends \(work.title)",
                    offset: StreamOffset(work.offset)))
        }
    }

    /// A Chal: the scheme asked for and the nonce for the peer's next proof.
    private func take(
        _ challenge: Credential, _ status: SyncMLCommand, _ m: SessionMessage, _ found: inout [Finding]
    ) {
        let prover = m.direction.opposite
        let scheme = AuthScheme(challenge.meta.type)
        let at = StreamOffset(challenge.offset)
        guard let text = challenge.meta.nextNonce, !text.isEmpty else {
            if scheme.usesNonce, status.data == "401" || status.data == "407" {
                found.append(
                    Finding(
                        AuthenticationRules.nonceMissing, m.subject,
                        "Chal asks for \(scheme.name) but gives no NextNonce", offset: at))
            }
            return
        }
        let raw = challenge.meta.rawNonce
        let (octets, problems) = raw.map { ($0, []) } ?? Base64.inspect(text)
        if octets == nil || !problems.isEmpty {
            found.append(
                Finding(
                    AuthenticationRules.nonceMalformed, m.subject,
                    octets == nil
                        ? "NextNonce is not base64"
                        : "NextNonce is not written as base64 is: \(problems.words)", offset: at))
        } else if raw == nil, let format = challenge.meta.format, format.lowercased() != "b64" {
            found.append(
                Finding(
                    AuthenticationRules.nonceMalformed, m.subject,
                    "Chal says Format \(format.clipped(to: 20)) beside a NextNonce in base64", offset: at))
        } else if raw == nil, challenge.meta.format == nil, !m.isDataSync {
            found.append(
                Finding(
                    AuthenticationRules.nonceMalformed, m.subject, "Chal has no Format beside NextNonce; b64 is due",
                    offset: at))
        }
        let nonce = octets ?? Array(text.utf8)
        if nonce.count < 16, !m.isDataSync, !sides[prover].isShortNonceTold {
            sides[prover].isShortNonceTold = true
            found.append(
                Finding(
                    AuthenticationRules.nonceShort, m.subject,
                    "NextNonce has \(counted(nonce.count, "octet")); 16 are recommended", offset: at))
        }
        let given = nonces[prover].give(nonce, text: raw.map { Base64.encode($0) } ?? text)
        sides[prover].hasNewNonce = sides[prover].hasNewNonce || given.isNew
        if given.isRepeated, !sides[prover].isRepeatedNonceTold {
            sides[prover].isRepeatedNonceTold = true
            found.append(
                Finding(
                    AuthenticationRules.nonceRepeated, m.subject,
                    "NextNonce for the \(prover.sender) is one that it was given before and has used", offset: at))
        }
    }

    // MARK: - HTTP and TLS

    private func noteTransport(_ exchange: Exchange) {
        let context = exchange.context
        // Where DMScope answered itself, the device's leg shows no server's certificate.
        if sides.toClient.transport == nil, exchange.proxyStatus == nil,
            let tls = (context.serverLeg ?? context.clientLeg)?.facts
        {
            sides.toClient.transport =
                tls.certificate.map { "TLS certificate \($0.subject.clipped(to: 80))" }
                ?? tls.pskIdentity.map { "TLS key of \($0.clipped(to: 80))" }
                // Only the server that the session began with has its secrets.
                ?? (tls.resumed ? "TLS session resumed" : nil)
        }
        if sides.toServer.transport == nil, let tls = context.clientLeg?.facts {
            sides.toServer.transport =
                tls.clientCertificate.map { "TLS certificate \($0.subject.clipped(to: 80))" }
                ?? tls.pskIdentity.map { "TLS key \($0.clipped(to: 80))" }
        }
        // In a capture one leg stands as both. A live server's leg never resumes, and the device's then says all it knows.
        clientMayHaveCertificate = clientMayHaveCertificate || context.serverLeg?.facts.resumed == true
    }

    /// What an exchange of the session showed of HTTP authentication.
    func prove(_ proof: HTTPProof, _ exchange: Exchange, _ found: inout [Finding]) {
        if let words = proof.client { sides.toServer.http = words }
        if let words = proof.server { sides.toClient.http = words }
        if let httpChallenge, !proof.hasCredentials {
            found.append(
                Finding(
                    SecurityRules.challengeUnanswered, .request,
                    "The request has no HTTP credentials although exchange \(httpChallenge.exchange) asked for them"))
        }
        httpChallenge = proof.isChallenged ? (exchange.id, proof.isRefused) : nil
    }

    // MARK: - The end

    func judgeEnd(isCompleted: Bool, isDataSync: Bool, _ found: inout [Finding]) {
        if let httpChallenge, !httpChallenge.refuses {
            found.append(
                Finding(
                    SecurityRules.challengeUnanswered, .session,
                    "Exchange \(httpChallenge.exchange) asked for HTTP credentials, and the client sent none"))
        }
        guard isCompleted, !isDataSync else { return }
        for (direction, rule) in [
            (Direction.toServer, AuthenticationRules.clientUnproved),
            (.toClient, AuthenticationRules.serverUnproved),
        ] where !sides[direction].isProved && !(direction == .toServer && clientMayHaveCertificate) {
            found.append(
                Finding(rule, .session, "The \(direction.sender) never proved itself: \(sides[direction].line)"))
        }
    }

    /// `client: syncml:auth-md5, accepted (212), verified; server: not authenticated`
    var line: String { "client: \(sides.toServer.line); server: \(sides.toClient.line)" }

    /// Why the session ended without being let in; nil when that is not how it stands.
    var refusal: String? {
        let side = sides.toServer
        switch side.answer {
        case let code? where code == "401" || code == "407":
            // 401 also answers a message that has none; once some were refused, they stay so.
            let isRefused = side.hasProved || code == "401" && side.proofs > 0
            return isRefused ? "credentials refused (\(code))" : "credentials asked for (\(code)), none sent"
        default:
            return httpChallenge.map {
                $0.refuses
                    ? "HTTP credentials refused in exchange \($0.exchange)"
                    : "HTTP credentials asked for in exchange \($0.exchange), none sent"
            }
        }
    }
}

extension AuthenticationCourse.Side {
    /// Accepted, or proved by means that need no acceptance.
    fileprivate var isProved: Bool {
        transport != nil || http != nil || scheme != nil && (answer == "212" || answer == "200" || verified > 0)
    }

    fileprivate var line: String {
        var parts: [String] = []
        if let scheme {
            var words = ""
            if let refusedScheme, refusals > 0, refusedScheme != scheme {
                words = "\(refusedScheme.name) refused, then "
            }
            words += scheme.name
            switch answer {
            case "212": words += ", accepted (212)"
            case "200": words += ", accepted for one message (200)"
            case "401", "407": words += ", refused (\(answer ?? ""))"
            case let status?: words += ", answered \(status.clipped(to: 20))"
            case nil: words += ", not answered"
            }
            words += verdictWords
            parts.append(words)
        }
        if let http { parts.append(http) }
        if let transport { parts.append(transport) }
        return parts.isEmpty ? "not authenticated" : parts.joined(separator: " and ")
    }

    private var verdictWords: String {
        switch verdict {
        case .unknown: ""
        case .verified, .defaultNonce: verified == proofs ? ", verified" : ", verified (\(verified) of \(proofs))"
        case .staleNonce: ", verified with an old nonce"
        case .wrong: ", wrong according to the credentials file"
        case .unverifiable(let why): ", not verified: \(why)"
        }
    }
}
