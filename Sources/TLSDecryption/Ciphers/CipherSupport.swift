import TLSWire
import Wire

/// Which sessions can be opened at all, and the ciphers that do it.
enum CipherSupport {
    /// Why a session cannot be opened whatever keys there are; nil when it can.
    static func problem(_ hello: ServerHello) -> String? {
        let version = hello.version
        if hello.isEarlyDraft || version.draft.map({ $0 < 26 }) == true {
            return "The session runs over an early draft of TLS 1.3, which is not decrypted; only drafts from 26 on are"
        }
        guard version.is13 || (TLSVersion.ssl3.rawValue...TLSVersion.tls12.rawValue).contains(version.rawValue) else {
            return "The session runs over version \(version.name), which is not decrypted"
        }
        guard hello.compressionMethod <= 1 else {
            return "The session uses TLS compression method \(hello.compressionMethod), which is not decoded"
        }
        let name = CipherSuite.name(hello.suite, in: version)
        guard let suite = CipherSuite(hello.suite), suite.keyExchange != nil, !suite.isSignal else {
            return "The session uses cipher suite \(name), which is not known here"
        }
        guard version.is13 == (suite.keyExchange == .tls13) else {
            return "The session uses cipher suite \(name), which does not exist in \(version.name)"
        }
        let isMade =
            version.is13
            ? suite.cipher13(secret: [UInt8](repeating: 0, count: suite.prf.length)) != nil
            : HandshakeParameters(version: version, suite: suite, clientRandom: [], serverRandom: [])
                .cipher(of: .toServer, master: [UInt8](repeating: 0, count: KeyDerivation.masterLength)) != nil
        return isMade ? nil : "The session uses cipher suite \(name), which this libcrypto does not offer"
    }
}

extension CipherSuite {
    /// What opens records under a TLS 1.3 traffic secret (RFC 8446 7.3); nil when libcrypto lacks it.
    func cipher13(secret: [UInt8]) -> RecordCipher? {
        guard isAEAD, keyExchange == .tls13 else { return nil }
        let key = KeyDerivation.expandLabel(prf, secret, "key", keyBits / 8)
        let iv = KeyDerivation.expandLabel(prf, secret, "iv", 12)
        guard !key.isEmpty, iv.count == 12 else { return nil }
        return AEADRecordCipher(self, key: key, iv: iv, is13: true)
    }
}
