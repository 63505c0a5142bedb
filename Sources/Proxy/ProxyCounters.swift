package import Synchronization

/// What the proxy has done since it started. Relaxed atomics: each figure is right, together they may be a moment apart.
package final class ProxyCounters: Sendable {
    package let connectionsAccepted = Atomic<Int>(0)
    package let connectionsOpen = Atomic<Int>(0)
    package let flowsOpened = Atomic<Int>(0)
    package let octetsToServer = Atomic<Int>(0)
    package let octetsToClient = Atomic<Int>(0)
    package let handshakes = Atomic<Int>(0)
    package let handshakesFailed = Atomic<Int>(0)
    package let upstreamFailures = Atomic<Int>(0)
    package let resets = Atomic<Int>(0)
    package let timeouts = Atomic<Int>(0)
    package let acceptErrors = Atomic<Int>(0)

    package init() {}
}

extension Atomic<Int> {
    @inline(__always)
    func add(_ count: Int = 1) { wrappingAdd(count, ordering: .relaxed) }

    package var value: Int { load(ordering: .relaxed) }
}
