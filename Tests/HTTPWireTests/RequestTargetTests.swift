import HTTPWire
import Testing

@Suite struct RequestTargetTests {
    @Test(
        arguments: [
            ("dm.example.com", HostPort(host: "dm.example.com", port: nil)), ("H:80", HostPort(host: "h", port: 80)),
            ("[::1]:8443", HostPort(host: "::1", port: 8443)),
            ("[fe80::1%25eth0]", HostPort(host: "fe80::1%25eth0", port: nil)),
            ("h:", HostPort(host: "h", port: nil)), ("10.0.0.1:65535", HostPort(host: "10.0.0.1", port: 65535)),
            ("h:65536", nil), ("h:x", nil), ("h:-1", nil), ("h:000001", nil), ("", nil), (":80", nil), ("[::1", nil),
            ("[]:80", nil), ("[::1]x", nil), ("http://h", nil), ("h/path", nil), ("u@h", nil), ("a b", nil),
            ("::1", nil),
        ] as [(String, HostPort?)])
    func readsHosts(_ text: String, _ expected: HostPort?) { #expect(HostPort.parse(text) == expected) }

    @Test(
        arguments: [
            ("/dm?x=y", "POST", .path("/dm?x=y")), ("*", "OPTIONS", .asterisk),
            ("h:443", "CONNECT", .authority(HostPort(host: "h", port: 443))), ("/x", "CONNECT", .path("/x")),
            ("h/x", "CONNECT", .relative("h/x")), ("./servlet/dm", "POST", .relative("./servlet/dm")),
            ("HTTP://H:8080/dm", "POST", .absolute(scheme: "http", HostPort(host: "h", port: 8080), path: "/dm")),
            ("http://h", "POST", .absolute(scheme: "http", HostPort(host: "h", port: nil), path: "/")),
            ("https://u:p@h?q", "GET", .absolute(scheme: "https", HostPort(host: "h", port: nil), path: "/?q")),
            ("http:///dm", "POST", .relative("http:///dm")), ("://h/", "GET", .relative("://h/")),
            ("", "GET", .relative("")),
            ("http:/h", "GET", .relative("http:/h")),
        ] as [(String, String, RequestTarget)])
    func readsTargets(_ text: String, _ method: String, _ expected: RequestTarget) {
        #expect(RequestTarget.parse(text, method: method) == expected)
    }
}
