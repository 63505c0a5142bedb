import COpenSSL
import Synchronization
import TLSWire

/// libcrypto with the legacy provider beside the default one, in a library context of its own: nothing that others in
/// the process do with OpenSSL changes. Algorithms are fetched once and kept for the life of the process.
///
/// Sendable: the context and the algorithms are made once and never changed; OpenSSL counts references atomically and
/// lets any thread use them.
final class LibCrypto: @unchecked Sendable {
    static let shared = LibCrypto()

    let context: OpaquePointer?
    private let ciphers = Mutex<[String: Fetched]>([:])
    private let digests = Mutex<[String: Fetched]>([:])
    private let hmac: OpaquePointer?

    /// An algorithm, or that there is none of its name.
    private struct Fetched: @unchecked Sendable {
        var algorithm: OpaquePointer?
    }

    private init() {
        context = OSSL_LIB_CTX_new()
        _ = OSSL_PROVIDER_load(context, "default")
        _ = OSSL_PROVIDER_load(context, "legacy")
        hmac = EVP_MAC_fetch(context, "HMAC", nil)
        ERR_clear_error()
    }

    /// `EVP_CIPHER` of this name; nil when neither provider has it.
    func cipher(_ name: String) -> OpaquePointer? {
        ciphers.withLock { known in
            if let found = known[name] { return found }
            let fetched = Fetched(algorithm: EVP_CIPHER_fetch(context, name, nil))
            if fetched.algorithm == nil { ERR_clear_error() }
            known[name] = fetched
            return fetched
        }.algorithm
    }

    /// `EVP_MD` of this name; nil when neither provider has it.
    func digest(_ name: String) -> OpaquePointer? {
        digests.withLock { known in
            if let found = known[name] { return found }
            let fetched = Fetched(algorithm: EVP_MD_fetch(context, name, nil))
            if fetched.algorithm == nil { ERR_clear_error() }
            known[name] = fetched
            return fetched
        }.algorithm
    }

    /// A keyed HMAC; nil when the digest is not there.
    func makeHMAC(_ hash: CipherSuite.Hash, key: [UInt8]) -> HMACContext? {
        guard let name = hash.libcryptoName, let hmac, let raw = EVP_MAC_CTX_new(hmac) else { return nil }
        let context = HMACContext(raw)
        // HMAC fills a key up with zeros: one of no octets, for which there may be no pointer, is the same as one zero.
        let key = key.isEmpty ? [0] : key
        // The parameter keeps pointers to its name and value, which have to outlive the call that makes it.
        let initialised = OSSL_MAC_PARAM_DIGEST.withCString { parameter in
            name.withCString { digest in
                let parameters = [
                    OSSL_PARAM_construct_utf8_string(parameter, UnsafeMutablePointer(mutating: digest), 0),
                    OSSL_PARAM_construct_end(),
                ]
                return EVP_MAC_init(raw, key, key.count, parameters)
            }
        }
        guard initialised == 1 else {
            ERR_clear_error()
            return nil
        }
        return context
    }

    /// The digest of some octets put one after the other; empty when the digest is not there.
    func hash(_ hash: CipherSuite.Hash, _ parts: [UInt8]...) -> [UInt8] {
        guard let name = hash.libcryptoName, let algorithm = digest(name), let context = EVP_MD_CTX_new() else {
            return []
        }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestInit_ex2(context, algorithm, nil) == 1 else { return [] }
        for part in parts {
            guard part.withUnsafeBytes({ EVP_DigestUpdate(context, $0.baseAddress, $0.count) }) == 1 else { return [] }
        }
        return [UInt8](unsafeUninitializedCapacity: hash.length) { buffer, count in
            count = EVP_DigestFinal_ex(context, buffer.baseAddress, nil) == 1 ? hash.length : 0
        }
    }
}

/// A keyed HMAC that is used again for each message.
final class HMACContext {
    private let raw: OpaquePointer

    /// - Parameter raw: an `EVP_MAC_CTX`, owned from here on.
    init(_ raw: OpaquePointer) { self.raw = raw }

    deinit { EVP_MAC_CTX_free(raw) }

    /// Begins a message under the same key.
    func begin() { EVP_MAC_init(raw, nil, 0, nil) }

    func update(_ octets: RawSpan) {
        octets.withUnsafeBytes {
            _ = EVP_MAC_update(raw, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count)
        }
    }

    func update(_ octets: [UInt8]) { EVP_MAC_update(raw, octets, octets.count) }

    /// The code of the message, or the first octets of it; at most 64.
    func finish(prefix length: Int = 64) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
            count = 0
            EVP_MAC_final(raw, buffer.baseAddress, &count, 64)
            count = min(count, length)
        }
    }

    func code(_ octets: [UInt8]) -> [UInt8] {
        begin()
        update(octets)
        return finish()
    }
}

extension CipherSuite.Hash {
    /// The name that libcrypto knows it by; nil for those it has not.
    var libcryptoName: String? {
        switch self {
        case .none, .gost: nil
        case .md5: "MD5"
        case .sha1: "SHA1"
        case .sha256: "SHA256"
        case .sha384: "SHA384"
        case .sha512: "SHA512"
        case .sm3: "SM3"
        }
    }
}
