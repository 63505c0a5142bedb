import Foundation
import TestSupport
import Testing

/// TLS that begins inside a connection (RFC 2817), between programs that speak it: `ipptool -E` of CUPS as the client, and
/// a server over Python's ssl module.
@Suite struct UpgradeTests {
    private static let server = """
        import socket, ssl, sys

        def head(stream):
            octets = b""
            while not octets.endswith(b"\\r\\n\\r\\n"):
                octet = stream.recv(1)
                if not octet: raise SystemExit(f"ended in {octets}")
                octets += octet
            return octets.split(b"\\r\\n")[0].decode()

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        listener = socket.create_server(("127.0.0.1", int(sys.argv[3])))
        print("listening", flush=True)
        plain, _ = listener.accept()
        plain.settimeout(60)
        print(head(plain), flush=True)
        answer = b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: TLS/1.2, HTTP/1.1\\r\\nConnection: Upgrade\\r\\n\\r\\n"
        plain.sendall(answer)
        secure = context.wrap_socket(plain, server_side=True)
        secure.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
        print(secure.version(), head(secure), flush=True)
        secure.sendall(b"HTTP/1.1 404 Not Found\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n")
        secure.close()
        """

    private static let query = """
        {
          OPERATION Get-Printer-Attributes
          GROUP operation-attributes-tag
          ATTR charset attributes-charset utf-8
          ATTR naturalLanguage attributes-natural-language en
          ATTR uri printer-uri $uri
        }
        """

    @Test func bothLegsFollow() throws {
        let folder = try TemporaryFolder()
        try Nginx.makeCertificates(folder)
        let port = FreePort.take()
        let server = try Running(
            "python3",
            [try folder.write("server.py", Self.server), folder.file("leaf.pem"), folder.file("leaf.key"), "\(port)"])
        _ = try server.until("listening") { $0.output.contains("listening") ? true : nil }
        let proxy = try RunningProxy("reverse:http://localhost:\(port)", ["--upstream-ca", folder.file("ca.pem")])
        let client = try Tool.run(
            "ipptool",
            ["-E", "-T", "20", "ipp://localhost:\(proxy.port)/ipp/print", try folder.write("query", Self.query)],
            environment: ["HOME": folder.path])
        let served = try server.wait()
        #expect(
            served.output == "listening\nOPTIONS * HTTP/1.1\nTLSv1.3 POST /ipp/print HTTP/1.1\n",
            "\(served.errors) \(client.output) \(proxy.running.errors)")
        _ = try proxy.stop()
        let connection = try #require(try proxy.records("connection").first)
        for leg in ["client", "server"] {
            let facts = (connection["legs"] as? [String: Any])?[leg] as? [String: Any]
            #expect(facts?["version"] as? String == "TLS 1.3")
        }
        let exchanges = try proxy.records("exchange")
        let targets = exchanges.compactMap { ($0["request"] as? [String: Any])?["target"] as? String }
        let statuses = exchanges.map { ($0["response"] as? [String: Any])?["status"] as? Int }
        #expect(targets == ["*", "/ipp/print"])
        // What answers OPTIONS comes in TLS, behind the 101.
        #expect(statuses == [200, 404])
        let interim = exchanges.map { ($0["response"] as? [String: Any])?["interim"] as? [Int] }
        #expect(interim == [[101], nil])
    }
}
