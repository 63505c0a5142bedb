import Glibc
import HTTPWire
import Probe
import SystemErrors

/// An address to connect to, resolved.
struct ProbeAddress {
    fileprivate let family: Int32
    /// A sockaddr of that family.
    fileprivate let octets: [UInt8]
    /// `127.0.0.1:443`.
    let text: String
    let isLoopback: Bool

    /// All addresses of a host in the order of the resolver, which has bounds of its own on time.
    static func resolve(_ host: String, port: Int) throws(ProbeSocket.Problem) -> [ProbeAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, String(port), &hints, &list)
        guard result == 0 else {
            throw ProbeSocket.Problem(text: "\(host) has no address: \(String(cString: gai_strerror(result)))")
        }
        defer { freeaddrinfo(list) }
        var addresses: [ProbeAddress] = []
        var next = list
        while let one = next {
            if let address = one.pointee.ai_addr {
                addresses.append(ProbeAddress(one.pointee.ai_family, address, one.pointee.ai_addrlen, port))
            }
            next = one.pointee.ai_next
        }
        return addresses
    }

    private init(_ family: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t, _ port: Int) {
        self.family = family
        octets = [UInt8](UnsafeRawBufferPointer(start: address, count: Int(length)))
        let name = ProbeAddress.numeric(address, length)?.host ?? "?"
        text = HostPort(host: name, port: port).text
        isLoopback = name.hasPrefix("127.") || name == "::1"
    }

    fileprivate static func numeric(
        _ address: UnsafePointer<sockaddr>, _ length: socklen_t
    ) -> (host: String, port: Int)? {
        var host = [CChar](repeating: 0, count: 128)
        var port = [CChar](repeating: 0, count: 16)
        let flags = NI_NUMERICHOST | NI_NUMERICSERV
        guard getnameinfo(address, length, &host, 128, &port, 16, flags) == 0 else { return nil }
        let text = { (octets: [CChar]) in
            String(decoding: octets.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return (text(host), Int(text(port)) ?? 0)
    }
}

/// A TCP connection of the probe. Every wait ends at a deadline.
final class ProbeSocket {
    struct Problem: Error {
        let text: String
    }

    enum Received {
        case octets([UInt8])
        case end
        case reset
        case late
    }

    private let descriptor: Int32
    /// `127.0.0.1:51000`.
    let local: String

    init(_ address: ProbeAddress, by deadline: ContinuousClock.Instant) throws(Problem) {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.family, type, 0)
        guard descriptor >= 0 else { throw Problem(text: SystemError().description) }
        let result = address.octets.withUnsafeBytes { octets in
            octets.baseAddress.map {
                connect(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(octets.count))
            } ?? -1
        }
        var fault = result == 0 ? 0 : errno
        if fault == EINPROGRESS {
            if ProbeSocket.wait(descriptor, POLLOUT, until: deadline) {
                var size = socklen_t(MemoryLayout<Int32>.size)
                getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &fault, &size)
            } else {
                fault = ETIMEDOUT
            }
        }
        guard fault == 0 else {
            close(descriptor)
            throw Problem(text: SystemError(fault).description)
        }
        self.descriptor = descriptor
        local = ProbeSocket.localAddress(of: descriptor)
    }

    deinit { close(descriptor) }

    /// False when the peer takes no more.
    @discardableResult
    func send(_ octets: [UInt8], by deadline: ContinuousClock.Instant) -> Bool {
        var at = 0
        while at < octets.count {
            let count = octets.withUnsafeBytes { all in
                all.baseAddress.map { Glibc.send(descriptor, $0 + at, all.count - at, Int32(MSG_NOSIGNAL)) }
                    ?? 0
            }
            if count > 0 {
                at += count
            } else if errno == EAGAIN || errno == EINTR {
                guard ProbeSocket.wait(descriptor, POLLOUT, until: deadline) else { return false }
            } else {
                return false
            }
        }
        return true
    }

    func receive(by deadline: ContinuousClock.Instant) -> Received {
        var octets = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = recv(descriptor, &octets, octets.count, 0)
            if count > 0 { return .octets(Array(octets[..<count])) }
            if count == 0 { return .end }
            guard errno == EAGAIN || errno == EINTR else { return .reset }
            guard ProbeSocket.wait(descriptor, POLLIN, until: deadline) else { return .late }
        }
    }

    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    private static func wait(_ descriptor: Int32, _ events: Int32, until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let left = max(.zero, deadline - .now)
            var wanted = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            // Rounded up: a wait of less than a millisecond is not to spin.
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
            switch poll(&wanted, 1, left == .zero ? 0 : Int32(clamping: milliseconds)) {
            case 1...: return true
            case 0: if deadline <= .now { return false }
            default: if errno != EINTR { return false }
            }
        }
    }

    private static func localAddress(of descriptor: Int32) -> String {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard getsockname(descriptor, address, &size) == 0,
                    let name = ProbeAddress.numeric(address, size)
                else { return "?" }
                return HostPort(host: name.host, port: name.port).text
            }
        }
    }
}
