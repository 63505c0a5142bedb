import NIOCore
import TestSupport
import Testing

@testable import Proxy

@Suite struct ProxyRequestTests {
    private func read(_ line: String) -> ProxyRequest { ProxyRequest(line: Array(line.utf8)[...]) }

    private static let tunnels: [(String, String, Int)] = [
        ("CONNECT dm.example:443 HTTP/1.1", "dm.example", 443), ("CONNECT 10.0.0.1:8443 HTTP/1.0", "10.0.0.1", 8443),
        ("CONNECT [::1]:443 HTTP/1.1", "::1", 443), ("CONNECT  a:1", "a", 1),
        ("CONNECT u:p@a:65535 HTTP/1.1", "a", 65535), ("CONNECT [2001:DB8:0::1]:443 HTTP/1.1", "2001:db8::1", 443),
        ("CONNECT A:000443 HTTP/1.1", "a", 443), ("CONNECT a+b:1 HTTP/1.1", "a+b", 1),
    ]
    @Test(arguments: tunnels) func tunnel(_ line: String, _ host: String, _ port: Int) {
        #expect(read(line) == .tunnel(Destination(host: host, port: port)))
    }

    private static let forwards: [(String, String, Int, Bool, String)] = [
        ("GET http://dm.example/a?b HTTP/1.1", "dm.example", 80, false, "/a?b"),
        ("GET HTTP://dm.example HTTP/1.1", "dm.example", 80, false, "/"),
        ("GET http://dm.example:8080?b HTTP/1.1", "dm.example", 8080, false, "/?b"),
        ("OPTIONS http://dm.example:81 HTTP/1.1", "dm.example", 81, false, "*"),
        ("OPTIONS http://dm.example:81/ HTTP/1.1", "dm.example", 81, false, "/"),
        ("POST https://[2001:db8::1]:444/dm HTTP/1.1", "2001:db8::1", 444, true, "/dm"),
        ("POST https://a:/dm HTTP/1.1", "a", 443, true, "/dm"),
        ("GET\thttp://u@a//b#c  HTTP/1.0 ", "a", 80, false, "//b#c"),
    ]
    @Test(arguments: forwards)
    func forward(_ line: String, _ host: String, _ port: Int, _ tls: Bool, _ target: String) {
        guard case .forward(let request) = read(line) else {
            Issue.record("\(read(line))")
            return
        }
        #expect(request.destination == Destination(host: host, port: port))
        #expect(request.tls == tls)
        #expect(line.hasPrefix(request.method))
        #expect(request.target == Array(target.utf8))
        let text = String(decoding: Array(line.utf8)[request.uri], as: UTF8.self)
        #expect(text.lowercased().hasPrefix("http") && !text.contains(" "))
    }

    @Test func own() {
        #expect(read("GET /x HTTP/1.1") == .own(method: "GET", target: "/x"))
        #expect(read("OPTIONS * HTTP/1.1") == .own(method: "OPTIONS", target: "*"))
    }

    @Test(arguments: [
        "", " ", "GET", "GET ", "CONNECT dm.example HTTP/1.1", "CONNECT :443 HTTP/1.1", "CONNECT a:0 HTTP/1.1",
        "CONNECT a:65536 HTTP/1.1", "CONNECT a:99999999999999999999 HTTP/1.1", "CONNECT a:+1 HTTP/1.1",
        "CONNECT a: HTTP/1.1", "CONNECT ::1:443 HTTP/1.1", "CONNECT \(String(repeating: "a", count: 256)):1 HTTP/1.1",
        "CONNECT [::1:443 HTTP/1.1", "CONNECT []:1 HTTP/1.1", "CONNECT [::1]443 HTTP/1.1", "CONNECT a/b:1 HTTP/1.1",
        "GET http:// HTTP/1.1", "GET http:///x HTTP/1.1", "GET ftp://a/ HTTP/1.1", "GET dm.example/x HTTP/1.1",
        "\u{1} / HTTP/1.1", "{} http://a/ HTTP/1.1", "GET http://\u{1}/ HTTP/1.1",
    ])
    func malformed(_ line: String) {
        guard case .malformed(let why) = read(line) else {
            Issue.record("\(read(line))")
            return
        }
        #expect(!why.isEmpty)
    }

    private static let heads: [(String, String?, Int?)] = [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\nbody", "GET / HTTP/1.1", 27), ("GET /\n\n", "GET /", 7),
        ("\r\n\n\r\nGET /\r\n\r\n", "GET /", 14), ("GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1", nil),
        ("GET / HTTP/1.1\r", nil, nil), ("\r\n\r\n", nil, nil), ("", nil, nil), ("a\r\r\n\r\r\n\n", "a\r", 8),
    ]
    @Test(arguments: heads) func scansHeads(_ text: String, _ line: String?, _ end: Int?) {
        let octets = Array(text.utf8)
        for pieces in splits(octets.count) {
            var scanner = HeadScanner()
            for piece in pieces { scanner.scan(octets[..<piece.upperBound]) }
            #expect(scanner.firstLine.map { String(decoding: octets[$0], as: UTF8.self) } == line)
            #expect(scanner.end == end)
        }
    }
}
