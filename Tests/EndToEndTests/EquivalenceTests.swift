import Foundation
import TestSupport
import Testing

/// A session that the proxy relays while it is captured on the device's side, and the replay of that capture, tell the
/// same.
@Suite(.serialized) struct EquivalenceTests {
    struct Link: Sendable, CustomTestStringConvertible {
        let name: String
        var isTLS = true
        /// Of curl.
        var device: [String] = []
        /// Of the proxy.
        var proxy: [String] = []
        var version: String?
        var testDescription: String { name }
    }

    static let links = [
        Link(name: "plain", isTLS: false),
        Link(name: "TLS 1.2", device: ["--tls-max", "1.2"], version: "TLS 1.2"),
        Link(name: "TLS 1.2 CBC", device: ["--tls-max", "1.2", "--ciphers", "AES128-SHA"], version: "TLS 1.2"),
        Link(name: "TLS 1.3", device: ["--tlsv1.3"], version: "TLS 1.3"),
    ]

    @Test(arguments: links) func replayTellsWhatTheProxyTold(_ link: Link) throws {
        let nginx = try Nginx(message: LiveTests.message, type: LiveTests.type)
        let folder = try TemporaryFolder()
        let secrets = folder.file("secrets.log")
        let proxy = try RunningProxy(
            link.isTLS ? "reverse:https://localhost:\(nginx.tlsPort)" : "reverse:http://127.0.0.1:\(nginx.plainPort)",
            ["--upstream-ca", nginx.authority, "--keylog", secrets] + link.proxy)
        let capture = try LoopbackCapture(port: proxy.port)
        try Device(
            folder, "\(link.isTLS ? "https://localhost" : "http://127.0.0.1"):\(proxy.port)",
            link.device + ["--cacert", proxy.authority]
        )
        .talk()
        #expect(try proxy.stop().status == 0)
        try capture.stop()
        let keys = link.isTLS ? ["--keylog", secrets] : []
        let replay = try Tool.run(Tool.dmscope, ["replay", capture.path, "--format", "ndjson"] + keys)
        #expect(replay.status == 0 && replay.errors.isEmpty, "\(replay.errors)")
        try compare(proxy.records(), jsonLines(replay.output), exchanges: 7, link)
    }

    /// What opens a captured PSK session.
    enum Opener: String, Sendable { case psk, keylog }

    @Test(arguments: [
        ("PSK-AES128-CBC-SHA", Opener.psk), ("PSK-AES128-GCM-SHA256", .psk), ("DHE-PSK-AES128-CBC-SHA", .keylog),
    ])
    func replayTellsWhatTheProxyToldOfPSK(_ suite: String, _ opener: Opener) throws {
        let nginx = try Nginx(message: LiveTests.message, type: LiveTests.type)
        let folder = try TemporaryFolder()
        let keys = try folder.write("keys.psk", "device-7:00112233445566778899aabbccddeeff\n")
        let secrets = folder.file("secrets.log")
        let proxy = try RunningProxy(
            "reverse:http://127.0.0.1:\(nginx.plainPort)", ["--psk", keys, "--keylog", secrets])
        let capture = try LoopbackCapture(port: proxy.port)
        // The server closes first: s_client waits for it.
        let head = """
            POST /dm HTTP/1.1\r
            Host: 127.0.0.1\r
            Connection: close\r
            Content-Type: \(LiveTests.type)\r
            Content-Length: \(LiveTests.message.count)\r
            \r

            """
        let device = try Tool.run(
            "openssl",
            [
                "s_client", "-connect", "127.0.0.1:\(proxy.port)", "-tls1_2", "-cipher", suite, "-psk_identity",
                "device-7",
                "-psk", "00112233445566778899aabbccddeeff", "-ign_eof", "-quiet",
            ], input: Data(head.utf8) + LiveTests.message)
        #expect(device.output.hasPrefix("HTTP/1.1 200"), "\(device.output) \(device.errors)")
        #expect(try proxy.stop().status == 0)
        try capture.stop()
        let replay = try Tool.run(
            Tool.dmscope,
            ["replay", capture.path, "--format", "ndjson"]
                + (opener == .psk ? ["--psk", keys] : ["--keylog", secrets]))
        let live = try Story(proxy.records())
        let replayed = try Story(jsonLines(replay.output))
        #expect(live == replayed)
        #expect(live.exchanges.count == 1 && live.exchanges[0].contains("\"sessionID\":\"1\""))
        #expect(live.connections.count == 1 && live.connections[0].contains("\"pskIdentity\":\"device-7\""))
        // DHE_PSK and the shared key alone: it says what is wanted.
        if opener == .keylog {
            let closed = try Tool.dmscope("replay", capture.path, "--format", "ndjson", "--psk", keys)
            #expect(closed.output.contains("\"keyWanted\":\"") && closed.output.contains("key log"), "\(closed.output)")
        }
    }

    private func compare(
        _ live: [[String: Any]], _ replayed: [[String: Any]], exchanges: Int, _ link: Link
    ) throws {
        let live = try Story(live)
        let replayed = try Story(replayed)
        #expect(live.exchanges.count == exchanges)
        #expect(live.exchanges == replayed.exchanges)
        #expect(live.connections == replayed.connections)
        #expect(live.sessions == replayed.sessions)
        #expect(live.totals == replayed.totals)
        // What was compared is there: findings, DM messages, content coding, TLS.
        let text = live.exchanges.joined()
        for word in ["accept-charset-missing", "\"sessionID\":\"1\"", "\"coding\":\"gzip\"", "\"status\":404"] {
            #expect(text.contains(word), "\(word)")
        }
        #expect(live.sessions.count == 2)
        if let version = link.version {
            #expect(live.connections.allSatisfy { $0.contains("\"version\":\"\(version)\"") })
        }
    }
}

/// curl as a device: two connections, seven exchanges. It closes first: where both sides would close at once, who is
/// first on one side of the proxy need not be on the other.
private struct Device {
    let folder: TemporaryFolder
    let server: String
    let options: [String]

    init(_ folder: TemporaryFolder, _ server: String, _ options: [String]) {
        self.folder = folder
        self.server = server
        self.options = options
    }

    func talk() throws {
        let message = folder.file("message.wbxml")
        try LiveTests.message.write(to: URL(fileURLWithPath: message))
        let body = ["--data-binary", "@\(message)", "-H", "Content-Type: \(LiveTests.type)"]
        let requests: [[String]] = [
            body + ["-H", "Cache-Control: private", "-H", "Accept-Charset: UTF-8", server + "/dm?first"],
            body + ["-H", "Transfer-Encoding: chunked", "-H", "User-Agent:", server + "/dm"],
            body + ["-H", "Accept-Encoding: gzip", server + "/dm"],
            ["-H", "Accept-Encoding: gzip", server + "/dm"],
            [server + "/nothing-here"],
            ["--head", server + "/dm"],
        ]
        try curl(requests)
        try curl([body + [server + "/dm"]])
    }

    /// One connection.
    private func curl(_ requests: [[String]]) throws {
        let each = requests.map { options + ["--noproxy", "", "-o", folder.file("answer")] + $0 }
        let arguments = Array(each.joined(separator: ["--next"]))
        let result = try Tool.run("curl", ["--silent", "--show-error"] + arguments)
        guard result.status == 0 else { throw Tool.Missing(description: "curl: \(result.errors)") }
    }
}

/// What a log tells, without what a capture of the device's side cannot have:
/// - `time`, `durationMs`: the proxy's clock is read when it has read, the capture's when a packet passed;
/// - `server` of a connection, `legs.server`, `tls.server`: the other side of the proxy, which was not captured;
/// - `tls-close-without-notify` where it is said of that side: nginx sends no close_notify once its client has;
/// - the summary's sums of findings, which the other records list.
private struct Story: Equatable {
    var exchanges: [String]
    var connections: [String]
    var sessions: [String]
    var totals: [String]

    init(_ records: [[String: Any]]) throws {
        func story(_ kind: String) throws -> [String] {
            try records.filter { $0["record"] as? String == kind }.map { record in
                let data = try JSONSerialization.data(
                    withJSONObject: Story.comparable(record), options: [.sortedKeys, .withoutEscapingSlashes])
                return String(decoding: data, as: UTF8.self)
            }
        }
        exchanges = try story("exchange")
        connections = try story("connection")
        sessions = try story("session")
        totals = try story("summary")
    }

    private static func comparable(_ record: [String: Any]) -> [String: Any] {
        var record = record
        for key in ["time", "durationMs"] { record[key] = nil }
        for key in ["legs", "tls"] {
            guard var legs = record[key] as? [String: Any] else { continue }
            legs["server"] = nil
            record[key] = legs
        }
        switch record["record"] as? String {
        case "connection":
            record["server"] = nil
            record["findings"] = (record["findings"] as? [[String: Any]])?.filter { finding in
                finding["rule"] as? String != "tls-close-without-notify"
                    || (finding["text"] as? String)?.hasPrefix("The server") != true
            }
        case "summary": record["findings"] = nil
        default: break
        }
        return record
    }
}
