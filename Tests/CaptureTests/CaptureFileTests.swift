import Packets
import TestSupport
import Testing
import Wire

@testable import Capture

private typealias Packet = CaptureFiles.Packet

/// What a file holds, a line for each packet, then `problem …`.
private func contents(_ file: CaptureFile) -> [String] {
    var lines: [String] = []
    file.onSecrets = { _, octets in lines.append("secrets \(octets.text(0..<octets.byteCount))") }
    file.advance()
    while let frame = file.frame {
        let window = file.window
        lines.append("\(frame.time.nanoseconds / 1000) \(String(decoding: window[file.data], as: UTF8.self))")
        file.advance()
    }
    if let problem = file.problem { lines.append("problem \(problem.offset.map { "\($0)" } ?? "-") \(problem.text)") }
    return lines
}

private func contents(_ octets: [UInt8]) throws -> [String] {
    let file = TemporaryFile(octets)
    return contents(try CaptureFile(path: file.path))
}

@Suite struct CaptureFileTests {
    fileprivate static let packets = [Packet(1000, "one"), Packet(2000, "two"), Packet(3000, "three")]
    static let lines = ["1 one", "2 two", "3 three"]
    static let formats: [(String, [UInt8], records: [Int])] = {
        let ng = CaptureFiles.Pcapng()
        let head = [join(ng.section, ng.interface())]
        let blocks = head + packets.map { ng.enhanced(ticks: UInt64($0.time / 1000), $0.octets) }
        func ends(_ lengths: [Int]) -> [Int] {
            var ends: [Int] = []
            for length in lengths { ends.append((ends.last ?? 0) + length) }
            return ends
        }
        return [
            ("pcap", CaptureFiles.pcap(packets), ends([24, 19, 19, 21])),
            ("snoop", CaptureFiles.snoop(packets), ends([16, 28, 28, 32])),
            ("pcapng", blocks.flatMap { $0 }, ends([28, blocks[0].count - 28] + blocks.dropFirst().map(\.count))),
        ]
    }()

    /// Cut at every octet, everything before the cut is read, and a cut inside a record is told with its place.
    @Test(arguments: formats) func readsWhatIsThere(_ name: String, _ file: [UInt8], records: [Int]) throws {
        #expect(try contents(file) == CaptureFileTests.lines)
        for count in 1..<file.count {
            var found = try contents(Array(file[..<count]))
            let start = records.last { $0 <= count } ?? 0
            if !records.contains(count) {
                let problem = try #require(found.last)
                found.removeLast()
                if count < 4 || name == "snoop" && count < 8 {
                    #expect(problem == "problem - this is not a pcap, pcapng or snoop capture")
                } else {
                    #expect(problem == "problem \(start) the file ends inside a record")
                }
            }
            #expect(found == Array(CaptureFileTests.lines[..<found.count]))
            let whole = records.suffix(3).count { $0 <= count }
            #expect(found.count == whole)
        }
    }

    @Test func readsGzip() throws {
        let file = CaptureFiles.pcap(CaptureFileTests.packets)
        #expect(try contents(gzip(file)) == CaptureFileTests.lines)
        // Several members, and zeros after the last.
        let pieces: [ArraySlice<UInt8>] = [file[..<30], file[30..<31], file[31...]]
        let parts = pieces.flatMap { gzip(Array($0)) }
        #expect(try contents(parts) == CaptureFileTests.lines)
        #expect(try contents(parts + [0, 0, 0, 0]) == CaptureFileTests.lines)
    }

    @Test func tellsOfDamagedGzip() throws {
        let packets = (0..<2000).map { Packet(Int64($0) * 1000, "packet number \($0)") }
        let file = gzip(CaptureFiles.pcap(packets))
        for count in stride(from: 18, to: file.count, by: 997) {
            let lines = try contents(Array(file[..<count]))
            #expect(lines.last?.hasSuffix("the gzip stream is cut short") == true)
        }
        var broken = file
        broken[file.count / 2] ^= 0x55
        broken[file.count / 2 + 1] ^= 0x55
        #expect(try contents(broken).last?.contains("the gzip stream is damaged") == true)
    }

    /// Records of every size around the window, and blocks far beyond it.
    @Test func readsRecordsOfAnySize() throws {
        let ng = CaptureFiles.Pcapng()
        var file = ng.section + ng.interface()
        var lines: [String] = []
        for (index, size) in [1, 262_100, 262_144, 300_000, 5, 1_000_000, 70_000].enumerated() {
            let octets = [UInt8](repeating: UInt8(0x61 + index), count: size)
            file += ng.enhanced(ticks: UInt64(index), octets) + ng.block(0x0BAD, [UInt8](repeating: 9, count: size * 2))
            lines.append("\(index) \(String(decoding: octets, as: UTF8.self))")
        }
        let secrets = String(repeating: "k", count: 700_000)
        file += ng.secrets(secrets)
        #expect(try contents(file) == lines + ["secrets \(secrets)"])
        #expect(
            try contents(file + ng.u32(0x0BAD) + ng.u32(0x4000_0000) + [0, 0, 0, 0]).last?.contains("ends inside")
                == true)
    }

    @Test(arguments: [
        ("/nonexistent/lab.pcap", "No such file or directory; check the path"),
        ("/tmp", "Is a directory; name a file in it"),
    ]) func tellsWhatCannotBeOpened(_ path: String, _ why: String) {
        let error = #expect(throws: CaptureError.self) { try CaptureFile(path: path) }
        #expect(error?.description == "\(path): cannot be opened: \(why)")
    }

    /// Octet by octet, whatever its format is.
    @Test(arguments: formats)
    func readsAFileThatIsStillWritten(_ name: String, _ octets: [UInt8], records: [Int]) throws {
        let growing = TemporaryFile()
        let file = try CaptureFile(path: growing.path)
        var written = 0
        file.waitForMore = {
            guard written < octets.count else { return false }
            growing.append([octets[written]])
            written += 1
            return true
        }
        #expect(contents(file) == CaptureFileTests.lines)
    }

    /// As tcpdump does when it is started again with the same name.
    @Test func tellsThatAFollowedFileWasWrittenAnew() throws {
        let octets = CaptureFiles.pcap(CaptureFileTests.packets)
        let growing = TemporaryFile(octets)
        let file = try CaptureFile(path: growing.path)
        file.waitForMore = {
            growing.replace(Array(octets[..<24]))
            return true
        }
        #expect(
            contents(file) == CaptureFileTests.lines + [
                "problem \(octets.count) the file was cut or written anew while it was followed; start again to read it"
            ])
    }
}
