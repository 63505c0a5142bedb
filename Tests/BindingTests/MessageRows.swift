import Binding
import Wire

private let wbxml = "application/vnd.syncml.dm+wbxml"

let messageRows: [RuleRow] = [
    RuleRow("http-version", "HTTP/1.1", exchange()),
    RuleRow(
        "http-version", "HTTP/1.0 request", exchange(Sample.request.line("POST /dm HTTP/1.0")),
        ["http-version SHOULD request"]),
    RuleRow(
        "http-version", "HTTP/1.0 response", exchange(.request, Sample.response.line("HTTP/1.0 200 OK")),
        ["http-version SHOULD response"]),

    RuleRow("request-body-missing", "a DM message", exchange()),
    RuleRow(
        "request-body-missing", "no body", exchange(Sample.request.body(.none)), ["request-body-missing MUST request"]),
    RuleRow(
        "request-body-missing", "another body",
        exchange(Sample.request.set("Content-Type", "text/plain").body(.text("hello"))),
        ["request-body-missing MUST request"]),
    RuleRow(
        "request-body-missing", "a body that cannot be decoded is the inspection's finding",
        exchange(Sample.request.body(.text("<SyncML>")))),
    RuleRow(
        "request-body-missing", "an enveloped body of Windows",
        exchange(
            Sample.request.set("Content-Type", "application/octet-stream").body(.text("0\u{82}")),
            Sample.response.set("Content-Type", "application/octet-stream").body(.text("0\u{82}")), carriedDM: true),
        [
            "request-body-missing NOTE request", "response-not-acceptable-type MUST response",
        ]),
    RuleRow(
        "request-body-missing", "a body that was not captured whole",
        exchange(Sample.request.set("Content-Length", "900").set("Content-Type", "text/plain").body(.text("hello")))),

    RuleRow("response-body-missing", "a DM message", exchange()),
    RuleRow(
        "response-body-missing", "nothing answers package 1",
        exchange(Sample.request.body(.dm(commands: ["Alert:1201", "Replace"])), Sample.response.body(.none)),
        ["response-body-missing MUST response"]),
    RuleRow(
        "response-body-missing", "an empty 200 ends the session", exchange(.request, Sample.response.body(.none)),
        ["response-body-missing NOTE response"]),
    RuleRow(
        "response-body-missing", "a page",
        exchange(.request, Sample.response.set("Content-Type", "text/html").body(.text("<html>"))),
        ["response-body-missing MUST response"]),
    RuleRow(
        "response-body-missing", "HTTP asks to try otherwise",
        exchange(
            .request,
            Sample.response.line("HTTP/1.1 426 Upgrade Required").set("Content-Type", nil).body(.none))),
    RuleRow(
        "response-body-missing", "an error page",
        exchange(
            .request,
            Sample.response.line("HTTP/1.1 500 Oops").set("Content-Type", "text/html").body(.text("<html>"))),
        ["response-body-missing NOTE response"]),
    RuleRow(
        "response-body-missing", "a challenge",
        exchange(
            .request,
            Sample.response.line("HTTP/1.1 401 Unauthorized").set("WWW-Authenticate", "Basic realm=\"dm\"")
                .body(.none))),
    RuleRow("response-body-missing", "a response that was not captured", exchange(.request, nil)),
    RuleRow(
        "response-body-missing", "a response that was cut off",
        exchange(.request, Sample.response.set("Content-Length", "900").body(.none))),

    RuleRow("package-direction", "the server's message", exchange()),
    RuleRow(
        "package-direction", "an echo", exchange(.request, Sample.response.body(.dm())),
        ["package-direction MUST response"]),
    RuleRow(
        "package-direction", "package 1 in a response",
        exchange(
            .request, Sample.response.body(.dm(from: "https://dm.example/dm", to: "device", commands: ["Alert:1200"]))),
        ["package-direction MUST response"]),

    RuleRow("request-content-type", "WBXML", exchange(Sample.request.set("Content-Type", wbxml).body(.dm(.wbxml)))),
    RuleRow(
        "request-content-type", "curl's default",
        exchange(Sample.request.set("Content-Type", "application/x-www-form-urlencoded")),
        ["request-content-type MUST request"]),
    RuleRow(
        "request-content-type", "text/xml", exchange(Sample.request.set("Content-Type", "text/xml")),
        ["request-content-type MUST request"]),

    RuleRow(
        "response-content-type", "WBXML",
        exchange(.request, Sample.response.set("Content-Type", wbxml).body(.dm(.wbxml, from: "s")))),
    RuleRow(
        "response-content-type", "text/xml",
        exchange(Sample.request.set("Accept", "*/*"), Sample.response.set("Content-Type", "text/xml")),
        ["accept-without-dm-type NOTE request", "response-content-type SHOULD response"]),

    RuleRow("content-type-missing", "there is one", exchange()),
    RuleRow(
        "content-type-missing", "none in the request", exchange(Sample.request.set("Content-Type", nil)),
        ["content-type-missing MUST request"]),
    RuleRow(
        "content-type-missing", "none in the response", exchange(.request, Sample.response.set("Content-Type", nil)),
        ["content-type-missing MUST response"]),

    RuleRow(
        "content-type-malformed", "parameters",
        exchange(
            Sample.request.set("Content-Type", "application/vnd.syncml.dm+xml ; Charset = utf-8;; verproto=\"DM/1.2\";")
        )
    ),
    RuleRow(
        "content-type-malformed", "no semicolon",
        exchange(Sample.request.set("Content-Type", "application/vnd.syncml.dm+xml charset=utf-8")),
        ["content-type-malformed SHOULD request"]),
    RuleRow(
        "content-type-malformed", "two types",
        exchange(.request, Sample.response.set("Content-Type", "application/vnd.syncml.dm+xml, \(wbxml)")),
        ["content-type-malformed SHOULD response"]),
    RuleRow(
        "content-type-malformed", "two fields", exchange(Sample.request.adding("Content-Type", "text/plain")),
        ["content-type-malformed SHOULD request"]),
    RuleRow(
        "content-type-malformed", "twice the same",
        exchange(
            .request, Sample.response.adding("Content-Type", "application/vnd.syncml.dm+xml; charset=\"utf-8\"")),
        ["content-type-malformed NOTE response"]),

    RuleRow("content-type-ds", "DM", exchange()),
    RuleRow(
        "content-type-ds", "libdmclient's type",
        exchange(Sample.request.set("Content-Type", "application/vnd.syncml+xml")),
        ["content-type-ds MUST request"]),
    RuleRow(
        "content-type-ds", "a data synchronisation message is none of the binding's",
        exchange(
            Sample.request.set("Content-Type", "application/vnd.syncml+xml").set("User-Agent", nil)
                .body(.dm(verProto: "SyncML/1.2")), nil)),

    RuleRow(
        "content-type-mismatch", "letters of any case",
        exchange(Sample.request.set("Content-Type", "Application/VND.syncml.DM+Xml"))),
    RuleRow(
        "content-type-mismatch", "WBXML under +xml", exchange(Sample.request.body(.dm(.wbxml))),
        ["content-type-mismatch MUST request"]),
    RuleRow(
        "content-type-mismatch", "XML under +wbxml", exchange(.request, Sample.response.set("Content-Type", wbxml)),
        ["content-type-mismatch MUST response"]),

    RuleRow("content-type-charset", "the same", exchange(Sample.request.body(.dm(encoding: "UTF8")))),
    RuleRow(
        "content-type-charset", "no parameter",
        exchange(Sample.request.set("Content-Type", "application/vnd.syncml.dm+xml").body(.dm(encoding: "iso-8859-1")))),
    RuleRow(
        "content-type-charset", "an alias",
        exchange(
            Sample.request.set("Content-Type", "application/vnd.syncml.dm+xml;charset=l1")
                .body(.dm(encoding: "iso-8859-1")))),
    RuleRow(
        "content-type-charset", "another", exchange(Sample.request.body(.dm(encoding: "iso-8859-1"))),
        ["content-type-charset SHOULD request"]),

    RuleRow("multipart-body", "a single message", exchange()),
    RuleRow(
        "multipart-body", "multipart",
        exchange(
            Sample.request.set("Content-Type", "multipart/related; boundary=x").body(.text("--x\r\n")),
            Sample.response.set("Content-Type", "multipart/mixed; boundary=x").body(.text("--x\r\n"))),
        [
            "multipart-body MUST request", "multipart-body MUST response", "response-not-acceptable-type MUST response",
        ]),

    RuleRow(
        "many-messages-in-body", "a line break at the end",
        exchange(Sample.request.body(.dm(followedBy: [0x0D, 0x0A])))),
    RuleRow(
        "many-messages-in-body", "what may follow a root element",
        exchange(Sample.request.body(.dm(followedBy: Array("<!-- <a> -->\n<?foo <SyncML>?><?xml-x ?>\n".utf8))))),
    RuleRow(
        "many-messages-in-body", "a comment that does not end",
        exchange(Sample.request.body(.dm(followedBy: Array("<!-- <SyncML></SyncML>".utf8))))),
    RuleRow(
        "many-messages-in-body", "a document with a declaration, behind a comment",
        exchange(Sample.request.body(.dm(followedBy: Array("<!-- -->\n<?xml version='1.0'?><SyncML/>".utf8)))),
        ["many-messages-in-body MUST request"]),
    RuleRow("many-messages-in-body", "padding", exchange(Sample.request.body(.dm(followedBy: [0, 0, 0])))),
    RuleRow(
        "many-messages-in-body", "two messages",
        exchange(Sample.request.body(.dm(followedBy: Array("\n<SyncML></SyncML>".utf8)))),
        ["many-messages-in-body MUST request"]),
    RuleRow(
        "many-messages-in-body", "two in WBXML",
        exchange(
            Sample.request.set("Content-Type", wbxml).body(.dm(.wbxml, followedBy: [2, 0xA4, 1, 0x6A, 0, 0x6D, 0x6C]))),
        ["many-messages-in-body MUST request"]),

    RuleRow("content-transfer-encoding", "none", exchange()),
    RuleRow(
        "content-transfer-encoding", "base64", exchange(Sample.request.set("Content-Transfer-Encoding", "base64")),
        ["content-transfer-encoding MUST request"]),
    RuleRow(
        "content-transfer-encoding", "binary changes nothing",
        exchange(.request, Sample.response.set("Content-Transfer-Encoding", "BINARY")),
        ["content-transfer-encoding NOTE response"]),

    RuleRow("host-missing", "one", exchange()),
    RuleRow("host-missing", "none", exchange(Sample.request.set("Host", nil)), ["host-missing MUST request"]),
    RuleRow("host-missing", "empty", exchange(Sample.request.set("Host", "")), ["host-missing MUST request"]),
    RuleRow(
        "host-missing", "two", exchange(Sample.request.adding("Host", "other.example")), ["host-missing MUST request"]),
    RuleRow(
        "host-missing", "two in one", exchange(Sample.request.set("Host", "a.example, b.example")),
        ["host-missing SHOULD request"]),
    RuleRow(
        "host-missing", "no port", exchange(Sample.request.set("Host", "dm.example:80x")),
        ["host-missing SHOULD request"]),
    RuleRow("host-missing", "an address", exchange(Sample.request.set("Host", "[2001:db8::1]:8443"))),
    RuleRow("host-missing", "a name outside the DNS", exchange(Sample.request.set("Host", "dm_server:"))),
    RuleRow(
        "host-missing", "none in HTTP/1.0", exchange(Sample.request.line("POST /dm HTTP/1.0").set("Host", nil)),
        ["http-version SHOULD request"]),
]

let methodRows: [RuleRow] = [
    RuleRow("message-not-post", "POST", exchange()),
    RuleRow(
        "message-not-post", "PUT", exchange(Sample.request.line("PUT /dm HTTP/1.1")), ["message-not-post MUST request"]),
    RuleRow(
        "message-not-post", "lower case", exchange(Sample.request.line("post /dm HTTP/1.1")),
        ["message-not-post MUST request"]),
    RuleRow(
        "message-not-post", "GET that asks for a DM message",
        exchange(
            Sample.request.line("GET /dm HTTP/1.1").set("Content-Type", nil).set("Content-Length", "0").body(.none),
            Sample.response.line("HTTP/1.1 405 Method Not Allowed").set("Content-Type", nil).body(.none)),
        ["message-not-post NOTE request"]),
    RuleRow(
        "message-not-post", "GET that brings a DM message",
        exchange(
            Sample.request.line("GET /dm HTTP/1.1").set("Content-Type", nil).set("Content-Length", "0").body(.none),
            .response), ["message-not-post MUST request"]),
    RuleRow("post-refused", "answered with a message", exchange()),
    RuleRow(
        "post-refused", "501",
        exchange(
            .request, Sample.response.line("HTTP/1.1 501 Not Implemented").set("Content-Type", nil).body(.none)),
        ["post-refused MUST response"]),
    RuleRow(
        "post-refused", "405, which may be another address",
        exchange(
            .request, Sample.response.line("HTTP/1.1 405 Method Not Allowed").set("Content-Type", nil).body(.none)),
        ["post-refused NOTE response"]),
    RuleRow(
        "post-refused", "PUT that is refused",
        exchange(
            Sample.request.line("PUT /dm HTTP/1.1"),
            Sample.response.line("HTTP/1.1 501 Not Implemented").set("Content-Type", nil).body(.none)),
        ["message-not-post MUST request", "response-body-missing NOTE response"]),
    RuleRow(
        "message-not-post", "GET of a firmware image on a DM connection",
        exchange(
            Sample.request.line("GET /fw.bin HTTP/1.1").set("Content-Type", nil).set("Content-Length", "0").body(.none),
            Sample.response.set("Content-Type", "application/octet-stream").body(.text("firmware")), carriedDM: true)),
    RuleRow(
        "message-not-post", "CONNECT",
        exchange(
            Sample.request.line("CONNECT dm.example:443 HTTP/1.1").set("User-Agent", nil).set("Content-Length", "0")
                .body(.none), nil)),

    RuleRow("host-absolute-uri", "name and port", exchange(Sample.request.set("Host", "dm.example:8080"))),
    RuleRow(
        "host-absolute-uri", "the binding's own example",
        exchange(Sample.request.set("Host", "http://www.dm.host.com")),
        ["host-absolute-uri NOTE request"]),

    RuleRow("request-target-relative", "*", exchange(Sample.request.line("POST * HTTP/1.1"))),
    RuleRow(
        "request-target-relative", "an absolute URI",
        exchange(Sample.request.line("POST http://dm.example/dm HTTP/1.1"))),
    RuleRow(
        "request-target-relative", "the binding's own example",
        exchange(Sample.request.line("POST ./servlet/dm HTTP/1.1")), ["request-target-relative NOTE request"]),
]
