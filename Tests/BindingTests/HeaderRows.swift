import Binding
import Wire

let generalHeaderRows: [RuleRow] = [
    RuleRow("cache-control-missing", "there is one", exchange()),
    RuleRow(
        "cache-control-missing", "none in the request", exchange(Sample.request.set("Cache-Control", nil)),
        ["cache-control-missing MUST request"]),
    RuleRow(
        "cache-control-missing", "none in the response", exchange(.request, Sample.response.set("Cache-Control", nil)),
        ["cache-control-missing MUST response"]),
    RuleRow(
        "cache-control-missing", "empty in both",
        exchange(Sample.request.set("Cache-Control", ""), Sample.response.set("Cache-Control", ",")),
        ["cache-control-missing MUST request", "cache-control-missing MUST response"]),
    RuleRow(
        "cache-control-missing", "none in a challenge",
        exchange(
            .request,
            Sample.response.line("HTTP/1.1 401 Unauthorized").set("WWW-Authenticate", "Basic realm=\"dm\"")
                .set("Cache-Control", nil).set("Content-Type", nil).body(.none))),

    RuleRow(
        "cache-control-no-store", "no-store alone", exchange(.request, Sample.response.set("Cache-Control", "no-store"))
    ),
    RuleRow(
        "cache-control-no-store", "private in a response is the binding's own example",
        exchange(.request, Sample.response.set("Cache-Control", "private")), ["cache-control-no-store NOTE response"]),
    RuleRow(
        "cache-control-no-store", "private in a request", exchange(Sample.request.set("Cache-Control", "private")),
        ["cache-control-no-store NOTE request"]),

    RuleRow(
        "cache-control-not-private", "in two fields",
        exchange(.request, Sample.response.set("Cache-Control", "max-age=0").adding("Cache-Control", "Private")),
        ["cache-control-no-store NOTE response"]),
    RuleRow(
        "cache-control-not-private", "public",
        exchange(.request, Sample.response.set("Cache-Control", "public, max-age=60")),
        ["cache-control-not-private MUST response"]),
    RuleRow(
        "cache-control-not-private", "private for one field",
        exchange(.request, Sample.response.set("Cache-Control", "private=\"Set-Cookie\"")),
        ["cache-control-not-private MUST response"]),
    RuleRow(
        "cache-control-not-private", "no-cache", exchange(.request, Sample.response.set("Cache-Control", "no-cache")),
        ["cache-control-not-private NOTE response"]),
    RuleRow(
        "cache-control-not-private", "no-cache for one field",
        exchange(.request, Sample.response.set("Cache-Control", "no-cache=\"Set-Cookie\"")),
        ["cache-control-not-private MUST response"]),

    RuleRow("cache-control-contradiction", "no-store and private", exchange()),
    RuleRow(
        "cache-control-contradiction", "public and no-store",
        exchange(.request, Sample.response.set("Cache-Control", "no-store, public")),
        ["cache-control-contradiction MUST response"]),
    RuleRow(
        "cache-control-contradiction", "public and private",
        exchange(.request, Sample.response.set("Cache-Control", "public, private")),
        ["cache-control-contradiction MUST response", "cache-control-no-store NOTE response"]),
    RuleRow(
        "cache-control-contradiction", "no list",
        exchange(.request, Sample.response.set("Cache-Control", "no-store; private")),
        ["cache-control-contradiction MUST response"]),
    RuleRow(
        "cache-control-contradiction", "blanks about =, which RFC 2616 2.1 lets be",
        exchange(Sample.request.set("Cache-Control", "no-store, max-age = 0"))),
    RuleRow(
        "cache-control-contradiction", "max-age beside no-store",
        exchange(.request, Sample.response.set("Cache-Control", "no-store, max-age=0")),
        ["cache-control-contradiction NOTE response"]),

    RuleRow(
        "cache-control-contradiction", "max-age=0 in a request asks caches to revalidate",
        exchange(Sample.request.set("Cache-Control", "no-store, max-age=0"))),

    RuleRow("chunked-refused", "a chunked request is answered", exchange(Sample.request.chunked())),
    RuleRow(
        "chunked-refused", "411", exchange(Sample.request.chunked(), refusal("411 Length Required")),
        ["chunked-refused MUST response"]),
    RuleRow(
        "chunked-refused", "501, with which an unknown transfer coding is refused",
        exchange(Sample.request.chunked(), refusal("501 Not Implemented")), ["chunked-refused MUST response"]),
    RuleRow(
        "chunked-refused", "501 to a coding that nobody has to know",
        exchange(Sample.request.chunked("gzip, chunked"), refusal("501 Not Implemented")),
        ["response-body-missing NOTE response"]),
    RuleRow(
        "chunked-refused", "411 to a request that tells its length",
        exchange(.request, refusal("411 Length Required")), ["response-body-missing NOTE response"]),
    RuleRow(
        "chunked-refused", "411 to chunks that do not end",
        exchange(
            Sample.request.set("Transfer-Encoding", "chunked").body(.text("5\r\n<Sync")), refusal("411 Length Required")
        ),
        ["response-body-missing NOTE response"]),

    RuleRow("cached-response", "other warnings", exchange(.request, Sample.response.set("Warning", "199 - \"odd\""))),
    RuleRow(
        "cached-response", "Age", exchange(.request, Sample.response.set("Age", "30")),
        ["cached-response MUST response"]),
    RuleRow(
        "cached-response", "Age 0", exchange(.request, Sample.response.set("Age", "0")),
        ["cached-response NOTE response"]),
    RuleRow(
        "cached-response", "a stale response",
        exchange(.request, Sample.response.set("Warning", "110 cache \"stale\"")),
        ["cached-response MUST response"]),
    RuleRow(
        "cached-response", "a stale response among other warnings",
        exchange(.request, Sample.response.set("Warning", "214 p \"110, a \\\"word\\\"\" , 110 c \"stale\"")),
        ["cached-response MUST response"]),
    RuleRow(
        "cached-response", "110 in a warning's text",
        exchange(.request, Sample.response.set("Warning", "214 p \"made of 110, 111, \\\"112\\\", 113\""))),
    RuleRow(
        "cached-response", "X-Cache", exchange(.request, Sample.response.set("X-Cache", "HIT from edge")),
        ["cached-response NOTE response"]),
]

/// A message in UTF-16 with a byte order mark, without charset and declaration.
private var wide: Sample {
    var body = SampleBody.dm(from: "server")
    body.octets = [0xFF, 0xFE] + body.octets.flatMap { [$0, 0] }
    return Sample.response.set("Content-Type", "application/vnd.syncml.dm+xml").body(body)
}

private func refusal(_ status: String) -> Sample {
    Sample.response.line("HTTP/1.1 \(status)").set("Content-Type", nil).body(.none)
}

let requestHeaderRows: [RuleRow] = [
    RuleRow("accept-missing", "there is one", exchange()),
    RuleRow(
        "accept-missing", "none", exchange(Sample.request.set("Accept", nil)), ["accept-missing MUST request"]),
    RuleRow(
        "accept-missing", "empty", exchange(Sample.request.set("Accept", " ")), ["accept-missing MUST request"]),

    RuleRow(
        "accept-without-dm-type", "WBXML alone",
        exchange(Sample.request.set("Accept", "application/vnd.syncml.dm+wbxml;q=0.5"), nil)),
    RuleRow(
        "accept-without-dm-type", "types of data synchronisation",
        exchange(Sample.request.set("Accept", "application/vnd.syncml+xml")), ["accept-without-dm-type MUST request"]),
    RuleRow(
        "accept-without-dm-type", "a wildcard", exchange(Sample.request.set("Accept", "*/*")),
        ["accept-without-dm-type NOTE request"]),
    RuleRow(
        "accept-without-dm-type", "in quotation marks",
        exchange(Sample.request.set("Accept", "\"application/vnd.syncml.dm+xml\"")),
        ["accept-without-dm-type NOTE request"]),
    RuleRow(
        "accept-without-dm-type", "DM types refused",
        exchange(Sample.request.set("Accept", "application/vnd.syncml.dm+xml;q=0, text/html"), nil),
        ["accept-without-dm-type MUST request"]),

    RuleRow("response-not-acceptable-type", "one of two", exchange()),
    RuleRow("response-not-acceptable-type", "no Accept to hold it against", exchange(nil)),
    RuleRow(
        "response-not-acceptable-type", "accept-extensions say nothing of the type",
        exchange(Sample.request.set("Accept", "application/vnd.syncml.dm+xml;q=0.9;foo=bar;baz, */*;q=0"))),
    RuleRow(
        "response-not-acceptable-type", "what the response leaves out",
        exchange(
            Sample.request.set("Accept", "application/vnd.syncml.dm+xml;charset=utf-8;verproto=DM/1.2;verdtd=1.2"),
            Sample.response.set("Content-Type", "application/vnd.syncml.dm+xml"))),
    RuleRow(
        "response-not-acceptable-type", "a character set by another name",
        exchange(Sample.request.set("Accept", "application/vnd.syncml.dm+xml;charset=UTF8"))),
    RuleRow(
        "response-not-acceptable-type", "another version",
        exchange(
            Sample.request.set("Accept", "application/vnd.syncml.dm+xml;verproto=DM/1.2"),
            Sample.response.set("Content-Type", "application/vnd.syncml.dm+xml;verproto=DM/1.1")),
        ["response-not-acceptable-type MUST response"]),
    RuleRow(
        "response-not-acceptable-type", "XML for a client of WBXML",
        exchange(Sample.request.set("Accept", "application/vnd.syncml.dm+wbxml")),
        ["response-not-acceptable-type MUST response"]),

    RuleRow("accept-charset-missing", "there is one", exchange()),
    RuleRow(
        "accept-charset-missing", "none", exchange(Sample.request.set("Accept-Charset", nil)),
        ["accept-charset-missing MUST request"]),

    RuleRow(
        "accept-charset-missing", "empty", exchange(Sample.request.set("Accept-Charset", " ,")),
        ["accept-charset-missing MUST request"]),

    RuleRow(
        "accept-charset-no-utf8", "among others",
        exchange(Sample.request.set("Accept-Charset", "iso-8859-5, utf-8;q=0.1"))),
    RuleRow(
        "accept-charset-no-utf8", "in the second of two fields",
        exchange(Sample.request.set("Accept-Charset", "iso-8859-5").adding("Accept-Charset", "utf-8"))),
    RuleRow("accept-charset-no-utf8", "*", exchange(Sample.request.set("Accept-Charset", "*"))),
    RuleRow("accept-charset-no-utf8", "an alias", exchange(Sample.request.set("Accept-Charset", "csUTF8"))),
    RuleRow(
        "accept-charset-no-utf8", "in quotation marks", exchange(Sample.request.set("Accept-Charset", "\"utf-8\"")),
        ["accept-charset-no-utf8 NOTE request"]),
    RuleRow("accept-charset-no-utf8", "without its hyphen", exchange(Sample.request.set("Accept-Charset", "UTF8"))),
    RuleRow(
        "accept-charset-no-utf8", "another alone", exchange(Sample.request.set("Accept-Charset", "iso-8859-5"), nil),
        ["accept-charset-no-utf8 SHOULD request"]),

    RuleRow(
        "accept-charset-not-406", "406",
        exchange(
            Sample.request.set("Accept-Charset", "iso-8859-5"),
            Sample.response.line("HTTP/1.1 406 Not Acceptable").set("Content-Type", nil).body(.none)),
        ["accept-charset-no-utf8 SHOULD request"]),
    RuleRow(
        "accept-charset-not-406", "a message in UTF-8 all the same",
        exchange(Sample.request.set("Accept-Charset", "iso-8859-5")),
        ["accept-charset-no-utf8 SHOULD request", "accept-charset-not-406 MUST response"]),

    RuleRow("utf8-refused", "a message", exchange()),
    RuleRow(
        "utf8-refused", "406 to a request for DM in UTF-8",
        exchange(
            .request, Sample.response.line("HTTP/1.1 406 Not Acceptable").set("Content-Type", nil).body(.none)),
        ["utf8-refused MUST response"]),
    RuleRow(
        "utf8-refused", "406 to a request in a language",
        exchange(
            Sample.request.set("Accept-Language", "xx"),
            Sample.response.line("HTTP/1.1 406 Not Acceptable").set("Content-Type", nil).body(.none)),
        ["utf8-refused NOTE response"]),
    RuleRow(
        "utf8-refused", "406 to a request for a content coding",
        exchange(
            Sample.request.set("Accept-Encoding", "br, identity;q=0"),
            Sample.response.line("HTTP/1.1 406 Not Acceptable").set("Content-Type", nil).body(.none)),
        ["utf8-refused NOTE response"]),
    RuleRow(
        "utf8-refused", "406 to a request that a coding does not explain",
        exchange(
            Sample.request.set("Accept-Encoding", "br"),
            Sample.response.line("HTTP/1.1 406 Not Acceptable").set("Content-Type", nil).body(.none)),
        ["utf8-refused MUST response"]),
    RuleRow(
        "utf8-refused", "406 to a request for one representation",
        exchange(
            Sample.request.set("Accept", "application/vnd.syncml.dm+wbxml"),
            Sample.response.line("HTTP/1.1 406 Not Acceptable").set("Content-Type", nil).body(.none)),
        ["utf8-refused NOTE response"]),
    RuleRow(
        "utf8-refused", "406 with what was asked for is one fault",
        exchange(.request, Sample.response.line("HTTP/1.1 406 Not Acceptable")),
        ["not-acceptable-with-message MUST response"]),
    RuleRow(
        "utf8-refused", "406 to a request for another type",
        exchange(
            Sample.request.set("Accept", "text/html"),
            Sample.response.line("HTTP/1.1 406 Not Acceptable").set("Content-Type", nil).body(.none)),
        ["accept-without-dm-type MUST request"]),

    RuleRow(
        "not-acceptable-with-message", "406 with a message",
        exchange(
            Sample.request.set("Accept-Charset", "iso-8859-5"), Sample.response.line("HTTP/1.1 406 Not Acceptable")),
        ["accept-charset-no-utf8 SHOULD request", "not-acceptable-with-message MUST response"]),
    RuleRow("not-acceptable-with-message", "200 with a message", exchange()),

    RuleRow(
        "response-charset-not-acceptable", "US-ASCII is UTF-8",
        exchange(
            .request, Sample.response.set("Content-Type", "application/vnd.syncml.dm+xml; charset=us-ascii"))),
    RuleRow(
        "response-charset-not-acceptable", "UTF-16 that nothing but its mark tells",
        exchange(.request, wide), ["response-charset-not-acceptable MUST response"]),
    RuleRow(
        "response-charset-not-acceptable", "UTF-16 that the request takes",
        exchange(Sample.request.set("Accept-Charset", "utf-8, utf-16"), wide)),
    RuleRow(
        "response-charset-not-acceptable", "a parameter without a value",
        exchange(
            .request,
            Sample.response.set("Content-Type", "application/vnd.syncml.dm+xml; charset=")
                .body(.dm(encoding: "utf-8", from: "server")))),
    RuleRow(
        "response-charset-not-acceptable", "the declaration's",
        exchange(
            .request,
            Sample.response.set("Content-Type", "application/vnd.syncml.dm+xml")
                .body(.dm(encoding: "utf-16", from: "server"))),
        ["response-charset-not-acceptable MUST response"]),

    RuleRow(
        "content-encoding-not-accepted", "asked for",
        exchange(
            Sample.request.set("Accept-Encoding", "gzip,deflate"), Sample.response.set("Content-Encoding", "x-gzip"))),
    RuleRow(
        "content-encoding-not-accepted", "refused",
        exchange(
            Sample.request.set("Accept-Encoding", "deflate, gzip;q=0"), Sample.response.set("Content-Encoding", "gzip")),
        ["content-encoding-not-accepted SHOULD response"]),
    RuleRow(
        "content-encoding-not-accepted", "not asked for",
        exchange(.request, Sample.response.set("Content-Encoding", "gzip")),
        ["content-encoding-not-accepted NOTE response"]),
    RuleRow(
        "content-encoding-not-accepted", "the request was not captured",
        exchange(nil, Sample.response.set("Content-Encoding", "gzip"))),

    RuleRow("user-agent-missing", "there is one", exchange()),
    RuleRow(
        "user-agent-missing", "none", exchange(Sample.request.set("User-Agent", nil)),
        ["user-agent-missing MUST request"]),
    RuleRow("user-agent-empty", "a name", exchange()),
    RuleRow(
        "user-agent-empty", "blank", exchange(Sample.request.set("User-Agent", " ")), ["user-agent-empty MUST request"]),

    RuleRow(
        "authorization-basic", "the binding's own example",
        exchange(Sample.request.set("Authorization", "Basic QWxhZGRpbjpvYVUyIHNlc2FtZQ=="))),
    RuleRow(
        "authorization-basic", "without padding",
        exchange(Sample.request.set("Authorization", "Basic QWxhZGRpbjpvYVUyIHNlc2FtZQ")),
        ["authorization-basic NOTE request"]),
    RuleRow(
        "authorization-basic", "no colon", exchange(Sample.request.set("Authorization", "basic QWxhZGRpbg==")),
        ["authorization-basic MAY request"]),
    RuleRow(
        "authorization-basic", "not Base64", exchange(Sample.request.set("Authorization", "Basic user:password")),
        ["authorization-basic MAY request"]),

    RuleRow("authorization-digest", "whole", exchange(Sample.request.set("Authorization", digest))),
    RuleRow("authorization-digest", "another scheme", exchange(Sample.request.set("Authorization", "Bearer abc"))),
    RuleRow(
        "authorization-digest", "no nonce",
        exchange(
            Sample.request.set(
                "Authorization",
                "Digest username=\"u\", realm=\"r\", uri=\"/dm\", response=\"00112233445566778899aabbccddeeff\"")),
        ["authorization-digest MAY request"]),
    RuleRow(
        "authorization-digest", "SHA-256 for a name outside ASCII",
        exchange(Sample.request.set("Authorization", sha256))),
    RuleRow(
        "authorization-digest", "an algorithm that nobody registered",
        exchange(Sample.request.set("Authorization", digest + ", algorithm=house"))),
    RuleRow(
        "authorization-digest", "a parameter more than once",
        exchange(Sample.request.set("Authorization", digest + ", Realm=\"other\"")),
        ["authorization-digest MAY request"]),
    RuleRow(
        "authorization-digest", "SHA-256 with the digits of MD5",
        exchange(Sample.request.set("Authorization", digest + ", algorithm=SHA-256")),
        ["authorization-digest MAY request"]),
    RuleRow(
        "authorization-digest", "a short response",
        exchange(
            Sample.request.set(
                "Authorization", "Digest username=\"u\", realm=\"r\", nonce=\"Tm9uY2U=\", uri=\"/dm\", response=\"00\"")
        ),
        ["authorization-digest MAY request"]),

    RuleRow("proxy-authorization", "whole", exchange(Sample.request.set("Proxy-Authorization", digest))),
    RuleRow(
        "proxy-authorization", "no credentials", exchange(Sample.request.set("Proxy-Authorization", "Basic")),
        ["proxy-authorization MAY request"]),

    RuleRow(
        "expect-unanswered", "a body nobody asked for",
        exchange(Sample.request.set("Expect", "100-continue").set("Content-Length", "20").body(.none), nil),
        ["expect-unanswered MAY request"]),
    RuleRow(
        "expect-unanswered", "the capture ends behind the head",
        exchange(Sample.request.set("Expect", "100-continue").set("Content-Length", "20").body(.none), nil) {
            $0.cutShort = .open
        }),
    RuleRow(
        "expect-unanswered", "what was not captured may have answered",
        exchange(Sample.request.set("Expect", "100-continue").set("Content-Length", "20").body(.none), nil) {
            $0.context.hasGaps = true
        }),
    RuleRow("expect-unanswered", "the body came", exchange(Sample.request.set("Expect", "100-continue"), nil)),
    RuleRow("expect-unanswered", "answered", exchange(Sample.request.set("Expect", "100-continue"))),
]

private let digest =
    "Digest username=\"u\", realm=\"r\", nonce=\"Tm9uY2U=\", uri=\"/dm\", qop=auth, nc=00000001, cnonce=\"x\", "
    + "response=\"00112233445566778899aabbccddeeff\""

private let sha256 =
    "Digest username*=UTF-8''J%C3%A4s, realm=\"r\", nonce=\"Tm9uY2U=\", uri=\"/dm\", algorithm=SHA-256, "
    + "response=\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\""

let responseHeaderRows: [RuleRow] = [
    RuleRow(
        "authentication-info-nextnonce-long", "64 octets",
        exchange(
            .request, Sample.response.set("Authentication-Info", "nextnonce=\"\(String(repeating: "A", count: 64))\""))),
    RuleRow(
        "authentication-info-nextnonce-long", "68 octets",
        exchange(
            .request, Sample.response.set("Authentication-Info", "nextnonce=\"\(String(repeating: "A", count: 68))\"")),
        ["authentication-info-nextnonce-long MUST response"]),

    RuleRow(
        "authentication-info-nextnonce-base64", "Base64",
        exchange(.request, Sample.response.set("Authentication-Info", "nextnonce=\"Tm9uY2U=\""))),
    RuleRow(
        "authentication-info-nextnonce-base64", "the binding's own example, without a comma",
        exchange(
            .request,
            Sample.response.set(
                "Authentication-Info", "nextnonce=\"Bruce\"\r\n rspauth=\"edd30630e82fabdc1e895d1d3a4c0450\"")),
        ["authentication-info-nextnonce-base64 NOTE response"]),
    RuleRow(
        "authentication-info-nextnonce-base64", "text",
        exchange(.request, Sample.response.set("Authentication-Info", "nextnonce=\"2026-11-22: x\"")),
        ["authentication-info-nextnonce-base64 SHOULD response"]),

    RuleRow(
        "authentication-info-rspauth", "a digest",
        exchange(.request, Sample.response.set("Authentication-Info", "rspauth=\"edd30630e82fabdc1e895d1d3a4c0450\""))),
    RuleRow(
        "authentication-info-rspauth", "a digest with every digit, in both cases",
        exchange(.request, Sample.response.set("Authentication-Info", "rspauth=\"0123456789abcdef0123456789ABCDEF\""))),
    RuleRow(
        "authentication-info-rspauth", "a letter that is no digit",
        exchange(.request, Sample.response.set("Authentication-Info", "rspauth=\"gdd30630e82fabdc1e895d1d3a4c0450\"")),
        ["authentication-info-rspauth MAY response"]),
    RuleRow(
        "authentication-info-rspauth", "a digest by the request's algorithm",
        exchange(
            Sample.request.set("Authorization", sha256),
            Sample.response.set("Authentication-Info", "rspauth=\"\(String(repeating: "ab", count: 32))\""))),
    RuleRow(
        "authentication-info-rspauth", "a digest by another algorithm",
        exchange(
            Sample.request.set("Authorization", digest),
            Sample.response.set("Authentication-Info", "rspauth=\"\(String(repeating: "ab", count: 32))\"")),
        ["authentication-info-rspauth MAY response"]),
    RuleRow(
        "authentication-info-rspauth", "no digest",
        exchange(.request, Sample.response.set("Authentication-Info", "rspauth=\"edd3\"")),
        ["authentication-info-rspauth MAY response"]),

    RuleRow(
        "challenge-malformed", "the binding's own example",
        exchange(.request, challenge("WWW-Authenticate", "Basic Realm=\"WallyWorld@dm.host.com\""))),
    RuleRow(
        "challenge-malformed", "a Digest challenge",
        exchange(.request, challenge("WWW-Authenticate", "Digest realm=\"dm\", nonce=\"Tm9uY2U=\", qop=\"auth\""))),
    RuleRow(
        "challenge-malformed", "another scheme", exchange(.request, challenge("WWW-Authenticate", "Negotiate"))),
    RuleRow(
        "challenge-malformed", "the binding's own example for a proxy",
        exchange(
            .request,
            Sample.response.line("HTTP/1.1 407 Proxy Authentication Required").set("Content-Type", nil).body(.none)
                .set("Proxy-Authenticate", "Digest\r\n Domain=\"http://www.devicegmt.org/servlet/dm\"")),
        ["challenge-malformed MAY response"]),
    RuleRow(
        "challenge-malformed", "no realm", exchange(.request, challenge("WWW-Authenticate", "Basic")),
        ["challenge-malformed MAY response"]),
    RuleRow(
        "challenge-malformed", "several schemes",
        exchange(
            .request,
            challenge("WWW-Authenticate", "Negotiate, Digest realm=\"a, b\", nonce=\"Tm9uY2U=\" , Basic realm = \"c\""))
    ),
    RuleRow(
        "challenge-malformed", "no commas",
        exchange(.request, challenge("WWW-Authenticate", "Digest realm=\"x\" nonce=\"Tm9uY2U=\" qop=\"auth\"")),
        ["challenge-malformed MAY response"]),
    RuleRow(
        "challenge-malformed", "no challenge in a response that needs none",
        exchange(.request, Sample.response.set("WWW-Authenticate", "=\"x\"")), ["challenge-malformed MAY response"]),
    RuleRow(
        "challenge-malformed", "a parameter more than once",
        exchange(
            .request, challenge("WWW-Authenticate", "Digest realm=\"dm\", nonce=\"Tm9uY2U=\", realm=\"other\"")),
        ["challenge-malformed MAY response"]),
    RuleRow(
        "challenge-malformed", "stale without a meaning",
        exchange(
            .request, challenge("WWW-Authenticate", "Digest realm=\"dm\", nonce=\"Tm9uY2U=\", stale=maybe")),
        ["challenge-malformed MAY response"]),

    RuleRow(
        "challenge-nonce-base64", "Base64",
        exchange(.request, challenge("WWW-Authenticate", "Digest realm=\"dm\", nonce=\"Tm9uY2U=\""))),
    RuleRow(
        "challenge-nonce-base64", "text",
        exchange(.request, challenge("WWW-Authenticate", "Digest realm=\"dm\", nonce=\"a:b:c\"")),
        ["challenge-nonce-base64 SHOULD response"]),

    RuleRow(
        "challenge-missing", "a challenge", exchange(.request, challenge("WWW-Authenticate", "Basic realm=\"dm\""))),
    RuleRow(
        "challenge-missing", "an empty one", exchange(.request, challenge("WWW-Authenticate", "")),
        ["challenge-missing MUST response"]),
    RuleRow(
        "challenge-missing", "no scheme", exchange(.request, challenge("WWW-Authenticate", "=\"x\"")),
        ["challenge-missing MUST response"]),
    RuleRow(
        "challenge-missing", "none", exchange(.request, challenge("Date", "Tue, 06 Mar 2012 10:00:00 GMT")),
        ["challenge-missing MUST response"]),

    RuleRow("redirect", "none", exchange()),
    RuleRow(
        "redirect", "302",
        exchange(
            .request,
            Sample.response.line("HTTP/1.1 302 Found").set("Location", "/other").set("Content-Type", nil).body(.none)),
        ["redirect NOTE response"]),
    RuleRow(
        "redirect", "without Location",
        exchange(
            .request, Sample.response.line("HTTP/1.1 307 Temporary Redirect").set("Content-Type", nil).body(.none)),
        ["redirect NOTE response"]),

    RuleRow(
        "retry-after", "seconds", exchange(.request, busy("120")), ["response-body-missing NOTE response"]),
    RuleRow(
        "retry-after", "a date", exchange(.request, busy("Tue, 06 Mar 2012 10:00:00 GMT")),
        ["response-body-missing NOTE response"]),
    RuleRow(
        "retry-after", "neither", exchange(.request, busy("2 minutes")),
        ["response-body-missing NOTE response", "retry-after NOTE response"]),
]

private func challenge(_ name: String, _ value: String) -> Sample {
    Sample.response.line("HTTP/1.1 401 Unauthorized").set("Content-Type", nil).body(.none).set(name, value)
}

private func busy(_ after: String) -> Sample {
    Sample.response.line("HTTP/1.1 429 Too Many Requests").set("Content-Type", nil).body(.none).set(
        "Retry-After", after)
}

let securityRows: [RuleRow] = [
    RuleRow(
        "credentials-in-clear", "under TLS",
        exchange(Sample.request.set("Authorization", "Basic QWxhZGRpbjpvYVUyIHNlc2FtZQ=="))),
    RuleRow(
        "credentials-in-clear", "on loopback",
        exchange(
            Sample.request.set("Authorization", "Basic QWxhZGRpbjpvYVUyIHNlc2FtZQ=="), tls: false, loopback: true)),
    RuleRow(
        "credentials-in-clear", "Digest in clear", exchange(Sample.request.set("Authorization", digest), tls: false)),
    RuleRow(
        "credentials-in-clear", "Basic in clear",
        exchange(Sample.request.set("Authorization", "Basic QWxhZGRpbjpvYVUyIHNlc2FtZQ=="), tls: false),
        ["credentials-in-clear SHOULD request"]),
    RuleRow(
        "credentials-in-clear", "to a plain server behind TLS",
        exchange(Sample.request.set("Authorization", "Basic QWxhZGRpbjpvYVUyIHNlc2FtZQ==")) {
            $0.context.serverTLS = nil
        },
        ["credentials-in-clear SHOULD request"]),
    RuleRow(
        "credentials-in-clear", "under TLS, and no server answered",
        exchange(Sample.request.set("Authorization", "Basic QWxhZGRpbjpvYVUyIHNlc2FtZQ=="), nil) {
            $0.context.serverTLS = nil
            $0.proxyStatus = 502
        }),

    RuleRow(
        "content-md5-wrong", "right",
        exchange(Sample.request.set("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")) {
            $0.request?.body.md5 = [
                0xD4, 0x1D, 0x8C, 0xD9, 0x8F, 0x00, 0xB2, 0x04, 0xE9, 0x80, 0x09, 0x98, 0xEC, 0xF8, 0x42, 0x7E,
            ]
        }),
    RuleRow(
        "content-md5-wrong", "not computed", exchange(Sample.request.set("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="))),
    RuleRow(
        "content-md5-wrong", "wrong",
        exchange(.request, Sample.response.set("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")) {
            $0.response?.body.md5 = [UInt8](repeating: 7, count: 16)
        }, ["content-md5-wrong SHOULD response"]),
    RuleRow(
        "content-md5-wrong", "hexadecimal",
        exchange(Sample.request.set("Content-MD5", "d41d8cd98f00b204e9800998ecf8427e")),
        ["content-md5-wrong SHOULD request"]),
]
