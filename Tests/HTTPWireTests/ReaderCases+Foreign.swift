import HTTPWire
import Wire

extension ReaderCases {
    /// Connections that are not HTTP, or not from their beginning.
    static let foreign: [ReaderCase] = [
        ReaderCase(
            "Foreign: TLS",
            .client("\u{16}\u{3}\u{1}\u{0}\u{5}\u{1}\u{0}\u{0}\u{1}\u{3}0123456789012345678"),
            .server("\u{16}\u{3}\u{1}\u{0}\u{5}\u{1}\u{0}\u{0}\u{1}\u{3}"),
            .clientCloses,
            .serverCloses,
            expected: #"""
                > ! not-http@0 NOTE connection
                > opaque @0 29 `\x16\x3\x1\x0\x5\x1\x0\x0\x1\x30123456789012345678`
                < opaque @0 10 `\x16\x3\x1\x0\x5\x1\x0\x0\x1\x3`
                """#),
        ReaderCase(
            "Foreign: few octets that are not HTTP",
            .client("\u{1}\u{2}"),
            .clientCloses,
            .serverCloses,
            expected: #"""
                > ! not-http@0 NOTE connection
                > opaque @0 2 `\x1\x2`
                """#),
        ReaderCase(
            "Foreign: SSH, the server first",
            .server("SSH-2.0-OpenSSH_9.2p1 Debian\r\n"),
            .client("SSH-2.0-client of some kind\r\n"),
            .clientCloses,
            .serverCloses,
            expected: #"""
                < ! not-http@0 NOTE connection
                < opaque @0 30 `SSH-2.0-OpenSSH_9.2p1 Debian\r\n`
                > opaque @0 29 `SSH-2.0-client of some kind\r\n`
                """#),
        ReaderCase(
            "Foreign: SMTP, the server first",
            .server("220 mail ESMTP\r\n"),
            .client("EHLO me\r\n"),
            .server("250 fine\r\n"),
            .clientCloses,
            .serverCloses,
            expected: #"""
                < ! not-http@0 NOTE connection
                < opaque @0 26 `220 mail ESMTP\r\n250 fine\r\n`
                > opaque @0 9 `EHLO me\r\n`
                """#),
        ReaderCase(
            "Foreign: HTTP/2 with prior knowledge",
            .client("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u{0}\u{0}"),
            .server("\u{0}\u{0}\u{0}\u{4}\u{0}\u{0}\u{0}\u{0}\u{0}"),
            .serverCloses,
            .clientCloses,
            expected: #"""
                > ! not-http@0 NOTE connection
                > opaque @0 26 `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x0\x0`
                < opaque @0 9 `\x0\x0\x0\x4\x0\x0\x0\x0\x0`
                """#),
        ReaderCase(
            "Foreign: the line of a load balancer before the first request",
            .client("PROXY TCP4 10.0.0.1 10.0.0.2 40000 80\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > ! not-http@0 NOTE connection
                > opaque @0 39 `PROXY TCP4 10.0.0.1 10.0.0.2 40000 80\r\n`
                > GET /a HTTP/1.1 [none] @39+28
                >     Host: h
                > end @67
                < 200 OK HTTP/1.1 [length] @0+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @40
                """#),
        ReaderCase(
            "Foreign: the header of a load balancer, version 2, before the first request",
            .client("\r\n\r\n\u{0}\r\nQUIT\n!\u{11}\u{0}\u{C}abcdabcdefghGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            expected: #"""
                > ! not-http@4 NOTE connection
                > opaque @4 24 `\x0\r\nQUIT\n!\x11\x0\xcabcdabcdefgh`
                > GET /a HTTP/1.1 [none] @28+28
                >     Host: h
                > end @56
                """#),
        ReaderCase(
            "Foreign: a blank before the first request",
            .client(" GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            expected: #"""
                > ! not-http@0 NOTE connection
                > opaque @0 1 ` `
                > GET /a HTTP/1.1 [none] @1+28
                >     Host: h
                > end @29
                """#),
        ReaderCase(
            "Foreign: something like a request far from the beginning",
            .client(String(repeating: "some line\n", count: 103) + "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .clientCloses,
            expected: #"""
                > ! not-http@0 NOTE connection
                > opaque @0 1058 `some line\nsome line\nsome line\nsome line\nsome line\nsome line\n…`
                """#),
        ReaderCase(
            "Foreign: behind the line of a load balancer the stream is found again where it goes out of step",
            .client("PROXY TCP4 10.0.0.1 10.0.0.2 40000 80\r\n"),
            .client("POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\n" + String(repeating: "a", count: 1100) + "\r\n"),
            .client("GET /b HTTP/1.1\r\n\r\n"),
            expected: #"""
                > ! not-http@0 NOTE connection
                > opaque @0 39 `PROXY TCP4 10.0.0.1 10.0.0.2 40000 80\r\n`
                > POST /a HTTP/1.1 [length] @39+39
                >     Content-Length: 2
                > body 2 `aa`
                > end @80
                > ! content-length-wrong@80 MUST request
                > opaque @80 1100 `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…`
                > GET /b HTTP/1.1 [none] @1180+19
                > end @1199
                """#),
        ReaderCase(
            "Foreign: ICAP with HTTP in it",
            .client("REQMOD icap://h/x ICAP/1.0\r\nHost: h\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("ICAP/1.0 200 OK\r\nISTag: x\r\n\r\n"),
            .serverCloses,
            expected: #"""
                > ! not-http@0 NOTE connection
                > opaque @0 39 `REQMOD icap://h/x ICAP/1.0\r\nHost: h\r\n\r\n`
                > GET /a HTTP/1.1 [none] @39+28
                >     Host: h
                > end @67
                < opaque @0 29 `ICAP/1.0 200 OK\r\nISTag: x\r\n\r\n`
                """#),
        ReaderCase(
            "Foreign: RTSP",
            .client("OPTIONS rtsp://h/x RTSP/1.0\r\nCSeq: 1\r\n\r\n"),
            .clientCloses,
            expected: #"""
                > ! not-http@0 NOTE connection
                > opaque @0 40 `OPTIONS rtsp://h/x RTSP/1.0\r\nCSeq: 1\r\n\r\n`
                """#),
        ReaderCase(
            "Foreign: response that is not HTTP",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("garbage\r\nmore\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                > GET /a HTTP/1.1 [none] @28+28
                >     Host: h
                > end @56
                < ! stream-lost@0 MUST connection
                < opaque @0 15 `garbage\r\nmore\r\n`
                < 200 OK HTTP/1.1 [length] @15+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @55
                """#),
        ReaderCase(
            "Foreign: response to nothing after a lost request",
            .client("POST / HTTP/1.1\r\n\r\n<x/>\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            .server("HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n"),
            .serverCloses,
            expected: #"""
                > POST / HTTP/1.1 [none] @0+19
                > end @19
                > ! stream-lost@19 MUST request
                > opaque @19 6 `<x/>\r\n`
                < 200 OK HTTP/1.1 [length] @0+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @40
                < 400 Bad HTTP/1.1 [length] @40+39
                <     Content-Length: 0
                < end @79
                """#),
        ReaderCase(
            "Foreign: joined at a message",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            beginningSeen: false,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [length] @0+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @40
                """#),
        ReaderCase(
            "Foreign: joined within messages",
            .client("<tail>GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("tail\nof text\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            beginningSeen: false,
            expected: #"""
                > ! stream-joined@0 NOTE connection
                > opaque @0 6 `<tail>`
                > GET /a HTTP/1.1 [none] @6+28
                >     Host: h
                > end @34
                < ! stream-joined@0 NOTE connection
                < opaque @0 13 `tail\nof text\n`
                < 200 OK HTTP/1.1 [length] @13+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @53
                > GET /a HTTP/1.1 [none] @34+28
                >     Host: h
                > end @62
                < 200 OK HTTP/1.1 [length] @53+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @93
                """#),
        ReaderCase(
            "Foreign: joined within one, the response first",
            .server("tailHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            beginningSeen: false,
            expected: #"""
                < ! stream-joined@0 NOTE connection
                < opaque @0 4 `tail`
                < 200 OK HTTP/1.1 [length] @4+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @44
                < 200 OK HTTP/1.1 [length] @44+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @84
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [length] @84+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @124
                """#),
        ReaderCase(
            "Foreign: joined within something else",
            .client("no http\nhere"),
            .server("\u{1}\u{2}"),
            .clientCloses,
            .serverCloses,
            beginningSeen: false,
            expected: #"""
                > ! stream-joined@0 NOTE connection
                > opaque @0 12 `no http\nhere`
                < ! stream-joined@0 NOTE connection
                < opaque @0 2 `\x1\x2`
                """#),
        ReaderCase(
            "Foreign: joined at an odd method at a line start",
            .client("x\nFROB /x HTTP/1.1\r\n\r\n"),
            beginningSeen: false,
            expected: #"""
                > ! stream-joined@0 NOTE connection
                > opaque @0 2 `x\n`
                > FROB /x HTTP/1.1 [none] @2+20
                > end @22
                """#),
    ]
}
