import COpenSSL
import TLSWire
import Wire

/// AES-GCM, AES-CCM, ARIA-GCM, Camellia-GCM, ChaCha20-Poly1305 in TLS 1.2 (RFC 5246 6.2.3.3, RFC 5288, RFC 6655, RFC 7905)
/// and TLS 1.3 (RFC 8446 5.2).
final class AEADRecordCipher: RecordCipher {
    private let opener: any AEADOpener
    private let iv: [UInt8]
    private let tagLength: Int
    private let nonceForm: NonceForm
    private let is13: Bool

    private enum NonceForm {
        /// Fixed part, then eight octets from the record.
        case explicit
        /// The IV with the sequence number XORed into its end.
        case sequence
    }

    /// Nil when libcrypto has not the cipher.
    init?(_ suite: CipherSuite, key: [UInt8], iv: [UInt8], is13: Bool) {
        tagLength = suite.mode == .ccm8 ? 8 : 16
        guard let opener = makeOpener(suite, key: key, tagLength: tagLength) else { return nil }
        self.opener = opener
        self.iv = iv
        self.is13 = is13
        nonceForm = is13 || suite.mode == .poly1305 ? .sequence : .explicit
    }

    override var overhead: Int { tagLength + (is13 ? 1 : 0) + (nonceForm == .explicit ? 8 : 0) }
    override var isExact: Bool { true }

    override func decrypt(
        _ header: RecordHeader, _ fragment: RawSpan, into out: UnsafeMutableRawBufferPointer, as number: UInt64
    ) -> Opened? {
        let start = nonceForm == .explicit ? 8 : 0
        let count = fragment.byteCount - start - tagLength
        guard count >= 0, iv.count == (nonceForm == .explicit ? 4 : 12), out.count >= count else { return nil }
        let opened = withNonce(fragment, number) { nonce in
            withAdditionalData(header, count, number) { data in
                opener.open(
                    nonce: nonce, additionalData: data, ciphertext: fragment.extracting(start..<start + count),
                    tag: fragment.extracting(start + count..<fragment.byteCount), into: out)
            }
        }
        guard opened else { return nil }
        guard is13 else { return Opened(type: header.type.rawValue, content: 0..<count) }
        // The content's type stands behind it, and zeros as padding behind the type.
        var end = count
        while end > 0, out[end - 1] == 0 { end -= 1 }
        guard end > 0 else { return nil }
        return Opened(type: out[end - 1], content: 0..<end - 1)
    }

    private func withNonce(_ fragment: RawSpan, _ number: UInt64, _ body: (UnsafeRawBufferPointer) -> Bool) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 12, alignment: 8) { nonce in
            switch nonceForm {
            case .explicit:
                for i in 0..<4 { nonce[i] = iv[i] }
                for i in 0..<8 { nonce[4 + i] = fragment.byte(at: i) }
            case .sequence:
                for i in 0..<12 { nonce[i] = iv[i] }
                for i in 0..<8 { nonce[4 + i] ^= UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * i)) }
            }
            return body(UnsafeRawBufferPointer(nonce))
        }
    }

    private func withAdditionalData(
        _ header: RecordHeader, _ count: Int, _ number: UInt64, _ body: (UnsafeRawBufferPointer) -> Bool
    ) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 13, alignment: 8) { data in
            let version = header.version.rawValue
            let length = is13 ? header.length : count
            let start = is13 ? 8 : 0
            if !is13 {
                for i in 0..<8 { data[i] = UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * i)) }
            }
            data[8] = header.type.rawValue
            data[9] = UInt8(version >> 8)
            data[10] = UInt8(version & 0xFF)
            data[11] = UInt8(truncatingIfNeeded: length >> 8)
            data[12] = UInt8(truncatingIfNeeded: length)
            return body(UnsafeRawBufferPointer(rebasing: data[start...]))
        }
    }
}

/// One AEAD key.
private protocol AEADOpener {
    /// Decrypts into `out` and says whether the tag is right; `out` holds nothing of use when it is not.
    func open(
        nonce: UnsafeRawBufferPointer, additionalData: UnsafeRawBufferPointer, ciphertext: RawSpan, tag: RawSpan,
        into out: UnsafeMutableRawBufferPointer
    ) -> Bool
}

private func makeOpener(_ suite: CipherSuite, key: [UInt8], tagLength: Int) -> (any AEADOpener)? {
    switch (suite.cipher, suite.mode) {
    case (.aes, .gcm): EVPOpener("AES-\(suite.keyBits)-GCM", key)
    case (.aria, .gcm): EVPOpener("ARIA-\(suite.keyBits)-GCM", key)
    case (.chacha20, .poly1305): EVPOpener("ChaCha20-Poly1305", key)
    case (.aes, .ccm), (.aes, .ccm8): EVPOpener("AES-\(suite.keyBits)-CCM", key, ccmTag: tagLength)
    case (.aria, .ccm), (.aria, .ccm8): EVPOpener("ARIA-\(suite.keyBits)-CCM", key, ccmTag: tagLength)
    case (.camellia, .gcm): GCMOpener("CAMELLIA-\(suite.keyBits)-ECB", key)
    default: nil
    }
}

/// A cipher that libcrypto has as an AEAD.
private final class EVPOpener: AEADOpener {
    private let context: OpaquePointer
    private let isCCM: Bool

    init?(_ name: String, _ key: [UInt8], ccmTag: Int? = nil) {
        isCCM = ccmTag != nil
        guard let cipher = LibCrypto.shared.cipher(name), key.count == Int(EVP_CIPHER_get_key_length(cipher)),
            let context = EVP_CIPHER_CTX_new()
        else { return nil }
        self.context = context
        guard EVP_DecryptInit_ex2(context, cipher, nil, nil, nil) == 1,
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, 12, nil) == 1,
            ccmTag == nil || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, CInt(ccmTag ?? 0), nil) == 1,
            EVP_DecryptInit_ex2(context, nil, key, nil, nil) == 1
        else { return nil }
    }

    deinit { EVP_CIPHER_CTX_free(context) }

    func open(
        nonce: UnsafeRawBufferPointer, additionalData: UnsafeRawBufferPointer, ciphertext: RawSpan, tag: RawSpan,
        into out: UnsafeMutableRawBufferPointer
    ) -> Bool {
        func octets(_ buffer: UnsafeRawBufferPointer) -> UnsafePointer<UInt8>? {
            buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        }
        let output = out.baseAddress?.assumingMemoryBound(to: UInt8.self)
        var count: CInt = 0
        let verified = ciphertext.withUnsafeBytes { sealed in
            tag.withUnsafeBytes { tag in
                // The control call takes a mutable pointer and reads from it.
                let tagStart = UnsafeMutableRawPointer(mutating: tag.baseAddress)
                guard EVP_DecryptInit_ex2(context, nil, nil, octets(nonce), nil) == 1,
                    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, CInt(tag.count), tagStart) == 1,
                    !isCCM || EVP_DecryptUpdate(context, nil, &count, nil, CInt(sealed.count)) == 1,
                    EVP_DecryptUpdate(context, nil, &count, octets(additionalData), CInt(additionalData.count)) == 1
                else { return false }
                if isCCM || !sealed.isEmpty {
                    // CCM verifies here, the others in the final call.
                    guard EVP_DecryptUpdate(context, output, &count, octets(sealed), CInt(sealed.count)) == 1 else {
                        return false
                    }
                }
                return isCCM || EVP_DecryptFinal_ex(context, output, &count) == 1
            }
        }
        if !verified { ERR_clear_error() }
        return verified
    }
}

/// Galois/Counter Mode around a block cipher that libcrypto offers only in other modes (Camellia, RFC 6367).
private final class GCMOpener: AEADOpener {
    private let cipher: OpaquePointer
    private let gcm: OpaquePointer

    init?(_ name: String, _ key: [UInt8]) {
        guard let algorithm = LibCrypto.shared.cipher(name), key.count == Int(EVP_CIPHER_get_key_length(algorithm)),
            let cipher = EVP_CIPHER_CTX_new()
        else { return nil }
        self.cipher = cipher
        guard EVP_EncryptInit_ex2(cipher, algorithm, key, nil, nil) == 1,
            EVP_CIPHER_CTX_set_padding(cipher, 0) == 1,
            let gcm = CRYPTO_gcm128_new(
                UnsafeMutableRawPointer(cipher),
                { input, output, key in
                    // The key is the cipher's context, which lives as long as the GCM one; the mode calls in its own
                    // thread, and only from `open`.
                    var count: CInt = 0
                    EVP_EncryptUpdate(OpaquePointer(key), output, &count, input, 16)
                })
        else {
            EVP_CIPHER_CTX_free(cipher)
            return nil
        }
        self.gcm = gcm
    }

    deinit {
        CRYPTO_gcm128_release(gcm)
        EVP_CIPHER_CTX_free(cipher)
    }

    func open(
        nonce: UnsafeRawBufferPointer, additionalData: UnsafeRawBufferPointer, ciphertext: RawSpan, tag: RawSpan,
        into out: UnsafeMutableRawBufferPointer
    ) -> Bool {
        func octets(_ buffer: UnsafeRawBufferPointer) -> UnsafePointer<UInt8>? {
            buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        }
        CRYPTO_gcm128_setiv(gcm, octets(nonce), nonce.count)
        return ciphertext.withUnsafeBytes { sealed in
            tag.withUnsafeBytes { tag in
                CRYPTO_gcm128_aad(gcm, octets(additionalData), additionalData.count) == 0
                    && CRYPTO_gcm128_decrypt(
                        gcm, octets(sealed), out.baseAddress?.assumingMemoryBound(to: UInt8.self), sealed.count) == 0
                    && CRYPTO_gcm128_finish(gcm, octets(tag), tag.count) == 0
            }
        }
    }
}
