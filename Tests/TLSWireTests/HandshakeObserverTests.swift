import TLSWire
import TestSupport
import Testing
import Wire

/// Builds messages for the observer.
private func vector8(_ octets: [UInt8]) -> [UInt8] { [UInt8(octets.count)] + octets }
private func vector16(_ octets: [UInt8]) -> [UInt8] { u16(UInt16(octets.count)) + octets }
private func vector24(_ octets: [UInt8]) -> [UInt8] {
    [UInt8(octets.count >> 16)] + u16(UInt16(octets.count & 0xFFFF)) + octets
}
private func u16(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
private func ext(_ type: UInt16, _ content: [UInt8]) -> [UInt8] { u16(type) + vector16(content) }

private func clientHello(
    version: UInt16 = 0x0303, sessionID: [UInt8] = [], suites: [UInt16] = [0xC02F, 0x00FF], extensions: [UInt8]? = nil
) -> [UInt8] {
    u16(version) + [UInt8](repeating: 0xC1, count: 32) + vector8(sessionID) + vector16(suites.flatMap(u16)) + [1, 0]
        + (extensions.map(vector16) ?? [])
}

private func serverHello(
    version: UInt16 = 0x0303, random: [UInt8] = [UInt8](repeating: 0x5E, count: 32), sessionID: [UInt8] = [],
    suite: UInt16 = 0xC02F, compression: UInt8 = 0, extensions: [UInt8]? = nil
) -> [UInt8] {
    u16(version) + random + vector8(sessionID) + u16(suite) + [compression] + (extensions.map(vector16) ?? [])
}

private struct Leg {
    var observer = HandshakeObserver { CertificateFacts($0, sha256: [0xDD], chainLength: $1) }
    var findings: [Finding] = []
    var facts: TLSFacts { observer.facts }

    mutating func client(_ type: HandshakeType, _ body: [UInt8]) {
        findings += observer.message(type, body.span.bytes, from: .toServer, at: 7)
    }
    mutating func server(_ type: HandshakeType, _ body: [UInt8]) {
        findings += observer.message(type, body.span.bytes, from: .toClient, at: 9)
    }
}

@Suite struct HandshakeObserverTests {
    @Test func fullHandshakeOfTLS12() throws {
        var leg = Leg()
        let name = vector16([0] + vector16(Array("dm.example.com".utf8)))
        let protocols = vector16(vector8([0x0A, 0x0A]) + vector8(Array("http/1.1".utf8)))
        leg.client(
            .clientHello,
            clientHello(
                suites: [0x1A1A, 0xC02F, 0x002F, 0x00FF],
                extensions: ext(0, name) + ext(16, protocols) + ext(23, []) + ext(22, []) + ext(35, [])))
        leg.server(
            .serverHello, serverHello(extensions: ext(16, vector16(vector8(Array("http/1.1".utf8)))) + ext(23, [])))
        leg.server(.certificate, vector24(vector24(SampleCertificates.ec) + vector24(SampleCertificates.rsa)))
        leg.server(.serverKeyExchange, [3, 0, 29, 0])
        leg.server(.certificateRequest, [])
        leg.server(.serverHelloDone, [])
        leg.client(.certificate, vector24(vector24(SampleCertificates.rsa)))
        leg.client(.clientKeyExchange, vector8([4, 5, 6]))
        leg.observer.changeCipherSpec(from: .toServer)
        leg.client(.finished, [1])
        #expect(!leg.facts.handshakeComplete)
        leg.server(.newSessionTicket, [0, 0, 0, 9] + vector16([0xAA, 0xBB]))
        leg.observer.changeCipherSpec(from: .toClient)
        leg.server(.finished, [2])
        #expect(leg.findings.isEmpty)
        let facts = leg.facts
        #expect(facts.version == "TLS 1.2" && facts.suite == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
        #expect(facts.suiteCode == 0xC02F && facts.sni == "dm.example.com" && facts.alpn == "http/1.1")
        #expect(facts.offeredVersions == ["TLS 1.2"])
        #expect(facts.offeredSuites == ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA"])
        #expect(facts.offeredSuiteCodes == [0xC02F, 0x002F])
        #expect(facts.certificate?.subject.hasSuffix("CN=dm.example.com") == true)
        #expect(facts.certificate?.chainLength == 2 && facts.certificate?.sha256 == "dd")
        #expect(facts.clientCertificate?.subject == "CN=old" && facts.certificateRequested)
        #expect(facts.handshakeComplete && !facts.resumed && !facts.ssl2Hello)
        let hello = try #require(leg.observer.clientHello)
        #expect(hello.extendedMasterSecret && hello.encryptThenMAC && hello.sessionTicket == [])
        #expect(hello.alpn == ["http/1.1"])
        #expect(leg.observer.newTicket == [0xAA, 0xBB])
    }

    /// RFC 7250: where the sides agreed on raw public keys, a Certificate holds no X.509 certificate, nor a list of them.
    @Test func rawPublicKeysAreNoCertificates() {
        let key: [UInt8] = [0x30, 0x59, 0x30, 0x13] + [UInt8](repeating: 7, count: 87)
        var leg = Leg()
        leg.client(.clientHello, clientHello(extensions: ext(19, [1, 2]) + ext(20, [1, 2])))
        leg.server(.serverHello, serverHello(extensions: ext(19, [2]) + ext(20, [2])))
        leg.server(.certificate, vector24(key))
        leg.client(.certificate, vector24(key))
        #expect(leg.findings.isEmpty && leg.facts.certificate == nil && leg.facts.clientCertificate == nil)

        // Each side for itself; in TLS 1.3 EncryptedExtensions says so.
        leg = Leg()
        leg.client(.clientHello, clientHello(suites: [0x1301], extensions: ext(43, [2, 3, 4])))
        leg.server(.serverHello, serverHello(suite: 0x1301, extensions: ext(43, [3, 4])))
        leg.server(.encryptedExtensions, vector16(ext(20, [2])))
        leg.server(.certificate, [0] + vector24(vector24(key) + [0, 0]))
        leg.client(.certificate, [0] + vector24(vector24(SampleCertificates.rsa) + [0, 0]))
        #expect(leg.findings.isEmpty && leg.facts.certificate == nil)
        #expect(leg.facts.clientCertificate?.subject == "CN=old")

        // A renegotiation agrees anew.
        leg = Leg()
        leg.client(.clientHello, clientHello())
        leg.server(.serverHello, serverHello(extensions: ext(20, [2])))
        leg.client(.clientHello, clientHello())
        leg.server(.serverHello, serverHello())
        leg.server(.certificate, vector24(vector24(SampleCertificates.rsa)))
        #expect(leg.facts.certificate?.subject == "CN=old")
    }

    @Test func abbreviatedHandshakeIsResumed() {
        var leg = Leg()
        leg.client(.clientHello, clientHello(sessionID: [1, 2, 3]))
        leg.server(.serverHello, serverHello(sessionID: [1, 2, 3]))
        leg.observer.changeCipherSpec(from: .toClient)
        leg.server(.finished, [])
        leg.observer.changeCipherSpec(from: .toServer)
        leg.client(.finished, [])
        #expect(leg.facts.resumed && leg.facts.handshakeComplete && leg.observer.isAbbreviated)
        #expect(leg.observer.serverHello?.extendedMasterSecret == false)
    }

    @Test func preSharedKeyNamesIdentityAndHint() {
        var leg = Leg()
        leg.client(.clientHello, clientHello(suites: [0x00A8]))
        leg.server(.serverHello, serverHello(suite: 0x00A8))
        leg.server(.serverKeyExchange, vector16(Array("lab 7".utf8)))
        leg.server(.serverHelloDone, [])
        leg.client(.clientKeyExchange, vector16(Array("Device-1".utf8)))
        #expect(leg.facts.pskIdentity == "Device-1" && leg.facts.pskIdentityHint == "lab 7")
        #expect(leg.findings.isEmpty)
    }

    /// A record has each of them; what they are compared by stays whole.
    @Test(arguments: [UInt8(ascii: "n"), 0x01]) func longNamesAreClipped(_ octet: UInt8) throws {
        var leg = Leg()
        let name = [UInt8](repeating: octet, count: 16_000)
        let names = ext(0, vector16([0] + vector16(name)))
        leg.client(.clientHello, clientHello(suites: [0x00A8], extensions: names))
        leg.server(.serverHello, serverHello(suite: 0x00A8))
        leg.server(.serverKeyExchange, vector16(name))
        leg.server(.serverHelloDone, [])
        leg.client(.clientKeyExchange, vector16(name))
        for shown in [leg.facts.sni, leg.facts.pskIdentity, leg.facts.pskIdentityHint] {
            let shown = try #require(shown)
            #expect(shown.unicodeScalars.count == 257 && shown.hasSuffix("…"))
        }
        #expect(leg.observer.pskIdentity == name)
    }

    @Test(
        arguments: [
            (0x002F, [0, 3, 9, 8, 7], nil, [9, 8, 7]), (0x002F, [9, 8, 7], nil, [9, 8, 7]),
            (0x00AC, [0, 1, 0x41, 0, 2, 9, 8], [0x41], [9, 8]), (0x00AA, [0, 1, 0x41, 0, 1, 9], [0x41], nil),
            (0xC02F, [1, 9], nil, nil),
        ] as [(UInt16, [UInt8], [UInt8]?, [UInt8]?)])
    func clientKeyExchange(_ suite: UInt16, _ body: [UInt8], _ identity: [UInt8]?, _ premaster: [UInt8]?) throws {
        let exchange = try ClientKeyExchange(body.span.bytes, keyExchange: CipherSuite(suite)?.keyExchange)
        #expect(exchange.pskIdentity == identity && exchange.encryptedPremaster == premaster)
    }

    @Test func tls13WithRetryAndExternalPSK() throws {
        var leg = Leg()
        let versions = ext(43, vector8(u16(0x2A2A) + u16(0x0304) + u16(0x0303)))
        let identities = vector16(vector16(Array("dev".utf8)) + [0, 0, 0, 0] + vector16([0xEE]) + [1, 2, 3, 4])
        let hello = clientHello(suites: [0x1301], extensions: versions + ext(41, identities + vector16(vector8([0]))))
        let choice = ext(43, u16(0x0304))
        leg.client(.clientHello, hello)
        leg.server(.serverHello, serverHello(random: ServerHello.retryRandom, suite: 0x1301, extensions: choice))
        #expect(leg.observer.isRetried && leg.observer.serverHello == nil && leg.facts.version == nil)
        leg.client(.clientHello, hello)
        leg.server(.serverHello, serverHello(suite: 0x1301, extensions: choice + ext(41, u16(0))))
        leg.server(.encryptedExtensions, vector16(ext(16, vector16(vector8(Array("h2".utf8)))) + ext(42, [])))
        leg.server(.certificate, [0] + vector24(vector24(SampleCertificates.rsa) + vector16([])))
        leg.server(.finished, [])
        leg.client(.finished, [])
        leg.server(.newSessionTicket, [])
        #expect(leg.findings.isEmpty)
        #expect(leg.facts.version == "TLS 1.3" && leg.facts.offeredVersions == ["TLS 1.3", "TLS 1.2"])
        #expect(leg.facts.pskIdentity == "dev" && !leg.facts.resumed && leg.facts.alpn == "h2")
        #expect(leg.facts.certificate?.subject == "CN=old" && leg.facts.handshakeComplete)
        #expect(leg.observer.encryptedExtensions?.earlyData == true)

        leg.client(.clientHello, hello)
        leg.server(.serverHello, serverHello(suite: 0x1301, extensions: choice + ext(41, u16(1))))
        #expect(leg.facts.resumed)
    }

    @Test func ssl2FormatHello() {
        var leg = Leg()
        let message = hex("01 0301 0009 0000 0010 000005 010080 00000a 000102030405060708090a0b0c0d0e0f")
        leg.findings += leg.observer.ssl2ClientHello(message.span.bytes, at: 0)
        #expect(leg.findings.isEmpty)
        #expect(leg.facts.ssl2Hello && leg.facts.offeredVersions == ["TLS 1.0"])
        #expect(leg.facts.offeredSuiteCodes == [5, 10])
        #expect(
            leg.facts.offeredSuites
                == ["TLS_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "SSL_CK_RC4_128_WITH_MD5"])
        #expect(
            leg.observer.clientHello?.random == [UInt8](repeating: 0, count: 16) + (0..<16).map { UInt8($0) })
        leg.server(.serverHello, serverHello(version: 0x0300, suite: 0x0005))
        #expect(leg.facts.suite == "SSL_RSA_WITH_RC4_128_SHA" && leg.facts.version == "SSL 3.0")
    }

    @Test func ssl2CipherSpecsTakeThreeOctets() {
        var leg = Leg()
        let message = hex("01 0301 0002 0000 0000 0000")
        leg.findings += leg.observer.ssl2ClientHello(message.span.bytes, at: 0)
        #expect(
            leg.findings.map(\.text) == ["SSL 2.0 ClientHello has cipher specs that are not three octets each"])
    }

    @Test func ssl2ServerHello() {
        var leg = Leg()
        let certificate = SampleCertificates.rsa
        let message =
            hex("04 00 01 0002") + u16(UInt16(certificate.count)) + hex("0003 0010") + certificate + hex("010080")
            + [UInt8](repeating: 1, count: 16)
        leg.findings += leg.observer.ssl2ServerHello(message.span.bytes, at: 0)
        #expect(leg.findings.isEmpty && leg.facts.version == "SSL 2.0")
        #expect(leg.facts.suite == "SSL_CK_RC4_128_WITH_MD5" && leg.facts.certificate?.subject == "CN=old")
    }

    @Test func renegotiationIsNotedAndFactsFollowIt() {
        var leg = Leg()
        for suite: UInt16 in [0xC02F, 0x002F] {
            leg.client(.clientHello, clientHello(suites: [suite, 0x00FF]))
            leg.server(.serverHello, serverHello(suite: suite, extensions: ext(0xFF01, [0])))
            leg.server(.serverHelloDone, [])
            leg.client(.finished, [])
            leg.server(.finished, [])
        }
        #expect(leg.findings.map(\.rule.id) == ["tls-renegotiation"])
        #expect(leg.findings.first?.text.hasSuffix("a renegotiation") == true)
        #expect(leg.facts.suite == "TLS_RSA_WITH_AES_128_CBC_SHA")
    }

    /// Of one side's Finished the other may be protected, or lost.
    @Test(arguments: [Direction.toServer, .toClient])
    func aHelloBehindOneFinishedIsARenegotiation(_ direction: Direction) {
        var leg = Leg()
        leg.client(.clientHello, clientHello())
        leg.server(.serverHello, serverHello(extensions: ext(0xFF01, [0])))
        if direction == .toServer { leg.client(.finished, []) } else { leg.server(.finished, []) }
        leg.client(.clientHello, clientHello())
        #expect(leg.findings.map(\.rule.id) == ["tls-renegotiation"])
        // Which version it comes to is open again.
        #expect(leg.observer.version == nil)
    }

    @Test func messagesAreForgottenOnceTheHandshakeIsOver() {
        var leg = Leg()
        leg.client(.clientHello, clientHello())
        leg.server(.serverHello, serverHello(random: ServerHello.retryRandom))
        leg.observer.forgetMessages()
        #expect(leg.observer.clientHello != nil && leg.observer.isRetried)
        leg.observer.handshakeCompleted()
        leg.observer.forgetMessages()
        #expect(leg.observer.clientHello == nil && !leg.observer.isRetried)
    }

    /// Signalling values are no suites; that a client falls back is kept.
    @Test func fallingBack() {
        for (suites, fallsBack) in [([0x002F, 0x5600], true), ([0x002F, 0x00FF], false)] as [([UInt16], Bool)] {
            var leg = Leg()
            leg.client(.clientHello, clientHello(version: 0x0301, suites: suites))
            #expect(leg.facts.offeredSuiteCodes == [0x002F] && leg.facts.fallsBack == fallsBack)
        }
    }

    @Test func choicesThatWereNotOffered() {
        var leg = Leg()
        leg.client(.clientHello, clientHello(version: 0x0302, suites: [0x002F]))
        leg.server(.serverHello, serverHello(version: 0x0303, suite: 0xC02F, compression: 1))
        #expect(
            leg.findings.map(\.rule.id) == ["tls-compression", "tls-choice-not-offered", "tls-choice-not-offered"])
    }

    @Test func alertsAreKeptInOrder() {
        var leg = Leg()
        #expect(!leg.facts.resumed && !leg.facts.decrypted && !leg.facts.handshakeComplete)
        let fatal = leg.observer.alert(TLSAlert(level: 2, code: 48), from: .toServer, at: 12)
        #expect(
            fatal?.text
                == "The client sends the fatal alert unknown_ca: it does not know the authority that signed the "
                + "other side's certificate")
        #expect(fatal?.offset == 12)
        #expect(leg.observer.alert(TLSAlert(level: 1, code: 0), from: .toClient, at: nil) == nil)
        #expect(leg.facts.alerts.map(\.text) == ["fatal unknown_ca from client", "warning close_notify from server"])
        for _ in 0..<100 { _ = leg.observer.alert(TLSAlert(level: 1, code: 90), from: .toClient, at: nil) }
        #expect(leg.facts.alerts.count == 16)
    }

    @Test(arguments: [
        (HandshakeType.clientHello, "0303", "ClientHello ends before its cipher suites"),
        (.serverHello, "0303 00", "ServerHello ends inside its random"),
        (.certificate, "000005 000004 00", "Certificate has a list whose length does not fit the message"),
        (.certificate, "000003 000004", "Certificate ends inside certificate 1 of its list"),
        (.clientKeyExchange, "", "The server sends ClientKeyExchange"),
        (.newSessionTicket, "00000000 0005 00", "NewSessionTicket has a ticket whose length does not fit the message"),
        (.encryptedExtensions, "0004 0010 0005", "EncryptedExtensions has an extension that runs past its end"),
        (HandshakeType(rawValue: 99), "", "The server sends handshake message 99"),
    ]) func malformedMessages(_ type: HandshakeType, _ body: String, _ text: String) {
        var leg = Leg()
        if type == .clientHello { leg.client(type, hex(body)) } else { leg.server(type, hex(body)) }
        #expect(leg.findings.map(\.text) == [text])
        #expect(leg.findings.map(\.rule.id) == ["tls-handshake-malformed"])
    }

    @Test func everyTruncationAndManyAlterationsAreSafe() {
        let hello = clientHello(
            sessionID: [1, 2], suites: [0x1301, 0x2A2A],
            extensions: ext(0, vector16([0] + vector16([0x61]))) + ext(43, vector8(u16(0x0304)))
                + ext(41, vector16(vector16([1]) + [0, 0, 0, 1])) + ext(10, vector16([0, 29])))
        let reply = serverHello(suite: 0x1301, extensions: ext(43, u16(0x0304)) + ext(41, u16(9)))
        for (type, body) in [(HandshakeType.clientHello, hello), (.serverHello, reply)] {
            var refused = 0
            for end in body.indices {
                var leg = Leg()
                leg.client(.clientHello, hello)
                leg.findings = []
                _ = type == .clientHello ? leg.client(type, Array(body[..<end])) : leg.server(type, Array(body[..<end]))
                if !leg.findings.isEmpty { refused += 1 }
            }
            #expect(refused > body.count - 8)
            for position in body.indices {
                for value: UInt8 in [0, 1, 0x7F, 0xFF] {
                    var altered = body
                    altered[position] = value
                    var leg = Leg()
                    leg.client(.clientHello, hello)
                    if type == .clientHello { leg.client(type, altered) } else { leg.server(type, altered) }
                }
            }
        }
    }

    @Test(
        arguments: [
            (["dm.example"], nil), (["dm.example."], "ends in a dot: dm.example."), (["a", "b"], "holds 2 host names"),
            (["m\u{fc}nchen"], "is not a host name in ASCII: m\u{fc}nchen"),
            (["a\0b"], "is not a host name in ASCII: 0x610062"), ([""], "is empty"), (["127.0.0.1"], nil),
        ] as [([String], String?)])
    func serverNames(_ names: [String], _ fault: String?) {
        var leg = Leg()
        let list = vector16(names.flatMap { [0] + vector16(Array($0.utf8)) })
        leg.client(.clientHello, clientHello(extensions: ext(0, list)))
        #expect(leg.findings.map(\.text) == (fault.map { ["The client's server_name \($0)"] } ?? []))
        #expect(leg.findings.allSatisfy { $0.rule == TLSRules.serverName && $0.offset == 7 })
        if names.count > 1 { #expect(leg.facts.sni == names[0]) }
    }

    @Test func aServerNameThatComesTwice() {
        var leg = Leg()
        let name = ext(0, vector16([0] + vector16(Array("a".utf8))))
        leg.client(.clientHello, clientHello(extensions: name + name))
        #expect(leg.findings.map(\.text) == ["The client's server_name comes twice"])
    }

    /// The hello that answers a HelloRetryRequest says the same again.
    @Test func aServerNameIsJudgedOnce() {
        var leg = Leg()
        let hello = clientHello(extensions: ext(0, vector16([0] + vector16(Array("dm.".utf8)))))
        leg.client(.clientHello, hello)
        leg.server(.serverHello, serverHello(random: ServerHello.retryRandom))
        leg.client(.clientHello, hello)
        #expect(leg.findings.map(\.text) == ["The client's server_name ends in a dot: dm."])
    }

    @Test(
        arguments: [
            (0, []), (10, [0]), (13, [0, 2, 4]), (16, [0, 3, 1, 0x68]), (41, [0, 4, 0, 1, 7, 0]), (43, [3, 3, 4, 3]),
        ] as [(UInt16, [UInt8])])
    func malformedExtensions(_ type: UInt16, _ content: [UInt8]) {
        var leg = Leg()
        leg.client(.clientHello, clientHello(extensions: ext(type, content)))
        #expect(leg.findings.map(\.text) == ["ClientHello has a malformed extension of type \(type)"])
        #expect(leg.findings.first?.rule.id == "tls-handshake-malformed")
    }

    @Test func aFallback() {
        var leg = Leg()
        leg.client(.clientHello, clientHello(version: 0x0302, suites: [0x002F, 0x5600]))
        #expect(
            leg.findings.map(\.text)
                == ["The client offers TLS 1.1 as a fallback: an attempt with a higher version failed before"])
    }

    @Test func namesOfGroupsAndSchemes() {
        #expect(groupName(24) == "secp384r1" && groupName(0x0100) == "ffdhe2048" && groupName(999) == "0x03E7")
        #expect(signatureSchemeName(0x0807) == "ed25519" && signatureSchemeName(0x0999) == "0x0999")
    }

    @Test func rulesAreWellFormed() {
        #expect(Set(TLSRules.all.map(\.id)).count == TLSRules.all.count)
        for rule in TLSRules.all {
            #expect(rule.id.hasPrefix("tls-") && rule.id.allSatisfy { $0.isLowercase || $0 == "-" })
            #expect(!rule.statement.isEmpty && !rule.why.isEmpty && !rule.remedy.isEmpty)
        }
    }
}
