import COpenSSL
import Inspection
import Wire

/// SHA-256 of libcrypto. Ready for the next message after each `finish`, with nothing allocated but the digest.
package struct SHA256Digest: IncrementalDigest {
    private let context = DigestContext(DigestAlgorithm.sha256)

    package init() {}

    package mutating func update(_ bytes: RawSpan) { context.update(bytes) }

    package mutating func finish() -> [UInt8] { context.finish() }
}

extension ContentCoding {
    /// MD5, 16 octets.
    package static func md5(_ octets: [UInt8]) -> [UInt8] { digest(octets, .md5) }

    /// SHA-256, 32 octets.
    package static func sha256(_ octets: [UInt8]) -> [UInt8] { digest(octets, .sha256) }

    /// HMAC-SHA1 (RFC 2104), 20 octets.
    package static func hmacSHA1(key: [UInt8], _ octets: [UInt8]) -> [UInt8] {
        // A key of no octets, for which there may be no pointer, is the same as one zero: keys are filled up with zeros.
        let key = key.isEmpty ? [0] : key
        return [UInt8](unsafeUninitializedCapacity: 20) { buffer, written in
            HMAC(EVP_sha1(), key, Int32(key.count), octets, octets.count, buffer.baseAddress, nil)
            written = 20
        }
    }

    private static func digest(_ octets: [UInt8], _ algorithm: DigestAlgorithm) -> [UInt8] {
        let context = DigestContext(algorithm)
        context.update(octets.span.bytes)
        return context.finish()
    }
}

/// An algorithm of libcrypto, fetched once: the look-up takes locks and is dear.
///
/// Unchecked: an EVP_MD is immutable once fetched, and its reference count is atomic; these are never freed.
private struct DigestAlgorithm: @unchecked Sendable {
    let pointer: OpaquePointer
    let length: Int

    static let sha256 = DigestAlgorithm("SHA2-256")
    static let md5 = DigestAlgorithm("MD5")

    private init(_ name: String) {
        guard let fetched = EVP_MD_fetch(nil, name, nil) else {
            preconditionFailure("libcrypto has no \(name): its default provider is not loaded")
        }
        pointer = fetched
        length = Int(EVP_MD_get_size(fetched))
    }
}

/// An EVP_MD_CTX, which belongs to this object alone.
private final class DigestContext {
    private let context: OpaquePointer
    private let length: Int

    init(_ algorithm: DigestAlgorithm) {
        length = algorithm.length
        guard let made = EVP_MD_CTX_new(), EVP_DigestInit_ex2(made, algorithm.pointer, nil) == 1 else {
            preconditionFailure("libcrypto has no memory")
        }
        context = made
    }

    deinit { EVP_MD_CTX_free(context) }

    func update(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { _ = EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    }

    /// Also begins a new message with the same algorithm.
    func finish() -> [UInt8] {
        let digest = [UInt8](unsafeUninitializedCapacity: length) { buffer, written in
            EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
            written = length
        }
        EVP_DigestInit_ex2(context, nil, nil)
        return digest
    }
}
