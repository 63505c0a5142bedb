import Glibc
import Inspection
import NIOCore
import Synchronization
import Testing
import Wire

@testable import Proxy

/// The system's clock is set while the proxy runs: durations and order hold, and the connection's findings say it.
@Suite struct ClockTests {
    /// The two clocks of a system, set by a test.
    private final class Clocks: Sendable {
        let wall = Atomic<Int64>(1_700_000_000_000_000_000)
        let steady = Atomic<Int64>(5_000_000_000)

        var clock: SteadyClock {
            SteadyClock { [self] clock in
                clock == CLOCK_REALTIME ? wall.load(ordering: .relaxed) : steady.load(ordering: .relaxed)
            }
        }

        /// Time passes; the wall clock is set on the way.
        func pass(_ nanoseconds: Int64, set: Int64 = 0) {
            wall.add(nanoseconds + set, ordering: .relaxed)
            steady.add(nanoseconds, ordering: .relaxed)
        }
    }

    private static let second: Int64 = 1_000_000_000
    static let steps: [Int64] = [-3600 * second, 3600 * second, -second, 1_700_000_000 * second]

    @Test(arguments: steps) func aStepIsNoStepOfTheSteadyClock(_ step: Int64) {
        let clocks = Clocks()
        let clock = clocks.clock
        let begun = clock.now()
        #expect(begun.nanoseconds == 1_700_000_000_000_000_000)
        #expect(clock.step == nil)
        clocks.pass(Self.second, set: step)
        #expect(clock.now().milliseconds(since: begun) == 1000)
        #expect(clock.step == step)
        clocks.pass(Self.second, set: -step)
        #expect(clock.now().milliseconds(since: begun) == 2000)
        #expect(clock.step == nil)
    }

    /// A clock that is disciplined is set by little all the time.
    @Test func lessThanASecondIsNotTold() {
        let clocks = Clocks()
        let clock = clocks.clock
        clocks.pass(0, set: Self.second - 1)
        #expect(clock.step == nil)
        clocks.pass(0, set: -2 * (Self.second - 1))
        #expect(clock.step == nil)
    }

    @Test func aStepIsToldInWords() {
        #expect(SteadyClock.text(step: -3_600_040_000_000) == "3600.0 s back")
        #expect(SteadyClock.text(step: 1_250_000_000) == "1.2 s forward")
        #expect(SteadyClock.text(step: .min) == "9223372036.8 s back")
    }

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
        let clocks = Clocks()
        let clock = clocks.clock
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

    /// The timers of connections go by a clock that nobody sets, and so does what the program tells with.
    @Test func theSystemsSteadyClockGoesOn() {
        let clock = SteadyClock.system
        var wall = timespec()
        var last = clock.now()
        clock_gettime(CLOCK_REALTIME, &wall)
        let system = Int64(wall.tv_sec) * Self.second + Int64(wall.tv_nsec) - (clock.step ?? 0)
        #expect(abs(last.nanoseconds - system) < 60 * Self.second)
        for _ in 0..<1000 {
            let now = Timestamp.now()
            #expect(now >= last)
            last = now
        }
    }
}
