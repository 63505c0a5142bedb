import Foundation
import TestSupport
import Testing

/// A device whose traffic the router redirects: curl, dmscope and nginx, each in a network namespace of its own.
@Suite(.serialized) struct TransparentTests {
    /// The rules of the guide, with the interface of this network.
    private static let rules = """
        table inet dmscope {
          chain prerouting {
            type nat hook prerouting priority dstnat;
            iifname "device" meta nfproto ipv4 tcp dport { 80, 443 } redirect to :8080
            iifname "device" meta nfproto ipv6 tcp dport { 80, 443 } redirect to :8081
            iifname "device" meta nfproto ipv4 tcp dport 8888 redirect to :8081
          }
        }
        """

    private let network: Namespaces
    private let nginx: Nginx
    private let proxy: Running
    private let folder: TemporaryFolder

    init() throws {
        network = try Namespaces()
        try network.filter(Self.rules)
        nginx = try Nginx(message: LiveTests.message, type: LiveTests.type, in: network.server)
        folder = try TemporaryFolder()
        proxy = try network.router.start(
            Tool.dmscope,
            [
                "proxy", "-m", "transparent@0.0.0.0:8080", "-m", "transparent@[::]:8081", "--confdir",
                folder.file("conf"), "-w", folder.file("log"), "--upstream-ca", nginx.authority, "--no-color",
            ])
        _ = try proxy.until("listening") { $0.errors.contains("listening on [::]:8081") ? true : nil }
    }

    private func post(_ url: String) throws -> String {
        let body = folder.file("message.wbxml")
        try LiveTests.message.write(to: URL(fileURLWithPath: body))
        let result = try network.device.run(
            "curl",
            [
                "--silent", "--show-error", "--max-time", "60", "--write-out", "%{http_code}", "-o",
                folder.file("answer"), "-H", "Content-Type: \(LiveTests.type)", "--data-binary", "@\(body)",
                "--cacert", folder.file("conf/dmscope-ca-cert.pem"), "--resolve",
                "dm.test:443:\(Namespaces.server4),\(Namespaces.server6)", url,
            ])
        return result.output + result.errors
    }

    private func stop() throws -> [[String: Any]] {
        #expect(try proxy.stop().status == 0)
        return try RunningProxy.records(of: folder.file("log"))
    }

    @Test func whatTheRouterRedirectsIsCarriedAndRead() throws {
        let urls = [
            "http://\(Namespaces.server4)/dm", "http://[\(Namespaces.server6)]/dm", "https://\(Namespaces.server4)/dm",
            "https://[\(Namespaces.server6)]/dm", "https://dm.test/dm",
        ]
        for url in urls { #expect(try post(url) == "200", "\(url) \(proxy.errors)") }
        let records = try stop()
        let exchanges = records.filter { $0["record"] as? String == "exchange" }
        #expect(exchanges.count == urls.count)
        for exchange in exchanges {
            let dm = (exchange["request"] as? [String: Any])?["dm"] as? [String: Any]
            #expect(dm?["sessionID"] as? String == "1")
            #expect((exchange["response"] as? [String: Any])?["status"] as? Int == 200)
        }
        let connections = records.filter { $0["record"] as? String == "connection" }
        #expect(
            Set(connections.compactMap { $0["server"] as? String })
                .isSubset(of: [80, 443].flatMap { ["\(Namespaces.server4):\($0)", "[\(Namespaces.server6)]:\($0)"] }))
        // SNI, else Host.
        #expect(
            Set(connections.compactMap { $0["host"] as? String })
                == ["dm.test", Namespaces.server4, "[\(Namespaces.server6)]"])
        let versions = connections.compactMap { ($0["legs"] as? [String: Any])?["client"] as? [String: Any] }
            .compactMap { $0["version"] as? String }
        #expect(versions == ["TLS 1.3", "TLS 1.3", "TLS 1.3"])
    }

    @Test func aListenerForBothFamiliesKnowsWhereIPv4Went() throws {
        // Redirected to the listener on [::], where an IPv4 client shows as IPv6. Nobody listens on 8888.
        #expect(try post("http://\(Namespaces.server4):8888/dm") == "502")
        let findings = try stop().flatMap { $0["findings"] as? [[String: Any]] ?? [] }
        #expect(
            findings.contains { $0["text"] as? String == "\(Namespaces.server4):8888 refuses connections" },
            "\(findings)")
    }

    @Test(arguments: ["http://\(Namespaces.router4):8080/dm", "http://[\(Namespaces.router6)]:8081/dm"])
    func theListenerItselfIsNoDestination(_ url: String) throws {
        #expect(try post(url) == "502")
        #expect(try String(contentsOfFile: folder.file("answer"), encoding: .utf8).contains("is this proxy itself"))
        let findings = try stop().flatMap { $0["findings"] as? [[String: Any]] ?? [] }
        #expect(findings.contains { $0["rule"] as? String == "upstream-is-proxy" }, "\(findings)")
    }

    /// Where no packet filter redirects, a connection has no destination to be found.
    @Test func whatWasNotRedirectedIsRefused() throws {
        let log = folder.file("elsewhere")
        let proxy = try network.device.start(
            Tool.dmscope,
            [
                "proxy", "-m", "transparent@127.0.0.1:8080", "-m", "transparent@[::1]:8081", "--confdir",
                folder.file("conf"), "-w", log, "--no-color",
            ])
        _ = try proxy.until("listening") { $0.errors.contains("listening on [::1]:8081") ? true : nil }
        for url in ["http://127.0.0.1:8080/dm", "http://[::1]:8081/dm"] {
            #expect(try post(url) == "502")
            #expect(try String(contentsOfFile: folder.file("answer"), encoding: .utf8).contains("not redirected here"))
        }
        // Without a name there is no certificate for an answer in TLS.
        #expect(try post("https://[::1]:8081/dm").contains("unrecognized name"))
        // The name says nothing of where it was going: one connection, which ends.
        #expect(try post("https://localhost:8080/dm") == "502")
        #expect(try proxy.stop().status == 0)
        let connections = try RunningProxy.records(of: log).filter { $0["record"] as? String == "connection" }
        let rules = connections.map { ($0["findings"] as? [[String: Any]] ?? []).map { $0["rule"] as? String } }
        #expect(rules == Array(repeating: ["redirect-unknown"], count: 4))
        #expect(connections.allSatisfy { $0["ended"] as? String == "error" }, "\(connections)")
    }
}
