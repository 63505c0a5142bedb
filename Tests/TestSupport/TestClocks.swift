package import Glibc
import Synchronization

/// The two clocks of a system, in nanoseconds, set by a test.
package final class TestClocks: Sendable {
    private let wall = Atomic<Int64>(1_700_000_000_000_000_000)
    private let steady = Atomic<Int64>(5_000_000_000)

    package init() {}

    package func read(_ clock: clockid_t) -> Int64 {
        clock == CLOCK_REALTIME ? wall.load(ordering: .relaxed) : steady.load(ordering: .relaxed)
    }

    /// Time passes; the wall clock is set on the way.
    package func pass(_ nanoseconds: Int64, set: Int64 = 0) {
        wall.add(nanoseconds + set, ordering: .relaxed)
        steady.add(nanoseconds, ordering: .relaxed)
    }
}
