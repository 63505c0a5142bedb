import Wire

/// The digests of DM authentication (DM Security, syncml:auth-basic, auth-md5, auth-MAC; DM Notification, digest).
/// H is MD5, B64 its base64 text. Nonces are octets, not their base64 text.
struct DMDigest: Sendable {
    let md5: @Sendable ([UInt8]) -> [UInt8]

    private static let colon: [UInt8] = [0x3A]

    /// `user:password`, what auth-basic carries in base64.
    static func basic(_ user: [UInt8], _ password: [UInt8]) -> [UInt8] { user + colon + password }

    /// B64(H(user:password)): what stands for user and password in all other digests.
    func secret(_ user: [UInt8], _ password: [UInt8]) -> [UInt8] { text(md5(DMDigest.basic(user, password))) }

    /// auth-md5: H(secret:nonce).
    func cred(secret: [UInt8], nonce: [UInt8]) -> [UInt8] { md5(secret + DMDigest.colon + nonce) }

    /// auth-MAC, and the digest of package 0: H(secret:nonce:B64(H(body))).
    func mac(secret: [UInt8], nonce: [UInt8], body: [UInt8]) -> [UInt8] {
        md5(secret + DMDigest.colon + nonce + DMDigest.colon + text(md5(body)))
    }

    func text(_ octets: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        Base64.encode(octets, into: &text)
        return text
    }
}

/// Which of its inputs a digest was computed with: finds why one does not verify.
///
/// Every input comes with what it should have been first, and after it what implementations are known to take instead.
/// The search tries the right ones, then those that differ in one input, then in two, then single bits.
struct DigestSearch {
    /// Octets that a digest may have been computed with.
    struct Input {
        /// What it means that they were taken instead of the right ones.
        enum Kind {
            /// A mistake.
            case wrong
            /// A nonce that was in force before.
            case earlier
            /// The nonce of resynchronisation.
            case standard
            /// The body without its content coding.
            case decoded
        }

        /// For a finding: `the base64 text of the nonce instead of its octets`.
        let words: String
        let octets: [UInt8]
        var kind = Kind.wrong
    }

    enum Part: Int, CaseIterable {
        case name
        case password
        case nonce
        case body
        case formula

        var words: String {
            switch self {
            case .name: "the name"
            case .password: "the password"
            case .nonce: "the nonce"
            case .body: "the body"
            case .formula: "the formula"
            }
        }
    }

    struct Difference: Equatable {
        let part: Part
        /// Place in the inputs of that part.
        let choice: Int
        let words: String
        var kind = Input.Kind.wrong
    }

    enum Result: Equatable {
        case verified
        /// Found: computed with these inputs instead.
        case differs([Difference])
        /// The digest is the right one but for a few bits.
        case damaged(bits: Int)
        case unknown
    }

    let digest: DMDigest
    var names: [Input]
    var passwords: [Input]
    var nonces: [Input]
    private let bodies: [Input]
    /// Made once: a search goes through hundreds of candidates, and a body may have megabytes.
    private let bodyHashes: [[UInt8]]

    /// `bodies` is empty for auth-md5.
    init(digest: DMDigest, names: [Input], passwords: [Input], nonces: [Input], bodies: [Input] = []) {
        self.digest = digest
        self.names = names
        self.passwords = passwords
        self.nonces = nonces
        self.bodies = bodies
        bodyHashes = bodies.map { digest.md5($0.octets) }
    }

    /// Place in `formulas`.
    static let formulaOfSyncML10 = 1

    /// For a finding: the digest is the right one but for so many bits.
    static func words(damaged bits: Int) -> String {
        "the digest itself differs from the right one in \(counted(bits, "bit")): it was damaged"
    }

    /// For a finding: what the digest was computed with.
    static func words(_ differences: [Difference]) -> String {
        differences.map { "\($0.part.words) (\($0.words))" }.joined(separator: " and ")
            + (differences.count == 1 ? " differs" : " differ")
            + ": the digest was computed with what is in brackets"
    }

    private static let formulas = [
        "", "that of SyncML 1.0, without the inner digest", "the inner digest as octets instead of base64",
        "the inner digest as hexadecimal digits instead of base64",
        "the body's digest as octets instead of base64", "the body's digest as hexadecimal digits instead of base64",
    ]

    /// Only the right inputs.
    func isRight(_ wanted: [UInt8]) -> Bool {
        guard names.first != nil, passwords.first != nil, nonces.first != nil else { return false }
        return compute([0, 0, 0, 0, 0]) == wanted
    }

    func search(_ wanted: [UInt8]) -> Result {
        let counts = [names.count, passwords.count, nonces.count, max(1, bodies.count), bodies.isEmpty ? 4 : 6]
        guard counts.allSatisfy({ $0 > 0 }) else { return .unknown }
        let right = compute([0, 0, 0, 0, 0])
        if right == wanted { return .verified }
        for part in Part.allCases {
            for choice in 1..<max(1, counts[part.rawValue]) {
                var choices = [0, 0, 0, 0, 0]
                choices[part.rawValue] = choice
                if compute(choices) == wanted { return .differs(describe(choices)) }
            }
        }
        let bits = zip(right, wanted).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
        if right.count == wanted.count, bits <= 8 { return .damaged(bits: bits) }
        if let difference = searchBits(wanted) { return .differs([difference]) }
        for first in Part.allCases {
            for second in Part.allCases where second.rawValue > first.rawValue {
                for i in 1..<max(1, counts[first.rawValue]) {
                    for j in 1..<max(1, counts[second.rawValue]) {
                        var choices = [0, 0, 0, 0, 0]
                        choices[first.rawValue] = i
                        choices[second.rawValue] = j
                        if compute(choices) == wanted { return .differs(describe(choices)) }
                    }
                }
            }
        }
        return .unknown
    }

    /// One bit of nonce or name is another.
    private func searchBits(_ wanted: [UInt8]) -> Difference? {
        for part in [Part.nonce, .name] {
            let right = part == .nonce ? nonces[0].octets : names[0].octets
            for at in right.indices.prefix(64) {
                for bit in 0..<8 {
                    var changed = self
                    var octets = right
                    octets[at] ^= 1 << UInt8(bit)
                    let input = Input(words: "", octets: octets)
                    if part == .nonce { changed.nonces = [input] } else { changed.names = [input] }
                    if changed.compute([0, 0, 0, 0, 0]) == wanted {
                        return Difference(
                            part: part, choice: 0, words: "one that differs in one bit, bit \(bit) of octet \(at)")
                    }
                }
            }
        }
        return nil
    }

    private func compute(_ choices: [Int]) -> [UInt8] {
        let user = names[choices[0]].octets
        let password = passwords[choices[1]].octets
        let nonce = nonces[choices[2]].octets
        let formula = choices[4]
        let colon: [UInt8] = [0x3A]
        let inner: [UInt8]
        switch formula {
        case 1: inner = DMDigest.basic(user, password)
        case 2: inner = digest.md5(DMDigest.basic(user, password))
        case 3: inner = Array(Hex.lower(digest.md5(DMDigest.basic(user, password))).utf8)
        default: inner = digest.secret(user, password)
        }
        guard !bodies.isEmpty else { return digest.cred(secret: inner, nonce: nonce) }
        let hash = bodyHashes[choices[3]]
        let body: [UInt8] = formula == 4 ? hash : formula == 5 ? Array(Hex.lower(hash).utf8) : digest.text(hash)
        return digest.md5(inner + colon + nonce + colon + body)
    }

    private func describe(_ choices: [Int]) -> [Difference] {
        Part.allCases.compactMap { part in
            let choice = choices[part.rawValue]
            guard choice > 0 else { return nil }
            let input: Input? =
                switch part {
                case .name: names[choice]
                case .password: passwords[choice]
                case .nonce: nonces[choice]
                case .body: bodies[choice]
                case .formula: nil
                }
            return Difference(
                part: part, choice: choice, words: input?.words ?? DigestSearch.formulas[choice],
                kind: input?.kind ?? .wrong)
        }
    }
}
