import Binding
import HTTPWire
import Wire

/// Exchanges that have ended and wait to be inspected together: first all their bodies are read, then all are judged, and
/// so on. One exchange after the other would have each stage's code fetched anew for each of them, which takes longer
/// than running it. What comes out is the same, in the same order.
struct ExchangeBatch {
    struct Waiting {
        let exchange: Exchange
        /// The flow it came from.
        let assembler: ExchangeAssembler
    }

    private(set) var waiting: [Waiting] = []
    private var octets = 0
    private let most: Int
    /// Octets of bodies that wait at most, but for the last exchange's.
    private static let mostOctets = 1 << 20

    init(most: Int) { self.most = most }

    var isFull: Bool { waiting.count >= most || octets >= ExchangeBatch.mostOctets }

    mutating func add(_ exchange: Exchange, _ assembler: ExchangeAssembler) {
        waiting.append(Waiting(exchange: exchange, assembler: assembler))
        octets += ExchangeBatch.cost(exchange.request) + ExchangeBatch.cost(exchange.response)
    }

    /// What a coded body comes to is not known: it waits for no other.
    private static func cost(_ message: Exchange.Message?) -> Int {
        guard let message, message.body.length > 0 else { return 0 }
        return message.head.has("content-encoding") ? mostOctets : message.body.octets.count
    }

    /// Hands over what waits, oldest first.
    mutating func take() -> [Waiting] {
        octets = 0
        defer { waiting = [] }
        return waiting
    }
}
