import NIOCore
import Sessions
import Wire

/// What waits to be written to a capture. Pure.
///
/// Bounded: past `bound` it is *full* until it is taken, and tells of connections it knows only how many octets they
/// missed and how they ended, one entry for each. Connections that are opened meanwhile stay out of the capture for good,
/// and secrets are dropped; all of it is counted. What it knows are connections that it let in and that are still open.
struct CaptureQueue {
    enum Item {
        case opened(Int, client: SocketAddress, proxy: SocketAddress, Timestamp)
        case octets(Int, ByteBuffer, Direction, Timestamp)
        case skipped(Int, Int, Direction)
        case finished(Int, Direction, Timestamp)
        case closed(Int, resetBy: Direction?, Timestamp)
        case secret(String)
    }

    /// What is not in the capture. The octets are of connections that are in it.
    struct LeftOut: Equatable {
        var octets = 0
        var connections = 0
        var secrets = 0

        /// For a person: `12 octets and 1 connection`; nil where all of it is there.
        var words: String? {
            let counts = [(octets, "octet"), (connections, "connection"), (secrets, "TLS secret")]
            let parts = counts.filter { $0.0 > 0 }.map { counted($0.0, $0.1) }
            guard let last = parts.last else { return nil }
            return parts.count == 1 ? last : parts.dropLast().joined(separator: ", ") + " and " + last
        }
    }

    /// What befell a connection after the queue was full.
    private struct Rest {
        var skipped = PerDirection { _ in 0 }
        var finished: [(direction: Direction, time: Timestamp)] = []
        var closed: (resetBy: Direction?, time: Timestamp)?
    }

    private let bound: Int
    private var items: [Item] = []
    private var queued = 0
    private var isFull = false
    private var open: Set<Int> = []
    private var rests: [Int: Rest] = [:]
    private(set) var leftOut = LeftOut()

    /// About what an item takes beside its octets.
    private static let itemCost = 256

    /// - Parameter bound: octets.
    init(bound: Int) { self.bound = bound }

    /// Octets that what waits takes, about.
    var held: Int { queued + CaptureQueue.itemCost * rests.count }

    mutating func append(_ item: Item) {
        switch item {
        case .opened(let id, _, _, _):
            guard hasRoom(0) else {
                leftOut.connections += 1
                return
            }
            open.insert(id)
        case .octets(let id, let bytes, let direction, let time):
            let count = bytes.readableBytes
            guard open.contains(id) else { return }
            guard hasRoom(count) else {
                leftOut.octets += count
                rests[id, default: Rest()].skipped[direction] += count
                return
            }
            // A few octets would keep all of the buffer that they were read into.
            let isSmall = bytes.storageCapacity > 4 * count + CaptureQueue.itemCost
            items.append(.octets(id, isSmall ? ByteBuffer(bytes: bytes.readableBytesView) : bytes, direction, time))
            return
        case .finished(let id, let direction, let time):
            guard open.contains(id) else { return }
            guard hasRoom(0) else {
                let isKnown = rests[id]?.finished.contains { $0.direction == direction } ?? false
                if !isKnown { rests[id, default: Rest()].finished.append((direction, time)) }
                return
            }
        case .closed(let id, let direction, let time):
            guard open.remove(id) != nil else { return }
            guard hasRoom(0) else {
                rests[id, default: Rest()].closed = (direction, time)
                return
            }
        case .secret(let line):
            guard hasRoom(line.utf8.count) else {
                leftOut.secrets += 1
                return
            }
        case .skipped: break
        }
        items.append(item)
    }

    /// Takes room for an item with so many octets, where there is any.
    private mutating func hasRoom(_ octets: Int) -> Bool {
        let cost = octets + CaptureQueue.itemCost
        isFull = isFull || queued + cost > bound
        if !isFull { queued += cost }
        return !isFull
    }

    /// All that waits, in order.
    mutating func take() -> [Item] {
        defer {
            items = []
            rests = [:]
            queued = 0
            isFull = false
        }
        var taken = items
        for (id, rest) in rests.sorted(by: { $0.key < $1.key }) {
            for direction in Direction.allCases where rest.skipped[direction] > 0 {
                taken.append(.skipped(id, rest.skipped[direction], direction))
            }
            taken += rest.finished.map { .finished(id, $0.direction, $0.time) }
            if let closed = rest.closed { taken.append(.closed(id, resetBy: closed.resetBy, closed.time)) }
        }
        return taken
    }
}
