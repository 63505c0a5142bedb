import HTTPWire
import Testing

@Suite struct RequestTargetTests {
    @Test(
        arguments: [
            ("/dm?x=y", "POST", .path("/dm?x=y")), ("*", "OPTIONS", .asterisk),
            ("h:443", "CONNECT", .authority(HostPort(host: "h", port: 443))), ("/x", "CONNECT", .path("/x")),
            ("h/x", "CONNECT", .relative("h/x")), ("./servlet/dm", "POST", .relative("./servlet/dm")),
            ("HTTP://H:8080/dm", "POST", .absolute(scheme: "http", HostPort(host: "h", port: 8080), path: "/dm")),
            ("http://h", "POST", .absolute(scheme: "http", HostPort(host: "h", port: nil), path: "/")),
            ("https://u:p@h?q", "GET", .absolute(scheme: "https", HostPort(host: "h", port: nil), path: "/?q")),
            (
                "http://[2001:DB8:0::1]/", "POST",
                .absolute(scheme: "http", HostPort(host: "2001:db8::1", port: nil), path: "/")
            ),
            ("http://h:65536/", "POST", .relative("http://h:65536/")),
            ("http:///dm", "POST", .relative("http:///dm")), ("://h/", "GET", .relative("://h/")),
            ("", "GET", .relative("")),
            ("http:/h", "GET", .relative("http:/h")),
        ] as [(String, String, RequestTarget)])
    func readsTargets(_ text: String, _ method: String, _ expected: RequestTarget) {
        #expect(RequestTarget.parse(text, method: method) == expected)
    }
}
