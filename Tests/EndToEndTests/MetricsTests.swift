import Foundation
import TestSupport
import Testing

/// The admin listener, read by curl and by a parser that takes nothing but the Prometheus text format.
@Suite struct MetricsTests {
    struct Broken: Error, CustomStringConvertible {
        let description: String
    }

    /// Text format 0.0.4: HELP and TYPE once each before a metric's samples, which stand together; each sample
    /// `name{label="value",…} number`. Throws at the first line that is anything else.
    static func parse(_ text: String) throws -> [String: Double] {
        guard text.hasSuffix("\n") else { throw Broken(description: "no line feed at the end") }
        var values: [String: Double] = [:]
        var helped: Set<String> = []
        var types: [String: String] = [:]
        var current: String?
        let name = /[a-zA-Z_:][a-zA-Z0-9_:]*/
        let label = /[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"/
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            func fail(_ why: String) -> Broken { Broken(description: "\(why): \(line)") }
            if line.hasPrefix("#") {
                let words = line.split(separator: " ", maxSplits: 3)
                guard words.count == 4, words[0] == "#", words[2].wholeMatch(of: name) != nil else {
                    throw fail("comment")
                }
                let metric = String(words[2])
                if words[1] == "HELP" {
                    guard helped.insert(metric).inserted else { throw fail("helped twice") }
                } else {
                    guard words[1] == "TYPE", types[metric] == nil, ["counter", "gauge"].contains(words[3]),
                        helped.contains(metric)
                    else { throw fail("type") }
                    types[metric] = String(words[3])
                }
                current = metric
                continue
            }
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
                throw fail("no number")
            }
            let series = line[..<space]
            let metric = String(series.prefix { $0 != "{" })
            guard metric.wholeMatch(of: name) != nil, metric == current, types[metric] != nil else {
                throw fail("a sample without its type")
            }
            if metric.count < series.count {
                guard series.hasSuffix("}") else { throw fail("labels do not end") }
                var rest = series.dropFirst(metric.count + 1).dropLast()
                while !rest.isEmpty {
                    guard let match = rest.prefixMatch(of: label) else { throw fail("label") }
                    rest = rest[match.range.upperBound...]
                    if rest.first == "," { rest = rest.dropFirst() } else if !rest.isEmpty { throw fail("label") }
                }
            }
            guard types[metric] != "counter" || metric.hasSuffix("_total") && value >= 0 else { throw fail("counter") }
            guard values.updateValue(value, forKey: String(series)) == nil else { throw fail("twice") }
        }
        return values
    }

    private func page(_ proxy: RunningProxy) throws -> String {
        try proxy.running.until("metrics") { running in
            running.errors.split(separator: "\n").first { $0.contains("metrics at ") }
                .flatMap { $0.split(separator: " ").last.map(String.init) }
        }
    }

    private func get(_ url: String, _ arguments: String...) throws -> Tool.Result {
        try Tool.run("curl", ["--silent", "--show-error", "--noproxy", "", "--max-time", "60"] + arguments + [url])
    }

    @Test func metricsCountWhatPassed() throws {
        let nginx = try Nginx(message: LiveTests.message, type: LiveTests.type)
        let proxy = try RunningProxy("reverse:http://127.0.0.1:\(nginx.plainPort)", ["--admin", "0"])
        let url = try page(proxy)
        #expect(url.hasPrefix("http://127.0.0.1:") && url.hasSuffix("/metrics"))
        let before = try Self.parse(try get(url).output)
        #expect(before["dmscope_connections_total"] == 0)
        #expect(before["dmscope_inspection_queue_bytes"] == 0)
        for _ in 0..<3 {
            #expect(
                try get("http://127.0.0.1:\(proxy.port)/dm", "--write-out", "%{http_code}", "-o", "/dev/null").output
                    == "200")
        }
        var after: [String: Double] = [:]
        #expect(
            poll(60) {
                after = (try? Self.parse(try get(url).output)) ?? [:]
                return after["dmscope_connections_inspected_total"] == 3
            }, "\(after)")
        #expect(after["dmscope_connections_total"] == 3)
        #expect(after["dmscope_connections_open"] == 0)
        #expect(after["dmscope_exchanges_total"] == 3)
        #expect((after["dmscope_relayed_bytes_total{direction=\"to_client\"}"] ?? 0) > 300)
        #expect(after["dmscope_findings_total{rule=\"host-missing\",level=\"MUST\"}"] == nil)
        let findings = after.filter { $0.key.hasPrefix("dmscope_findings_total{") }
        let logged = try RunningProxy.records(of: proxy.log).flatMap { $0["findings"] as? [[String: Any]] ?? [] }
        #expect(!findings.isEmpty && Int(findings.values.reduce(0, +)) == logged.count, "\(findings)")
        #expect(after["dmscope_inspections_dropped_total"] == 0 && after["dmscope_log_records_dropped_total"] == 0)
        #expect(after["dmscope_log_lag_seconds"] == 0)
        // The admin's own connections are not the devices'.
        #expect(try get(url).output.contains("dmscope_connections_total 3\n"))
        _ = try proxy.stop()
    }

    @Test func itAnswersNothingElse() throws {
        let proxy = try RunningProxy("regular", ["--admin", "127.0.0.1:0"])
        let url = try page(proxy)
        let code = ["--write-out", "%{http_code}", "-o", "/dev/null"]
        func status(_ url: String, _ more: [String] = []) throws -> String {
            try Tool.run("curl", ["--silent", "--noproxy", "", "--max-time", "60"] + code + more + [url]).output
        }
        #expect(try status(url, ["-I"]) == "200")
        #expect(try status(url, ["-X", "POST"]) == "405")
        #expect(try status(url.replacingOccurrences(of: "/metrics", with: "/other")) == "404")
        #expect(
            try status("http://elsewhere.example/metrics", ["-x", url.replacingOccurrences(of: "/metrics", with: "")])
                == "400")
        #expect(try status(url, ["-H", "X: \(String(repeating: "x", count: 9000))"]) == "431")
        let headers = try get(url, "-i").output
        #expect(headers.contains("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"))
        _ = try proxy.stop()
    }

    @Test(arguments: [
        "x", "# HELP a b\n# TYPE a counter\na 1\n", "# TYPE a gauge\na 1\n", "# HELP a b\na 1\n",
        "# HELP a b\n# TYPE a gauge\na 1", "# HELP a b\n# TYPE a gauge\na{x=1} 1\n",
        "# HELP a b\n# TYPE a gauge\na 1\na 2\n",
        "# HELP a b\n# TYPE a gauge\na{x=\"\"\"} 1\n", "# HELP a b\n# TYPE a gauge\n\n",
    ])
    func theParserIsStrict(_ text: String) { #expect(throws: Broken.self) { try Self.parse(text) } }

    /// Descriptors are for the relay: of many connections to the admin listener all but a few are closed at once.
    @Test func idleConnectionsToTheAdminAreBounded() throws {
        let proxy = try RunningProxy("regular", ["--admin", "127.0.0.1:0"])
        let port = try #require(try page(proxy).split(separator: ":").last?.split(separator: "/").first)
        let script = """
            import select, socket, time
            open = [socket.create_connection(("127.0.0.1", \(port))) for _ in range(30)]
            closed, end = [], time.time() + 60
            while len(closed) < 14 and time.time() < end: closed = select.select(open, [], [], 0.1)[0]
            [one for one in open if one not in closed][0].sendall(b"GET /metrics HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
            print(len(closed), any(one.recv(15) == b"HTTP/1.1 200 OK" for one in open if one not in closed))
            """
        let result = try Tool.run("python3", ["-c", script])
        #expect(result.output == "14 True\n", "\(result.errors)")
        _ = try proxy.stop()
    }

    @Test func aBusyAdminPortIsNamed() throws {
        let first = try RunningProxy("regular")
        let folder = try TemporaryFolder()
        let second = try Tool.dmscope("proxy", "-p", "0", "--admin", "\(first.port)", "--confdir", folder.file("conf"))
        #expect(second.status == 69)
        #expect(second.errors.contains("cannot listen on 127.0.0.1:\(first.port): Address already in use; stop"))
        _ = try first.stop()
    }
}
