import HTTPWire
package import NIOCore

extension SocketAddress {
    /// `127.0.0.1:8080`, `[::1]:8080`.
    package var endpoint: String {
        guard case .unixDomainSocket = self else { return HostPort(host: ipAddress ?? "?", port: port ?? 0).text }
        return pathname ?? "?"
    }

    /// The IP address in network order, of 4 or 16 octets; nil of a socket in the file system.
    package var addressOctets: [UInt8]? {
        // Where sockaddr_in and sockaddr_in6 have it.
        switch self {
        case .v4(let socket): withUnsafeBytes(of: socket.address) { Array($0[4..<8]) }
        case .v6(let socket): withUnsafeBytes(of: socket.address) { Array($0[8..<24]) }
        case .unixDomainSocket: nil
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
