import Binding
import HTTPWire
import Wire

/// Exchanges and connections that have ended and wait to be inspected together: first all their bodies are read, then all
/// are judged, and so on. One exchange after the other would have each stage's code fetched anew for each of them, which
/// takes longer than running it. What comes out is the same, in the same order.
struct InspectionBatch {
    enum Ended {
        /// With the flow it came from.
        case exchange(Exchange, ExchangeAssembler)
        case connection(EndedConnection)
    }

    /// A class because it is large, and most of what waits are exchanges.
    final class EndedConnection {
        var summary: ConnectionSummary
        let flow: ExchangeAssembler

        init(_ summary: ConnectionSummary, _ flow: ExchangeAssembler) {
            self.summary = summary
            self.flow = flow
        }
    }

    private(set) var waiting: [Ended] = []
    /// Octets of bodies that wait.
    private(set) var octets = 0
    private var exchanges = 0
    private let most: Int
    /// Octets of bodies that wait at most, but for the last exchange's.
    static let mostOctets = 1 << 20

    init(most: Int) { self.most = most }

    var isFull: Bool {
        most == 1 || exchanges >= most || octets >= InspectionBatch.mostOctets || waiting.count >= 4 * most
    }

    mutating func add(_ exchange: Exchange, _ flow: ExchangeAssembler) {
        waiting.append(.exchange(exchange, flow))
        exchanges += 1
        octets += InspectionBatch.cost(exchange.request) + InspectionBatch.cost(exchange.response)
    }

    mutating func add(_ connection: ConnectionSummary, _ flow: ExchangeAssembler) {
        waiting.append(.connection(EndedConnection(connection, flow)))
    }

    /// What a coded body comes to is not known: it waits for no other.
    private static func cost(_ message: Exchange.Message?) -> Int {
        guard let message, message.body.length > 0 else { return 0 }
        return message.head.has("content-encoding") ? mostOctets : message.body.octets.count
    }

    /// Hands over what waits, oldest first.
    mutating func take() -> [Ended] {
        octets = 0
        exchanges = 0
        defer { waiting = [] }
        return waiting
    }
}
