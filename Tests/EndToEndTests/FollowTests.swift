import Foundation
import TestSupport
import Testing

/// `dmscope replay --follow` while the capture and its key log are written.
@Suite struct FollowTests {
    private static func append(_ octets: Data, to path: String) throws {
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: octets)
        try handle.close()
    }

    /// Half of the packets come before the keys, which come in two pieces, and may before their file.
    @Test(arguments: [true, false]) func keysMayComeAfterTheirPackets(_ fileIsThere: Bool) throws {
        let folder = try TemporaryFolder()
        let whole = try Data(contentsOf: Tool.checkout.appendingPathComponent("captures/tls12-secrets.pcapng"))
        // The second block holds the key log: type, length, secrets type, secrets length, secrets.
        func number(_ at: Int) -> Int { whole[at..<at + 4].reversed().reduce(0) { $0 << 8 | Int($1) } }
        let section = number(4)
        try #require(number(section) == 0x0A)
        let secrets = whole[section + 16..<section + 16 + number(section + 12)]
        let rest = whole[(section + number(section + 4))...]

        let capture = folder.file("growing.pcapng")
        try Data(whole[..<section]).write(to: URL(fileURLWithPath: capture))
        let keys = folder.file("keys.log")
        if fileIsThere { _ = try folder.write("keys.log", "") }
        let replay = try Running(
            Tool.dmscope, ["replay", capture, "--follow", "--keylog", keys, "--format", "ndjson"])
        let cut = rest.startIndex + rest.count / 2 + 3
        try Self.append(rest[..<cut], to: capture)
        _ = try replay.until("its schema") { $0.output.contains("\"schema\"") ? true : nil }
        if !fileIsThere { _ = try folder.write("keys.log", "") }
        try Self.append(secrets.prefix(50), to: keys)
        try Self.append(secrets.dropFirst(50), to: keys)
        try Self.append(rest[cut...], to: capture)
        // The connection has ended in the file: that is told while the file is still followed.
        _ = try replay.until("the connection's end") { $0.output.contains("\"record\":\"connection\"") ? true : nil }
        #expect(replay.isRunning)
        let result = try replay.stop(SIGINT)
        #expect(result.status == 0)
        let told = "dmscope: \(keys) is not there yet; it is read as soon as it is\n"
        #expect(result.errors == (fileIsThere ? "" : told))
        let records = try jsonLines(result.output)
        #expect(records.last?["record"] as? String == "summary")
        let whence = try Tool.dmscope(
            "replay", Tool.checkout.appendingPathComponent("captures/tls12-secrets.pcapng").path, "--format", "ndjson")
        let targets = { (records: [[String: Any]]) in
            records.filter { $0["record"] as? String == "exchange" }.compactMap {
                ($0["request"] as? [String: Any])?["target"] as? String
            }
        }
        #expect(try targets(records) == targets(jsonLines(whence.output)))
        #expect(!targets(records).isEmpty)
    }

    /// What comes under the key log's name is none.
    @Test func aKeyLogThatCannotBeReadIsToldOnce() throws {
        let folder = try TemporaryFolder()
        let capture = folder.file("growing.pcapng")
        let path = Tool.checkout.appendingPathComponent("captures/tls12-secrets.pcapng")
        try Data(contentsOf: path).write(to: URL(fileURLWithPath: capture))
        let keys = folder.file("keys.log")
        let replay = try Running(Tool.dmscope, ["replay", capture, "--follow", "--keylog", keys])
        _ = try replay.until("its connection") { $0.output.contains(" ended ") ? true : nil }
        try FileManager.default.createDirectory(atPath: keys, withIntermediateDirectories: false)
        _ = try replay.until("the fault") { $0.errors.contains("Is a directory") ? true : nil }
        let result = try replay.stop(SIGINT)
        #expect(result.status == 0)
        #expect(
            result.errors
                == "dmscope: \(keys) is not there yet; it is read as soon as it is\n"
                + "dmscope: \(keys): cannot be read: Is a directory; name a file in it; start anew to have its keys\n")
    }

    /// A pipe has its end where its writer ends.
    @Test(arguments: ["--follow", "-f"]) func aPipeIsFollowedToItsEnd(_ option: String) throws {
        let path = Tool.checkout.appendingPathComponent("captures/dm-wbxml.pcap").path
        let piped = try Tool.run("sh", ["-c", "cat '\(path)' | exec \(Tool.dmscope) replay \(option) -"])
        let whole = try Tool.dmscope("replay", path)
        #expect(piped.status == 0 && piped.errors.isEmpty, "\(piped.errors)")
        #expect(piped.output == whole.output && !whole.output.isEmpty)
    }
}
