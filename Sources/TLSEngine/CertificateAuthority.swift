/// The CA that devices are told to trust, and the leaves it signs. Any thread may use it.
package final class CertificateAuthority: Sendable {
    /// Loads `dmscope-ca.pem` from `directory`, or makes it on the first start with its companions
    /// `dmscope-ca-cert.pem`, `dmscope-ca-cert.cer` (DER) and `dmscope-ca-cert.p12` (certificate only). A file that is
    /// there is never written over.
    /// - Parameter custom: leaves of the operator's own, by `--certs`; they win over minted ones.
    package init(directory: String, custom: [CustomLeaf] = []) throws(TLSSetupError) {}

    package enum Encoding: String, Sendable, CaseIterable {
        case pem
        case der
        case pkcs12 = "p12"
    }

    /// The CA certificate, without its key.
    package func export(_ encoding: Encoding) -> [UInt8] { [] }

    /// Makes the leaf keys that do not exist yet (an RSA key takes 0.1 s), so that no connection waits for it.
    package func prepareKeys() {}
}

/// A certificate of the operator's own to show to devices.
package struct CustomLeaf: Sendable {
    /// Exact name, `*.name`, or nil: every host.
    package var domain: String?
    /// PEM file with the key, the certificate and, after it, its chain.
    package var path: String

    package init(domain: String?, path: String) {
        self.domain = domain
        self.path = path
    }

    /// `[DOMAIN=]PEM`.
    package init(option: String) {
        let parsed = ClientCertificate(option: option)
        self.init(domain: parsed.host, path: parsed.path)
    }
}
