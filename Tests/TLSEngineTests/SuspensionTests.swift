import TLSWire
import TestSupport
import Testing
import Wire

@testable import TLSEngine

/// The device's handshake stands still at its ClientHello, and goes on as the server chose; the server's leg offers what
/// the device offered.
@Suite struct SuspensionTests {
    @Test(arguments: [1, Int.max])
    func theClientHelloCanBeReadBeforeAnythingIsDecided(_ step: Int) throws {
        let pair = Pair(
            try TestPKI.clientContext {
                $0.only(.tls12)
                $0.insecure = true
            }, try TestPKI.serverContext(), suspends: true)
        pair.step = step
        pair.run()
        #expect(pair.server.state == .suspended)
        #expect(pair.server.suspension == .clientHello)
        let hello = try #require(pair.server.clientHello)
        #expect(hello.sni == "localhost")
        #expect(hello.alpn == ["http/1.1"])
        #expect(hello.versions == [0x0300, 0x0301, 0x0302, 0x0303])
        #expect(hello.suites.contains(0xC02B))
        #expect(!hello.suites.contains(0x00FF))
        #expect(!hello.offersPSK)
        // What comes meanwhile is kept.
        pair.driveServer([])
        #expect(pair.server.state == .suspended)
        pair.server.resume(
            with: TLSSession.Choice(host: "dm.example.com", maxVersion: .tls12))
        #expect(pair.server.state == .handshaking)
        pair.driveServer()
        pair.settle()
        #expect(pair.server.state == .open)
        #expect(pair.server.facts.certificate?.dnsNames == ["dm.example.com"])
    }

    @Test func theChoiceLimitsTheVersion() throws {
        let pair = Pair(try TestPKI.clientContext(), try TestPKI.serverContext(), suspends: true).run()
        pair.server.resume(with: TLSSession.Choice(maxVersion: .tls11))
        pair.driveServer()
        pair.settle()
        #expect(pair.client.state == .open)
        #expect(pair.client.facts.version == "TLS 1.1")
    }

    @Test(
        arguments: [
            (0xC02F, .tls12, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
            (0xC02B, .tls12, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
            (0x002F, .tls11, "TLS_RSA_WITH_AES_128_CBC_SHA"),
            (0x1301, .tls13, "TLS_AES_128_GCM_SHA256"),
            // Not offered, not known: the device's first.
            (0x00A8, .tls12, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
            (0x9999, .tls13, "TLS_AES_256_GCM_SHA384"),
        ] as [(UInt16, TLSVersion, String)])
    func theChoicePrefersASuite(_ code: UInt16, _ version: TLSVersion, _ name: String) throws {
        let pair = try Pair(version, suspends: true).run()
        pair.server.resume(with: TLSSession.Choice(suite: code))
        pair.driveServer()
        pair.settle()
        #expect(pair.client.state == .open)
        #expect(pair.client.facts.suite == name)
        #expect(pair.client.version == version)
    }

    @Test func aSuspendedHandshakeCanBeRefused() throws {
        let pair = try Pair(.tls12, suspends: true).run()
        pair.server.refuse(alert: 80)
        pair.driveServer()
        pair.settle()
        #expect(pair.server.failureKind == .refused)
        #expect(pair.client.failureKind == .alertReceived("internal_error"))
        #expect(pair.client.facts.alerts.map(\.text) == ["fatal internal_error from server"])
    }

    @Test func theLeafCopiesTheServersCertificate() throws {
        let server = Pair(try TestPKI.clientContext(), try TestPKI.serverContext(leaf: "server-ec.pem")).run()
        let original = try #require(server.client.serverCertificate)
        let pair = try Pair(.tls12, suspends: true).run()
        pair.server.resume(with: TLSSession.Choice(like: original))
        pair.driveServer()
        pair.settle()
        let copy = try #require(pair.client.facts.certificate)
        #expect(pair.client.state == .open)
        #expect(copy.dnsNames == ["localhost", "dm.example.com"])
        #expect(copy.ipAddresses == ["127.0.0.1", "::1"])
        #expect(copy.subject == "O=DMScope test, CN=localhost")
    }

    // MARK: Offers

    @Test func theServerLegOffersWhatTheDeviceOffered() throws {
        let pair = try offering(
            TLSOffer(versions: [0x0301, 0x0302, 0x0303], suites: [0xC02F, 0x002F, 0x1301, 0x9999], alpn: []))
        let hello = try #require(pair.server.clientHello)
        #expect(hello.versions == [0x0300, 0x0301, 0x0302, 0x0303])
        #expect(hello.suites == [0xC02F, 0x002F])
        #expect(hello.alpn.isEmpty)
        #expect(pair.server.facts.suite == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
    }

    @Test func anOfferWithNothingKnownLeavesTheContexts() throws {
        let suites = try offering(TLSOffer(versions: [0x0302], suites: [0x9999]))
        #expect(suites.server.state == .open)
        #expect(suites.server.facts.version == "TLS 1.1")
        let versions = try offering(TLSOffer(versions: [0x0002], suites: [0x002F]))
        #expect(versions.server.state == .open)
        #expect(versions.server.facts.version == "TLS 1.3")
    }

    @Test func offersDoNotMix() throws {
        let context = try TestPKI.clientContext()
        for (version, name) in [(0x0303, "TLS 1.2"), (0x0304, "TLS 1.3"), (0x0303, "TLS 1.2")] as [(UInt16, String)] {
            let offer = TLSOffer(versions: [version], suites: [0x1301, 0xC02F])
            let pair = Pair(
                client: context.makeSession(host: "localhost", offering: offer),
                server: try TestPKI.serverContext().makeSession(host: "localhost")
            ).run()
            #expect(pair.server.facts.version == name)
        }
    }

    private func offering(_ offer: TLSOffer) throws -> Pair {
        Pair(
            client: try TestPKI.clientContext().makeSession(host: "localhost", offering: offer),
            server: try TestPKI.serverContext().makeSession(host: "localhost")
        ).run()
    }
}
