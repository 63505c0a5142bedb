import Foundation
import Testing

/// A packet that the capture lacks is nobody's fault.
@Suite struct LossTests {
    @Test(arguments: ["dm-wbxml.pcap", "libdmclient-xml-md5.pcap"])
    func aMissingPacketAddsNoFault(_ capture: String) throws {
        let octets = [UInt8](
            try Data(contentsOf: Tool.checkout.appendingPathComponent("captures/\(capture)")))
        let packets = packets(of: octets)
        #expect(packets.count > 10)
        let whole = try faults(octets)
        let folder = try Tool.Folder()
        for lost in packets {
            let path = folder.file("lost.pcap")
            try Data(octets[..<lost.lowerBound] + octets[lost.upperBound...]).write(to: URL(fileURLWithPath: path))
            let left = try faults(of: path)
            for (rule, count) in left {
                #expect(count <= whole[rule, default: 0], "\(rule) without the packet at \(lost.lowerBound)")
            }
        }
    }

    /// Where the packets of a little-endian pcap stand, each with its header.
    private func packets(of octets: [UInt8]) -> [Range<Int>] {
        var all: [Range<Int>] = []
        var at = 24
        while at + 16 <= octets.count {
            let length = octets[at + 8..<at + 12].reversed().reduce(0) { $0 << 8 | Int($1) }
            all.append(at..<at + 16 + length)
            at += 16 + length
        }
        return all
    }

    private func faults(_ octets: [UInt8]) throws -> [String: Int] {
        let folder = try Tool.Folder()
        try Data(octets).write(to: URL(fileURLWithPath: folder.file("whole.pcap")))
        return try faults(of: folder.file("whole.pcap"))
    }

    /// How often each rule above a note is broken in a capture.
    private func faults(of path: String) throws -> [String: Int] {
        let result = try Tool.dmscope("replay", path, "--format", "ndjson")
        #expect(result.status == 0, "\(result.errors)")
        var counts: [String: Int] = [:]
        for line in result.output.split(separator: "\n") {
            let record = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            for finding in record["findings"] as? [[String: Any]] ?? [] where finding["level"] as? String != "NOTE" {
                counts["\(finding["rule"] ?? "?")", default: 0] += 1
            }
        }
        return counts
    }
}
