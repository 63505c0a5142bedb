import COpenSSL
import COpenSSLShims

/// The library as a whole: its start, and its queue of errors.
enum OpenSSLLibrary {
    /// Starts the library without openssl.cnf, so that no file decides what is negotiated, and activates the legacy
    /// provider where this libssl has suites that need it (RC4). Touched before anything else is called.
    static let start: Void = {
        OPENSSL_init_ssl(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG), nil)
        let probe = SSL_CTX_new(TLS_method())
        if SSL_CTX_set_cipher_list(probe, "RC4-SHA:@SECLEVEL=0") == 1 {
            // Loading one provider by name ends the implicit loading of the default one.
            OSSL_PROVIDER_load(nil, "default")
            OSSL_PROVIDER_load(nil, "legacy")
        }
        SSL_CTX_free(probe)
        ERR_clear_error()
    }()

    /// Reason code of the oldest error in this thread's queue; 0 when it is empty.
    static var firstReason: Int32 { ERR_GET_REASON(ERR_peek_error()) }

    /// Reason of the oldest error as text, and an empty queue.
    static func takeError() -> String {
        let code = ERR_peek_error()
        defer { ERR_clear_error() }
        guard code != 0 else { return "unknown error" }
        guard let text = ERR_reason_error_string(code) else { return "error \(ERR_GET_REASON(code))" }
        return String(cString: text)
    }
}
