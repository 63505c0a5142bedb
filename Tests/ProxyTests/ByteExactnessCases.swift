import Wire

/// What the two ends of a connection do, one step after the other. After each sending step the other end must have
/// received exactly those octets before the next begins: so octets are also shown to arrive at once.
struct RelayCase: Sendable, CustomStringConvertible {
    enum Step: Sendable {
        /// Octets in one write.
        case send(Direction, [UInt8])
        /// Octets one at a time, each awaited.
        case trickle(Direction, [UInt8])
        /// Many octets, read by the other end while they are still being written.
        case bulk(Direction, count: Int)
        /// FIN of the sender of this direction.
        case finish(Direction)
        /// Reset by the sender of this direction; the last step.
        case reset(Direction)
    }

    var name: String
    var steps: [Step]
    var description: String { name }

    init(_ name: String, _ steps: [Step]) {
        self.name = name
        self.steps = steps
    }

    /// The same with the ends exchanged.
    var mirrored: RelayCase {
        RelayCase(
            name + ", the other way",
            steps.map { step in
                switch step {
                case .send(let direction, let bytes): .send(direction.opposite, bytes)
                case .trickle(let direction, let bytes): .trickle(direction.opposite, bytes)
                case .bulk(let direction, let count): .bulk(direction.opposite, count: count)
                case .finish(let direction): .finish(direction.opposite)
                case .reset(let direction): .reset(direction.opposite)
                }
            })
    }
}

private func ask(_ text: String) -> RelayCase.Step { .send(.toServer, Array(text.utf8)) }
private func answer(_ text: String) -> RelayCase.Step { .send(.toClient, Array(text.utf8)) }
private let ok = answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
private let get = ask("GET /dm HTTP/1.1\r\nHost: dm.example\r\n\r\n")
private let allOctets = (0...255).map { UInt8($0) }

extension RelayCase {
    /// Each is run as it is, and those whose meaning does not depend on who is the client also with the ends exchanged.
    static let all: [RelayCase] = heads + bodies + interim + exchanges + ends + otherProtocols

    private static func head(_ name: String, _ head: String) -> [RelayCase] {
        [
            RelayCase("request head: " + name, [ask("POST /dm HTTP/1.1\r\n" + head + "\r\n"), ok]),
            RelayCase("response head: " + name, [get, answer("HTTP/1.1 200 OK\r\n" + head + "\r\n")]),
        ]
    }

    private static let heads: [RelayCase] =
        head("case", "hOST: dm.example\r\nCONTENT-LENGTH: 0\r\nx-SyncML-HMAC: algorithm=MD5\r\n")
        + head("order", "Content-Length: 0\r\nAccept: */*\r\nHost: dm.example\r\nUser-Agent: x\r\n")
        + head("repeated fields", "Host: a\r\nVia: 1.0 a\r\nVia: 1.1 b\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n")
        + head("spacing", "Host:dm.example\r\nAccept:   a  ,  b\t\r\nContent-Length : 0\r\n X: y \r\n")
        + head("folding", "Host: dm.example\r\nx-syncml-hmac: algorithm=MD5,\r\n\tusername=\"a\",\r\n  mac=x\r\n")
        + head("bare LF", "Host: dm.example\nAccept: */*\n")
        + head("bare CR and NUL", "Host: dm.example\rX: \0y\r\n")
        + head("octets past ASCII", "Host: dm.example\r\nUser-Agent: Ger\u{e4}t \u{1F4F1}\r\n")
        + head("no value, no name, no colon", "Host:\r\n: x\r\nnonsense\r\n")
        + head(
            "hop-by-hop fields",
            "Connection: close, X-Y\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\nTE: trailers\r\nX-Y: z\r\n")
        + head("both lengths", "Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n")
        + head("two lengths", "Host: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n")
        + head("long field", "Host: a\r\nCookie: \(String(repeating: "0123456789abcdef", count: 8192))\r\n")
        + head("many fields", "Host: a\r\n" + (0..<2000).map { "X-\($0): \($0)\r\n" }.joined())
        + [
            RelayCase("request line: spacing", [ask("GET  /dm \tHTTP/1.1 \r\nHost: a\r\n\r\n"), ok]),
            RelayCase("request line: lower case", [ask("post /dm http/1.1\r\nHost: a\r\n\r\n"), ok]),
            RelayCase("request line: empty lines first", [ask("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), ok]),
            RelayCase("request line: unknown method and version", [ask("BREW /pot HTCPCP/7.9\r\n\r\n"), ok]),
            RelayCase("request line: HTTP/0.9", [ask("GET /\r\n"), answer("hello"), .finish(.toClient)]),
            RelayCase("request line: odd target", [ask("GET /a%zz/../\"<>|?#x HTTP/1.1\r\nHost: a\r\n\r\n"), ok]),
            RelayCase("request line: asterisk", [ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), ok]),
            RelayCase("status line: no reason", [get, answer("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n")]),
            RelayCase("status line: odd code", [get, answer("HTTP/1.1 999 What?\r\nContent-Length: 0\r\n\r\n")]),
            RelayCase("status line: not a status line", [get, answer("ICY 200 OK\r\n\r\nmusic")]),
        ]

    private static func body(_ name: String, _ fields: String, _ body: String) -> [RelayCase] {
        [
            RelayCase(
                "request body: " + name, [ask("POST /dm HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"), ask(body), ok]),
            RelayCase("response body: " + name, [get, answer("HTTP/1.1 200 OK\r\n" + fields + "\r\n"), answer(body)]),
        ]
    }

    private static let bodies: [RelayCase] =
        body("by length", "Content-Length: 5\r\n", "hello")
        + body("longer than its length", "Content-Length: 5\r\n", "hello, world")
        + body("chunk sizes", "Transfer-Encoding: chunked\r\n", "1\r\na\r\n0002\r\nbc\r\nA\r\n0123456789\r\n0\r\n\r\n")
        + body("chunk extensions", "Transfer-Encoding: chunked\r\n", "5;a=b;c=\"d;e\"\r\nhello\r\n0;x\r\n\r\n")
        + body(
            "trailers", "Trailer: Content-MD5\r\nTransfer-Encoding: chunked\r\n",
            "1\r\na\r\n0\r\nContent-MD5: x\r\nY:z\r\n\r\n")
        + body("chunks with bare LF", "Transfer-Encoding: chunked\r\n", "5\nhello\n0\n\n")
        + body("broken chunks", "Transfer-Encoding: chunked\r\n", "zz\r\nhello\r\n-1\r\n\r\n")
        + body("other transfer coding", "Transfer-Encoding: gzip, chunked\r\n", "3\r\n\u{1f}\u{8b}\r\n0\r\n\r\n")
        + [
            RelayCase(
                "request body: every octet",
                [
                    ask("POST /dm HTTP/1.1\r\nContent-Length: 256\r\n\r\n"), .send(.toServer, allOctets), ok,
                ]),
            RelayCase(
                "response body: every octet",
                [
                    get, answer("HTTP/1.1 200 OK\r\nContent-Length: 256\r\n\r\n"), .send(.toClient, allOctets),
                ]),
            RelayCase(
                "request body: an octet at a time",
                [
                    .trickle(.toServer, Array("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello".utf8)), ok,
                ]),
            RelayCase(
                "response body: an octet at a time",
                [
                    get, .trickle(.toClient, Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".utf8)),
                ]),
            RelayCase(
                "request body: large",
                [
                    ask("POST /dm HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n"), .bulk(.toServer, count: 3_000_000), ok,
                ]),
            RelayCase(
                "response body: large",
                [
                    get, answer("HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n"),
                    .bulk(.toClient, count: 3_000_000),
                ]),
            RelayCase(
                "response body: until close",
                [
                    get, answer("HTTP/1.0 200 OK\r\n\r\nhello, "), answer("world"), .finish(.toClient),
                ]),
            RelayCase(
                "response body: large, until close",
                [
                    get, answer("HTTP/1.0 200 OK\r\n\r\n"), .bulk(.toClient, count: 2_000_000), .finish(.toClient),
                ]),
            RelayCase(
                "response body: shorter than its length",
                [
                    get, answer("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"), .finish(.toClient),
                ]),
            RelayCase(
                "request body: shorter than its length",
                [
                    ask("POST /dm HTTP/1.1\r\nContent-Length: 50\r\n\r\nhello"), .finish(.toServer), ok,
                ]),
            RelayCase(
                "response to HEAD with a length",
                [
                    ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"), answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
                    get, ok,
                ]),
            RelayCase(
                "204 and 304 with bodies all the same",
                [
                    get, answer("HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nxx"), get,
                    answer("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                ]),
        ]

    private static let expect = ask("POST /dm HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
    private static let `continue` = answer("HTTP/1.1 100 Continue\r\n\r\n")

    private static let interim: [RelayCase] = [
        RelayCase("Expect: 100-continue, answered by the server alone", [expect, `continue`, ask("hello"), ok]),
        RelayCase(
            "Expect: 100-continue, refused",
            [
                expect, answer("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n"),
            ]),
        RelayCase("Expect: 100-continue, not waited for", [expect, ask("hello"), ok]),
        RelayCase(
            "several interim responses",
            [
                get, answer("HTTP/1.1 102 Processing\r\n\r\n"),
                answer("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
                `continue`, ok,
            ]),
        RelayCase(
            "interim and final response in one write",
            [
                get, answer("HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            ]),
    ]

    private static let exchanges: [RelayCase] = [
        RelayCase("kept alive", [get, ok, get, ok, get, ok]),
        RelayCase(
            "pipelined",
            [
                ask(String(repeating: "GET /dm HTTP/1.1\r\nHost: a\r\n\r\n", count: 20)),
                answer(String(repeating: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", count: 20)),
            ]),
        RelayCase(
            "pipelined, answered one by one",
            [
                ask(String(repeating: "GET /dm HTTP/1.1\r\nHost: a\r\n\r\n", count: 3)), ok, ok, ok,
            ]),
        RelayCase(
            "HTTP/1.0 kept alive",
            [
                ask("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"),
                answer("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"), get, ok,
            ]),
        RelayCase(
            "response before the request has ended",
            [
                ask("POST /dm HTTP/1.1\r\nContent-Length: 10\r\n\r\nhello"),
                answer("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"), ask("world"), get, ok,
            ]),
        RelayCase(
            "response before any request",
            [get, ok, answer("HTTP/1.1 408 Request Timeout\r\n\r\n"), .finish(.toClient)]),
        RelayCase(
            "both at the same time, octet by octet",
            (0..<64).flatMap { n -> [Step] in
                [.send(.toServer, [UInt8(n)]), .send(.toClient, [UInt8(255 - n)])]
            }),
        RelayCase(
            "CONNECT through to the server",
            [
                ask("PUT / HTTP/1.1\r\nContent-Length: 0\r\n\r\nCONNECT x:1 HTTP/1.1\r\n\r\n"),
                answer("HTTP/1.1 200 OK\r\n\r\n"), .send(.toServer, allOctets), .send(.toClient, allOctets),
            ]),
    ]

    private static let ends: [RelayCase] =
        [
            RelayCase("FIN after an exchange", [get, ok, .finish(.toServer), .finish(.toClient)]),
            RelayCase("FIN with nothing sent", [.finish(.toServer), .finish(.toClient)]),
            RelayCase("half-close, then the answer", [get, .finish(.toServer), ok, .finish(.toClient)]),
            RelayCase(
                "half-close, then a long answer",
                [
                    get, .finish(.toServer), .bulk(.toClient, count: 1_000_000), .finish(.toClient),
                ]),
            RelayCase("half-close at once, answer all the same", [.finish(.toServer), ok]),
            RelayCase(
                "FIN right behind many octets", [get, ok, .bulk(.toServer, count: 500_000), .finish(.toServer), ok]),
            RelayCase("reset between exchanges", [get, ok, .reset(.toServer)]),
            RelayCase(
                "reset in a body",
                [
                    ask("POST / HTTP/1.1\r\nContent-Length: 99\r\n\r\nhello"), .reset(.toServer),
                ]),
            RelayCase(
                "reset after half-close", [get, .finish(.toServer), .send(.toClient, [1, 2, 3]), .reset(.toServer)]),
            RelayCase("reset after the other's half-close", [get, ok, .finish(.toClient), .reset(.toServer)]),
        ].flatMap { [$0, $0.mirrored] }

    private static let otherProtocols: [RelayCase] =
        [
            RelayCase(
                "101 and another protocol after it",
                [
                    ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"),
                    answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), .send(.toServer, allOctets),
                    .send(.toClient, allOctets), .send(.toServer, [0x81, 0x05]), .send(.toClient, [0]),
                ]),
            RelayCase(
                "101 with octets of the other protocol behind it",
                [
                    ask("GET / HTTP/1.1\r\nUpgrade: x\r\n\r\n"),
                    answer("HTTP/1.1 101 X\r\n\r\n\u{1}\u{2}GET / HTTP/1.1\r\n\r\n"),
                ]),
        ]
        + [
            RelayCase("not HTTP", [.send(.toServer, [0, 1, 2, 3]), .send(.toClient, [0xFF, 0, 0xFE])]),
            RelayCase("not HTTP, every octet", [.send(.toServer, [0] + allOctets), .send(.toClient, allOctets)]),
            RelayCase(
                "not HTTP, octet by octet", [.trickle(.toServer, [0] + allOctets), .trickle(.toClient, allOctets)]),
            RelayCase("one octet, then the end", [.send(.toServer, [0x2A]), .finish(.toServer), .finish(.toClient)]),
            RelayCase(
                "a greeting before anything is asked",
                [
                    .send(.toServer, Array("220 mail.example\r\n".utf8)), .send(.toClient, Array("EHLO a\r\n".utf8)),
                    .send(.toServer, Array("250 hello\r\n".utf8)),
                ]),
            RelayCase(
                "looks like TLS but is not",
                [.send(.toServer, [0x16, 0x02, 0, 0]), .send(.toClient, [0x16, 0x03, 0x01])]),
        ].flatMap { [$0, $0.mirrored] }
}
