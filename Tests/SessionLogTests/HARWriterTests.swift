import FoundationEssentials
import Testing

@testable import SessionLog

@Suite struct HARWriterTests {
    private struct Entry: Decodable {
        struct Request: Decodable {
            var url: String
        }
        struct Response: Decodable {
            var status: Int
            var statusText: String
        }
        var request: Request
        var response: Response
    }

    private func entry(_ exchange: ExchangeRecord) throws -> Entry {
        var writer = HARWriter()
        var octets: [UInt8] = []
        writer.entry(exchange, server: "192.0.2.1:8080") { octets += $0 }
        return try JSONDecoder().decode(Entry.self, from: Data(octets))
    }

    /// HAR 1.2: "Absolute URL of the request (fragments are not included)."
    @Test(
        arguments: [
            ("GET", "/dm?a=1", "h.example", false, "http://h.example/dm?a=1"),
            ("GET", "/dm", "h.example", true, "https://h.example/dm"),
            ("GET", "/dm#part", "h.example", false, "http://h.example/dm"),
            ("GET", "http://h.example/dm?a#part", "h.example", false, "http://h.example/dm?a"),
            ("GET", "#part", "h.example", false, "http://h.example/"),
            ("GET", "", "h.example", false, "http://h.example/"),
            ("GET", "dm?to=http://h.example/", "h.example", false, "http://h.example/dm?to=http://h.example/"),
            ("GET", "/dm", nil, false, "http://192.0.2.1:8080/dm"),
            ("OPTIONS", "*", "h.example:8080", false, "http://h.example:8080/"),
            ("CONNECT", "h.example:443", "h.example:443", false, "https://h.example:443/"),
            ("CONNECT", "h.example:80", "h.example:80", false, "http://h.example:80/"),
            ("CONNECT", "[2001:db8::1]:8443", nil, false, "https://[2001:db8::1]:8443/"),
        ] as [(String, String, String?, Bool, String)])
    func aURLIsAbsolute(_ method: String, _ target: String, _ host: String?, _ isTLS: Bool, _ url: String) throws {
        let request = MessageRecord(
            method: method, target: target, version: "HTTP/1.1", headers: [],
            body: BodyRecord(length: 0, sha256: "", complete: true))
        let exchange = ExchangeRecord(
            id: "1.1", connection: 1, time: "2026-01-01T00:00:00Z", durationMs: 1, host: host,
            tls: isTLS ? ExchangeRecord.TLSLine(client: "TLS 1.3", server: "TLS 1.3") : nil, request: request,
            findings: [], alterations: [])
        #expect(try entry(exchange).request.url == url)
        #expect(try entry(exchange).response.status == 0)
    }

    /// Where DMScope answered itself its status stands, and whose it is.
    @Test func anAnswerOfDMScopesOwnHasItsStatus() throws {
        let response = try entry(
            ExchangeRecord(
                id: "1.1", connection: 1, time: "2026-01-01T00:00:00Z", durationMs: 1, proxyStatus: 502, findings: [],
                alterations: [])
        ).response
        #expect(response.status == 502 && response.statusText == "by DMScope")
    }
}
