import Foundation
import TestSupport
import Testing

/// curl as the device, nginx as the server, DMScope between them.
@Suite struct LiveTests {
    /// Package 1 as WBXML: session 1, message 1, Alert 1201 (wbxml.md's worked example).
    static let message =
        Data(
            base64Encoded: """
                AqQBagBtbHEDMS4yAAFyA0RNLzEuMgABZQMxAAFbAzEAAW5XA2h0dHA6Ly9zL2RtAAEBZ1cDSU1FSToxAAEBWgABTAM1MDAwAAEBAQAAa0ZLAzEA\
                AU8DMTIwMQABARIBAQ==
                """) ?? Data()

    static let type = "application/vnd.syncml.dm+wbxml"

    private func post(_ url: String, _ arguments: [String]) throws -> Tool.Result {
        let folder = try TemporaryFolder()
        let body = folder.file("message.wbxml")
        try Self.message.write(to: URL(fileURLWithPath: body))
        return try Tool.run(
            "curl",
            [
                "--silent", "--show-error", "--noproxy", "", "--write-out", "%{http_code}", "-o", folder.file("answer"),
                "-H", "Content-Type: \(Self.type)", "--data-binary", "@\(body)",
            ] + arguments + [url])
    }

    /// What one expects of curl: it sends neither Cache-Control nor Accept-Charset.
    private func check(_ proxy: RunningProxy) throws {
        let screen = try proxy.stop()
        #expect(screen.status == 0)
        let exchange = try #require(try proxy.records("exchange").first)
        let request = try #require(exchange["request"] as? [String: Any])
        let response = try #require(exchange["response"] as? [String: Any])
        #expect(request["method"] as? String == "POST")
        #expect(response["status"] as? Int == 200)
        let dm = try #require(request["dm"] as? [String: Any])
        #expect(dm["representation"] as? String == "wbxml")
        #expect(dm["sessionID"] as? String == "1")
        #expect((dm["commands"] as? [[String: Any]])?.first?["alert"] as? String == "1201")
        #expect((response["dm"] as? [String: Any])?["representation"] as? String == "wbxml")
        let rules = (exchange["findings"] as? [[String: Any]] ?? []).compactMap { $0["rule"] as? String }
        for rule in ["cache-control-missing", "accept-charset-missing"] { #expect(rules.contains(rule), "\(rules)") }
        #expect(screen.output.contains("/dm → 200"))
        #expect(screen.output.contains("Alert 1  1201"))
        #expect(screen.output.contains("[accept-charset-missing, request"))
        #expect(try proxy.records("summary").first?["exchanges"] as? Int == 1)
    }

    @Test func reversePlain() throws {
        let nginx = try Nginx(message: Self.message, type: Self.type)
        let proxy = try RunningProxy("reverse:http://127.0.0.1:\(nginx.plainPort)")
        #expect(try post("http://127.0.0.1:\(proxy.port)/dm", []).output == "200")
        try check(proxy)
    }

    @Test func reverseTLS() throws {
        let nginx = try Nginx(message: Self.message, type: Self.type)
        let proxy = try RunningProxy("reverse:https://localhost:\(nginx.tlsPort)", ["--upstream-ca", nginx.authority])
        let result = try post("https://localhost:\(proxy.port)/dm", ["--cacert", proxy.authority])
        #expect(result.output == "200", "\(result.errors) \(proxy.running.errors)")
        try check(proxy)
    }

    @Test func regularPlain() throws {
        let nginx = try Nginx(message: Self.message, type: Self.type)
        let proxy = try RunningProxy("regular")
        #expect(
            try post("http://127.0.0.1:\(nginx.plainPort)/dm", ["-x", "http://127.0.0.1:\(proxy.port)"]).output == "200"
        )
        try check(proxy)
        let alterations = try proxy.records("exchange").first?["alterations"] as? [[String: Any]]
        #expect(alterations?.first?["what"] as? String == "request-line")
    }

    @Test func tunnelPlain() throws {
        let nginx = try Nginx(message: Self.message, type: Self.type)
        let proxy = try RunningProxy("regular")
        let through = ["--proxytunnel", "-x", "http://127.0.0.1:\(proxy.port)"]
        #expect(try post("http://127.0.0.1:\(nginx.plainPort)/dm", through).output == "200")
        try check(proxy)
        let findings = try proxy.records("connection").first?["findings"] as? [[String: Any]]
        #expect(findings?.map { $0["rule"] as? String } == ["connect-without-tls"])
    }

    @Test func tunnelTLS() throws {
        let nginx = try Nginx(message: Self.message, type: Self.type)
        let proxy = try RunningProxy("regular", ["--upstream-ca", nginx.authority])
        let result = try post(
            "https://localhost:\(nginx.tlsPort)/dm",
            ["--proxytunnel", "-x", "http://127.0.0.1:\(proxy.port)", "--cacert", proxy.authority])
        #expect(result.output == "200", "\(result.errors) \(proxy.running.errors)")
        try check(proxy)
        let findings = try proxy.records("connection").first?["findings"] as? [[String: Any]] ?? []
        #expect(!findings.contains { $0["rule"] as? String == "connect-without-tls" })
        let legs = try proxy.records("connection").first?["legs"] as? [String: Any]
        #expect((legs?["client"] as? [String: Any])?["version"] as? String == "TLS 1.3")
        #expect((legs?["server"] as? [String: Any])?["version"] as? String == "TLS 1.3")
    }

    @Test func aServerThatIsDownAndABadCertificateLeaveTheProxyAlive() throws {
        let nginx = try Nginx(message: Self.message, type: Self.type)
        let down = FreePort.take()
        let proxy = try RunningProxy("regular")
        let through = ["--proxytunnel", "-x", "http://127.0.0.1:\(proxy.port)", "--cacert", proxy.authority]
        #expect(try post("https://localhost:\(down)/dm", through).output != "200")
        #expect(try post("https://localhost:\(nginx.tlsPort)/dm", through).output != "200")
        #expect(
            try post("http://127.0.0.1:\(nginx.plainPort)/dm", ["-x", "http://127.0.0.1:\(proxy.port)"]).output == "200"
        )
        _ = try proxy.stop()
        let findings = try proxy.records("connection").flatMap { $0["findings"] as? [[String: Any]] ?? [] }
        #expect(findings.contains { ($0["text"] as? String)?.contains("refuses connections") == true }, "\(findings)")
        #expect(findings.contains { ($0["text"] as? String)?.contains("certificate") == true }, "\(findings)")
    }

    @Test func aDeviceThatDoesNotTrustUsIsNamed() throws {
        let nginx = try Nginx(message: Self.message, type: Self.type)
        let proxy = try RunningProxy("regular", ["--upstream-ca", nginx.authority])
        let through = ["--proxytunnel", "-x", "http://127.0.0.1:\(proxy.port)", "--cacert", nginx.authority]
        #expect(try post("https://localhost:\(nginx.tlsPort)/dm", through).output != "200")
        _ = try proxy.stop()
        let findings = try proxy.records("connection").flatMap { $0["findings"] as? [[String: Any]] ?? [] }
        #expect(findings.contains { ($0["text"] as? String)?.contains("unknown_ca") == true }, "\(findings)")
    }

    @Test func whatIsIgnoredIsCountedAndNotRead() throws {
        let nginx = try Nginx(message: Self.message, type: Self.type)
        let proxy = try RunningProxy("regular", ["--ignore-hosts", "localhost:\(nginx.tlsPort)"])
        let through = ["--proxytunnel", "-x", "http://127.0.0.1:\(proxy.port)", "--cacert", nginx.authority]
        let result = try post("https://localhost:\(nginx.tlsPort)/dm", through)
        #expect(result.output == "200", "\(result.errors)")
        let screen = try proxy.stop()
        #expect(screen.output.contains("[relayed-unopened"))
        let connection = try #require(try proxy.records("connection").first)
        let bytes = try #require(connection["bytes"] as? [String: Any])
        #expect((bytes["toServer"] as? Int ?? 0) > 500 && (bytes["toClient"] as? Int ?? 0) > 1000)
        let client = (connection["legs"] as? [String: Any])?["client"] as? [String: Any]
        #expect(client?["sni"] as? String == "localhost")
        #expect(client?["version"] as? String == "TLS 1.3")
        #expect(try proxy.records("exchange").isEmpty)
        let rules = (connection["findings"] as? [[String: Any]])?.compactMap { $0["rule"] as? String }
        #expect(rules?.contains("relayed-unopened") == true)
    }

    /// `tail` prints from the log what the proxy printed live.
    @Test func tailShowsTheSameText() throws {
        let nginx = try Nginx(message: Self.message, type: Self.type)
        let proxy = try RunningProxy("reverse:http://127.0.0.1:\(nginx.plainPort)")
        let tail = try Running(Tool.dmscope, ["tail", "-f", proxy.log, "--no-color"])
        for _ in 0..<3 { #expect(try post("http://127.0.0.1:\(proxy.port)/dm", []).output == "200") }
        let screen = try proxy.stop()
        _ = try tail.until("the summary") { $0.output.contains("══ 3 connections") ? true : nil }
        _ = try? tail.stop()
        #expect(tail.output == screen.output)
        #expect(try Tool.dmscope("tail", "-n", "1", proxy.log).output.hasPrefix("══ 3 connections"))
    }
}
