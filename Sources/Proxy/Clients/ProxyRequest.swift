import HTTPWire
import Wire

/// The first line of a request to the proxy, and what it asks for (RFC 9112 3.2).
enum ProxyRequest: Equatable {
    /// CONNECT: the octets that follow go to this place.
    case tunnel(Destination)
    /// Absolute-form.
    case forward(Forward)
    /// Origin-form, or asterisk-form: a request that names no server, so it is for the proxy itself.
    case own(method: String, target: String)
    /// Why it is none of these.
    case malformed(String)

    /// One request for one place, whose line is passed on with `target` in place of the URI.
    struct Forward: Equatable {
        var method: String
        var destination: Destination
        var tls: Bool
        /// The indices of the URI in the line.
        var uri: Range<Int>
        /// The target in origin-form, or asterisk-form.
        var target: [UInt8]
    }

    /// - Parameter line: the octets of the request line, its line end left out.
    init(line: ArraySlice<UInt8>) {
        func skip(_ from: Int, while accepted: (UInt8) -> Bool) -> Int {
            line[from...].firstIndex { !accepted($0) } ?? line.endIndex
        }
        func isSpace(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x09 }
        let method = line.startIndex..<skip(line.startIndex) { !isSpace($0) }
        let start = skip(method.upperBound, while: isSpace)
        let target = start..<skip(start) { !isSpace($0) }
        guard !method.isEmpty, line[method].allSatisfy(Octet.isToken) else {
            self = .malformed("it does not begin with a method")
            return
        }
        guard !target.isEmpty else {
            self = .malformed("it has no target")
            return
        }
        let name = String(decoding: line[method], as: UTF8.self)
        if name == "CONNECT" {
            switch HostPort(named: line[target]) {
            case nil: self = .malformed("CONNECT wants HOST:PORT, not \(String(decoding: line[target], as: UTF8.self))")
            case let authority? where authority.port == nil:
                self = .malformed("CONNECT wants a port with its host \(authority.host)")
            case let authority?: self = .tunnel(Destination(host: authority.host, port: authority.port ?? 443))
            }
            return
        }
        if line[target.lowerBound] == 0x2F || line[target].elementsEqual([0x2A]) {
            self = .own(method: name, target: String(decoding: line[target], as: UTF8.self))
            return
        }
        self = ProxyRequest(method: name, uri: target, in: line)
    }

    /// Absolute-form: `http://host:port/path?query`.
    private init(method: String, uri: Range<Int>, in line: ArraySlice<UInt8>) {
        let tls: Bool
        let rest: ArraySlice<UInt8>
        if let after = line[uri].dropping("http://") {
            (tls, rest) = (false, after)
        } else if let after = line[uri].dropping("https://") {
            (tls, rest) = (true, after)
        } else {
            self = .malformed(
                "its target is neither a path nor an http URI: \(String(decoding: line[uri], as: UTF8.self))")
            return
        }
        let pathStart = rest.firstIndex { $0 == 0x2F || $0 == 0x3F || $0 == 0x23 } ?? rest.endIndex
        guard let authority = HostPort(named: rest[..<pathStart]) else {
            self = .malformed("its URI names no host: \(String(decoding: line[uri], as: UTF8.self))")
            return
        }
        var target = Array(rest[pathStart...])
        if target.isEmpty {
            target = method == "OPTIONS" ? [0x2A] : [0x2F]
        } else if target[0] != 0x2F {
            target.insert(0x2F, at: 0)
        }
        let port = authority.port ?? (tls ? 443 : 80)
        self = .forward(
            Forward(
                method: method, destination: Destination(host: authority.host, port: port), tls: tls, uri: uri,
                target: target))
    }
}

extension HostPort {
    /// The place that a client, or a server's RespURI, names: a host as long as names may be, and no port 0.
    init?(named authority: ArraySlice<UInt8>) {
        guard let place = HostPort.parse(authority: authority), place.port != 0, place.host.utf8.count <= 255
        else { return nil }
        self = place
    }
}

extension ArraySlice<UInt8> {
    /// What follows this prefix (lower case given, any case matched); nil when it does not begin so.
    fileprivate func dropping(_ prefix: String) -> ArraySlice<UInt8>? {
        guard count >= prefix.utf8.count,
            zip(self, prefix.utf8).allSatisfy({ $0 == $1 || $0 | 0x20 == $1 && $1 > 0x60 })
        else { return nil }
        return dropFirst(prefix.utf8.count)
    }
}
