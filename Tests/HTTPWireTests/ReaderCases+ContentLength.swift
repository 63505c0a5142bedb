import HTTPWire
import Wire

extension ReaderCases {
    /// Content-Length, alone and with Transfer-Encoding.
    static let contentLength: [ReaderCase] = [
        ReaderCase(
            "ContentLength: given twice alike",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [length] @0+57
                < ! content-length-wrong@17 MUST response
                <     Content-Length: 2
                <     Content-Length: 2
                < body 2 `ok`
                < end @59
                """#),
        ReaderCase(
            "ContentLength: a list of one number",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [length] @0+41
                < ! content-length-wrong@17 MUST response
                <     Content-Length: 2, 2
                < body 2 `ok`
                < end @43
                """#),
        ReaderCase(
            "ContentLength: two numbers",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [length] @0+57
                < ! content-length-wrong@17 MUST response
                <     Content-Length: 2
                <     Content-Length: 3
                < body 2 `ok`
                < end @59
                """#),
        ReaderCase(
            "ContentLength: plus sign",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [length] @0+39
                < ! content-length-wrong@17 MUST response
                <     Content-Length: +2
                < body 2 `ok`
                < end @41
                """#),
        ReaderCase(
            "ContentLength: negative",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [close] @0+39
                < ! content-length-wrong@17 MUST response
                <     Content-Length: -2
                < body 2 `ok`
                < end @41
                """#),
        ReaderCase(
            "ContentLength: hexadecimal",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [close] @0+40
                < ! content-length-wrong@17 MUST response
                <     Content-Length: 0x2
                < body 2 `ok`
                < end @42
                """#),
        ReaderCase(
            "ContentLength: 63 bits",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nok"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [length] @0+56
                <     Content-Length: 9223372036854775807
                < body 2 `ok`
                < ! message-incomplete@58 MUST response
                < end @58 incomplete
                """#),
        ReaderCase(
            "ContentLength: past 63 bits",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\nok"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [close] @0+56
                < ! content-length-wrong@17 MUST response
                <     Content-Length: 9223372036854775808
                < body 2 `ok`
                < end @58
                """#),
        ReaderCase(
            "ContentLength: past any integer",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999999\r\n\r\nok"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [close] @0+63
                < ! content-length-wrong@17 MUST response
                <     Content-Length: 99999999999999999999999999
                < body 2 `ok`
                < end @65
                """#),
        ReaderCase(
            "ContentLength: empty",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nok"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [close] @0+36
                < ! content-length-wrong@17 MUST response
                <     Content-Length: 
                < body 2 `ok`
                < end @38
                """#),
        ReaderCase(
            "ContentLength: only commas",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: ,\r\n\r\nok"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [close] @0+38
                < ! content-length-wrong@17 MUST response
                <     Content-Length: ,
                < body 2 `ok`
                < end @40
                """#),
        ReaderCase(
            "ContentLength: junk after the number",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2A\r\n\r\nok"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [close] @0+39
                < ! content-length-wrong@17 MUST response
                <     Content-Length: 2A
                < body 2 `ok`
                < end @41
                """#),
        ReaderCase(
            "ContentLength: leading zeros",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 0000000000000000000000000002\r\n\r\nok"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [length] @0+65
                <     Content-Length: 0000000000000000000000000002
                < body 2 `ok`
                < end @67
                """#),
        ReaderCase(
            "ContentLength: request with one that cannot be read",
            .client("POST / HTTP/1.1\r\nContent-Length: two\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > POST / HTTP/1.1 [none] @0+40
                > ! content-length-wrong@17 MUST request
                >     Content-Length: two
                > end @40
                > GET /a HTTP/1.1 [none] @40+28
                >     Host: h
                > end @68
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
            "ContentLength: chunked beats it",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+66
                < ! transfer-encoding-and-length@17 MUST response
                <     Content-Length: 9
                <     Transfer-Encoding: chunked
                < body 2 `ok`
                < end @78
                """#),
        ReaderCase(
            "ContentLength: chunked beats it in a request",
            .client(
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n2\r\nok\r\n0\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"
            ),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > POST / HTTP/1.1 [chunked] @0+66
                > ! transfer-encoding-and-length@45 MUST request
                >     Transfer-Encoding: chunked
                >     Content-Length: 9
                > body 2 `ok`
                > end @78
                > GET /a HTTP/1.1 [none] @78+28
                >     Host: h
                > end @106
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
            "ContentLength: identity leaves it in force",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [length] @0+67
                < ! transfer-encoding-unknown@17 NOTE response
                <     Transfer-Encoding: identity
                <     Content-Length: 2
                < body 2 `ok`
                < end @69
                """#),
        ReaderCase(
            "ContentLength: unknown coding beats it in a response",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: lalala\r\nContent-Length: 2\r\n\r\nokay"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [close] @0+65
                < ! transfer-encoding-unknown@17 MUST response
                < ! transfer-encoding-and-length@44 MUST response
                <     Transfer-Encoding: lalala
                <     Content-Length: 2
                < body 4 `okay`
                < end @69
                """#),
        ReaderCase(
            "ContentLength: unknown coding in a request leaves it in force",
            .client(
                "POST / HTTP/1.1\r\nTransfer-Encoding: lalala\r\nContent-Length: 2\r\n\r\nokGET /a HTTP/1.1\r\nHost: h\r\n\r\n"
            ),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > POST / HTTP/1.1 [length] @0+65
                > ! transfer-encoding-unknown@17 MUST request
                > ! transfer-encoding-and-length@44 MUST request
                >     Transfer-Encoding: lalala
                >     Content-Length: 2
                > body 2 `ok`
                > end @67
                > GET /a HTTP/1.1 [none] @67+28
                >     Host: h
                > end @95
                < 200 OK HTTP/1.1 [length] @0+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @40
                < 200 OK HTTP/1.1 [length] @40+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @80
                """#),
    ]
}
