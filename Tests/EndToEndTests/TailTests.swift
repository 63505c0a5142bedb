import Foundation
import TestSupport
import Testing

/// `dmscope tail` of what is no plain file, of logs of another version, and into what nobody reads.
@Suite struct TailTests {
    private static let capture = Tool.checkout.appendingPathComponent("captures/dm-wbxml.pcap").path

    private func log(_ folder: TemporaryFolder) throws -> String {
        #expect(try Tool.dmscope("replay", Self.capture, "-w", folder.file("log")).status == 0)
        return folder.file("log")
    }

    private func shell(_ script: String, _ log: String) throws -> Tool.Result {
        try Tool.run("sh", ["-c", script, Tool.dmscope, log])
    }

    @Test func aPipeHasLastRecordsToo() throws {
        let folder = try TemporaryFolder()
        let log = try log(folder)
        let lines = try String(contentsOfFile: log, encoding: .utf8).components(separatedBy: "\n").dropLast()
        try #require(lines.count > 3)
        for (count, shown) in [(0, 0), (1, 1), (3, 3), (1000, lines.count)] {
            let result = try shell("cat \"$1\" | \"$0\" tail -n \(count) --format ndjson -", log)
            #expect(result.status == 0)
            #expect(result.output.components(separatedBy: "\n").dropLast() == lines.suffix(shown)[...])
        }
    }

    /// A search without `-n` looks at the whole log, from a file and from a pipe.
    @Test func aFilterSearchesEverything() throws {
        let folder = try TemporaryFolder()
        let line = try #require(
            String(contentsOfFile: log(folder), encoding: .utf8).split(separator: "\n").first {
                $0.contains("\"record\":\"exchange\"")
            })
        let long = try folder.write("long", String(repeating: line + "\n", count: 250))
        func shown(_ arguments: String...) throws -> Int {
            let result = try Tool.run(Tool.dmscope, ["tail", long, "--format", "ndjson"] + arguments)
            return result.output.split(separator: "\n").count
        }
        #expect(try shown("~m POST") == 250)
        #expect(try shown("~m POST", "-n", "7") == 7)
        #expect(try shown() == 100)
        let piped = try shell("cat \"$1\" | \"$0\" tail --format ndjson - '~m POST'", long)
        #expect(piped.output.split(separator: "\n").count == 250)
    }

    /// The writer has gone, so nothing more will come.
    @Test func aPipeThatIsFollowedEnds() throws {
        let folder = try TemporaryFolder()
        let log = try log(folder)
        let result = try shell("cat \"$1\" | \"$0\" tail -f --format ndjson -", log)
        #expect(result.status == 0)
        #expect(try result.output == String(contentsOfFile: log, encoding: .utf8))
    }

    @Test func aReaderThatHasGoneEndsIt() throws {
        let folder = try TemporaryFolder()
        let result = try shell("\"$0\" tail -f \"$1\" | head -1", try log(folder))
        #expect(result.output.components(separatedBy: "\n").count == 2)
    }

    /// Fields that a later version adds come through.
    @Test func aNewerLogIsTold() throws {
        let folder = try TemporaryFolder()
        var lines = try String(contentsOfFile: log(folder), encoding: .utf8).components(separatedBy: "\n").dropLast()
        lines[0] = lines[0].replacingOccurrences(of: "\"version\":1,", with: "\"version\":2,\"more\":[1],")
        let newer = try folder.write("newer", lines.joined(separator: "\n") + "\n")
        for count in ["1", "1000"] {
            let result = try Tool.dmscope("tail", newer, "-n", count, "--format", "ndjson")
            #expect(result.status == 0)
            #expect(result.errors.contains("has records of version 2 (dmscope"), "\(result.errors)")
            #expect(result.errors.split(separator: "\n").count == 1)
            #expect(result.output.contains("\"more\":[1]") == (count == "1000"))
        }
    }
}
