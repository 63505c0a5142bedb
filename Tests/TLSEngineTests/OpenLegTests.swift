import COpenSSL
import TLSWire
import TestSupport
import Testing
import Wire

@testable import TLSEngine

/// What a leg keeps when the relay has begun, and what may yet come on it.
@Suite struct OpenLegTests {
    @Test func anOpenLegForgetsItsHandshake() throws {
        let pair = try Pair(.tls12).run()
        let facts = pair.server.facts
        pair.client.forgetHandshake()
        pair.server.forgetHandshake()
        #expect(pair.server.clientHello == nil)
        #expect(pair.server.facts == facts)
        #expect(pair.server.version == .tls12)
        #expect(SSL_renegotiate(pair.client.ssl) == 1)
        pair.driveClient()
        pair.settle()
        pair.sendFromClient([7])
        pair.settle()
        #expect(pair.atServer == [7])
        let texts = pair.server.takeFindings().map(\.text)
        #expect(texts == ["The client sends a ClientHello on an established connection: a renegotiation"])
    }

    enum Afterwards: CaseIterable {
        case newKeys
        case resumption
        case wholeHandshake
    }

    /// What may yet come on a leg whose server's certificate was emptied.
    @Test(arguments: Afterwards.allCases)
    func anOpenLegKeepsNoMoreOfACertificateThanItsFacts(_ afterwards: Afterwards) throws {
        let pair = try Pair(afterwards == .newKeys ? .tls13 : .tls12).run()
        let facts = pair.client.facts
        let certificate = try #require(SSL_get0_peer_certificate(pair.client.ssl))
        #expect(facts.certificate?.subject == "CN=localhost")
        #expect(pair.client.serverCertificate?.subject?.isEmpty == false)
        #expect(X509_get_ext_count(certificate) > 0)
        #expect(EVP_PKEY_get_bits(X509_get0_pubkey(certificate)) > 200)
        pair.client.forgetHandshake()
        pair.server.forgetHandshake()
        #expect(pair.client.facts == facts)
        #expect(pair.client.serverCertificate == nil)
        #expect(X509_get_ext_count(certificate) == 0)
        #expect(EVP_PKEY_get_bits(X509_get0_pubkey(certificate)) == 1)
        #expect(X509_NAME_entry_count(X509_get_subject_name(certificate)) == 0)

        switch afterwards {
        case .newKeys: #expect(SSL_key_update(pair.server.ssl, 1) == 1)
        case .resumption: #expect(SSL_renegotiate(pair.server.ssl) == 1)
        case .wholeHandshake:
            SSL_set_options(pair.server.ssl, noResumptionOnRenegotiation)
            #expect(SSL_renegotiate(pair.server.ssl) == 1)
        }
        pair.sendFromServer([1])
        pair.settle()
        pair.sendFromClient([2])
        pair.settle()
        #expect(pair.atClient == [1])
        #expect(pair.atServer == [2])
        #expect(pair.client.state == .open)
        #expect(pair.client.facts.resumed == (afterwards == .resumption))
        let later = try #require(SSL_get0_peer_certificate(pair.client.ssl))
        #expect((X509_get_ext_count(later) > 0) == (afterwards == .wholeHandshake))
    }

    /// A device that renegotiates is shown the same leaf, though the relay has begun.
    @Test func theLeafStaysTheSame() throws {
        let server = Pair(try TestPKI.clientContext(), try TestPKI.serverContext(leaf: "server-ec.pem")).run()
        let original = try #require(server.client.serverCertificate)
        let pair = try Pair(.tls12, suspends: true).run()
        #expect(pair.server.suspension == .clientHello)
        pair.server.resume(with: TLSSession.Choice(like: original))
        pair.driveServer()
        pair.settle()
        let leaf = try #require(pair.client.facts.certificate)
        pair.client.forgetHandshake()
        pair.server.forgetHandshake()
        SSL_set_options(pair.server.ssl, noResumptionOnRenegotiation)
        #expect(SSL_renegotiate(pair.client.ssl) == 1)
        pair.driveClient()
        pair.settle()
        #expect(pair.client.facts.resumed == false)
        #expect(pair.client.facts.certificate == leaf)
        #expect(pair.client.state == .open)
    }

    /// SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION, a macro with arguments in C.
    private let noResumptionOnRenegotiation: UInt64 = 1 << 16
}
