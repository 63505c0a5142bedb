import Dispatch
import NIOCore
import NIOPosix
import Synchronization

/// Asks for the addresses of names, each question on a thread of its own: one may wait for its answer as long as the
/// resolver likes, and is not to keep other names waiting. Who asks the same meanwhile gets the same answer.
final class NameResolver: Sendable {
    typealias Answer = Result<[SocketAddress], NameFailure>
    typealias Resolve = @Sendable (String, AddressFamily) -> Answer
    typealias Addresses = EventLoopPromise<[SocketAddress]>

    fileprivate struct Question: Hashable {
        var name: String
        var family: AddressFamily
    }
    /// Somebody's claim on an answer.
    struct Ticket {
        fileprivate var question: Question
        fileprivate var number: Int
    }
    private struct State {
        var lastTicket = 0
        /// Who waits for the answer; nobody may be left.
        var waiting: [Question: [Int: Addresses]] = [:]
        /// Those without a thread yet, oldest first.
        var queue: [Question] = []
        var threads = 0
    }

    /// Questions that wait for the resolver at once.
    private static let mostThreads = 64
    private let resolve: Resolve
    private let state = Mutex(State())

    init(_ resolve: @escaping Resolve) { self.resolve = resolve }

    /// Fulfils the promise when there is an answer, unless it is withdrawn before.
    func ask(_ name: String, _ family: AddressFamily, _ promise: Addresses) -> Ticket {
        let question = Question(name: name, family: family)
        let (ticket, begins) = state.withLock { state in
            state.lastTicket += 1
            let isNew = state.waiting[question] == nil
            state.waiting[question, default: [:]][state.lastTicket] = promise
            let begins = isNew && state.threads < NameResolver.mostThreads
            if begins { state.threads += 1 } else if isNew { state.queue.append(question) }
            return (Ticket(question: question, number: state.lastTicket), begins)
        }
        // A serial queue has a thread while it works.
        if begins { DispatchQueue(label: "dmscope.names").async { self.work(question) } }
        return ticket
    }

    /// The promise, which is the caller's again; nil where it was fulfilled.
    func withdraw(_ ticket: Ticket) -> Addresses? {
        state.withLock { $0.waiting[ticket.question]?.removeValue(forKey: ticket.number) }
    }

    private func work(_ first: Question) {
        var question: Question? = first
        while let current = question {
            let answer = resolve(current.name, current.family)
            let promises = state.withLock { state in
                defer { question = NameResolver.next(&state) }
                return state.waiting.removeValue(forKey: current) ?? [:]
            }
            for promise in promises.values { promise.completeWith(answer.mapError { $0 }) }
        }
    }

    /// The next question for a thread that is done with one; without any it ends.
    private static func next(_ state: inout State) -> Question? {
        while !state.queue.isEmpty {
            let question = state.queue.removeFirst()
            if state.waiting[question]?.isEmpty == false { return question }
            state.waiting[question] = nil
        }
        state.threads -= 1
        return nil
    }
}
