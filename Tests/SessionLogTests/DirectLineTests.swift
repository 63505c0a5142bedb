import Binding
import Inspection
import Sessions
import SyncML
import TestSupport
import Testing
import Wire

@testable import SessionLog

/// An exchange that is written straight from inspection makes the same line as its record does.
@Suite struct DirectLineTests {
    /// A server's answer: Status 212 for SyncHdr, Sequence with a Get and a Replace whose data are octets.
    static let answer = hex(
        """
        02a4016a00 6d 6c 7103'1.2'0001 7203'DM/1.2'0001 6503'1'0001 5b03'1'0001 6e5703'IMEI:1'000101
        6757 03'http://s/dm'000101 01 6b
        69 4b03'1'0001 5c03'1'0001 4c03'0'0001 4a03'SyncHdr'0001 4f03'212'0001 01
        64 4b03'2'0001 53 4b03'3'0001 546e5703'./A'00010101 01
           60 4b03'4'0001 54 6e5703'./B'000101 5a 0001 4703'bin'0001 01 0000 4f c30300ff10 01 01 01 01
        12 01 01
        """)
    static let request = hex(
        """
        02a4016a006d6c7103312e3200017203444d2f312e32000165033100015b033100016e5703687474703a2f2f732f646d00010167570349
        4d45493a310001015a00014c03353030300001010100006b464b033100014f0331323031000101120101
        """)

    private final class Kept: InspectionSink {
        var exchanges: [Exchange] = []
        func exchange(_ exchange: Exchange) { exchanges.append(exchange) }
        func connection(_ connection: ConnectionSummary) {}
        func session(_ session: SessionSummary) {}
        func summary(_ summary: InspectionSummary) {}
    }

    private struct NoDigest: IncrementalDigest {
        mutating func update(_ bytes: RawSpan) {}
        mutating func finish() -> [UInt8] { [0xAB] }
    }

    private func post(_ body: [UInt8], _ start: String) -> [UInt8] {
        Array("\(start)\r\nContent-Type: application/vnd.syncml.dm+wbxml\r\nContent-Length: \(body.count)\r\n\r\n".utf8)
            + body
    }

    @Test func equalsTheRecordsLine() throws {
        let kept = Kept()
        let inspector = Inspector(
            facilities: Facilities(
                readXML: { _, _ in MarkupDocument(.xml) }, inflate: { _, _, _ in .unknownCoding },
                sha256: { NoDigest() },
                md5: { _ in [] }), limits: Limits(), sink: kept)
        let time = Timestamp(nanoseconds: 1_331_028_000_000_000_000)
        let nothing: [UInt8] = []
        inspector.receive(
            1, .opened(FlowOrigin(client: "127.0.0.1:1", server: "127.0.0.1:2", loopback: true)), at: time,
            nothing.span.bytes)
        let sent = post(Self.request, "POST /dm HTTP/1.1\r\nHost: s")
        let received = post(Self.answer, "HTTP/1.1 200 OK\r\nX-Quote: \"é\\")
        inspector.receive(1, .bytes(.toServer, offset: 0), at: time, sent.span.bytes)
        inspector.receive(1, .bytes(.toClient, offset: 0), at: time, received.span.bytes)
        let exchange = try #require(kept.exchanges.first)
        #expect(exchange.response?.body.dm?.commands.last?.children.count == 2)

        var direct = JSONWriter()
        direct.line(exchange)
        var record = JSONWriter()
        record.line(.exchange(ExchangeRecord(exchange)))
        #expect(String(decoding: direct.bytes, as: UTF8.self) == String(decoding: record.bytes, as: UTF8.self))
        #expect(String(decoding: direct.bytes, as: UTF8.self).contains(#""octets":"AP8Q""#))
    }
}
