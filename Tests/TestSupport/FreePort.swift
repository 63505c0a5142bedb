import Glibc
import Synchronization

/// Ports of 127.0.0.1 for programs that must be told theirs.
package enum FreePort {
    /// Below what the kernel gives to sockets that ask for any port, so that none of those takes it before the program
    /// listens.
    private static let range = 12_000..<32_000

    private static let next = Mutex(range.lowerBound + Int(getpid()) * 61 % range.count)

    /// A port that nothing listens on; another one each time.
    package static func take() -> Int {
        for _ in range {
            let port = next.withLock { next in
                defer { next = next + 1 < range.upperBound ? next + 1 : range.lowerBound }
                return next
            }
            if isFree(port) { return port }
        }
        fatalError("no port of 127.0.0.1 in \(range) is free")
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        } == 0
    }
}
