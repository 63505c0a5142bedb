import Packets
import TestSupport
import Testing
import Wire

/// What is written as a capture reads back as what was said.
@Suite struct SegmentWriterTests {
    private static let four = Endpoint(address: IPAddress(v4: 0x0A00_0001), port: 40000)
    private static let other = Endpoint(address: IPAddress(v4: 0x0A00_0002), port: 80)
    private static let device = Endpoint(address: IPAddress(high: 0x2001_0DB8_0000_0000, low: 8), port: 40000)
    private static let six = Endpoint(address: IPAddress(high: 0x2001_0DB8_0000_0000, low: 7), port: 80)

    private func written(_ client: Endpoint, _ server: Endpoint, _ say: (inout SegmentWriter) -> [[UInt8]]) throws
        -> [String]
    {
        var writer = SegmentWriter(client: client, server: server, seed: 0xFFFF_FF00)
        var time = Int64(1_700_000_000_123_456_789)
        var packets: [TalkPacket] = []
        for frame in writer.open() + say(&writer) {
            time += 1
            var packet = TalkPacket(frame)
            packet.time = Timestamp(nanoseconds: time)
            packets.append(packet)
        }
        return try events(packets)
    }

    private let request = Array("GET / HTTP/1.1\r\n\r\n".utf8)
    private let response = Array("HTTP/1.1 204 No\r\n\r\n".utf8)

    @Test(arguments: [
        (four, other, "10.0.0.1:40000 > 10.0.0.2:80"), (device, six, "[2001:db8::8]:40000 > [2001:db8::7]:80"),
        (four, six, "[::ffff:10.0.0.1]:40000 > [2001:db8::7]:80"),
    ])
    func readsBack(_ client: Endpoint, _ server: Endpoint, _ ends: String) throws {
        let found = try written(client, server) { writer in
            var frames = writer.octets(request, .toServer)
            frames += writer.octets(response, .toClient)
            frames += writer.finish(.toClient)
            frames += writer.finish(.toServer)
            // Nothing comes after the end of a direction.
            return frames + writer.octets(request, .toServer) + writer.finish(.toServer)
        }
        #expect(
            found == [
                "1 open \(ends)", "1 > 0 GET / HTTP/1.1||", "1 < 0 HTTP/1.1 204 No||", "1 < fin", "1 > fin",
                "1 closed server-fin",
            ])
    }

    @Test func longOctetsTakeMoreSegments() throws {
        var writer = SegmentWriter(client: Self.four, server: Self.other, seed: 1)
        let octets = [UInt8](repeating: 7, count: 2 * SegmentWriter.segmentLimit + 1)
        let frames = writer.octets(octets, .toServer)
        #expect(frames.map { $0.count - 54 } == [SegmentWriter.segmentLimit, SegmentWriter.segmentLimit, 1])
    }

    @Test func whatIsSkippedIsAGap() throws {
        let found = try written(Self.four, Self.other) { writer in
            var frames = writer.octets(request, .toServer)
            writer.skip(10, .toServer)
            frames += writer.octets(request, .toServer)
            return frames + writer.reset(.toServer) + writer.reset(.toClient)
        }
        #expect(
            found == [
                "1 open 10.0.0.1:40000 > 10.0.0.2:80", "1 > 0 GET / HTTP/1.1||", "1 > gap 18+10",
                "1 > 28 GET / HTTP/1.1||", "1 closed client-reset",
            ])
    }
}
