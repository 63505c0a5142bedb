import NIOCore
import NIOPosix

/// The addresses of one name for one connection, as they become known. Lives on one event loop.
///
/// Each family is asked for by itself, so a server whose name server answers for one alone (RFC 4074) is reached by that.
final class NameLookup {
    /// Hands over what is there, and what is still to come.
    struct Answers: Resolver, Sendable {
        let v4: EventLoopFuture<[SocketAddress]>
        let v6: EventLoopFuture<[SocketAddress]>

        /// Addresses to be tried in this order, whatever their families.
        init(_ known: [SocketAddress], on loop: any EventLoop) {
            v4 = loop.makeSucceededFuture([])
            v6 = loop.makeSucceededFuture(known)
        }

        fileprivate init(v4: EventLoopFuture<[SocketAddress]>, v6: EventLoopFuture<[SocketAddress]>) {
            (self.v4, self.v6) = (v4, v6)
        }

        func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { v4 }
        func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { v6 }
        func cancelQueries() {}
    }

    private let names: NameResolver
    private let limits: ProxyLimits
    private let loop: NIOIsolatedEventLoop
    private var tickets: [NameResolver.Ticket] = []
    private var awaited = 2
    private var failures: [NameFailure] = []
    private var deadline: Scheduled<Void>?
    /// Nil when it was called, or nobody waits.
    private var then: ((Result<Answers, NameFailure>) -> Void)?
    /// What is known by now.
    private(set) var addresses: [SocketAddress] = []

    /// - Parameter then: called once, when there are addresses to begin with, or none will be.
    init(
        _ destination: Destination, _ environment: ProxyEnvironment, loop: any EventLoop,
        then: @escaping (Result<Answers, NameFailure>) -> Void
    ) {
        names = environment.names
        limits = environment.limits
        self.loop = loop.assumeIsolated()
        self.then = then
        let answers = Answers(v4: ask(destination, .v4, loop), v6: ask(destination, .v6, loop))
        for answer in [answers.v4, answers.v6] { answer.assumeIsolated().whenComplete { self.take($0, answers) } }
        giveUp(after: limits.lookupTimeout)
    }

    private func ask(
        _ destination: Destination, _ family: AddressFamily, _ loop: any EventLoop
    ) -> EventLoopFuture<[SocketAddress]> {
        let promise = loop.makePromise(of: [SocketAddress].self)
        tickets.append(names.ask(destination.host, family, promise))
        return promise.futureResult.map { addresses in
            addresses.map { address in
                var address = address
                address.port = destination.port
                return address
            }
        }
    }

    private func take(_ answer: Result<[SocketAddress], any Error>, _ answers: Answers) {
        awaited -= 1
        switch answer {
        case .success(let some): addresses += some
        case .failure(let failure): failures += (failure as? NameFailure).map { [$0] } ?? []
        }
        if awaited == 0 {
            deadline?.cancel()
        } else if addresses.isEmpty {
            return
        } else {
            giveUp(after: limits.otherFamilyDelay)
        }
        guard let then else { return }
        self.then = nil
        guard addresses.isEmpty else { return then(.success(answers)) }
        // That a resolver failed says more than that one family has no address.
        let failure = failures.first { if case .unknown = $0 { false } else { true } } ?? failures.first
        then(.failure(failure ?? .unknown("no address")))
    }

    /// Answers that come later are of no use.
    private func giveUp(after time: TimeAmount) {
        deadline?.cancel()
        deadline = loop.scheduleTask(in: time) { self.end(.timeout(time)) }
    }

    private func end(_ failure: NameFailure) {
        for ticket in tickets { names.withdraw(ticket)?.fail(failure) }
    }

    /// Nobody waits any more.
    func abandon() {
        deadline?.cancel()
        then = nil
        end(.timeout(.zero))
    }
}
