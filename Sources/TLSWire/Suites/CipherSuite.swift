/// A cipher suite, taken apart. The IANA names are regular, so the parts are read from the name.
package struct CipherSuite: Sendable, Equatable {
    package let code: UInt16
    /// IANA's name: `TLS_PSK_WITH_AES_128_GCM_SHA256`.
    package let name: String
    /// Nil for signalling values and for the GOST suites.
    package let keyExchange: KeyExchange?
    package let cipher: BulkCipher
    package let mode: Mode
    /// Length of the secret key: 40 for the export suites, 168 for 3DES (whose strength is 112).
    package let keyBits: Int
    /// `.none` where the cipher authenticates by itself.
    package let mac: Hash
    /// Hash of the TLS 1.2 PRF and of the TLS 1.3 key schedule; earlier versions use MD5 with SHA-1 instead.
    package let prf: Hash

    /// How the premaster secret comes about, under the name that suites bear.
    package enum KeyExchange: String, Sendable, CaseIterable {
        case null = "NULL"
        case rsa = "RSA"
        case rsaExport = "RSA_EXPORT"
        case rsaExport1024 = "RSA_EXPORT1024"
        case rsaFIPS = "RSA_FIPS"
        case dhRSA = "DH_RSA"
        case dhRSAExport = "DH_RSA_EXPORT"
        case dhDSS = "DH_DSS"
        case dhDSSExport = "DH_DSS_EXPORT"
        case dheRSA = "DHE_RSA"
        case dheRSAExport = "DHE_RSA_EXPORT"
        case dheDSS = "DHE_DSS"
        case dheDSSExport = "DHE_DSS_EXPORT"
        case dheDSSExport1024 = "DHE_DSS_EXPORT1024"
        case dhAnon = "DH_anon"
        case dhAnonExport = "DH_anon_EXPORT"
        case ecdhRSA = "ECDH_RSA"
        case ecdhECDSA = "ECDH_ECDSA"
        case ecdheRSA = "ECDHE_RSA"
        case ecdheECDSA = "ECDHE_ECDSA"
        case ecdhAnon = "ECDH_anon"
        case psk = "PSK"
        case dhePSK = "DHE_PSK"
        case rsaPSK = "RSA_PSK"
        case ecdhePSK = "ECDHE_PSK"
        case krb5 = "KRB5"
        case krb5Export = "KRB5_EXPORT"
        case srp = "SRP_SHA"
        case srpRSA = "SRP_SHA_RSA"
        case srpDSS = "SRP_SHA_DSS"
        case eccPWD = "ECCPWD"
        case ecJPAKE = "ECJPAKE"
        /// TLS 1.3: agreed in extensions, not by the suite.
        case tls13 = ""

        package var usesPSK: Bool {
            switch self {
            case .psk, .dhePSK, .rsaPSK, .ecdhePSK: true
            default: false
            }
        }

        /// The premaster secret crosses encrypted to the server's RSA key.
        package var sendsToRSAKey: Bool {
            switch self {
            case .rsa, .rsaExport, .rsaExport1024, .rsaFIPS, .rsaPSK: true
            default: false
            }
        }

        /// Nobody proves an identity.
        package var isAnonymous: Bool { self == .dhAnon || self == .dhAnonExport || self == .ecdhAnon || self == .null }

        package var isExport: Bool { rawValue.hasSuffix("_EXPORT") || rawValue.hasSuffix("_EXPORT1024") }
    }

    package enum BulkCipher: Sendable {
        case null, rc4, rc2, des, tripleDES, idea, seed, aes, camellia, aria, chacha20
        case sm4, aegis, gost
    }

    package enum Mode: Sendable {
        case stream, cbc, gcm, ccm
        /// CCM with a tag of 8 octets.
        case ccm8
        case poly1305
        /// GOST and AEGIS constructions of their own.
        case other
    }

    package enum Hash: Sendable {
        case none, md5, sha1, sha256, sha384, sha512, sm3, gost

        /// Octets of a digest.
        package var length: Int {
            switch self {
            case .none: 0
            case .md5: 16
            case .sha1: 20
            case .sha256, .sm3, .gost: 32
            case .sha384: 48
            case .sha512: 64
            }
        }
    }

    /// The suite of this code; nil when no registry names it.
    package init?(_ code: UInt16) {
        guard let known = CipherSuite.byCode[code] else { return nil }
        self = known
    }

    /// TLS_EMPTY_RENEGOTIATION_INFO_SCSV or TLS_FALLBACK_SCSV: a message to the server, not a suite.
    package var isSignal: Bool { CipherSuite.isSignal(code) }
    package static func isSignal(_ code: UInt16) -> Bool { code == 0x00FF || code == fallbackSignal }
    /// TLS_FALLBACK_SCSV (RFC 7507): an attempt with a higher version failed before.
    package static let fallbackSignal: UInt16 = 0x5600

    package var isAEAD: Bool {
        switch mode {
        case .gcm, .ccm, .ccm8, .poly1305: true
        case .stream, .cbc, .other: false
        }
    }

    /// The suite's name under a version: RFC 6101 writes `SSL_` for its own suites, and so does the binding. A code
    /// without a name is shown as hex.
    package static func name(_ code: UInt16, in version: TLSVersion?) -> String {
        guard let name = byCode[code]?.name else { return isGREASE(code) ? "GREASE" : hexCode(code) }
        if let version, version.rawValue <= TLSVersion.ssl3.rawValue, code <= 0x001B {
            return "SSL_" + name.dropFirst(4)
        }
        return name
    }

    /// The code of a suite under a name that `name(_:in:)` gives; nil for GREASE, which stands for several.
    package static func code(named name: String) -> UInt16? {
        if let code = byName[name] { return code }
        if name.hasPrefix("SSL_") { return byName["TLS_" + name.dropFirst(4)] }
        return name.hasPrefix("0x") ? UInt16(name.dropFirst(2), radix: 16) : nil
    }

    private static let byName = Dictionary(all.map { ($0.name, $0.code) }) { first, _ in first }

    /// All that have a name, by code.
    package static let all: [CipherSuite] = CipherSuiteNames.rows.map { CipherSuite(code: $0.code, name: $0.name) }

    private static let byCode = Dictionary(uniqueKeysWithValues: all.map { ($0.code, $0) })

    private init(code: UInt16, name: String) {
        self.code = code
        self.name = name
        let parts = NameParts(name)
        keyExchange = parts.keyExchange
        cipher = parts.cipher.cipher
        mode = parts.cipher.mode
        keyBits = parts.cipher.keyBits
        switch parts.cipher.mode {
        case .gcm, .ccm, .ccm8, .poly1305: mac = .none
        case .stream, .cbc, .other: mac = parts.hash
        }
        switch parts.hash {
        case .sha384, .sha512, .sm3, .gost: prf = parts.hash
        case .none, .md5, .sha1, .sha256: prf = .sha256
        }
    }
}

/// `TLS_` key exchange `_WITH_` cipher `_` hash, or in TLS 1.3 `TLS_` cipher `_` hash.
private struct NameParts {
    var keyExchange: CipherSuite.KeyExchange?
    var cipher: Cipher
    var hash: CipherSuite.Hash

    struct Cipher {
        var name: String
        var cipher: CipherSuite.BulkCipher
        var keyBits: Int
        var mode: CipherSuite.Mode
    }

    init(_ name: String) {
        let body = name.dropFirst(4)  // TLS_ or SSL_
        let rest: Substring
        if let with = body.range(ofOctets: "_WITH_") {
            let exchange = body[..<with.lowerBound]
            // IANA writes TLS_PSK_DHE_WITH_AES_128_CCM_8 for what is DHE_PSK everywhere else (RFC 6655).
            keyExchange = exchange == "PSK_DHE" ? .dhePSK : CipherSuite.KeyExchange(rawValue: String(exchange))
            rest = body[with.upperBound...]
        } else {
            keyExchange = body.hasSuffix("_SCSV") ? nil : .tls13
            rest = body
        }
        let known = NameParts.ciphers.first { rest.hasPrefix($0.name) }
        cipher = known ?? Cipher(name: "", cipher: .null, keyBits: 0, mode: .stream)
        hash = NameParts.hash(rest.dropFirst(known.map { $0.name.utf8.count + 1 } ?? 0))
    }

    private static func hash(_ name: Substring) -> CipherSuite.Hash {
        switch name {
        case "MD5": .md5
        case "SHA": .sha1
        case "SHA256", "SHA256_SHA256": .sha256
        case "SHA384", "SHA384_SHA384": .sha384
        case "SHA512": .sha512
        case "SM3": .sm3
        case "IMIT", "GOSTR3411", "OMAC", "L", "S": .gost
        default: .none
        }
    }

    /// A name that another begins with comes after it.
    private static let ciphers: [Cipher] =
        [
            Cipher(name: "NULL", cipher: .null, keyBits: 0, mode: .stream),
            Cipher(name: "RC4_40", cipher: .rc4, keyBits: 40, mode: .stream),
            Cipher(name: "RC4_56", cipher: .rc4, keyBits: 56, mode: .stream),
            Cipher(name: "RC4_128", cipher: .rc4, keyBits: 128, mode: .stream),
            Cipher(name: "RC2_CBC_40", cipher: .rc2, keyBits: 40, mode: .cbc),
            Cipher(name: "RC2_CBC_56", cipher: .rc2, keyBits: 56, mode: .cbc),
            Cipher(name: "DES40_CBC", cipher: .des, keyBits: 40, mode: .cbc),
            Cipher(name: "DES_CBC_40", cipher: .des, keyBits: 40, mode: .cbc),
            Cipher(name: "DES_CBC", cipher: .des, keyBits: 56, mode: .cbc),
            Cipher(name: "3DES_EDE_CBC", cipher: .tripleDES, keyBits: 168, mode: .cbc),
            Cipher(name: "IDEA_CBC", cipher: .idea, keyBits: 128, mode: .cbc),
            Cipher(name: "SEED_CBC", cipher: .seed, keyBits: 128, mode: .cbc),
            Cipher(name: "CHACHA20_POLY1305", cipher: .chacha20, keyBits: 256, mode: .poly1305),
            Cipher(name: "SM4_GCM", cipher: .sm4, keyBits: 128, mode: .gcm),
            Cipher(name: "SM4_CCM", cipher: .sm4, keyBits: 128, mode: .ccm),
            Cipher(name: "AEGIS_128L", cipher: .aegis, keyBits: 128, mode: .other),
            Cipher(name: "AEGIS_256", cipher: .aegis, keyBits: 256, mode: .other),
            Cipher(name: "28147_CNT", cipher: .gost, keyBits: 256, mode: .other),
            Cipher(name: "KUZNYECHIK_CTR", cipher: .gost, keyBits: 256, mode: .other),
            Cipher(name: "KUZNYECHIK_MGM", cipher: .gost, keyBits: 256, mode: .other),
            Cipher(name: "MAGMA_CTR", cipher: .gost, keyBits: 256, mode: .other),
            Cipher(name: "MAGMA_MGM", cipher: .gost, keyBits: 256, mode: .other),
        ]
        + [("AES", CipherSuite.BulkCipher.aes), ("CAMELLIA", .camellia), ("ARIA", .aria)].flatMap { name, cipher in
            [128, 256].flatMap { bits in
                [("CBC", CipherSuite.Mode.cbc), ("GCM", .gcm), ("CCM_8", .ccm8), ("CCM", .ccm)].map { suffix, mode in
                    Cipher(name: "\(name)_\(bits)_\(suffix)", cipher: cipher, keyBits: bits, mode: mode)
                }
            }
        }
}

extension Substring {
    /// The first place where `other` stands.
    fileprivate func range(ofOctets other: String) -> Range<Index>? {
        var at = startIndex
        while at < endIndex {
            if self[at...].hasPrefix(other) { return at..<index(at, offsetBy: other.count) }
            at = index(after: at)
        }
        return nil
    }
}
