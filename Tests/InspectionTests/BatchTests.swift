import Binding
import Dispatch
import HTTPWire
import InspectionSupport
import Sessions
import Testing
import Wire

@testable import Inspection

/// Exchanges that are inspected together, and bodies that are read beside.
@Suite struct BatchTests {
    /// Where bodies are read while others are judged.
    enum Reading: CaseIterable, Sendable {
        case here
        /// When the inspector cannot go on without.
        case asLateAsMayBe
        case onAnotherThread

        var facilities: Facilities {
            var facilities = Facilities.fake
            switch self {
            case .here: break
            case .asLateAsMayBe: facilities.beside = { work in { work() } }
            case .onAnotherThread:
                let thread = DispatchQueue(label: "bodies")
                facilities.beside = { work in
                    let item = DispatchWorkItem(block: work)
                    thread.async(execute: item)
                    return { item.wait() }
                }
            }
            return facilities
        }
    }

    /// Exchanges that are inspected together come out as if each had been alone, findings in the same places, and before
    /// what is told of their connection.
    @Test(arguments: [2, 3, 5, 100], Reading.allCases) func batchesChangeNothing(_ batch: Int, _ reading: Reading) {
        func run(_ batch: Int, _ limits: Limits, _ facilities: Facilities = .fake) -> Kept {
            inspect(facilities: facilities, limits: limits, batch: batch) { source in
                for round in 0..<7 {
                    source.send(
                        .toServer,
                        InspectorTests.request(
                            round == 2 ? "X\r\n" : "", body: round == 3 ? [1, 2, 3] : InspectorTests.message))
                    source.send(.toServer, InspectorTests.request("Content-Encoding: gzip\r\n"))
                    let body = round == 4 ? InspectorTests.message.dropLast(3) : InspectorTests.message[...]
                    source.send(
                        .toClient,
                        Array("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.syncml.dm+wbxml\r\n".utf8)
                            + Array("Content-Length: \(body.count)\r\nbad line\r\n\r\n".utf8) + body
                            + InspectorTests.response)
                }
            }
        }
        var few = Limits()
        few.findings = 4
        for limits in [Limits(), few] {
            let alone = run(1, limits)
            let together = run(batch, limits, reading.facilities)
            #expect(alone.exchanges.count == 14)
            #expect(together.description == alone.description)
            #expect(together.summaries.first?.findings == alone.summaries.first?.findings)
            #expect(together.sessions.map(\.findings.count) == alone.sessions.map(\.findings.count))
        }
    }

    /// What happens on two connections by turns is told in the order in which it ended.
    @Test(arguments: [2, 3, 100], Reading.allCases) func theOrderStays(_ batch: Int, _ reading: Reading) {
        func run(_ batch: Int, _ facilities: Facilities) -> [String] {
            let order = Order()
            let inspector = Inspector(facilities: facilities, limits: Limits(), sink: order, batch: batch)
            for round in 0..<6 {
                var flows = [2 * round, 2 * round + 1].map { Source(inspector, flow: $0) }
                for at in flows.indices {
                    flows[at].tell(
                        .opened(FlowOrigin(client: "192.0.2.1:\(round)", server: "192.0.2.2:80", loopback: false)))
                }
                for exchange in 0..<3 {
                    for at in flows.indices {
                        flows[at].send(
                            .toServer, InspectorTests.request("X-Number: \(exchange)\r\n", body: InspectorTests.message)
                        )
                        flows[at].send(.toClient, InspectorTests.response)
                    }
                }
                for at in flows.indices { flows[at].tell(.closed(.clientFin)) }
            }
            inspector.finish()
            return order.told
        }
        let alone = run(1, .fake)
        #expect(alone.count { $0.hasPrefix("exchange") } == 36 && alone.count { $0.hasPrefix("connection") } == 12)
        #expect(alone.contains { $0.hasPrefix("session") })
        #expect(run(batch, reading.facilities) == alone)
    }

    /// What is told, in order.
    private final class Order: InspectionSink {
        private(set) var told: [String] = []

        func exchange(_ exchange: Exchange) {
            told.append("exchange \(exchange.id) \(exchange.findings.map(\.rule.id))")
        }
        func connection(_ connection: ConnectionSummary) {
            let findings = connection.findings.map(\.rule.id)
            told.append("connection \(connection.id) \(connection.exchanges) \(findings)")
        }
        func session(_ session: SessionSummary) {
            told.append("session \(session.sessionID) \(session.findings.map(\.rule.id))")
        }
        func summary(_ summary: InspectionSummary) {
            told.append("summary \(Level.allCases.map { summary.findings[$0] ?? 0 })")
        }
    }

    @Test func settleTellsOfWhatWaits() {
        let kept = Kept()
        let inspector = Inspector(facilities: .fake, limits: Limits(), sink: kept, batch: 10)
        var source = Source(inspector)
        source.tell(.opened(FlowOrigin(client: "127.0.0.1:1", server: "127.0.0.1:2", loopback: true)))
        source.send(.toServer, InspectorTests.request())
        source.send(.toClient, InspectorTests.response)
        #expect(kept.exchanges.isEmpty)
        inspector.settle()
        #expect(kept.exchanges.count == 1)
        source.send(.toServer, InspectorTests.request())
        source.send(.toClient, InspectorTests.response)
        source.tell(.closed(.clientFin))
        #expect(kept.connections.isEmpty)
        inspector.settle()
        #expect(kept.exchanges.count == 2 && kept.connections.count == 1)
    }
}
