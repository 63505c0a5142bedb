import Binding
package import TLSWire

/// One question about TLS, each a connection with one hello.
package enum HelloCheck: Hashable, Sendable {
    /// All the suites there are for it that give 128 bits, and those that the binding names.
    case version(TLSVersion)
    /// SSL 2.0 and nothing else.
    case ssl2
    /// One of the two suites that the binding wants with SSL 3.0.
    case ssl3Suite(UInt16)
    /// The six PSK suites at once: where none is taken there is no PSK-TLS.
    case pskSuites
    /// One of the six.
    case pskSuite(UInt16)
    /// Suites without encryption, or with keys under 128 bits.
    case shortKeys(TLSVersion)
    /// Suites in which nobody proves an identity.
    case anonymous

    /// As places and tables name it: `TLS 1.2`, `TLS_PSK_WITH_AES_128_GCM_SHA256`.
    package var title: String {
        switch self {
        case .version(let version): version.name
        case .ssl2: "SSL 2.0"
        case .ssl3Suite(let suite): CipherSuite.name(suite, in: .ssl3)
        case .pskSuites: "any of the six PSK suites"
        case .pskSuite(let suite): CipherSuite.name(suite, in: .tls12)
        case .shortKeys(let version): "keys under 128 bits, \(version.name)"
        case .anonymous: "anonymous suites"
        }
    }

    package func offer(serverName: String?) -> HelloOffer {
        let (version, suites): (TLSVersion, [UInt16]) =
            switch self {
            case .version(let version): (version, HelloCheck.suites(for: version))
            case .ssl2: (.ssl2, [])
            case .ssl3Suite(let suite): (.ssl3, [suite])
            case .pskSuites: (.tls12, BindingSuites.psk)
            case .pskSuite(let suite): (.tls12, [suite])
            case .shortKeys(let version): (version, WeakSuites.shortKeys)
            case .anonymous: (.tls12, WeakSuites.anonymous)
            }
        return HelloOffer(version: version, suites: suites, serverName: serverName)
    }

    // MARK: - Suites

    private static func suites(for version: TLSVersion) -> [UInt16] {
        if version.is13 { return [0x1301, 0x1302, 0x1303, 0x1304, 0x1305] }
        // No elliptic curves where they cannot be agreed on.
        if version == .ssl3 { return plain.filter { name($0).hasPrefix("TLS_RSA_") || name($0).hasPrefix("TLS_DH") } }
        return (version.rawValue >= TLSVersion.tls12.rawValue ? tls12 : []) + plain + olderPSK
            + (version.rawValue >= TLSVersion.tls12.rawValue ? BindingSuites.psk : [])
    }

    private static func name(_ suite: UInt16) -> String { CipherSuite(suite)?.name ?? "" }

    /// GCM, ChaCha20 and CBC with SHA-2: ECDHE, DHE, RSA.
    private static let tls12: [UInt16] = [
        0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0x009E, 0x009F, 0xCCAA, 0x00A2, 0xC023, 0xC027, 0xC024, 0xC028,
        0x0067, 0x006B, 0x009C, 0x009D, 0x003C, 0x003D,
    ]
    /// CBC and RC4 with SHA-1: ECDHE, DHE with RSA and DSS, RSA; 3DES and RC4 last.
    private static let plain: [UInt16] = [
        0xC009, 0xC013, 0xC00A, 0xC014, 0x0033, 0x0039, 0x0032, 0x0038, 0x002F, 0x0035, 0x0041, 0x0084, 0x0096,
        0xC008, 0xC012, 0x0016, 0x0013, 0x000A, 0xC007, 0xC011, 0x0005, 0x0004,
    ]
    /// PSK suites that work in every version of TLS: a server that has nothing else shows its versions with them.
    private static let olderPSK: [UInt16] = [0xC035, 0x0090, 0x0094, 0x008C, 0xC036, 0x0091, 0x0095, 0x008D]
}

/// Suites that a server must not take (5.4).
enum WeakSuites {
    /// No encryption, or keys under 128 bits.
    static let shortKeys = known.filter { !isAnonymous($0) && ($0.cipher == .null || $0.keyBits < 128) }.map(\.code)
    /// Nobody proves an identity.
    static let anonymous = known.filter(isAnonymous).map(\.code)

    /// GOST and what TLS 1.3 has are not among them: their names do not tell the key's length, or no weak one exists.
    private static let known = CipherSuite.all.filter { suite in
        !suite.isSignal && suite.code != 0 && suite.cipher != .gost
            && suite.keyExchange.map { $0 != .tls13 && $0 != .null } ?? false
    }

    private static func isAnonymous(_ suite: CipherSuite) -> Bool { suite.keyExchange?.isAnonymous == true }
}
