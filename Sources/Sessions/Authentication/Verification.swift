import SyncML
import Wire

/// The scheme of a proof in DM messages (Type of Cred and Chal).
enum AuthScheme: Equatable {
    case basic
    case md5
    case mac
    /// Cred names auth-MAC, whose place is the HTTP header.
    case macInCred
    case other(String)

    init(_ type: String?) {
        switch type?.lowercased() {
        case nil, "", "syncml:auth-basic": self = .basic
        case "syncml:auth-md5": self = .md5
        case "syncml:auth-mac": self = .mac
        default: self = .other((type ?? "").clipped(to: 60))
        }
    }

    var name: String {
        switch self {
        case .basic: "syncml:auth-basic"
        case .md5: "syncml:auth-md5"
        case .mac: "syncml:auth-MAC"
        case .macInCred: "syncml:auth-MAC in Cred"
        case .other(let type): type
        }
    }

    var usesNonce: Bool { self == .md5 || self == .mac }
}

/// What the secrets say of a proof.
enum Verdict: Equatable {
    /// No secret is known for it.
    case unknown
    /// Computed with the right name, password and nonce; the words tell what is worth telling.
    case verified(String?)
    /// The same with the nonce of resynchronisation.
    case defaultNonce(String)
    /// Name and password are right, the nonce is one that was in force before.
    case staleNonce(String, nonce: [UInt8])
    /// What differs, as a sentence.
    case wrong(String)
    /// Not verifiable, and why.
    case unverifiable(String)
}

/// A proof to verify, and what is known about its inputs.
struct Proof {
    let prover: Direction
    let parties: Parties
    /// Name the message gives: LocName of Source, or username of x-syncml-hmac.
    let statedName: String?
    /// Nonces the peer gave for this prover, and those it gave itself to the peer.
    let nonces: NonceHistory
    let peerNonces: NonceHistory
    /// The same secret made a proof that verified before.
    let isSecretProven: Bool
    /// The message is of SyncML 1.0, which has a formula of its own for auth-md5.
    var isSyncML10 = false
}

/// Verifies what sides prove with the operator's credentials, and says which of name, password, nonce or body differs.
struct Verification: Sendable {
    let digest: DMDigest
    let credentials: Credentials

    init(md5: @escaping @Sendable ([UInt8]) -> [UInt8], credentials: Credentials) {
        digest = DMDigest(md5: md5)
        self.credentials = credentials
    }

    func entry(for proof: Proof) -> Credentials.Entry? {
        let parties = proof.parties
        let servers = [parties.server, parties.host]
        return proof.prover == .toServer
            ? credentials.entry(.client, names: [parties.device, proof.statedName], peers: servers)
            : credentials.entry(.server, names: servers + [proof.statedName], peers: [parties.device])
    }

    // MARK: auth-basic

    func verify(basic octets: [UInt8], _ proof: Proof) -> Verdict {
        guard let entry = entry(for: proof) else { return .unknown }
        guard let colon = octets.firstIndex(of: 0x3A) else {
            return .wrong("it holds no colon between name and password")
        }
        let isName = octets[..<colon].elementsEqual(entry.user)
        let isPassword = octets[(colon + 1)...].elementsEqual(entry.password)
        switch (isName, isPassword) {
        case (true, true): return .verified(nil)
        case (true, false): return .wrong("the password differs from that of \(entry.title)")
        case (false, true): return .wrong("the name differs from that of \(entry.title)")
        case (false, false): return .wrong("name and password differ from those of \(entry.title)")
        }
    }

    // MARK: auth-md5

    func verify(md5 wanted: [UInt8], _ proof: Proof) -> Verdict {
        guard let entry = entry(for: proof) else { return .unknown }
        return judge(search(proof, entry, bodies: []), wanted, proof, entry, isMAC: false)
    }

    // MARK: auth-MAC

    /// `body` holds the octets as sent; `decoded` those with the content coding removed, where there was one.
    func verify(mac wanted: [UInt8], body: [UInt8], decoded: [UInt8]?, _ proof: Proof) -> Verdict {
        guard let entry = entry(for: proof) else { return .unknown }
        var bodies = [DigestSearch.Input(words: "", octets: body)]
        if let decoded {
            bodies.append(
                DigestSearch.Input(words: "the body with its content coding removed", octets: decoded, kind: .decoded))
        }
        for (words, octets) in Verification.variants(ofBody: decoded ?? body) {
            bodies.append(DigestSearch.Input(words: words, octets: octets))
        }
        return judge(search(proof, entry, bodies: bodies), wanted, proof, entry, isMAC: true)
    }

    private static func variants(ofBody body: [UInt8]) -> [(String, [UInt8])] {
        var variants: [(String, [UInt8])] = [("an empty body", [])]
        let end = body.lastIndex { $0 != 0x0A && $0 != 0x0D && $0 != 0x20 && $0 != 0 }.map { $0 + 1 } ?? 0
        if end < body.count { variants.append(("the body without what follows its last tag", Array(body[..<end]))) }
        return variants
    }

    // MARK: Inputs

    private func search(
        _ proof: Proof, _ entry: Credentials.Entry, bodies: [DigestSearch.Input]
    ) -> DigestSearch {
        typealias Input = DigestSearch.Input
        var names = [Input(words: "", octets: entry.user)]
        func addName(_ words: String, _ name: String?) {
            guard let name, !name.isEmpty, !names.contains(where: { $0.octets.elementsEqual(name.utf8) }) else {
                return
            }
            names.append(Input(words: words, octets: Array(name.utf8)))
        }
        addName("the name that the message gives (\((proof.statedName ?? "").clipped(to: 60)))", proof.statedName)
        addName("the device's LocURI", proof.parties.device)
        addName("the server's host", proof.parties.host)
        var passwords = [Input(words: "", octets: entry.password)]
        func addPassword(_ words: String, _ password: [UInt8]) {
            guard !passwords.contains(where: { $0.octets == password }) else { return }
            passwords.append(Input(words: words, octets: password))
        }
        for other in credentials.entries.prefix(16) { addPassword("that of \(other.title)", other.password) }
        addPassword("an empty one", [])
        return DigestSearch(
            digest: digest, names: names, passwords: passwords, nonces: nonces(proof, entry), bodies: bodies)
    }

    /// The nonce in force, then those that implementations take by mistake.
    private func nonces(_ proof: Proof, _ entry: Credentials.Entry) -> [DigestSearch.Input] {
        var inputs: [DigestSearch.Input] = []
        func add(_ words: String, _ octets: [UInt8], _ kind: DigestSearch.Input.Kind = .wrong) {
            guard !inputs.contains(where: { $0.octets == octets }) else { return }
            inputs.append(DigestSearch.Input(words: words, octets: octets, kind: kind))
        }
        for (age, nonce) in proof.nonces.given.reversed().enumerated() {
            add(age == 0 ? "" : NonceWords.earlier(age, isOld: nonce.isOld), nonce.octets, .earlier)
        }
        if let initial = entry.nonce { add(inputs.isEmpty ? "" : NonceWords.initial, initial, .earlier) }
        if inputs.isEmpty { add(NonceWords.empty, []) }
        func addVariants(_ octets: [UInt8], text: String) {
            add(NonceWords.asText, Array(text.utf8))
            if let twice = Base64.decode(octets), !twice.isEmpty { add(NonceWords.decodedTwice, twice) }
            add(NonceWords.terminated, octets + [0])
        }
        for nonce in proof.nonces.given.reversed() { addVariants(nonce.octets, text: nonce.text) }
        if let initial = entry.nonce { addVariants(initial, text: Base64.encode(initial)) }
        add(NonceWords.empty, [])
        add(NonceWords.zeros, [0, 0, 0, 0], .standard)
        add(NonceWords.zeroText, Array("0x00000000".utf8), .standard)
        add("the text 00000000", Array("00000000".utf8))
        for nonce in proof.peerNonces.given.reversed() { add(NonceWords.otherSide, nonce.octets) }
        if let other = credentials.entries.first(where: { $0 != entry && $0.nonce != nil })?.nonce {
            add("the initial nonce of another entry", other)
        }
        return inputs
    }

    // MARK: Words

    private func judge(
        _ search: DigestSearch, _ wanted: [UInt8], _ proof: Proof, _ entry: Credentials.Entry, isMAC: Bool
    ) -> Verdict {
        let isNonceKnown = proof.nonces.newest != nil || entry.nonce != nil
        switch search.search(wanted) {
        case .verified: return .verified(isNonceKnown ? nil : "with \(NonceWords.empty)")
        case .damaged(let bits): return .wrong(DigestSearch.words(damaged: bits))
        case .differs(let differences): return judge(differences, search, proof, isNonceKnown: isNonceKnown)
        case .unknown:
            if !isNonceKnown { return .unverifiable("the nonce was given before what was seen here") }
            return .wrong(eliminate(proof, entry, isMAC: isMAC))
        }
    }

    private func judge(
        _ differences: [DigestSearch.Difference], _ search: DigestSearch, _ proof: Proof, isNonceKnown: Bool
    ) -> Verdict {
        if let only = differences.first, differences.count == 1 {
            switch only.part {
            case .formula where proof.isSyncML10 && only.choice == DigestSearch.formulaOfSyncML10: return .verified(nil)
            case .body where only.kind == .decoded: return .verified("over \(only.words)")
            case .nonce where only.kind == .standard: return .defaultNonce("with \(only.words)")
            case .nonce where !isNonceKnown: return .verified("with \(only.words)")
            case .nonce where only.kind == .earlier:
                return .staleNonce(only.words, nonce: search.nonces[only.choice].octets)
            default: break
            }
        }
        return .wrong(DigestSearch.words(differences))
    }

    /// Nothing that was tried yields the digest: what is known to be right is left out.
    private func eliminate(_ proof: Proof, _ entry: Credentials.Entry, isMAC: Bool) -> String {
        var suspects: [DigestSearch.Part] = []
        var cleared: [String] = []
        if let stated = proof.statedName, stated.utf8.elementsEqual(entry.user) {
            cleared.append("the name agrees")
        } else {
            suspects.append(.name)
        }
        if proof.isSecretProven {
            suspects.removeAll { $0 == .name }
            cleared = ["name and password made a right digest before"]
        } else {
            suspects.append(.password)
        }
        // A digest over a nonce that nobody knows looks like one with another secret, until the secret was proven.
        if proof.isSecretProven, proof.nonces.newest.map({ !$0.isOld }) == true {
            cleared.append("the nonce was given just before")
        } else {
            suspects.append(.nonce)
        }
        if isMAC { suspects.append(.body) }
        if suspects.isEmpty { suspects.append(.nonce) }
        let what = suspects.map(\.words).joined(separator: " or ")
        return "\(what) differs" + (cleared.isEmpty ? "" : " (\(cleared.joined(separator: ", ")))")
    }
}

/// Names of nonces that were not the one in force.
enum NonceWords {
    static let initial = "the initial nonce of the credentials file"
    static let empty = "an empty nonce"
    static let asText = "its base64 text instead of the octets"
    static let decodedTwice = "its octets decoded from base64 once more"
    static let terminated = "its octets with a zero octet behind them"
    static let zeros = "the default nonce, four zero octets"
    static let zeroText = "the default nonce, the text 0x00000000"
    static let otherSide = "a nonce meant for the other side"

    static func earlier(_ age: Int, isOld: Bool) -> String {
        (age == 1 ? "the nonce before the newest" : "the nonce given \(age) before the newest")
            + (isOld ? ", of an earlier session" : "")
    }

    static func isDefault(_ words: String) -> Bool { words == zeros || words == zeroText }
}
