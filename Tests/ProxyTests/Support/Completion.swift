import Glibc
import Synchronization

/// What a piece of work on another thread yields, awaited with a bound.
final class Awaited<Value>: Sendable {
    private let done = Completion()
    // Written by the other thread before `done` ends, read after.
    nonisolated(unsafe) private var value: Value?

    init(_ body: @escaping @Sendable () throws -> Value) {
        startThread { self.done.end { self.value = try body() } }
    }

    func get() throws -> Value {
        try done.wait()
        return value!
    }
}

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
