import Glibc
import Inspection
import Proxy
import TLSEngine
import TLSWire
import TestSupport
import Testing
import Wire

/// The proxy between programs that nobody here wrote: curl as the device, nginx as the DM server.
@Suite(.serialized) struct RealPeerTests {
    /// nginx with one plain and one TLS port; its certificate comes from the servers' authority of the tests.
    final class Server {
        let directory: String
        let plain: Int
        let tls: Int
        private let program: Program

        init(_ authorities: TestAuthorities, folder: String = "nginx") throws {
            directory = authorities.directory + "/" + folder
            (plain, tls) = (FreePort.take(), FreePort.take())
            mkdir(directory, 0o755)
            try writeFile(directory + "/dm", "response body")
            try makeCertificate(authorities, key: ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], directory + "/leaf")
            try writeFile(
                directory + "/nginx.conf",
                """
                daemon off; master_process off; error_log \(directory)/error.log; pid \(directory)/pid;
                events { worker_connections 100; }
                http {
                  access_log off; root \(directory); default_type application/vnd.syncml.dm+wbxml; types { }
                  client_body_temp_path \(directory)/body; proxy_temp_path \(directory)/proxy;
                  fastcgi_temp_path \(directory)/f; uwsgi_temp_path \(directory)/u; scgi_temp_path \(directory)/s;
                  error_page 405 =200 $uri;
                  server { listen 127.0.0.1:\(plain); }
                  server { listen 127.0.0.1:\(tls) ssl; ssl_certificate \(directory)/leaf.pem;
                           ssl_certificate_key \(directory)/leaf.key; ssl_protocols TLSv1.2 TLSv1.3; }
                }
                """)
            program = try Program(["nginx", "-e", directory + "/error.log", "-c", directory + "/nginx.conf"])
            try waitForListener(tls)
        }
    }

    private let authorities: TestAuthorities
    private let server: Server

    init() throws {
        authorities = try TestAuthorities.shared.get()
        server = try Server(authorities)
    }

    private func curl(_ arguments: String...) throws -> String {
        let (status, output) = try Program.run(
            [
                "curl", "--silent", "--show-error", "--max-time", "60", "--http1.1", "--cacert",
                authorities.proxyCertificate,
                "--noproxy", "", "-H", "Content-Type: application/vnd.syncml.dm+wbxml", "--data-binary", "request body",
                "-w", " %{http_code} %{http_connect} %{ssl_verify_result}",
            ] + arguments)
        guard status == 0 else { throw SocketFailure("curl ended with \(status): \(output)") }
        return output
    }

    private func expectExchange(_ flow: TapRecorder.Flow) {
        let request = String(decoding: flow.bytes.toServer, as: UTF8.self)
        #expect(request.contains("User-Agent: curl/") && request.hasSuffix("\r\n\r\nrequest body"))
        let response = String(decoding: flow.bytes.toClient, as: UTF8.self)
        #expect(response.hasPrefix("HTTP/1.1 200 OK\r\nServer: nginx/") && response.hasSuffix("\r\n\r\nresponse body"))
        #expect(flow.errors == [])
        #expect(flow.reason == .clientFin)
    }

    @Test func tunnelWithTLS() async throws {
        let proxy = try await TestProxy(.regular)
        let output = try curl(
            "--proxytunnel", "-x", "http://127.0.0.1:\(proxy.port)", "https://localhost:\(server.tls)/dm")
        #expect(output == "response body 200 200 0")
        let flow = try #require(try await proxy.tap.closed().first)
        expectExchange(flow)
        #expect(flow.origin.host == "localhost")
        var legs: [Leg: TLSFacts] = [:]
        for case .tls(let leg, let facts) in flow.events { legs[leg] = facts }
        #expect(legs[.client]?.sni == "localhost")
        #expect(legs[.client]?.alpn == "http/1.1")
        #expect(legs[.client]?.version == legs[.server]?.version)
        #expect(legs[.server]?.certificate?.dnsNames == ["localhost"])
        await proxy.stop()
    }

    /// OpenSSL answers an end without close_notify with an alert: the end is told, and the alert, but no failure of TLS.
    @Test func anAlertAboutAnEndIsNoFailure() async throws {
        let port = FreePort.take()
        let leaf = server.directory + "/leaf"
        let peer = try Program([
            "openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-cert", leaf + ".pem", "-key", leaf + ".key",
            "-www",
        ])
        try waitForListener(port)
        let proxy = try await TestProxy(.reverse(Upstream(host: "localhost", port: port, tls: true)))
        let client = TLSEnd(try proxy.connect(), authorities.deviceContext.makeSession(host: "localhost"))
        try client.send(Array("GET ".utf8))
        try client.socket.finish()
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.reason == .clientFin)
        #expect(Set(flow.rules) == ["tls-close-without-notify", "tls-alert"], "\(flow.findings)")
        await proxy.stop()
        _ = peer
    }

    @Test func tunnelWithoutTLS() async throws {
        let proxy = try await TestProxy(.regular)
        let output = try curl(
            "--proxytunnel", "-x", "http://127.0.0.1:\(proxy.port)", "http://127.0.0.1:\(server.plain)/dm")
        #expect(output == "response body 200 200 0")
        expectExchange(try #require(try await proxy.tap.closed().first))
        await proxy.stop()
    }

    @Test func absoluteForm() async throws {
        let proxy = try await TestProxy(.regular)
        let output = try curl("-x", "http://127.0.0.1:\(proxy.port)", "http://127.0.0.1:\(server.plain)/dm")
        #expect(output == "response body 200 000 0")
        let flow = try #require(try await proxy.tap.closed().first)
        expectExchange(flow)
        #expect(flow.bytes.toServer.starts(with: "POST http://127.0.0.1:\(server.plain)/dm HTTP/1.1\r\n".utf8))
        await proxy.stop()
    }

    @Test(arguments: [false, true], [false, true])
    func reverse(_ deviceTLS: Bool, _ serverTLS: Bool) async throws {
        let upstream = Upstream(host: "localhost", port: serverTLS ? server.tls : server.plain, tls: serverTLS)
        let proxy = try await TestProxy(.reverse(upstream))
        let output = try curl("\(deviceTLS ? "https" : "http")://localhost:\(proxy.port)/dm")
        #expect(output == "response body 200 000 0")
        expectExchange(try #require(try await proxy.tap.closed().first))
        await proxy.stop()
    }

    @Test(arguments: ["1.0", "1.1", "1.2", "1.3"])
    func versionsOfTheDevice(_ version: String) async throws {
        let proxy = try await TestProxy(.reverse(Upstream(host: "127.0.0.1", port: server.plain, tls: false)))
        let output = try curl(
            "--tlsv" + version, "--tls-max", version, "--ciphers", "DEFAULT:@SECLEVEL=0",
            "https://localhost:\(proxy.port)/dm")
        #expect(output == "response body 200 000 0")
        let flow = try #require(try await proxy.tap.closed().first)
        expectExchange(flow)
        let versions = flow.events.compactMap { if case .tls(.client, let facts) = $0 { facts.version } else { nil } }
        #expect(Set(versions) == ["TLS " + version])
        await proxy.stop()
    }

    @Test(arguments: [
        "PSK-AES128-GCM-SHA256", "PSK-AES128-CBC-SHA256", "DHE-PSK-AES128-GCM-SHA256", "DHE-PSK-AES128-CBC-SHA256",
        "RSA-PSK-AES128-GCM-SHA256", "RSA-PSK-AES128-CBC-SHA256", "TLS 1.3",
    ])
    func preSharedKeys(_ suite: String) async throws {
        let keys = try PSKTable(parsing: Array("device-7:00112233\nother:0011\n".utf8).span.bytes)
        var device = ServerTLSConfiguration(authority: authorities.proxy)
        device.psk = keys
        var toServer = ClientTLSConfiguration()
        toServer.extraAuthorities = authorities.serversCertificate
        toServer.psk = keys
        var certificate = ["-nocert"]
        if suite.hasPrefix("RSA") {
            let base = authorities.directory + "/rsa"
            try makeCertificate(authorities, key: ["rsa:2048"], base)
            certificate = ["-cert", base + ".pem", "-key", base + ".key"]
        }
        let choice = suite == "TLS 1.3" ? ["-tls1_3"] : ["-tls1_2", "-cipher", suite + ":@SECLEVEL=0"]
        let key = ["-psk", "00112233", "-psk_identity", "device-7"]
        let port = FreePort.take()
        let openssl = try Program(
            ["openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-psk_hint", "the hint", "-www"] + key + choice
                + certificate)
        defer { openssl.stop() }
        try waitForListener(port)
        let proxy = try await TestProxy(
            .reverse(Upstream(host: "127.0.0.1", port: port, tls: true)),
            tls: TLSContexts(device: try ServerTLSContext(device), server: try ClientTLSContext(toServer)))
        let client =
            ["timeout", "60", "openssl", "s_client", "-quiet", "-connect", "127.0.0.1:\(proxy.port)"] + key + choice
        let (_, output) = try Program.run(
            "sh", "-c", "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | " + client.joined(separator: " "))
        #expect(output.contains("HTTP/1.0 200 ok"), "\(output)")
        let flow = try #require(try await proxy.tap.closed().first)
        var legs: [Leg: TLSFacts] = [:]
        for case .tls(let leg, let facts) in flow.events { legs[leg] = facts }
        #expect(legs[.client]?.pskIdentity == "device-7")
        #expect(legs[.server]?.pskIdentity == "device-7")
        #expect(legs[.client]?.suite == legs[.server]?.suite)
        if suite != "TLS 1.3" {
            #expect(legs[.client]?.pskIdentityHint == "the hint")
            #expect((legs[.client]?.certificate != nil) == suite.hasPrefix("RSA"))
        }
        await proxy.stop()
    }

    @Test func aDeviceWithoutTheAuthority() async throws {
        let proxy = try await TestProxy(.regular)
        let (status, _) = try Program.run(
            "curl", "--silent", "--max-time", "60", "--cacert", authorities.serversCertificate, "--proxytunnel", "-x",
            "http://127.0.0.1:\(proxy.port)", "--noproxy", "", "https://localhost:\(server.tls)/dm")
        #expect(status == 60)
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.rules.contains("client-rejected-certificate"))
        #expect(flow.reason == .error)
        #expect(
            try curl("-x", "http://127.0.0.1:\(proxy.port)", "--proxytunnel", "https://localhost:\(server.tls)/dm")
                .hasSuffix(" 0"))
        await proxy.stop()
    }

    @Test func aServerThatIsNotThere() async throws {
        let proxy = try await TestProxy(.regular)
        let port = FreePort.take()
        let (status, output) = try Program.run(
            "curl", "--silent", "--show-error", "--max-time", "60", "--proxytunnel", "-x",
            "http://127.0.0.1:\(proxy.port)",
            "--noproxy", "", "https://localhost:\(port)/dm")
        #expect(status == 56)
        #expect(output.contains("502"))
        let flow = try #require(try await proxy.tap.closed().first)
        #expect(flow.rules == ["upstream-refused"])
        await proxy.stop()
    }
}

/// Makes `base`.key and, for localhost and from the servers' authority, `base`.pem.
private func makeCertificate(_ authorities: TestAuthorities, key: [String], _ base: String) throws {
    let authority = authorities.directory + "/servers/dmscope-ca.pem"
    try writeFile(base + ".extensions", "subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    for command in [
        ["req", "-newkey"] + key + [
            "-nodes", "-subj", "/CN=dm server", "-keyout", base + ".key", "-out", base + ".csr",
        ],
        [
            "x509", "-req", "-in", base + ".csr", "-CA", authority, "-CAkey", authority, "-days", "30", "-set_serial",
            "77", "-extfile", base + ".extensions", "-out", base + ".pem",
        ],
    ] {
        let (status, output) = try Program.run(["openssl"] + command)
        guard status == 0 else { throw SocketFailure("openssl \(command[0]): \(output)") }
    }
}

/// Waits until a program listens on a port.
func waitForListener(_ port: Int) throws {
    for _ in 0..<(patience / 5) {
        if (try? TestSocket.connect(port: port)) != nil { return }
        usleep(5000)
    }
    throw SocketFailure("nobody listens on port \(port)")
}
