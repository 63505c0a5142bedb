import COpenSSL
import COpenSSLShims
import TLSWire
import Wire

/// The CA on disk: making it, loading it, and the forms that devices install.
enum AuthorityFiles {
    private static let validity = 10 * 365 * 86400
    typealias File = CertificateAuthority.File

    /// A new CA in one file of mode 0600.
    static func makeKeyAndCertificate(directory: String, path: String) throws(TLSSetupError) {
        try Files.makeDirectory(directory)
        guard let made = selfSigned() else {
            preconditionFailure("libcrypto cannot make a CA: \(OpenSSLLibrary.takeError())")
        }
        let content = [UInt8].written { bio in
            PEM_write_bio_PrivateKey(bio, made.key, nil, nil, 0, nil, nil)
            PEM_write_bio_X509(bio, made.certificate)
        }
        do {
            try Files.create(path, mode: 0o600, content)
        } catch {
            // Another start may have been first; then its CA counts.
            guard Files.exists(path) else { throw error }
        }
    }

    static func load(_ path: String) throws(TLSSetupError) -> Credential {
        let loaded = try Credential.load(path, purpose: "the CA")
        guard X509_check_ca(loaded.certificate) == 1 else {
            throw TLSSetupError(.data, "\(path): its certificate is not a CA (basicConstraints lacks CA:TRUE)")
        }
        guard X509_cmp_current_time(X509_get0_notAfter(loaded.certificate)) > 0 else {
            let end = CertificateFacts(loaded.certificate, chainLength: 1)?.notAfter ?? "?"
            throw TLSSetupError(
                .data, "\(path): the CA expired on \(end); move the file away and start again to get a new one")
        }
        return loaded
    }

    /// The files that devices install, written where they are missing or belong to another CA than `authority`.
    static func makeCompanions(directory: String, of authority: Credential) throws(TLSSetupError) {
        let pem = encode(authority.certificate, .pem)
        let path = directory + "/" + File.certificate
        let known = Files.exists(path) ? try Files.read(path, purpose: "the CA certificate") : []
        for (name, encoding) in [
            (File.certificate, CertificateAuthority.Encoding.pem), (File.der, .der), (File.pkcs12, .pkcs12),
        ] {
            let target = directory + "/" + name
            if Files.exists(target) && known == pem { continue }
            try Files.replace(target, mode: 0o644, encode(authority.certificate, encoding))
        }
    }

    static func encode(_ certificate: OpaquePointer, _ encoding: CertificateAuthority.Encoding) -> [UInt8] {
        .written { bio in
            switch encoding {
            case .pem: PEM_write_bio_X509(bio, certificate)
            case .der: i2d_X509_bio(bio, certificate)
            case .pkcs12:
                // No encryption, and SHA-1 for the integrity check under an empty password: what old devices read.
                let package = PKCS12_create("", "DMScope CA", nil, certificate, nil, -1, -1, 0, -1, 0)
                PKCS12_set_mac(package, "", 0, nil, 0, 2048, EVP_sha1())
                i2d_PKCS12_bio(bio, package)
                PKCS12_free(package)
            }
        }
    }

    private static func selfSigned() -> Credential? {
        guard let key = shim_EVP_RSA_gen(2048), let certificate = X509_new() else { return nil }
        let made = Credential(certificate: certificate, key: key)
        X509_set_version(certificate, 2)
        // The number in the name tells the CAs of two machines apart in a device's list.
        var number = [UInt8](repeating: 0, count: 3)
        RAND_bytes(&number, 3)
        guard CertificateExtensions.setRandomSerial(certificate),
            CertificateExtensions.setCommonName(
                certificate, "DMScope CA " + Hex.lower(number), organization: "DMScope"),
            X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) == 1,
            X509_set_pubkey(certificate, key) == 1,
            X509_gmtime_adj(X509_getm_notBefore(certificate), -2 * 86400) != nil,
            X509_gmtime_adj(X509_getm_notAfter(certificate), validity) != nil
        else { return nil }
        for (nid, value) in [
            (NID_basic_constraints, "critical,CA:TRUE"), (NID_key_usage, "critical,keyCertSign,cRLSign"),
            (NID_subject_key_identifier, "hash"), (NID_authority_key_identifier, "keyid:always"),
        ] {
            guard
                let one = CertificateExtensions.make(nid, value, issuer: certificate, subject: certificate)
            else { return nil }
            defer { X509_EXTENSION_free(one) }
            guard X509_add_ext(certificate, one, -1) == 1 else { return nil }
        }
        return X509_sign(certificate, key, EVP_sha256()) > 0 ? made : nil
    }
}
