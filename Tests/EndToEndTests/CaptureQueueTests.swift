import NIOCore
import Testing
import Wire

@testable import dmscope

/// What waits for a disk that stands still.
@Suite struct CaptureQueueTests {
    private static let bound = 64 * 1024
    private let address: SocketAddress
    private let time = Timestamp(nanoseconds: 1)

    init() throws { address = try SocketAddress(ipAddress: "127.0.0.1", port: 1) }

    private func open(_ id: Int, in queue: inout CaptureQueue) {
        queue.append(.opened(id, client: address, proxy: address, time))
    }

    private func fill(_ queue: inout CaptureQueue, _ id: Int) {
        queue.append(.octets(id, ByteBuffer(repeating: 0, count: CaptureQueueTests.bound), .toServer, time))
    }

    private func words(_ items: [CaptureQueue.Item]) -> [String] {
        items.map { item in
            switch item {
            case .opened(let id, _, _, _): "opened \(id)"
            case .octets(let id, let bytes, let direction, _): "octets \(id) \(bytes.readableBytes) \(direction)"
            case .skipped(let id, let count, let direction): "skipped \(id) \(count) \(direction)"
            case .finished(let id, let direction, _): "finished \(id) \(direction)"
            case .closed(let id, let direction, _): "closed \(id) \(direction.map { "\($0)" } ?? "in order")"
            case .secret(let line): "secret \(line)"
            }
        }
    }

    /// Opens, closes, secrets and octets by the hundred thousand.
    @Test func nothingGrowsPastTheBound() {
        var queue = CaptureQueue(bound: CaptureQueueTests.bound)
        open(0, in: &queue)
        for id in 1...100_000 {
            open(id, in: &queue)
            queue.append(.secret("CLIENT_RANDOM \(id)"))
            for octets in [1, 100] {
                queue.append(.octets(id, ByteBuffer(repeating: 0, count: octets), .toClient, time))
                queue.append(.octets(0, ByteBuffer(repeating: 0, count: octets), .toServer, time))
            }
            queue.append(.finished(0, .toServer, time))
            queue.append(.finished(id, .toServer, time))
            queue.append(.closed(id, resetBy: nil, time))
        }
        #expect(queue.held <= 2 * CaptureQueueTests.bound)
        #expect(queue.leftOut.connections > 99_000 && queue.leftOut.secrets > 99_000)
        #expect(queue.take().count < 1000)
        #expect(queue.held == 0)
    }

    /// What a connection missed stands before its end, and the next batch is whole.
    @Test func howAConnectionWentOnIsKept() {
        var queue = CaptureQueue(bound: CaptureQueueTests.bound)
        open(1, in: &queue)
        open(2, in: &queue)
        fill(&queue, 1)
        queue.append(.octets(1, ByteBuffer(repeating: 0, count: 3), .toClient, time))
        queue.append(.octets(1, ByteBuffer(repeating: 0, count: 4), .toClient, time))
        open(3, in: &queue)
        queue.append(.octets(3, ByteBuffer(repeating: 0, count: 5), .toServer, time))
        queue.append(.secret("a"))
        queue.append(.finished(1, .toClient, time))
        queue.append(.closed(2, resetBy: .toServer, time))
        queue.append(.closed(1, resetBy: nil, time))
        queue.append(.closed(3, resetBy: nil, time))
        #expect(
            words(queue.take()) == [
                "opened 1", "opened 2", "skipped 1 \(CaptureQueueTests.bound) toServer", "skipped 1 7 toClient",
                "finished 1 toClient", "closed 1 in order", "closed 2 toServer",
            ])
        #expect(queue.leftOut.words == "65543 octets, 1 connection and 1 TLS secret")
        open(4, in: &queue)
        queue.append(.octets(4, ByteBuffer(repeating: 0, count: 9), .toServer, time))
        #expect(words(queue.take()) == ["opened 4", "octets 4 9 toServer"])
    }

    @Test func fewOctetsDoNotKeepALargeBuffer() throws {
        var queue = CaptureQueue(bound: CaptureQueueTests.bound)
        open(1, in: &queue)
        var buffer = ByteBuffer()
        buffer.reserveCapacity(65536)
        buffer.writeString("GET")
        queue.append(.octets(1, buffer, .toServer, time))
        guard case .octets(_, let kept, _, _)? = queue.take().last else {
            Issue.record("no octets")
            return
        }
        #expect(String(buffer: kept) == "GET" && kept.storageCapacity < 1024)
        #expect(queue.leftOut.words == nil)
    }
}
