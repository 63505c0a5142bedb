import HTTPWire
import Testing

/// Host and port as options and Host have them (`strict`), and as the authority of a URI in a peer's traffic may.
@Suite struct HostPortTests {
    struct Row: Sendable {
        let text: String
        let strict: HostPort?
        let lenient: HostPort?

        /// What both take for the same, or refuse.
        init(_ text: String, _ host: String?, _ port: Int? = nil) {
            self.init(text, strict: host, lenient: host, port)
        }

        init(_ text: String, strict: String?, lenient: String?, _ port: Int? = nil) {
            self.text = text
            self.strict = strict.map { HostPort(host: $0, port: port) }
            self.lenient = lenient.map { HostPort(host: $0, port: port) }
        }
    }

    static let rows = [
        Row("dm.example.com", "dm.example.com"), Row("H:80", "h", 80), Row("10.0.0.1:65535", "10.0.0.1", 65535),
        Row("h_1~%41.\u{FC}", "h_1~%41.\u{FC}"), Row("", nil), Row(":80", nil), Row(":", nil),
        // Ports.
        Row("h:", "h"), Row("h:0", "h", 0), Row("h:00443", "h", 443), Row("h:000000443", "h", 443), Row("h:65536", nil),
        Row("h:99999999999999999999", nil), Row("h:x", nil), Row("h:-1", nil), Row("h:+1", nil), Row("h:80:80", nil),
        Row("h: 80", nil), Row("h:80 ", nil),
        // IPv6.
        Row("[::1]", "::1"), Row("[::1]:8443", "::1", 8443), Row("[::1]:", "::1"),
        Row("[2001:DB8::1]:1", "2001:db8::1", 1), Row("[2001:db8:0:0::0001]", "2001:db8::1"),
        Row("[::FFFF:10.0.0.1]", "::ffff:10.0.0.1"), Row("[FE80::1%25eth0]", "fe80::1%25eth0"),
        Row("::1", nil), Row("2001:db8::1", nil), Row("[::1", nil), Row("[]:80", nil), Row("[::1]x", nil),
        Row("[::1]80", nil), Row("[127.0.0.1]", nil), Row("[a b::]", nil),
        // More than host and port.
        Row("u@h:1", strict: nil, lenient: "h", 1), Row("u:p@h", strict: nil, lenient: "h"),
        Row("u@x@[::1]:2", strict: nil, lenient: "::1", 2), Row("u@", nil), Row("u@:80", nil),
        Row("http://h", nil), Row("h/path", nil), Row("h\\path", nil), Row("a b", nil), Row("a\u{7F}", nil),
        // Names that no host should have, and some do.
        Row("a+b:80", strict: nil, lenient: "a+b", 80), Row("*:80", strict: nil, lenient: "*", 80),
        Row("h?x", strict: nil, lenient: "h?x"),
    ]

    @Test(arguments: rows) func asOptionsAndHostHaveIt(_ row: Row) {
        #expect(HostPort.parse(row.text) == row.strict, "\(row.text)")
    }

    @Test(arguments: rows) func asTrafficHasIt(_ row: Row) {
        #expect(HostPort.parse(authority: row.text) == row.lenient, "\(row.text)")
        #expect(HostPort.parse(authority: Array("@\(row.text)".utf8)[1...]) == row.lenient, "\(row.text)")
    }

    @Test(arguments: rows) func whatIsWrittenIsReadAgain(_ row: Row) {
        guard let place = row.strict else { return }
        #expect(HostPort.parse(place.text) == place)
    }

    @Test func thePortOfTheSchemeIsLeftOut() {
        #expect(HostPort(host: "::1", port: 443).text(defaultPort: 443) == "[::1]")
        #expect(HostPort(host: "::1", port: 443).text(defaultPort: 80) == "[::1]:443")
        #expect(HostPort(host: "h", port: nil).text(defaultPort: 80) == "h")
    }
}
