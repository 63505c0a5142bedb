import Inspection
import Proxy
import Testing
import Wire

/// What one side sends is what the other receives: every octet, in order, at once, and each end as what it is.
@Suite(.serialized)
struct ByteExactnessTests {
    @Test(arguments: Route.allCases)
    func everyCase(_ route: Route) async throws {
        let path = try await Path(route)
        for relayCase in RelayCase.all where route.canRun(relayCase) {
            do {
                try await run(relayCase, on: path)
            } catch {
                Issue.record("\(relayCase): \(error); the last flow: \(path.tap.all.last.map(\.told) ?? "none")")
            }
        }
        await path.close()
    }

    @Test func thereAreEnoughCases() {
        #expect(RelayCase.all.count >= 60)
        #expect(Set(RelayCase.all.map(\.name)).count == RelayCase.all.count)
    }

    private func run(_ relayCase: RelayCase, on path: Path) async throws {
        let flowsBefore = path.tap.all.count
        var sent = PerDirection<[UInt8]> { _ in [] }
        var expected: CloseReason?
        var finished = PerDirection { _ in false }
        let accepted = path.accept()
        let client = try path.connect()
        func server() throws -> any TestEnd { try accepted.get() }
        func sender(_ direction: Direction) throws -> any TestEnd { direction == .toServer ? client : try server() }
        func receiver(_ direction: Direction) throws -> any TestEnd { try sender(direction.opposite) }
        func pass(_ bytes: [UInt8], _ direction: Direction) throws {
            try sender(direction).send(bytes)
            let received = try receiver(direction).receive(bytes.count)
            guard received == bytes else { throw SocketFailure("received \(received) for \(bytes)") }
            sent[direction] += bytes
        }
        func finish(_ direction: Direction) throws {
            try sender(direction).finish()
            try receiver(direction).expectEnd()
            finished[direction] = true
            if expected == nil { expected = direction == .toServer ? .clientFin : .serverFin }
        }

        for step in relayCase.steps {
            switch step {
            case .send(let direction, let bytes): try pass(bytes, direction)
            case .trickle(let direction, let bytes): for byte in bytes { try pass([byte], direction) }
            case .bulk(let direction, let count):
                let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
                let (from, to) = (try sender(direction), try receiver(direction))
                nonisolated(unsafe) let sending = from  // The other thread has ended before it is used again.
                let done = Completion()
                startThread { done.end { try sending.send(bytes) } }
                let received = try to.receive(count)
                try done.wait()
                guard received == bytes else { throw SocketFailure("\(count) octets came out different") }
                sent[direction] += bytes
            case .finish(let direction): try finish(direction)
            case .reset(let direction):
                try sender(direction).reset()
                try receiver(direction).expectReset()
                if expected == nil { expected = direction == .toServer ? .clientReset : .serverReset }
            }
        }
        if case .reset? = relayCase.steps.last {
        } else {
            if !finished.toServer { try finish(.toServer) }
            if !finished.toClient { try finish(.toClient) }
        }
        client.close()
        try server().close()

        guard path.route != .control else { return }
        let flows = try await path.tap.closed(flowsBefore + 1)
        try #require(flows.count == flowsBefore + 1)
        let flow = flows[flowsBefore]
        #expect(flow.errors == [], "\(relayCase)")
        #expect(flow.bytes == sent, "\(relayCase): the tap was told other octets")
        #expect(flow.reason == expected, "\(relayCase)")
        // A device that leaves after the handshake is noticed; nothing else is odd about any case.
        if !sent.toServer.isEmpty { #expect(flow.findings == [], "\(relayCase)") }
    }
}
