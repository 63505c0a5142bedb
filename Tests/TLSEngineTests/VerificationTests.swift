import COpenSSL
import TLSWire
import TestSupport
import Testing
import Wire

@testable import TLSEngine

/// Servers whose certificate does not verify, devices that refuse ours, and client certificates.
@Suite struct VerificationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var leaf: String
        var host = "localhost"
        var reason: String
        var message: String
        var alert: String
        var testDescription: String { leaf }
    }

    static let cases = [
        Case(
            leaf: "expired.pem", reason: "certificate has expired",
            message:
                "the certificate of localhost expired on 2021-01-01T00:00:00Z; renew it, or go on regardless with -k",
            alert: "certificate_expired"),
        Case(
            leaf: "not-yet-valid.pem", reason: "certificate is not yet valid",
            message:
                "the certificate of localhost is not valid before 2119-01-01T00:00:00Z; check the clocks, or go on "
                + "regardless with -k", alert: "bad_certificate"),
        Case(
            leaf: "wrong-host.pem", reason: "hostname mismatch",
            message:
                "the certificate of localhost is for wrong.example.net, not for localhost; use its name, or go on "
                + "regardless with -k", alert: "bad_certificate"),
        Case(
            leaf: "server-rsa.pem", host: "127.0.0.2", reason: "IP address mismatch",
            message:
                "the certificate of 127.0.0.2 is for localhost, dm.example.com, 127.0.0.1, ::1, not for 127.0.0.2; use "
                + "its name, or go on regardless with -k", alert: "bad_certificate"),
        Case(
            leaf: "self-signed.pem", reason: "self-signed certificate",
            message:
                "the certificate of localhost is self-signed; trust it with --upstream-ca FILE, or go on regardless with "
                + "-k", alert: "unknown_ca"),
        Case(
            leaf: "unknown-ca.pem", reason: "unable to get local issuer certificate",
            message:
                "the certificate of localhost comes from an authority that is not trusted here (O=DMScope test, "
                + "CN=DMScope other test CA); trust its issuer with --upstream-ca FILE, or go on regardless with -k",
            alert: "unknown_ca"),
    ]

    @Test(arguments: cases, [TLSVersion.tls12, .tls13])
    func badServerCertificateIsTold(_ one: Case, _ version: TLSVersion) throws {
        let server = try TestPKI.serverContext(leaf: one.leaf)
        let pair = Pair(try TestPKI.clientContext { $0.only(version) }, server, host: one.host).run()
        #expect(pair.client.failureKind == .certificateInvalid(reason: one.reason, depth: 0))
        #expect(pair.client.failureMessage == one.message)
        #expect(pair.client.facts.alerts.map(\.text) == ["fatal \(one.alert) from client"])
        #expect(pair.client.facts.certificate?.notAfter != nil)
        guard case .failed(let failure) = pair.client.state else {
            Issue.record("the client is \(pair.client.state)")
            return
        }
        #expect(failure.finding.rule.id == "upstream-certificate-invalid")
        #expect(failure.finding.text.hasPrefix("The certificate of "))
        // The other side sees a client that rejects its certificate.
        #expect(pair.server.failureKind == .certificateRejected(alert: one.alert))
        #expect(pair.server.facts.alerts.map(\.text) == ["fatal \(one.alert) from client"])
    }

    @Test(arguments: cases)
    func insecureGoesOnAndStillTells(_ one: Case) throws {
        let pair = Pair(
            try TestPKI.clientContext { $0.insecure = true }, try TestPKI.serverContext(leaf: one.leaf), host: one.host
        ).run()
        #expect(pair.client.state == .open)
        #expect(pair.server.state == .open)
        // Without the advice that was taken.
        #expect(
            pair.client.certificateProblem?.message == one.message.replacing(", or go on regardless with -k", with: ""))
    }

    @Test(arguments: ["localhost", "dm.example.com", "127.0.0.1", "::1", "[::1]"])
    func goodServerCertificateIsAccepted(_ host: String) throws {
        for leaf in ["server-rsa.pem", "server-ec.pem"] {
            let pair = Pair(
                try TestPKI.clientContext(trusts: TestPKI.path("ca-cert.pem")), try TestPKI.serverContext(leaf: leaf),
                host: host
            ).run()
            #expect(pair.client.state == .open)
            #expect(pair.client.certificateProblem == nil)
            #expect(pair.client.facts.sni == (host.first == "l" || host.first == "d" ? host : nil))
        }
    }

    @Test func aPinnedLeafIsAsGoodAsItsIssuer() throws {
        let pair = Pair(
            try TestPKI.clientContext(trusts: TestPKI.path("self-signed.pem")),
            try TestPKI.serverContext(leaf: "self-signed.pem")
        ).run()
        #expect(pair.client.state == .open)
    }

    @Test func withoutAnExtraAuthorityTheSystemDecides() throws {
        let pair = Pair(try TestPKI.clientContext(trusts: nil), try TestPKI.serverContext()).run()
        #expect(
            pair.client.failureKind == .certificateInvalid(reason: "unable to get local issuer certificate", depth: 0))
    }

    @Test(arguments: ["/nonexistent.pem", TestPKI.path("psk.txt")])
    func anAuthorityFileThatCannotBeUsedIsOneClearLine(_ path: String) {
        let error = #expect(throws: TLSSetupError.self) { try TestPKI.clientContext(trusts: path) }
        #expect(error?.message.contains(path) == true)
        #expect(error?.exit == (path == "/nonexistent.pem" ? .noInput : .data))
    }

    // MARK: Devices that refuse

    @Test(arguments: [TLSVersion.tls10, .tls12, .tls13])
    func aDeviceThatDoesNotTrustUsIsTold(_ version: TLSVersion) throws {
        let pair = Pair(
            try TestPKI.clientContext(trusts: TestPKI.path("ca-cert.pem")) { $0.only(version) },
            try TestPKI.serverContext()
        ).run()
        #expect(pair.server.failureKind == .certificateRejected(alert: "unknown_ca"))
        #expect(
            pair.server.failureMessage
                == "the device rejected our certificate with the alert unknown_ca: install the CA on the device (dmscope "
                + "ca export); if it is there, the device trusts only its own server's certificate")
        guard case .failed(let failure) = pair.server.state else {
            Issue.record("the server is \(pair.server.state)")
            return
        }
        #expect(failure.finding.rule.id == "client-rejected-certificate")
        #expect(failure.alert == "unknown_ca")
    }

    @Test(arguments: [false, true])
    func aDeviceThatLeavesAfterOurCertificateIsTold(_ reset: Bool) throws {
        let pair = Pair(try TestPKI.clientContext(), try TestPKI.serverContext())
        pair.driveClient()
        pair.deliverToServer()
        #expect(pair.server.transportEnded(reset: reset)?.kind == .certificateRejected(alert: nil))
        #expect(
            pair.server.failureMessage?.hasPrefix(
                "the device \(reset ? "reset" : "closed") the connection without a word right after our certificate: ")
                == true)
        #expect(pair.server.transportEnded(reset: reset) == nil)
    }

    /// Whoever has sent its keys has taken the certificate.
    @Test func aDeviceThatLeavesAfterItsKeyExchangeIsNotToldToTrustUs() throws {
        let pair = Pair(try TestPKI.clientContext { $0.only(.tls12) }, try TestPKI.serverContext())
        pair.driveClient()
        pair.deliverToServer()
        // The ClientKeyExchange alone, without the ChangeCipherSpec and Finished behind it.
        pair.tamper = { octets, toServer in
            if toServer { octets.removeLast(octets.count - 5 - Int(octets[3]) << 8 - Int(octets[4])) }
        }
        pair.settle()
        #expect(pair.server.transportEnded(reset: false)?.kind == .handshakeCut(reset: false))
        #expect(
            pair.server.failureMessage
                == "the device closed the connection during the handshake, after the ClientKeyExchange")
    }

    /// A warning says why a device leaves, whether close_notify follows or not. close_notify alone does not.
    @Test(
        arguments: [
            ([1, 90], "the device ended the handshake with the alert user_canceled"),
            ([1, 90, 1, 0], "the device ended the handshake with the alert user_canceled"),
            (
                [1, 46],
                "the device rejected our certificate with the alert certificate_unknown: install the CA on the device "
                    + "(dmscope ca export); if it is there, the device trusts only its own server's certificate"
            ),
            (
                [1, 0],
                "the device closed the connection during the handshake, with close_notify after our certificate, which "
                    + "it may not trust"
            ),
            ([2, 40], "the device ended the handshake with the alert handshake_failure"),
            ([2, 80], "the device ended the handshake with the alert internal_error"),
        ] as [([UInt8], String)])
    func aDeviceThatSaysWhyItLeavesIsHeard(_ alerts: [UInt8], _ message: String) throws {
        let pair = Pair(try TestPKI.clientContext { $0.only(.tls12) }, try TestPKI.serverContext())
        pair.driveClient()
        pair.deliverToServer()
        for at in stride(from: 0, to: alerts.count, by: 2) { pair.driveServer([21, 3, 3, 0, 2] + alerts[at..<at + 2]) }
        _ = pair.server.transportEnded(reset: false)
        #expect(pair.server.failureMessage == message)
    }

    @Test(arguments: [true, false])
    func aDeviceThatLeavesAfterTheHandshakeIsTold(_ politely: Bool) throws {
        let pair = Pair(try TestPKI.clientContext(), try TestPKI.serverContext()).run()
        if politely {
            pair.closeFromClient()
            pair.settle()
        } else {
            _ = pair.server.transportEnded(reset: false)
        }
        #expect(pair.server.takeFindings().map(\.rule.id) == ["client-left-without-request"])
        #expect(pair.client.takeFindings().isEmpty)
    }

    @Test func aTransportThatEndsEarlyIsTold() throws {
        let server = try TestPKI.serverContext().makeSession(host: "localhost")
        #expect(
            server.transportEnded(reset: false)?.message
                == "the device closed the connection during the handshake, before a ClientHello")
        #expect(server.failureKind == .handshakeCut(reset: false))
        let client = try TestPKI.clientContext().makeSession(host: "localhost")
        client.drive(onPlaintext: { _ in }, onCiphertext: { _ in })
        #expect(
            client.transportEnded(reset: true)?.message
                == "the server localhost reset the connection during the handshake, after the ClientHello")
    }

    // MARK: Client certificates

    @Test(arguments: [TLSVersion.tls12, .tls13])
    func aClientCertificateIsShownAndRecorded(_ version: TLSVersion) throws {
        let pair = Pair(
            try TestPKI.clientContext {
                $0.only(version)
                $0.clientCertificates = [
                    ClientCertificate(option: "other.example=" + TestPKI.path("server-ec.pem")),
                    ClientCertificate(option: "localhost=" + TestPKI.path("client.pem")),
                ]
            }, try TestPKI.serverContext { $0.requestClientCertificate = true }
        ).run()
        #expect(pair.server.state == .open)
        #expect(pair.server.facts.certificateRequested)
        #expect(pair.server.facts.clientCertificate?.subject == "O=DMScope test, CN=IMEI:490154203237518")
        #expect(pair.client.facts == pair.server.facts)
    }

    @Test(arguments: [TLSVersion.tls12, .tls13], [true, false])
    func aResumedSessionHasTheClientCertificateThatItBeganWith(_ version: TLSVersion, shown: Bool) throws {
        let server = try TestPKI.serverContext { $0.requestClientCertificate = true }
        let client = try TestPKI.clientContext {
            $0.only(version)
            if shown { $0.clientCertificates = [ClientCertificate(option: TestPKI.path("client.pem"))] }
        }
        let first = Pair(client, server).run()
        let session = first.endedSession()
        defer { SSL_SESSION_free(session) }
        let second = Pair(client, server)
        SSL_set_session(second.client.ssl, session)
        second.run()
        let facts = second.server.facts
        #expect(facts.resumed)
        #expect(facts.clientCertificate?.subject == (shown ? "O=DMScope test, CN=IMEI:490154203237518" : nil))
        #expect(facts.clientCertificate?.chainLength == (shown ? 0 : nil))
    }

    @Test(arguments: [TLSVersion.tls12, .tls13])
    func aServerThatInsistsOnACertificateWeLackIsTold(_ version: TLSVersion) throws {
        let server = try TestPKI.serverContext { $0.requestClientCertificate = true }
        SSL_CTX_set_verify(server.context.pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        let pair = Pair(try TestPKI.clientContext { $0.only(version) }, server).run()
        #expect(pair.client.failureKind == .clientCertificateWanted)
        let alert = version == .tls12 ? "handshake_failure" : "certificate_required"
        #expect(
            pair.client.failureMessage
                == "the server localhost wants a client certificate and ended with the alert \(alert); give one with "
                + "--client-cert")
        #expect(pair.client.facts.certificateRequested)
    }

    /// TLS 1.3: a server that asks once the request is read, of a device that may be asked then.
    @Test(arguments: [true, false])
    func aServerThatAsksAfterTheHandshakeIsTold(_ insists: Bool) throws {
        let server = try TestPKI.serverContext()
        let device = try Pair(
            client: TestPKI.clientContext {
                $0.clientCertificates = [ClientCertificate(option: TestPKI.path("client.pem"))]
            }.makeSession(host: "localhost"), server: server.makeSession(host: "localhost")
        ).run()
        let offer = TLSOffer(try #require(device.server.clientHello))
        let pair = try Pair(
            client: TestPKI.clientContext().makeSession(host: "localhost", offering: offer),
            server: server.makeSession(host: "localhost")
        ).run()
        pair.sendFromClient([1])
        pair.settle()
        SSL_set_verify(pair.server.ssl, SSL_VERIFY_PEER | (insists ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nil)
        #expect(SSL_verify_client_post_handshake(pair.server.ssl) == 1)
        pair.driveServer()
        pair.settle()
        if insists {
            #expect(pair.client.failureKind == .clientCertificateWanted)
        } else {
            #expect(
                pair.client.takeFindings().map(\.text) == [
                    "The server localhost asked for a client certificate and got none; give one with --client-cert"
                ])
        }
    }

    @Test func aServerThatAsksAndIsContentWithoutGoesOn() throws {
        let pair = Pair(
            try TestPKI.clientContext(), try TestPKI.serverContext { $0.requestClientCertificate = true }
        ).run()
        #expect(pair.client.state == .open)
        #expect(pair.server.state == .open)
        #expect(pair.server.facts.certificateRequested)
        #expect(pair.server.facts.clientCertificate == nil)
    }

    @Test func hostPatterns() {
        var table = HostTable<Int>()
        table.add(nil, 1)
        table.add("*.example.com", 2)
        table.add("dm.example.com", 3)
        #expect(table.best(for: "DM.example.com") == 3)
        #expect(table.best(for: "a.example.com") == 2)
        #expect(table.best(for: "a.b.example.com") == 1)
        #expect(table.best(for: "example.com") == 1)
        #expect(HostTable<Int>().best(for: "a") == nil)
    }
}
