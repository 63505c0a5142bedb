import Glibc
import SystemClock
import TestSupport
import Testing
import Wire

/// The system's clock is set: times go on, and how far it was set is told.
@Suite struct SteadyClockTests {
    private static let second: Int64 = 1_000_000_000
    static let steps: [Int64] = [-3600 * second, 3600 * second, -second, 1_700_000_000 * second]

    @Test(arguments: steps) func aStepIsNoStepOfTheSteadyClock(_ step: Int64) {
        let clocks = TestClocks()
        let clock = SteadyClock { clocks.read($0) }
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
        let clocks = TestClocks()
        let clock = SteadyClock { clocks.read($0) }
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
