import Binding
import HTTPWire
import InspectionSupport
import Sessions
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Inspection

/// Bodies under a content coding: what is read of them, when, and how much.
@Suite struct ContentCodingTests {
    /// What happens in which order.
    private final class Order: InspectionSink, Sendable {
        let events = Mutex<[String]>([])

        func add(_ event: String) { events.withLock { $0.append(event) } }
        func exchange(_ exchange: Exchange) { add("told") }
        func connection(_ connection: ConnectionSummary) {}
        func session(_ session: SessionSummary) {}
        func summary(_ summary: InspectionSummary) {}
    }

    private func coded(_ fields: String, _ body: [UInt8] = [1, 2, 3]) -> [UInt8] {
        Array("POST /dm HTTP/1.1\r\nHost: dm\r\n\(fields)Content-Length: \(body.count)\r\n\r\n".utf8) + body
    }

    /// Bodies that may come to megabytes each are not all read before the first is told of.
    @Test func codedBodiesAreReadOneByOne() {
        let order = Order()
        var facilities = Facilities.fake
        facilities.inflate = { _, coding, _ in
            order.add(coding)
            return .done([])
        }
        let inspector = Inspector(facilities: facilities, limits: Limits(), sink: order, batch: 4)
        var source = Source(inspector)
        source.tell(.opened(FlowOrigin(client: "a:1", server: "b:2", loopback: true)))
        for _ in 0..<5 { source.send(.toServer, coded("Content-Encoding: gzip\r\n")) }
        source.tell(.closed(.clientFin))
        #expect(order.events.withLock { $0 } == Array(repeating: ["gzip", "told"], count: 5).flatMap(\.self))
    }

    /// Several fields are one list.
    @Test func codingsInSeveralFields() {
        let order = Order()
        var facilities = Facilities.fake
        facilities.inflate = { _, coding, _ in
            order.add(coding)
            return .unknownCoding
        }
        let inspector = Inspector(facilities: facilities, limits: Limits(), sink: order)
        var source = Source(inspector)
        source.tell(.opened(FlowOrigin(client: "a:1", server: "b:2", loopback: true)))
        source.send(.toServer, coded("Content-Encoding: deflate\r\nContent-Encoding: GZIP\r\n"))
        inspector.finish()
        #expect(order.events.withLock { $0 } == ["deflate, gzip", "told"])
    }

    /// Of a body that breaks off the document may be whole while its coding is not: the length is not wrong by that.
    @Test func aCodedBodyThatBreaksOff() throws {
        var facilities = Facilities.fake
        facilities.inflate = { _, _, _ in .failed("it ends early", InspectorTests.message) }
        let log = inspect(facilities: facilities) { source in
            let fields = "Content-Encoding: gzip\r\nContent-Type: application/vnd.syncml.dm+wbxml\r\n"
            source.send(.toServer, coded(fields).dropLast())
            source.tell(.halfClosed(.toServer))
        }
        let exchange = try #require(log.exchanges.first)
        #expect(exchange.request?.body.dm != nil)
        let told = exchange.findings.map(\.rule).filter { HTTPRules.all.contains($0) }
        #expect(told == [HTTPRules.messageIncomplete])
    }

    /// A name that is no coding, and a plain message under it.
    @Test func aMessageUnderACodingThatWasNotApplied() {
        let log = inspect { source in
            source.send(
                .toServer,
                coded(
                    "Content-Encoding: UTF-8\r\nContent-Type: application/vnd.syncml.dm+wbxml\r\n",
                    InspectorTests.message)
            )
        }
        #expect(log.exchanges.first?.request?.body.dm != nil)
        #expect(
            log.exchanges.first?.findings.contains { $0.rule == InspectionRules.contentEncodingUndecodable } == true)
    }

    /// A line's end behind gzip, for instance.
    @Test func aMessageWithOctetsBehindItsCodedData() {
        var facilities = Facilities.fake
        facilities.inflate = { _, _, _ in .followed(InspectorTests.message, by: 2) }
        let log = inspect(facilities: facilities) { source in
            source.send(
                .toServer,
                coded("Content-Encoding: gzip\r\nContent-Type: application/vnd.syncml.dm+wbxml\r\n"))
        }
        #expect(log.exchanges.first?.request?.body.dm != nil)
        #expect(
            log.exchanges.first?.findings.filter { $0.rule == InspectionRules.contentEncodingUndecodable }.map(\.text)
                == ["2 octets stand behind the end of the gzip data; what comes before them is read"])
    }

    @Test func whatOneConnectionInflatesIsBounded() {
        let budget = InflationBudget()
        let most = 32 << 20
        for _ in 0..<2 {
            #expect(budget.limit(most: most, wire: 100) > most - 7000)
            budget.took(.done([UInt8](repeating: 0, count: most)))
        }
        #expect(budget.limit(most: most, wire: 100) == 256 << 10)
        // What is large on the wire may be large behind it.
        #expect(budget.limit(most: most, wire: 1 << 20) == most)
    }
}
