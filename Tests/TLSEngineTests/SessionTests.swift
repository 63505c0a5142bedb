import COpenSSL
import TLSWire
import TestSupport
import Testing
import Wire

@testable import TLSEngine

/// The life of a session after, around and beside the handshake.
@Suite struct SessionTests {
    static let versions: [TLSVersion] = [.tls10, .tls11, .tls12, .tls13]

    private func pattern(_ count: Int, seed: UInt8) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) ^ seed }
    }

    // MARK: Data

    @Test(arguments: versions)
    func largeTransfersBothWaysArriveWhole(_ version: TLSVersion) throws {
        let pair = try Pair(version).run()
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
        let pair = try Pair(.tls12).run()
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
        let pair = try Pair(.tls13).run()
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
        let pair = try Pair(.tls12)
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
        let pair = try Pair(.tls12)
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
        let down = try Pair(.tls13).run()
        let up = try Pair(.tls12).run()
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
        let pair = try Pair(version).run()
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
        let pair = try Pair(.tls12).run()
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
        let pair = try Pair(.tls12).run()
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
        let pair = try Pair(.tls12).run()
        pair.server.closeNotify { _ in }
        #expect((pair.server.transportEnded(reset: reset) == nil) == !reset)
        #expect(pair.server.state == .closed)
    }

    @Test func aFatalAlertInMidConnectionIsTold() throws {
        let pair = try Pair(.tls12).run()
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
        let pair = try Pair(.tls12).run()
        let records = sealed(pair.client)
        pair.driveServer(records + [0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        #expect(pair.atServer == [1, 2, 3])
        #expect(pair.server.failureKind != nil)
    }

    @Test func aSessionIsFreedWithItsLastReference() throws {
        weak var client: TLSSession?
        weak var server: TLSSession?
        do {
            let pair = try Pair(.tls13).run()
            client = pair.client
            server = pair.server
            #expect(client != nil)
        }
        #expect(client == nil)
        #expect(server == nil)
    }

    // MARK: Resumption and renegotiation

    @Test(arguments: versions, [true, false])
    func sessionsAreResumed(_ version: TLSVersion, tickets: Bool) throws {
        let client = try TestPKI.clientContext { $0.only(version) }
        let server = try TestPKI.serverContext()
        let first = Pair(client, server)
        if !tickets { SSL_set_options(first.client.ssl, noTicket) }
        first.run()
        let session = first.endedSession()
        defer { SSL_SESSION_free(session) }
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
        let pair = try Pair(version)
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
        let pair = try Pair(.tls12).run()
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
        let pair = try Pair(.tls12).run()
        #expect(SSL_renegotiate(pair.server.ssl) == 1)
        pair.driveServer()
        pair.settle()
        pair.sendFromServer([1])
        pair.settle()
        #expect(pair.atClient == [1])
        #expect(pair.client.takeFindings().map(\.rule.id) == ["tls-renegotiation"])
    }

    /// SSL_OP_NO_TICKET, a macro with arguments in C.
    private let noTicket: UInt64 = 1 << 14
}
