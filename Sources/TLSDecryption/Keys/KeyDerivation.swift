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
