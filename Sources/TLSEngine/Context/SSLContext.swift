import COpenSSL
import COpenSSLShims
import TLSWire
import Wire

/// An SSL_CTX with what both kinds of leg have in common. Nothing of openssl.cnf is used.
///
/// Unchecked: an SSL_CTX is reference counted and locks itself; it is not configured after its legs are made.
final class SSLContext: @unchecked Sendable {
    let pointer: OpaquePointer

    /// All suites with authentication and encryption, PSK families among them; what this libssl lacks is passed over.
    static let allSuites = "ALL:!aNULL:!eNULL:!SRP"

    /// All suites of TLS 1.3 in our order; libssl leaves out those with CCM unless it is asked.
    static let suitesOfTLS13 = [
        "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256", "TLS_AES_128_CCM_SHA256",
        "TLS_AES_128_CCM_8_SHA256",
    ]

    init(
        method: OpaquePointer?, min: TLSVersion?, max: TLSVersion?, suites: String?, logsKeys: Bool
    ) throws(TLSSetupError) {
        guard let made = SSL_CTX_new_ex(OpenSSLLibrary.tlsContext, nil, method) else {
            preconditionFailure("libssl cannot make a context: \(OpenSSLLibrary.takeError())")
        }
        pointer = made
        let lowest: TLSVersion = TLSCapabilities.current.ssl3 ? .ssl3 : .tls10
        if (min ?? max)?.rawValue == TLSVersion.ssl3.rawValue, !TLSCapabilities.current.ssl3 {
            throw TLSSetupError(
                .unavailable,
                "this libssl (\(TLSCapabilities.current.library)) cannot do SSL 3.0; `make legacy-openssl` builds one that can, see docs/tls.md"
            )
        }
        let low = min ?? lowest
        let high = max ?? .tls13
        guard low.rawValue <= high.rawValue else {
            throw TLSSetupError(
                .configuration, "the lowest TLS version, \(low.name), is above the highest, \(high.name)")
        }
        shim_SSL_CTX_set_min_proto_version(made, Int32(low.rawValue))
        shim_SSL_CTX_set_max_proto_version(made, Int32(high.rawValue))
        SSL_CTX_set_security_level(made, 0)
        guard SSL_CTX_set_cipher_list(made, (suites ?? SSLContext.allSuites) + ":@SECLEVEL=0") == 1 else {
            ERR_clear_error()
            throw TLSSetupError(.configuration, "this libssl knows no cipher suite of '\(suites ?? "")'")
        }
        SSL_CTX_set_ciphersuites(made, SSLContext.suitesOfTLS13.joined(separator: ":"))
        SSL_CTX_set_options(
            made,
            shim_SSL_OP_ALL | shim_SSL_OP_LEGACY_SERVER_CONNECT | shim_SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION
                | shim_SSL_OP_ALLOW_CLIENT_RENEGOTIATION | shim_SSL_OP_NO_COMPRESSION)
        shim_SSL_CTX_set_mode(
            made,
            Int(SSL_MODE_RELEASE_BUFFERS) | Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER) | Int(SSL_MODE_AUTO_RETRY))
        SSL_CTX_set_msg_callback(made) { writing, version, type, octets, length, ssl, _ in
            guard let ssl, let octets else { return }
            TLSSession.of(ssl).observe(
                UnsafeRawBufferPointer(start: octets, count: length), contentType: type, version: version,
                sent: writing == 1)
        }
        if logsKeys {
            SSL_CTX_set_keylog_callback(made) { ssl, line in
                guard let ssl, let line else { return }
                TLSSession.of(ssl).log(keyLine: String(cString: line))
            }
        }
    }

    deinit { SSL_CTX_free(pointer) }

    /// A fresh SSL over a BIO that refers to `window`.
    func makeSSL(_ window: UnsafeMutablePointer<TransportWindow>) -> OpaquePointer {
        guard let ssl = SSL_new(pointer), let bio = TransportBIO.make(window) else {
            preconditionFailure("libssl cannot make a session: \(OpenSSLLibrary.takeError())")
        }
        // With the same BIO twice, one reference is taken.
        SSL_set_bio(ssl, bio, bio)
        return ssl
    }
}
