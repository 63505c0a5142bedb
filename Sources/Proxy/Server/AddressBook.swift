import NIOCore
import Synchronization

/// Addresses that names led to a moment ago, and our own.
final class AddressBook: Sendable {
    private struct Entry {
        var addresses: [SocketAddress]
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

    /// The addresses of `host:port` that were known when a connection was made within the last `reuse`, its own first.
    func addresses(_ host: String, _ port: Int) -> [SocketAddress]? {
        state.withLock { state in
            guard let entry = state.entries["\(host):\(port)"], entry.until > .now() else { return nil }
            return entry.addresses
        }
    }

    func keep(_ addresses: [SocketAddress], for host: String, _ port: Int) {
        state.withLock { state in
            if state.entries.count >= AddressBook.capacity { state.entries.removeAll() }
            state.entries["\(host):\(port)"] = Entry(addresses: addresses, until: .now() + reuse)
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
