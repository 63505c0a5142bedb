import HTTPWire
import Testing

@Suite struct AuthenticationTests {
    @Test func readsBasicCredentials() throws {
        let basic = try #require(Authentication.credentials("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="))
        #expect(basic.isScheme("basic") && basic.isWellFormed && basic.parameters.isEmpty)
        let pair = try #require(basic.userAndPassword)
        #expect(pair.user == Array("Aladdin".utf8) && pair.password == Array("open sesame".utf8))
        #expect(Authentication.credentials("Basic !!!")?.userAndPassword == nil)
        #expect(Authentication.credentials("Basic QWxhZGRpbg==")?.userAndPassword == nil)
        #expect(Authentication.credentials("Basic")?.token == nil)
        #expect(Authentication.credentials("") == nil)
    }

    @Test func readsDigestCredentials() throws {
        let value =
            "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
            + "uri=\"/dir/index.html\", qop=auth, nc=00000001, cnonce=\"0a4f113b\", "
            + "response=\"6629fae49393a05397450978507c4ef1\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\""
        let digest = try #require(Authentication.credentials(value))
        #expect(digest.scheme == "Digest" && digest.token == nil && digest.isWellFormed)
        #expect(digest["username"] == "Mufasa" && digest["nc"] == "00000001" && digest["qop"] == "auth")
        #expect(digest["uri"] == "/dir/index.html" && digest["missing"] == nil)
        #expect(digest.parameters.count == 9)
        #expect(digest.parameters.filter(\.isQuoted).count == 7)
    }

    @Test(arguments: [
        ("Digest realm = \"a b\", nonce=x", ["a b", "x"], false),
        ("Digest realm=\"a\" nonce=\"x\"", ["a", "x"], false),
        ("Digest realm=a, nonce=dGVzdA==", ["a", "dGVzdA=="], false),
        ("Digest realm=\"a\\\"b\", nonce=\"\"", ["a\"b", ""], true),
        ("Digest realm=\"a\", nonce=\"open", ["a", "open"], false),
        ("Digest ,, realm=\"a\",nonce=\"x\" , ", ["a", "x"], true),
    ])
    func readsParametersHoweverWritten(_ value: String, _ expected: [String], _ isWellFormed: Bool) throws {
        let read = try #require(Authentication.credentials(value))
        #expect([read["realm"], read["nonce"]] == expected)
        #expect(read.isWellFormed == isWellFormed)
    }

    @Test(
        arguments: [
            (["Digest realm=\"a\", nonce=\"x\", Basic realm=\"b\""], ["Digest a", "Basic b"], true),
            (["Basic realm=\"b\"", "Digest realm=\"a, Basic\""], ["Basic b", "Digest a, Basic"], true),
            (["Negotiate, NTLM, Basic realm=\"b\""], ["Negotiate", "NTLM", "Basic b"], true),
            (["Negotiate YWJj==, Basic realm=\"b\""], ["Negotiate", "Basic b"], true),
            (
                ["Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\", Basic realm=\"simple\""],
                ["Newauth apps", "Basic simple"], true
            ),
            (["Basic realm=unquoted"], ["Basic unquoted"], true),
            (["=, Basic realm=\"b\""], ["Basic b"], false),
            ([""], [], true),
        ] as [([String], [String], Bool)])
    func partsChallenges(_ values: [String], _ expected: [String], _ isWellFormed: Bool) {
        let read = Authentication.challenges(values)
        #expect(read.challenges.map { $0.scheme + ($0["realm"].map { " " + $0 } ?? "") } == expected)
        #expect(read.isWellFormed == isWellFormed)
    }

    @Test(arguments: [
        ("Digest realm=\"a\" nonce=\"x\"", true), ("Basic realm=a b", true),
        ("Basic realm=\"a\" Digest realm=\"b\"", true),
        ("Digest realm = \"a\" , nonce=\"x\",, ", false), ("Basic realm=\"a b\"", false), ("Negotiate YWJj==", false),
    ])
    func tellsMissingCommas(_ value: String, _ lacks: Bool) {
        #expect(Authentication.challenges([value]).challenges.first?.lacksComma == lacks)
    }

    @Test func readsAuthenticationInfo() {
        let info = Authentication.parameters(
            "nextnonce=\"bm9uY2U=\", qop=auth, rspauth=\"ab\", cnonce=\"c\", nc=00000001")
        #expect(info.isWellFormed)
        #expect(info.parameters.value("nextnonce") == "bm9uY2U=")
        #expect(info.parameters.value("rspauth") == "ab")
        #expect(!Authentication.parameters("nextnonce").isWellFormed)
    }

    @Test func tellsRepeatedParameter() {
        let read = Authentication.credentials("Digest nonce=a, realm=b, Nonce=c, realm=d")
        #expect(read?.repeatedParameter == "nonce")
        #expect(read?["nonce"] == "a")
        #expect(Authentication.credentials("Digest nonce=a, realm=b")?.repeatedParameter == nil)
    }
}
