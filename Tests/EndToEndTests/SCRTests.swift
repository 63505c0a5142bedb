import Foundation
import TestSupport
import Testing

@testable import dmscope

/// `dmscope scr`: the reports of a conforming and of a violating session, which were reviewed line by line against Appendix B.
@Suite struct SCRTests {
    private static let captures = Tool.checkout.appendingPathComponent("captures")

    private static func path(_ name: String) -> String { captures.appendingPathComponent(name).path }

    private func report(_ arguments: [String]) throws -> String {
        let result = try Tool.run(Tool.dmscope, ["scr"] + arguments)
        #expect(result.status == 0, "\(result.errors)")
        return result.output.replacing("\"tool\":\"\(Version.tool)\"", with: "\"tool\":\"dmscope\"")
    }

    @Test(
        arguments: ["conforming.pcapng", "violating.pcap"],
        [("text", "txt"), ("markdown", "md"), ("json", "json")])
    func isAsReviewed(_ name: String, _ format: (name: String, suffix: String)) throws {
        let kept = try String(contentsOfFile: Self.path("\(name).scr.\(format.suffix)"), encoding: .utf8)
        #expect(try report([Self.path(name), "--format", format.name]) == kept)
    }

    /// Every capture of `captures/`: its report is that of the log that `replay` writes of it.
    @Test func ofALogIsThatOfItsCapture() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.captures.path)
            .filter { $0.hasSuffix(".pcap") || $0.hasSuffix(".pcapng") || $0.hasSuffix(".pcap.gz") }
        #expect(names.count >= 22)
        let folder = try TemporaryFolder()
        let log = folder.file("session.ndjson")
        for name in names {
            var keys: [String] = []
            if name.contains("rsa") {
                keys = ["--rsa-key", Tool.checkout.appendingPathComponent("certs/server-rsa.pem").path]
            }
            if name.contains("psk") { keys = ["--psk", Tool.checkout.appendingPathComponent("certs/psk.txt").path] }
            #expect(try Tool.run(Tool.dmscope, ["replay", Self.path(name), "-w", log] + keys).status == 0)
            for (format, filter) in [("json", []), ("text", []), ("json", ["~level MUST"]), ("json", ["~cmd Get"])] {
                let ofCapture = try report([Self.path(name), "--format", format] + keys + filter)
                let ofLog = try report([log, "--format", format] + filter)
                let sameSource = { (text: String) in
                    text.replacing(name, with: "FILE").replacing("session.ndjson", with: "FILE")
                        .replacing("capture   FILE", with: "FILE").replacing("log       FILE", with: "FILE")
                        .replacing("\"kind\":\"capture\"", with: "").replacing("\"kind\":\"log\"", with: "")
                }
                #expect(sameSource(ofCapture) == sameSource(ofLog), "\(name) \(filter)")
            }
        }
    }

    @Test func exitStatus() throws {
        let good = Self.path("conforming.pcapng")
        let bad = Self.path("violating.pcap")
        let partial = Self.path("dm-wbxml.pcap")
        for (arguments, status) in [
            ([good, "--fail-on", "violated"], 0), ([good, "--fail-on", "not-met"], 0), ([bad], 0),
            ([bad, "--fail-on", "violated"], 1), ([partial, "--fail-on", "violated"], 1),
            // Of Transfer-Encoding nothing was seen there: not violated, and not met.
            ([partial, "--side", "client", "--fail-on", "violated", "~c 500"], 0),
            ([partial, "--side", "client", "--fail-on", "not-met", "~c 500"], 1),
        ] as [([String], Int32)] {
            #expect(try Tool.run(Tool.dmscope, ["scr"] + arguments).status == status, "\(arguments)")
        }
    }

    @Test func oneSide() throws {
        let client = try report([Self.path("violating.pcap"), "--side", "client"])
        #expect(client.contains("Client (B.1)") && !client.contains("Server (B.2)"))
        let server = try report([Self.path("violating.pcap"), "--side", "server", "--format", "json"])
        #expect(server.contains("\"server\":{") && !server.contains("\"client\":{"))
        #expect(try JSONSerialization.jsonObject(with: Data(server.utf8)) is [String: Any])
    }

    /// Captures and logs add up; places say which source they are in.
    @Test func severalSources() throws {
        let folder = try TemporaryFolder()
        let log = folder.file("lab.ndjson")
        _ = try Tool.run(Tool.dmscope, ["replay", Self.path("violating.pcap"), "-w", log])
        let text = try report([Self.path("conforming.pcapng"), log])
        #expect(text.contains("traffic   2 connections, 7 exchanges (7 DM), 11 messages, 2 sessions"))
        #expect(text.contains("violated        2×: lab.ndjson:1.1, lab.ndjson:1.2 (cache-control-missing)"))
        #expect(text.contains("conforming.pcapng:1.3"))
    }

    @Test func writesAFile() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("report.md")
        let bad = Self.path("violating.pcap")
        let result = try Tool.dmscope("scr", bad, "--format", "markdown", "-w", file)
        #expect(result.status == 0 && result.output.isEmpty)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == report([bad, "--format", "markdown"]))
        #expect(try Tool.dmscope("scr", bad, "-w", "/no/such/folder/report").status == 73)
    }

    /// A log with lines that are no records counts them; a file without any record is refused.
    @Test func damagedLogs() throws {
        let folder = try TemporaryFolder()
        let log = folder.file("session.ndjson")
        _ = try Tool.run(Tool.dmscope, ["replay", Self.path("dm-wbxml.pcap"), "-w", log])
        let whole = try String(contentsOfFile: log, encoding: .utf8)
        let damaged = try folder.write("damaged.ndjson", whole + "{\"record\":\"exchange\",\"id\":\n")
        let result = try Tool.dmscope("scr", damaged)
        #expect(result.status == 0)
        #expect(result.output.contains("but       1 record of the log lost or unreadable"))
        #expect(result.errors.contains("such lines are left out"))
        let foreign = try Tool.dmscope("scr", try folder.write("foreign.json", "{\"a\":1}\n"))
        #expect(foreign.status == 65)
        #expect(foreign.errors.contains("is no session log"))
    }
}
