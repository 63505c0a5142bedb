import COpenSSL

/// A certificate with its private key and the certificates that go with it. Owns the three; any thread may use it.
///
/// Unchecked: libcrypto's objects are reference counted with atomics and are not changed after `init`.
final class Credential: @unchecked Sendable {
    let certificate: OpaquePointer
    let key: OpaquePointer
    /// STACK_OF(X509): what is sent after the leaf; nil for none.
    let chain: OpaquePointer?

    /// Takes over the references.
    init(certificate: OpaquePointer, key: OpaquePointer, chain: OpaquePointer? = nil) {
        self.certificate = certificate
        self.key = key
        self.chain = chain
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
        OPENSSL_sk_pop_free(chain) { X509_free(OpaquePointer($0)) }
    }

    /// A CA: what its leaves are sent with, itself and its own chain; nil where it is a root, which devices have.
    var chainBelowRoot: OpaquePointer? {
        guard X509_self_signed(certificate, 0) != 1 else { return nil }
        let all = chain == nil ? OPENSSL_sk_new_null() : X509_chain_up_ref(chain)
        X509_up_ref(certificate)
        OPENSSL_sk_unshift(all, UnsafeRawPointer(certificate))
        return all
    }

    /// Shows this to the peer of a handshake in progress.
    func use(on ssl: OpaquePointer) -> Bool { SSL_use_cert_and_key(ssl, certificate, key, chain, 1) == 1 }

    /// Reads a PEM file with the key, the certificate and, after it, its chain, in any order of key and certificates.
    /// - Parameter purpose: what the file is to the operator.
    static func load(_ path: String, purpose: String) throws(TLSSetupError) -> Credential {
        _ = OpenSSLLibrary.start
        let content = try Files.read(path, purpose: purpose)
        ERR_clear_error()
        let key = content.withBIO { PEM_read_bio_PrivateKey($0, nil, noPassphrase, nil) }
        guard let key else {
            let encrypted = String(decoding: content, as: UTF8.self).contains("ENCRYPTED")
            ERR_clear_error()
            throw TLSSetupError(
                .data,
                encrypted
                    ? "\(path): the private key is encrypted; store it without a passphrase (openssl pkey -in … -out …)"
                    : "\(path) has no private key in PEM form; \(purpose) needs key and certificate in one file")
        }
        var certificates = content.withBIO { bio in
            var found: [OpaquePointer] = []
            while let next = PEM_read_bio_X509(bio, nil, noPassphrase, nil) { found.append(next) }
            return found
        }
        ERR_clear_error()
        guard !certificates.isEmpty else {
            EVP_PKEY_free(key)
            throw TLSSetupError(
                .data, "\(path) has no certificate in PEM form; \(purpose) needs key and certificate in one file")
        }
        let leaf = certificates.removeFirst()
        var chain: OpaquePointer?
        if !certificates.isEmpty {
            chain = OPENSSL_sk_new_null()
            for certificate in certificates { OPENSSL_sk_push(chain, UnsafeRawPointer(certificate)) }
        }
        let credential = Credential(certificate: leaf, key: key, chain: chain)
        guard X509_check_private_key(leaf, key) == 1 else {
            ERR_clear_error()
            throw TLSSetupError(.data, "\(path): the private key does not belong to the first certificate")
        }
        return credential
    }
}

/// Yields no passphrase, so that libcrypto never asks on the terminal.
let noPassphrase: @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 = {
    _, _, _, _ in -1
}

extension [UInt8] {
    /// Lends the octets as a read-only BIO.
    func withBIO<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        withUnsafeBytes { octets in
            guard let bio = BIO_new_mem_buf(octets.baseAddress, Int32(clamping: octets.count)) else {
                preconditionFailure("out of memory")
            }
            defer { BIO_free(bio) }
            return body(bio)
        }
    }

    /// What `body` writes into a memory BIO.
    static func written(_ body: (OpaquePointer) -> Void) -> [UInt8] {
        guard let bio = BIO_new(BIO_s_mem()) else { preconditionFailure("out of memory") }
        defer { BIO_free(bio) }
        body(bio)
        var octets = [UInt8](repeating: 0, count: BIO_ctrl_pending(bio))
        var count = 0
        if !octets.isEmpty { BIO_read_ex(bio, &octets, octets.count, &count) }
        return Array(octets[..<count])
    }
}
