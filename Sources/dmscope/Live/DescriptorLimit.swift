import Glibc

/// Whether the limit of open files (ulimit -n) is enough to start. SwiftNIO ends the program where an event loop cannot
/// have the descriptors that it needs.
enum DescriptorLimit {
    /// epoll, eventfd and timerfd.
    private static let ofALoop = 3
    /// Standard input, output and error, log, capture, key log, signals, the task scheduler, a connection's two sockets.
    private static let ofTheRest = 20

    /// Fails in one line where `loops` event loops and the rest cannot be had. `option` is what sets their number, where
    /// the command has one.
    static func check(loops: Int, listeners: Int, option: String?) throws(Failure) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        let needed = loops * ofALoop + listeners + ofTheRest
        guard Int(clamping: limit.rlim_cur) < needed else { return }
        let less = loops > 1 ? option.map { ", or lower \($0)" } : nil
        throw Failure(
            .configuration,
            "the limit of \(limit.rlim_cur) open files is too low for \(loops == 1 ? "1 thread" : "\(loops) threads"); "
                + "allow \(needed) or more (ulimit -n)" + (less ?? ""))
    }
}
