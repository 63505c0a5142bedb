import Foundation
import TestSupport
import Testing

/// What `dmscope replay` makes of pipes, and of captures that do not hold all.
@Suite struct ReplayInputTests {
    private static func octets(_ name: String) throws -> Data {
        try Data(contentsOf: Tool.checkout.appendingPathComponent("captures/\(name)"))
    }

    /// Each pipe is read once; what they hold is one timeline.
    @Test func pipesAreOneTimeline() throws {
        let folder = try TemporaryFolder()
        let whole = try PcapFile(Self.octets("dm-wbxml.pcap"))
        let middle = whole.packets.count / 2
        for (name, packets) in [("one", whole.packets[..<middle]), ("two", whole.packets[middle...])] {
            let path = folder.file(name)
            #expect(mkfifo(path, 0o600) == 0)
            let half = whole.with(Array(packets))
            Thread { try? half.write(to: URL(fileURLWithPath: path)) }.start()
        }
        let pipes = try Tool.dmscope("replay", folder.file("two"), folder.file("one"))
        #expect(pipes.status == 0 && pipes.errors.isEmpty, "\(pipes.errors)")
        let expected = try Tool.dmscope("replay", Tool.checkout.path + "/captures/dm-wbxml.pcap")
        #expect(pipes.output == expected.output && !expected.output.isEmpty)
    }

    /// As the last file of a rotation may be. Alone it is no input.
    @Test func anEmptyFileAmongOthersIsNamed() throws {
        let folder = try TemporaryFolder()
        let empty = try folder.write("empty.pcap", "")
        let whole = Tool.checkout.path + "/captures/dm-wbxml.pcap"
        let expected = try Tool.dmscope("replay", whole)
        let both = try Tool.dmscope("replay", whole, empty)
        #expect(both.status == 0 && both.errors == "dmscope: \(empty): the file is empty\n", "\(both.errors)")
        #expect(both.output == expected.output && !both.output.isEmpty)
        for files in [[empty], [empty, try folder.write("other.pcap", "")]] {
            #expect(try Tool.run(Tool.dmscope, ["replay"] + files).status == 65)
        }
    }

    @Test func framesThatAreNotReadAreTold() throws {
        let folder = try TemporaryFolder()
        var octets = try Self.octets("dm-wbxml.pcap")
        octets.replaceSubrange(20..<24, with: [147, 0, 0, 0])
        try octets.write(to: URL(fileURLWithPath: folder.file("unknown.pcap")))
        let result = try Tool.dmscope("replay", folder.file("unknown.pcap"))
        #expect(result.errors.hasSuffix(" frames not read: link type 147 is not known here\n"), "\(result.errors)")
    }

    /// Where nothing is shown it is told why.
    @Test func thatNothingIsLookedIntoIsTold() throws {
        let whole = Tool.checkout.path + "/captures/dm-wbxml.pcap"
        let none = try Tool.dmscope("replay", whole, "--port", "1")
        #expect(none.status == 0)
        #expect(none.errors == "dmscope: none of 1 connection has a port that --port names\n", "\(none.errors)")
        #expect(try Tool.dmscope("replay", whole, "--port", "80").errors.isEmpty)

        let folder = try TemporaryFolder()
        let arp = try PcapFile(Self.octets("dm-wbxml.pcap"))
        let request = Data([UInt8](repeating: 0xFF, count: 12) + [0x08, 0x06] + [UInt8](repeating: 0, count: 28))
        let packets = arp.packets.prefix(2).map {
            PcapFile.Packet(time: $0.time, captured: request, originalLength: 42)
        }
        try arp.with(packets).write(to: URL(fileURLWithPath: folder.file("arp.pcap")))
        let other = try Tool.dmscope("replay", folder.file("arp.pcap"))
        #expect(other.errors == "dmscope: no TCP in 2 packets: they carry other protocols\n", "\(other.errors)")
    }

    /// A connection all of whose data is missing has not been silent.
    @Test func dataThatIsMissingIsAGap() throws {
        let folder = try TemporaryFolder()
        let whole = try PcapFile(Self.octets("dm-wbxml.pcap"))
        let empty = whole.packets.filter { $0.captured.count < 80 }
        #expect(empty.count < whole.packets.count)
        try whole.with(empty).write(to: URL(fileURLWithPath: folder.file("empty.pcap")))
        let result = try Tool.dmscope("replay", "--format", "ndjson", folder.file("empty.pcap"))
        let connections = try jsonLines(result.output).filter { $0["record"] as? String == "connection" }
        #expect(!connections.isEmpty)
        for connection in connections {
            let findings = try #require(connection["findings"] as? [[String: Any]])
            let gaps = findings.filter { $0["rule"] as? String == "capture-gap" }
            #expect(gaps.count == 2, "\(connection)")
        }
    }

    /// What a capture does not hold of a notification is nobody's fault.
    @Test(arguments: [1, 10, 20, 30]) func aCutNotificationIsNotJudged(_ cut: Int) throws {
        let folder = try TemporaryFolder()
        let whole = try PcapFile(Self.octets("package-zero.pcap"))
        var notification = whole.packets[0]
        notification.captured.removeLast(cut)
        try whole.with([notification]).write(to: URL(fileURLWithPath: folder.file("cut.pcap")))
        let result = try Tool.dmscope("replay", "--format", "ndjson", folder.file("cut.pcap"))
        let records = try jsonLines(result.output).filter { $0["record"] as? String == "notification" }
        let findings = try #require(records.first?["findings"] as? [[String: Any]])
        #expect(findings.compactMap { $0["rule"] as? String } == ["capture-snaplen"])
    }
}
