import COpenSSL
import TLSWire
import TestSupport
import Testing
import Wire

@testable import TLSEngine

/// The life of a session after, around and beside the handshake.
@Suite struct SessionTests {
    static let versions: [TLSVersion] = [.tls10, .tls11, .tls12, .tls13]

    private func pair(_ version: TLSVersion, suspends: Bool = false) throws -> Pair {
        Pair(try TestPKI.clientContext { $0.only(version) }, try TestPKI.serverContext(), suspends: suspends)
    }

    private func pattern(_ count: Int, seed: UInt8) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) ^ seed }
    }

    // MARK: Data

    @Test(arguments: versions)
    func largeTransfersBothWaysArriveWhole(_ version: TLSVersion) throws {
        let pair = try pair(version).run()
        let up = pattern(600_000, seed: 1)
        let down = pattern(600_000, seed: 2)
        var at = 0
        var size = 1
        while at < up.count {
            // Sizes below, at and above a record, many sends before anything is handed over.
            let end = min(at + size, up.count)
            pair.sendFromClient(Array(up[at..<end]))
            pair.sendFromServer(Array(down[at..<end]))
            at = end
            size = size >= 200_000 ? 16_384 : size * 3
            if size > 50_000 { pair.settle() }
        }
        pair.settle()
        #expect(pair.atServer == up)
        #expect(pair.atClient == down)
        #expect(pair.isEmptyHanded)
    }

    @Test func backToBackRecordsComeAsOnePiece() throws {
        let pair = try pair(.tls12).run()
        var records: [UInt8] = []
        for octet in UInt8(0)..<200 { pair.client.send([octet].span.bytes) { records.append($0) } }
        var pieces = 0
        var octets: [UInt8] = []
        pair.server.drive(
            receiving: records.span.bytes,
            onPlaintext: {
                pieces += 1
                octets.append($0)
            }, onCiphertext: { _ in })
        #expect(octets == Array(0..<200))
        #expect(pieces == 1)
    }

    @Test func aRecordCutInTwoWaitsForItsRest() throws {
        let pair = try pair(.tls13).run()
        var record = sealed(pair.client)
        for cut in [1, 5, record.count - 1] {
            if cut > 1 { record = sealed(pair.client) }
            pair.driveServer(Array(record[..<cut]))
            #expect(pair.atServer.count.isMultiple(of: 3))
            let before = pair.atServer.count
            pair.driveServer(Array(record[cut...]))
            #expect(pair.atServer.suffix(from: before) == [1, 2, 3])
        }
    }

    @Test func whatIsSentBeforeTheHandshakeGoesOutAfterIt() throws {
        let pair = try pair(.tls12)
        pair.sendFromClient([1, 2, 3])
        pair.sendFromServer([4])
        #expect(pair.client.unsentCount == 3)
        #expect(pair.server.unsentCount == 1)
        pair.closeFromServer()
        pair.run()
        #expect(pair.atServer == [1, 2, 3])
        #expect(pair.atClient == [4])
        #expect(pair.client.state == .peerClosed)
        #expect(pair.isEmptyHanded)
    }

    @Test func earlyOctetsAreKeptForTheFirstDrive() throws {
        let pair = try pair(.tls12)
        var hello: [UInt8] = []
        pair.client.drive(onPlaintext: { _ in }, onCiphertext: { hello.append($0) })
        for part in [0..<3, 3..<10] { pair.server.receive(hello.span.bytes.extracting(part)) }
        #expect(pair.server.heldCount == 10)
        pair.driveServer(Array(hello[10...]))
        pair.settle()
        #expect(pair.server.state == .open)
        #expect(pair.isEmptyHanded)
    }

    @Test func aCallbackMayDriveAnotherSession() throws {
        // Device leg and server leg of a relay: plaintext of one goes straight into the other.
        let down = try pair(.tls13).run()
        let up = try pair(.tls12).run()
        let message = pattern(300_000, seed: 3)
        var records: [UInt8] = []
        down.client.send(message.span.bytes) { records.append($0) }
        var forwarded: [UInt8] = []
        down.server.drive(
            receiving: records.span.bytes,
            onPlaintext: { octets in up.client.send(octets) { forwarded.append($0) } }, onCiphertext: { _ in })
        up.driveServer(forwarded)
        #expect(up.atServer == message)
    }

    private func sealed(_ session: TLSSession) -> [UInt8] {
        var record: [UInt8] = []
        session.send(([1, 2, 3] as [UInt8]).span.bytes) { record.append($0) }
        return record
    }

    // MARK: The end

    @Test(arguments: versions)
    func closeNotifyEndsOneDirectionAtATime(_ version: TLSVersion) throws {
        let pair = try pair(version).run()
        pair.sendFromClient([1])
        pair.closeFromClient()
        pair.settle()
        #expect(pair.atServer == [1])
        #expect(pair.server.state == .peerClosed)
        #expect(pair.client.state == .open)
        pair.sendFromServer([2, 3])
        pair.settle()
        #expect(pair.atClient == [2, 3])
        pair.closeFromServer()
        #expect(pair.server.state == .closed)
        pair.settle()
        #expect(pair.client.state == .closed)
        #expect(pair.client.transportEnded(reset: false) == nil)
        #expect(
            pair.client.facts.alerts.map(\.text) == [
                "warning close_notify from client", "warning close_notify from server",
            ])
        #expect(pair.client.takeFindings().isEmpty)
        pair.sendFromClient([9])
        #expect(pair.toServer.isEmpty)
    }

    @Test func whatComesAfterCloseNotifyCountsForNothing() throws {
        let pair = try pair(.tls12).run()
        pair.closeFromClient()
        pair.settle()
        for _ in 0..<3 {
            pair.driveServer([UInt8](repeating: 0x55, count: 1000))
            #expect(pair.server.state == .peerClosed)
            #expect(pair.server.heldCount == 0)
        }
        #expect(pair.atServer.isEmpty)
    }

    @Test(arguments: versions)
    func damagedOctetsNeverDoHarm(_ version: TLSVersion) throws {
        // Each octet of each flight, damaged one at a time (every 13th in turn): an alert or a wait, never a crash.
        let client = try TestPKI.clientContext { $0.only(version) }
        let server = try TestPKI.serverContext()
        for start in 0..<13 {
            for towardsServer in [true, false] {
                let pair = Pair(client, server)
                var at = start
                pair.tamper = { octets, toServer in
                    guard toServer == towardsServer, at < octets.count else { return }
                    octets[at] ^= UInt8(truncatingIfNeeded: 1 << (at % 8))
                    at += 13
                }
                pair.run()
                #expect(pair.server.state != .suspended)
                #expect(pair.client.heldCount == 0)
                #expect(pair.server.heldCount == 0)
            }
        }
    }

    @Test(arguments: [false, true])
    func anEndWithoutCloseNotifyIsUnclean(_ reset: Bool) throws {
        let pair = try pair(.tls12).run()
        let failure = try #require(pair.server.transportEnded(reset: reset))
        #expect(failure.kind == .uncleanShutdown(reset: reset))
        #expect(failure.finding.rule.id == "tls-close-without-notify")
        #expect(
            failure.finding.text == "The device \(reset ? "reset" : "closed") the connection without close_notify: TLS "
                + "does not tell whether all of it came")
        #expect(pair.server.state == .peerClosed)
        pair.sendFromServer([7])
        pair.settle()
        #expect(pair.atClient == [7])
    }

    /// A server that was told close_notify may close without a word (as the reader of captures has it).
    @Test(arguments: [false, true])
    func anEndBehindOurCloseNotifyIsClean(_ reset: Bool) throws {
        let pair = try pair(.tls12).run()
        pair.server.closeNotify { _ in }
        #expect((pair.server.transportEnded(reset: reset) == nil) == !reset)
        #expect(pair.server.state == .closed)
    }

    @Test func aFatalAlertInMidConnectionIsTold() throws {
        let pair = try pair(.tls12).run()
        var record = sealed(pair.client)
        record[record.count - 1] ^= 1
        pair.driveServer(record)
        pair.settle()
        #expect(pair.server.failureKind == .protocolError("decryption failed or bad record mac"))
        #expect(pair.server.failureMessage == "TLS with the device failed: decryption failed or bad record mac")
        #expect(pair.client.failureKind == .alertReceived("bad_record_mac"))
        #expect(pair.client.failureMessage == "the server localhost ended the connection with the alert bad_record_mac")
    }

    @Test func plaintextBeforeAFailureIsHandedOut() throws {
        let pair = try pair(.tls12).run()
        let records = sealed(pair.client)
        pair.driveServer(records + [0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        #expect(pair.atServer == [1, 2, 3])
        #expect(pair.server.failureKind != nil)
    }

    @Test func aSessionIsFreedWithItsLastReference() throws {
        weak var client: TLSSession?
        weak var server: TLSSession?
        do {
            let pair = try pair(.tls13).run()
            client = pair.client
            server = pair.server
            #expect(client != nil)
        }
        #expect(client == nil)
        #expect(server == nil)
    }

    // MARK: Suspension

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
        let pair = try pair(version, suspends: true).run()
        pair.server.resume(with: TLSSession.Choice(suite: code))
        pair.driveServer()
        pair.settle()
        #expect(pair.client.state == .open)
        #expect(pair.client.facts.suite == name)
        #expect(pair.client.version == version)
    }

    @Test func aSuspendedHandshakeCanBeRefused() throws {
        let pair = try pair(.tls12, suspends: true).run()
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
        let pair = try pair(.tls12, suspends: true).run()
        pair.server.resume(with: TLSSession.Choice(like: original))
        pair.driveServer()
        pair.settle()
        let copy = try #require(pair.client.facts.certificate)
        #expect(pair.client.state == .open)
        #expect(copy.dnsNames == ["localhost", "dm.example.com"])
        #expect(copy.ipAddresses == ["127.0.0.1", "::1"])
        #expect(copy.subject == "O=DMScope test, CN=localhost")
    }

    // MARK: Resumption and renegotiation

    @Test(arguments: versions, [true, false])
    func sessionsAreResumed(_ version: TLSVersion, tickets: Bool) throws {
        let client = try TestPKI.clientContext { $0.only(version) }
        let server = try TestPKI.serverContext()
        let first = Pair(client, server)
        if !tickets { SSL_set_options(first.client.ssl, noTicket) }
        first.run()
        first.sendFromServer([1])
        first.settle()
        let session = SSL_get1_session(first.client.ssl)
        defer { SSL_SESSION_free(session) }
        first.closeFromClient()
        first.closeFromServer()
        first.settle()
        let second = Pair(client, server)
        if !tickets { SSL_set_options(second.client.ssl, noTicket) }
        SSL_set_session(second.client.ssl, session)
        second.run()
        second.sendFromClient([1, 2])
        second.settle()
        #expect(second.atServer == [1, 2])
        for facts in [second.client.facts, second.server.facts] {
            let resumed = facts.resumed
            #expect(resumed)
        }
        #expect(second.server.facts.certificate == nil)
        #expect(second.server.facts.handshakeComplete)
    }

    @Test(arguments: [TLSVersion.tls10, .tls12])
    func theClientMayRenegotiate(_ version: TLSVersion) throws {
        let pair = try pair(version)
        pair.run()
        pair.sendFromClient([1])
        pair.settle()
        #expect(SSL_renegotiate(pair.client.ssl) == 1)
        pair.driveClient()
        pair.settle()
        pair.sendFromClient([2])
        pair.sendFromServer([3])
        pair.settle()
        #expect(pair.atServer == [1, 2])
        #expect(pair.atClient == [3])
        #expect(pair.server.state == .open)
        #expect(pair.server.takeFindings().map(\.rule.id) == ["tls-renegotiation"])
        #expect(pair.isEmptyHanded)
    }

    @Test func dataSentDuringARenegotiationIsNotLost() throws {
        let pair = try pair(.tls12).run()
        #expect(SSL_renegotiate(pair.client.ssl) == 1)
        pair.driveClient()
        pair.deliverToServer()
        let message = pattern(100_000, seed: 5)
        pair.sendFromServer(message)
        pair.sendFromClient(message)
        pair.settle()
        #expect(pair.atServer == message)
        #expect(pair.atClient == message)
        #expect(pair.isEmptyHanded)
    }

    @Test func theServerMayRenegotiate() throws {
        let pair = try pair(.tls12).run()
        #expect(SSL_renegotiate(pair.server.ssl) == 1)
        pair.driveServer()
        pair.settle()
        pair.sendFromServer([1])
        pair.settle()
        #expect(pair.atClient == [1])
        #expect(pair.client.takeFindings().map(\.rule.id) == ["tls-renegotiation"])
    }

    // MARK: Faithful legs

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

    @Test func anOpenLegForgetsItsHandshake() throws {
        let pair = try pair(.tls12).run()
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
        let pair = try pair(afterwards == .newKeys ? .tls13 : .tls12).run()
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
        let pair = try pair(.tls12, suspends: true).run()
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
    /// SSL_OP_NO_TICKET, a macro with arguments in C.
    private let noTicket: UInt64 = 1 << 14
}
