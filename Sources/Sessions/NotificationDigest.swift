package import SyncML
import Wire

/// The digest of package 0, the notification that asks a device for a session (DM Notification):
/// H(B64(H(server-identifier:password)):nonce:B64(H(trigger))), the trigger being all that follows the 16 octets of the
/// digest.
///
/// Implementations take the server's account name for its identifier; the two are usually equal, and both are tried.
package enum NotificationDigest {
    package enum Verdict: Equatable, Sendable {
        /// No entry of the credentials is for this server.
        case unknown
        /// Computed with the secret; the words tell what is worth telling, for example that the nonce is the default one.
        case verified(String?)
        /// What differs.
        case wrong(String)
    }

    /// `nonce` is the newest that the device gave to the server, where it is known.
    package static func verify(
        _ notification: PackageZero, nonce: [UInt8]? = nil, md5: @escaping @Sendable ([UInt8]) -> [UInt8],
        credentials: Credentials
    ) -> Verdict {
        let name = notification.serverIdentifier
        let server = Array(name.utf8)
        guard let entry = credentials.entry(.server, names: [name]) ?? credentials.named(server) else {
            return .unknown
        }
        typealias Input = DigestSearch.Input
        var names = [Input(words: "", octets: server)]
        if entry.user != server { names.append(Input(words: accountName, octets: entry.user)) }
        var nonces: [Input] = []
        func add(_ words: String, _ octets: [UInt8]) {
            if !nonces.contains(where: { $0.octets == octets }) { nonces.append(Input(words: words, octets: octets)) }
        }
        if let nonce { add("", nonce) }
        if let initial = entry.nonce { add(nonces.isEmpty ? "" : NonceWords.initial, initial) }
        let isNonceKnown = !nonces.isEmpty
        if let text = nonces.first { add(NonceWords.asText, Array(Base64.encode(text.octets).utf8)) }
        add(NonceWords.zeros, [0, 0, 0, 0])
        add(NonceWords.zeroText, Array("0x00000000".utf8))
        add(NonceWords.empty, [])
        var passwords = [Input(words: "", octets: entry.password)]
        for other in credentials.entries.prefix(16) where other.password != entry.password {
            passwords.append(Input(words: "that of \(other.title)", octets: other.password))
        }
        let search = DigestSearch(
            digest: DMDigest(md5: md5), names: names, passwords: passwords, nonces: nonces,
            bodies: [Input(words: "", octets: notification.trigger)])
        return judge(search.search(notification.digest), isNonceKnown: isNonceKnown)
    }

    private static let accountName = "the account name of the credentials"

    private static func judge(_ result: DigestSearch.Result, isNonceKnown: Bool) -> Verdict {
        switch result {
        case .verified: return .verified(nil)
        case .damaged(let bits):
            return .wrong("the digest itself differs from the right one in \(counted(bits, "bit")): it was damaged")
        case .differs(let differences):
            let isAllowed = differences.allSatisfy { difference in
                difference.part == .name && difference.words == accountName
                    || difference.part == .nonce && (!isNonceKnown || NonceWords.isDefault(difference.words))
            }
            let words = differences.map { "\($0.part.words) (\($0.words))" }.joined(separator: " and ")
            if isAllowed { return .verified("with \(differences.map(\.words).joined(separator: " and "))") }
            return .wrong(
                words + (differences.count == 1 ? " differs" : " differ")
                    + ": the digest was computed with what is in brackets")
        case .unknown:
            return .wrong(
                isNonceKnown
                    ? "the password, the nonce or the trigger differs"
                    : "the password or the trigger differs, or the nonce is one that is not known here")
        }
    }
}

extension Credentials {
    /// The server's entry whose user is this name.
    fileprivate func named(_ user: [UInt8]) -> Entry? { entries.first { $0.prover == .server && $0.user == user } }
}
