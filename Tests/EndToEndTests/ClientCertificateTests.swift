import Foundation
import TestSupport
import Testing

/// Certificates of clients: ours for servers that ask, and those of devices, which are recorded.
@Suite struct ClientCertificateTests {
    private static let ours = "O=DMScope test, CN=IMEI:490154203237518"
    private static let get = Data("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)

    private func get(_ url: String, _ arguments: [String]) throws -> String {
        try Tool.run(
            "curl",
            ["--silent", "--noproxy", "", "--max-time", "60", "-o", "/dev/null", "--write-out", "%{http_code}"]
                + arguments
                + [url]
        ).output
    }

    private func wanted(_ proxy: RunningProxy) throws -> [String] {
        try proxy.findings().filter { $0.hasPrefix("client-certificate-wanted: ") }
    }

    private func subjects(_ legs: [[String: Any]]) -> [String?] {
        legs.map { ($0["clientCertificate"] as? [String: Any])?["subject"] as? String }
    }

    /// nginx asks for a certificate of one authority; only `localhost` is shown one of it.
    @Test func eachServerIsShownItsOwn() throws {
        let nginx = try Nginx(
            message: LiveTests.message, type: LiveTests.type, clientAuthority: Tool.certs("ca-cert.pem"))
        let proxy = try RunningProxy(
            "regular",
            [
                "--upstream-ca", nginx.authority, "--client-cert", Tool.certs("unknown-ca.pem"), "--client-cert",
                "LOCALHOST=" + Tool.certs("client.pem"), "--client-cert", "*.test=" + Tool.certs("self-signed.pem"),
            ])
        let through = ["-x", "http://127.0.0.1:\(proxy.port)", "--cacert", proxy.authority]
        #expect(try get("https://localhost:\(nginx.tlsPort)/dm", through) == "200")
        #expect(try get("https://127.0.0.1:\(nginx.tlsPort)/dm", through) == "400")
        let byName = ["--connect-to", "dm.test:443:localhost:\(nginx.tlsPort)"]
        #expect(try get("https://dm.test/dm", through + byName) == "400")
        _ = try proxy.stop()
        #expect(
            try subjects(proxy.legs("server")) == [
                Self.ours, "O=DMScope test, CN=localhost", "O=DMScope test, CN=localhost",
            ])
        let keys = try proxy.legs("server").map { ($0["clientCertificate"] as? [String: Any])?["issuer"] as? String }
        #expect(Set(keys).count == 3, "\(keys)")
        #expect(try wanted(proxy) == [])
    }

    /// nginx completes the handshake, and says in HTTP that a certificate is missing.
    @Test func aServerThatAsksInVainIsNamed() throws {
        let nginx = try Nginx(
            message: LiveTests.message, type: LiveTests.type, clientAuthority: Tool.certs("ca-cert.pem"))
        let proxy = try RunningProxy(
            "reverse:https://localhost:\(nginx.tlsPort)",
            ["--upstream-ca", nginx.authority, "--client-cert", "other.example=" + Tool.certs("client.pem")])
        #expect(try get("https://localhost:\(proxy.port)/dm", ["--cacert", proxy.authority]) == "400")
        _ = try proxy.stop()
        #expect(
            try wanted(proxy) == [
                "client-certificate-wanted: The server localhost asked for a client certificate and got none; give one "
                    + "with --client-cert"
            ])
        #expect(try subjects(proxy.legs("server")) == [nil])
    }

    /// OpenSSL ends the handshake, in TLS 1.3 after our side of it is over.
    @Test(arguments: ["-tls1_2", "-tls1_3"]) func aServerThatInsists(_ version: String) throws {
        let port = FreePort.take()
        let server = try Running(
            "openssl",
            [
                "s_server", "-accept", "127.0.0.1:\(port)", "-www", "-cert", Tool.certs("server-rsa.pem"), "-Verify",
                "1",
                "-verify_return_error", "-CAfile", Tool.certs("ca-cert.pem"), version,
            ])
        _ = try server.until("listening") { _ in canConnect(port) ? true : nil }
        for (option, status) in [([], "502"), (["--client-cert", Tool.certs("client.pem")], "200")] {
            let proxy = try RunningProxy(
                "reverse:https://localhost:\(port)", ["--upstream-ca", Tool.certs("ca-cert.pem")] + option)
            let got = try get("https://localhost:\(proxy.port)/", ["--cacert", proxy.authority])
            _ = try proxy.stop()
            let findings = try proxy.findings()
            guard status == "502" else {
                #expect(try got == status && wanted(proxy) == [], "\(findings)")
                #expect(try subjects(proxy.legs("server")) == [Self.ours])
                continue
            }
            #expect(got == status, "\(findings)")
            let alert = version == "-tls1_2" ? "handshake_failure" : "certificate_required"
            #expect(
                findings.contains(
                    "client-certificate-wanted: The server localhost wants a client certificate and ended with the alert "
                        + "\(alert); give one with --client-cert"), "\(findings)")
        }
        _ = try server.stop(SIGKILL)
    }

    /// The device's own certificate is asked for on request alone, and recorded.
    @Test(arguments: ["1.2", "1.3"]) func whatTheDeviceShowsIsRecorded(_ version: String) throws {
        let nginx = try Nginx(message: LiveTests.message, type: LiveTests.type)
        let pem = Tool.certs("client.pem")
        let fingerprint = try Tool.run("openssl", ["x509", "-in", pem, "-noout", "-fingerprint", "-sha256"]).output
            .split(separator: "=").last?.replacing(":", with: "").lowercased().trimmingCharacters(in: .newlines)
        for asks in [true, false] {
            let proxy = try RunningProxy(
                "reverse:http://127.0.0.1:\(nginx.plainPort)", asks ? ["--request-client-cert"] : [])
            let flag = "-tls" + version.replacing(".", with: "_")
            let openssl = try Tool.run(
                "openssl",
                ["s_client", "-quiet", flag, "-cert", pem, "-key", pem, "-connect", "127.0.0.1:\(proxy.port)"]
                    + ["-CAfile", proxy.authority], input: Self.get)
            #expect(openssl.output.hasPrefix("HTTP/1.1 "), "\(openssl.errors)")
            // One without a certificate goes on all the same.
            #expect(
                try get("https://localhost:\(proxy.port)/dm", ["--cacert", proxy.authority, "--tls-max", version])
                    == "200")
            _ = try proxy.stop()
            let legs = try proxy.legs("client")
            #expect(subjects(legs) == [asks ? Self.ours : nil, nil])
            let recorded = legs.first?["clientCertificate"] as? [String: Any]
            #expect(recorded?["sha256"] as? String == (asks ? fingerprint : nil))
            #expect(try wanted(proxy) == [])
        }
    }
}
