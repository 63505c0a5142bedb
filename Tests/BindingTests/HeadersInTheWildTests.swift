import Binding
import Testing
import Wire

/// Values that clients and servers in the field send: none is taken for broken.
@Suite struct HeadersInTheWildTests {
    private static let dm = "application/vnd.syncml.dm+xml"
    /// Rules on the form of a header.
    private static let ofForm: Set = [
        "content-type-malformed", "host-missing", "host-absolute-uri", "accept-charset-no-utf8", "challenge-malformed",
        "challenge-missing", "authorization-basic", "authorization-digest", "cached-response",
        "response-not-acceptable-type", "content-type-charset",
    ]

    private func findings(_ exchange: Exchange) -> [String] {
        BindingRules.judge(exchange).map(\.rule.id).filter(Self.ofForm.contains)
    }

    @Test(arguments: [
        dm, "\(dm); charset=utf-8", "\(dm);charset=utf-8", "\(dm); charset=UTF-8", "\(dm); charset=\"utf-8\"",
        "Application/Vnd.Syncml.Dm+Xml", "\(dm);charset=utf-8;verproto=DM/1.2", "\(dm);", "\(dm); charset=utf-8;",
    ])
    func contentType(_ value: String) {
        let sent = exchange(
            Sample.request.set("Content-Type", value).body(.dm(encoding: "utf-8")),
            Sample.response.set("Content-Type", value))
        #expect(findings(sent) == [])
    }

    @Test(arguments: [
        dm, "\(dm), application/vnd.syncml.dm+wbxml, application/octet-stream", "*/*",
        "application/vnd.syncml+xml, application/vnd.syncml+wbxml, */*", "\(dm);q=0.9,*/*;q=0.1", "application/*",
    ])
    func accept(_ value: String) { #expect(findings(exchange(Sample.request.set("Accept", value))) == []) }

    @Test(arguments: ["UTF-8", "utf-8", "utf-8, *;q=0.1", "*", "ISO-8859-1,utf-8;q=0.7,*;q=0.7"])
    func acceptCharset(_ value: String) {
        #expect(findings(exchange(Sample.request.set("Accept-Charset", value))) == [])
    }

    @Test(arguments: [
        "dm.example", "dm.example:8080", "DM.Example:443", "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]", "localhost",
        "dm-01.example.", "dm_server", "dm.example:", "xn--bcher-kva.example",
    ])
    func host(_ value: String) { #expect(findings(exchange(Sample.request.set("Host", value))) == []) }

    @Test(arguments: [
        "Basic QWxhZGRpbjpvYVUyIHNlc2FtZQ==", "Bearer eyJ0eXAi.eyJh.c2ln", "Basic dTpwYQ==", "Basic dTpwYXNz",
        "Digest username=\"u\", realm=\"r\", nonce=\"Tm9uY2U=\", uri=\"/dm\", algorithm=MD5, "
            + "response=\"00112233445566778899aabbccddeeff\"",
    ])
    func authorization(_ value: String) {
        #expect(findings(exchange(Sample.request.set("Authorization", value))) == [])
    }

    @Test(arguments: [
        "Basic realm=\"dm\"", "Basic Realm=\"WallyWorld@dm.host.com\"", "Negotiate", "NTLM", "Basic realm=\"a, b\"",
        "Digest realm=\"dm\", nonce=\"Tm9uY2U=\", qop=\"auth,auth-int\", algorithm=MD5, stale=FALSE",
        "Digest realm=\"dm\",nonce=\"Tm9uY2U=\",opaque=\"\"", "Negotiate, Basic realm=\"dm\"",
        "Bearer authorization_uri=\"https://login.example/\" resource_id=\"x\"",
        "Basic realm=\"dm\", charset=\"UTF-8\"",
    ])
    func challenge(_ value: String) {
        let refusal = Sample.response.line("HTTP/1.1 401 Unauthorized").set("Content-Type", nil).body(.none)
        #expect(findings(exchange(.request, refusal.set("WWW-Authenticate", value))) == [])
    }
}
