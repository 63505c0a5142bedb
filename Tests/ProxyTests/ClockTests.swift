import Inspection
import NIOCore
import Synchronization
import SystemClock
import TestSupport
import Testing
import Wire

@testable import Proxy

/// The system's clock is set while the proxy runs: durations and order hold, and the connection's findings say it.
@Suite struct ClockTests {
    private static let second: Int64 = 1_000_000_000
    static let steps: [Int64] = [-3600 * second, 3600 * second, -second, 1_700_000_000 * second]

    /// Keeps times and findings of one flow.
    private final class Times: FlowTap {
        struct Told { var times: [Timestamp] = [], findings: [Finding] = [], isClosed = false }
        let told = Mutex(Told())

        func flow(_ id: Int, _ event: FlowEvent, at time: Timestamp, _ bytes: ByteBuffer?) {
            told.withLock { told in
                told.times.append(time)
                if case .noticed(let finding) = event { told.findings.append(finding) }
                if case .closed = event { told.isClosed = true }
            }
        }
    }

    @Test(arguments: steps + [0]) func aFlowIsToldInOrderAndSaysTheStep(_ step: Int64) {
        let clocks = TestClocks()
        let clock = SteadyClock { clocks.read($0) }
        let tap = Times()
        var recorder = FlowRecorder(
            id: 1, origin: FlowOrigin(client: "127.0.0.1:40000", server: "127.0.0.1:80", loopback: true), tap: tap,
            counters: ProxyCounters(), begun: clock.now(), clock: clock)
        recorder.open()
        clocks.pass(Self.second)
        recorder.bytes(ByteBuffer(string: "a"), .toServer)
        clocks.pass(Self.second, set: step)
        recorder.bytes(ByteBuffer(string: "b"), .toClient)
        clocks.pass(Self.second)
        recorder.halfClosed(.toServer)
        recorder.closed()
        let told = tap.told.withLock { $0 }
        #expect(told.isClosed)
        let offsets = told.times.map { $0.milliseconds(since: told.times[0]) }
        #expect(offsets == (step == 0 ? [0, 1000, 2000, 3000, 3000] : [0, 1000, 2000, 3000, 3000, 3000]))
        #expect(told.findings.map(\.rule) == (step == 0 ? [] : [ProxyRules.clockSet]))
        #expect(told.findings.allSatisfy { $0.text.contains(SteadyClock.text(step: step)) })
    }
}
