import Foundation
import TestSupport
import Testing

/// A packet that the capture lacks is nobody's fault.
@Suite struct LossTests {
    @Test(arguments: ["dm-wbxml.pcap", "libdmclient-xml-md5.pcap"])
    func aMissingPacketAddsNoFault(_ capture: String) throws {
        let path = Tool.checkout.appendingPathComponent("captures/\(capture)")
        let whole = try PcapFile(Data(contentsOf: path))
        #expect(whole.packets.count > 10)
        let known = try faults(of: path.path)
        let folder = try TemporaryFolder()
        for lost in whole.packets.indices {
            var packets = whole.packets
            packets.remove(at: lost)
            let path = folder.file("lost.pcap")
            try whole.with(packets).write(to: URL(fileURLWithPath: path))
            let left = try faults(of: path)
            for (rule, count) in left {
                #expect(count <= known[rule, default: 0], "\(rule) without packet \(lost + 1)")
            }
        }
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
