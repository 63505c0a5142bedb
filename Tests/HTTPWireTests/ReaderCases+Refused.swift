import HTTPWire
import Wire

extension ReaderCases {
    private static let head = "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"
    private static let waiting = "POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 9\r\n\r\n"
    private static let refusal = "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"

    /// Bodies that a client breaks off, or never begins, since the server does not want them.
    static let refused: [ReaderCase] = [
        ReaderCase(
            "Refused: Expect is answered by a final status, and the client closes",
            .client(waiting), .server(refusal), .clientCloses,
            expected: #"""
                > POST / HTTP/1.1 [length] @0+60
                >     Expect: 100-Continue
                >     Content-Length: 9
                < 401 No HTTP/1.1 [length] @0+38
                <     Content-Length: 0
                < end @38
                > end @60 incomplete
                """#),
        ReaderCase(
            "Refused: Expect is answered by nothing: the body was rightly kept back",
            .client(waiting), .clientCloses, .serverCloses,
            expected: #"""
                > POST / HTTP/1.1 [length] @0+60
                >     Expect: 100-Continue
                >     Content-Length: 9
                > end @60 incomplete
                """#),
        ReaderCase(
            "Refused: Expect is answered by 100, and nothing follows",
            .client(waiting), .server("HTTP/1.1 100 Continue\r\n\r\n"), .clientCloses,
            expected: #"""
                > POST / HTTP/1.1 [length] @0+60
                >     Expect: 100-Continue
                >     Content-Length: 9
                < 100 Continue HTTP/1.1 [none] @0+25
                > ! message-incomplete@60 MUST request
                > end @60 incomplete
                """#),
        ReaderCase(
            "Refused: Expect, and half of the body all the same",
            .client(waiting + "half"), .clientCloses,
            expected: #"""
                > POST / HTTP/1.1 [length] @0+60
                >     Expect: 100-Continue
                >     Content-Length: 9
                > body 4 `half`
                > ! message-incomplete@64 MUST request
                > end @64 incomplete
                """#),
        ReaderCase(
            "Refused: an error comes within the body, and the client stops",
            .client(head + "half"), .server(refusal), .serverCloses, .clientCloses,
            expected: #"""
                > POST / HTTP/1.1 [length] @0+38
                >     Content-Length: 9
                > body 4 `half`
                < 401 No HTTP/1.1 [length] @0+38
                <     Content-Length: 0
                < end @38
                > end @42 incomplete
                """#),
        ReaderCase(
            "Refused: an error comes within a chunked body, and the client stops",
            .client("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nha"), .server(refusal), .clientCloses,
            expected: #"""
                > POST / HTTP/1.1 [chunked] @0+47
                >     Transfer-Encoding: chunked
                > body 2 `ha`
                < 401 No HTTP/1.1 [length] @0+38
                <     Content-Length: 0
                < end @38
                > end @52 incomplete
                """#),
        ReaderCase(
            "Refused: the client had closed before",
            .client(head + "half"), .clientCloses, .server(refusal),
            expected: #"""
                > POST / HTTP/1.1 [length] @0+38
                >     Content-Length: 9
                > body 4 `half`
                > ! message-incomplete@42 MUST request
                > end @42 incomplete
                < 401 No HTTP/1.1 [length] @0+38
                <     Content-Length: 0
                < end @38
                """#),
        ReaderCase(
            "Refused: 408 complains of the body that did not come",
            .client(head + "half"), .server("HTTP/1.1 408 Late\r\nContent-Length: 0\r\n\r\n"), .clientCloses,
            expected: #"""
                > POST / HTTP/1.1 [length] @0+38
                >     Content-Length: 9
                > body 4 `half`
                < 408 Late HTTP/1.1 [length] @0+40
                <     Content-Length: 0
                < end @40
                > ! message-incomplete@42 MUST request
                > end @42 incomplete
                """#),
        ReaderCase(
            "Refused: what was refused is the request before",
            .client("GET /a HTTP/1.1\r\n\r\n" + head + "half"), .server(refusal), .clientCloses,
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+19
                > end @19
                > POST / HTTP/1.1 [length] @19+38
                >     Content-Length: 9
                > body 4 `half`
                < 401 No HTTP/1.1 [length] @0+38
                <     Content-Length: 0
                < end @38
                > ! message-incomplete@61 MUST request
                > end @61 incomplete
                """#),
        ReaderCase(
            "Refused: the answer was welcome",
            .client(head + "half"), .server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), .clientCloses,
            expected: #"""
                > POST / HTTP/1.1 [length] @0+38
                >     Content-Length: 9
                > body 4 `half`
                < 200 OK HTTP/1.1 [length] @0+38
                <     Content-Length: 0
                < end @38
                > ! message-incomplete@42 MUST request
                > end @42 incomplete
                """#),
    ]
}
