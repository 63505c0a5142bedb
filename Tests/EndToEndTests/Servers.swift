import Foundation
import TestSupport

/// nginx as a DM server that nobody here wrote: answers every POST with one message, plain and over TLS.
final class Nginx {
    let plainPort: Int
    let tlsPort: Int
    /// PEM file of the authority that signed its certificate.
    let authority: String
    private let running: Running
    private let folder: TemporaryFolder

    /// On free ports of loopback; in a network namespace on ports 80 and 443 of every address of it.
    /// - Parameter clientAuthority: certificates of devices must come from the one in this PEM file; nil: none is asked for.
    init(
        message: Data, type: String, in namespace: Namespaces.Name? = nil, clientAuthority: String? = nil
    ) throws {
        folder = try TemporaryFolder()
        plainPort = namespace == nil ? FreePort.take() : 80
        tlsPort = namespace == nil ? FreePort.take() : 443
        let host = namespace == nil ? "127.0.0.1" : "[::]"
        let asks = clientAuthority.map { "ssl_verify_client on; ssl_client_certificate \($0);" } ?? ""
        let every = namespace == nil ? "" : " ipv6only=off"
        authority = folder.file("ca.pem")
        try Nginx.makeCertificates(folder)
        try FileManager.default.createDirectory(atPath: folder.file("www"), withIntermediateDirectories: true)
        try message.write(to: URL(fileURLWithPath: folder.file("www/dm")))
        let configuration = try folder.write(
            "nginx.conf",
            """
            daemon off; master_process off; error_log stderr; pid \(folder.path)/nginx.pid;
            events { worker_connections 200; }
            http {
              access_log off; client_body_temp_path \(folder.path)/body; proxy_temp_path \(folder.path)/proxy;
              fastcgi_temp_path \(folder.path)/fastcgi; uwsgi_temp_path \(folder.path)/uwsgi; scgi_temp_path \(folder.path)/scgi;
              ssl_protocols TLSv1.2 TLSv1.3; types { } default_type "\(type)";
              ssl_certificate \(folder.path)/leaf.pem; ssl_certificate_key \(folder.path)/leaf.key; \(asks)
              server {
                listen \(host):\(plainPort)\(every); listen \(host):\(tlsPort)\(every) ssl; root \(folder.path)/www;
                error_page 405 =200 $uri; add_header Cache-Control private;
                gzip on; gzip_types *; gzip_min_length 1;
              }
            }
            """)
        let arguments = ["-c", configuration, "-e", "stderr", "-p", folder.path]
        running = try namespace?.start("nginx", arguments) ?? Running("nginx", arguments)
        for port in [plainPort, tlsPort] {
            let ready = { (try? namespace?.listens(port)) ?? canConnect(port) }
            guard poll(60, { ready() || !running.isRunning }), running.isRunning else {
                throw Tool.Missing(description: "nginx did not start: \(running.errors)")
            }
        }
    }

    /// Answers with another message from now on.
    func serve(_ message: Data) throws { try message.write(to: URL(fileURLWithPath: folder.file("www/dm"))) }

    static func makeCertificates(_ folder: TemporaryFolder) throws {
        let extensions = try folder.write(
            "ext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1,DNS:dm.test,IP:\(Namespaces.server4),IP:\(Namespaces.server6)\n")
        for arguments in [
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder.file("ca.key"), "-out",
                folder.file("ca.pem"), "-days", "30", "-subj", "/CN=Example test CA", "-addext",
                "basicConstraints=critical,CA:TRUE",
            ],
            [
                "req", "-newkey", "rsa:2048", "-nodes", "-keyout", folder.file("leaf.key"), "-out",
                folder.file("leaf.csr"), "-subj", "/CN=localhost",
            ],
            [
                "x509", "-req", "-in", folder.file("leaf.csr"), "-CA", folder.file("ca.pem"), "-CAkey",
                folder.file("ca.key"), "-CAcreateserial", "-days", "30", "-extfile", extensions, "-out",
                folder.file("leaf.pem"),
            ],
        ] {
            let made = try Tool.run("openssl", arguments)
            guard made.status == 0 else { throw Tool.Missing(description: "openssl: \(made.errors)") }
        }
    }
}

/// `dmscope proxy`, running.
final class RunningProxy {
    let running: Running
    let port: Int
    let log: String
    let authority: String
    private let folder: TemporaryFolder

    /// - Parameter path: of the log; by default in a folder of the proxy's own.
    init(
        _ mode: String, _ arguments: [String] = [], log path: String? = nil, environment: [String: String] = [:]
    ) throws {
        folder = try TemporaryFolder()
        log = path ?? folder.file("session.ndjson")
        authority = folder.file("conf/dmscope-ca-cert.pem")
        running = try Running(
            Tool.dmscope,
            ["proxy", "-m", mode + "@0", "--confdir", folder.file("conf"), "-w", log, "--no-color"] + arguments,
            environment: environment)
        port = try running.listeningPort()
    }

    /// Ends the proxy; what it printed.
    func stop() throws -> Tool.Result { try running.stop() }

    /// Records of the log, as JSON objects.
    func records() throws -> [[String: Any]] { try RunningProxy.records(of: log) }

    static func records(of log: String) throws -> [[String: Any]] {
        try jsonLines(String(contentsOfFile: log, encoding: .utf8))
    }

    func records(_ kind: String) throws -> [[String: Any]] { try records().filter { $0["record"] as? String == kind } }

    /// `rule: text` of what was found on connections.
    func findings() throws -> [String] { try records("connection").flatMap(RunningProxy.findings) }

    static func findings(of connection: [String: Any]) -> [String] {
        (connection["findings"] as? [[String: Any]] ?? []).map { "\($0["rule"] ?? ""): \($0["text"] ?? "")" }
    }

    /// Facts of the TLS legs (`client` or `server`), one of each connection that has it.
    func legs(_ side: String) throws -> [[String: Any]] {
        try records("connection").compactMap { ($0["legs"] as? [String: Any])?[side] as? [String: Any] }
    }
}

/// The objects of NDJSON.
func jsonLines(_ text: String) throws -> [[String: Any]] {
    // Foundation's own code for both: a log may have megabytes, and this is built without optimization.
    try text.components(separatedBy: "\n").filter { !$0.isEmpty }.map { line in
        let octets = line.data(using: .utf8) ?? Data()
        guard let object = try JSONSerialization.jsonObject(with: octets) as? [String: Any] else {
            throw Tool.Missing(description: "not an object: \(line)")
        }
        return object
    }
}

func canConnect(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    return withLoopback(port) { connect(descriptor, $0, $1) } == 0
}

private func withLoopback(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
}

/// Sends a datagram to a port of 127.0.0.1, whether anybody listens or not.
func sendDatagram(_ octets: Data, to port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(descriptor) }
    return withLoopback(port) { address, length in
        octets.withUnsafeBytes { sendto(descriptor, $0.baseAddress, $0.count, 0, address, length) } == octets.count
            ? 0 : -1
    } == 0
}
