import Foundation
import TestSupport
import Testing

/// `replay --format har` writes an archive as HAR 1.2 wants it.
@Suite struct HARTests {
    /// What each object must have, by the name it stands under; `[]` marks the objects of an array.
    private static let required: [String: [String: Any.Type]] = [
        "log": ["version": String.self, "creator": [String: Any].self, "entries": [Any].self],
        "creator": ["name": String.self, "version": String.self],
        "entries[]": [
            "startedDateTime": String.self, "time": NSNumber.self, "request": [String: Any].self,
            "response": [String: Any].self, "cache": [String: Any].self, "timings": [String: Any].self,
        ],
        "request": [
            "method": String.self, "url": String.self, "httpVersion": String.self, "cookies": [Any].self,
            "headers": [Any].self, "queryString": [Any].self, "headersSize": NSNumber.self, "bodySize": NSNumber.self,
        ],
        "response": [
            "status": NSNumber.self, "statusText": String.self, "httpVersion": String.self, "cookies": [Any].self,
            "headers": [Any].self, "content": [String: Any].self, "redirectURL": String.self,
            "headersSize": NSNumber.self, "bodySize": NSNumber.self,
        ],
        "content": ["size": NSNumber.self, "mimeType": String.self],
        "postData": ["mimeType": String.self, "text": String.self],
        "timings": ["send": NSNumber.self, "wait": NSNumber.self, "receive": NSNumber.self],
        "headers[]": ["name": String.self, "value": String.self],
        "queryString[]": ["name": String.self, "value": String.self],
    ]

    private func check(_ value: Any, _ name: String) {
        if let list = value as? [Any] {
            for element in list { check(element, name + "[]") }
            return
        }
        guard let object = value as? [String: Any] else { return }
        for (key, type) in Self.required[name] ?? [:] {
            let isRight =
                switch type {
                case is String.Type: object[key] is String
                case is NSNumber.Type: object[key] is NSNumber
                case is [Any].Type: object[key] is [Any]
                default: object[key] is [String: Any]
                }
            #expect(isRight, "\(name).\(key): \(object[key] ?? "missing")")
        }
        for (key, value) in object { check(value, key) }
    }

    private func entries(_ arguments: String...) throws -> [[String: Any]] {
        let result = try Tool.run(Tool.dmscope, ["replay", "--format", "har"] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        let archive = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        check(archive, "")
        let log = try #require((archive as? [String: Any])?["log"] as? [String: Any])
        #expect(log["version"] as? String == "1.2")
        #expect((log["creator"] as? [String: Any])?["name"] as? String == "dmscope")
        return try #require(log["entries"] as? [[String: Any]])
    }

    private static func capture(_ name: String) -> String { Tool.checkout.path + "/captures/" + name }

    @Test(arguments: ["dm-wbxml.pcap", "tls12-secrets.pcapng"])
    func everyExchangeIsAnEntry(_ name: String) throws {
        let path = Self.capture(name)
        let records = try jsonLines(Tool.dmscope("replay", path, "--format", "ndjson").output)
        let exchanges = records.filter { $0["record"] as? String == "exchange" }
        let entries = try entries(path)
        try #require(entries.count == exchanges.count && !entries.isEmpty)
        for (entry, exchange) in zip(entries, exchanges) {
            #expect(entry["startedDateTime"] as? String == exchange["time"] as? String)
            #expect(entry["serverIPAddress"] is String)
            let request = try #require(entry["request"] as? [String: Any])
            let told = try #require(exchange["request"] as? [String: Any])
            let scheme = exchange["tls"] == nil ? "http" : "https"
            #expect(request["url"] as? String == "\(scheme)://\(exchange["host"] ?? "")\(told["target"] ?? "")")
            if let message = told["dm"] as? [String: Any] {
                #expect((request["postData"] as? [String: Any])?["text"] as? String == message["xml"] as? String)
            }
            let rules = (exchange["findings"] as? [[String: Any]] ?? []).compactMap { $0["rule"] as? String }
            for rule in rules { #expect((entry["comment"] as? String ?? "").contains(" \(rule): ")) }
        }
    }

    @Test func whatIsMaskedIsMaskedHere() throws {
        let output = try Tool.dmscope("replay", Self.capture("dm-wbxml.pcap"), "--format", "har", "--redact").output
        let plain = try Tool.dmscope("replay", Self.capture("dm-wbxml.pcap"), "--format", "har").output
        #expect(output.contains("(redacted)") && !plain.contains("(redacted)"))
    }

    /// One with no entry is an archive as well; the log is NDJSON beside it.
    @Test func aFilterAndALog() throws {
        let folder = try TemporaryFolder()
        let log = folder.file("log")
        #expect(try entries(Self.capture("dm-wbxml.pcap"), "~m NOTHING", "-w", log).isEmpty)
        #expect(try RunningProxy.records(of: log).contains { $0["record"] as? String == "exchange" })
    }

    @Test(arguments: ["proxy -p 0", "tail /dev/null", "demo -p 0"]) func othersHaveNoEnd(_ command: String) throws {
        let result = try Tool.run(Tool.dmscope, command.split(separator: " ").map(String.init) + ["--format", "har"])
        #expect(result.status == 2 && result.errors.contains("'har' is invalid"), "\(result.errors)")
        #expect(result.errors.contains("'text' and 'ndjson'"), "\(result.errors)")
        let help = try Tool.dmscope(String(command.prefix { $0 != " " }), "--help").output
        #expect(help.contains("text or ndjson") && !help.lowercased().contains("har "), "\(help)")
    }
}
