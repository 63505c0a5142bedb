import TLSWire
import TestSupport
import Testing
import Wire

@testable import Sessions

/// What is said of a proof that does not verify, and how a session's authentication reads in one line.
@Suite struct AuthenticationTests {
    private static let file = """
        client IMEI:1 user=Bruce2 password=OhBehave
        server dm.example user=dm password=srvpwd
        """
    private static let md5 = "syncml:auth-md5"

    /// A challenge for auth-md5 and what answers it; yields what is said of the answer.
    private func cause(_ data: String, name: String? = "Bruce2", file: String = file) throws -> [String] {
        var talk = try Talk(credentials: file)
        talk.exchange(.package1, .server(1, challenge(1, "407", Self.md5, nonce: Secret.nonce)))
        talk.exchange(
            Message.client(2, header(1), alert("2", "1201"), devInfo("3")).cred(Self.md5, data, name: name), nil)
        return talk.texts("dm-credentials-wrong") + talk.texts("dm-nonce-ignored") + talk.texts("dm-nonce-default")
    }

    private func wrong(_ why: String) -> [String] { ["syncml:auth-md5 of message 2 does not verify: \(why)"] }
    private let nonce = Base64.decode(Secret.nonce) ?? []

    @Test func nothingDiffers() throws { #expect(try cause(Secret.md5(nonce: Secret.nonce)).isEmpty) }

    @Test func theNonceDiffers() throws {
        let brackets = ": the digest was computed with what is in brackets"
        #expect(
            try cause(Secret.cred("Bruce2", "OhBehave", Array(Secret.nonce.utf8)))
                == wrong("the nonce (its base64 text instead of the octets) differs" + brackets))
        #expect(
            try cause(Secret.cred("Bruce2", "OhBehave", []))
                == wrong("the nonce (an empty nonce) differs" + brackets))
        #expect(
            try cause(Secret.cred("Bruce2", "OhBehave", nonce + [0]))
                == wrong("the nonce (its octets with a zero octet behind them) differs" + brackets))
        var flipped = nonce
        flipped[3] ^= 0x10
        #expect(
            try cause(Secret.cred("Bruce2", "OhBehave", flipped))
                == wrong("the nonce (one that differs in one bit, bit 4 of octet 3) differs" + brackets))
        #expect(
            try cause(Secret.cred("Bruce2", "OhBehave", Array("0x00000000".utf8)))
                == ["Message 2 proves the client with the default nonce, the text 0x00000000"])
    }

    /// The base64 text, as the file has it, is the commonest mistake.
    @Test func theNonceOfTheFileDiffers() throws {
        let file = "client IMEI:1 user=Bruce2 password=OhBehave nonce=\(Secret.nonce)"
        for (octets, words) in [
            (Array(Secret.nonce.utf8), "its base64 text instead of the octets"),
            (nonce + [0], "its octets with a zero octet behind them"),
        ] {
            var talk = try Talk(credentials: file)
            talk.exchange(
                Message.package1.cred(Self.md5, Secret.cred("Bruce2", "OhBehave", octets), name: "Bruce2"), nil)
            #expect(
                talk.texts("dm-credentials-wrong") == [
                    "syncml:auth-md5 of message 1 does not verify: the nonce (\(words)) differs: the digest was computed "
                        + "with what is in brackets"
                ])
        }
    }

    @Test func theNameDiffers() throws {
        let brackets = ": the digest was computed with what is in brackets"
        #expect(
            try cause(Secret.md5("Bruce3", nonce: Secret.nonce), name: "Bruce3")
                == wrong("the name (the name that the message gives (Bruce3)) differs" + brackets))
        #expect(
            try cause(Secret.md5("IMEI:1", nonce: Secret.nonce), name: nil)
                == wrong("the name (the device's LocURI) differs" + brackets))
        #expect(
            try cause(Secret.md5("dm.example", nonce: Secret.nonce), name: nil)
                == wrong("the name (the server's host) differs" + brackets))
        #expect(
            try cause(Secret.md5("Bruce0", nonce: Secret.nonce), name: nil)
                == wrong("the name (one that differs in one bit, bit 1 of octet 5) differs" + brackets))
    }

    @Test func base64WithoutPaddingIsTold() throws {
        let padded = Secret.md5(nonce: Secret.nonce)
        #expect(padded.hasSuffix("=="))
        #expect(try tellsBase64(padded) == false)
        #expect(try tellsBase64(String(padded.dropLast(2))))
    }

    private func tellsBase64(_ data: String) throws -> Bool {
        var talk = try Talk(credentials: Self.file)
        talk.exchange(.package1, .server(1, challenge(1, "407", Self.md5, nonce: Secret.nonce)))
        talk.exchange(
            Message.client(2, header(1), alert("2", "1201"), devInfo("3")).cred(Self.md5, data, name: "Bruce2"), nil)
        return talk.findings.contains { $0.text.contains("not written as base64 is") }
    }

    @Test func thePasswordDiffers() throws {
        #expect(
            try cause(Secret.md5("Bruce2", "other", nonce: Secret.nonce))
                == wrong("the password or the nonce differs (the name agrees)"))
        #expect(
            try cause(Secret.md5("Bruce2", "srvpwd", nonce: Secret.nonce))
                == wrong(
                    "the password (that of server dm.example (line 2)) differs: the digest was computed with what is in "
                        + "brackets"))
        #expect(
            try cause(Secret.md5("Bruce2", "other", nonce: Secret.nonce), name: nil)
                == wrong("the name or the password or the nonce differs"))
    }

    /// A nonce of before the capture is not known: nothing but the digest may be said to be wrong.
    @Test func aNonceThatNobodyKnows() throws {
        let old = Array("an old nonce 001".utf8)
        #expect(
            try cause(Secret.cred("Bruce2", "OhBehave", old))
                == wrong("the password or the nonce differs (the name agrees)"))
        #expect(
            try cause(Secret.cred("Bruce2", "OhBehave", old), name: nil)
                == wrong("the name or the password or the nonce differs"))
    }

    @Test func twoInputsDiffer() throws {
        #expect(
            try cause(Secret.cred("Bruce2", "srvpwd", Array(Secret.nonce.utf8)))
                == wrong(
                    "the password (that of server dm.example (line 2)) and the nonce (its base64 text instead of the octets) "
                        + "differ: the digest was computed with what is in brackets"))
    }

    @Test func theDigestIsDamaged() throws {
        var digest = Base64.decode(Secret.md5(nonce: Secret.nonce)) ?? []
        digest[7] ^= 0x02
        #expect(
            try cause(Base64.encode(digest))
                == wrong("the digest itself differs from the right one in 1 bit: it was damaged"))
    }

    @Test func theFormulaDiffers() throws {
        let old = TestSupport.md5(Array("Bruce2:OhBehave:".utf8) + nonce)
        #expect(
            try cause(Base64.encode(old))
                == wrong(
                    "the formula (that of SyncML 1.0, without the inner digest) differs: the digest was computed with what "
                        + "is in brackets"))
    }

    /// Nothing that is said shows a secret.
    @Test func secretsStayOut() throws {
        for text in try cause(Secret.md5("Bruce2", "srvpwd", nonce: Secret.nonce)) + cause(Secret.cred("a", "b", [])) {
            for secret in ["OhBehave", "srvpwd", Secret.nonce] { #expect(!text.contains(secret)) }
        }
    }

    // MARK: auth-MAC

    /// A session under auth-MAC whose third message is sent as given; yields what is said of it.
    private func macCause(
        _ value: String, _ body: [UInt8], decoded: [UInt8]? = nil, isFirst: Bool = false
    ) throws -> [String] {
        var talk = try Talk(credentials: Self.file)
        let first = Array("<first/>".utf8)
        let mac = "syncml:auth-MAC"
        talk.exchange(.package1, .server(1, challenge(1, "407", mac, nonce: Secret.nonce)))
        let again = Message.client(2, header(1), alert("2", "1201"), devInfo("3"))
        if isFirst {
            talk.exchange(again.octets(body, decoded: decoded).field("x-syncml-hmac", value), nil)
        } else {
            talk.exchange(
                again.octets(first).field("x-syncml-hmac", Secret.mac(nonce: Secret.nonce, first)),
                .server(2, challenge(2, "200", mac, nonce: Secret.other), get("4", "./x")))
            talk.exchange(
                Message.client(3, header(2), status("2", msg: 2, cmd: "4", "Get", "404"))
                    .octets(body, decoded: decoded).field("x-syncml-hmac", value), nil)
        }
        return talk.texts("dm-mac-wrong") + talk.texts("dm-nonce-ignored")
    }

    private let body = Array("<SyncML><SyncBody/></SyncML>".utf8)

    private func wrongMAC(_ why: String, message: Int = 3) -> [String] {
        ["syncml:auth-MAC of message \(message) does not verify: \(why)"]
    }

    @Test func aRightMAC() throws {
        #expect(try macCause(Secret.mac(nonce: Secret.other, body), body).isEmpty)
        #expect(try macCause(Secret.mac(nonce: Secret.other, body), [0x1F], decoded: body).isEmpty)
        #expect(try macCause(Secret.mac(nonce: Secret.other, [0x1F]), [0x1F], decoded: body).isEmpty)
    }

    /// The header as clients write it, and what strict receivers do not read of it.
    @Test(arguments: [
        ("mac=? , USERNAME=\"Bruce2\"", nil), ("algorithm=MD5, username=\"Bruce2\", mac=?, foo=1,", nil),
        (
            "username=\"Bruce2\", mac=? algorithm=\"MD5\"",
            "has no comma between parameters, algorithm or mac in quotation marks: strict receivers refuse it"
        ),
        ("username=Bruce2, mac=?", "has username without quotation marks: strict receivers refuse it"),
        (
            "username=\"Bruce2\", mac=?, mac=A, x",
            "has something that is no parameter, a parameter twice, of which the first is read: strict receivers refuse it"
        ),
    ])
    func theFormOfAMAC(_ value: String, _ oddity: String?) {
        var talk = Talk()
        let header = value.replacing("?", with: "Zz6EivR3yeaaENcRN6lpAQ==")
        talk.exchange(Message.package1.octets([1]).field("x-syncml-hmac", header), nil)
        let found = talk.findings.filter { $0.rule == AuthenticationRules.credentialsMalformed }
        #expect(found.map(\.text) == (oddity.map { ["x-syncml-hmac \($0)"] } ?? []))
        #expect(found.allSatisfy { $0.level == .note && $0.offset != nil })
    }

    @Test func everyFlippedBitOfTheBodyIsFound() throws {
        let value = Secret.mac(nonce: Secret.other, body)
        for at in body.indices {
            var changed = body
            changed[at] ^= 1 << UInt8(at % 8)
            #expect(
                try macCause(value, changed)
                    == wrongMAC(
                        "the body differs (name and password made a right digest before, the nonce was given just before)"
                    ))
        }
    }

    @Test func flippedBitsAreNamed() throws {
        let brackets = ": the digest was computed with what is in brackets"
        var mac = Base64.decode("6AZk96DG6F0jSIaEpbK4Ng==") ?? []
        let right = SyncMLDigest.mac(nonce: Secret.other, body)
        mac = right
        mac[0] ^= 0x80
        #expect(
            try macCause("username=\"Bruce2\", mac=\(Base64.encode(mac))", body)
                == wrongMAC("the digest itself differs from the right one in 1 bit: it was damaged"))
        #expect(
            try macCause(Secret.mac("Bruce0", nonce: Secret.other, body), body)
                == wrongMAC("the name (the name that the message gives (Bruce0)) differs" + brackets))
        var nonce = Base64.decode(Secret.other) ?? []
        nonce[15] ^= 1
        #expect(
            try macCause(Secret.mac(nonce: Base64.encode(nonce), body), body)
                == wrongMAC("the nonce (one that differs in one bit, bit 0 of octet 15) differs" + brackets))
    }

    @Test func otherCausesOfAWrongMAC() throws {
        #expect(
            try macCause(Secret.mac(nonce: Secret.nonce, body), body)
                == ["Message 3 proves the client with the nonce before the newest"])
        #expect(
            try macCause(Secret.mac(nonce: Secret.other, body), body + [0x0A])
                == wrongMAC(
                    "the body (the body without what follows its last tag) differs: the digest was computed with what is in "
                        + "brackets"))
        #expect(
            try macCause(Secret.mac(nonce: Secret.nonce, Array("x".utf8)), body, isFirst: true)
                == wrongMAC(
                    "the password or the nonce or the body differs (the name agrees)", message: 2))
    }

    // MARK: In one line

    @Test func line() throws {
        var talk = try Talk(credentials: Self.file)
        talk.exchange(
            Message.package1.cred("syncml:auth-basic", Secret.basic()),
            Message.server(1, challenge(1, "401", Self.md5, nonce: Secret.nonce))
                .cred(Self.md5, Secret.md5("dm", "srvpwd", nonce: Secret.third)))
        talk.exchange(
            Message.client(2, challenge(1, "401", Self.md5, nonce: Secret.other), alert("2", "1201"), devInfo("3"))
                .cred(Self.md5, Secret.md5(nonce: Secret.nonce)),
            Message.server(
                2, header(2, "212"), status("2", msg: 2, cmd: "2", "Alert", "200"),
                status("3", msg: 2, cmd: "3", "Replace", "200"), get("4", "./x")
            ).cred(Self.md5, Secret.md5("dm", "srvpwd", nonce: Secret.other)))
        talk.exchange(
            .client(3, header(2, "212"), status("2", msg: 2, cmd: "4", "Get", "404")), .last(3, answering: 3))
        talk.close()
        #expect(
            talk.ended.first?.auth
                == "client: syncml:auth-basic refused, then syncml:auth-md5, accepted (212), verified; "
                + "server: syncml:auth-md5, accepted (212), verified (1 of 2)")
    }

    /// What a resumed TLS session shows of who proved what; the certificates crossed when it began.
    private func resumed(_ server: TLSFacts? = nil) -> Talk {
        var talk = Talk()
        var facts = TLSFacts()
        facts.resumed = true
        talk.tls = facts
        talk.serverTLS = server
        talk.exchange(.package1, .package2())
        talk.close()
        return talk
    }

    @Test func aResumedTLSSessionProvesTheServer() {
        let talk = resumed()
        #expect(talk.all.isEmpty)
        #expect(talk.ended.first?.auth == "client: not authenticated; server: TLS session resumed")
    }

    /// The device's leg is ours: what it resumes began with no certificate.
    @Test func aDeviceThatResumesWithoutCertificateProvesNothing() {
        #expect(Set(resumed(TLSFacts()).all) == ["client-not-authenticated", "server-not-authenticated"])
    }

    /// A device with TLS, and DMScope answers 502: what we showed it in the server's place proves no server, and nothing
    /// went on in clear.
    @Test func aServerThatCouldNotBeHadProvesNothing() {
        var talk = Talk()
        var facts = TLSFacts()
        facts.pskIdentity = "device-1"
        talk.tls = facts
        talk.proxyStatus = 502
        talk.exchange(.package1.cred("syncml:auth-basic", Secret.basic()), nil)
        talk.finish()
        #expect(talk.texts("dm-basic-in-clear") == [])
        #expect(talk.ended.first?.auth.hasSuffix("; server: not authenticated") == true)
    }
}

private enum SyncMLDigest {
    static func mac(nonce: String, _ body: [UInt8]) -> [UInt8] {
        Secret.digest.mac(
            secret: Secret.digest.secret(Array("Bruce2".utf8), Array("OhBehave".utf8)),
            nonce: Base64.decode(nonce) ?? [],
            body: body)
    }
}
