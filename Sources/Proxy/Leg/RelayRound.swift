import NIOCore
import NIOPosix

/// What the legs of one event loop do in one round of it, stage by stage: first sockets are read, then all that came is
/// opened and passed on, then all that goes out is sealed, and then written; a leg with traffic both ways may write
/// earlier. One leg after the other would have the code of each stage, of libssl and of the kernel, fetched anew for
/// each of them (decision 0096).
///
/// A round ends when the event loop has read what was ready, when many legs wait, and before anything is told that is
/// not octets: whatever a socket brought has its effect before the end of any.
final class RelayRound {
    let spares = SpareBuffers()
    private var readers: [LegHandler] = []
    private var nextReader = 0
    private var writers: [LegHandler] = []
    private var endIsDue = false
    /// Legs that wait at most: what they read is to be in the processor's cache when its turn comes.
    private static let most = 32

    /// The leg has read octets.
    func opens(_ leg: LegHandler, on loop: any EventLoop) {
        readers.append(leg)
        if readers.count - nextReader >= RelayRound.most { end() } else { schedule(on: loop) }
    }

    /// The leg has octets to write.
    func writes(_ leg: LegHandler, on loop: any EventLoop) {
        writers.append(leg)
        schedule(on: loop)
    }

    private func schedule(on loop: any EventLoop) {
        guard !endIsDue else { return }
        endIsDue = true
        loop.assumeIsolated().execute {
            self.endIsDue = false
            self.end()
        }
    }

    /// May be called while it runs, by a leg whose octets end a connection: what else was read is then dealt with
    /// before that goes on.
    func end() {
        while nextReader < readers.count {
            let leg = readers[nextReader]
            nextReader += 1
            leg.openReceived()
        }
        readers.removeAll(keepingCapacity: true)
        nextReader = 0
        var due: [LegHandler] = []
        swap(&due, &writers)
        for leg in due { leg.seal() }
        for leg in due { leg.flush() }
        guard writers.isEmpty else { return }
        due.removeAll(keepingCapacity: true)
        swap(&due, &writers)
    }

    /// The calling thread's own.
    static var current: RelayRound {
        if let known = threads.currentValue { return known }
        let made = RelayRound()
        threads.currentValue = made
        return made
    }

    /// Safe: each thread sees its own value only.
    nonisolated(unsafe) private static let threads = ThreadSpecificVariable<RelayRound>()
}
