import Foundation
import TestSupport
import Testing

/// Devices whose pre-shared key identity nobody told the proxy: the finding names it.
@Suite struct UnknownIdentityTests {
    private static let key = "000102030405060708090a0b0c0d0e0f"
    private static let get = Data("GET / HTTP/1.0\r\n\r\n".utf8)

    /// In TLS 1.3 both can go on with a certificate when the server does not take the key.
    private static let clients: [(name: String, arguments: [String], goesOn: Bool)] = [
        ("openssl", ["-tls1_2", "-cipher", "PSK:@SECLEVEL=0"], false),
        ("openssl", ["-tls1_3"], true),
        ("gnutls-cli", ["--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+PSK"], false),
        ("gnutls-cli", ["--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+ECDHE-PSK"], true),
    ]

    private func speak(_ client: (name: String, arguments: [String], goesOn: Bool), to port: Int) throws {
        let command =
            client.name == "openssl"
            ? ["s_client", "-quiet", "-connect", "127.0.0.1:\(port)", "-psk_identity", "stranger-7", "-psk", Self.key]
            : ["--insecure", "--port", "\(port)", "--pskusername", "stranger-7", "--pskkey", Self.key]
        let target = client.name == "openssl" ? [] : ["127.0.0.1"]
        _ = try Tool.run(client.name, command + client.arguments + target, input: Self.get)
    }

    private static let finding =
        "psk-identity-unknown: No key for the PSK identity 'stranger-7'; add a line 'stranger-7:HEXKEY' to the PSK file"
    private static let goesOn =
        "psk-identity-unknown: No key for the PSK identity 'stranger-7': the handshake went on with a certificate"

    /// The server has no TLS, so only the device's leg is there to know the key.
    @Test func thePlainServersDevice() throws {
        let nginx = try Nginx(message: LiveTests.message, type: LiveTests.type)
        let proxy = try RunningProxy(
            "reverse:http://127.0.0.1:\(nginx.plainPort)", ["--psk", Tool.certs("psk.txt")])
        for client in Self.clients { try speak(client, to: proxy.port) }
        _ = try proxy.stop()
        let connections = try proxy.records("connection").sorted { $0["id"] as? Int ?? 0 < $1["id"] as? Int ?? 0 }
        #expect(connections.count == Self.clients.count)
        for (connection, client) in zip(connections, Self.clients) {
            let findings = RunningProxy.findings(of: connection).filter { $0.hasPrefix("psk-") }
            #expect(findings == [client.goesOn ? Self.goesOn : Self.finding], "\(client)")
        }
        #expect(try proxy.records("exchange").count == Self.clients.count { $0.goesOn })
    }

    /// The server does know the key, and would take it.
    @Test(arguments: clients.indices) func theServerThatKnowsIt(_ index: Int) throws {
        let client = Self.clients[index]
        let version =
            client.arguments.joined().contains("1.3") || client.arguments == ["-tls1_3"] ? "-tls1_3" : "-tls1_2"
        let port = FreePort.take()
        let server = try Running(
            "openssl",
            [
                "s_server", "-accept", "127.0.0.1:\(port)", "-www", "-cert", Tool.certs("server-rsa.pem"),
                "-psk_identity",
                "stranger-7", "-psk", Self.key, "-psk_hint", "a hint", version, "-cipher", "ALL:PSK:@SECLEVEL=0",
            ])
        _ = try server.until("listening") { _ in canConnect(port) ? true : nil }
        let proxy = try RunningProxy(
            "reverse:https://localhost:\(port)",
            ["--psk", Tool.certs("psk.txt"), "--upstream-ca", Tool.certs("ca-cert.pem")])
        try speak(client, to: proxy.port)
        _ = try proxy.stop()
        _ = try server.stop(SIGKILL)
        let findings = try proxy.findings()
        #expect(findings.filter { $0.hasPrefix("psk-") } == [client.goesOn ? Self.goesOn : Self.finding], "\(findings)")
    }
}
