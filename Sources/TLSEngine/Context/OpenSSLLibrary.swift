import COpenSSL
import COpenSSLShims

/// The library as a whole: its start, and its queue of errors.
enum OpenSSLLibrary {
    /// Starts the library without openssl.cnf, so that no file decides what is negotiated, and activates the legacy
    /// provider where this libssl has suites that need it (RC4). Touched before anything else is called.
    static let start: Void = { _ = tlsContext }()

    /// The library context (OSSL_LIB_CTX) of every SSL_CTX: see `tls_algorithms_context`. Safe to share: libcrypto locks
    /// it, and it is never freed.
    nonisolated(unsafe) static let tlsContext: OpaquePointer = {
        OPENSSL_init_ssl(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG), nil)
        let probe = SSL_CTX_new(TLS_method())
        // A suite with RC4 is hidden until the provider is there; a library that has one with 3DES has both.
        let hasWeakSuites = SSL_CTX_set_cipher_list(probe, "DES-CBC3-SHA:@SECLEVEL=0") == 1
        SSL_CTX_free(probe)
        // Loading a provider by name ends the implicit loading of the default one; `tls_algorithms_context` loads that.
        guard let context = tls_algorithms_context(hasWeakSuites ? 1 : 0) else {
            preconditionFailure("libcrypto cannot set up its algorithms: \(takeError())")
        }
        if hasWeakSuites { OSSL_PROVIDER_load(nil, "legacy") }
        ERR_clear_error()
        return context
    }()

    /// Empties this thread's queue of errors. Yields the first of libssl's own, which says more than what a provider
    /// reported before it; else the oldest. The reason is 0 where it is not one of libssl's (SSL_R_…).
    static func takeErrors() -> (reason: Int32, text: String) {
        let oldest = ERR_peek_error()
        var found: UInt = 0
        while case let code = ERR_get_error(), code != 0 {
            if found == 0, ERR_GET_LIB(code) == ERR_LIB_SSL { found = code }
        }
        let code = found != 0 ? found : oldest
        let text = ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(ERR_GET_REASON(code))"
        return (found != 0 ? ERR_GET_REASON(found) : 0, code == 0 ? "no reason given" : text)
    }

    /// The same as text alone.
    static func takeError() -> String { takeErrors().text }
}
