import COpenSSL
import COpenSSLShims
import TLSWire
import Wire

/// What the libssl in this process can do beyond what every build does. Found by handshakes in memory: the calls that
/// set versions succeed even where the version is compiled out.
package struct TLSCapabilities: Sendable, Equatable {
    package var ssl3 = false
    package var tls10 = false
    package var tls11 = false
    package var rc4 = false
    package var tripleDES = false
    /// `OpenSSL 3.0.22 25 Aug 2026`.
    package var library = ""

    package init() {}

    /// Probed once.
    package static let current: TLSCapabilities = {
        _ = OpenSSLLibrary.start
        var found = TLSCapabilities()
        found.library = String(cString: OpenSSL_version(OPENSSL_VERSION))
        guard let probe = HandshakeProbe() else { return found }
        found.ssl3 = probe.completes(.ssl3, suites: "ALL")
        found.tls10 = probe.completes(.tls10, suites: "ALL")
        found.tls11 = probe.completes(.tls11, suites: "ALL")
        found.rc4 = probe.completes(.tls10, suites: "RC4-SHA")
        found.tripleDES = probe.completes(.tls10, suites: "DES-CBC3-SHA")
        return found
    }()

    /// One line for the start-up message: what cannot be terminated here and how to get it; nil when nothing is missing.
    package var shortfall: String? {
        let missing = [
            (ssl3, "SSL 3.0"), (tls10, "TLS 1.0"), (tls11, "TLS 1.1"), (rc4, "RC4 suites"), (tripleDES, "3DES suites"),
        ].filter { !$0.0 }.map(\.1)
        guard !missing.isEmpty else { return nil }
        return "this libssl (\(library)) cannot do \(missing.joined(separator: ", ")); "
            + "`make legacy-openssl` builds one that can, see docs/tls.md"
    }
}

/// Full handshakes between two libssl sessions in memory, with an RSA certificate made for it.
private final class HandshakeProbe {
    private let credential: Credential

    init?() {
        // A short key is quick to make, and it guards nothing.
        guard let key = shim_EVP_RSA_gen(1024), let certificate = X509_new() else { return nil }
        credential = Credential(certificate: certificate, key: key)
        guard X509_set_pubkey(certificate, key) == 1,
            X509_gmtime_adj(X509_getm_notBefore(certificate), 0) != nil,
            X509_gmtime_adj(X509_getm_notAfter(certificate), 3600) != nil,
            X509_sign(certificate, key, EVP_sha256()) > 0
        else { return nil }
    }

    func completes(_ version: TLSVersion, suites: String) -> Bool {
        defer { ERR_clear_error() }
        guard let server = makeContext(TLS_server_method(), version, suites) else { return false }
        defer { SSL_CTX_free(server) }
        guard let client = makeContext(TLS_client_method(), version, suites) else { return false }
        defer { SSL_CTX_free(client) }
        guard let accepting = SSL_new(server), let connecting = SSL_new(client), credential.use(on: accepting) else {
            return false
        }
        defer {
            SSL_free(accepting)
            SSL_free(connecting)
        }
        var (near, far): (OpaquePointer?, OpaquePointer?)
        guard BIO_new_bio_pair(&near, 0, &far, 0) == 1 else { return false }
        SSL_set_bio(accepting, near, near)
        SSL_set_bio(connecting, far, far)
        for _ in 0..<8 {
            let done = SSL_connect(connecting) == 1
            if SSL_accept(accepting) == 1, done { return SSL_version(connecting) == Int32(version.rawValue) }
        }
        return false
    }

    private func makeContext(_ method: OpaquePointer?, _ version: TLSVersion, _ suites: String) -> OpaquePointer? {
        guard let context = SSL_CTX_new_ex(OpenSSLLibrary.tlsContext, nil, method) else { return nil }
        shim_SSL_CTX_set_min_proto_version(context, Int32(version.rawValue))
        shim_SSL_CTX_set_max_proto_version(context, Int32(version.rawValue))
        guard SSL_CTX_set_cipher_list(context, suites + ":@SECLEVEL=0") == 1 else {
            SSL_CTX_free(context)
            return nil
        }
        return context
    }
}
