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
    /// The challenge came to credentials, and not for their nonce alone (stale=true).
    var isRefused = false
}

/// Follows HTTP authentication of RFC 2617 between clients and servers, and between clients and proxies (binding 5.3.3,
/// 5.3.4, 5.4).
///
/// Responsibilities: keeps the last challenges for each client address and server, holds credentials against them, verifies
/// Basic, Digest and rspauth where the secret is known, and finds challenges to credentials that are right.
///
/// Exceptions: only DM exchanges and CONNECT are looked at; other HTTP through the same proxy is not inspected.
struct HTTPAuthentication: Sendable {
    private struct Key: Hashable {
        let client: String
        /// Host and port; `proxy` for a proxy.
        let server: String
    }

    /// What is known between the clients of an address and a server.
    struct Standing: Sendable {
        var nonces = DigestNonces()
        /// Of the last Basic challenge.
        var basicSpace: Space?
        var acceptedBasic: AcceptedBasic?
        /// Line of the credentials file whose secret verified.
        var provenLine: Int?
    }

    /// A protection space (RFC 2617 1.2), as far as it is known.
    struct Space: Sendable {
        /// Without query; empty for a proxy.
        let path: String
        let realm: String?

        func isSame(as other: Space) -> Bool {
            if let realm, let known = other.realm { return realm == known }
            return path == other.path
        }
    }

    /// Basic credentials that a 2xx accepted.
    struct AcceptedBasic: Sendable {
        let fingerprint: [UInt8]
        let space: Space
        let time: Timestamp

        /// A password may have been changed, or an account closed, since an acceptance that is longer ago, in nanoseconds.
        static let counts: Int64 = 900 * 1_000_000_000
    }

    /// Credentials of one request, and what is known of them.
    struct Sent {
        let credentials: Authentication
        let sender: DigestNonces.Sender
        var verdict = Verdict.unknown
        var usesNewestNonce = false
        /// What the digest was computed with that is not what it should be: `another uri`.
        var doubts: [String] = []
    }

    /// As much of a realm's name as is kept, and compared.
    static let realmKept = 256

    let verification: Verification
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

    private mutating func receive(
        _ exchange: Exchange, _ challenger: HTTPChallenger, _ key: Key, _ proof: inout HTTPProof,
        _ found: inout [Finding]
    ) {
        var standing = standings[key] ?? Standing()
        var changed = false
        var sent: Sent?
        if let request = exchange.request, let value = challenger.credentials(request.head),
            let credentials = Authentication.credentials(value)
        {
            proof.hasCredentials = true
            sent = take(credentials, exchange, challenger, &standing, &found)
            changed = true
        }
        if let response = exchange.response {
            let isChallenged = response.head.status == challenger.status
            if isChallenged {
                challenge(response, to: sent, exchange, challenger, &standing, &proof, &found)
                changed = true
            } else if let sent, (response.head.status ?? 0) < 400 {
                accept(response, sent, exchange, challenger, &standing, &proof, &found)
            }
            if let sent {
                let words =
                    "HTTP \(sent.credentials.scheme.clipped(to: 20))"
                    + (isChallenged ? ", refused (\(challenger.status))" : "") + sent.verdict.httpWords(sent.doubts)
                if challenger == .origin { proof.client = isChallenged ? nil : words }
            }
        }
        if changed { standings[key] = standing }
    }

    func fingerprint(_ value: String) -> [UInt8] { verification.digest.md5(Array(value.utf8)) }

    func fingerprint(_ value: String?) -> [UInt8] { fingerprint(value ?? "") }
}

extension Verdict {
    fileprivate func httpWords(_ doubts: [String]) -> String {
        switch self {
        case .verified: doubts.isEmpty ? ", verified" : ", verified, but with \(doubts.joined(separator: " and "))"
        case .wrong: ", wrong according to the credentials file"
        case .staleNonce, .defaultNonce, .unknown, .unverifiable: ""
        }
    }
}

extension Exchange {
    var sender: DigestNonces.Sender {
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
