import NIOCore

/// One deadline of a connection. Moving it further costs nothing; the task that waits looks again when it wakes.
final class DeadlineTimer {
    private let loop: NIOIsolatedEventLoop
    private let action: () -> Void
    private var deadline: NIODeadline?
    private var waking: (at: NIODeadline, task: Scheduled<Void>)?

    init(loop: any EventLoop, action: @escaping () -> Void) {
        self.loop = loop.assumeIsolated()
        self.action = action
    }

    var isSet: Bool { deadline != nil }

    func set(_ amount: TimeAmount) {
        let at = NIODeadline.now() + amount
        deadline = at
        if let waking, waking.at <= at { return }
        wake(at)
    }

    func cancel() {
        deadline = nil
        waking?.task.cancel()
        waking = nil
    }

    private func wake(_ at: NIODeadline) {
        waking?.task.cancel()
        waking = (at, loop.scheduleTask(deadline: at) { [weak self] in self?.woken() })
    }

    private func woken() {
        waking = nil
        guard let deadline else { return }
        if deadline <= .now() {
            self.deadline = nil
            action()
        } else {
            wake(deadline)
        }
    }
}
