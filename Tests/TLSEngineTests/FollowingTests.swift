import COpenSSL
import Glibc
import TLSWire
import TestSupport
import Testing
import Wire

@testable import TLSEngine

/// What one leg passes on of the other, and what it says when it could not.
@Suite struct FollowingTests {
    private func resumed(
        _ change: (inout ClientTLSConfiguration) -> Void = { _ in }, choice: TLSSession.Choice,
        prepare: (TLSSession) -> Void = { _ in }
    ) throws -> Pair {
        let pair = Pair(try TestPKI.clientContext(trusts: "both", change), try TestPKI.serverContext(), suspends: true)
        prepare(pair.client)
        pair.run()
        pair.server.resume(with: choice)
        pair.driveServer()
        pair.settle()
        return pair
    }

    @Test(
        arguments: [
            (["http/1.0"], "http/1.0", "http/1.0"), (["h2", "http/1.1"], "http/1.1", "http/1.1"),
            (["http/1.1"], nil, nil), (["h2"], nil, nil), (["h2"], "http/1.1", nil),
        ] as [([String], String?, String?)])
    func theProtocolIsTheServers(_ offered: [String], _ chosen: String?, _ expected: String?) throws {
        let pair = try resumed(
            choice: TLSSession.Choice(following: TLSSession.ServerOutcome(alpn: chosen)),
            prepare: { $0.setALPN(offered) })
        #expect(pair.client.state == .open && pair.client.facts.alpn == expected)
    }

    @Test func protocolsOfHTTP1AreOffered() throws {
        let pair = Pair(try TestPKI.clientContext(), try TestPKI.serverContext(), suspends: true)
        pair.client.setALPN(["h2", "http/1.0", "http/1.1"])
        pair.run()
        let offer = TLSOffer(try #require(pair.server.clientHello))
        #expect(offer.alpn == ["http/1.0", "http/1.1"] && offer.withheldALPN == ["h2"] && !offer.isFallback)
    }

    /// The server refuses a fallback that it need not have.
    @Test func aFallbackIsPassedOn() throws {
        let offer = TLSOffer(versions: [0x0302], suites: [0x002F, 0xC013], isFallback: true)
        let pair = Pair(
            client: try TestPKI.clientContext().makeSession(host: "localhost", offering: offer),
            server: try TestPKI.serverContext().makeSession(host: "localhost")
        ).run()
        #expect(pair.server.clientHello?.isFallback == true)
        #expect(pair.client.failureKind == .alertReceived("inappropriate_fallback"))
        #expect(
            pair.server.failureMessage
                == "the device fell back to TLS 1.1 and says so (TLS_FALLBACK_SCSV), and a higher version can be had")
        #expect(pair.server.takeFindings().map(\.rule.id) == ["tls-fallback", "tls-alert"])
        // It is told of the device's hello, not once more of ours.
        #expect(pair.client.takeFindings().map(\.rule.id) == ["tls-alert"])
    }

    /// The alert may be about what we left out, and then the server is not to be blamed alone.
    @Test(
        arguments: [
            (
                40, TLSOffer(versions: [0x0303], suites: [0x9999, 0x002F]),
                "; of the device's suites it was not offered 0x9999: this libssl lacks them, see docs/tls.md"
            ),
            (40, TLSOffer(versions: [0x0303], suites: [0x002F]), ""),
            (
                120, TLSOffer(versions: [0x0303], suites: [0x002F], withheldALPN: ["h2"]),
                "; the device's h2 was not offered, as DMScope speaks HTTP/1 alone"
            ),
            (70, TLSOffer(versions: [0x0303, 0x0300], suites: [0x002F]), ""),
            (50, TLSOffer(versions: [0x0303], suites: [0x9999, 0x002F], withheldALPN: ["h2"]), ""),
        ] as [(UInt8, TLSOffer, String)])
    func whatWasWithheldIsNamed(_ alert: UInt8, _ offer: TLSOffer, _ expected: String) throws {
        let session = try TestPKI.clientContext().makeSession(host: "localhost", offering: offer)
        session.drive(onPlaintext: { _ in }, onCiphertext: { _ in })
        session.drive(
            receiving: [21, 3, 3, 0, 2, 2, alert].span.bytes, onPlaintext: { _ in }, onCiphertext: { _ in })
        let name = TLSAlert(level: 2, code: alert).name
        #expect(
            session.failureMessage == "the server localhost ended the handshake with the alert \(name)\(expected)")
    }

    private static let noH2 = "; the device's h2 was not offered, as DMScope speaks HTTP/1 alone"

    /// A server of h2 alone may close instead, at once or after the handshake.
    @Test(arguments: [([], noH2), (["http/1.1"], noH2)])
    func aServerThatLeavesForWantOfAProtocolIsNamed(_ offered: [String], _ expected: String) throws {
        let offer = TLSOffer(versions: [0x0303], suites: [0xC02F], alpn: offered, withheldALPN: ["h2"])
        let session = try TestPKI.clientContext().makeSession(host: "localhost", offering: offer)
        session.drive(onPlaintext: { _ in }, onCiphertext: { _ in })
        #expect(
            session.transportEnded(reset: false)?.message
                == "the server localhost closed the connection during the handshake, after the ClientHello\(expected)")
    }

    @Test(arguments: [(nil, [noH2]), ("http/1.1", [])] as [(String?, [String])])
    func aServerThatLeavesAfterTheHandshakeIsNamed(_ chosen: String?, _ expected: [String]) throws {
        let offer = TLSOffer(versions: [0x0303], suites: [0xC02F, 0xC02B], withheldALPN: ["h2"])
        let pair = Pair(
            client: try TestPKI.clientContext().makeSession(host: "localhost", offering: offer),
            server: try TestPKI.serverContext().makeSession(host: "localhost", suspendAfterClientHello: true)
        ).run()
        pair.server.resume(with: TLSSession.Choice(following: TLSSession.ServerOutcome(alpn: chosen)))
        pair.driveServer()
        pair.settle()
        #expect(pair.client.state == .open && pair.client.facts.alpn == chosen)
        // As a relay does.
        pair.client.forgetHandshake()
        pair.sendFromClient([1])
        pair.closeFromServer()
        pair.settle()
        let findings = pair.client.takeFindings().filter { $0.rule == TLSEngineRules.nothingShared }
        #expect(
            findings.map(\.text)
                == expected.map {
                    "The server completed the handshake and closed the connection without sending anything\($0)"
                })
    }

    /// A device of h2 alone leaves for that, and not for the certificate.
    @Test func aDeviceWithoutOurProtocolIsNamed() throws {
        let pair = Pair(try TestPKI.clientContext(), try TestPKI.serverContext())
        pair.client.setALPN(["h2"])
        pair.run()
        #expect(pair.client.facts.alpn == nil)
        pair.server.forgetHandshake()
        _ = pair.server.transportEnded(reset: false)
        #expect(
            pair.server.takeFindings().map(\.text)
                == [
                    "The device completed the handshake and closed the connection without sending anything; it offered h2 "
                        + "alone, and DMScope speaks HTTP/1 alone"
                ])
    }

    @Test func aVersionThatIsNotOfferedIsNamed() throws {
        let context = try TestPKI.clientContext { $0.maxVersion = .tls12 }
        let session = context.makeSession(
            host: "localhost", offering: TLSOffer(versions: [0x0304], suites: [0x1301, 0xC02F]))
        session.drive(onPlaintext: { _ in }, onCiphertext: { _ in })
        session.drive(
            receiving: ([21, 3, 3, 0, 2, 2, 70] as [UInt8]).span.bytes, onPlaintext: { _ in }, onCiphertext: { _ in })
        #expect(
            session.failureMessage
                == "the server localhost ended the handshake with the alert protocol_version; the "
                + "device's highest version, TLS 1.3, was not offered, but TLS 1.2")
    }

    @Test func aServerThatSpeaksHTTPIsNamed() throws {
        for (octets, expected) in [
            ("HTTP/1.1 400 Bad Request\r\n\r\n", "the server localhost speaks plain HTTP where TLS was expected"),
            ("220 mail ESMTP\r\n", "the server localhost sent what is not TLS (wrong version number)"),
        ] {
            let session = try TestPKI.clientContext().makeSession(host: "localhost")
            session.drive(onPlaintext: { _ in }, onCiphertext: { _ in })
            session.drive(receiving: Array(octets.utf8).span.bytes, onPlaintext: { _ in }, onCiphertext: { _ in })
            #expect(session.failureMessage == expected)
            #expect(session.takeFindings().isEmpty)
        }
    }

    /// The same finding as of a capture.
    @Test(
        arguments: [
            (Array("GET / HTTP/1.0\r\n\r\n".utf8), "`GET / HTTP/1.0`"),
            ([0x17, 3, 3, 0x50, 0] + [UInt8](repeating: 0, count: 100), "1703035000000000"),
        ] as [([UInt8], String)])
    func whatIsNoRecordIsToldOfALiveLeg(_ octets: [UInt8], _ shown: String) throws {
        let pair = Pair(try TestPKI.clientContext(), try TestPKI.serverContext()).run()
        pair.sendFromClient([1])
        pair.settle()
        pair.driveServer(octets)
        let findings = pair.server.takeFindings().filter { $0.rule == TLSRules.recordMalformed }
        #expect(
            findings.map(\.text)
                == ["The client sends what is no TLS record: \(shown); nothing after it can be followed"])
    }

    @Test func aDeviceThatTakesP384AloneGetsIt() throws {
        for version in [TLSVersion.tls12, .tls13] {
            let pair = Pair(
                try TestPKI.clientContext { $0.only(version) }, try TestPKI.serverContext())
            SSL_ctrl(pair.client.ssl, SSL_CTRL_SET_GROUPS_LIST, 0, strdup("P-384"))
            SSL_ctrl(pair.client.ssl, SSL_CTRL_SET_SIGALGS_LIST, 0, strdup("ECDSA+SHA384:RSA-PSS+SHA384"))
            pair.run()
            #expect(pair.server.state == .open)
            #expect(pair.client.facts.certificate?.key == "EC P-384")
        }
    }

    /// A certificate may be asked for in a later handshake; that there is none is told once.
    @Test func aCertificateThatIsAskedForLaterIsMissedToo() throws {
        let pair = Pair(try TestPKI.clientContext { $0.only(.tls12) }, try TestPKI.serverContext()).run()
        #expect(pair.client.takeFindings().isEmpty)
        // SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION
        SSL_set_options(pair.server.ssl, 1 << 16)
        SSL_set_verify(pair.server.ssl, SSL_VERIFY_PEER) { _, _ in 1 }
        SSL_renegotiate(pair.server.ssl)
        SSL_do_handshake(pair.server.ssl)
        pair.driveServer()
        pair.settle()
        pair.sendFromServer([1])
        pair.settle()
        #expect(
            Set(pair.client.takeFindings().map(\.rule.id)) == ["tls-renegotiation", "client-certificate-wanted"])
        #expect(pair.client.takeFindings().isEmpty)
    }

    /// The certificate is for the name, or for the address that stands for it.
    @Test(
        arguments: [
            ("localhost", nil, true), ("other.example", nil, false), ("other.example", "127.0.0.1", true),
            ("other.example", "127.0.0.2", false),
        ] as [(String, String?, Bool)])
    func anAddressMayStandForTheName(_ name: String, _ address: String?, _ verifies: Bool) throws {
        let context = try TestPKI.clientContext()
        let server = try TestPKI.serverContext(leaf: "server-rsa.pem")
        // Twice: the second time from what was verified a moment ago.
        for _ in 0..<2 {
            let pair = Pair(
                client: context.makeSession(host: name, orAddress: address), server: server.makeSession(host: nil)
            ).run()
            #expect((pair.client.state == .open) == verifies)
        }
    }

    @Test(
        arguments: [
            ("dm.example.", "dm.example"), ("dm.example", "dm.example"), ("münchen.example", nil), ("0xff", nil),
            (".", nil),
        ] as [(String, String?)])
    func hostNames(_ sni: String, _ expected: String?) { #expect(hostName(inSNI: sni) == expected) }
}
