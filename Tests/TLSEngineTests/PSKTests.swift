import COpenSSL
import TLSWire
import TestSupport
import Testing
import Wire

@testable import TLSEngine

/// Pre-shared keys on both legs: the suites of the binding's section 5.4, their relatives, and TLS 1.3.
@Suite struct PSKTests {
    struct Suite: Sendable, CustomTestStringConvertible {
        var openSSL: String
        var name: String
        var testDescription: String { name }
    }

    static let binding = [
        Suite(openSSL: "PSK-AES128-GCM-SHA256", name: "TLS_PSK_WITH_AES_128_GCM_SHA256"),
        Suite(openSSL: "DHE-PSK-AES128-GCM-SHA256", name: "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256"),
        Suite(openSSL: "RSA-PSK-AES128-GCM-SHA256", name: "TLS_RSA_PSK_WITH_AES_128_GCM_SHA256"),
        Suite(openSSL: "PSK-AES128-CBC-SHA256", name: "TLS_PSK_WITH_AES_128_CBC_SHA256"),
        Suite(openSSL: "DHE-PSK-AES128-CBC-SHA256", name: "TLS_DHE_PSK_WITH_AES_128_CBC_SHA256"),
        Suite(openSSL: "RSA-PSK-AES128-CBC-SHA256", name: "TLS_RSA_PSK_WITH_AES_128_CBC_SHA256"),
    ]
    static let relatives = [
        Suite(openSSL: "PSK-AES128-CBC-SHA", name: "TLS_PSK_WITH_AES_128_CBC_SHA"),
        Suite(openSSL: "ECDHE-PSK-AES128-CBC-SHA256", name: "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256"),
        Suite(openSSL: "ECDHE-PSK-CHACHA20-POLY1305", name: "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256"),
    ]

    private func client(_ suites: String?, identities: String = "device-1:000102030405060708090a0b0c0d0e0f") throws
        -> ClientTLSContext
    {
        try TestPKI.clientContext {
            if let suites {
                $0.only(.tls12)
                $0.suites = suites
            }
            $0.psk = try PSKTable(parsing: Array(identities.utf8).span.bytes)
        }
    }

    @Test(arguments: binding + relatives, [1, Int.max])
    func completes(_ suite: Suite, step: Int) throws {
        let pair = Pair(
            try client(suite.openSSL),
            try TestPKI.serverContext {
                $0.psk = try TestPKI.psk()
                $0.pskIdentityHint = "dm.example.com"
            })
        pair.step = step
        pair.run()
        pair.sendFromClient([1, 2, 3])
        pair.settle()
        #expect(pair.atServer == [1, 2, 3])
        for facts in [pair.client.facts, pair.server.facts] {
            #expect(facts.suite == suite.name)
            #expect(facts.pskIdentity == "device-1")
            #expect(facts.pskIdentityHint == "dm.example.com")
            #expect((facts.certificate != nil) == suite.name.contains("RSA_PSK"))
        }
        #expect(pair.client.facts == pair.server.facts)
    }

    /// A device that offers nothing else, and no `--psk`: another certificate would not help.
    @Test(arguments: [
        ("PSK-AES128-CBC-SHA", "the device wants a pre-shared key: give identity and key with --psk FILE"),
        ("PSK-AES128-CBC-SHA:CAMELLIA128-SHA", "give one of another kind with --certs"),
    ])
    func noKeysAreGiven(_ suites: String, _ remedy: String) throws {
        let pair = Pair(try client(suites), try TestPKI.serverContext { $0.suites = "AES128-SHA" }).run()
        #expect(pair.server.failureKind == .noSharedSuite)
        #expect(try #require(pair.server.failureMessage).hasSuffix(remedy), "\(pair.server.failureMessage ?? "")")
    }

    /// Nothing of such a hello can go on to the server: it was asked nothing, and refused nothing.
    @Test func noKeysAreGivenToOffer() throws {
        let session = try TestPKI.clientContext()
            .makeSession(host: "localhost", offering: TLSOffer(versions: [0x0303], suites: [0x008C, 0x00FF]))
        var sent: [UInt8] = []
        session.drive(
            receiving: [UInt8]().span.bytes, onPlaintext: { _ in }, onCiphertext: { sent.append($0) })
        #expect(session.failureKind == .noSharedSuite)
        #expect(
            session.failureMessage
                == "of the device's cipher suites none can be offered to the server localhost; "
                + "the device wants a pre-shared key: give identity and key with --psk FILE")
    }

    @Test func pskAndECDSATogether() throws {
        let pair = Pair(
            try client("RSA-PSK-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256"),
            try TestPKI.serverContext { $0.psk = try TestPKI.psk() }
        ).run()
        #expect(pair.server.facts.suite == "TLS_RSA_PSK_WITH_AES_128_GCM_SHA256")
        #expect(pair.server.facts.certificate?.key == "RSA 2048")
    }

    @Test func externalKeyOfTLS13() throws {
        let context = try TestPKI.clientContext {
            $0.only(.tls13)
            $0.psk = try TestPKI.psk()
        }
        let pair = Pair(
            client: context.makeSession(host: "localhost", pskIdentity: Array("urn:imei:490154203237518".utf8)),
            server: try TestPKI.serverContext { $0.psk = try TestPKI.psk() }.makeSession(host: "localhost")
        ).run()
        #expect(pair.server.state == .open)
        for facts in [pair.client.facts, pair.server.facts] {
            #expect(facts.pskIdentity == "urn:imei:490154203237518")
            #expect(facts.certificate == nil)
            #expect(!facts.resumed)
        }
        #expect(pair.server.clientHello?.offersPSK == true)
        #expect(pair.server.clientHello?.pskIdentities == [Array("urn:imei:490154203237518".utf8)])
    }

    /// A device that resumed would not say its identity, and the server's leg needs it.
    @Test(arguments: [TLSVersion.tls12, .tls13])
    func noSessionIsResumed(_ version: TLSVersion) throws {
        let client = try TestPKI.clientContext {
            $0.only(version)
            if version == .tls12 { $0.suites = "PSK-AES128-GCM-SHA256" }
            $0.psk = try TestPKI.psk()
        }
        let server = try TestPKI.serverContext { $0.psk = try TestPKI.psk() }
        var session: OpaquePointer?
        defer { SSL_SESSION_free(session) }
        for _ in 0..<2 {
            let pair = Pair(
                client: client.makeSession(host: "localhost", pskIdentity: Array("device-1".utf8)),
                server: server.makeSession(host: "localhost"))
            if let session { SSL_set_session(pair.client.ssl, session) }
            pair.run()
            pair.sendFromServer([1])
            pair.settle()
            let facts = pair.server.facts
            #expect(!facts.resumed && facts.pskIdentity == "device-1")
            SSL_SESSION_free(session)
            session = SSL_get1_session(pair.client.ssl)
            pair.closeFromClient()
            pair.closeFromServer()
            pair.settle()
        }
    }

    @Test func defaultKeyServesEveryIdentity() throws {
        for suites in [nil, "PSK-AES128-GCM-SHA256"] {
            let pair = Pair(
                try client(suites, identities: "anything:00ff"),
                try TestPKI.serverContext { $0.psk = try PSKTable(parsing: Array("*:00ff".utf8).span.bytes) }
            ).run()
            #expect(pair.server.state == .open)
            #expect(pair.server.facts.pskIdentity == "anything")
        }
    }

    @Test func unknownIdentityIsNamedOnBothSides() throws {
        let pair = Pair(
            try client("PSK-AES128-GCM-SHA256", identities: "stranger:00"),
            try TestPKI.serverContext { $0.psk = try TestPKI.psk() }
        ).run()
        #expect(pair.server.failureKind == .pskIdentityUnknown("stranger"))
        #expect(
            pair.server.failureMessage
                == "no key for the PSK identity 'stranger'; add a line 'stranger:HEXKEY' to the PSK file")
        #expect(pair.server.facts.pskIdentity == "stranger")
        #expect(pair.server.facts.alerts.map(\.text) == ["fatal unknown_psk_identity from server"])
        #expect(pair.client.failureKind == .pskIdentityUnknown("stranger"))
        #expect(pair.client.failureMessage == "the server localhost does not know the PSK identity 'stranger'")
    }

    /// A key was offered in case the server speaks TLS 1.3; it does not.
    @Test func aDamagedRecordIsNoWrongKey() throws {
        let pair = Pair(
            client: try client(nil).makeSession(host: "localhost"),
            server: try TestPKI.serverContext { $0.maxVersion = .tls12 }.makeSession(host: "localhost"))
        pair.tamper = { octets, toServer in
            // The flight that ends in the client's Finished.
            if toServer, octets[0] != 22 || octets[5] != 1 { octets[octets.count - 1] ^= 1 }
        }
        pair.run()
        #expect(pair.client.failureKind == .alertReceived("bad_record_mac"))
    }

    @Test func unknownIdentityOfTLS13GoesOnWithACertificate() throws {
        let pair = Pair(
            try client(nil, identities: "stranger:00"), try TestPKI.serverContext { $0.psk = try TestPKI.psk() }
        ).run()
        #expect(pair.server.state == .open)
        #expect(pair.server.unknownPSKIdentity == Array("stranger".utf8))
        let findings = pair.server.takeFindings()
        #expect(findings.map(\.rule.id) == ["psk-identity-unknown"])
        #expect(
            findings.map(\.text)
                == ["No key for the PSK identity 'stranger': the handshake went on with a certificate"])
        #expect(pair.server.facts.pskIdentity == nil)
        #expect(pair.server.facts.certificate != nil)
    }

    @Test(arguments: binding.map(\.openSSL))
    func wrongKeyIsNamed(_ suite: String) throws {
        let pair = Pair(
            try client(suite, identities: "device-1:ff"), try TestPKI.serverContext { $0.psk = try TestPKI.psk() }
        ).run()
        #expect(pair.server.failureKind == .pskMismatch("device-1"))
        #expect(
            pair.server.failureMessage
                == "the key of the device for the PSK identity 'device-1' is not the one in the PSK file")
        #expect(pair.client.failureKind == .pskMismatch("device-1"))
    }

    @Test func wrongKeyOfTLS13IsNamed() throws {
        let pair = Pair(
            try client(nil, identities: "device-1:ff"), try TestPKI.serverContext { $0.psk = try TestPKI.psk() }
        ).run()
        #expect(pair.server.failureKind == .pskMismatch("device-1"))
        #expect(pair.client.failureKind == .pskMismatch("device-1"))
        #expect(pair.client.failureMessage?.hasSuffix("its key for the PSK identity 'device-1' is not ours") == true)
    }

    @Test func hintAndIdentityCrossTheProxy() throws {
        // The device faces the proxy, the proxy the server: the server's hint reaches the device before it names itself.
        let server = try TestPKI.serverContext {
            $0.psk = try TestPKI.psk()
            $0.pskIdentityHint = "which device?"
        }
        let proxyDown = try TestPKI.serverContext { $0.psk = try TestPKI.psk() }
        let proxyUp = try TestPKI.clientContext {
            $0.psk = try TestPKI.psk()
            $0.only(.tls12)
            $0.suites = "PSK-AES128-GCM-SHA256"
        }
        let down = Pair(try client("PSK-AES128-GCM-SHA256"), proxyDown, suspends: true).run()
        #expect(down.server.state == .suspended)
        let up = Pair(
            client: proxyUp.makeSession(host: "localhost", suspendForPSKIdentity: true),
            server: server.makeSession(host: "localhost"))
        up.step = 1
        up.run()
        #expect(up.client.state == .suspended)
        #expect(up.client.suspension == .pskIdentity)
        #expect(up.client.pskIdentityHint == Array("which device?".utf8))
        down.server.resume(with: TLSSession.Choice(pskIdentityHint: up.client.pskIdentityHint))
        down.driveServer()
        down.settle()
        #expect(down.server.state == .open)
        #expect(down.client.facts.pskIdentityHint == "which device?")
        up.client.resume(pskIdentity: down.server.usedPSKIdentity ?? [])
        up.driveClient()
        up.settle()
        #expect(up.server.state == .open)
        #expect(up.server.facts.pskIdentity == "device-1")
    }

    /// A suspended leg knows what the server chose although libssl has yet to read it: the device's leg follows.
    @Test func aLegThatAwaitsItsIdentityKnowsTheServersChoice() throws {
        let context = try TestPKI.clientContext {
            $0.psk = try TestPKI.psk()
            $0.suites = "PSK-AES128-GCM-SHA256"
        }
        let pair = Pair(
            client: context.makeSession(host: "localhost", suspendForPSKIdentity: true),
            server: try TestPKI.serverContext {
                $0.psk = try TestPKI.psk()
                $0.maxVersion = .tls12
            }.makeSession(host: "localhost")
        ).run()
        #expect(pair.client.suspension == .pskIdentity)
        #expect(pair.client.version == .tls12 && pair.client.suiteCode == 0x00A8 && pair.client.alpn == "http/1.1")
    }

    /// The octets of an identity and of a hint are nobody's to change.
    @Test func identitiesAndHintsAreOctets() throws {
        let identity: [UInt8] = [0xFF, 0xFE, 0x64, 0x01]
        var table = PSKTable()
        table.set([1, 2, 3, 4], for: identity)
        for version in [TLSVersion.tls12, .tls13] {
            let client = try TestPKI.clientContext {
                $0.only(version)
                if version == .tls12 { $0.suites = "PSK-AES128-GCM-SHA256" }
                $0.psk = table
            }
            let pair = Pair(
                client: client.makeSession(host: "localhost", pskIdentity: identity),
                server: try TestPKI.serverContext { $0.psk = table }
                    .makeSession(host: "localhost", suspendAfterClientHello: true)
            ).run()
            pair.server.resume(with: TLSSession.Choice(pskIdentityHint: [0x68, 0xFF, 0x01]))
            pair.driveServer()
            pair.settle()
            #expect(pair.server.state == .open)
            #expect(pair.server.usedPSKIdentity == identity && pair.client.usedPSKIdentity == identity)
            #expect(pair.server.facts.pskIdentity == "0xfffe6401")
            #expect(pair.client.facts.pskIdentityHint == (version == .tls12 ? "0x68ff01" : nil))
        }
    }

    @Test func anIdentityThatIsNotTextIsAddedAsOctets() throws {
        var table = PSKTable()
        table.set([1], for: [0xFF])
        let client = try TestPKI.clientContext {
            $0.only(.tls12)
            $0.suites = "PSK-AES128-GCM-SHA256"
            $0.psk = table
        }
        let pair = Pair(client, try TestPKI.serverContext { $0.psk = try TestPKI.psk() }).run()
        #expect(
            pair.server.failureMessage
                == "no key for the PSK identity '0xff'; add a line that begins with these octets, then ':HEXKEY', to "
                + "the PSK file")
    }

    /// The device's leg does what the server's did: a key that the server did not take is not taken for it.
    @Test(arguments: [nil, "device-1", "urn:imei:490154203237518"] as [String?])
    func aKeyCountsWhereTheServerTookIt(_ taken: String?) throws {
        let context = try TestPKI.clientContext {
            $0.only(.tls13)
            $0.psk = try TestPKI.psk()
        }
        let pair = Pair(
            client: context.makeSession(host: "localhost", pskIdentity: Array("device-1".utf8)),
            server: try TestPKI.serverContext { $0.psk = try TestPKI.psk() }
                .makeSession(host: "localhost", suspendAfterClientHello: true)
        ).run()
        let outcome = TLSSession.ServerOutcome(
            pskIdentity: taken.map { Array($0.utf8) }, offeredIdentities: [Array("device-1".utf8)])
        pair.server.resume(with: TLSSession.Choice(following: outcome))
        pair.driveServer()
        pair.settle()
        #expect(pair.client.state == .open)
        let isTaken = taken == "device-1"
        #expect(pair.client.facts.pskIdentity == (isTaken ? "device-1" : nil))
        #expect((pair.client.facts.certificate == nil) == isTaken)
        let told = "The server did not take the PSK identity 'device-1': the handshake went on with a certificate"
        #expect(pair.server.takeFindings().map(\.text) == (isTaken ? [] : [told]))
    }

    /// What a device did not offer is not offered for it, though there is a key.
    @Test func aDevicesOfferBringsNoKeyOfItsOwn() throws {
        let context = try TestPKI.clientContext {
            $0.only(.tls13)
            $0.psk = try PSKTable(parsing: Array("only:00ff".utf8).span.bytes)
        }
        let pair = Pair(
            client: context.makeSession(host: "localhost", offering: TLSOffer(versions: [0x0304], suites: [0x1301])),
            server: try TestPKI.serverContext { $0.psk = try TestPKI.psk() }.makeSession(host: "localhost")
        ).run()
        #expect(pair.server.clientHello?.pskIdentities == [])
        #expect(pair.server.state == .open)
    }

    @Test func withoutAnIdentityTheServersChoiceOfPSKFails() throws {
        let context = try TestPKI.clientContext {
            $0.psk = try TestPKI.psk()  // two identities: which one?
            $0.only(.tls12)
            $0.suites = "PSK-AES128-GCM-SHA256"
        }
        let pair = Pair(context, try TestPKI.serverContext { $0.psk = try TestPKI.psk() }).run()
        #expect(pair.client.failureKind == .pskIdentityUnknown(""))
        #expect(pair.client.failureMessage?.contains("which identity to use") == true)
    }

    @Test func aFileThatCannotBeUsedIsOneClearLine() {
        let missing = "cannot read the PSK file /nonexistent: No such file or directory; check the path"
        #expect(throws: TLSSetupError(.noInput, missing)) {
            try PSKTable(path: "/nonexistent")
        }
        let error = #expect(throws: TLSSetupError.self) { try PSKTable(path: TestPKI.path("ca-cert.pem")) }
        #expect(error?.exit == .data)
        #expect(error?.message.hasPrefix("the PSK file \(TestPKI.path("ca-cert.pem")), line 1: ") == true)
    }
}
