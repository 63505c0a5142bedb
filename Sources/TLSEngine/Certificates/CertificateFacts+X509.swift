import COpenSSL
import TLSWire
import Wire

extension CertificateFacts {
    /// A certificate as libcrypto holds it; nil when it is one that we cannot read.
    init?(_ certificate: OpaquePointer, chainLength: Int) {
        var octets = [UInt8](repeating: 0, count: Int(max(i2d_X509(certificate, nil), 0)))
        octets.withUnsafeMutableBytes {
            var end = $0.baseAddress?.assumingMemoryBound(to: UInt8.self)
            i2d_X509(certificate, &end)
        }
        self.init(octets.span.bytes, sha256: digest(octets.span.bytes), chainLength: chainLength)
    }
}

/// A certificate's subject, a Name in DER.
func subjectName(_ certificate: OpaquePointer) -> [UInt8]? {
    let name = X509_get_subject_name(certificate)
    var octets = [UInt8](repeating: 0, count: Int(max(i2d_X509_NAME(name, nil), 0)))
    let count = octets.withUnsafeMutableBufferPointer {
        var end = $0.baseAddress
        return i2d_X509_NAME(name, &end)
    }
    return count > 0 ? octets : nil
}

/// SHA-256 of a certificate's DER.
func sha256(_ certificate: OpaquePointer) -> [UInt8]? {
    var result = [UInt8](repeating: 0, count: 32)
    return X509_digest(certificate, sha256Method, &result, nil) == 1 ? result : nil
}

/// SHA-256.
func digest(_ octets: RawSpan) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: 32)
    octets.withUnsafeBytes { _ = EVP_Digest($0.baseAddress, $0.count, &result, nil, sha256Method, nil) }
    return result
}

/// Looked up once: each implicit look-up takes locks. Safe to share: read-only after it is fetched.
nonisolated(unsafe) private let sha256Method = EVP_MD_fetch(nil, "SHA256", nil)
