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
