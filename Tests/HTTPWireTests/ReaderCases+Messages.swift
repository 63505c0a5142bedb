import HTTPWire
import Wire

extension ReaderCases {
    /// Whole messages and how their end is found.
    static let messages: [ReaderCase] = [
        ReaderCase(
            "Messages: kept-alive exchange",
            .client("POST /dm HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > POST /dm HTTP/1.1 [length] @0+49
                >     Host: h
                >     Content-Length: 5
                > body 5 `hello`
                > end @54
                < 200 OK HTTP/1.1 [length] @0+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @40
                > GET /a HTTP/1.1 [none] @54+28
                >     Host: h
                > end @82
                < 200 OK HTTP/1.1 [length] @40+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @80
                """#),
        ReaderCase(
            "Messages: HTTP/1.0 response until close",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.0 200 OK\r\nServer: x\r\n\r\nsome text"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.0 [close] @0+30
                <     Server: x
                < body 9 `some text`
                < end @39
                """#),
        ReaderCase(
            "Messages: response without reason",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 204\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 204  HTTP/1.1 [none] @0+16
                < end @16
                """#),
        ReaderCase(
            "Messages: empty body by length",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [length] @0+38
                <     Content-Length: 0
                < end @38
                """#),
        ReaderCase(
            "Messages: HEAD has no body",
            .client("HEAD / HTTP/1.1\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"),
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > HEAD / HTTP/1.1 [none] @0+19
                > end @19
                < 200 OK HTTP/1.1 [none] @0+40
                <     Content-Length: 100
                < end @40
                > GET /a HTTP/1.1 [none] @19+28
                >     Host: h
                > end @47
                < 200 OK HTTP/1.1 [length] @40+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @80
                """#),
        ReaderCase(
            "Messages: 204 and 304 have no body",
            .client(
                "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"
            ),
            .server(
                "HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            ),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                > GET /a HTTP/1.1 [none] @28+28
                >     Host: h
                > end @56
                > GET /a HTTP/1.1 [none] @56+28
                >     Host: h
                > end @84
                < 204 No Content HTTP/1.1 [none] @0+46
                < ! framing-on-bodiless@25 NOTE response
                <     Content-Length: 9
                < end @46
                < 304 Not Modified HTTP/1.1 [none] @46+48
                <     Content-Length: 9
                < end @94
                < 200 OK HTTP/1.1 [length] @94+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @134
                """#),
        ReaderCase(
            "Messages: several interim responses",
            .client("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"),
            .server("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
            .client("abc"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > POST / HTTP/1.1 [length] @0+60
                >     Expect: 100-continue
                >     Content-Length: 3
                < 100 Continue HTTP/1.1 [none] @0+25
                < 103 Early Hints HTTP/1.1 [none] @25+37
                <     Link: x
                > body 3 `abc`
                > end @63
                < 200 OK HTTP/1.1 [length] @62+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @102
                """#),
        ReaderCase(
            "Messages: interim response with a length",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 100 Continue\r\nContent-Length: 4\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 100 Continue HTTP/1.1 [none] @0+44
                < ! framing-on-bodiless@23 NOTE response
                <     Content-Length: 4
                < 200 OK HTTP/1.1 [length] @44+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @84
                """#),
        ReaderCase(
            "Messages: pipelined requests, one a HEAD",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\nHEAD /b HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\n\r\n"),
            .server(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            ),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                > HEAD /b HTTP/1.1 [none] @28+20
                > end @48
                > GET /c HTTP/1.1 [none] @48+19
                > end @67
                < 200 OK HTTP/1.1 [length] @0+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @40
                < 200 OK HTTP/1.1 [none] @40+38
                <     Content-Length: 7
                < end @78
                < 200 OK HTTP/1.1 [length] @78+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @118
                """#),
        ReaderCase(
            "Messages: response before its request has ended",
            .client("POST / HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc"),
            .server("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"),
            .client("defGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > POST / HTTP/1.1 [length] @0+38
                >     Content-Length: 6
                > body 6 `abcdef`
                < 413 Too Large HTTP/1.1 [length] @0+45
                <     Content-Length: 0
                < end @45
                > end @44
                > GET /a HTTP/1.1 [none] @44+28
                >     Host: h
                > end @72
                < 200 OK HTTP/1.1 [length] @45+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @85
                """#),
        ReaderCase(
            "Messages: responses told before their requests",
            .server("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            .client("HEAD / HTTP/1.1\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            expected: #"""
                > HEAD / HTTP/1.1 [none] @0+19
                > end @19
                < 200 OK HTTP/1.1 [none] @0+38
                <     Content-Length: 7
                < end @38
                > GET /a HTTP/1.1 [none] @19+28
                >     Host: h
                > end @47
                < 200 OK HTTP/1.1 [length] @38+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @78
                """#),
        ReaderCase(
            "Messages: response nobody asked for",
            .server("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n"),
            .serverCloses,
            .clientCloses,
            expected: #"""
                < 408 Request Timeout HTTP/1.1 [close] @0+51
                < ! response-unasked@0 NOTE response
                <     Connection: close
                < end @51
                """#),
        ReaderCase(
            "Messages: HTTP/0.9",
            .client("GET /old\r\n"),
            .server("<p>plain</p>\r\n"),
            .serverCloses,
            .clientCloses,
            expected: #"""
                > GET /old HTTP/0.9 [none] @0+10
                > end @10
                < 200  HTTP/0.9 [close] @0+0
                < body 14 `<p>plain</p>\r\n`
                < end @14
                """#),
        ReaderCase(
            "Messages: HTTP/0.9 answered with a head",
            .client("GET /old\r\n"),
            .server("HTTP/1.1 400 Bad\r\n\r\nno"),
            .serverCloses,
            expected: #"""
                > GET /old HTTP/0.9 [none] @0+10
                > end @10
                < 400 Bad HTTP/1.1 [close] @0+20
                < body 2 `no`
                < end @22
                """#),
        ReaderCase(
            "Messages: HTTP/0.9 body that begins with an empty line",
            .client("GET /old\n"),
            .server("\r\nHTTX"),
            .serverCloses,
            expected: #"""
                > GET /old HTTP/0.9 [none] @0+9
                > ! bare-line-feed@8 MUST request
                > end @9
                < 200  HTTP/0.9 [close] @0+0
                < body 6 `\r\nHTTX`
                < end @6
                """#),
        ReaderCase(
            "Messages: HTTP/0.9 body that begins like a version",
            .client("GET /old\r\n"),
            .server("HTTX/1.1"),
            .serverCloses,
            expected: #"""
                > GET /old HTTP/0.9 [none] @0+10
                > end @10
                < 200  HTTP/0.9 [close] @0+0
                < body 8 `HTTX/1.1`
                < end @8
                """#),
        ReaderCase(
            "Messages: request body without framing is none",
            .client("POST /dm HTTP/1.1\r\nHost: h\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > POST /dm HTTP/1.1 [none] @0+30
                >     Host: h
                > end @30
                > GET /a HTTP/1.1 [none] @30+28
                >     Host: h
                > end @58
                < 200 OK HTTP/1.1 [length] @0+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @40
                < 200 OK HTTP/1.1 [length] @40+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @80
                """#),
        ReaderCase(
            "Messages: chunked request",
            .client(
                "POST /dm HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"
            ),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > POST /dm HTTP/1.1 [chunked] @0+49
                >     Transfer-Encoding: chunked
                > body 3 `abc`
                > end @62
                > GET /a HTTP/1.1 [none] @62+28
                >     Host: h
                > end @90
                < 200 OK HTTP/1.1 [length] @0+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @40
                < 200 OK HTTP/1.1 [length] @40+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @80
                """#),
        ReaderCase(
            "Messages: body ends before its length",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [length] @0+39
                <     Content-Length: 10
                < body 4 `four`
                < ! message-incomplete@43 MUST response
                < end @43 incomplete
                """#),
        ReaderCase(
            "Messages: body ends before its length, and the client had left",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour"),
            .clientCloses,
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [length] @0+39
                <     Content-Length: 10
                < body 4 `four`
                < ! message-incomplete@43 NOTE response
                < end @43 incomplete
                """#),
        ReaderCase(
            "Messages: chunks end without the last, and the client had left",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n"),
            .clientCloses,
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < body 4 `four`
                < ! chunked-malformed@56 NOTE response
                < end @56 incomplete
                """#),
        ReaderCase(
            "Messages: capture ends within a body",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour"),
            .finish(.toClient, byPeer: false),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [length] @0+39
                <     Content-Length: 10
                < body 4 `four`
                < end @43 incomplete
                """#),
        ReaderCase(
            "Messages: head ends early",
            .client("POST /dm HTTP/1.1\r\nHost: h\r\n"),
            .clientCloses,
            expected: #"""
                > ! message-incomplete@0 MUST request
                > opaque @0 28 `POST /dm HTTP/1.1\r\nHost: h\r\n`
                """#),
        ReaderCase(
            "Messages: capture ends within a head",
            .client("POST /dm HTTP/1.1\r\nHost: h\r\n"),
            .finish(.toServer, byPeer: false),
            expected: #"""
                > opaque @0 28 `POST /dm HTTP/1.1\r\nHost: h\r\n`
                """#),
        ReaderCase(
            "Messages: length of the body too small",
            .client("POST /dm HTTP/1.1\r\nContent-Length: 4\r\n\r\n<SyncML>GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > POST /dm HTTP/1.1 [length] @0+40
                >     Content-Length: 4
                > body 4 `<Syn`
                > end @44
                > ! content-length-wrong@44 MUST request
                > opaque @44 4 `cML>`
                > GET /a HTTP/1.1 [none] @48+28
                >     Host: h
                > end @76
                < 200 OK HTTP/1.1 [length] @0+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @40
                < 200 OK HTTP/1.1 [length] @40+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @80
                """#),
        ReaderCase(
            "Messages: length of the body too small, binary rest",
            .client(
                "POST /dm HTTP/1.1\r\nContent-Length: 4\r\n\r\nab\u{2}\u{1F}\n\u{6}GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > POST /dm HTTP/1.1 [length] @0+40
                >     Content-Length: 4
                > body 4 `ab\x2\x1f`
                > end @44
                > ! content-length-wrong@45 MUST request
                > opaque @45 1 `\x6`
                > GET /a HTTP/1.1 [none] @46+28
                > ! empty-line-before-message@44 MUST request
                >     Host: h
                > end @74
                < 200 OK HTTP/1.1 [length] @0+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @40
                < 200 OK HTTP/1.1 [length] @40+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @80
                """#),
        ReaderCase(
            "Messages: length of the body too small, words before the next request",
            .client("POST /dm HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd two words POST /b HTTP/1.1\r\n\r\n"),
            expected: #"""
                > POST /dm HTTP/1.1 [length] @0+40
                >     Content-Length: 4
                > body 4 `abcd`
                > end @44
                > ! content-length-wrong@44 MUST request
                > opaque @44 11 ` two words `
                > POST /b HTTP/1.1 [none] @55+20
                > end @75
                """#),
        ReaderCase(
            "Messages: length of the body too small, letters before the next request",
            .client("POST /dm HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcdefPOST /b HTTP/1.1\r\n\r\n"),
            expected: #"""
                > POST /dm HTTP/1.1 [length] @0+40
                >     Content-Length: 4
                > body 4 `abcd`
                > end @44
                > ! content-length-wrong@44 MUST request
                > opaque @44 2 `ef`
                > POST /b HTTP/1.1 [none] @46+20
                > end @66
                """#),
        ReaderCase(
            "Messages: a method that ends like another",
            .client("BPROPFIND /dm HTTP/1.1\r\n\r\n"),
            expected: #"""
                > BPROPFIND /dm HTTP/1.1 [none] @0+26
                > end @26
                """#),
        ReaderCase(
            "Messages: methods that end like another, behind a body and first",
            .client("xPOST /dm HTTP/1.1\r\nContent-Length: 2\r\n\r\nokM-POST /dm HTTP/1.1\r\n\r\n"),
            expected: #"""
                > xPOST /dm HTTP/1.1 [length] @0+41
                >     Content-Length: 2
                > body 2 `ok`
                > end @43
                > M-POST /dm HTTP/1.1 [none] @43+23
                > end @66
                """#),
        ReaderCase(
            "Messages: length of the last body too small",
            .client("POST /dm HTTP/1.1\r\nContent-Length: 4\r\n\r\n<SyncML></SyncML>"),
            .clientCloses,
            expected: #"""
                > POST /dm HTTP/1.1 [length] @0+40
                >     Content-Length: 4
                > body 4 `<Syn`
                > end @44
                > ! content-length-wrong@44 MUST request
                > opaque @44 13 `cML></SyncML>`
                """#),
        ReaderCase(
            "Messages: the next request cut in its method",
            .client("POST /dm HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcdPO"),
            .clientCloses,
            expected: #"""
                > POST /dm HTTP/1.1 [length] @0+40
                >     Content-Length: 4
                > body 4 `abcd`
                > end @44
                > ! message-incomplete@44 MUST request
                > opaque @44 2 `PO`
                """#),
        ReaderCase(
            "Messages: a body where none may be",
            .client("HEAD / HTTP/1.1\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\n\r\nbody anyway\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > HEAD / HTTP/1.1 [none] @0+19
                > end @19
                < 200 OK HTTP/1.1 [none] @0+19
                < end @19
                < ! stream-lost@19 MUST response
                < opaque @19 12 `body anyway\n`
                < 200 OK HTTP/1.1 [length] @31+38
                < ! response-unasked@31 NOTE response
                <     Content-Length: 2
                < body 2 `ok`
                < end @71
                """#),
    ]
}
