import Binding
import HTTPWire
import Inspection
import InspectionSupport
import SyncML
import TestSupport
import Testing
import Wire

/// Bodies that are damaged, that do not begin as they should, or that are larger than is kept.
@Suite struct BodyReadingTests {
    private func coded(_ fields: String, _ body: [UInt8] = [1, 2, 3]) -> [UInt8] {
        Array("POST /dm HTTP/1.1\r\nHost: dm\r\n\(fields)Content-Length: \(body.count)\r\n\r\n".utf8) + body
    }

    /// Gzip without its trailer, say: what came out is read, and that it may not be all is the one fault told.
    @Test(arguments: [0, 3]) func aMessageOfDamagedCodedData(missing: Int) throws {
        var facilities = Facilities.fake
        let octets = Array(InspectorTests.message.dropLast(missing))
        facilities.inflate = { _, _, _ in .failed("the data ends early", octets) }
        let log = inspect(facilities: facilities) { source in
            source.send(
                .toServer,
                coded("Content-Encoding: gzip\r\nContent-Type: application/vnd.syncml.dm+wbxml\r\n"))
        }
        let exchange = try #require(log.exchanges.first)
        let body = try #require(exchange.request?.body)
        #expect(body.dm?.header.msgID != nil)
        #expect(body.decoded == octets && body.isPartlyDecoded)
        #expect(body.coding == "gzip")
        #expect(body.document?.complete == (missing == 0))
        let told = exchange.findings.filter { $0.rule.id.hasPrefix("wbxml-") || InspectionRules.all.contains($0.rule) }
        #expect(told.map(\.rule) == [InspectionRules.contentEncodingUndecodable])
    }

    /// What a Range asked for.
    @Test(arguments: [(200, true), (206, false)])
    func aPartOfAMessageIsNoMessage(_ status: Int, _ isTold: Bool) throws {
        let type = "Content-Type: application/vnd.syncml.dm+xml\r\n"
        let log = inspect {
            $0.send(.toServer, Array("GET /dm HTTP/1.1\r\nHost: dm\r\nRange: bytes=5-7\r\n\r\n".utf8))
            $0.send(
                .toClient,
                Array(
                    "HTTP/1.1 \(status) X\r\n\(type)Content-Range: bytes 5-7/332\r\nContent-Length: 3\r\n\r\nxml"
                        .utf8))
        }
        let exchange = try #require(log.exchanges.first)
        #expect(exchange.findings.contains { $0.rule == InspectionRules.documentUnreadable } == isTold)
        #expect(exchange.response?.body.length == 3)
    }

    /// The connection ends before Content-Length has come. That it was too large shows where the document is whole; else
    /// the message was broken off, and by a reset nobody's message was. Either is a note where the server had left first.
    @Test(arguments: [
        (0, [Direction.toServer], HTTPRules.contentLengthWrong), (3, [.toServer], HTTPRules.messageIncomplete),
        (0, [.toClient, .toServer], HTTPRules.contentLengthWrong),
        (3, [.toClient, .toServer], HTTPRules.messageIncomplete), (0, [], nil), (3, [], nil),
    ]) func aBodyIsShorterThanItsLength(_ missing: Int, _ ends: [Direction], _ expected: Rule?) throws {
        let message = InspectorTests.message
        let head =
            "POST /dm HTTP/1.1\r\nHost: dm\r\nContent-Type: application/vnd.syncml.dm+wbxml\r\n"
            + "Content-Length: \(message.count + 5)\r\n\r\n"
        let log = inspect { source in
            source.send(.toServer, Array(head.utf8) + message.dropLast(missing))
            for end in ends { source.tell(.halfClosed(end)) }
        }
        let exchange = try #require(log.exchanges.first)
        #expect(exchange.request?.body.complete == false)
        let told = exchange.findings.filter { HTTPRules.all.contains($0.rule) }
        #expect(told.map(\.rule) == [expected].compactMap(\.self))
        #expect(told.allSatisfy { $0.level == (ends.count == 2 ? .note : .must) })
        #expect(told.allSatisfy { $0.offset == StreamOffset(head.utf8.count + message.count - missing) })
    }

    /// What binds clients alone is judged of their messages.
    @Test func anAlertWithoutTypeOfEitherSide() throws {
        var draft = DraftMessage()
        draft.header.sessionID = "1"
        draft.header.msgID = "1"
        draft.commands = ["1226", "1222"].map { code in
            var alert = DraftCommand("Alert", cmdID: "1")
            alert.data = code
            return alert
        }
        let octets = draft.written(.wbxml).octets
        let fields = "Content-Type: application/vnd.syncml.dm+wbxml\r\n"
        let head = "HTTP/1.1 200 OK\r\n\(fields)Content-Length: \(octets.count)\r\n\r\n"
        let log = inspect {
            $0.send(.toServer, coded(fields, octets))
            $0.send(.toClient, Array(head.utf8) + octets)
        }
        let findings = try #require(log.exchanges.first).findings.filter { $0.rule.id.hasPrefix("syncml-") }
        func subjects(_ rule: Rule) -> [Subject] { findings.filter { $0.rule == rule }.map(\.about) }
        #expect(subjects(SyncMLRules.alertIncomplete) == [.request])
        #expect(subjects(SyncMLRules.cmdIDRepeated) == [.request, .response])
    }

    // MARK: WBXML with a rare header

    /// Charset, public identifier and version that are not known: the media type and the root element decide.
    @Test(arguments: [
        (3, [0x11], "wbxml-charset-unsupported"), (1, [0xA4, 0x07], "wbxml-public-id-unknown"),
        (0, [0x04], "wbxml-version-unknown"),
    ])
    func aRareHeaderUnderTheMediaType(at: Int, octets: [UInt8], rule: String) throws {
        var message = InspectorTests.message
        #expect(message.starts(with: [0x02, 0xA4, 0x01, 0x6A]))
        message.replaceSubrange(at..<at + octets.count, with: octets)
        for (type, isRead) in [("application/vnd.syncml.dm+wbxml", true), ("application/octet-stream", false)] {
            let log = inspect { $0.send(.toServer, coded("Content-Type: \(type)\r\n", message)) }
            let exchange = try #require(log.exchanges.first)
            #expect((exchange.request?.body.dm != nil) == isRead)
            #expect(exchange.findings.contains { $0.rule.id == rule } == isRead)
            #expect(!exchange.findings.contains { $0.rule == InspectionRules.documentUnreadable })
        }
    }

    /// Each of SyncML's public identifiers, and one in the string table, is looked into under whatever type it comes.
    @Test(arguments: [
        ([0x9F, 0x51, 0x6A, 0x00], true), ([0x9F, 0x53, 0x6A, 0x00], true), ([0xA4, 0x01, 0x6A, 0x00], true),
        ([0x00, 0x00, 0x6A, 0x1E] + Array("-//SYNCML//DTD SyncML 1.2//EN\0".utf8), true),
        ([0x9F, 0x52, 0x6A, 0x00], false), ([0x0B, 0x6A, 0x00], false),
    ])
    func aMessageUnderAForeignMediaType(header: [UInt8], isRead: Bool) throws {
        let message = [0x02] + header + InspectorTests.message.dropFirst(5)
        let log = inspect { $0.send(.toServer, coded("Content-Type: image/gif\r\n", message)) }
        #expect((try #require(log.exchanges.first).request?.body.dm != nil) == isRead)
    }

    /// What is no WBXML at all is told as that alone.
    @Test(arguments: [Array("Internal Server Error".utf8), [0x1F, 0x8B, 8, 0, 0, 0, 0, 0], [0x02, 0x7F, 1, 2, 3]])
    func otherOctetsUnderTheMediaType(octets: [UInt8]) throws {
        let log = inspect {
            $0.send(.toServer, coded("Content-Type: application/vnd.syncml.dm+wbxml\r\n", octets))
        }
        let findings = try #require(log.exchanges.first).findings
        let unreadable = try #require(findings.first { $0.rule == InspectionRules.documentUnreadable })
        #expect(!findings.contains { $0.rule.id.hasPrefix("wbxml-") })
        #expect(unreadable.text.contains("it is gzip without a Content-Encoding") == octets.starts(with: [0x1F, 0x8B]))
    }

    @Test func bodiesOverTheBoundAreHashedAndCountedNotKept() throws {
        var limits = Limits()
        limits.body = 50
        let log = inspect(limits: limits) { source in
            source.send(.toServer, InspectorTests.request())
            source.send(.toClient, InspectorTests.response)
        }
        let body = try #require(log.exchanges.first?.request?.body)
        #expect(body.length == UInt64(InspectorTests.message.count))
        #expect(body.octets.count == 50)
        #expect(body.truncated)
        #expect(body.document == nil && body.dm == nil)
        #expect(body.sha256 == FakeDigest.of(InspectorTests.message))
        #expect(log.exchanges.first?.findings.contains { $0.rule == InspectionRules.bodyTooLong } == true)
    }

    /// Bodies under way on many connections are bounded together, and large ones give way to small ones.
    @Test(arguments: [true, false]) func bodiesUnderWayAreBoundedTogether(_ allAtOnce: Bool) {
        var limits = Limits()
        limits.body = 3200
        limits.bodies = 10_000
        let log = Kept()
        let inspector = Inspector(facilities: .fake, limits: limits, sink: log)
        let nothing: [UInt8] = []
        let octets =
            Array("POST /dm HTTP/1.1\r\nHost: dm\r\nContent-Length: 3201\r\n\r\n".utf8)
            + [UInt8](repeating: 0x78, count: 3200)
        let origin = FlowOrigin(client: "a:1", server: "b:2", loopback: true)
        let now = Timestamp(nanoseconds: 1)
        for flow in 1...100 {
            inspector.receive(flow, .opened(origin), at: now, nothing.span.bytes)
            inspector.receive(flow, .bytes(.toServer, offset: 0), at: now, octets.span.bytes)
            if !allAtOnce { inspector.receive(flow, .closed(.clientFin), at: now, nothing.span.bytes) }
        }
        inspector.finish()
        let kept = log.exchanges.map { $0.request?.body.octets.count ?? 0 }.sorted(by: >)
        #expect(kept.count == 100)
        if allAtOnce {
            #expect(kept.prefix(3) == [3200, 3200, 100] && kept.last == 3)
            #expect(kept.reduce(0, +) <= limits.bodies + limits.body + 100 * 3)
        } else {
            #expect(kept.allSatisfy { $0 == 3200 })
        }
    }
}
