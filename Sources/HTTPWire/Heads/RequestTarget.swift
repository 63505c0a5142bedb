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
        guard let host = HostPort.parse(authority: rest[..<authorityEnd]) else { return .relative(text) }
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
