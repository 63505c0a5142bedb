import Foundation
import Testing

/// Devices that are pinned, or do not know our CA: what they do about our certificate becomes a finding that says so.
@Suite struct RefusedCertificateTests {
    private static let remedy =
        "install the CA on the device (dmscope ca export); if it is there, the device trusts only its own server's certificate"

    private static func rejected(_ alert: String) -> String {
        "client-rejected-certificate: The device rejected our certificate with the alert \(alert): \(remedy)"
    }

    private static let silent =
        "client-rejected-certificate: The device closed the connection without a word right after our certificate: \(remedy)"

    private static let left =
        "client-left-without-request: The device completed the handshake and closed the connection without sending anything"

    /// Reads until our certificate is there, and closes the socket without an alert.
    private static let silentClient = """
        import socket, ssl, sys
        version = getattr(ssl.TLSVersion, "TLSv1_" + sys.argv[2])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
        stream = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
        stream.settimeout(60)
        flights, done = 0, False
        while not done:
            try:
                session.do_handshake()
                done = True
            except ssl.SSLWantReadError: pass
            if outgoing.pending: flights += 1
            # The certificate was in what the second flight answers: that is kept back.
            if flights == 2 and sys.argv[3] == "early": break
            stream.sendall(outgoing.read())
            if not done:
                octets = stream.recv(65536)
                if not octets: raise SystemExit("the proxy ended first")
                incoming.write(octets)
        stream.shutdown(socket.SHUT_WR)
        while stream.recv(65536): pass
        """

    private static let clients: [(command: [String], finding: String)] = [
        (["curl", "--tls-max", "1.2"], rejected("unknown_ca")), (["curl"], rejected("unknown_ca")),
        (["openssl", "-tls1_2"], rejected("unknown_ca")), (["openssl", "-tls1_3"], rejected("unknown_ca")),
        (["gnutls-cli", "NORMAL:-VERS-ALL:+VERS-TLS1.2"], rejected("bad_certificate")),
        (["gnutls-cli", "NORMAL:-VERS-ALL:+VERS-TLS1.3"], rejected("bad_certificate")),
        (["silent", "2", "early"], silent), (["silent", "3", "early"], silent), (["silent", "3", "late"], left),
    ]

    @Test func isNamed() throws {
        let nginx = try Nginx(message: LiveTests.message, type: LiveTests.type)
        let proxy = try RunningProxy(
            "reverse:https://localhost:\(nginx.tlsPort)", ["--upstream-ca", nginx.authority])
        for (command, _) in Self.clients {
            let result = try run(command, port: "\(proxy.port)", unknown: nginx.authority)
            #expect((result.status == 0) == (command[0] == "silent"), "\(command) \(result.output)\(result.errors)")
        }
        _ = try proxy.stop()
        let connections = try proxy.records("connection").sorted { $0["id"] as? Int ?? 0 < $1["id"] as? Int ?? 0 }
        #expect(connections.count == Self.clients.count)
        for (connection, (command, finding)) in zip(connections, Self.clients) {
            let findings = RunningProxy.findings(of: connection)
            #expect(findings.filter { $0.hasPrefix("client-") } == [finding], "\(command) \(findings)")
            #expect(connection["ended"] as? String == (finding == Self.left ? "client-fin" : "error"), "\(command)")
        }
        #expect(try proxy.records("exchange").isEmpty)
    }

    /// - Parameter unknown: PEM file of an authority that is not ours.
    private func run(_ command: [String], port: String, unknown: String) throws -> Tool.Result {
        let rest = Array(command.dropFirst())
        return switch command[0] {
        case "curl":
            try Tool.run(
                "curl", ["--silent", "--noproxy", "", "--cacert", unknown, "https://localhost:\(port)/dm"] + rest)
        case "openssl":
            try Tool.run(
                "openssl",
                ["s_client", "-connect", "127.0.0.1:\(port)", "-verify_return_error", "-CAfile", unknown] + rest,
                input: Data("GET / HTTP/1.0\r\n\r\n".utf8))
        case "gnutls-cli":
            try Tool.run(
                "gnutls-cli",
                ["--port", port, "--x509cafile", unknown, "--verify-hostname", "localhost", "--priority"] + rest
                    + ["127.0.0.1"], input: Data())
        default: try Tool.run("python3", ["-c", Self.silentClient, port] + rest)
        }
    }
}
