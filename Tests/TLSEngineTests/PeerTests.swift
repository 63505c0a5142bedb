import Glibc
import TLSWire
import TestSupport
import Testing
import Wire

@testable import TLSEngine

/// Both legs against OpenSSL's and GnuTLS's own programs, over loopback sockets: each row a handshake and a line each way.
@Suite(.serialized) struct PeerTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var version: TLSVersion
        var suite: String
        /// OpenSSL's name of the suite; nil for TLS 1.3, where the version decides.
        var openSSL: String?
        /// Key exchange, cipher and MAC in a GnuTLS priority string.
        var gnuTLS: String
        var psk = false
        var ecdsa = false
        var testDescription: String { version.name + " " + suite }

        var versionFlag: String { ["-tls1", "-tls1_1", "-tls1_2", "-tls1_3"][Int(version.rawValue) - 0x0301] }
        var priority: String {
            "NONE:+VERS-\(version.name.replacing(" ", with: "")):+GROUP-ALL:+SIGN-ALL:+CTYPE-ALL:" + gnuTLS
        }
    }

    static let rows: [Row] =
        [TLSVersion.tls10, .tls11, .tls12].flatMap { version in
            [
                Row(
                    version: version, suite: "TLS_RSA_WITH_AES_128_CBC_SHA", openSSL: "AES128-SHA",
                    gnuTLS: "+RSA:+AES-128-CBC:+SHA1"),
                Row(
                    version: version, suite: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", openSSL: "ECDHE-RSA-AES128-SHA",
                    gnuTLS: "+ECDHE-RSA:+AES-128-CBC:+SHA1"),
                Row(
                    version: version, suite: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", openSSL: "ECDHE-ECDSA-AES128-SHA",
                    gnuTLS: "+ECDHE-ECDSA:+AES-128-CBC:+SHA1", ecdsa: true),
            ]
        } + [
            Row(
                version: .tls12, suite: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", openSSL: "DHE-RSA-AES128-GCM-SHA256",
                gnuTLS: "+DHE-RSA:+AES-128-GCM:+AEAD"),
            Row(
                version: .tls12, suite: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                openSSL: "ECDHE-ECDSA-AES128-GCM-SHA256", gnuTLS: "+ECDHE-ECDSA:+AES-128-GCM:+AEAD", ecdsa: true),
            Row(version: .tls13, suite: "TLS_AES_128_GCM_SHA256", gnuTLS: "+ECDHE-RSA:+AES-128-GCM:+AEAD"),
        ] + pskRows

    static let pskRows: [Row] =
        ["PSK", "DHE_PSK", "RSA_PSK"].flatMap { exchange in
            let name = exchange.replacing("_", with: "-")
            return [
                Row(
                    version: .tls12, suite: "TLS_\(exchange)_WITH_AES_128_GCM_SHA256",
                    openSSL: "\(name)-AES128-GCM-SHA256", gnuTLS: "+\(name):+AES-128-GCM:+AEAD", psk: true),
                Row(
                    version: .tls12, suite: "TLS_\(exchange)_WITH_AES_128_CBC_SHA256",
                    openSSL: "\(name)-AES128-CBC-SHA256", gnuTLS: "+\(name):+AES-128-CBC:+SHA256", psk: true),
            ]
        } + [
            Row(
                version: .tls13, suite: "TLS_AES_128_GCM_SHA256", gnuTLS: "+DHE-PSK:+ECDHE-PSK:+AES-128-GCM:+AEAD",
                psk: true)
        ]

    private static let key = "000102030405060708090a0b0c0d0e0f"
    private static let hint = "dm.example.com"

    // MARK: Device leg

    private func deviceLeg(_ row: Row, carriesData: Bool = true, _ command: (_ port: UInt16) -> [String]) throws {
        let (listener, port) = LoopbackSocket.listening()
        let context = try TestPKI.serverContext {
            if row.psk { $0.psk = try TestPKI.psk() }
            $0.pskIdentityHint = PeerTests.hint
        }
        let peer = try PeerProgram(command(port))
        let accepted = try #require(listener.accept(), "the peer did not connect: \(peer.output)")
        let leg = SocketLeg(context.makeSession(host: "dm.example.com"), accepted)
        leg.run { leg.isSettled }
        #expect(leg.session.state == .open, "\(peer.output)")
        check(leg.session.facts, row)
        guard carriesData else { return }
        peer.write("hello\n")
        leg.run { leg.received.contains(0x0A) }
        #expect(leg.text == "hello\n")
        leg.send("answer\n")
        leg.close()
        leg.run { leg.hasEnded }
        #expect(peer.output.contains("answer"))
    }

    private func check(_ facts: TLSFacts, _ row: Row) {
        #expect(facts.version == row.version.name)
        #expect(facts.suite == row.suite)
        #expect(facts.pskIdentity == (row.psk ? "device-1" : nil))
        #expect(facts.pskIdentityHint == (row.psk && row.version != .tls13 ? PeerTests.hint : nil))
        if row.ecdsa { #expect(facts.certificate?.key == "EC P-256") }
        if row.psk, !row.suite.contains("RSA_PSK") { #expect(facts.certificate == nil) }
    }

    private var authority: String { TestPKI.confdir + "/dmscope-ca-cert.pem" }

    @Test(arguments: rows)
    func opensslClient(_ row: Row) throws {
        try deviceLeg(row) { port in
            ["openssl", "s_client", "-connect", "127.0.0.1:\(port)", "-quiet", "-servername", "dm.example.com"]
                + ["-CAfile", authority, "-verify_return_error", "-verify_hostname", "dm.example.com", row.versionFlag]
                + ["-cipher", (row.openSSL ?? "ALL") + ":@SECLEVEL=0"]
                + ["-ciphersuites", "TLS_AES_128_GCM_SHA256"]
                + (row.psk ? ["-psk_identity", "device-1", "-psk", PeerTests.key] : [])
        }
    }

    @Test(arguments: rows)
    func gnutlsClient(_ row: Row) throws {
        // gnutls-cli 3.7 crashes after a DHE_PSK handshake with any server, in printing what it negotiated.
        try deviceLeg(row, carriesData: !row.suite.contains("DHE_PSK")) { port in
            ["gnutls-cli", "--port", "\(port)", "--x509cafile", authority, "--sni-hostname", "dm.example.com"]
                + ["--verify-hostname", "dm.example.com", "--priority", row.priority]
                + (row.psk ? ["--pskusername", "device-1", "--pskkey", PeerTests.key] : []) + ["127.0.0.1"]
        }
    }

    // MARK: Server leg

    /// A peer that listens, and a connection to it. gnutls-serv takes every address of the machine, on any of which
    /// another program may have had the port in that moment.
    private func listening(_ command: (_ port: UInt16) -> [String]) throws -> (PeerProgram, LoopbackSocket) {
        var said = ""
        for _ in 0..<3 {
            let port = UInt16(FreePort.take())
            let peer = try PeerProgram(command(port))
            let socket = LoopbackSocket.connected(to: port) {
                peer.isRunning && !peer.output.contains("Address already in use")
            }
            if let socket { return (peer, socket) }
            said = peer.output
        }
        return try #require(nil as (PeerProgram, LoopbackSocket)?, "the peer does not listen: \(said)")
    }

    private func serverLeg(_ row: Row, expecting answer: String, _ command: (_ port: UInt16) -> [String]) throws {
        let context = try TestPKI.clientContext {
            if row.psk { $0.psk = try TestPKI.psk() }
        }
        let (peer, socket) = try listening(command)
        let session = context.makeSession(host: "dm.example.com", pskIdentity: row.psk ? Array("device-1".utf8) : nil)
        let leg = SocketLeg(session, socket)
        leg.run { leg.isSettled }
        #expect(leg.session.state == .open, "\(peer.output)")
        leg.send("hello\n")
        leg.run { leg.received.contains(0x0A) }
        #expect(leg.text == answer)
        leg.close()
        leg.run { leg.hasEnded }
        check(leg.session.facts, row)
    }

    @Test(arguments: rows)
    func opensslServer(_ row: Row) throws {
        let credential = TestPKI.path(row.ecdsa ? "server-ec.pem" : "server-rsa.pem")
        try serverLeg(row, expecting: "olleh\n") { port in
            ["openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-naccept", "1", "-rev", "-cert", credential]
                + [row.versionFlag, "-cipher", (row.openSSL ?? "ALL") + ":@SECLEVEL=0"]
                + ["-ciphersuites", "TLS_AES_128_GCM_SHA256"]
                + (row.psk
                    ? ["-psk_identity", "device-1", "-psk", PeerTests.key, "-psk_hint", PeerTests.hint] : [])
        }
    }

    @Test(arguments: rows)
    func gnutlsServer(_ row: Row) throws {
        let credential = TestPKI.path(row.ecdsa ? "server-ec.pem" : "server-rsa.pem")
        let keys = TemporaryFolder.untilEnd() + "/psk"
        try Files.create(keys, mode: 0o600, Array("device-1:\(PeerTests.key)\n".utf8))
        try serverLeg(row, expecting: "hello\n") { port in
            ["gnutls-serv", "--echo", "--port", "\(port)", "--disable-client-cert", "--priority", row.priority]
                + ["--x509keyfile", credential, "--x509certfile", credential]
                + (row.psk ? ["--pskpasswd", keys, "--pskhint", PeerTests.hint] : [])
        }
    }

    // MARK: Renegotiation

    /// GnuTLS with and without the extension of RFC 5746.
    private static let legacy = "NORMAL:-VERS-ALL:+VERS-TLS1.2:%DISABLE_SAFE_RENEGOTIATION"

    @Test(arguments: ["NORMAL:-VERS-ALL:+VERS-TLS1.2", legacy])
    func aClientThatRenegotiates(_ priority: String) throws {
        let (listener, port) = LoopbackSocket.listening()
        let peer = try PeerProgram(
            ["gnutls-cli", "--rehandshake", "--port", "\(port)", "--x509cafile", authority, "--priority", priority]
                + ["--verify-hostname", "dm.example.com", "127.0.0.1"])
        let accepted = try #require(listener.accept(), "the peer did not connect: \(peer.output)")
        let leg = SocketLeg(try TestPKI.serverContext().makeSession(host: "dm.example.com"), accepted)
        leg.run {
            leg.session.facts.handshakeComplete && leg.session.findings.contains { $0.rule.id == "tls-renegotiation" }
        }
        peer.write("hello\n")
        leg.run { leg.received.contains(0x0A) }
        #expect(leg.text == "hello\n", "\(peer.output)")
        #expect(leg.session.state == .open)
    }

    @Test func aServerWithoutSecureRenegotiation() throws {
        let port = UInt16(FreePort.take())
        let credential = TestPKI.path("server-rsa.pem")
        let peer = try PeerProgram(
            ["gnutls-serv", "--echo", "--port", "\(port)", "--disable-client-cert", "--priority", PeerTests.legacy]
                + ["--x509keyfile", credential, "--x509certfile", credential])
        let socket = try #require(
            LoopbackSocket.connected(to: port) { peer.isRunning }, "the peer does not listen: \(peer.output)")
        let leg = SocketLeg(try TestPKI.clientContext().makeSession(host: "dm.example.com"), socket)
        leg.run { leg.isSettled }
        leg.send("hello\n")
        leg.run { leg.received.contains(0x0A) }
        #expect(leg.text == "hello\n", "\(peer.output)")
    }

    // MARK: What goes wrong

    @Test func aClientThatDoesNotTrustUs() throws {
        for arguments in [
            [
                "openssl", "s_client", "-quiet", "-verify_return_error", "-CAfile", TestPKI.path("ca-cert.pem"),
                "-connect",
            ],
            ["gnutls-cli", "--x509cafile", TestPKI.path("ca-cert.pem"), "--verify-hostname", "localhost"],
        ] {
            let (listener, port) = LoopbackSocket.listening()
            let target = arguments[0] == "openssl" ? ["127.0.0.1:\(port)"] : ["--port", "\(port)", "127.0.0.1"]
            let peer = try PeerProgram(arguments + target)
            let accepted = try #require(listener.accept(), "the peer did not connect: \(peer.output)")
            let leg = SocketLeg(try TestPKI.serverContext().makeSession(host: "localhost"), accepted)
            leg.run { leg.isSettled }
            // OpenSSL says unknown_ca; GnuTLS decides after the handshake, or says bad_certificate.
            if arguments[0] == "openssl" {
                #expect(leg.session.failureKind == .certificateRejected(alert: "unknown_ca"))
            } else {
                leg.run { leg.hasEnded }
                #expect(leg.session.facts.alerts.contains { $0.alert.isFatal && $0.direction == .toServer })
            }
        }
    }

    @Test(arguments: [TLSVersion.tls12, .tls13])
    func aServerThatInsistsOnAClientCertificate(_ version: TLSVersion) throws {
        for shown in [nil, TestPKI.path("client.pem")] {
            let port = UInt16(FreePort.take())
            let peer = try PeerProgram([
                "openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-naccept", "1", "-rev", "-cert",
                TestPKI.path("server-rsa.pem"), "-Verify", "1", "-verify_return_error", "-CAfile",
                TestPKI.path("ca-cert.pem"), version == .tls12 ? "-tls1_2" : "-tls1_3",
            ])
            let socket = try #require(
                LoopbackSocket.connected(to: port) { peer.isRunning }, "the peer does not listen: \(peer.output)")
            let context = try TestPKI.clientContext {
                if let shown { $0.clientCertificates = [ClientCertificate(host: nil, path: shown)] }
            }
            let leg = SocketLeg(context.makeSession(host: "localhost"), socket)
            leg.run { leg.isSettled }
            leg.send("hello\n")
            leg.run { !leg.received.isEmpty || leg.session.failureKind != nil }
            if shown == nil {
                #expect(leg.session.failureKind == .clientCertificateWanted)
            } else {
                #expect(leg.text == "olleh\n")
                #expect(leg.session.facts.clientCertificate?.key == "RSA 2048")
            }
        }
    }

    @Test func pskTroubleWithRealPeers() throws {
        for (identity, key, kind) in [
            ("stranger", PeerTests.key, TLSFailure.Kind.pskIdentityUnknown("stranger")),
            ("device-1", "ff" + PeerTests.key.dropFirst(2), .pskMismatch("device-1")),
        ] {
            for arguments in [
                ["openssl", "s_client", "-quiet", "-tls1_2", "-cipher", "PSK", "-psk_identity", identity, "-psk", key]
                    + ["-connect"],
                ["gnutls-cli", "--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+PSK", "--pskusername", identity]
                    + ["--pskkey", key],
            ] {
                let (listener, port) = LoopbackSocket.listening()
                let target = arguments[0] == "openssl" ? ["127.0.0.1:\(port)"] : ["--port", "\(port)", "127.0.0.1"]
                let peer = try PeerProgram(arguments + target)
                let accepted = try #require(listener.accept(), "the peer did not connect: \(peer.output)")
                let context = try TestPKI.serverContext { $0.psk = try TestPKI.psk() }
                let leg = SocketLeg(context.makeSession(host: "localhost"), accepted)
                leg.run { leg.isSettled }
                #expect(leg.session.failureKind == kind, "\(peer.output)")
            }
        }
    }
}
