import COpenSSL
import Glibc
import Synchronization

/// Chains that verified for a server's name a moment ago. A device opens many connections to one server, and each
/// verification takes two RSA operations and more.
final class VerifiedChains: Sendable {
    private struct Key: Hashable {
        var host: String
        var chain: [UInt8]
    }
    private let verified = Mutex<[Key: Int]>([:])
    private static let capacity = 256
    /// Seconds for which a verdict holds: what changes meanwhile, an end of validity say, is noticed that much later.
    private static let lifetime = 60

    /// Does what libssl would do with `store`, or what it did within the last minute. Returns what
    /// X509_verify_cert does.
    func verify(_ store: OpaquePointer, host: String) -> Int32 {
        guard let chain = fingerprint(store) else { return X509_verify_cert(store) }
        let key = Key(host: host, chain: chain)
        if let until = verified.withLock({ $0[key] }), time(nil) < until {
            X509_STORE_CTX_set_error(store, X509_V_OK)
            return 1
        }
        let result = X509_verify_cert(store)
        // With verification off the result is 1 whatever was found.
        if result == 1, X509_STORE_CTX_get_error(store) == X509_V_OK {
            verified.withLock {
                if $0.count >= VerifiedChains.capacity { $0.removeAll() }
                $0[key] = time(nil) + VerifiedChains.lifetime
            }
        }
        return result
    }

    /// The digests of all certificates that the server sent, the leaf first; nil when one cannot be had.
    private func fingerprint(_ store: OpaquePointer) -> [UInt8]? {
        guard let sent = X509_STORE_CTX_get0_untrusted(store) else { return nil }
        var all: [UInt8] = []
        for at in 0..<OPENSSL_sk_num(sent) {
            guard let certificate = OPENSSL_sk_value(sent, at),
                let one = sha256(OpaquePointer(certificate))
            else { return nil }
            all += one
        }
        return all.isEmpty ? nil : all
    }
}
