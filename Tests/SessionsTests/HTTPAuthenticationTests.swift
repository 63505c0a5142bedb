import HTTPWire
import TestSupport
import Testing
import Wire

@testable import Sessions

/// Basic and Digest of RFC 2617, in both directions.
@Suite struct HTTPAuthenticationTests {
    private static let file = "http dm.example user=Mufasa password=\"Circle Of Life\"\nclient x user=a password=other"
    private static let nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"

    private static func hash(_ text: String) -> String { Hex.lower(md5(Array(text.utf8))) }

    /// An Authorization value of Digest; the defaults answer the challenge as they should.
    private static func digest(
        user: String = "Mufasa", password: String = "Circle Of Life", realm: String = "dm", uri: String = "/dm",
        nonce: String = nonce, count: Int = 1, nc: String? = nil, qop: Bool = true, stated: String? = nil,
        method: String = "POST"
    ) -> String {
        let secret = hash("\(user):\(realm):\(password)")
        let what = hash("\(method):\(uri)")
        let nc = nc ?? "0000000\(count)"
        let response =
            qop ? hash("\(secret):\(nonce):\(nc):0a4f113b:auth:\(what)") : hash("\(secret):\(nonce):\(what)")
        return "Digest username=\"\(stated ?? user)\", realm=\"\(realm)\", nonce=\"\(nonce)\", uri=\"\(uri)\", "
            + (qop ? "qop=auth, nc=\(nc), cnonce=\"0a4f113b\", " : "") + "response=\"\(response)\", opaque=\"5ccc\""
    }

    private static func rspauth(password: String = "Circle Of Life", count: Int = 1) -> String {
        hash("\(hash("Mufasa:dm:\(password)")):\(nonce):0000000\(count):0a4f113b:auth:\(hash(":/dm"))")
    }

    private static func challenge(_ nonce: String = nonce, more: String = "") -> Message {
        .bare(
            401, ("WWW-Authenticate", "Digest realm=\"dm\", qop=\"auth\", nonce=\"\(nonce)\", opaque=\"5ccc\"\(more)"))
    }

    /// A challenge and what answers it; the session then ends.
    private func found(
        _ authorization: String?, _ response: Message = .package2(), file: String = file
    ) throws -> Talk {
        var talk = try Talk(credentials: file)
        talk.exchange(.package1, Self.challenge())
        talk.exchange(authorization.map { Message.package1.field("Authorization", $0) } ?? .package1, response)
        talk.close()
        talk.finish()
        return talk
    }

    @Test func exampleOfRFC2617() throws {
        let credentials = try #require(
            Authentication.credentials(
                """
                Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", \
                uri="/dir/index.html", qop=auth, nc=00000001, cnonce="0a4f113b", \
                response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"
                """))
        let digest = HTTPDigest(credentials, md5: { md5($0) })
        let response = digest.response(
            user: Array("Mufasa".utf8), password: Array("Circle Of Life".utf8), method: Array("GET".utf8),
            uri: Array("/dir/index.html".utf8), body: [])
        #expect(String(decoding: response, as: UTF8.self) == "6629fae49393a05397450978507c4ef1")
    }

    @Test func digestIsVerified() throws {
        let talk = try found(Self.digest())
        #expect(Set(talk.all) == ["server-not-authenticated"])
        #expect(talk.ended.first?.auth == "client: HTTP Digest, verified; server: not authenticated")
        #expect(talk.ended.first?.outcome == "completed after 2 messages")
    }

    /// A digest that is right in itself, computed with something else than it should be.
    @Test(arguments: [
        (digest(uri: "/other"), "another uri"), (digest(nonce: "another"), "another nonce"),
        (digest(uri: "/other", nonce: "another"), "another nonce and another uri"),
    ]) func digestIsVerifiedWithReservations(_ authorization: String, _ doubts: String) throws {
        let talk = try found(authorization)
        #expect(talk.rules.contains("authorization-digest"))
        #expect(
            talk.ended.first?.auth
                == "client: HTTP Digest, verified, but with \(doubts); server: not authenticated")
    }

    @Test(arguments: [
        ("1", ["nc is 1; send 8 hexadecimal digits"]),
        ("0000000g", ["nc is 0000000g; send 8 hexadecimal digits"]),
        ("00000002", ["nc is 00000002 with a nonce that was not used before; send 00000001"]), ("00000001", []),
    ]) func theCountIsJudged(_ nc: String, _ texts: [String]) throws {
        let talk = try found(Self.digest(nc: nc))
        #expect(talk.texts("authorization-digest") == texts.map { "Authorization (Digest): \($0)" })
        #expect(talk.ended.first?.auth == "client: HTTP Digest, verified; server: not authenticated")
    }

    @Test func digestWithoutQop() throws {
        #expect(Set(try found(Self.digest(qop: false)).all) == ["server-not-authenticated"])
    }

    @Test func rspauthIsVerified() throws {
        let info = "rspauth=\"\(Self.rspauth())\", qop=auth, nc=00000001, cnonce=\"0a4f113b\""
        let talk = try found(Self.digest(), Message.package2().field("Authentication-Info", info))
        #expect(talk.all.isEmpty)
        #expect(
            talk.ended.first?.auth == "client: HTTP Digest, verified; server: HTTP Digest (rspauth), verified")
    }

    @Test func rspauthIsWrong() throws {
        let info = "rspauth=\"\(Self.rspauth(password: "other"))\""
        let talk = try found(Self.digest(), Message.package2().field("Authentication-Info", info))
        #expect(talk.rules == ["authentication-info-rspauth"])
    }

    @Test(arguments: [
        (digest(password: "wrong"), "the password differs from that of http dm.example (line 1)"),
        (digest(password: "other"), "the password differs: it is that of client x (line 2)"),
        (digest(user: "Simba"), "the name differs from that of http dm.example (line 1)"),
        (digest(stated: "mufasa"), "username is not the name that the digest was computed with"),
        (digest(method: "GET"), "the method differs from what it was computed with"),
    ])
    func digestIsWrong(_ authorization: String, _ why: String) throws {
        let talk = try found(authorization, Self.challenge("other"))
        #expect(talk.texts("authorization-digest") == ["Authorization (Digest) does not verify: \(why)"])
        #expect(talk.ended.first?.outcome == "HTTP credentials refused in exchange 1.2")
        #expect(talk.texts("challenge-unanswered").isEmpty)
    }

    /// A new nonce refuses nobody: it is to be used.
    @Test func aStaleNonceIsNotRenewed() throws {
        let talk = try found(Self.digest(), Self.challenge("bmV3", more: ", stale=true"))
        #expect(talk.ended.first?.outcome == "HTTP credentials asked for in exchange 1.2, none sent")
        #expect(
            talk.texts("challenge-unanswered") == ["Exchange 1.2 asked for HTTP credentials, and the client sent none"])
    }

    @Test(arguments: [
        (digest(realm: "other"), "the realm is other, the challenge has dm"),
        (digest(nonce: "bm9uY2U="), "the nonce is not that of the challenge in force"),
        (digest(uri: "/other"), "uri is /other, the request target /dm"),
        (digest().replacing(", opaque=\"5ccc\"", with: ""), "opaque is not returned as the challenge gave it"),
    ])
    func digestDoesNotAnswerTheChallenge(_ authorization: String, _ oddity: String) throws {
        let talk = try found(authorization, file: "")
        #expect(talk.texts("authorization-digest") == ["Authorization (Digest): \(oddity)"])
    }

    /// RFC 2617 4.6: the client answers which it likes of the challenges of one response.
    @Test(arguments: [(nonce, true), ("c2hh", true), ("b2xk", false)])
    func anyOfSeveralChallengesMayBeAnswered(_ nonce: String, isGiven: Bool) throws {
        var talk = try Talk(credentials: Self.file)
        let both = Self.challenge().field(
            "WWW-Authenticate", "Digest realm=\"dm\", qop=\"auth\", nonce=\"c2hh\", opaque=\"5ccc\", algorithm=MD5")
        talk.exchange(.package1, both)
        talk.exchange(Message.package1.field("Authorization", Self.digest(nonce: nonce)), .package2())
        talk.close()
        talk.finish()
        #expect(talk.texts("authorization-digest").isEmpty == isGiven)
    }

    @Test func aNonceCountIsUsedTwice() throws {
        var talk = try Talk(credentials: Self.file)
        talk.exchange(.package1, Self.challenge())
        talk.exchange(Message.package1.field("Authorization", Self.digest()), .package2(get("4", "./x")))
        let answer = Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"))
        talk.exchange(answer.field("Authorization", Self.digest()), .last(2, answering: 2))
        #expect(
            talk.texts("authorization-digest") == [
                "Authorization (Digest): nc 00000001 was sent with this nonce before"
            ])
    }

    // MARK: Challenges

    @Test func credentialsThatAreRightAreChallengedAgain() throws {
        let talk = try found(Self.digest(), Self.challenge("bmV3"))
        #expect(talk.texts("challenged-again").count == 1)
    }

    @Test func aStaleNonceMayBeChallenged() throws {
        #expect(
            try found(Self.digest(), Self.challenge("bmV3", more: ", stale=TRUE")).texts("challenged-again").isEmpty)
        // The server may have replaced its nonce meanwhile.
        #expect(try found(Self.digest(nonce: "b2xk"), Self.challenge("bmV3")).texts("challenged-again").isEmpty)
    }

    @Test func basicThatWasAcceptedIsChallengedAgain() throws {
        var talk = Talk()
        let basic = "Basic QTpC"
        talk.exchange(Message.package1.field("Authorization", basic), .package2(get("4", "./x")))
        let answer = Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"))
        talk.exchange(
            answer.field("Authorization", basic), .bare(401, ("WWW-Authenticate", "Basic realm=\"dm\"")))
        #expect(talk.rules == ["challenged-again"])
    }

    /// The password may have been changed since.
    @Test func basicThatWasAcceptedYesterdayIsChallenged() {
        var talk = Talk()
        let basic = "Basic QTpC"
        talk.exchange(Message.package1.field("Authorization", basic), .package2())
        talk.close()
        talk.wait(86_400)
        talk.exchange(
            Message.package1.field("Authorization", basic), .bare(401, ("WWW-Authenticate", "Basic realm=\"dm\"")),
            on: 2)
        #expect(talk.texts("challenged-again").isEmpty)
    }

    /// Each realm has credentials of its own.
    @Test func basicThatAnotherRealmAcceptedIsChallenged() {
        var talk = Talk()
        let basic = "Basic QTpC"
        talk.exchange(Message.package1.field("Authorization", basic), .package2(get("4", "./x")))
        let answer = Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"))
        talk.exchange(
            answer.field("Authorization", basic).sent(to: "/other"),
            .bare(401, ("WWW-Authenticate", "Basic realm=\"other\"")))
        #expect(talk.texts("challenged-again").isEmpty)
    }

    /// Where the realm is known it counts, whatever the path.
    @Test(arguments: [("dm", 1), ("other", 0)]) func theRealmOfBasicCounts(_ realm: String, _ count: Int) {
        var talk = Talk()
        let basic = "Basic QTpC"
        talk.exchange(.package1, .bare(401, ("WWW-Authenticate", "Basic realm=\"dm\"")))
        talk.exchange(Message.package1.field("Authorization", basic), .package2(get("4", "./x")))
        let answer = Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"))
        talk.exchange(
            answer.field("Authorization", basic).sent(to: "/dm/two"),
            .bare(401, ("WWW-Authenticate", "Basic realm=\"\(realm)\"")))
        #expect(talk.texts("challenged-again").count == count)
    }

    @Test func aRedirectAcceptsNothing() {
        var talk = Talk()
        let basic = "Basic QTpC"
        talk.exchange(Message.package1.field("Authorization", basic), .bare(307, ("Location", "/dm")))
        talk.exchange(
            Message.package1.field("Authorization", basic), .bare(401, ("WWW-Authenticate", "Basic realm=\"dm\"")))
        #expect(talk.texts("challenged-again").isEmpty)
    }

    /// What verifies for one realm is not what another asks for.
    @Test func digestOfAnotherRealmIsChallenged() throws {
        let other = Self.challenge("bmV3").with { $0.headers[0].1 = $0.headers[0].1.replacing("\"dm\"", with: "\"b\"") }
        #expect(try found(Self.digest(), other).texts("challenged-again").isEmpty)
    }

    // MARK: One address, many devices

    private static func device(_ name: String, _ authorization: String? = nil) -> Message {
        let message = Message.package1.from(device: name)
        return authorization.map { message.field("Authorization", $0) } ?? message
    }

    /// Two devices behind a NAT, whose exchanges with a server go crosswise.
    @Test func aNATHidesManyDevices() throws {
        var talk = try Talk(credentials: Self.file)
        talk.exchange(Self.device("a"), Self.challenge("QUFB"), on: 1)
        talk.exchange(Self.device("b"), Self.challenge("QkJC"), on: 2)
        talk.exchange(
            Self.device("a", Self.digest(nonce: "QUFB")),
            Message.package2().field("Authentication-Info", "nextnonce=\"QUFC\""), on: 3)
        talk.exchange(Self.device("b", Self.digest(nonce: "QkJC")), .package2(), on: 4)
        talk.exchange(Self.device("a", Self.digest(nonce: "QUFC")), .package2(), on: 5)
        #expect(talk.texts("authorization-digest").isEmpty && talk.texts("nextnonce-ignored").isEmpty, "\(talk.told)")
        // Whose nonce was never seen was challenged before.
        talk.exchange(Self.device("c", Self.digest(nonce: "Q0ND")), .package2(), on: 6)
        #expect(talk.texts("authorization-digest").isEmpty, "\(talk.told)")
        talk.exchange(Self.device("b", Self.digest(nonce: "QUFC")), .package2(), on: 7)
        #expect(
            talk.texts("authorization-digest") == [
                "Authorization (Digest): the nonce is not that of the challenge in force"
            ])
    }

    /// More devices than are kept: what is no longer known is not judged.
    @Test func aNATHidesMoreDevicesThanAreKept() throws {
        var talk = try Talk(credentials: Self.file)
        let names = (10..<40).map(String.init)
        for (at, name) in names.enumerated() {
            talk.exchange(Self.device(name), Self.challenge("n\(name)"), on: at + 1)
        }
        for (at, name) in names.enumerated() {
            talk.exchange(Self.device(name, Self.digest(nonce: "n\(name)")), .package2(), on: at + 101)
        }
        #expect(talk.texts("authorization-digest").isEmpty, "\(talk.told)")
    }

    /// The body was kept back (Expect), so that nobody knows whose challenge it was.
    @Test func aChallengeToARequestWithoutBody() throws {
        var talk = try Talk(credentials: Self.file)
        talk.exchange(.package1, Self.challenge("b2xk"))
        talk.exchange(Message.package1.field("Authorization", Self.digest(nonce: "b2xk")), .package2())
        talk.exchange(
            .bare(0, ("Content-Type", "application/vnd.syncml.dm+xml")), Self.challenge("bmV3"), on: 2)
        talk.exchange(Message.package1.field("Authorization", Self.digest(nonce: "bmV3")), .package2(), on: 3)
        #expect(talk.texts("authorization-digest").isEmpty, "\(talk.told)")
    }

    @Test func basicThatIsWrongIsChallenged() throws {
        var talk = try Talk(credentials: Self.file)
        talk.exchange(
            Message.package1.field("Authorization", "Basic QTpC"),
            .bare(401, ("WWW-Authenticate", "Basic realm=\"dm\"")))
        #expect(
            talk.texts("authorization-basic") == [
                "Authorization (Basic) does not verify: name and password differ from those of http dm.example (line 1)"
            ])
        #expect(talk.texts("challenged-again").isEmpty)
    }

    @Test func aChallengeIsIgnored() throws {
        let talk = try found(nil, .package2())
        #expect(
            talk.texts("challenge-unanswered") == [
                "The request has no HTTP credentials although exchange 1.1 asked for them"
            ])
    }

    /// Both sides of an intermediary were captured, and the server asks for credentials.
    @Test func theOtherSideOfAnIntermediaryIsNotAskedAgain() throws {
        var talk = try Talk(credentials: Self.file)
        talk.passed(.package1, Self.challenge(), inner: 2, outer: 1)
        talk.passed(.package1.field("Authorization", Self.digest()), .package2(), inner: 2, outer: 1)
        talk.close(1)
        talk.close(2)
        talk.finish()
        #expect(talk.texts("challenge-unanswered") == [])
        #expect(talk.texts("authorization-digest") == [])
        #expect(talk.ended.first?.auth.hasPrefix("client: HTTP Digest, verified") == true)
    }

    /// A slow request was sent again over a new connection, which was asked for credentials before the first ended.
    @Test func whatEndsLateIsNotAskedForCredentials() throws {
        var talk = try Talk(credentials: Self.file)
        talk.wait(30)
        talk.exchange(.package1, Self.challenge(), on: 2)
        talk.late(.package1, nil, on: 1, begun: 20)
        talk.exchange(.package1.field("Authorization", Self.digest()), .package2(), on: 2)
        talk.finish()
        #expect(talk.texts("challenge-unanswered") == [])
    }

    @Test func aChallengeEndsTheSession() {
        var talk = Talk()
        talk.exchange(.package1, Self.challenge())
        talk.finish()
        #expect(
            talk.texts("challenge-unanswered") == [
                "Exchange 1.1 asked for HTTP credentials, and the client sent none"
            ])
    }

    @Test func aChallengeOfAnotherSchemeAsksForNothingOfRFC2617() {
        var talk = Talk()
        talk.exchange(.package1, .bare(401, ("WWW-Authenticate", "Bearer")))
        talk.close()
        #expect(talk.texts("challenge-unanswered").isEmpty)
    }

    // MARK: nextnonce

    private func afterNextNonce(_ nonce: String) throws -> Talk {
        var talk = try Talk(credentials: Self.file)
        talk.exchange(.package1, Self.challenge())
        talk.exchange(
            Message.package1.field("Authorization", Self.digest()),
            Message.package2(get("4", "./x")).field("Authentication-Info", "nextnonce=\"bmV4dA==\""))
        let answer = Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"))
        // Each nonce has a count of its own.
        let count = nonce == Self.nonce ? 2 : 1
        talk.exchange(answer.field("Authorization", Self.digest(nonce: nonce, count: count)), .last(2, answering: 2))
        return talk
    }

    /// Two fields of Authentication-Info are one list.
    @Test func nextnonceStandsInTheSecondField() throws {
        var talk = try Talk(credentials: Self.file)
        talk.exchange(.package1, Self.challenge())
        talk.exchange(
            Message.package1.field("Authorization", Self.digest()),
            Message.package2(get("4", "./x")).field("Authentication-Info", "qop=auth")
                .field("Authentication-Info", "nextnonce=\"bmV4dA==\""))
        let answer = Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"))
        talk.exchange(answer.field("Authorization", Self.digest(nonce: "bmV4dA==")), .last(2, answering: 2))
        #expect(talk.rules.isEmpty, "\(talk.told)")
    }

    @Test func nextnonceIsUsed() throws { #expect(try afterNextNonce("bmV4dA==").rules.isEmpty) }

    @Test func nextnonceIsIgnored() throws { #expect(try afterNextNonce(Self.nonce).rules == ["nextnonce-ignored"]) }

    /// Nonces of hundreds of characters are counted as such.
    @Test(arguments: [20, 600, 3000]) func aLongNonceIsCounted(_ length: Int) throws {
        let nonce = String(repeating: "n", count: length)
        var talk = try Talk(credentials: Self.file)
        talk.exchange(.package1, Self.challenge(nonce))
        talk.exchange(
            Message.package1.field("Authorization", Self.digest(nonce: nonce)), .package2(get("4", "./x")))
        let answer = Message.client(2, header(1), status("2", msg: 1, cmd: "4", "Get", "404"))
        talk.exchange(answer.field("Authorization", Self.digest(nonce: nonce, count: 2)), .last(2, answering: 2))
        #expect(talk.rules.isEmpty, "\(talk.findings)")
    }

    // MARK: Proxies

    @Test func proxyCredentials() throws {
        var talk = try Talk(credentials: "proxy * user=A password=B")
        talk.exchange(
            Message.package1.field("Proxy-Authorization", "Basic QTpD"),
            .bare(407, ("Proxy-Authenticate", "Basic realm=\"proxy\"")))
        #expect(
            talk.texts("proxy-authorization") == [
                "Proxy-Authorization (Basic) does not verify: the password differs from that of proxy * (line 1)"
            ])
        talk.exchange(Message.package1.field("Proxy-Authorization", "Basic QTpC"), .package2())
        #expect(talk.findings.count == 1)
    }

    /// Pages that pass through the same proxy are nobody's concern; a tunnel may carry DM.
    @Test(arguments: [("GET", 0), ("CONNECT", 1)])
    func ofOtherTrafficTunnelsAloneAreJudged(_ method: String, _ findings: Int) throws {
        var talk = try Talk(credentials: "proxy * user=A password=B")
        let request = Message.bare(0, ("Proxy-Authorization", "Basic QTpD")).with { $0.method = method }
        talk.exchange(request, .bare(407, ("Proxy-Authenticate", "Basic realm=\"proxy\"")))
        #expect(talk.texts("proxy-authorization").count == findings)
    }

    @Test func secretsStayOut() throws {
        let talk = try found(Self.digest(password: "wrong"), Self.challenge("other"))
        for secret in ["Circle", Self.nonce] { #expect(!talk.told.contains(secret)) }
    }
}
