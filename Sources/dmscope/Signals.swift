import Dispatch
import Glibc
import Synchronization

/// The signals that a long-running command minds.
struct Signals {
    private let termination: AsyncStream<Void>
    private let sources: [any DispatchSourceSignal]

    /// SIGINT and SIGTERM end `untilTermination`, a second one the program, whatever it waits for; SIGHUP calls `onHangUp`
    /// on a queue of its own.
    init(onHangUp: @escaping @Sendable () -> Void) {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let queue = DispatchQueue(label: "dmscope.signals")
        func mind(_ number: Int32, _ body: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler(handler: body)
            source.resume()
            return source
        }
        let asked = Requests()
        func mindTermination(_ number: Int32) -> any DispatchSourceSignal {
            mind(number) {
                if asked.count.add(1, ordering: .relaxed).oldValue > 0 { Signals.die(by: number) }
                continuation.yield()
            }
        }
        termination = stream
        sources = [mindTermination(SIGINT), mindTermination(SIGTERM), mind(SIGHUP, onHangUp)]
    }

    private final class Requests: Sendable {
        let count = Atomic<Int>(0)
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
