import TLSWire
import Wire

/// What one handshake up to TLS 1.2 agreed on, apart from its secret.
struct HandshakeParameters {
    var version: TLSVersion
    var suite: CipherSuite
    var clientRandom: [UInt8]
    var serverRandom: [UInt8]
    var encryptThenMAC = false
    var truncatedHMAC = false
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

extension HandshakeParameters {
    /// What opens one direction's records; nil when libcrypto lacks it.
    func cipher(of direction: Direction, master: [UInt8]) -> RecordCipher? {
        guard let keys = keys(of: direction, master: master) else { return nil }
        switch suite.mode {
        case .stream: return StreamRecordCipher(suite, keys, version: version, truncatedHMAC: truncatedHMAC)
        case .cbc:
            return BlockRecordCipher(
                suite, keys, version: version, encryptThenMAC: encryptThenMAC, truncatedHMAC: truncatedHMAC)
        case .gcm, .ccm, .ccm8, .poly1305: return AEADRecordCipher(suite, key: keys.key, iv: keys.iv, is13: false)
        case .other: return nil
        }
    }
}
