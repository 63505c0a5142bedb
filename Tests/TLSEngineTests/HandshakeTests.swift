import TLSWire
import TestSupport
import Testing
import Wire

@testable import TLSEngine

/// Versions and suites between two legs of ours.
@Suite struct HandshakeTests {
    /// SSL 3.0 and the weak suites where this libssl has them: CI runs these tests with the stock library and with one
    /// that has.
    static let versions: [TLSVersion] =
        (TLSCapabilities.current.ssl3 ? [.ssl3] : []) + [.tls10, .tls11, .tls12, .tls13]

    @Test(arguments: versions, [1, 7, Int.max])
    func completesInEveryVersion(_ version: TLSVersion, step: Int) throws {
        let pair = Pair(try TestPKI.clientContext { $0.only(version) }, try TestPKI.serverContext())
        pair.step = step
        pair.run()
        #expect(pair.client.state == .open)
        #expect(pair.server.state == .open)
        pair.sendFromClient(Array("POST / HTTP/1.1\r\n".utf8))
        pair.settle()
        pair.sendFromServer(Array("HTTP/1.1 200 OK\r\n".utf8))
        pair.settle()
        #expect(pair.atServer == Array("POST / HTTP/1.1\r\n".utf8))
        #expect(pair.atClient == Array("HTTP/1.1 200 OK\r\n".utf8))
        #expect(pair.isEmptyHanded)
        for facts in [pair.client.facts, pair.server.facts] {
            #expect(facts.version == version.name)
            #expect(facts.handshakeComplete)
            #expect(facts.decrypted)
            // SSL 3.0 has no extensions.
            #expect(facts.sni == (version == .ssl3 ? nil : "localhost"))
            #expect(facts.alpn == (version == .ssl3 ? nil : "http/1.1"))
            #expect(!facts.resumed)
            #expect(facts.alerts.isEmpty)
            #expect(facts.certificate?.dnsNames == ["localhost"])
        }
        #expect(pair.client.facts == pair.server.facts)
        #expect(pair.client.takeFindings().isEmpty)
        #expect(pair.server.takeFindings().isEmpty)
    }

    struct Family: Sendable, CustomTestStringConvertible {
        var version: TLSVersion
        var openSSL: String
        var name: String
        var leaf: String
        var testDescription: String { "\(version.name) \(openSSL)" }
    }

    static let families: [Family] =
        [TLSVersion.tls10, .tls11, .tls12].flatMap { version in
            [
                Family(version: version, openSSL: "AES128-SHA", name: "TLS_RSA_WITH_AES_128_CBC_SHA", leaf: "RSA 2048"),
                Family(
                    version: version, openSSL: "DHE-RSA-AES256-SHA", name: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
                    leaf: "RSA 2048"),
                Family(
                    version: version, openSSL: "ECDHE-RSA-AES128-SHA", name: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
                    leaf: "RSA 2048"),
                Family(
                    version: version, openSSL: "ECDHE-ECDSA-AES128-SHA", name: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
                    leaf: "EC P-256"),
                Family(
                    version: version, openSSL: "CAMELLIA128-SHA", name: "TLS_RSA_WITH_CAMELLIA_128_CBC_SHA",
                    leaf: "RSA 2048"),
            ]
        } + [
            Family(
                version: .tls12, openSSL: "AES128-SHA256", name: "TLS_RSA_WITH_AES_128_CBC_SHA256", leaf: "RSA 2048"),
            Family(
                version: .tls12, openSSL: "AES256-GCM-SHA384", name: "TLS_RSA_WITH_AES_256_GCM_SHA384",
                leaf: "RSA 2048"),
            Family(
                version: .tls12, openSSL: "DHE-RSA-AES128-GCM-SHA256", name: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
                leaf: "RSA 2048"),
            Family(
                version: .tls12, openSSL: "ECDHE-RSA-CHACHA20-POLY1305",
                name: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", leaf: "RSA 2048"),
            Family(
                version: .tls12, openSSL: "ECDHE-ECDSA-AES256-GCM-SHA384",
                name: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", leaf: "EC P-256"),
            Family(
                version: .tls12, openSSL: "ECDHE-ECDSA-AES128-CCM8", name: "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
                leaf: "EC P-256"),
        ]

    static let weakFamilies: [Family] =
        (TLSCapabilities.current.ssl3
            ? [
                Family(version: .ssl3, openSSL: "RC4-SHA", name: "SSL_RSA_WITH_RC4_128_SHA", leaf: "RSA 2048"),
                Family(
                    version: .ssl3, openSSL: "DES-CBC3-SHA", name: "SSL_RSA_WITH_3DES_EDE_CBC_SHA", leaf: "RSA 2048"),
            ] : [])
        + (TLSCapabilities.current.rc4
            ? [Family(version: .tls10, openSSL: "RC4-SHA", name: "TLS_RSA_WITH_RC4_128_SHA", leaf: "RSA 2048")] : [])

    @Test(arguments: families + weakFamilies)
    func completesInEverySuiteFamily(_ family: Family) throws {
        let pair = Pair(
            try TestPKI.clientContext {
                $0.only(family.version)
                $0.suites = family.openSSL
            }, try TestPKI.serverContext()
        ).run()
        #expect(pair.client.state == .open)
        #expect(pair.server.state == .open)
        #expect(pair.server.facts.suite == family.name)
        #expect(pair.server.facts.certificate?.key == family.leaf)
        #expect(pair.client.facts == pair.server.facts)
    }

    @Test(
        arguments: [
            (0x1301, "TLS_AES_128_GCM_SHA256"), (0x1302, "TLS_AES_256_GCM_SHA384"),
            (0x1303, "TLS_CHACHA20_POLY1305_SHA256"), (0x1304, "TLS_AES_128_CCM_SHA256"),
            (0x1305, "TLS_AES_128_CCM_8_SHA256"),
        ] as [(UInt16, String)])
    func completesInEveryTLS13Suite(_ code: UInt16, _ name: String) throws {
        let pair = Pair(
            client: try TestPKI.clientContext().makeSession(
                host: "localhost", offering: TLSOffer(versions: [0x0304], suites: [code])),
            server: try TestPKI.serverContext().makeSession(host: "localhost")
        ).run()
        #expect(pair.server.state == .open)
        #expect(pair.server.facts.suite == name)
        #expect(pair.server.facts.suiteCode == code)
    }

    @Test func noSharedVersionIsToldOnBothSides() throws {
        let pair = Pair(
            try TestPKI.clientContext { $0.maxVersion = .tls11 }, try TestPKI.serverContext { $0.minVersion = .tls12 }
        ).run()
        #expect(pair.server.failureKind == .noSharedVersion)
        #expect(
            pair.server.failureMessage
                == "no protocol version in common with the device (offered: TLS 1.1)")
        #expect(pair.client.failureKind == .alertReceived("protocol_version"))
        #expect(
            pair.client.failureMessage == "the server localhost ended the handshake with the alert protocol_version")
        for session in [pair.client, pair.server] {
            #expect(session.facts.alerts.map(\.text) == ["fatal protocol_version from server"])
            #expect(session.facts.version == nil)
            #expect(!session.facts.handshakeComplete)
            #expect(session.takeFindings().map(\.rule.id) == ["tls-alert"])
        }
    }

    /// As libssl's clients offer them.
    private static let signatures =
        "ecdsa_secp256r1_sha256, ecdsa_secp384r1_sha384, ecdsa_secp521r1_sha512, ed25519, ed448, rsa_pss_pss_sha256, "
        + "rsa_pss_pss_sha384, rsa_pss_pss_sha512"

    @Test func noSharedSuiteIsToldOnBothSides() throws {
        let pair = Pair(
            try TestPKI.clientContext {
                $0.only(.tls12)
                $0.suites = "CAMELLIA128-SHA"
            }, try TestPKI.serverContext { $0.suites = "AES128-SHA" }
        ).run()
        #expect(pair.server.failureKind == .noSharedSuite)
        #expect(
            pair.server.failureMessage
                == "no cipher suite, group or signature in common with the device "
                + "(it offered TLS_RSA_WITH_CAMELLIA_128_CBC_SHA; signatures \(Self.signatures), …); DMScope's certificates "
                + "are RSA, or ECDSA on P-256 or P-384; give one of another kind with --certs")
        #expect(pair.client.failureKind == .alertReceived("handshake_failure"))
        #expect(pair.client.facts.alerts.map(\.text) == ["fatal handshake_failure from server"])
    }

    @Test func whatIsNotTLSIsNamed() throws {
        let context = try TestPKI.serverContext()
        for (octets, expected) in [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "the device speaks plain HTTP where TLS was expected"),
            ("EHLO mail.example.com\r\n", "the device sent what is not TLS (wrong version number)"),
        ] {
            let session = context.makeSession(host: "localhost")
            session.drive(receiving: Array(octets.utf8).span.bytes, onPlaintext: { _ in }, onCiphertext: { _ in })
            #expect(session.failureMessage == expected)
        }
    }

    @Test func ssl2FormatHelloIsUnderstood() throws {
        // Offers TLS 1.2 in the SSL 2.0 format with TLS_RSA_WITH_AES_128_CBC_SHA and TLS_EMPTY_RENEGOTIATION_INFO_SCSV.
        let message = hex("01 0303 0006 0000 0010 00002F 0000FF 000102030405060708090A0B0C0D0E0F")
        let session = try TestPKI.serverContext().makeSession(host: "localhost")
        var answer: [UInt8] = []
        session.drive(
            receiving: ([0x80, UInt8(message.count)] + message).span.bytes, onPlaintext: { _ in },
            onCiphertext: { answer.append($0) })
        #expect(session.state == .handshaking)
        #expect(session.facts.ssl2Hello)
        #expect(session.clientHello?.ssl2 == true)
        #expect(session.facts.suite == "TLS_RSA_WITH_AES_128_CBC_SHA")
        #expect(answer.first == 22)
    }

    @Test func ssl2ItselfIsRefused() throws {
        let message = hex("01 0002 0003 0000 0010 010080 000102030405060708090A0B0C0D0E0F")
        let session = try TestPKI.serverContext().makeSession(host: "localhost")
        session.drive(
            receiving: ([0x80, UInt8(message.count)] + message).span.bytes, onPlaintext: { _ in },
            onCiphertext: { _ in })
        #expect(session.failureKind == .noSharedVersion)
        #expect(session.facts.offeredVersions == ["SSL 2.0"])
    }

    @Test(arguments: [nil, ["h2"], ["h2", "http/1.1"], ["http/1.1"]] as [[String]?])
    func alpnChoosesHTTP1OrNothing(_ offered: [String]?) throws {
        let pair = Pair(try TestPKI.clientContext(), try TestPKI.serverContext())
        pair.client.setALPN(offered ?? [])
        pair.run()
        #expect(pair.server.state == .open)
        #expect(pair.client.state == .open)
        #expect(pair.server.clientHello?.alpn == offered ?? [])
        #expect(pair.server.facts.alpn == (offered?.contains("http/1.1") == true ? "http/1.1" : nil))
    }

    @Test func optionsThatCannotBeAreOneClearLine() throws {
        #expect(throws: TLSSetupError(.configuration, "the lowest TLS version, TLS 1.3, is above the highest, TLS 1.1"))
        {
            try TestPKI.clientContext {
                $0.minVersion = .tls13
                $0.maxVersion = .tls11
            }
        }
        #expect(throws: TLSSetupError(.configuration, "this libssl knows no cipher suite of 'NOTHING-KNOWN'")) {
            try TestPKI.serverContext { $0.suites = "NOTHING-KNOWN" }
        }
        if !TLSCapabilities.current.ssl3 {
            #expect(throws: TLSSetupError.self) { try TestPKI.serverContext { $0.minVersion = .ssl3 } }
        }
    }

    @Test(
        arguments: [
            ("1.2", .tls12), ("TLSv1.3", .tls13), ("tls1", .tls10), ("TLS 1.1", .tls11), ("ssl3", .ssl3),
            ("SSL 3.0", .ssl3),
            ("SSLv3", .ssl3), ("2.0", nil), ("", nil), ("tls", nil),
        ] as [(String, TLSVersion?)])
    func versionsAreReadAsPeopleWriteThem(_ text: String, _ version: TLSVersion?) {
        #expect(TLSVersion(option: text) == version)
    }
}
