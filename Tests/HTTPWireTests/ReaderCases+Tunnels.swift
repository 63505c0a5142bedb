import HTTPWire
import Wire

extension ReaderCases {
    /// Tunnels and upgrades.
    static let tunnels: [ReaderCase] = [
        ReaderCase(
            "Tunnels: CONNECT accepted",
            .client("CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
            .client("\u{16}\u{3}\u{1}\u{0}\u{5}\u{1}\u{0}\u{0}\u{1}\u{3}"),
            .server("\u{16}\u{3}\u{1}\u{0}\u{5}\u{1}\u{0}\u{0}\u{1}\u{3}"),
            .clientCloses,
            .serverCloses,
            expected: #"""
                > CONNECT h:443 HTTP/1.1 [none] @0+39
                >     Host: h:443
                > end @39
                < 200 OK HTTP/1.1 [tunnel] @0+38
                < ! framing-on-bodiless@17 NOTE response
                <     Content-Length: 9
                < end @38
                < switched @39/38 tunnel
                > opaque @39 10 `\x16\x3\x1\x0\x5\x1\x0\x0\x1\x3`
                < opaque @38 10 `\x16\x3\x1\x0\x5\x1\x0\x0\x1\x3`
                """#),
        ReaderCase(
            "Tunnels: CONNECT with octets sent early",
            .client("CONNECT h:443 HTTP/1.1\r\n\r\n\u{16}\u{3}\u{1}\u{0}\u{5}\u{1}\u{0}\u{0}\u{1}\u{3}"),
            .server("HTTP/1.0 200 Connection established\r\n\r\nhello"),
            expected: #"""
                > CONNECT h:443 HTTP/1.1 [none] @0+26
                > end @26
                < 200 Connection established HTTP/1.0 [tunnel] @0+39
                < end @39
                < switched @26/39 tunnel
                > opaque @26 10 `\x16\x3\x1\x0\x5\x1\x0\x0\x1\x3`
                < opaque @39 5 `hello`
                """#),
        ReaderCase(
            "Tunnels: CONNECT told one direction after the other",
            .client("CONNECT h:80 HTTP/1.1\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .clientCloses,
            .server("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            .serverCloses,
            expected: #"""
                > CONNECT h:80 HTTP/1.1 [none] @0+25
                > end @25
                < 200 OK HTTP/1.1 [tunnel] @0+19
                < end @19
                < switched @25/19 tunnel
                > opaque @25 28 `GET /a HTTP/1.1\r\nHost: h\r\n\r\n`
                < opaque @19 40 `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`
                """#),
        ReaderCase(
            "Tunnels: CONNECT refused, then asked again",
            .client("CONNECT h:443 HTTP/1.1\r\n\r\n"),
            .server("HTTP/1.1 407 Auth\r\nContent-Length: 2\r\n\r\nno"),
            .client("CONNECT h:443 HTTP/1.1\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\n\r\n"),
            .client("raw"),
            expected: #"""
                > CONNECT h:443 HTTP/1.1 [none] @0+26
                > end @26
                < 407 Auth HTTP/1.1 [length] @0+40
                <     Content-Length: 2
                < body 2 `no`
                < end @42
                > CONNECT h:443 HTTP/1.1 [none] @26+26
                > end @52
                < 200 OK HTTP/1.1 [tunnel] @42+19
                < end @61
                < switched @52/61 tunnel
                > opaque @52 3 `raw`
                """#),
        ReaderCase(
            "Tunnels: CONNECT refused, told one direction after the other",
            .client("CONNECT h:443 HTTP/1.1\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 407 Auth\r\nContent-Length: 2\r\n\r\nnoHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > CONNECT h:443 HTTP/1.1 [none] @0+26
                > end @26
                < 407 Auth HTTP/1.1 [length] @0+40
                <     Content-Length: 2
                > GET /a HTTP/1.1 [none] @26+28
                >     Host: h
                > end @54
                < body 2 `no`
                < end @42
                < 200 OK HTTP/1.1 [length] @42+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @82
                """#),
        ReaderCase(
            "Tunnels: CONNECT never answered",
            .client("CONNECT h:443 HTTP/1.1\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .clientCloses,
            .serverCloses,
            expected: #"""
                > CONNECT h:443 HTTP/1.1 [none] @0+26
                > end @26
                > GET /a HTTP/1.1 [none] @26+28
                >     Host: h
                > end @54
                """#),
        ReaderCase(
            "Tunnels: upgrade accepted",
            .client("GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
            .server("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\nframes"),
            .client("more"),
            .server(" more"),
            expected: #"""
                > GET /ws HTTP/1.1 [none] @0+61
                >     Upgrade: websocket
                >     Connection: Upgrade
                > end @61
                < 101 Switching HTTP/1.1 [tunnel] @0+46
                <     Upgrade: websocket
                < end @46
                < switched @61/46 websocket
                < opaque @46 11 `frames more`
                > opaque @61 4 `more`
                """#),
        ReaderCase(
            "Tunnels: upgrade ignored",
            .client("GET /a HTTP/1.1\r\nUpgrade: h2c\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+33
                >     Upgrade: h2c
                > end @33
                < 200 OK HTTP/1.1 [length] @0+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @40
                > GET /a HTTP/1.1 [none] @33+28
                >     Host: h
                > end @61
                < 200 OK HTTP/1.1 [length] @40+38
                <     Content-Length: 2
                < body 2 `ok`
                < end @80
                """#),
        ReaderCase(
            "Tunnels: upgrade ignored, requests all told first",
            .client("GET /a HTTP/1.1\r\nUpgrade: h2c\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n"),
            .server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            expected: #"""
                > GET /a HTTP/1.1 [none] @0+33
                >     Upgrade: h2c
                > end @33
                > GET /a HTTP/1.1 [none] @33+28
                >     Host: h
                > end @61
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
            "Tunnels: upgrade to TLS after a body",
            .client(
                "POST / HTTP/1.1\r\nUpgrade: TLS/1.0\r\nContent-Length: 2\r\n\r\nhi\u{16}\u{3}\u{1}\u{0}\u{5}\u{1}\u{0}\u{0}\u{1}\u{3}"
            ),
            .server(
                "HTTP/1.1 101 Switching\r\nUpgrade: TLS/1.0, HTTP/1.1\r\n\r\n\u{16}\u{3}\u{1}\u{0}\u{5}\u{1}\u{0}\u{0}\u{1}\u{3}"
            ),
            expected: #"""
                > POST / HTTP/1.1 [length] @0+56
                >     Upgrade: TLS/1.0
                >     Content-Length: 2
                > body 2 `hi`
                > end @58
                < 101 Switching HTTP/1.1 [tunnel] @0+54
                <     Upgrade: TLS/1.0, HTTP/1.1
                < end @54
                < switched @58/54 TLS/1.0, HTTP/1.1
                > opaque @58 10 `\x16\x3\x1\x0\x5\x1\x0\x0\x1\x3`
                < opaque @54 10 `\x16\x3\x1\x0\x5\x1\x0\x0\x1\x3`
                """#),
        ReaderCase(
            "Tunnels: 101 while the request goes on",
            .client("POST / HTTP/1.1\r\nUpgrade: x\r\nContent-Length: 4\r\n\r\nab"),
            .server("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nnew"),
            .client("cdnew"),
            expected: #"""
                > POST / HTTP/1.1 [length] @0+50
                >     Upgrade: x
                >     Content-Length: 4
                > body 4 `abcd`
                < 101 Switching HTTP/1.1 [tunnel] @0+38
                <     Upgrade: x
                < end @38
                < switched @54/38 x
                < opaque @38 3 `new`
                > end @54
                > opaque @54 3 `new`
                """#),
    ]
}
