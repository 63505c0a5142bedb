import Testing
import Wire

@testable import HTTPWire

@Suite struct ProxyStatusTests {
    private func read(_ field: String) -> ProxyStatus? {
        let line = "HTTP/1.1 502 Bad Gateway\r\n"
        let octets = Array((line + field + "\r\n\r\n").utf8)
        return ProxyStatus(
            HTTPHead.parse(
                octets.span.bytes, lineEnd: line.utf8.count, start: 0, .toClient, fieldLimit: 9, isCut: false))
    }

    @Test(arguments: ProxyStatus.Error.allCases) func whatIsWrittenIsRead(_ error: ProxyStatus.Error) {
        let status = ProxyStatus(error, details: "the name \"dm\\x\" leads to no address; or two, \t\u{e9}")
        #expect(read("Proxy-Status: \(status.value)") == status)
        #expect(status.details == "the name \"dm\\x\" leads to no address; or two, ??")
    }

    /// That of another proxy, of a proxy that passed a response on, and what is none.
    @Test(arguments: [
        "Proxy-Status: nginx; error=dns_error", "Proxy-Status: DMScope; received-status=502", "Proxy-Status: DMScope",
        "Proxy-Status: DMScope; =x; error=dns_error", "Proxy-Status: ", "Via: DMScope; error=dns_error",
    ])
    func othersAreNone(_ field: String) { #expect(read(field) == nil) }

    @Test func detailsMayBeMissing() {
        #expect(read("proxy-status: DMScope;error=new_error")?.details == "")
    }
}
