import Glibc
import TLSWire
import TestSupport

@testable import TLSEngine

/// Files of certs/, and contexts made of them.
enum TestPKI {
    static let folder: String = {
        var parts = #filePath.split(separator: "/")
        parts.removeLast(4)
        return "/" + parts.joined(separator: "/") + "/certs"
    }()
    static func path(_ name: String) -> String { folder + "/" + name }

    /// A CA of the proxy's own, made once for all tests.
    static let confdir = TemporaryFolder.untilEnd()
    static let authority: CertificateAuthority = {
        do {
            return try CertificateAuthority(directory: confdir)
        } catch {
            fatalError("\(error)")
        }
    }()

    static func psk() throws -> PSKTable { try PSKTable(path: path("psk.txt")) }

    /// Faces devices with a minted leaf, or with a file of certs/.
    static func serverContext(
        leaf: String? = nil, _ change: (inout ServerTLSConfiguration) throws -> Void = { _ in }
    ) throws -> ServerTLSContext {
        var configuration = ServerTLSConfiguration(authority: authority)
        if let leaf {
            configuration.authority = try CertificateAuthority(
                directory: confdir, custom: [CustomLeaf(domain: nil, path: path(leaf))])
        }
        try change(&configuration)
        return try ServerTLSContext(configuration)
    }

    /// Faces servers, trusting the CA of certs/ and the proxy's own.
    static func clientContext(
        trusts: String? = "both", _ change: (inout ClientTLSConfiguration) throws -> Void = { _ in }
    ) throws -> ClientTLSContext {
        var configuration = ClientTLSConfiguration()
        configuration.extraAuthorities = trusts == "both" ? bothAuthorities : trusts
        try change(&configuration)
        return try ClientTLSContext(configuration)
    }

    private static let bothAuthorities: String = {
        do {
            let path = TemporaryFolder.untilEnd() + "/both.pem"
            let ours = try Files.read(TestPKI.path("ca-cert.pem"), purpose: "the test CA")
            try Files.create(path, mode: 0o600, ours + authority.export(.pem))
            return path
        } catch {
            fatalError("\(error)")
        }
    }()
}
