/// What is known of one TLS leg, from the handshake as far as it was seen. The same whether the leg was ours, live, or
/// read from a capture. Names are IANA's; SSL 3.0 suites print as the binding prints them where it names them.
package struct TLSFacts: Sendable, Equatable {
    /// Negotiated version: `SSL 3.0`, `TLS 1.2`; nil when no ServerHello was seen.
    package var version: String?
    /// Negotiated suite: `TLS_PSK_WITH_AES_128_GCM_SHA256`.
    package var suite: String?
    package var suiteCode: UInt16?
    package var sni: String?
    package var alpn: String?
    /// Offered by the ClientHello.
    package var offeredVersions: [String] = []
    package var offeredSuiteCodes: [UInt16] = []
    /// Cipher kinds offered by a ClientHello in SSL 2.0 format.
    package var offeredKinds: [UInt32] = []
    package var highestOffered: TLSVersion?
    /// The ClientHello came in the SSL 2.0 record format.
    package var ssl2Hello = false
    package var pskIdentity: String?
    package var pskIdentityHint: String?
    package var certificate: CertificateFacts?
    /// The client's own certificate, where it sent one.
    package var clientCertificate: CertificateFacts?
    package var certificateRequested = false
    package var resumed = false
    /// The application data could be read.
    package var decrypted = false
    /// Alerts in order: `fatal unknown_ca from client`.
    package var alerts: [String] = []
    package var handshakeComplete = false
    /// Which key material would open an undecrypted leg.
    package var keyWanted: String?

    package init() {}

    /// Names of what the ClientHello offers.
    package var offeredSuites: [String] {
        offeredSuiteCodes.map { CipherSuite.name($0, in: highestOffered) } + offeredKinds.map(ssl2KindName)
    }
}

/// The leaf of a certificate chain, as far as rules and logs need it. What the certificate says is shared: every
/// connection to a server keeps the facts of the same one.
package struct CertificateFacts: Sendable, Equatable {
    package var subject: String { leaf.subject }
    package var issuer: String { leaf.issuer }
    /// RFC 3339, UTC.
    package var notBefore: String { leaf.notBefore }
    package var notAfter: String { leaf.notAfter }
    package var dnsNames: [String] { leaf.dnsNames }
    package var ipAddresses: [String] { leaf.ipAddresses }
    /// `RSA 2048`, `EC P-256`.
    package var key: String { leaf.key }
    package var signatureAlgorithm: String { leaf.signatureAlgorithm }
    /// Lower-case hex of the leaf's DER.
    package var sha256: String { leaf.sha256 }
    package var chainLength: Int
    private let leaf: Leaf

    private final class Leaf: Sendable {
        let subject: String
        let issuer: String
        let notBefore: String
        let notAfter: String
        let dnsNames: [String]
        let ipAddresses: [String]
        let key: String
        let signatureAlgorithm: String
        let sha256: String

        init(
            subject: String, issuer: String, notBefore: String, notAfter: String, dnsNames: [String],
            ipAddresses: [String], key: String, signatureAlgorithm: String, sha256: String
        ) {
            self.subject = subject
            self.issuer = issuer
            self.notBefore = notBefore
            self.notAfter = notAfter
            self.dnsNames = dnsNames
            self.ipAddresses = ipAddresses
            self.key = key
            self.signatureAlgorithm = signatureAlgorithm
            self.sha256 = sha256
        }
    }

    package init(
        subject: String, issuer: String, notBefore: String, notAfter: String, dnsNames: [String],
        ipAddresses: [String], key: String, signatureAlgorithm: String, sha256: String, chainLength: Int
    ) {
        leaf = Leaf(
            subject: subject, issuer: issuer, notBefore: notBefore, notAfter: notAfter, dnsNames: dnsNames,
            ipAddresses: ipAddresses, key: key, signatureAlgorithm: signatureAlgorithm, sha256: sha256)
        self.chainLength = chainLength
    }

    package static func == (one: CertificateFacts, other: CertificateFacts) -> Bool {
        let (a, b) = (one.leaf, other.leaf)
        guard one.chainLength == other.chainLength else { return false }
        return a === b
            || a.sha256 == b.sha256 && a.subject == b.subject && a.issuer == b.issuer && a.notBefore == b.notBefore
                && a.notAfter == b.notAfter && a.dnsNames == b.dnsNames && a.ipAddresses == b.ipAddresses
                && a.key == b.key && a.signatureAlgorithm == b.signatureAlgorithm
    }
}
