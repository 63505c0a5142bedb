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
    }

    /// Numbers flows from 1 in the order they begin.
    func nextFlow() -> Int { lastFlow.wrappingAdd(1, ordering: .relaxed).newValue }

    /// Tells of a client's socket, where somebody listens.
    func wireRecorder() -> WireRecorder? {
        wireTap.map { WireRecorder(id: lastClient.wrappingAdd(1, ordering: .relaxed).newValue, tap: $0) }
    }
}

/// Addresses that names led to a moment ago, and our own.
final class AddressBook: Sendable {
    private struct Entry {
        var address: SocketAddress
        var until: NIODeadline
    }
    private struct State {
        var entries: [String: Entry] = [:]
        var own: [SocketAddress] = []
    }

    private static let capacity = 1024
    private let reuse: TimeAmount
    private let state = Mutex(State())

    init(reuse: TimeAmount) { self.reuse = reuse }

    /// The address of `host:port` that a connection stood to within the last `reuse`.
    func address(_ host: String, _ port: Int) -> SocketAddress? {
        state.withLock { state in
            guard let entry = state.entries["\(host):\(port)"], entry.until > .now() else { return nil }
            return entry.address
        }
    }

    func keep(_ address: SocketAddress, for host: String, _ port: Int) {
        state.withLock { state in
            if state.entries.count >= AddressBook.capacity { state.entries.removeAll() }
            state.entries["\(host):\(port)"] = Entry(address: address, until: .now() + reuse)
        }
    }

    func forget(_ host: String, _ port: Int) {
        state.withLock { _ = $0.entries.removeValue(forKey: "\(host):\(port)") }
    }

    func listens(at address: SocketAddress) { state.withLock { $0.own.append(address) } }

    /// Whether a connection between these two addresses has led back to one of our own listeners.
    func isOurs(local: SocketAddress?, remote: SocketAddress?) -> Bool {
        guard let remote, let port = remote.port, let ip = remote.ipAddress else { return false }
        return state.withLock { state in
            state.own.contains { own in
                guard own.port == port else { return false }
                if own.ipAddress == ip { return true }
                let any = own.ipAddress == "0.0.0.0" || own.ipAddress == "::"
                return any && local?.ipAddress == ip
            }
        }
    }
}

extension SocketAddress {
    /// `ip:port`, IPv6 in brackets.
    var endpoint: String {
        switch self {
        case .v4: "\(ipAddress ?? "?"):\(port ?? 0)"
        case .v6: "[\(ipAddress ?? "?")]:\(port ?? 0)"
        case .unixDomainSocket: pathname ?? "?"
        }
    }

    var isLoopback: Bool {
        switch self {
        case .v4: ipAddress?.hasPrefix("127.") ?? false
        case .v6: ipAddress == "::1" || (ipAddress?.hasPrefix("::ffff:127.") ?? false)
        case .unixDomainSocket: true
        }
    }
}
