import Binding
import Testing
import Wire

/// Header sets of clients and servers in the field, and the binding's own examples, with the findings each gets.
struct KnownClient: CustomTestStringConvertible, Sendable {
    let name: String
    let findings: [String]
    private let request: Sample
    private let response: Sample?
    private let tls: Bool

    init(_ name: String, _ request: Sample, _ response: Sample? = nil, tls: Bool = true, finds findings: [String]) {
        self.name = name
        self.request = request
        self.response = response
        self.tls = tls
        self.findings = findings
    }

    var exchange: Exchange { BindingTests.exchange(request, response, tls: tls, loopback: true) }

    var testDescription: String { name }
}

private let xml = "application/vnd.syncml.dm+xml"
private let wbxml = "application/vnd.syncml.dm+wbxml"

private func post(line: String = "POST /dm HTTP/1.1", _ fields: [(String, String)], wbxml: Bool = false) -> Sample {
    Sample(line: line, fields: fields.map { (name: $0.0, value: $0.1) }, body: .dm(wbxml ? .wbxml : .xml))
}

private func answer(_ fields: [(String, String)], wbxml: Bool = false) -> Sample {
    Sample(
        line: "HTTP/1.1 200 OK", fields: fields.map { (name: $0.0, value: $0.1) },
        body: .dm(wbxml ? .wbxml : .xml, from: "https://dm.example/dm", to: "device"))
}

let knownClients: [KnownClient] = [
    // Clients
    KnownClient(
        "Windows 10 and 11",
        post(
            line: "POST /ManagementServer/MDM.svc?mode=Maintenance&Platform=WoA HTTP/1.1",
            [
                ("Accept", "\(xml), \(wbxml), application/octet-stream"), ("Accept-Charset", "UTF-8"),
                ("Client-Request-Id", "0"), ("Content-Type", xml), ("Host", "dm.example"),
                ("Ms-Cv", "q9gBTlPZvUGm1k9k.0.0.0"), ("User-Agent", "MSFT OMA DM Client/1.2.0.1"),
                ("Authorization", "Bearer eyJ0eXAi"),
            ]),
        // The one header of the binding that Windows leaves out.
        finds: ["cache-control-missing MUST request"]),
    KnownClient(
        "Windows as its imitators send it",
        post([
            ("Host", "dm.example"), ("Accept", xml), ("Accept-Charset", "UTF-8"), ("Accept-Encoding", "identity"),
            ("Expect", "100-Continue"), ("Content-Type", "\(xml); charset=utf-8"),
            ("User-Agent", "MSFT OMA DM Client/2.7"),
        ]), finds: ["cache-control-missing MUST request"]),
    KnownClient(
        "Motorola's native engine",
        post(
            [
                ("User-Agent", "Motorola SyncML DM Client [en] "), ("Accept", wbxml), ("Accept-Language", "en"),
                ("Accept-Charset", "utf-8"), ("Cache-Control", "private"), ("Content-type", wbxml),
                ("Host", "dm.example"),
                ("x-syncml-hmac", "algorithm=MD5, username=\"u\", mac=6AZk96DG6F0jSIaEpbK4Ng=="),
            ], wbxml: true),
        finds: ["cache-control-no-store NOTE request"]),
    KnownClient(
        "Nexus (AOSP)",
        post(
            [
                ("User-Agent", "Google/Nexus Google/1"), ("Cache-Control", "private"), ("Accept", wbxml),
                ("Content-Type", wbxml), ("Accept-Language", "en"), ("Accept-Charset", "utf-8"), ("Host", "dm.example"),
            ], wbxml: true), finds: ["cache-control-no-store NOTE request"]),
    KnownClient(
        "Samsung",
        post(
            [
                ("User-Agent", "Samsung SM-G900F SyncML_DM Client"), ("Cache-Control", "no-store, private"),
                ("Connection", "Keep-Alive"), ("Accept", wbxml), ("Accept-Language", "en"), ("Accept-Charset", "utf-8"),
                ("Host", "dm.example:443"), ("Content-Type", wbxml), ("Range", "bytes=0-"),
            ], wbxml: true), finds: []),
    KnownClient(
        "Spreadtrum with RedBend",
        post(
            line: "POST http://dm.example/dm HTTP/1.1",
            [
                ("Cache-Control", "private"), ("Connection", "close"), ("User-Agent", "RedBend"),
                ("Accept", "application/vnd.syncml+xml, application/vnd.syncml+wbxml, */*"), ("Accept-Language", "en"),
                ("Accept-Charset", "utf-8"), ("Host", "dm.example"), ("Content-Type", wbxml),
                ("x-syncml-hmac", "username=\"u\", mac=6AZk96DG6F0jSIaEpbK4Ng== algorithm=\"MD5\""),
            ], wbxml: true),
        finds: ["accept-without-dm-type NOTE request", "cache-control-no-store NOTE request"]),
    KnownClient(
        "libdmclient's sample",
        post(
            [("Host", "dm.example"), ("Accept", "*/*"), ("Content-Type", "application/vnd.syncml+wbxml")], wbxml: true),
        answer(
            [
                ("Server", "BaseHTTP/0.6 Python/3.11.7"), ("Date", "Sun, 22 Nov 2026 20:47:40 GMT"),
                ("Content-Type", wbxml), ("Cache-Control", "private"),
            ], wbxml: true), tls: false,
        finds: [
            "accept-charset-missing MUST request", "accept-without-dm-type NOTE request",
            "cache-control-missing MUST request", "cache-control-no-store NOTE response",
            "content-type-ds MUST request",
            "user-agent-missing MUST request",
        ]),
    KnownClient(
        "the Hotspot 2.0 client of hostap, with Basic",
        post([
            ("Host", "dm.example"), ("Content-Type", xml), ("Accept", "*/*"), ("User-Agent", "hs20"),
            ("Authorization", "Basic QWxhZGRpbjpvYVUyIHNlc2FtZQ=="),
        ]),
        finds: [
            "accept-charset-missing MUST request", "accept-without-dm-type NOTE request",
            "cache-control-missing MUST request",
        ]),
    KnownClient(
        "curl --data-binary",
        post([
            ("Host", "dm.example"), ("User-Agent", "curl/7.88.1"), ("Accept", "*/*"), ("Content-Type", wbxml),
        ]),
        finds: [
            "accept-charset-missing MUST request", "accept-without-dm-type NOTE request",
            "cache-control-missing MUST request", "content-type-mismatch MUST request",
        ]),
    KnownClient(
        "Funambol, data synchronisation",
        Sample(
            line: "POST /funambol/ds HTTP/1.1",
            fields: [
                ("Host", "dm.example"), ("Content-Type", "application/vnd.syncml+xml"), ("Accept-Encoding", "deflate"),
            ],
            body: .dm(verProto: "SyncML/1.2")), finds: []),

    // Servers
    KnownClient("Fleet", .request, answer([("Content-Type", xml)]), finds: ["cache-control-missing MUST response"]),
    KnownClient(
        "Fleet's proof of concept at the end of a session", .request,
        Sample(
            line: "HTTP/1.1 200 OK",
            fields: [(name: "Content-Type", value: xml), (name: "Content-Length", value: "0")],
            body: .none), finds: ["response-body-missing NOTE response"]),
    KnownClient(
        "WSO2", .request, answer([("Content-Type", "\(xml);charset=utf-8"), ("Cache-Control", "no-store, no-cache")]),
        finds: []),
    KnownClient(
        "ASP.NET's defaults", .request,
        answer([
            ("Cache-Control", "private"), ("Content-Type", "\(xml); charset=utf-8"), ("Server", "Microsoft-IIS/10.0"),
        ]),
        finds: ["cache-control-no-store NOTE response"]),

    // What is not DM
    KnownClient(
        "Windows enrolment",
        Sample(
            line: "POST /EnrollmentServer/Discovery.svc HTTP/1.1",
            fields: [
                ("Host", "dm.example"), ("Content-Type", "application/soap+xml; charset=utf-8"),
                ("User-Agent", "ENROLLClient"),
            ], body: .text("<s:Envelope/>")), finds: []),
    KnownClient(
        "a browser",
        Sample(
            line: "GET / HTTP/1.1",
            fields: [("Host", "dm.example"), ("Accept", "text/html,*/*;q=0.8"), ("Content-Length", "0")],
            body: .none), finds: []),

    // The binding's own examples are snippets: what they show is tolerated, what they leave out is found.
    KnownClient(
        "the request of 5.2.1",
        post(
            line: "POST ./servlet/dm HTTP/1.1",
            [("Host", "www.devicemgmt.org"), ("Content-Type", "\(xml); charset=\"utf-8\""), ("Accept", xml)]),
        answer([("Content-Type", "\(xml); charset=\"utf-8\"")]),
        finds: [
            "accept-charset-missing MUST request", "cache-control-missing MUST request",
            "cache-control-missing MUST response", "request-target-relative NOTE request",
            "user-agent-missing MUST request",
        ]),
    KnownClient(
        "all examples of 5.2.1 and 5.3 in one exchange",
        post(
            line: "POST ./servlet/dm HTTP/1.1",
            [
                ("Host", "http://www.dm.host.com"), ("Content-Type", "\(xml); charset=\"utf-8\""), ("Accept", xml),
                ("Accept-Charset", "UTF-8"), ("Accept-Encoding", "gzip,deflate"), ("Cache-Control", "no-store"),
                ("Authorization", "Basic QWxhZGRpbjpvYVUyIHNlc2FtZQ=="),
                ("Proxy-Authorization", "Basic QWxhZGRpbjpvYVUyIHNlc2FtZQ=="),
                ("User-Agent", "Foo Bar DM Products v3.4"),
            ]),
        answer([
            ("Content-Type", "\(xml); charset=\"utf-8\""), ("Cache-Control", "private"),
            ("Authentication-Info", "nextnonce=\"Bruce\"\r\n rspauth=\"edd30630e82fabdc1e895d1d3a4c0450\""),
        ]),
        finds: [
            "authentication-info-nextnonce-base64 NOTE response", "cache-control-no-store NOTE response",
            "host-absolute-uri NOTE request", "request-target-relative NOTE request",
        ]),
]

@Suite struct KnownClientsTests {
    @Test(arguments: knownClients)
    func findings(_ client: KnownClient) {
        #expect(judged(client.exchange) == client.findings.sorted())
    }

    @Test func whatCountsAsDM() {
        let foreign = Sample.request.set("Accept", nil).set("Content-Type", "text/plain").body(.text("x"))
        let page = Sample.response.set("Content-Type", "text/html").body(.text("x"))
        let bare = foreign.set("Content-Type", nil)
        let rows: [(Exchange, Exchange.DMEvidence?)] = [
            (exchange(), .message),
            (exchange(foreign), .message),
            (exchange(foreign, nil), nil),
            (exchange(foreign.set("Content-Type", "application/vnd.syncml.dm+wbxml"), nil), .mediaType),
            (exchange(foreign, page.set("Content-Type", "application/vnd.syncml+xml")), .mediaType),
            (exchange(Sample.request.set("Content-Type", nil).body(.none), page), .accept),
            (exchange(Sample.request.line("GET /dm HTTP/1.1").set("Content-Type", nil).body(.none), page), nil),
            (exchange(Sample.request.line("GET /dm HTTP/1.1").set("Content-Type", nil).body(.none), nil), .accept),
            (exchange(foreign, page, carriedDM: true), nil),
            (exchange(bare.body(.text("900 Success")), page, carriedDM: true), nil),
            (exchange(bare.body(.text("<SyncML>&</SyncML>")), page, carriedDM: true), .connection),
            (exchange(bare.body(.none), page, carriedDM: true), .connection),
            (exchange(bare, page), nil),
            (
                exchange(
                    bare.set("Content-Type", "text/xml").body(.text(" <?xml version='1.0'?><a/>")), nil, carriedDM: true
                ), nil
            ),
            (
                exchange(bare.set("Content-Type", "text/xml").body(.text("<SyncML>&</SyncML>")), nil, carriedDM: true),
                .connection
            ),
            (exchange(bare.set("SOAPAction", "\"\""), page, carriedDM: true), nil),
            (
                exchange(
                    bare.set("Content-Type", "application/octet-stream").body(.text("\u{7F}ELF")), nil, carriedDM: true),
                nil
            ),
            (
                exchange(
                    bare.set("Content-Type", "application/octet-stream").body(.text("0\u{7F}")), nil, carriedDM: true),
                .connection
            ),
            (exchange(bare.line("GET /x HTTP/1.1"), page, carriedDM: true), nil),
            (exchange(Sample.request.line("CONNECT dm.example:443 HTTP/1.1"), nil, carriedDM: true), nil),
            (exchange(Sample.request.body(.dm(verProto: "SyncML/1.2")), nil), .message),
            (exchange(Sample.request.set("Content-Type", nil).body(.dm(verProto: "SyncML/1.2")), nil), nil),
        ]
        for (at, row) in rows.enumerated() { #expect(row.0.dmEvidence == row.1, "row \(at)") }
    }
}
