package import SyncML
import Wire

/// The digest of package 0, the notification that asks a device for a session (DM Notification):
/// H(B64(H(server-identifier:password)):nonce:B64(H(trigger))), the trigger being all that follows the 16 octets of the
/// digest.
///
/// Implementations take the server's account name for its identifier; the two are usually equal, and both are tried.
package enum NotificationDigest {
    /// The credentials of the server that a notification says it is from. `device` is its LocURI, where that is known.
    static func entry(
        for notification: PackageZero, device: String?, _ credentials: Credentials
    ) -> Credentials.Entry? {
        let name = notification.serverIdentifier
        return credentials.entry(.server, names: [name], peers: [device]) ?? credentials.named(Array(name.utf8))
    }

    /// `nonces` are those that the device gave to the server, newest first, as far as they are known.
    package static func verify(
        _ notification: PackageZero, device: String? = nil, nonces given: [[UInt8]] = [],
        md5: @escaping @Sendable ([UInt8]) -> [UInt8], credentials: Credentials
    ) -> PushVerdict {
        guard let entry = entry(for: notification, device: device, credentials) else { return .unknown }
        let server = Array(notification.serverIdentifier.utf8)
        typealias Input = DigestSearch.Input
        var names = [Input(words: "", octets: server)]
        if entry.user != server { names.append(Input(words: accountName, octets: entry.user)) }
        var nonces: [Input] = []
        func add(_ words: String, _ octets: [UInt8]) {
            if !nonces.contains(where: { $0.octets == octets }) { nonces.append(Input(words: words, octets: octets)) }
        }
        for (age, nonce) in given.enumerated() {
            add(age == 0 ? "" : NonceWords.earlier(age, isOld: false), nonce)
        }
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

    private static func judge(_ result: DigestSearch.Result, isNonceKnown: Bool) -> PushVerdict {
        switch result {
        case .verified: return .verified(isNonceKnown ? nil : "with \(NonceWords.zeros)")
        case .damaged(let bits): return .wrong(DigestSearch.words(damaged: bits))
        case .differs(let differences):
            let isAllowed = differences.allSatisfy { difference in
                difference.part == .name && difference.words == accountName
                    || difference.part == .nonce && (!isNonceKnown || NonceWords.isDefault(difference.words))
            }
            if isAllowed { return .verified("with \(differences.map(\.words).joined(separator: " and "))") }
            return .wrong(DigestSearch.words(differences))
        case .unknown:
            return isNonceKnown
                ? .wrong("the password, the nonce or the trigger differs")
                : .unverifiable("the nonce was given before what was seen here")
        }
    }
}

extension Credentials {
    /// The server's entry whose user is this name.
    fileprivate func named(_ user: [UInt8]) -> Entry? { entries.first { $0.prover == .server && $0.user == user } }
}
