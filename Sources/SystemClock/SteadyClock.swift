package import Glibc
package import Wire

/// The clock of everything live: the system's clock as it was at the beginning, carried on by one that nobody sets.
///
/// A step of the system's clock (time from the network after a boot, an operator, a guest that is resumed) is no step
/// here, so that durations, idle times and the order of records hold. How far the two have come apart is told by `step`.
package struct SteadyClock: Sendable {
    /// A clock of the system: `CLOCK_REALTIME`, or `CLOCK_BOOTTIME`, which counts suspended time too and is never set.
    package typealias Read = @Sendable (_ clock: clockid_t) -> Int64

    private let read: Read
    /// What `CLOCK_REALTIME` was ahead of `CLOCK_BOOTTIME` at the beginning.
    private let origin: Int64

    /// Smaller steps are not told, in nanoseconds: a clock that is disciplined makes them.
    package static let leastStep: Int64 = 1_000_000_000

    package init(read: @escaping Read) {
        self.read = read
        origin = read(CLOCK_REALTIME) &- read(CLOCK_BOOTTIME)
    }

    /// Begins with the first use.
    package static let system = SteadyClock { clock in
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    package func now() -> Timestamp { Timestamp(nanoseconds: origin &+ read(CLOCK_BOOTTIME)) }

    /// How far the system's clock has been set since the beginning, in nanoseconds: negative when back. Nil below a second.
    package var step: Int64? {
        let step = read(CLOCK_REALTIME) &- read(CLOCK_BOOTTIME) &- origin
        return step.magnitude >= SteadyClock.leastStep.magnitude ? step : nil
    }

    /// `step` for a person: `3600.0 s back`.
    package static func text(step: Int64) -> String {
        let tenths = step.magnitude / 100_000_000
        return "\(tenths / 10).\(tenths % 10) s \(step < 0 ? "back" : "forward")"
    }
}

extension Timestamp {
    /// By the steady clock.
    package static func now() -> Timestamp { SteadyClock.system.now() }
}
