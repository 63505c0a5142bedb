import Foundation
import TestSupport
import Testing

/// SSLKEYLOGFILE holds the secrets of both legs: what tcpdump saw of either opens with it, in tshark and in `replay`.
@Suite(.serialized) struct KeyLogTests {
    private func post(_ proxy: RunningProxy, _ arguments: [String]) throws {
        let result = try Tool.run(
            "curl",
            [
                "--silent", "--show-error", "--noproxy", "", "-o", "/dev/null", "--cacert", proxy.authority, "-H",
                "Content-Type: \(LiveTests.type)", "--data-binary", "@-",
            ] + arguments + ["https://localhost:\(proxy.port)/dm"], input: LiveTests.message)
        #expect(result.status == 0, "\(result.errors) \(proxy.running.errors)")
    }

    @Test func bothLegsOpen() throws {
        let folder = try TemporaryFolder()
        let keys = folder.file("keys")
        let nginx = try Nginx(message: LiveTests.message, type: LiveTests.type)
        let proxy = try RunningProxy(
            "reverse:https://localhost:\(nginx.tlsPort)", ["--upstream-ca", nginx.authority],
            environment: ["SSLKEYLOGFILE": keys])
        let legs = try [proxy.port, nginx.tlsPort].map { (port: $0, capture: try LoopbackCapture(port: $0)) }
        for version in ["1.2", "1.3"] { try post(proxy, ["--tlsv" + version, "--tls-max", version]) }
        #expect(try proxy.stop().status == 0)
        let mode = try FileManager.default.attributesOfItem(atPath: keys)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        for (port, capture) in legs {
            try capture.stop()
            let closed = try Tool.dmscope("replay", capture.path, "--port", "\(port)", "--format", "ndjson")
            #expect(try jsonLines(closed.output).filter { $0["record"] as? String == "exchange" }.isEmpty)
            let replay = try Tool.dmscope(
                "replay", capture.path, "--port", "\(port)", "--keylog", keys, "--format", "ndjson")
            let exchanges = try jsonLines(replay.output).filter { $0["record"] as? String == "exchange" }
            let requests = exchanges.compactMap { ($0["request"] as? [String: Any])?["dm"] as? [String: Any] }
            #expect(requests.map { $0["sessionID"] as? String } == ["1", "1"], "\(replay.errors)")
            let tshark = try Tool.run(
                "tshark",
                ["-r", capture.path, "-o", "tls.keylog_file:" + keys, "-d", "tls.port==\(port),http"]
                    + ["-Y", "http.request.method==POST", "-T", "fields", "-e", "http.content_type"])
            #expect(
                tshark.output.split(separator: "\n") == Array(repeating: Substring(LiveTests.type), count: 2),
                "\(tshark.output)\(tshark.errors)")
        }
    }

    /// The option is the more particular wish; an empty variable is none.
    @Test func theOptionGoesBeforeTheVariable() throws {
        let folder = try TemporaryFolder()
        let nginx = try Nginx(message: LiveTests.message, type: LiveTests.type)
        for (variable, options) in [("variable", ["--keylog", folder.file("option")]), ("", [])] {
            let proxy = try RunningProxy(
                "reverse:http://127.0.0.1:\(nginx.plainPort)", options,
                environment: ["SSLKEYLOGFILE": variable.isEmpty ? "" : folder.file(variable)])
            try post(proxy, [])
            #expect(try proxy.stop().status == 0)
        }
        #expect(try String(contentsOfFile: folder.file("option"), encoding: .utf8).contains("CLIENT_TRAFFIC_SECRET_0 "))
        #expect(!FileManager.default.fileExists(atPath: folder.file("variable")))
    }

    @Test func aVariableThatLeadsNowhereEndsTheStart() throws {
        let result = try Tool.run(
            Tool.dmscope, ["proxy", "-m", "regular@0", "--confdir", try TemporaryFolder().path],
            environment: ["SSLKEYLOGFILE": "/nowhere/keys"])
        #expect(result.status == 73)
        #expect(result.errors.contains("cannot open the key log /nowhere/keys: No such file or directory;"))
    }
}
