import Glibc
import Synchronization

/// The end of a piece of work on another thread, awaited with a bound.
final class Completion: Sendable {
    private let result = Mutex<Result<Void, any Error>?>(nil)

    func end(_ body: () throws -> Void) {
        let outcome = Result { try body() }
        result.withLock { $0 = outcome }
    }

    func wait() throws {
        for _ in 0..<(patience / 2) {
            if let outcome = result.withLock({ $0 }) { return try outcome.get() }
            usleep(2000)
        }
        throw SocketFailure("work on another thread did not end")
    }
}
