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
}
