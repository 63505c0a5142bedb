import HTTPWire
import Wire

extension ReaderCases {
    /// What a transfer coding is told as where the request says what it takes.
    static let codings: [ReaderCase] = [
        ReaderCase(
            "Codings: one that TE asks for",
            .client("GET /a HTTP/1.1\r\nTE: trailers, deflate;q=0.5\r\nConnection: TE\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: deflate, chunked\r\n\r\n2\r\nzz\r\n0\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+64
                >     TE: trailers, deflate;q=0.5
                >     Connection: TE
                > end @64
                < 200 OK HTTP/1.1 [chunked] @0+56
                < ! transfer-encoding-unknown@17 NOTE response
                <     Transfer-Encoding: deflate, chunked
                < body 2 `zz`
                < end @68
                """#),
        ReaderCase(
            "Codings: one that TE asks for, until the connection closes",
            .client("GET /a HTTP/1.1\r\nTE: gzip\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: x-gzip\r\n\r\nzz"), .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+29
                >     TE: gzip
                > end @29
                < 200 OK HTTP/1.1 [close] @0+46
                < ! transfer-encoding-unknown@17 NOTE response
                <     Transfer-Encoding: x-gzip
                < body 2 `zz`
                < end @48
                """#),
        ReaderCase(
            "Codings: one that TE refuses",
            .client("GET /a HTTP/1.1\r\nTE: deflate;q=0, gzip\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: deflate, chunked\r\n\r\n2\r\nzz\r\n0\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+42
                >     TE: deflate;q=0, gzip
                > end @42
                < 200 OK HTTP/1.1 [chunked] @0+56
                < ! transfer-encoding-unknown@17 MUST response
                <     Transfer-Encoding: deflate, chunked
                < body 2 `zz`
                < end @68
                """#),
        ReaderCase(
            "Codings: one that TE asks for, behind chunked",
            .client("GET /a HTTP/1.1\r\nTE: deflate\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, deflate\r\n\r\n2\r\nzz\r\n0\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+32
                >     TE: deflate
                > end @32
                < 200 OK HTTP/1.1 [chunked] @0+56
                < ! transfer-encoding-unknown@17 MUST response
                <     Transfer-Encoding: chunked, deflate
                < body 2 `zz`
                < end @68
                """#),
        ReaderCase(
            "Codings: each request has a TE of its own",
            .client("GET /a HTTP/1.1\r\nTE: deflate\r\n\r\nGET /b HTTP/1.1\r\n\r\n"),
            .server("HTTP/1.1 204 No\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: deflate, chunked\r\n\r\n0\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+32
                >     TE: deflate
                > end @32
                > GET /b HTTP/1.1 [none] @32+19
                > end @51
                < 204 No HTTP/1.1 [none] @0+19
                < end @19
                < 200 OK HTTP/1.1 [chunked] @19+56
                < ! transfer-encoding-unknown@36 MUST response
                <     Transfer-Encoding: deflate, chunked
                < end @80
                """#),
        ReaderCase(
            "Codings: empty members of the list",
            .client("GET /a HTTP/1.1\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: , chunked\t,\r\n\r\n2\r\nzz\r\n0\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+19
                > end @19
                < 200 OK HTTP/1.1 [chunked] @0+51
                <     Transfer-Encoding: , chunked\x9,
                < body 2 `zz`
                < end @63
                """#),
        ReaderCase(
            "Codings: chunked to a client of HTTP/1.0",
            .client("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nzz\r\n0\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.0 [none] @0+43
                >     Connection: keep-alive
                > end @43
                < 200 OK HTTP/1.1 [chunked] @0+47
                < ! transfer-encoding-unknown@17 MUST response
                <     Transfer-Encoding: chunked
                < body 2 `zz`
                < end @59
                """#),
        ReaderCase(
            "Codings: by length to a client of HTTP/1.0",
            .client("GET /a HTTP/1.0\r\n\r\n"), .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nzz"),
            expected: #"""
                > GET /a HTTP/1.0 [none] @0+19
                > end @19
                < 200 OK HTTP/1.1 [length] @0+38
                <     Content-Length: 2
                < body 2 `zz`
                < end @40
                """#),
    ]
}
