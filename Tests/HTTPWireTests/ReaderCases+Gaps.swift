import HTTPWire
import Wire

extension ReaderCases {
    /// Octets that were not captured.
    static let gaps: [ReaderCase] = [
        ReaderCase(
            "Gaps: gap within a body by length",
            .client("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nab"),
            .gap(.toServer, 5),
            .client("hijGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > POST / HTTP/1.1 [length] @0+39
                >     Content-Length: 10
                > body 2 `ab`
                > ! octets-missing@41 NOTE connection
                > body 3 `hij`
                > end @49 incomplete
                > GET /a HTTP/1.1 [none] @49+28
                >     Host: h
                > end @77
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
            "Gaps: gap to the end of a body",
            .client("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nab"),
            .gap(.toServer, 8),
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > POST / HTTP/1.1 [length] @0+39
                >     Content-Length: 10
                > body 2 `ab`
                > ! octets-missing@41 NOTE connection
                > end @49 incomplete
                > GET /a HTTP/1.1 [none] @49+28
                >     Host: h
                > end @77
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
            "Gaps: gap past the end of a body",
            .client("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nab"),
            .gap(.toServer, 9),
            .client("ST / HTTP/1.1\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            ),
            expected: #"""
                > POST / HTTP/1.1 [length] @0+39
                >     Content-Length: 10
                > body 2 `ab`
                > ! octets-missing@41 NOTE connection
                > end @49 incomplete
                > opaque @50 17 `ST / HTTP/1.1\r\n\r\n`
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
                < 200 OK HTTP/1.1 [length] @80+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @120
                """#),
        ReaderCase(
            "Gaps: gap within a head",
            .client("POST / HTTP/1.1\r\nContent-Le"),
            .gap(.toServer, 9),
            .client("x\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > POST / HTTP/1.1 [none] @0+27 cut
                > ! octets-missing@27 NOTE connection
                > end @27 incomplete
                > opaque @36 5 `x\r\n\r\n`
                > GET /a HTTP/1.1 [none] @41+28
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
                """#),
        ReaderCase(
            "Gaps: every packet cut within the head",
            .client("POST /a HTTP/1.1\r\nHost: h\r\nContent-Le"), .gap(.toServer, 300),
            .server("HTTP/1.1 200 OK\r\nDate: T"), .gap(.toClient, 300),
            .client("GET /b HTT"), .gap(.toServer, 300),
            .server("HTTP/1.1 404 Not F"), .gap(.toClient, 300),
            .client("GET /c/lon"), .gap(.toServer, 300),
            .server("HTTP/1.1 30"), .gap(.toClient, 300),
            expected: #"""
                > POST /a HTTP/1.1 [none] @0+37 cut
                >     Host: h
                > ! octets-missing@37 NOTE connection
                > end @37 incomplete
                < 200 OK HTTP/1.1 [none] @0+24 cut
                < ! octets-missing@24 NOTE connection
                < end @24 incomplete
                > GET /b HTTP/1.1 [none] @337+10 cut
                > ! octets-missing@347 NOTE connection
                > end @347 incomplete
                < 404 Not F HTTP/1.1 [none] @324+18 cut
                < ! octets-missing@342 NOTE connection
                < end @342 incomplete
                > ! octets-missing@657 NOTE connection
                > opaque @647 10 `GET /c/lon`
                < ! octets-missing@653 NOTE connection
                < opaque @642 11 `HTTP/1.1 30`
                """#),
        ReaderCase(
            "Gaps: gap in the head of an interim response, and of one that switches",
            .client("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"),
            .server("HTTP/1.1 100 Continue\r\nX: y"), .gap(.toClient, 6),
            .client("ok"), .server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            .client("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"), .server("HTTP/1.1 101 Switching\r\nUpgr"),
            .gap(.toClient, 30), .server("frame"),
            expected: #"""
                > POST / HTTP/1.1 [length] @0+60
                >     Expect: 100-continue
                >     Content-Length: 2
                < 100 Continue HTTP/1.1 [none] @0+27 cut
                < ! octets-missing@27 NOTE connection
                > body 2 `ok`
                > end @62
                < 200 OK HTTP/1.1 [length] @33+38
                <     Content-Length: 0
                < end @71
                > GET /ws HTTP/1.1 [none] @62+40
                >     Upgrade: websocket
                > end @102
                < 101 Switching HTTP/1.1 [tunnel] @71+28 cut
                < ! octets-missing@99 NOTE connection
                < end @99 incomplete
                < switched @102/99 
                < opaque @129 5 `frame`
                """#),
        ReaderCase(
            "Gaps: gap within a chunk",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nab"),
            .gap(.toClient, 3),
            .server("fgh\r\n0\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < body 2 `ab`
                < ! octets-missing@52 NOTE connection
                < body 3 `fgh`
                < end @65 incomplete
                """#),
        ReaderCase(
            "Gaps: gap past a chunk",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nab"),
            .gap(.toClient, 7),
            .server("0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < body 2 `ab`
                < ! octets-missing@52 NOTE connection
                < end @52 incomplete
                < opaque @59 5 `0\r\n\r\n`
                < 200 OK HTTP/1.1 [length] @64+38
                < ! response-unasked@64 NOTE response
                <     Content-Length: 2
                < body 2 `ok`
                < end @104
                """#),
        ReaderCase(
            "Gaps: gap within a chunk size",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8"),
            .gap(.toClient, 7),
            .server("0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < ! octets-missing@48 NOTE connection
                < end @48 incomplete
                < opaque @55 5 `0\r\n\r\n`
                < 200 OK HTTP/1.1 [length] @60+38
                < ! response-unasked@60 NOTE response
                <     Content-Length: 2
                < body 2 `ok`
                < end @100
                """#),
        ReaderCase(
            "Gaps: gap in a body until close",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.0 200 OK\r\n\r\nab"),
            .gap(.toClient, 7),
            .server("cd"),
            .serverCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.0 [close] @0+19
                < body 2 `ab`
                < ! octets-missing@21 NOTE connection
                < body 2 `cd`
                < end @30 incomplete
                """#),
        ReaderCase(
            "Gaps: gap in a trailer, and another in the line that follows",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nExpires: 0\r\nDa"),
            .gap(.toClient, 5),
            .server("ab"),
            .gap(.toClient, 3),
            .server("cd\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [chunked] @0+47
                <     Transfer-Encoding: chunked
                < body 2 `ok`
                < ! octets-missing@71 NOTE connection
                < end @71 incomplete
                < ! octets-missing@78 NOTE connection
                < opaque @76 2 `ab`
                < opaque @81 3 `cd\n`
                < 404 Not Found HTTP/1.1 [length] @84+45
                < ! response-unasked@84 NOTE response
                <     Content-Length: 0
                < end @129
                """#),
        ReaderCase(
            "Gaps: gap between messages",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            .gap(.toServer, 20),
            .gap(.toClient, 30),
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                < 200 OK HTTP/1.1 [length] @0+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @40
                > ! octets-missing@28 NOTE connection
                < ! octets-missing@40 NOTE connection
                > GET /a HTTP/1.1 [none] @48+28
                >     Host: h
                > end @76
                < 200 OK HTTP/1.1 [length] @70+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @110
                """#),
        ReaderCase(
            "Gaps: gap that swallows a response",
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .gap(.toClient, 30),
            .server("x\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+28
                >     Host: h
                > end @28
                > GET /a HTTP/1.1 [none] @28+28
                >     Host: h
                > end @56
                < ! octets-missing@0 NOTE connection
                < opaque @30 2 `x\n`
                > unanswered 1
                < 200 OK HTTP/1.1 [length] @32+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @72
                """#),
        ReaderCase(
            "Gaps: gap in a tunnel",
            .client("CONNECT h:1 HTTP/1.1\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\n\r\nab"),
            .gap(.toClient, 3),
            .server("cd"),
            expected: #"""
                > CONNECT h:1 HTTP/1.1 [none] @0+24
                > end @24
                < 200 OK HTTP/1.1 [tunnel] @0+19
                < end @19
                < switched @24/19 tunnel
                < opaque @19 2 `ab`
                < opaque @24 2 `cd`
                """#),
    ]
}
