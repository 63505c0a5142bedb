import Binding
import Glibc
import Inspection
import NIOCore
import Synchronization
import Testing
import Wire

@testable import Proxy

@Suite struct InspectionQueueTests {
    private static let now = Timestamp(nanoseconds: 1)
    private static let origin = FlowEvent.opened(FlowOrigin(client: "a", server: "b", loopback: true))

    private static func limits(_ bound: Int) -> Limits {
        var limits = Limits()
        limits.inspectionQueue = bound
        return limits
    }

    /// What a queue tells, as text, after `finish`.
    private func drain(_ queue: InspectionQueue) -> [String] {
        queue.finish()
        var told: [String] = []
        queue.run { flow, event, _, bytes in
            switch event {
            case .opened: told.append("\(flow) opened")
            case .bytes(let direction, let offset):
                told.append("\(flow) \(direction) \(offset) \(bytes.text(0..<bytes.byteCount))")
            case .cut(let direction, let offset): told.append("\(flow) cut \(direction) \(offset)")
            case .passed(let direction, let count): told.append("\(flow) passed \(direction) \(count)")
            case .closed(let reason): told.append("\(flow) closed \(reason.rawValue)")
            case .halfClosed(let direction): told.append("\(flow) halfClosed \(direction)")
            default: told.append("\(flow) other")
            }
        }
        return told
    }

    @Test func tellsInOrder() {
        let queue = InspectionQueue(limits: Limits())
        queue.flow(1, Self.origin, at: Self.now, nil)
        queue.flow(1, .bytes(.toServer, offset: 0), at: Self.now, ByteBuffer(string: "ask"))
        queue.flow(2, Self.origin, at: Self.now, nil)
        queue.flow(1, .bytes(.toClient, offset: 0), at: Self.now, ByteBuffer(string: "answer"))
        queue.flow(1, .closed(.clientFin), at: Self.now, nil)
        #expect(queue.depth > 0)
        #expect(
            drain(queue) == [
                "1 opened", "1 toServer 0 ask", "2 opened", "1 toClient 0 answer", "1 closed client-fin",
            ])
        #expect(queue.depth == 0)
        #expect(queue.losses == .init())
    }

    /// A backlog is one batch; the log is flushed, and opened anew, while it is worked off, as often as time says.
    @Test(arguments: [(0, 2001), (5, 1024), (20, 256), (1000, 256)])
    func aBacklogIsInterrupted(millisecondsPerLook: Int64, longest wanted: Int) {
        let queue = InspectionQueue(limits: Limits())
        queue.flow(1, Self.origin, at: Self.now, nil)
        for n in 0..<2000 {
            queue.flow(1, .bytes(.toServer, offset: UInt64(n)), at: Self.now, ByteBuffer(string: "x"))
        }
        queue.finish()
        var (since, longest, events) = (0, 0, 0)
        var now = NIODeadline.uptimeNanoseconds(0)
        queue.run { _, _, _, _ in
            events += 1
            since += 1
            longest = max(longest, since)
        } between: {
            since = 0
        } clock: {
            now = now + .milliseconds(millisecondsPerLook)
            return now
        }
        #expect(events == 2001)
        #expect(longest <= wanted)
        #expect(longest > wanted / 2)
        // Once more before the end.
        #expect(since == 0)
    }

    /// What was inspected shows as soon as nothing is left.
    @Test func whatIsLeftAloneShows() throws {
        let queue = InspectionQueue(limits: Limits())
        let told = Mutex(0)
        let shown = Mutex(0)
        let done = Completion()
        startThread {
            done.end {
                queue.run { _, _, _, _ in
                    told.withLock { $0 += 1 }
                } between: {
                    let count = told.withLock { $0 }
                    shown.withLock { $0 = count }
                } clock: {
                    .uptimeNanoseconds(0)
                }
            }
        }
        queue.flow(1, Self.origin, at: Self.now, nil)
        var patience = 5000
        while shown.withLock({ $0 }) == 0, patience > 0 {
            usleep(1000)
            patience -= 1
        }
        #expect(shown.withLock { $0 } == 1)
        queue.finish()
        try done.wait()
    }

    @Test func cutsAFlowPastTheBound() {
        let queue = InspectionQueue(limits: Self.limits(20_000))
        let piece = ByteBuffer(repeating: 0x61, count: 4000)
        queue.flow(1, Self.origin, at: Self.now, nil)
        for n in 0..<10 { queue.flow(1, .bytes(.toServer, offset: UInt64(n * 4000)), at: Self.now, piece) }
        queue.flow(1, .bytes(.toClient, offset: 0), at: Self.now, ByteBuffer(string: "x"))
        queue.flow(1, .altered(Alteration(what: "host", before: "a", after: "b")), at: Self.now, nil)
        queue.flow(1, .halfClosed(.toServer), at: Self.now, nil)
        queue.flow(1, .closed(.serverFin), at: Self.now, nil)
        let depth = queue.depth
        let told = drain(queue)
        let kept = told.filter { $0.hasPrefix("1 toServer") }.count
        #expect(kept > 0 && kept < 10)
        #expect(told.filter { $0.contains("cut") } == ["1 cut toServer \(kept * 4000)"])
        // Nothing reads the other direction any more, and no request comes to take an alteration. Both are counted.
        #expect(
            told.suffix(5) == [
                "1 cut toServer \(kept * 4000)", "1 halfClosed toServer", "1 passed toServer \((10 - kept) * 4000)",
                "1 passed toClient 1", "1 closed server-fin",
            ])
        #expect(queue.losses == .init(cuts: 1, octets: (10 - kept) * 4000 + 1))
        #expect(depth < 20_000 + 5 * 1024)
        #expect(queue.depth == 0)
    }

    @Test func aCutDirectionStaysCutWhenThereIsRoomAgain() throws {
        let queue = InspectionQueue(limits: Self.limits(5000))
        let told = Mutex<[String]>([])
        queue.flow(1, Self.origin, at: Self.now, nil)
        queue.flow(1, .bytes(.toServer, offset: 0), at: Self.now, ByteBuffer(repeating: 1, count: 9000))
        let done = Completion()
        startThread {
            done.end {
                queue.run { flow, event, _, bytes in told.withLock { $0.append("\(event) \(bytes.byteCount)") } }
            }
        }
        for _ in 0..<patience where queue.depth > 0 { usleep(1000) }
        #expect(queue.depth == 0)
        queue.flow(1, .bytes(.toServer, offset: 9000), at: Self.now, ByteBuffer(string: "later"))
        queue.flow(1, .closed(.clientFin), at: Self.now, nil)
        queue.flow(2, Self.origin, at: Self.now, nil)
        queue.flow(2, .bytes(.toServer, offset: 0), at: Self.now, ByteBuffer(string: "fresh"))
        queue.finish()
        try done.wait()
        let lines = told.withLock { $0 }
        #expect(lines.count == 6)
        #expect(lines[1].hasPrefix("cut"))
        #expect(lines[2].hasPrefix("passed") && lines[2].contains("9005"))
        #expect(lines[5].hasSuffix(" 5"))
        #expect(queue.losses == .init(cuts: 1, octets: 9005))
    }

    @Test func leavesOutAFlowThatBeginsPastTheBound() {
        let queue = InspectionQueue(limits: Self.limits(1000))
        for id in 1...3 { queue.flow(id, Self.origin, at: Self.now, nil) }
        queue.flow(3, .bytes(.toServer, offset: 0), at: Self.now, ByteBuffer(string: "lost"))
        queue.flow(3, .closed(.clientFin), at: Self.now, nil)
        queue.flow(1, .closed(.clientFin), at: Self.now, nil)
        #expect(drain(queue) == ["1 opened", "1 closed client-fin"])
        #expect(queue.losses == .init(cuts: 2, octets: 4))
    }

    @Test func aFewOctetsKeepNoBigBuffer() {
        let queue = InspectionQueue(limits: Limits())
        var big = ByteBuffer()
        big.reserveCapacity(64 * 1024)
        big.writeString("few")
        for n in 0..<100 { queue.flow(1, .bytes(.toServer, offset: UInt64(3 * n)), at: Self.now, big) }
        #expect(queue.depth < 100 * 512)
        #expect(drain(queue).count == 100)
    }

    @Test func manyThreadsTellAndNothingIsLost() throws {
        let queue = InspectionQueue(limits: Limits())
        let (threads, each) = (4, 20_000)
        let next = Mutex([Int](repeating: 0, count: threads))
        let wrong = Mutex(0)
        let inspected = Completion()
        startThread {
            inspected.end {
                queue.run { flow, event, _, bytes in
                    guard case .bytes(_, let offset) = event else { return }
                    let due = next.withLock { next in
                        defer { next[flow] += 1 }
                        return next[flow]
                    }
                    if Int(offset) != due || bytes.byteCount != 8 { wrong.withLock { $0 += 1 } }
                }
            }
        }
        let tellers = (0..<threads).map { flow in
            let teller = Completion()
            startThread {
                teller.end {
                    let bytes = ByteBuffer(string: "12345678")
                    for n in 0..<each {
                        queue.flow(flow, .bytes(.toServer, offset: UInt64(n)), at: InspectionQueueTests.now, bytes)
                        if n % 1000 == 0 { usleep(2000) }
                    }
                }
            }
            return teller
        }
        for teller in tellers { try teller.wait() }
        queue.finish()
        try inspected.wait()
        #expect(next.withLock { $0 } == [Int](repeating: each, count: threads))
        #expect(wrong.withLock { $0 } == 0)
        #expect(queue.losses == .init())
    }
}
