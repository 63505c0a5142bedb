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

    /// One of two messages, of one of its sides.
    private static let messages = ["xml", "wbxml"].flatMap { type in
        [1, 2].flatMap { number in [false, true].map { (type, number, $0) } }
    }

    /// A message breaks off, after each of its octets: of half a value nothing is said, nor of what did not come.
    @Test(arguments: messages) func aCutMessageIsNotJudged(_ type: String, _ number: Int, _ cutsResponse: Bool) throws {
        let captures = Tool.checkout.appendingPathComponent("captures")
        func message(_ side: String) throws -> [UInt8] {
            try Array(Data(contentsOf: captures.appendingPathComponent("generate/messages/\(number)-\(side).\(type)")))
        }
        let fields = "Cache-Control: no-store\r\nContent-Type: application/vnd.syncml.dm+\(type)\r\n"
        let asking =
            "POST /dm HTTP/1.1\r\nHost: dm.example.com\r\nUser-Agent: X/1\r\nAccept-Charset: utf-8\r\n"
            + "Accept: application/vnd.syncml.dm+\(type)\r\n\(fields)"
        func octets(_ head: String, _ body: [UInt8], _ cut: Int) -> [UInt8] {
            Array("\(head)Content-Length: \(body.count)\r\n\r\n".utf8) + body.prefix(cut)
        }
        let (request, response) = (try message("request"), try message("response"))
        var packets: [TalkPacket] = []
        let cuts = 0..<(cutsResponse ? response : request).count
        for cut in cuts {
            // A session and a connection for each.
            let digits = String(0x100 + cut, radix: 16, uppercase: true)
            func of(_ message: [UInt8]) -> [UInt8] { message.replacing(Array("A3F".utf8), with: Array(digits.utf8)) }
            let talk = Talk(port: 10_000 + UInt16(cut))
            let sent = octets(asking, of(request), cutsResponse ? request.count : cut)
            let back = cutsResponse ? octets("HTTP/1.1 200 OK\r\n\(fields)", of(response), cut) : []
            packets += talk.handshake + [talk.client(0, octets: sent, fin: !cutsResponse)]
            packets.append(talk.server(0, octets: back, ack: sent.count, fin: true))
            packets.append(talk.client(sent.count + (cutsResponse ? 0 : 1), ack: back.count + 1, fin: cutsResponse))
        }
        let folder = try TemporaryFolder()
        let path = folder.file("cut.pcap")
        var file = try PcapFile(Data(contentsOf: captures.appendingPathComponent("dm-wbxml.pcap")))
        file.packets = packets.map {
            PcapFile.Packet(time: Data(count: 8), captured: Data($0.frame), originalLength: UInt32($0.originalLength))
        }
        try file.with(file.packets).write(to: URL(fileURLWithPath: path))
        let found = try faults(of: path)
        // Without its last line end a document of XML is whole all the same.
        let isWhole = type == "xml" ? 1 : 0
        #expect(found["content-length-wrong", default: 0] == isWhole)
        #expect(found["message-incomplete"] == cuts.count - isWhole)
        let others = Set(found.keys).subtracting([
            "content-length-wrong", "message-incomplete", "connection-closed-early", "tls-missing",
        ])
        #expect(others == [])
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
