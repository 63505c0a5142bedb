import COpenSSL
import Synchronization
package import TLSWire

/// The CA that devices are told to trust, and the leaves it signs. Any thread may use it.
///
/// Its key is RSA 2048 when it is made here: every TLS client of the last 25 years verifies that, and it signs both
/// kinds of leaf. An operator may put another CA (RSA or EC) in the file's place.
package final class CertificateAuthority: Sendable {
    private let authority: Credential
    private let custom: HostTable<Credential>
    private let state: Mutex<State>
    /// It was made now: no device trusts it yet.
    package let isNew: Bool

    private struct State: ~Copyable {
        var minters: [LeafKind: LeafMinter] = [:]
        var leaves = LeafCache()
    }

    /// Files in the configuration directory.
    package enum File {
        package static let keyAndCertificate = "dmscope-ca.pem"
        package static let certificate = "dmscope-ca-cert.pem"
        package static let der = "dmscope-ca-cert.cer"
        package static let pkcs12 = "dmscope-ca-cert.p12"
    }

    /// Loads `dmscope-ca.pem` from `directory`, or makes it on the first start with its companions
    /// `dmscope-ca-cert.pem`, `dmscope-ca-cert.cer` (DER) and `dmscope-ca-cert.p12` (certificate only). The CA is
    /// never overwritten; companions of another CA are replaced.
    /// - Parameter custom: leaves of the operator's own, by `--certs`; they win over minted ones.
    package init(directory: String, custom: [CustomLeaf] = []) throws(TLSSetupError) {
        _ = OpenSSLLibrary.start
        let path = directory + "/" + File.keyAndCertificate
        isNew = !Files.exists(path)
        if isNew { try AuthorityFiles.makeKeyAndCertificate(directory: directory, path: path) }
        authority = try AuthorityFiles.load(path)
        var loaded = HostTable<Credential>()
        for leaf in custom {
            loaded.add(leaf.domain, try Credential.load(leaf.path, purpose: "the certificate file"))
        }
        self.custom = loaded
        state = Mutex(State())
        try AuthorityFiles.makeCompanions(directory: directory, of: authority)
    }

    package enum Encoding: String, Sendable, CaseIterable {
        case pem
        case der
        case pkcs12 = "p12"
    }

    /// The CA certificate, without its key.
    package func export(_ encoding: Encoding) -> [UInt8] { AuthorityFiles.encode(authority.certificate, encoding) }

    /// The CA certificate as a reader shows it.
    package var facts: CertificateFacts? { CertificateFacts(authority.certificate, chainLength: 1) }

    /// Makes the leaf keys that do not exist yet (an RSA key takes 0.1 s), so that no connection waits for it.
    package func prepareKeys() {
        for kind in LeafKind.allCases { state.withLock { _ = minter(kind, &$0) } }
    }

    /// The leaf to show for a host: the operator's own, else one that was or is now minted; nil only when libcrypto
    /// fails.
    func leaf(host: String, kind: LeafKind, like original: ServerCertificate?) -> Credential? {
        let name = host.lowercased()
        if let own = custom.best(for: name) { return own }
        let wanted = LeafCache.Key(host: name, kind: kind, original: original?.facts.sha256)
        return state.withLock { state in
            if let known = state.leaves[wanted] { return known }
            var names = original.map { $0.facts.dnsNames + $0.facts.ipAddresses } ?? []
            if !names.contains(where: { hostPattern($0, covers: name) }) { names.insert(name, at: 0) }
            let made = minter(kind, &state).mint(
                subject: original?.subject, commonName: original?.facts.commonNames.first ?? name, names: names)
            if let made { state.leaves[wanted] = made }
            return made
        }
    }

    private func minter(_ kind: LeafKind, _ state: inout State) -> LeafMinter {
        if let known = state.minters[kind] { return known }
        let made = LeafMinter(authority: authority, key: kind.makeKey())
        state.minters[kind] = made
        return made
    }
}

/// A server's certificate, as far as a leaf is made like it.
package struct ServerCertificate: Sendable {
    var facts: CertificateFacts
    /// Its subject, a Name in DER; nil where only the facts are known.
    var subject: [UInt8]?
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
