import Logging
import NIOCore
import Synchronization
import Wire

/// What all connections of a proxy share.
final class ProxyEnvironment: Sendable {
    let limits: ProxyLimits
    let connectionLimit: Int
    let tls: TLSContexts?
    let ignoredHosts: HostPatterns?
    let rewriting: Rewriting?
    let tap: any FlowTap
    private let wireTap: (any WireTap)?
    let counters: ProxyCounters
    let logger: Logger
    let addresses: AddressBook
    let names: NameResolver
    private let lastFlow = Atomic<Int>(0)
    private let lastClient = Atomic<Int>(0)

    init(configuration: ProxyConfiguration, tap: any FlowTap, counters: ProxyCounters, logger: Logger) {
        limits = configuration.limits
        connectionLimit = configuration.limits.connectionLimit
        tls = configuration.tls
        ignoredHosts = configuration.ignoredHosts
        rewriting = configuration.rewriting
        self.tap = tap
        wireTap = configuration.wireTap
        self.counters = counters
        self.logger = logger
        addresses = AddressBook(reuse: configuration.limits.addressReuse)
        names = NameResolver(configuration.resolve)
    }

    /// Numbers flows from 1 in the order they begin.
    func nextFlow() -> Int { lastFlow.wrappingAdd(1, ordering: .relaxed).newValue }

    /// Tells of a client's socket, where somebody listens.
    func wireRecorder() -> WireRecorder? {
        wireTap.map { WireRecorder(id: lastClient.wrappingAdd(1, ordering: .relaxed).newValue, tap: $0) }
    }
}
