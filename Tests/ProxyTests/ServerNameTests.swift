import Inspection
import TLSEngine
import TLSWire
import Testing
import Wire

@testable import Proxy

/// Which name a server's leg sends, and whom its certificate has to name.
@Suite(.serialized) struct ServerNameTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var destination: String
        /// Nil: no SNI.
        var sni: String?
        var isReverse = true
        var sent: String
        var expected: String
        var address: String?
        var testDescription: String { "\(destination) \(sni ?? "-") \(isReverse)" }
    }

    static let rows = [
        Row(
            destination: "127.0.0.1", sni: "dm.example", sent: "dm.example", expected: "dm.example",
            address: "127.0.0.1"),
        Row(destination: "::1", sni: "dm.example", sent: "dm.example", expected: "dm.example", address: "::1"),
        Row(destination: "127.0.0.1", sni: nil, sent: "", expected: "127.0.0.1"),
        Row(destination: "dm.example", sni: "proxy.example", sent: "dm.example", expected: "dm.example"),
        Row(destination: "dm.example", sni: nil, sent: "dm.example", expected: "dm.example"),
        Row(destination: "127.0.0.1", sni: "dm.example", isReverse: false, sent: "dm.example", expected: "dm.example"),
        Row(
            destination: "dm.example", sni: "other.example", isReverse: false, sent: "other.example",
            expected: "other.example"),
        Row(destination: "dm.example", sni: nil, isReverse: false, sent: "", expected: "dm.example"),
        // The device's faults are not the server's.
        Row(
            destination: "dm.example", sni: "dm.example.", isReverse: false, sent: "dm.example.",
            expected: "dm.example"),
        Row(
            destination: "dm.example", sni: "münchen.example", isReverse: false, sent: "münchen.example",
            expected: "dm.example"),
        Row(destination: "dm.example", sni: "0x610062", isReverse: false, sent: "", expected: "dm.example"),
        Row(destination: "dm.example", sni: "", isReverse: false, sent: "", expected: "dm.example"),
    ]

    private func hello(_ sni: String?) -> ClientHelloFacts {
        var hello = ClientHello()
        hello.serverName = sni
        return ClientHelloFacts(hello)
    }

    @Test(arguments: rows) func row(_ row: Row) {
        let name = ServerName(of: row.destination, for: hello(row.sni), isReverse: row.isReverse)
        #expect(name.sent == row.sent && name.expected == row.expected && name.address == row.address)
    }

    /// A device without TLS names nothing: the server's own name stands.
    @Test(arguments: [true, false]) func aPlainDevice(_ isReverse: Bool) {
        let name = ServerName(of: "dm.example", for: nil, isReverse: isReverse)
        #expect(name.sent == "dm.example" && name.expected == "dm.example" && name.address == nil)
        #expect(ServerName(of: "127.0.0.1", for: nil, isReverse: isReverse).sent == "")
    }

    /// The listener leads to an address; the server is known by the name that the device says, and so is its certificate.
    @Test(arguments: ["127.0.0.1", "dm.example"])
    func behindAnAddressTheDevicesNameCounts(_ certified: String) async throws {
        let authorities = try TestAuthorities.shared.get()
        let listener = try TestListener()
        let proxy = try await TestProxy(.reverse(Upstream(host: "127.0.0.1", port: listener.port, tls: true)))
        let served = Awaited { () -> String? in
            let context = try ServerTLSContext(ServerTLSConfiguration(authority: authorities.servers))
            let session = context.makeSession(host: certified, suspendAfterClientHello: true)
            let end = TLSEnd(try listener.accept(), session)
            try end.shakeHands()
            session.resume(with: TLSSession.Choice(host: certified))
            try end.goOn()
            _ = try end.receive(1)
            end.close()
            return session.clientHello?.sni
        }
        let client = TLSEnd(try proxy.connect(), authorities.deviceContext.makeSession(host: "dm.example"))
        try client.send([1])
        #expect(try served.get() == "dm.example")
        client.close()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.origin.host == certified)
        #expect(flow.rules.allSatisfy { $0 == "tls-close-without-notify" }, "\(flow.rules)")
        await proxy.stop()
    }
}
