import HTTPWire
import Wire

extension ReaderCases {
    /// Chunked bodies, sound and odd.
    static let chunked: [ReaderCase] = [
        ReaderCase(
            "Chunked: two chunks and a trailer",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-Sum: 1\r\nX-Fold: a\r\n b\r\n\r\n"
            ),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < body 11 `hello world`
                < ! header-malformed@96 NOTE response
                <     trailer X-Sum: 1
                <     trailer X-Fold: a b
                < end @102
                """#),
        ReaderCase(
            "Chunked: upper case, leading zeros",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000000000A\r\n0123456789\r\n000\r\n\r\n"
            ),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < body 10 `0123456789`
                < end @89
                """#),
        ReaderCase(
            "Chunked: padded with blanks",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2  \r\nok\r\n1 ;a\r\n!\r\n0 \r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < ! chunked-malformed@47 NOTE response
                < body 3 `ok!`
                < end @71
                """#),
        ReaderCase(
            "Chunked: bare line feeds",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nok\n0\n\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < ! bare-line-feed@48 MUST response
                < body 2 `ok`
                < end @55
                """#),
        ReaderCase(
            "Chunked: junk after the size",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2,\r\nok\r\n0\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < ! chunked-malformed@47 MUST response
                < body 2 `ok`
                < end @60
                """#),
        ReaderCase(
            "Chunked: 0x before the size",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nok\r\n0x\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < ! chunked-malformed@47 MUST response
                < body 2 `ok`
                < end @62
                """#),
        ReaderCase(
            "Chunked: size of 16 digits is followed",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n7FFFFFFFFFFFFFFF\r\nrest"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < body 6 `okrest`
                < ! chunked-malformed@76 MUST response
                < end @76 incomplete
                """#),
        ReaderCase(
            "Chunked: size past any body",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nFFFFFFFFFFFFFFFF\r\nrest\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            ),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < body 2 `ok`
                < ! chunked-malformed@54 MUST response
                < end @54 incomplete
                < opaque @54 24 `FFFFFFFFFFFFFFFF\r\nrest\r\n`
                < 200 OK HTTP/1.1 [length] @78+38
                < ! response-unasked@78 NOTE response
                <     Content-Length: 2
                < body 2 `ok`
                < end @118
                """#),
        ReaderCase(
            "Chunked: no size at first: read until close",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n<SyncML>"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < ! chunked-malformed@47 MUST response
                < body 8 `<SyncML>`
                < end @55
                """#),
        ReaderCase(
            "Chunked: no size at first: read by length",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server(
                "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\ntextHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            ),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                > GET /a HTTP/1.1 [none] @28+28
                >     Host: h
                > end @56
                < 200 OK HTTP/1.0 [chunked] @0+66
                < ! transfer-encoding-unknown@17 MUST response
                < ! transfer-encoding-and-length@45 MUST response
                <     Transfer-Encoding: chunked
                <     Content-Length: 4
                < ! chunked-malformed@66 MUST response
                < body 4 `text`
                < end @70
                < 200 OK HTTP/1.1 [length] @70+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @110
                """#),
        ReaderCase(
            "Chunked: no size at first, split late: read until close",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n \r\nabc"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < ! chunked-malformed@47 MUST response
                < body 6 ` \r\nabc`
                < end @53
                """#),
        ReaderCase(
            "Chunked: no size in a request",
            .client(
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n<SyncML/>\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > POST / HTTP/1.1 [chunked] @0+47
                >     Transfer-Encoding: chunked
                > ! chunked-malformed@47 MUST request
                > end @47 incomplete
                > opaque @47 10 `<SyncML/>\n`
                > GET /a HTTP/1.1 [none] @57+28
                >     Host: h
                > end @85
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
            "Chunked: no size later",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\nstuff\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            ),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < body 2 `ok`
                < ! chunked-malformed@54 MUST response
                < end @54 incomplete
                < opaque @54 11 `zz\r\nstuff\r\n`
                < 200 OK HTTP/1.1 [length] @65+38
                < ! response-unasked@65 NOTE response
                <     Content-Length: 2
                < body 2 `ok`
                < end @105
                """#),
        ReaderCase(
            "Chunked: no line break after data",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            ),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < body 2 `ok`
                < ! chunked-malformed@52 MUST response
                < end @52 incomplete
                < opaque @52 9 `ay\r\n0\r\n\r\n`
                < 200 OK HTTP/1.1 [length] @61+38
                < ! response-unasked@61 NOTE response
                <     Content-Length: 2
                < body 2 `ok`
                < end @101
                """#),
        ReaderCase(
            "Chunked: CR without LF after data",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\rXHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            ),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < body 2 `ok`
                < ! chunked-malformed@53 MUST response
                < end @53 incomplete
                < opaque @53 1 `X`
                < 200 OK HTTP/1.1 [length] @54+38
                < ! response-unasked@54 NOTE response
                <     Content-Length: 2
                < body 2 `ok`
                < end @94
                """#),
        ReaderCase(
            "Chunked: ends within a chunk",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < body 3 `hel`
                < ! chunked-malformed@53 MUST response
                < end @53 incomplete
                """#),
        ReaderCase(
            "Chunked: ends within a size",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < body 5 `hello`
                < ! chunked-malformed@58 MUST response
                < end @58 incomplete
                """#),
        ReaderCase(
            "Chunked: ends before the last chunk",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < body 5 `hello`
                < ! chunked-malformed@57 MUST response
                < end @57 incomplete
                """#),
        ReaderCase(
            "Chunked: ends without the last empty line",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < body 5 `hello`
                < ! chunked-malformed@60 MUST response
                < end @60
                """#),
        ReaderCase(
            "Chunked: next message instead of the last empty line",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            ),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < body 2 `ok`
                < ! chunked-malformed@57 MUST response
                < end @57
                """#),
        ReaderCase(
            "Chunked: next request instead of the last empty line",
            .client("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > POST / HTTP/1.1 [chunked] @0+47
                >     Transfer-Encoding: chunked
                > ! chunked-malformed@50 MUST request
                > end @50
                > GET /a HTTP/1.1 [none] @50+28
                >     Host: h
                > end @78
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
            "Chunked: trailer with framing fields",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\nbad line\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < ! header-malformed@69 MUST response
                < ! trailer-forbidden@50 MUST response
                <     trailer Content-Length: 5
                < end @81
                """#),
        ReaderCase(
            "Chunked: gzip and chunked",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nzz\r\n0\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+53
                < ! transfer-encoding-unknown@17 MUST response
                <     Transfer-Encoding: gzip, chunked
                < body 2 `zz`
                < end @65
                """#),
        ReaderCase(
            "Chunked: chunked not last",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n2\r\nzz\r\n0\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+53
                < ! transfer-encoding-unknown@17 MUST response
                <     Transfer-Encoding: chunked, gzip
                < body 2 `zz`
                < end @65
                """#),
        ReaderCase(
            "Chunked: chunked twice",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nzz\r\n0\r\n\r\n"
            ),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+75
                < ! transfer-encoding-unknown@17 MUST response
                <     Transfer-Encoding: chunked
                <     Transfer-Encoding: Chunked
                < body 2 `zz`
                < end @87
                """#),
        ReaderCase(
            "Chunked: chunked with something after it",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked x\r\n\r\n2\r\nzz\r\n0\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+49
                < ! transfer-encoding-unknown@17 MUST response
                <     Transfer-Encoding: chunked x
                < body 2 `zz`
                < end @61
                """#),
        ReaderCase(
            "Chunked: chunked in HTTP/1.0",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.0 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n2\r\nzz\r\n0\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.0 [chunked] @0+47
                < ! transfer-encoding-unknown@17 MUST response
                <     Transfer-Encoding: CHUNKED
                < body 2 `zz`
                < end @59
                """#),
        ReaderCase(
            "Chunked: chunk size line in a flood of extension",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\nok\r\n0\r\n\r\n"
            ),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < body 2 `ok`
                < end @260
                """#),
    ]
}
