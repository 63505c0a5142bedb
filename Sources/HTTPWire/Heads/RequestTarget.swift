/// `host`, `host:port` or `[IPv6]:port`, as in Host and in a request target.
package struct HostPort: Sendable, Equatable {
    /// Lower case, IPv6 addresses without brackets.
    package var host: String
    package var port: Int?

    package init(host: String, port: Int?) {
        self.host = host
        self.port = port
    }

    /// As it is written in a URI.
    package var text: String { (host.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "") }

    /// Nil when it is empty or has anything beside a host and a port: a scheme, a path, user information.
    package static func parse(_ text: String) -> HostPort? {
        let octets = Array(text.utf8)
        guard !octets.isEmpty else { return nil }
        let hostEnd: Int
        let host: ArraySlice<UInt8>
        if octets[0] == 0x5B {
            guard let close = octets.firstIndex(of: 0x5D) else { return nil }
            host = octets[1..<close]
            hostEnd = close + 1
            guard host.contains(Octet.colon), host.allSatisfy(isAddressCharacter) else { return nil }
        } else {
            hostEnd = octets.firstIndex(of: Octet.colon) ?? octets.count
            host = octets[..<hostEnd]
            guard !host.isEmpty, host.allSatisfy(isNameCharacter) else { return nil }
        }
        let name = String(decoding: host, as: UTF8.self).lowercased()
        guard hostEnd < octets.count else { return HostPort(host: name, port: nil) }
        let digits = octets[(hostEnd + 1)...]
        guard octets[hostEnd] == Octet.colon, digits.count <= 5, digits.allSatisfy(Octet.isDigit) else { return nil }
        // `host:` has an empty port, RFC 2396 3.2.2.
        guard !digits.isEmpty else { return HostPort(host: name, port: nil) }
        let port = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return port <= 65535 ? HostPort(host: name, port: port) : nil
    }

    /// An IPv6 address, with a zone or not.
    private static func isAddressCharacter(_ octet: UInt8) -> Bool {
        octet == Octet.colon || isNameCharacter(octet)
    }

    /// Letters, digits and what stands unreserved in a registered name; octets outside ASCII are left alone.
    private static func isNameCharacter(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E, 0x25, 0x80...0xFF: true
        default: false
        }
    }
}

/// What a request line asks for, RFC 2616 5.1.2.
package enum RequestTarget: Sendable, Equatable {
    /// `/path?query`.
    case path(String)
    /// `http://host:port/path`, as to a proxy. The scheme is in lower case, the path has its query and is `/` if empty.
    case absolute(scheme: String, HostPort, path: String)
    /// `host:port`, of CONNECT.
    case authority(HostPort)
    /// `*`.
    case asterisk
    /// Anything else: `./servlet/dm` in the binding's own examples.
    case relative(String)

    package static func parse(_ text: String, method: String = "") -> RequestTarget {
        if text == "*" { return .asterisk }
        if text.hasPrefix("/") { return .path(text) }
        if method.uppercased() == "CONNECT" { return HostPort.parse(text).map { .authority($0) } ?? .relative(text) }
        guard let mark = schemeEnd(text) else { return .relative(text) }
        let octets = Array(text.utf8)
        let scheme = String(decoding: octets[..<mark], as: UTF8.self).lowercased()
        let rest = octets[(mark + 3)...]
        let authorityEnd = rest.firstIndex { $0 == 0x2F || $0 == 0x3F || $0 == 0x23 } ?? rest.endIndex
        // User information before `@` names no host.
        let userEnd = rest[..<authorityEnd].lastIndex(of: 0x40).map { $0 + 1 } ?? rest.startIndex
        guard let host = HostPort.parse(String(decoding: rest[userEnd..<authorityEnd], as: UTF8.self)) else {
            return .relative(text)
        }
        let path = String(decoding: rest[authorityEnd...], as: UTF8.self)
        return .absolute(scheme: scheme, host, path: path.hasPrefix("/") ? path : "/" + path)
    }

    /// Index of `://` after a scheme.
    private static func schemeEnd(_ text: String) -> Int? {
        let octets = Array(text.utf8)
        guard let colon = octets.firstIndex(of: Octet.colon), colon > 0, octets.count >= colon + 3,
            octets[colon + 1] == 0x2F, octets[colon + 2] == 0x2F,
            octets[..<colon].allSatisfy({ Octet.isToken($0) })
        else { return nil }
        return colon
    }
}

extension HTTPHead {
    /// Whom a request is meant for by its own words: the authority of an absolute target or of CONNECT, else Host as
    /// written. Nil where it has neither, and of a response.
    package var authority: String? {
        guard case .request(let method, let target) = line else { return nil }
        if let first = target.first, bytes[first] != 0x2F {
            switch RequestTarget.parse(text(target), method: text(method)) {
            case .absolute(_, let place, _), .authority(let place): return place.text
            case .path, .asterisk, .relative: break
            }
        }
        guard let host = self.first("host") else { return nil }
        return host.isEmpty ? values("host").first { !$0.isEmpty } : host
    }

    /// `authority` names the same host and port as this request's, letters of either case alike.
    package func isMeant(for authority: String?) -> Bool {
        // Nearly always the Host of the request before stands here as well, octet for octet.
        if let authority, case .request(_, let target) = line, target.first.map({ bytes[$0] }) == 0x2F,
            let host = field("host"), authority.utf8.elementsEqual(bytes[host.value])
        {
            return true
        }
        return self.authority?.lowercased() == authority?.lowercased()
    }
}
