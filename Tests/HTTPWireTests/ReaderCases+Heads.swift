import HTTPWire
import Wire

extension ReaderCases {
    /// Odd start lines and header lines.
    static let heads: [ReaderCase] = [
        ReaderCase(
            "Heads: folded field",
            .client("GET / HTTP/1.1\r\nX: one\r\n\ttwo \r\n  three\r\nY:\r\n later\r\n\r\n"),
            expected: #"""
                > GET / HTTP/1.1 [none] @0+54
                > ! header-malformed@24 NOTE request
                >     X: one two three
                >     Y: later
                > end @54
                """#),
        ReaderCase(
            "Heads: folding with no field before",
            .client("GET / HTTP/1.1\r\n folded\r\nX: y\r\n\r\n"),
            expected: #"""
                > GET / HTTP/1.1 [none] @0+33
                > ! header-malformed@16 MUST request
                >     X: y
                > end @33
                """#),
        ReaderCase(
            "Heads: line of blanks is folding",
            .client("GET / HTTP/1.1\r\nX: y\r\n \r\nZ: z\r\n\r\n"),
            expected: #"""
                > GET / HTTP/1.1 [none] @0+33
                > ! header-malformed@22 NOTE request
                >     X: y
                >     Z: z
                > end @33
                """#),
        ReaderCase(
            "Heads: bare line feeds",
            .client("GET / HTTP/1.1\nX: y\nZ: z\n\n"),
            expected: #"""
                > GET / HTTP/1.1 [none] @0+26
                > ! bare-line-feed@14 MUST request
                >     X: y
                >     Z: z
                > end @26
                """#),
        ReaderCase(
            "Heads: mixed line ends",
            .client("GET / HTTP/1.1\r\nX: y\nZ: z\r\n\n"),
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            expected: #"""
                > GET / HTTP/1.1 [none] @0+28
                > ! bare-line-feed@20 MUST request
                >     X: y
                >     Z: z
                > end @28
                > GET /a HTTP/1.1 [none] @28+28
                >     Host: h
                > end @56
                """#),
        ReaderCase(
            "Heads: bare CR, NUL, control and more",
            .client("GET / HTTP/1.1\r\nA: x\ry\r\nB: x\0y\r\nC: x\u{1}y\r\nD: caf\u{E9}\r\nE: a\tb\r\n\r\n"),
            expected: #"""
                > GET / HTTP/1.1 [none] @0+60
                > ! header-malformed@20 MUST request
                > ! header-malformed@28 MUST request
                > ! header-malformed@36 MUST request
                > ! header-malformed@46 NOTE request
                >     A: x\xdy
                >     B: x\x0y
                >     C: x\x1y
                >     D: café
                >     E: a\x9b
                > end @60
                """#),
        ReaderCase(
            "Heads: space before colon, odd names",
            .client("GET / HTTP/1.1\r\nHost : h\r\nX(y): z\r\n: empty\r\nno colon\r\nContent-Type\t: a/b\r\n\r\n"),
            expected: #"""
                > GET / HTTP/1.1 [none] @0+76
                > ! header-malformed@20 MUST request
                > ! header-malformed@27 MUST request
                > ! header-malformed@35 MUST request
                >     Host: h
                >     X(y): z
                >     Content-Type: a/b
                > end @76
                """#),
        ReaderCase(
            "Heads: the same oddity often",
            .client("GET / HTTP/1.1\r\na\r\nb\r\nc\r\n\r\n"),
            expected: #"""
                > GET / HTTP/1.1 [none] @0+27
                > ! header-malformed@16 MUST request
                > end @27
                """#),
        ReaderCase(
            "Heads: empty lines before a request",
            .client("\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
            .server("\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > GET / HTTP/1.1 [none] @4+18
                > ! empty-line-before-message@1 MUST request
                > end @22
                < 200 OK HTTP/1.1 [length] @2+38
                < ! empty-line-before-message@1 NOTE response
                <     Content-Length: 2
                < body 2 `ok`
                < end @42
                """#),
        ReaderCase(
            "Heads: empty line after a body",
            .client("POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            .clientCloses,
            expected: #"""
                > POST / HTTP/1.1 [length] @0+38
                >     Content-Length: 1
                > body 1 `x`
                > end @39
                > GET /a HTTP/1.1 [none] @41+28
                > ! empty-line-before-message@40 MUST request
                >     Host: h
                > end @69
                < 200 OK HTTP/1.1 [length] @0+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @40
                < 200 OK HTTP/1.1 [length] @40+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @80
                > ! empty-line-before-message@70 MUST request
                """#),
        ReaderCase(
            "Heads: lower-case method and version",
            .client("post /dm http/1.1\r\n\r\n"),
            expected: #"""
                > post /dm HTTP/1.1 [none] @0+21
                > ! method-case@0 MUST request
                > ! start-line-malformed@9 MUST request
                > end @21
                """#),
        ReaderCase(
            "Heads: odd method",
            .client("M@KE /x HTTP/1.1\r\n\r\n"),
            .client("FOO /x HTTP/1.1\r\n\r\n"),
            expected: #"""
                > M@KE /x HTTP/1.1 [none] @0+20
                > ! start-line-malformed@0 MUST request
                > end @20
                > FOO /x HTTP/1.1 [none] @20+19
                > end @39
                """#),
        ReaderCase(
            "Heads: spaces in the request line",
            .client("POST  /dm HTTP/1.1\r\n\r\n"),
            .client("POST /a b HTTP/1.1\r\n\r\n"),
            .client("POST /dm HTTP/1.1 \r\n\r\n"),
            .client("POST\t/dm\tHTTP/1.1\r\n\r\n"),
            expected: #"""
                > POST /dm HTTP/1.1 [none] @0+22
                > ! start-line-malformed@0 MUST request
                > end @22
                > POST /a b HTTP/1.1 [none] @22+22
                > ! start-line-malformed@29 MUST request
                > end @44
                > POST /dm HTTP/1.1 [none] @44+22
                > ! start-line-malformed@44 MUST request
                > end @66
                > POST /dm HTTP/1.1 [none] @66+21
                > ! start-line-malformed@66 MUST request
                > end @87
                """#),
        ReaderCase(
            "Heads: no target",
            .client("POST HTTP/1.1\r\n\r\n"),
            expected: #"""
                > POST  HTTP/1.1 [none] @0+17
                > ! start-line-malformed@0 MUST request
                > end @17
                """#),
        ReaderCase(
            "Heads: no version",
            .client("POST /dm\r\nHost: h\r\n\r\n"),
            expected: #"""
                > POST /dm HTTP/0.9 [none] @0+21
                > ! start-line-malformed@8 MUST request
                >     Host: h
                > end @21
                """#),
        ReaderCase(
            "Heads: odd versions",
            .client("POST / HTTP/2.0\r\n\r\n"),
            .client("POST / HTTP/1\r\n\r\n"),
            .client("POST / HTTP/1.11\r\n\r\n"),
            .client("POST / HTTP/\r\n\r\n"),
            .client("POST / HTTP/1.0\r\n\r\n"),
            expected: #"""
                > POST / HTTP/2.0 [none] @0+19
                > ! start-line-malformed@7 MUST request
                > end @19
                > POST / HTTP/1.0 [none] @19+17
                > ! start-line-malformed@26 MUST request
                > end @36
                > POST / HTTP/1.11 [none] @36+20
                > ! start-line-malformed@43 MUST request
                > end @56
                > POST / HTTP/1.0 [none] @56+16
                > ! start-line-malformed@63 MUST request
                > end @72
                > POST / HTTP/1.0 [none] @72+19
                > end @91
                """#),
        ReaderCase(
            "Heads: target outside ASCII",
            .client("GET /caf\u{E9} HTTP/1.1\r\n\r\n"),
            expected: #"""
                > GET /café HTTP/1.1 [none] @0+23
                > ! start-line-malformed@8 MUST request
                > end @23
                """#),
        ReaderCase(
            "Heads: absolute and asterisk targets",
            .client("POST http://h:80/dm HTTP/1.1\r\n\r\n"),
            .client("OPTIONS * HTTP/1.1\r\n\r\n"),
            .client("POST ./servlet/dm HTTP/1.1\r\n\r\n"),
            expected: #"""
                > POST http://h:80/dm HTTP/1.1 [none] @0+32
                > end @32
                > OPTIONS * HTTP/1.1 [none] @32+22
                > end @54
                > POST ./servlet/dm HTTP/1.1 [none] @54+30
                > end @84
                """#),
        ReaderCase(
            "Heads: odd status lines",
            .client(
                "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"
            ),
            .server(
                "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200-OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 299 a\u{1}b\r\nContent-Length: 0\r\n\r\n"
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
                > GET /a HTTP/1.1 [none] @84+28
                >     Host: h
                > end @112
                > GET /a HTTP/1.1 [none] @112+28
                >     Host: h
                > end @140
                < 200 OK HTTP/1.1 [length] @0+39
                < ! start-line-malformed@8 MUST response
                <     Content-Length: 0
                < end @39
                < 20 OK HTTP/1.1 [length] @39+37
                < ! start-line-malformed@48 MUST response
                <     Content-Length: 0
                < end @76
                < 2000 OK HTTP/1.1 [length] @76+39
                < ! start-line-malformed@85 MUST response
                <     Content-Length: 0
                < end @115
                < 200 -OK HTTP/1.1 [length] @115+38
                < ! start-line-malformed@123 MUST response
                <     Content-Length: 0
                < end @153
                < 299 a\x1b HTTP/1.1 [length] @153+39
                < ! start-line-malformed@167 MUST response
                <     Content-Length: 0
                < end @192
                """#),
        ReaderCase(
            "Heads: no status",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 OK\r\n\r\nrest"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                > GET /a HTTP/1.1 [none] @28+28
                >     Host: h
                > end @56
                < 0  HTTP/1.1 [length] @0+31
                < ! start-line-malformed@8 MUST response
                <     Content-Length: 2
                < body 2 `ok`
                < end @33
                < 0  HTTP/1.1 [close] @33+15
                < ! start-line-malformed@42 MUST response
                < body 4 `rest`
                < end @52
                """#),
        ReaderCase(
            "Heads: a status of more digits than a number holds",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 99999999999999999999 OK\r\nContent-Length: 0\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 0  HTTP/1.1 [length] @0+55
                < ! start-line-malformed@9 MUST response
                <     Content-Length: 0
                < end @55
                """#),
        ReaderCase(
            "Heads: NUL in the status line",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1\u{0}200\u{0}ok\r\nContent-Length: 0\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 0  HTTP/1.0 [length] @0+38
                < ! start-line-malformed@0 MUST response
                < ! start-line-malformed@15 MUST response
                <     Content-Length: 0
                < end @38
                """#),
        ReaderCase(
            "Heads: status 800, version 0.9",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 800 x\r\nContent-Length: 0\r\n\r\nHTTP/0.9 200 ok\r\nContent-Length: 0\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                > GET /a HTTP/1.1 [none] @28+28
                >     Host: h
                > end @56
                < 800 x HTTP/1.1 [length] @0+37
                < ! start-line-malformed@9 MUST response
                <     Content-Length: 0
                < end @37
                < 200 ok HTTP/0.9 [length] @37+38
                <     Content-Length: 0
                < end @75
                """#),
    ]
}
