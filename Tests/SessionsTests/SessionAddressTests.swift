import Testing

@testable import Sessions

/// Whether a request went to where RespURI named, RFC 3986 6.2.2.
@Suite struct SessionAddressTests {
    @Test(arguments: [
        ("the same", "/dm?sid=7", "/dm?sid=7", true),
        ("another query", "/dm?sid=7", "/dm?sid=8", false),
        ("a query of the client's own behind it", "/dm?sid=7", "/dm?sid=7&mode=x", true),
        ("a letter that needs no escape", "/d%6D", "/dm", true),
        ("escapes in lower case", "/dm?sid=a%2fb", "/dm?sid=a%2Fb", true),
        ("an escape at the end", "/dm?sid=7%3d", "/dm?sid=7%3D", true),
        ("a slash in an escape is no slash", "/a%2Fb", "/a/b", false),
        ("other escapes", "/dm?sid=%2F", "/dm?sid=%3F", false),
        ("a percent sign that begins no escape", "/dm?sid=5%", "/dm?sid=5", false),
    ])
    func escapes(_ what: String, _ respURI: String, _ target: String, _ isSame: Bool) {
        #expect(Address.same(respURI, target, sentTo: ("dm.example", 80)) == isSame, "\(what)")
    }

    /// Host and port as traffic has them: where the port is none, the host counts all the same.
    @Test(
        arguments: [
            ("DM.example", "dm.example", nil), ("dm.example:8080", "dm.example", 8080), ("h:", "h", nil),
            ("h:0", "h", 0),
            ("h:00080", "h", 80), ("h:65535", "h", 65535), ("h:65536", "h", nil), ("h:+80", "h", nil),
            ("h:x", "h", nil),
            ("u:p@h:81", "h", 81), ("u@x@h", "h", nil), ("u@h:x", "h", nil), ("a+b:80", "a+b", 80), ("", "", nil),
            ("[::1]:443", "::1", 443), ("[::1]", "::1", nil), ("[2001:DB8:0::1]:1", "2001:db8::1", 1),
            ("2001:DB8:0::1", "2001:db8::1", nil), ("::1", "::1", nil),
        ] as [(String, String, Int?)])
    func hostAndPort(_ text: String, _ host: String, _ port: Int?) {
        let split = Address.split(text)
        #expect(split.host == host && split.port == port, "\(text): \(split)")
    }

    /// Each spelling of an IPv6 address is the same address.
    @Test func addressesAreComparedByTheirOctets() {
        let sentTo = Address.authority(of: "[2001:db8::1]:8080", isTLS: false)
        #expect(Address.same("http://[2001:DB8:0::1]:8080/dm", "/dm", sentTo: sentTo))
        #expect(!Address.same("http://[2001:db8::2]:8080/dm", "/dm", sentTo: sentTo))
        #expect(Address.server("https://[2001:DB8:0:0::1]/dm/") == Address.server("https://[2001:db8::1]:443/dm"))
    }
}
