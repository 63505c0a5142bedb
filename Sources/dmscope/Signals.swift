import Dispatch
import Glibc
import Synchronization

/// The signals that a long-running command minds.
struct Signals {
    private let termination: AsyncStream<Void>
    private let sources: [any DispatchSourceSignal]

    /// SIGINT and SIGTERM end `untilTermination`, a second one the program, whatever it waits for; SIGHUP calls `onHangUp`
    /// on a queue of its own. One that comes within `sameRequest` of the first belongs to it: timeout(1) signals its child,
    /// then the child's group.
    init(onHangUp: @escaping @Sendable () -> Void) {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let queue = DispatchQueue(label: "dmscope.signals")
        func mind(_ number: Int32, _ body: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler(handler: body)
            // Until it is minded it does what it always does: ignored before, as on other systems, it would be lost.
            let isMinded = DispatchSemaphore(value: 0)
            source.setRegistrationHandler { isMinded.signal() }
            source.resume()
            isMinded.wait()
            return source
        }
        let asked = Requests()
        func mindTermination(_ number: Int32) -> any DispatchSourceSignal {
            mind(number) {
                let now = DispatchTime.now().uptimeNanoseconds
                let (isFirst, first) = asked.first.compareExchange(expected: 0, desired: now, ordering: .relaxed)
                if isFirst {
                    continuation.yield()
                } else if now - first > Signals.sameRequest {
                    Signals.die(by: number)
                }
            }
        }
        termination = stream
        sources = [mindTermination(SIGINT), mindTermination(SIGTERM), mind(SIGHUP, onHangUp)]
    }

    private static let sameRequest: UInt64 = 100_000_000

    private final class Requests: Sendable {
        /// When the first came, in nanoseconds of the system's uptime; 0 before.
        let first = Atomic<UInt64>(0)
    }

    /// Ends the program as the signal would have, had nobody minded it.
    private static func die(by number: Int32) {
        signal(number, SIG_DFL)
        var mask = sigset_t()
        sigemptyset(&mask)
        sigaddset(&mask, number)
        pthread_sigmask(SIG_UNBLOCK, &mask, nil)
        raise(number)
    }

    func untilTermination() async {
        for await _ in termination { return }
    }
}
