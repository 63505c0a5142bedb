import COpenSSL
import COpenSSLShims
import Glibc

/// Makes leaf certificates in the name of the CA. Extensions that every leaf shares are made once.
///
/// Unchecked: holds libcrypto objects that are not changed after `init`.
final class LeafMinter: @unchecked Sendable {
    private let authority: Credential
    /// One key for all leaves of its kind: a key is costly, and its holder is the same process anyway.
    private let key: OpaquePointer
    private let extensions: [OpaquePointer]
    /// Validity of a leaf, in seconds: below the 398 days that clients accept, begun a day ago for clocks that lag.
    static let notBefore = -86400
    static let validity = 365 * 86400

    /// Takes over `key`.
    init(authority: Credential, key: OpaquePointer) {
        self.authority = authority
        self.key = key
        let template = X509_new()
        defer { X509_free(template) }
        X509_set_pubkey(template, key)
        let usage = EVP_PKEY_is_a(key, "RSA") == 1 ? "digitalSignature,keyEncipherment" : "digitalSignature"
        let wanted: [(nid: Int32, value: String)] = [
            (NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, "critical," + usage),
            (NID_ext_key_usage, "serverAuth"), (NID_subject_key_identifier, "hash"),
            (NID_authority_key_identifier, "keyid:always"),
        ]
        extensions = wanted.compactMap {
            CertificateExtensions.make($0.nid, $0.value, issuer: authority.certificate, subject: template)
        }
    }

    deinit {
        EVP_PKEY_free(key)
        for one in extensions { X509_EXTENSION_free(one) }
    }

    /// - Parameters:
    ///   - subject: a Name in DER to bear.
    ///   - commonName: what is borne where there is none; at most 64 characters are used.
    ///   - names: DNS names and address literals for subjectAltName.
    func mint(subject: [UInt8]?, commonName: String, names: [String]) -> Credential? {
        guard let leaf = X509_new() else { return nil }
        X509_set_version(leaf, 2)
        guard CertificateExtensions.setRandomSerial(leaf),
            X509_set_issuer_name(leaf, X509_get_subject_name(authority.certificate)) == 1,
            X509_set_pubkey(leaf, key) == 1,
            X509_gmtime_adj(X509_getm_notBefore(leaf), LeafMinter.notBefore) != nil,
            X509_gmtime_adj(X509_getm_notAfter(leaf), LeafMinter.validity) != nil,
            subject.map({ CertificateExtensions.setSubject(leaf, $0) }) ?? false
                || CertificateExtensions.setCommonName(leaf, String(commonName.unicodeScalars.prefix(64))),
            CertificateExtensions.addAlternativeNames(leaf, names),
            extensions.allSatisfy({ X509_add_ext(leaf, $0, -1) == 1 }),
            endWithAuthority(leaf),
            X509_sign(leaf, authority.key, digest) > 0,
            EVP_PKEY_up_ref(key) == 1
        else {
            X509_free(leaf)
            ERR_clear_error()
            return nil
        }
        return Credential(certificate: leaf, key: key, chain: authority.chainBelowRoot)
    }

    /// EdDSA keys sign the certificate itself, without a digest of it (RFC 8410 2).
    private var digest: OpaquePointer? {
        var name = [CChar](repeating: 0, count: 32)
        let isMandatory = EVP_PKEY_get_default_digest_name(authority.key, &name, name.count) == 2
        return isMandatory && strcmp(name, "UNDEF") == 0 ? nil : EVP_sha256()
    }

    /// No leaf outlives its CA.
    private func endWithAuthority(_ leaf: OpaquePointer) -> Bool {
        let end = X509_get0_notAfter(authority.certificate)
        return ASN1_TIME_compare(X509_get0_notAfter(leaf), end) <= 0 || X509_set1_notAfter(leaf, end) == 1
    }
}

/// Parts of certificates, put together through libcrypto.
enum CertificateExtensions {
    /// An extension by its configuration syntax, for values that are ours alone.
    static func make(_ nid: Int32, _ value: String, issuer: OpaquePointer?, subject: OpaquePointer?) -> OpaquePointer? {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer, subject, nil, nil, 0)
        shim_X509V3_set_ctx_nodb(&context)
        return X509V3_EXT_conf_nid(nil, &context, nid, value)
    }

    /// A positive serial number of 127 random bits.
    static func setRandomSerial(_ certificate: OpaquePointer?) -> Bool {
        var octets = [UInt8](repeating: 0, count: 16)
        guard RAND_bytes(&octets, 16) == 1 else { return false }
        octets[0] = octets[0] & 0x7F | 0x40
        guard let number = BN_bin2bn(octets, 16, nil) else { return false }
        defer { BN_free(number) }
        return BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil
    }

    static func setSubject(_ certificate: OpaquePointer, _ der: [UInt8]) -> Bool {
        let name = der.withUnsafeBufferPointer { octets in
            var next = octets.baseAddress
            return d2i_X509_NAME(nil, &next, octets.count)
        }
        defer { X509_NAME_free(name) }
        return name != nil && X509_set_subject_name(certificate, name) == 1
    }

    static func setCommonName(_ certificate: OpaquePointer?, _ name: String, organization: String? = nil) -> Bool {
        let subject = X509_get_subject_name(certificate)
        if let organization {
            X509_NAME_add_entry_by_NID(
                subject, NID_organizationName, MBSTRING_UTF8, organization, Int32(organization.utf8.count), -1, 0)
        }
        return X509_NAME_add_entry_by_NID(
            subject, NID_commonName, MBSTRING_UTF8, name, Int32(name.utf8.count), -1, 0) == 1
    }

    /// Names come from the wire: they are set as values, never through a configuration string.
    static func addAlternativeNames(_ certificate: OpaquePointer, _ names: [String]) -> Bool {
        let stack = OPENSSL_sk_new_null()
        defer { GENERAL_NAMES_free(stack) }
        for name in names {
            let general = GENERAL_NAME_new()
            if let address = a2i_IPADDRESS(name) {
                GENERAL_NAME_set0_value(general, GEN_IPADD, UnsafeMutableRawPointer(address))
            } else {
                let text = ASN1_IA5STRING_new()
                ASN1_STRING_set(text, name, Int32(name.utf8.count))
                GENERAL_NAME_set0_value(general, GEN_DNS, UnsafeMutableRawPointer(text))
            }
            OPENSSL_sk_push(stack, general)
        }
        // RFC 5280 4.2.1.6: critical where the subject names nobody.
        let critical: Int32 = X509_NAME_entry_count(X509_get_subject_name(certificate)) == 0 ? 1 : 0
        return X509_add1_ext_i2d(certificate, NID_subject_alt_name, UnsafeMutableRawPointer(stack), critical, 0) == 1
    }
}
