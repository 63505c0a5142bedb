import COpenSSL
import COpenSSLShims
import Glibc

/// What kind of key a leaf has: ECDSA P-256 for clients that take it, P-384 for those that take no other curve, RSA 2048
/// for the others.
enum LeafKind: CaseIterable {
    case p256
    case p384
    case rsa

    func makeKey() -> OpaquePointer {
        let made =
            switch self {
            case .p256: shim_EVP_EC_gen("P-256")
            case .p384: shim_EVP_EC_gen("P-384")
            case .rsa: shim_EVP_RSA_gen(2048)
            }
        guard let made else { preconditionFailure("libcrypto cannot make a key: \(OpenSSLLibrary.takeError())") }
        return made
    }
}

/// Leaves by host, the least recently used given up first.
struct LeafCache {
    struct Key: Hashable {
        var host: String
        var kind: LeafKind
        /// SHA-256 of the certificate that the leaf copies.
        var original: String?
    }
    private struct Entry {
        var leaf: Credential
        var lastUse: UInt64
        /// Between these it is used, a day from its bounds; seconds since 1970. The clock may be set meanwhile.
        var use: Range<Int>
    }
    static let capacity = 1000
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    private let now: @Sendable () -> Int

    init(now: @escaping @Sendable () -> Int = { time(nil) }) { self.now = now }

    subscript(key: Key) -> Credential? {
        mutating get {
            guard let entry = entries[key] else { return nil }
            guard entry.use.contains(now()) else {
                entries[key] = nil
                return nil
            }
            uses += 1
            entries[key]?.lastUse = uses
            return entry.leaf
        }
        set {
            guard let newValue else { return }
            if entries.count >= LeafCache.capacity { makeRoom() }
            uses += 1
            let minted = now()
            let use = minted + LeafMinter.notBefore / 2..<minted + LeafMinter.validity - 86400
            entries[key] = Entry(leaf: newValue, lastUse: uses, use: use)
        }
    }

    var count: Int { entries.count }

    /// Drops the older half, so that the search for the oldest is rare.
    private mutating func makeRoom() {
        let middle = entries.values.map(\.lastUse).sorted()[entries.count / 2]
        entries = entries.filter { $0.value.lastUse >= middle }
    }
}
