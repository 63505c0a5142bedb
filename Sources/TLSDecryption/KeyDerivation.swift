package import TLSWire
import Wire

/// From secrets to keys: SSL 3.0 (RFC 6101 6), TLS 1.0 and 1.1 (RFC 2246 5), TLS 1.2 (RFC 5246 5), TLS 1.3 (RFC 8446 7).
package enum KeyDerivation {
    static let masterLength = 48

    /// The pseudo-random function of TLS 1.0 to 1.2.
    /// - Parameter hash: of TLS 1.2; nil for the MD5 with SHA-1 of the versions before it.
    package static func prf(
        _ hash: CipherSuite.Hash?, _ secret: [UInt8], _ label: String, _ seed: [UInt8], _ count: Int
    )
        -> [UInt8]
    {
        let labelled = Array(label.utf8) + seed
        if let hash { return expand(hash, secret, labelled, count) }
        let half = (secret.count + 1) / 2
        let md5 = expand(.md5, Array(secret.prefix(half)), labelled, count)
        let sha1 = expand(.sha1, Array(secret.suffix(half)), labelled, count)
        return zip(md5, sha1).map { $0 ^ $1 }
    }

    /// P_hash of RFC 5246 5.
    private static func expand(_ hash: CipherSuite.Hash, _ secret: [UInt8], _ seed: [UInt8], _ count: Int) -> [UInt8] {
        guard let hmac = LibCrypto.shared.makeHMAC(hash, key: secret) else { return [] }
        var result: [UInt8] = []
        var a = seed
        while result.count < count {
            a = hmac.code(a)
            let block = hmac.code(a + seed)
            guard !block.isEmpty else { return [] }
            result += block
        }
        return Array(result.prefix(count))
    }

    /// The function that SSL 3.0 uses for the master secret and the key block (RFC 6101 6.1, 6.2.2).
    package static func ssl3(_ secret: [UInt8], _ seed: [UInt8], _ count: Int) -> [UInt8] {
        let crypto = LibCrypto.shared
        var result: [UInt8] = []
        var round = 0
        while result.count < count, round < 26 {
            let letters = [UInt8](repeating: UInt8(ascii: "A") + UInt8(round), count: round + 1)
            let block = crypto.hash(.md5, secret, crypto.hash(.sha1, letters, secret, seed))
            guard !block.isEmpty else { return [] }
            result += block
            round += 1
        }
        return Array(result.prefix(count))
    }

    /// HKDF-Expand-Label with an empty context (RFC 8446 7.1).
    package static func expandLabel(_ hash: CipherSuite.Hash, _ secret: [UInt8], _ label: String, _ count: Int)
        -> [UInt8]
    {
        guard let hmac = LibCrypto.shared.makeHMAC(hash, key: secret) else { return [] }
        let full = Array("tls13 \(label)".utf8)
        let info = [UInt8(count >> 8), UInt8(count & 0xFF), UInt8(full.count)] + full + [0]
        var result: [UInt8] = []
        var block: [UInt8] = []
        var counter: UInt8 = 1
        while result.count < count {
            block = hmac.code(block + info + [counter])
            guard !block.isEmpty else { return [] }
            result += block
            counter += 1
        }
        return Array(result.prefix(count))
    }
}

/// What one handshake up to TLS 1.2 agreed on, apart from its secret.
struct HandshakeParameters {
    var version: TLSVersion
    var suite: CipherSuite
    var clientRandom: [UInt8]
    var serverRandom: [UInt8]
    var encryptThenMAC = false
    /// Hash of the handshake up to ClientKeyExchange, where the extended master secret was agreed on (RFC 7627).
    var sessionHash: [UInt8]?

    private var prfHash: CipherSuite.Hash? { version.rawValue >= TLSVersion.tls12.rawValue ? suite.prf : nil }

    /// The master secret of a premaster secret.
    func master(from premaster: [UInt8]) -> [UInt8] {
        if version == .ssl3 {
            return KeyDerivation.ssl3(premaster, clientRandom + serverRandom, KeyDerivation.masterLength)
        }
        if let sessionHash {
            return KeyDerivation.prf(
                prfHash, premaster, "extended master secret", sessionHash, KeyDerivation.masterLength)
        }
        return KeyDerivation.prf(
            prfHash, premaster, "master secret", clientRandom + serverRandom, KeyDerivation.masterLength)
    }

    /// The keys of one direction.
    func keys(of direction: Direction, master: [UInt8]) -> DirectionKeys? {
        guard let sizes = KeySizes(suite, version) else { return nil }
        let block = keyBlock(master, 2 * (sizes.mac + sizes.material + sizes.iv))
        guard block.count == 2 * (sizes.mac + sizes.material + sizes.iv) else { return nil }
        let client = direction == .toServer
        func part(_ start: Int, _ size: Int) -> [UInt8] {
            let at = client ? start : start + size
            return Array(block[at..<at + size])
        }
        let mac = part(0, sizes.mac)
        var key = part(2 * sizes.mac, sizes.material)
        var iv = part(2 * (sizes.mac + sizes.material), sizes.iv)
        if suite.keyExchange?.isExport == true {
            (key, iv) = exportKeys(key, sizes, client: client)
        }
        return DirectionKeys(mac: mac, key: key, iv: iv)
    }

    private func keyBlock(_ master: [UInt8], _ count: Int) -> [UInt8] {
        version == .ssl3
            ? KeyDerivation.ssl3(master, serverRandom + clientRandom, count)
            : KeyDerivation.prf(prfHash, master, "key expansion", serverRandom + clientRandom, count)
    }

    /// The final keys of exportable suites, whose secret is short (RFC 2246 6.3.1, RFC 6101 6.2.2.1).
    private func exportKeys(_ key: [UInt8], _ sizes: KeySizes, client: Bool) -> (key: [UInt8], iv: [UInt8]) {
        let forward = clientRandom + serverRandom
        if version == .ssl3 {
            let seed = client ? forward : serverRandom + clientRandom
            let crypto = LibCrypto.shared
            return (
                Array(crypto.hash(.md5, key, seed).prefix(sizes.key)), Array(crypto.hash(.md5, seed).prefix(sizes.iv))
            )
        }
        let label = client ? "client write key" : "server write key"
        let final = KeyDerivation.prf(prfHash, key, label, forward, sizes.key)
        let ivs = KeyDerivation.prf(prfHash, [], "IV block", forward, 2 * sizes.iv)
        return (final, client ? Array(ivs.prefix(sizes.iv)) : Array(ivs.suffix(sizes.iv)))
    }
}

/// Secrets that protect one direction up to TLS 1.2.
struct DirectionKeys: Equatable {
    var mac: [UInt8]
    var key: [UInt8]
    /// First IV of CBC before TLS 1.1, the fixed part of the nonce of AEAD ciphers.
    var iv: [UInt8]
}

/// Octets that the key block gives each direction (RFC 5246 6.3, RFC 5288 3, RFC 7905 2).
private struct KeySizes {
    var mac: Int
    /// Taken from the key block; less than `key` for exportable suites.
    var material: Int
    var key: Int
    var iv: Int

    init?(_ suite: CipherSuite, _ version: TLSVersion) {
        mac = suite.mac.length
        key = suite.keyBits / 8
        switch suite.cipher {
        case .null: iv = 0
        case .rc4: iv = 0
        case .des, .idea, .rc2: iv = 8
        case .tripleDES:
            key = 24
            iv = 8
        case .aes, .camellia, .aria, .seed, .sm4: iv = suite.isAEAD ? 4 : 16
        case .chacha20: iv = 12
        case .aegis, .gost: return nil
        }
        material = key
        if suite.cipher == .des { key = 8 }
        if suite.cipher == .rc4 || suite.cipher == .rc2 { key = 16 }
        let isExport = suite.keyExchange?.isExport == true
        if !isExport { material = key }
        // DES in the 1024-bit export suites has its whole key.
        if suite.cipher == .des, suite.keyBits == 56 { material = 8 }
        // CBC since TLS 1.1 sends its IVs and needs none from here.
        if suite.mode == .cbc, version.rawValue >= TLSVersion.tls11.rawValue { iv = 0 }
    }
}
