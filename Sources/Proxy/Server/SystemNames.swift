import Glibc
package import NIOCore
package import SystemErrors

/// IPv4 or IPv6.
package enum AddressFamily: Sendable, Hashable {
    case v4
    case v6
}

/// Why a name has no addresses.
package enum NameFailure: Error, Equatable {
    /// There is no such name, or it has no address of the family. The resolver's words.
    case unknown(String)
    /// The resolver failed, so nothing is known of the name.
    case unanswered(String)
    /// The resolver said nothing in that time.
    case timeout(TimeAmount)
    /// We lack what a question takes.
    case outOfResources(SystemError)
}

/// The system's resolver: name servers, /etc/hosts, and whatever else it is set up with. Each call waits for it.
package enum SystemNames {
    package static func addresses(
        of name: String, _ family: AddressFamily
    ) -> Result<[SocketAddress], NameFailure> {
        var hints = addrinfo()
        hints.ai_family = family == .v4 ? AF_INET : AF_INET6
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, &hints, &list)
        let number = errno
        guard code == 0 else { return .failure(NameFailure(code, number)) }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let one = next {
            if let address = UnsafeRawPointer(one.pointee.ai_addr) {
                switch one.pointee.ai_family {
                case AF_INET: addresses.append(SocketAddress(address.load(as: sockaddr_in.self), host: name))
                case AF_INET6: addresses.append(SocketAddress(address.load(as: sockaddr_in6.self), host: name))
                default: break
                }
            }
            next = one.pointee.ai_next
        }
        return .success(addresses)
    }
}

extension NameFailure {
    /// - Parameters:
    ///   - code: what getaddrinfo returned.
    ///   - number: the error number behind `EAI_SYSTEM`.
    init(_ code: Int32, _ number: Int32) {
        let text = String(cString: gai_strerror(code))
        // EAI_NODATA and EAI_ADDRFAMILY, which the C library keeps for itself.
        let (noData, addressFamily): (Int32, Int32) = (-5, -9)
        switch code {
        case EAI_NONAME, noData, addressFamily: self = .unknown(text)
        case EAI_MEMORY: self = .outOfResources(SystemError(ENOMEM))
        case EAI_SYSTEM where [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(number):
            self = .outOfResources(SystemError(number))
        case EAI_SYSTEM: self = .unanswered(SystemError(number).description)
        default: self = .unanswered(text)
        }
    }
}
