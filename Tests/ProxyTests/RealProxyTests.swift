import Binding
import Inspection
import Proxy
import TLSEngine
import TLSWire
import TestSupport
import Testing
import Wire

/// The ways to a server that lead over another proxy protocol, with programs that nobody here wrote: curl as the device,
/// tinyproxy as the proxy behind us, nginx as the DM server.
@Suite(.serialized) struct RealProxyTests {
    private let authorities: TestAuthorities
    private let server: RealPeerTests.Server

    init() throws {
        authorities = try TestAuthorities.shared.get()
        server = try RealPeerTests.Server(authorities, folder: "nginx-behind-proxies")
    }

    private func curl(_ arguments: [String]) throws -> (status: Int32, output: String) {
        try Program.run(
            [
                "curl", "--silent", "--show-error", "--max-time", "60", "--http1.1", "--cacert",
                authorities.proxyCertificate, "--noproxy", "", "--data-binary", "request body", "-w",
                " %{http_code} %{http_connect}",
            ] + arguments)
    }

    /// Fails unless it answers with nginx's page.
    private func expectExchange(_ flow: TapRecorder.Flow) {
        #expect(String(decoding: flow.bytes.toServer, as: UTF8.self).hasSuffix("\r\n\r\nrequest body"))
        #expect(String(decoding: flow.bytes.toClient, as: UTF8.self).hasSuffix("\r\n\r\nresponse body"))
        #expect(flow.errors == [] && !flow.rules.contains { $0.hasPrefix("upstream") || $0.hasPrefix("socks") })
    }

    private func alterations(_ flow: TapRecorder.Flow) -> [Alteration] {
        flow.events.compactMap { if case .altered(let alteration) = $0 { alteration } else { nil } }
    }

    // MARK: SOCKS

    /// With --socks5 curl resolves the name and sends an address, with --socks5-hostname the name.
    @Test(arguments: ["--socks5", "--socks5-hostname"], [false, true])
    func socks(_ option: String, _ tls: Bool) async throws {
        let proxy = try await TestProxy(.socks5)
        let url = tls ? "https://localhost:\(server.tls)/dm" : "http://localhost:\(server.plain)/dm"
        let (status, output) = try curl(["-4", option, "127.0.0.1:\(proxy.port)", url])
        #expect(status == 0 && output == "response body 200 000", "\(output)")
        let flow = try #require(try await proxy.tap.closed().first)
        expectExchange(flow)
        #expect(flow.origin.host == (option == "--socks5" ? "127.0.0.1" : "localhost"))
        #expect(flow.origin.server == "127.0.0.1:\(tls ? server.tls : server.plain)")
        var legs: [Leg: String] = [:]
        for case .tls(let leg, let facts) in flow.events { legs[leg] = facts.sni }
        #expect(legs == (tls ? [.client: "localhost", .server: "localhost"] : [:]))
        await proxy.stop()
    }

    // MARK: Another proxy behind us

    private final class Tinyproxy {
        let port: Int
        private let program: Program

        init(_ directory: String, user: String? = nil) throws {
            port = FreePort.take()
            let path = directory + "/tinyproxy.conf"
            try writeFile(
                path,
                "Port \(port)\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 30\nMaxClients 20\n"
                    + (user.map { "BasicAuth \($0)\n" } ?? ""))
            program = try Program(["tinyproxy", "-d", "-c", path])
            try waitForListener(port)
        }

        func stop() { program.stop() }
    }

    private func through(_ port: Int, _ authorization: String? = nil) -> Listener.Mode {
        .upstream(UpstreamProxy(host: "127.0.0.1", port: port, authorization: authorization))
    }

    /// user:secret
    private static let authorization = "Basic dXNlcjpzZWNyZXQ="

    @Test(arguments: [false, true]) func plainThroughTinyproxy(_ authenticated: Bool) async throws {
        let tinyproxy = try Tinyproxy(server.directory, user: authenticated ? "user secret" : nil)
        defer { tinyproxy.stop() }
        let proxy = try await TestProxy(through(tinyproxy.port, authenticated ? Self.authorization : nil))
        let url = "http://127.0.0.1:\(server.plain)/dm"
        let (status, output) = try curl(["-x", "http://127.0.0.1:\(proxy.port)", url])
        #expect(status == 0 && output == "response body 200 000", "\(output)")
        let flow = try #require(try await proxy.tap.closed().first)
        expectExchange(flow)
        #expect(flow.bytes.toServer.starts(with: "POST \(url) HTTP/1.1\r\n".utf8))
        #expect(flow.origin.server == "127.0.0.1:\(server.plain)")
        #expect(alterations(flow).map(\.what) == (authenticated ? ["proxy-authorization"] : []))
        #expect(!alterations(flow).contains { $0.after.contains("dXNl") })
        await proxy.stop()
    }

    @Test(arguments: [false, true]) func tunnelThroughTinyproxy(_ authenticated: Bool) async throws {
        let tinyproxy = try Tinyproxy(server.directory, user: authenticated ? "user secret" : nil)
        defer { tinyproxy.stop() }
        let proxy = try await TestProxy(through(tinyproxy.port, authenticated ? Self.authorization : nil))
        for url in ["https://localhost:\(server.tls)/dm", "http://localhost:\(server.plain)/dm"] {
            let (status, output) = try curl(["--proxytunnel", "-x", "http://127.0.0.1:\(proxy.port)", url])
            #expect(status == 0 && output == "response body 200 200", "\(output)")
        }
        let flows = try await proxy.tap.closed(2)
        for flow in flows { expectExchange(flow) }
        #expect(flows.map(\.origin.server) == ["localhost:\(server.tls)", "localhost:\(server.plain)"])
        var versions: [Leg: String] = [:]
        for case .tls(let leg, let facts) in flows[0].events { versions[leg] = facts.version }
        #expect(versions == [.client: "TLS 1.3", .server: "TLS 1.3"])
        await proxy.stop()
    }

    @Test func wrongCredentialsAreNamedWithTheStatus() async throws {
        let tinyproxy = try Tinyproxy(server.directory, user: "user other")
        defer { tinyproxy.stop() }
        let proxy = try await TestProxy(through(tinyproxy.port, Self.authorization))
        let (status, output) = try curl([
            "--proxytunnel", "-x", "http://127.0.0.1:\(proxy.port)", "https://localhost:\(server.tls)/dm",
        ])
        #expect(status == 56 && output.hasSuffix(" 000 502"), "\(output)")
        // tinyproxy says 401 to credentials that are wrong, and 407 to none.
        let silent = try await TestProxy(through(tinyproxy.port))
        _ = try curl(["--proxytunnel", "-x", "http://127.0.0.1:\(silent.port)", "https://localhost:\(server.tls)/dm"])
        for (proxy, answer) in [(proxy, "401"), (silent, "407")] {
            let flow = try #require(try await proxy.tap.closed().first)
            #expect(flow.rules == ["upstream-proxy-refused"])
            #expect(flow.findings[0].text.contains("CONNECT localhost:\(server.tls) with \(answer) "))
            #expect(flow.reason == .error)
            await proxy.stop()
        }
    }

    @Test func throughASecondOfUs() async throws {
        // The second shows the first a leaf of its own authority, so the first must trust that.
        var toServer = authorities.proxyContexts.server.configuration
        toServer.extraAuthorities = authorities.proxyCertificate
        let second = try await TestProxy(.regular)
        let first = try await TestProxy(
            through(second.port),
            tls: TLSContexts(device: authorities.proxyContexts.device, server: try .init(toServer)))
        for url in ["https://localhost:\(server.tls)/dm", "http://localhost:\(server.plain)/dm"] {
            let (status, output) = try curl(["-x", "http://127.0.0.1:\(first.port)", url])
            #expect(status == 0 && output.hasPrefix("response body 200"), "\(output)")
        }
        let (inner, outer) = (try await first.tap.closed(2), try await second.tap.closed(2))
        for flow in inner + outer { expectExchange(flow) }
        #expect(inner.map(\.bytes.toServer) == outer.map(\.bytes.toServer))
        #expect(inner.map(\.bytes.toClient) == outer.map(\.bytes.toClient))
        await first.stop()
        await second.stop()
    }
}
