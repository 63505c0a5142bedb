import Foundation
import TestSupport
import Testing

/// `dmscope probe` against servers that nobody here wrote, and against what is no server at all.
@Suite struct ProbeTests {
    /// A report as JSON, with ways into it.
    struct Report {
        let status: Int32
        let errors: String
        private let json: [String: Any]

        init(_ url: String, _ arguments: [String] = []) throws {
            let result = try Tool.run(
                Tool.dmscope, ["probe", url, "--format", "json", "--pause", "0", "--timeout", "20"] + arguments)
            status = result.status
            errors = result.errors
            json =
                result.output.isEmpty
                ? [:] : try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        }

        private var sections: [[String: Any]] { json["sections"] as? [[String: Any]] ?? [] }
        var connections: Int { json["connections"] as? Int ?? 0 }
        var reservations: [String] { json["reservations"] as? [String] ?? [] }

        /// `accepted TLS_AES_128_GCM_SHA256`, with `!` where it is a fault.
        func row(_ section: String, _ label: String) -> String? {
            let rows = sections.first { $0["id"] as? String == section }?["rows"] as? [[String: Any]]
            guard let row = rows?.first(where: { $0["label"] as? String == label }) else { return nil }
            let words = [row["status"] as? String, row["detail"] as? String].compactMap { $0 }.filter { !$0.isEmpty }
            return (row["fault"] as? Bool == true ? "!" : "") + words.joined(separator: " ")
        }

        func statuses(_ section: String) -> [String] {
            let rows = sections.first { $0["id"] as? String == section }?["rows"] as? [[String: Any]]
            return rows?.compactMap { $0["status"] as? String } ?? []
        }

        /// Rules of a level that were broken.
        func rules(_ level: String) -> [String] {
            (json["findings"] as? [[String: Any]] ?? []).filter { $0["level"] as? String == level }
                .compactMap { $0["rule"] as? String }
        }

        /// Status of an item of Appendix B: `055`; of 049 that of section 5.4.
        func item(_ number: String) -> String? {
            let server = (json["conformance"] as? [String: Any])?["server"] as? [String: Any]
            return (server?["items"] as? [[String: Any]])?.last { $0["id"] as? String == "DSDM-HTTP-S-\(number)-O" }?[
                "status"]
                as? String
        }
    }

    /// A server program with a certificate for localhost, on a port of its own.
    final class Server {
        let port: Int
        let authority = certs("ca-cert.pem")
        let running: Running
        private let folder: TemporaryFolder

        var url: String { "https://localhost:\(port)/dm" }

        /// `PORT`, `CERT`, `KEY`, `PSK` (a file with identity and key) and `NSS` (a folder) in the arguments are filled in.
        init(_ program: String, _ arguments: [String]) throws {
            folder = try TemporaryFolder()
            _ = try folder.write("psk", "device:0123456789abcdef0123456789abcdef\n")
            if arguments.contains("NSS") { try Server.makeDatabase(folder) }
            port = FreePort.take()
            let filled = [
                "PORT": String(port), "CERT": Server.certs("server-rsa.pem"), "KEY": Server.certs("server-rsa.pem"),
                "PSK": folder.file("psk"), "NSS": "sql:" + folder.file("nss"),
            ]
            running = try Running(program, arguments.map { filled[$0] ?? $0 })
            let (port, running) = (port, running)
            guard poll(60, { canConnect(port) || !running.isRunning }), running.isRunning else {
                throw Tool.Missing(description: "\(program) did not start: \(running.errors)")
            }
        }

        var psk: String { folder.file("psk") }

        private static func certs(_ name: String) -> String {
            Tool.checkout.appendingPathComponent("certs/" + name).path
        }

        private static func makeDatabase(_ folder: TemporaryFolder) throws {
            let database = "sql:" + folder.file("nss")
            try FileManager.default.createDirectory(atPath: folder.file("nss"), withIntermediateDirectories: true)
            for (program, arguments) in [
                (
                    "openssl",
                    [
                        "pkcs12", "-export", "-in", certs("server-rsa.pem"), "-name", "server", "-out",
                        folder.file("p12"), "-passout", "pass:x",
                    ]
                ), ("certutil", ["-N", "-d", database, "--empty-password"]),
                ("pk12util", ["-i", folder.file("p12"), "-d", database, "-W", "x", "-K", ""]),
            ] {
                let made = try Tool.run(program, arguments)
                guard made.status == 0 else { throw Tool.Missing(description: "\(program): \(made.errors)") }
            }
        }
    }

    private func openssl(_ arguments: String..., certificate: Bool = true) throws -> Server {
        try Server(
            "openssl",
            ["s_server", "-accept", "PORT", "-quiet"] + (certificate ? ["-cert", "CERT", "-key", "KEY"] : ["-nocert"])
                + arguments)
    }

    private static let message = """
        <?xml version="1.0"?><SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>\
        <SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>dmscope-probe</LocURI></Target>\
        <Source><LocURI>https://localhost/dm</LocURI></Source></SyncHdr><SyncBody><Status><CmdID>1</CmdID>\
        <MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status><Final/></SyncBody></SyncML>
        """

    private func nginx() throws -> Nginx {
        try Nginx(message: Data(Self.message.utf8), type: "application/vnd.syncml.dm+xml")
    }

    // MARK: - Servers

    @Test func nginxOverTLS() throws {
        let nginx = try nginx()
        let report = try Report("https://localhost:\(nginx.tlsPort)/dm", ["--upstream-ca", nginx.authority])
        #expect(report.status == 0 && report.errors.isEmpty)
        // Ten hellos; all requests over one connection.
        #expect(report.connections == 11)
        #expect(report.row("tlsVersions", "TLS 1.3") == "accepted TLS_AES_128_GCM_SHA256")
        #expect(report.row("tlsVersions", "TLS 1.2") == "accepted TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
        #expect(report.row("tlsVersions", "TLS 1.1") == "!refused protocol_version")
        #expect(Set(report.statuses("pskSuites")) == ["refused"] && report.statuses("pskSuites").count == 6)
        #expect(report.statuses("toBeRefused") == ["refused", "refused", "refused", "refused"])
        #expect(report.row("certificate", "names")?.hasPrefix("localhost, dm.test, 127.0.0.1") == true)
        #expect(report.row("certificate", "verification") == "accepted here")
        let octets = Self.message.utf8.count
        #expect(report.row("http", "POST, XML") == "!answered 200 OK: DM message in XML, \(octets) octets")
        #expect(report.row("http", "POST, chunked")?.contains("DM message in XML") == true)
        #expect(report.row("http", "POST, other character set")?.hasPrefix("!answered 200 OK") == true)
        #expect(report.row("http", "HEAD") == "answered 200 OK, no body")
        #expect(report.row("http", "keep-alive") == "7 exchanges on one connection")
        #expect(report.row("responseHeaders", "Cache-Control") == "private")
        #expect(report.rules("MUST").contains("accept-charset-not-406"))
        #expect(report.item("010") == "met" && report.item("015") == "met" && report.item("021") == "met")
        #expect(report.item("020") == "violated" && report.item("055") == "violated")
        #expect(report.item("058") == "met" && report.item("051") == "met" && report.item("056") == "not observed")
    }

    @Test func plainHTTP() throws {
        let nginx = try nginx()
        let report = try Report("http://localhost:\(nginx.plainPort)/dm")
        #expect(report.status == 0 && report.connections == 1)
        #expect(report.row("tlsVersions", "TLS 1.2") == nil)
        #expect(report.reservations == ["TLS was not examined: the URL is http://"])
        #expect(report.row("http", "POST, WBXML")?.contains("DM message in XML") == true)
        #expect(report.item("005") == "met" && report.item("055") == "not observed")
    }

    /// A server that keeps the HTTP part of the binding: nothing is found, credentials are proved, all is met.
    @Test(arguments: [false, true]) func aConformingServer(_ isTLS: Bool) throws {
        let script = Tool.checkout.appendingPathComponent("Tests/Peers/dm_server.py").path
        let server = try Server("python3", [script, "PORT", "user", "secret"] + (isTLS ? ["CERT", "KEY"] : []))
        let folder = try TemporaryFolder()
        let accounts = try folder.write("accounts", "client dmscope-probe user=user password=secret\n")
        let report = try Report(
            isTLS ? server.url : "http://localhost:\(server.port)/dm",
            ["--credentials", accounts, "--upstream-ca", server.authority])
        #expect(report.status == 0)
        #expect(report.rules("MUST").isEmpty && report.rules("SHOULD").isEmpty)
        #expect(report.row("http", "POST, XML")?.contains("asks for syncml:auth-md5") == true)
        #expect(report.row("http", "POST, with credentials")?.hasPrefix("answered 200 OK: DM message in XML, ") == true)
        #expect(report.row("http", "POST, with credentials")?.contains("asks for") == false)
        #expect(report.row("http", "POST, with credentials")?.hasSuffix("; it takes the credentials (212)") == true)
        #expect(report.row("http", "POST, WBXML")?.contains("DM message in WBXML") == true)
        #expect(report.row("http", "POST, other character set") == "answered 406 Not Acceptable, no body")
        #expect(report.row("http", "GET") == "answered 405 Method Not Allowed, no body")
        for item in ["001", "002", "005", "010", "015", "019", "020", "040"] {
            #expect(report.item(item) == "met", "\(item)")
        }
        #expect(report.item("003") == "not observed" && report.item("051") == (isTLS ? "met" : "not observed"))
    }

    /// A password that the server does not know: it is asked about the password, and the server not blamed.
    @Test func credentialsThatTheServerDoesNotKnow() throws {
        let script = Tool.checkout.appendingPathComponent("Tests/Peers/dm_server.py").path
        let server = try Server("python3", [script, "PORT", "user", "secret"])
        let folder = try TemporaryFolder()
        let accounts = try folder.write("accounts", "client dmscope-probe user=user password=other\n")
        let report = try Report("http://localhost:\(server.port)/dm", ["--credentials", accounts])
        let row = try #require(report.row("http", "POST, with credentials"))
        #expect(row.contains("; it does not take the credentials (4") && row.contains("are user, password"), "\(row)")
        let others = try folder.write("others", "client another-device user=user password=secret\n")
        let none = try Report("http://localhost:\(server.port)/dm", ["--credentials", others])
        let unproved = none.row("http", "POST, with credentials")
        #expect(unproved?.contains("; without credentials: the file has none") == true, "\(unproved ?? "")")
        #expect(["MUST", "SHOULD", "NOTE"].allSatisfy { !report.rules($0).contains("dm-valid-credentials-refused") })
    }

    /// A server that closes after each response without a word about it, and one that never answers: no request is sent
    /// twice but where the server closed on it, and none after two silences.
    @Test(arguments: [true, false]) func requestsAreCounted(_ answers: Bool) throws {
        let script = """
            import socket, sys, time
            s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
            kept = []
            while True:
                c, _ = s.accept()
                kept.append(c)
                octets = c.recv(65536)
                if not octets: continue
                print(octets.split(b"\\r\\n")[0].decode(), flush=True)
                if \(answers ? "True" : "False"):
                    c.sendall(b"HTTP/1.1 404 Not Found\\r\\nContent-Length: 0\\r\\n\\r\\n")
                    c.shutdown(socket.SHUT_RDWR)
            """
        let server = try Server("python3", ["-c", script, "PORT"])
        let result = try Tool.dmscope(
            "probe", "http://127.0.0.1:\(server.port)/dm", "--timeout", "1", "--pause", "0", "--format", "json")
        let lines = server.running.output.split(separator: "\n")
        if answers {
            #expect(result.status == 0)
            #expect(result.output.contains("none: a connection for each of 7 exchanges"))
            #expect(lines.count == 7 && Set(lines).count == 4, "\(lines)")
        } else {
            #expect(result.status == 69 && lines == ["POST /dm HTTP/1.1"])
            #expect(result.errors.contains("gives no HTTP response: no whole response within 1 s"))
        }
    }

    @Test func pskAlone() throws {
        let server = try openssl(
            "-psk", "0123456789abcdef0123456789abcdef", "-psk_hint", "a hint", "-tls1_2", "-cipher",
            "PSK-AES128-GCM-SHA256:DHE-PSK-AES128-GCM-SHA256:PSK-AES128-CBC-SHA256", certificate: false)
        let report = try Report(server.url)
        #expect(report.status == 0)
        #expect(
            report.statuses("pskSuites") == ["accepted", "accepted", "refused", "accepted", "refused", "refused"])
        #expect(report.row("pskSuites", "TLS_PSK_WITH_AES_128_GCM_SHA256") == "accepted identity hint a hint")
        #expect(report.row("pskSuites", "TLS_RSA_PSK_WITH_AES_128_GCM_SHA256") == "!refused handshake_failure")
        #expect(report.rules("MUST") == ["psk-cipher-server", "psk-cipher-server", "psk-cipher-server"])
        #expect(report.item("056") == "violated" && report.item("057") == "violated" && report.item("058") == "met")
        #expect(report.reservations.contains { $0.contains("--psk FILE") })
    }

    /// Each of the six is proved by its ServerHello, without the key.
    @Test func allSixPSKSuites() throws {
        let server = try openssl(
            "-psk", "0123456789abcdef0123456789abcdef", "-cipher", "PSK:DHEPSK:RSAPSK:HIGH:@SECLEVEL=0")
        let report = try Report(server.url, ["--max-connections", "15"])
        #expect(report.statuses("pskSuites") == Array(repeating: "accepted", count: 6))
        #expect(report.item("056") == "met" && report.item("057") == "met" && report.item("055") == "met")
    }

    /// With a key the requests go over PSK as well.
    @Test func gnutlsWithPSK() throws {
        let server = try Server(
            "gnutls-serv",
            [
                "--port", "PORT", "--http", "--disable-client-cert", "--pskpasswd", "PSK", "--x509certfile", "CERT",
                "--x509keyfile", "KEY", "--priority",
                "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+PSK:+DHE-PSK:+RSA-PSK:+AES-128-CBC:+AES-128-GCM:+SHA256",
            ])
        let report = try Report(server.url, ["--psk", server.psk])
        #expect(report.status == 0)
        #expect(report.statuses("pskSuites") == Array(repeating: "accepted", count: 6))
        #expect(report.item("057") == "met" && report.item("055") == "violated")
        // It answers a POST with a page that has no HTTP head: so much came through.
        #expect(report.row("http", "POST, XML") == "no answer what came is no HTTP response")
        #expect(report.item("051") == "met" && report.reservations.isEmpty)
    }

    @Test func tls10Alone() throws {
        let server = try openssl("-tls1", "-cipher", "ALL:@SECLEVEL=0")
        let report = try Report(server.url, ["--max-connections", "10"])
        #expect(report.row("tlsVersions", "TLS 1.0") == "accepted TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA")
        #expect(
            report.row("tlsVersions", "TLS 1.2") == "refused chose TLS 1.0 TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA")
        #expect(report.rules("MUST").contains("tls-version-1-1-unsupported"))
        #expect(report.item("055") == "violated" && report.item("049") == "violated")
        #expect(report.connections == 10 && report.reservations.contains { $0.contains("--max-connections") })
    }

    @Test func ssl3WithBothSuites() throws {
        let server = try Server(
            "selfserv", ["-d", "NSS", "-n", "server", "-p", "PORT", "-V", "ssl3:tls1.1", "-c", ":0005:000a"])
        let report = try Report(server.url, ["--max-connections", "11"])
        #expect(report.row("tlsVersions", "SSL 3.0")?.hasPrefix("accepted SSL_RSA_WITH_") == true)
        #expect(report.row("tlsVersions", "TLS 1.1")?.hasPrefix("accepted TLS_RSA_WITH_") == true)
        #expect(report.statuses("ssl3Suites") == ["accepted", "accepted"])
        #expect(report.item("053") == "met" && report.item("054") == "met" && report.item("055") == "met")
    }

    @Test func ssl3WithOneSuite() throws {
        let server = try Server(
            "selfserv", ["-d", "NSS", "-n", "server", "-p", "PORT", "-V", "ssl3:ssl3", "-c", ":000a"])
        let report = try Report(server.url, ["--max-connections", "12"])
        #expect(report.row("ssl3Suites", "SSL_RSA_WITH_RC4_128_SHA")?.hasPrefix("!refused") == true)
        #expect(report.item("053") == "violated" && report.item("054") == "violated")
        #expect(report.rules("MUST").contains("ssl3-cipher-server"))
        // HTTP takes a libssl that has SSL 3.0.
        #expect(report.reservations.contains { $0.contains("cannot do SSL 3.0") })
    }

    @Test func takesWhatIsWeak() throws {
        let server = try openssl("-no_tls1_3", "-cipher", "NULL:aNULL:AES128-SHA:@SECLEVEL=0")
        let report = try Report(server.url, ["--max-connections", "10"])
        #expect(report.row("toBeRefused", "keys under 128 bits, TLS 1.2")?.hasPrefix("!accepted TLS 1.2 TLS_") == true)
        #expect(report.row("toBeRefused", "anonymous suites")?.contains("_anon_") == true)
        #expect(report.rules("MUST").filter { $0 == "cipher-weak" }.count == 2)
    }

    /// A TLS server that takes no hello at all has nothing held against it.
    @Test func refusesEverything() throws {
        let server = try openssl("-no_tls1_3", certificate: false)
        let report = try Report(server.url, ["--fail-on", "violated"])
        #expect(report.status == 0)
        #expect(Set(report.statuses("tlsVersions")) == ["refused"])
        #expect(report.rules("MUST").isEmpty && report.item("055") == "not observed")
        #expect(report.reservations.contains { $0.contains("no version was taken") })
        #expect(report.reservations.contains { $0.contains("HTTP was not examined") })
    }

    // MARK: - Output and exit status

    @Test func formats() throws {
        let nginx = try nginx()
        let folder = try TemporaryFolder()
        let url = "https://localhost:\(nginx.tlsPort)/dm"
        let text = try Tool.dmscope("probe", url, "--pause", "0")
        #expect(text.status == 0 && text.output.hasPrefix("Probe of \(url)\n"))
        #expect(text.output.contains("\n  TLS 1.2  accepted   TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n"))
        #expect(text.output.contains("  055  Support for TLS1.1") && !text.output.contains("Client (B.1)"))
        let file = folder.file("probe.md")
        let markdown = try Tool.dmscope(
            "probe", url, "--pause", "0", "--format", "markdown", "-w", file, "--fail-on", "violated")
        #expect(markdown.status == 1 && markdown.output.isEmpty)
        let page = try String(contentsOfFile: file, encoding: .utf8)
        #expect(page.hasPrefix("# Probe of https://localhost"))
        #expect(page.contains("| TLS 1.1 | **refused** | **protocol\\_version** |"))
        #expect(page.contains("## B.2 Server"))
    }

    @Test func thatNobodyIsThere() throws {
        let port = FreePort.take()
        for scheme in ["http", "https"] {
            let result = try Tool.dmscope("probe", "\(scheme)://127.0.0.1:\(port)/dm")
            #expect(result.status == 69 && result.output.isEmpty)
            #expect(
                result.errors
                    == "dmscope: cannot examine 127.0.0.1:\(port): Connection refused; check host and port of the URL\n"
            )
        }
    }

    @Test func thatTheURLHasTheWrongScheme() throws {
        let nginx = try nginx()
        let result = try Tool.dmscope("probe", "https://localhost:\(nginx.plainPort)/dm")
        #expect(result.status == 69)
        #expect(result.errors.contains("does not speak TLS: it answers a hello with `HTTP/1.1 400"))
        let server = try openssl()
        let other = try Tool.dmscope("probe", "http://localhost:\(server.port)/dm")
        #expect(other.status == 69)
        #expect(other.errors.contains("gives no HTTP response: closed by the server; give https://"))
    }

    /// A listener that takes connections and says nothing, or closes them.
    @Test(arguments: [("", "answers no TLS hello within 1 s"), ("c.close()", "closes every connection")])
    func thatNothingAnswers(_ action: String, _ words: String) throws {
        let script = """
            import socket, sys
            s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
            kept = []
            while True:
                c, _ = s.accept()
                kept.append(c)
                c.recv(1)
                c.recv(65536)
                \(action)
            """
        let server = try Server("python3", ["-c", script, "PORT"])
        let result = try Tool.dmscope(
            "probe", "https://127.0.0.1:\(server.port)/dm", "--timeout", "1", "--pause", "0")
        #expect(result.status == 69 && result.output.isEmpty)
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
    }
}
