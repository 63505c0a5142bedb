import Proxy
import Testing

@testable import dmscope

@Suite struct ListenerOptionTests {
    private static let taken: [(String, Listener.Mode, String?, Int?)] = [
        ("regular", .regular, nil, nil), ("regular@0", .regular, nil, 0), ("regular@[::]:81", .regular, "::", 81),
        ("socks5@1080", .socks5, nil, 1080), ("transparent@0.0.0.0:8080", .transparent, "0.0.0.0", 8080),
        (
            "reverse:https://dm.example@8443", .reverse(Upstream(host: "dm.example", port: 443, tls: true)), nil, 8443
        ),
        (
            "reverse:http://[::1]:90/@h:1", .reverse(Upstream(host: "::1", port: 90, tls: false)), "h", 1
        ),
        ("reverse:http://[::1]", .reverse(Upstream(host: "::1", port: 80, tls: false)), nil, nil),
        (
            "reverse:http://[fe80::1%25eth0]:8080@:1",
            .reverse(Upstream(host: "fe80::1%25eth0", port: 8080, tls: false)),
            nil, 1
        ),
        ("reverse:https://10.0.0.7:8443", .reverse(Upstream(host: "10.0.0.7", port: 8443, tls: true)), nil, nil),
        ("reverse:https://[2001:DB8:0::1]", .reverse(Upstream(host: "2001:db8::1", port: 443, tls: true)), nil, nil),
        ("reverse:https://h:", .reverse(Upstream(host: "h", port: 443, tls: true)), nil, nil),
        ("regular@:81", .regular, nil, 81), ("regular@00081", .regular, nil, 81), ("regular@h:0", .regular, "h", 0),
        ("upstream:http://p:3128", .upstream(UpstreamProxy(host: "p", port: 3128)), nil, nil),
        ("upstream:http://p:3128/", .upstream(UpstreamProxy(host: "p", port: 3128)), nil, nil),
        ("upstream:http://p:3128@8080", .upstream(UpstreamProxy(host: "p", port: 3128)), nil, 8080),
        ("upstream:http://p:3128@a:8080", .upstream(UpstreamProxy(host: "p", port: 3128)), "a", 8080),
        (
            "upstream:http://u:x@p:3128",
            .upstream(UpstreamProxy(host: "p", port: 3128, authorization: "Basic dTp4")), nil, nil
        ),
        (
            "upstream:http://u:1@[::1]:3128@a:8080",
            .upstream(UpstreamProxy(host: "::1", port: 3128, authorization: "Basic dTox")), "a", 8080
        ),
        (
            "upstream:http://u%40d:p%3a%2F@p:1@2",
            .upstream(UpstreamProxy(host: "p", port: 1, authorization: "Basic dUBkOnA6Lw==")), nil, 2
        ),
    ]
    @Test(arguments: taken)
    func takes(_ text: String, _ mode: Listener.Mode, _ host: String?, _ port: Int?) throws {
        let option = try #require(ListenerOption(argument: text))
        #expect(option.mode == mode)
        #expect(option.host == host)
        #expect(option.port == port)
    }

    @Test(arguments: [
        "", "regular@", "regular@x", "regular@1.2.3.4:x", "socks4", "socks5:1080", "transparent:80", "regular@99999",
        "reverse:https://", "reverse:https://d/path", "reverse:ftp://x", "reverse:https://u@x@1@2", "upstream:http://p",
        "upstream:https://p:1",
        "upstream:http://:1", "upstream:http://p:0", "upstream:http://u@p:1", "upstream:http://u:%4@p:1",
        "upstream:http://u:%zz@p:1", "upstream:http://p:1/path",
        "reverse:http://[::1", "reverse:http://[fe80::12", "reverse:http://[127.0.0.1", "reverse:http://[127.0.0.1]",
        "reverse:http://[::1]:99x", "reverse:http://h?x", "reverse:http://h h", "reverse:http://h:0",
        "reverse:http://h:+80",
        "regular@65536", "regular@h:65536", "regular@h:", "regular@:", "regular@::1", "regular@::1:80",
        "regular@u@h:80",
        "reverse:http://u@h", "reverse:http://::1", "reverse:http://h:65536", "upstream:http://p:65536",
        "upstream:http://p:",
        "regular@+80", "regular@[::1:80", "regular@*:80",
    ])
    func refuses(_ text: String) { #expect(ListenerOption(argument: text) == nil) }

    /// `--listen-host`: an IPv6 address in brackets too.
    @Test(arguments: [
        ("[::1]", "::1"), ("::1", "::1"), ("127.0.0.1", "127.0.0.1"), ("[::1", "[::1"), ("[::1]:1", "[::1]:1"),
    ])
    func hostsStandAlone(_ text: String, _ host: String) { #expect(ListenerOption.host(text) == host) }
}
