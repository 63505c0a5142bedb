import Dispatch
import Glibc

/// The signals that a long-running command minds.
struct Signals {
    private let termination: AsyncStream<Void>
    private let sources: [any DispatchSourceSignal]

    /// SIGINT and SIGTERM end `untilTermination`; SIGHUP calls `onHangUp` on a queue of its own.
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
        termination = stream
        sources = [
            mind(SIGINT) { continuation.yield() }, mind(SIGTERM) { continuation.yield() }, mind(SIGHUP, onHangUp),
        ]
    }

    func untilTermination() async {
        for await _ in termination { return }
    }
}
