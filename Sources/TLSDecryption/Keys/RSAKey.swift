import COpenSSL

/// A server's RSA private key, with which premaster secrets can be read.
///
/// Sendable: libcrypto lets several threads use one key, each through a context of its own.
final class RSAKey: @unchecked Sendable {
    private let key: OpaquePointer
    /// Octets of the modulus, and so of what is encrypted to it.
    private let size: Int

    /// Why a PEM file gives no key.
    struct Unreadable: Error {
        var reason: String
    }

    /// Reads the private key in a PEM file's octets (PKCS #1 or PKCS #8; what stands around it is passed over).
    init(pem: [UInt8]) throws(Unreadable) {
        let text = String(decoding: pem, as: UTF8.self)
        guard text.contains("PRIVATE KEY-----") else {
            throw Unreadable(
                reason: text.contains("-----BEGIN")
                    ? "holds no private key" : "is not a PEM file (expected -----BEGIN PRIVATE KEY-----)")
        }
        guard !text.contains("ENCRYPTED") else {
            throw Unreadable(
                reason: "holds an encrypted key; write it without passphrase: openssl pkey -in FILE -out PLAIN")
        }
        // The BIO reads the array in place, so it lives no longer than the access to it.
        let key = pem.withUnsafeBytes { octets -> OpaquePointer? in
            guard let bio = BIO_new_mem_buf(octets.baseAddress, CInt(clamping: octets.count)) else { return nil }
            defer { BIO_free(bio) }
            // A passphrase callback that has none: the default one would ask on the terminal.
            return PEM_read_bio_PrivateKey_ex(bio, nil, { _, _, _, _ in -1 }, nil, LibCrypto.shared.context, nil)
        }
        ERR_clear_error()
        guard let key else { throw Unreadable(reason: "holds a private key that cannot be read") }
        guard EVP_PKEY_is_a(key, "RSA") == 1 else {
            EVP_PKEY_free(key)
            throw Unreadable(reason: "holds a private key that is not RSA; only RSA keys open sessions")
        }
        self.key = key
        size = Int(EVP_PKEY_get_size(key))
    }

    deinit { EVP_PKEY_free(key) }

    /// The premaster secret that a client encrypted to this key (PKCS #1 v1.5, 48 octets); nil when it is another key's.
    func premaster(from encrypted: [UInt8]) -> [UInt8]? {
        guard encrypted.count == size, let context = EVP_PKEY_CTX_new_from_pkey(LibCrypto.shared.context, key, nil)
        else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var count = size
        var block = [UInt8](repeating: 0, count: size)
        // Without padding, and that is checked here: libcrypto may answer a wrong key with random octets.
        guard EVP_PKEY_decrypt_init(context) == 1, EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1,
            EVP_PKEY_decrypt(context, &block, &count, encrypted, encrypted.count) == 1
        else {
            ERR_clear_error()
            return nil
        }
        let start = count - 48
        guard start >= 11, block[0] == 0, block[1] == 2, block[start - 1] == 0, !block[2..<start - 1].contains(0) else {
            return nil
        }
        return Array(block[start..<count])
    }
}
