import HTTPWire
package import NIOCore

extension SocketAddress {
    /// `127.0.0.1:8080`, `[::1]:8080`.
    package var endpoint: String {
        guard case .unixDomainSocket = self else { return HostPort(host: ipAddress ?? "?", port: port ?? 0).text }
        return pathname ?? "?"
    }

    var isLoopback: Bool {
        switch self {
        case .v4: ipAddress?.hasPrefix("127.") ?? false
        case .v6: ipAddress == "::1" || (ipAddress?.hasPrefix("::ffff:127.") ?? false)
        case .unixDomainSocket: true
        }
    }
}
