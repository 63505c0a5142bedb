import Foundation
import NIOCore
import TestSupport
import Testing
import Wire

@testable import dmscope

/// `--capture`: what the proxy writes is what a capture beside it would have been.
@Suite struct SessionCaptureTests {
    private func post(_ url: String, _ arguments: [String]) throws {
        let result = try Tool.run(
            "curl",
            [
                "--silent", "--show-error", "--noproxy", "", "-o", "/dev/null", "-H",
                "Content-Type: \(LiveTests.type)", "--data-binary", "@-",
            ] + arguments + [url], input: LiveTests.message)
        #expect(result.status == 0, "\(result.errors)")
    }

    /// What the POSTs say, without when they were and who noticed them. The capture has the CONNECT of a tunnel too, so
    /// offsets differ.
    private func substance(_ exchanges: [[String: Any]]) throws -> [String] {
        try exchanges.filter { ($0["request"] as? [String: Any])?["method"] as? String == "POST" }.map { exchange in
            var kept = exchange.filter { ["client", "request", "response"].contains($0.key) }
            kept["findings"] = (exchange["findings"] as? [[String: Any]])?.map { $0.filter { $0.key != "offset" } }
            let data = try JSONSerialization.data(withJSONObject: kept, options: .sortedKeys)
            return String(decoding: data, as: UTF8.self)
        }.sorted()
    }

    /// There is no server: the device gets DMScope's own answer, which live, replayed and counted is none of the server's.
    @Test func anAnswerOfDMScopesOwnIsNotTheServers() throws {
        let folder = try TemporaryFolder()
        let capture = folder.file("session.pcapng")
        let proxy = try RunningProxy(
            "reverse:http://127.0.0.1:\(FreePort.take())", ["--capture", capture, "--keylog", folder.file("keys")])
        try post("http://127.0.0.1:\(proxy.port)/dm", [])
        try post("https://localhost:\(proxy.port)/dm", ["--cacert", proxy.authority])
        #expect(try proxy.stop().status == 0)
        let relayed = try proxy.records("exchange")
        #expect(relayed.map { $0["proxyStatus"] as? Int } == [502, 502])
        #expect(relayed.allSatisfy { $0["response"] == nil })

        let log = folder.file("replay.ndjson")
        #expect(try Tool.dmscope("replay", capture, "-w", log).status == 0)
        let replayed = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").compactMap {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }.filter { $0["record"] as? String == "exchange" }
        #expect(try substance(replayed) == substance(relayed))
        #expect(replayed.map { $0["proxyStatus"] as? Int } == [502, 502])
        let text = try Tool.dmscope("tail", log).output
        #expect(text.contains("→ 502 by DMScope"), "\(text)")
        #expect(text.contains("refuses connections  [answered-by-proxy"), "\(text)")
        // The leg in the capture led to DMScope alone.
        let report = try Tool.dmscope("scr", capture, "--format", "json").output
        let sides = try #require(try JSONSerialization.jsonObject(with: Data(report.utf8)) as? [String: Any])
        let counts = try #require((sides["server"] as? [String: Any])?["counts"] as? [String: Int])
        #expect(counts["met"] == 0 && counts["violated"] == 0, "\(report)")
    }

    /// DMScope ends a connection that is idle: in the capture it is not the client that did.
    @Test func anEndOfDMScopesOwnIsNotTheClients() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("session.pcapng")
        let capture = try SessionCapture(opening: path)
        capture.begin()
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 40000)
        let time = Timestamp(nanoseconds: 1_331_028_000_000_000_000)
        for (id, clientEnds) in [(1, true), (2, false)] {
            capture.opened(
                id, client: address, proxy: try SocketAddress(ipAddress: "127.0.0.1", port: 80 + id), at: time)
            if clientEnds { capture.finished(id, .toServer, at: time) }
            capture.closed(id, resetBy: nil, at: time)
        }
        capture.finish()
        let replay = try Tool.dmscope("replay", path, "--format", "ndjson")
        let ended = try jsonLines(replay.output).filter { $0["record"] as? String == "connection" }.map {
            $0["ended"] as? String
        }
        #expect(ended == ["client-fin", "server-fin"])
    }

    /// TLS of each version, a tunnel and a plain connection, in one capture.
    @Test func replayAndWiresharkReadWhatWasRelayed() throws {
        let folder = try TemporaryFolder()
        let capture = folder.file("session.pcapng")
        let nginx = try Nginx(message: LiveTests.message, type: LiveTests.type)
        let proxy = try RunningProxy(
            "regular", ["--upstream-ca", nginx.authority, "--capture", capture, "--keylog", folder.file("keys")])
        let (plain, tls) = ("http://127.0.0.1:\(nginx.plainPort)/dm", "https://localhost:\(nginx.tlsPort)/dm")
        let through = ["-x", "http://127.0.0.1:\(proxy.port)"]
        try post(plain, through)
        for version in ["1.2", "1.3"] {
            try post(tls, through + ["--cacert", proxy.authority, "--tlsv" + version, "--tls-max", version])
        }
        // Two requests on one connection, the second after the first.
        try post(tls, through + ["--cacert", proxy.authority, tls, "-o", "/dev/null"])
        #expect(try proxy.stop().status == 0)
        let relayed = try substance(proxy.records("exchange"))
        #expect(relayed.count == 5)

        let mode = try FileManager.default.attributesOfItem(atPath: capture)[.posixPermissions] as? Int
        #expect(mode == 0o600)

        let log = folder.file("replay.ndjson")
        let replay = try Tool.dmscope("replay", capture, "-w", log)
        #expect(replay.status == 0, "\(replay.errors)")
        let records = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").compactMap {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
        #expect(try substance(records.filter { $0["record"] as? String == "exchange" }) == relayed)

        let tshark = try Tool.run(
            "tshark",
            [
                "-r", capture, "-d", "tcp.port==\(proxy.port),http", "-Y", "http.request.method==POST", "-T", "fields",
                "-e",
                "http.content_type", "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
            ])
        #expect(
            tshark.output.split(separator: "\n") == Array(repeating: Substring(LiveTests.type), count: 5),
            "\(tshark.output)\(tshark.errors)")
        let wrong = try Tool.run(
            "tshark",
            [
                "-r", capture, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-Y",
                "tcp.checksum.status==0 || ip.checksum.status==0 || tcp.analysis.flags",
            ])
        #expect(wrong.output == "")

        // The key log has the secrets of both legs: two TLS 1.3 legs, two of TLS 1.2, and what the last connection chose.
        let lines = try String(contentsOfFile: folder.file("keys"), encoding: .utf8).split(separator: "\n")
        let masters = Set(lines.filter { $0.hasPrefix("CLIENT_RANDOM ") })
        let traffic = Set(lines.filter { $0.hasPrefix("CLIENT_TRAFFIC_SECRET_0 ") })
        #expect(masters.count == 2)
        #expect(traffic.count == 4)
    }

    @Test func aDiskThatIsFullIsSaidOnce() throws {
        let nginx = try Nginx(message: LiveTests.message, type: LiveTests.type)
        let proxy = try RunningProxy("reverse:http://127.0.0.1:\(nginx.plainPort)", ["--capture", "/dev/full"])
        for _ in 0..<3 { try post("http://127.0.0.1:\(proxy.port)/dm", []) }
        let end = try proxy.stop()
        #expect(end.status == 0)
        #expect(end.errors.components(separatedBy: "cannot write the capture /dev/full").count == 2, "\(end.errors)")
        #expect(try proxy.records("exchange").count == 3)
    }

    @Test func aCaptureThatCannotBeCreatedEndsTheStart() throws {
        let result = try Tool.dmscope("proxy", "-m", "regular@0", "--capture", "/nowhere/session.pcapng")
        #expect(result.status == 73)
        #expect(result.errors.contains("cannot write the capture /nowhere/session.pcapng: No such file or directory;"))
    }
}
