import COpenSSL
import COpenSSLShims

/// The certificates of a server stay decoded in libssl's session for as long as that lives, 5 KiB each, though nothing
/// asks for them once the handshake is over: their facts were read as they went by.
enum SpentCertificate {
    /// Takes the key, extensions and names out of every certificate that the server sent: 3 KiB each.
    static func empty(of ssl: OpaquePointer) {
        let chain = SSL_get_peer_cert_chain(ssl)
        for at in 0..<max(OPENSSL_sk_num(chain), 0) {
            if let certificate = OPENSSL_sk_value(chain, at) { empty(OpaquePointer(certificate)) }
        }
    }

    private static func empty(_ certificate: OpaquePointer) {
        // From the end: a hostile certificate has thousands, and each one taken moves those behind it.
        while let taken = X509_delete_ext(certificate, X509_get_ext_count(certificate) - 1) {
            X509_EXTENSION_free(taken)
        }
        X509_set_subject_name(certificate, noName)
        X509_set_issuer_name(certificate, noName)
        X509_set_pubkey(certificate, smallKey)
    }

    /// Safe to share: encoded once here, so that copying it only reads.
    nonisolated(unsafe) private static let noName: OpaquePointer? = {
        let name = X509_NAME_new()
        i2d_X509_NAME(name, nil)
        return name
    }()

    /// Safe to share: its references are counted with locks, and nothing changes it.
    nonisolated(unsafe) private static let smallKey = small_key_new()
}
