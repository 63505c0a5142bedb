import ArgumentParser
import HTTPWire
import NIOCore
import Proxy
import Wire

/// `MODE[@[HOST:]PORT]` as an operator writes it.
struct ListenerOption: ExpressibleByArgument {
    let mode: Listener.Mode
    let host: String?
    let port: Int?

    init?(argument: String) {
        if let at = argument.lastIndex(of: "@"), let mode = ListenerOption.mode(String(argument[..<at])),
            let place = ListenerOption.hostPort(String(argument[argument.index(after: at)...]))
        {
            (self.mode, host, port) = (mode, place.host, place.port)
        } else if let mode = ListenerOption.mode(argument) {
            // An @ that is left belongs to the user information of a URL.
            (self.mode, host, port) = (mode, nil, nil)
        } else {
            return nil
        }
    }

    /// Reads an option's value, or says what is wrong with it.
    static func read(_ text: String) throws -> ListenerOption {
        if let option = ListenerOption(argument: text) { return option }
        for scheme in ["reverse:https://", "reverse:http://"] where text.hasPrefix(scheme) {
            let rest = text.dropFirst(scheme.count)
            if let slash = rest.firstIndex(of: "/"), slash > rest.startIndex {
                throw ValidationError(
                    "leave the path out, each request brings its own; write \(scheme)\(rest[..<slash])")
            }
        }
        throw ValidationError(
            "give MODE[@[HOST:]PORT], where MODE is one of \(allValueStrings.joined(separator: ", "))")
    }

    static var allValueStrings: [String] {
        [
            "regular", "reverse:https://HOST[:PORT]", "reverse:http://HOST[:PORT]", "socks5", "transparent",
            "upstream:http://[USER:PASS@]HOST:PORT",
        ]
    }

    func listener(host defaultHost: String, port defaultPort: Int) -> Listener {
        Listener(mode, host: host ?? defaultHost, port: port ?? defaultPort)
    }

    private static func mode(_ text: String) -> Listener.Mode? {
        switch text {
        case "regular": return .regular
        case "socks5": return .socks5
        case "transparent": return .transparent
        default: break
        }
        let upstream = "upstream:http://"
        if text.hasPrefix(upstream) { return upstreamProxy(text.dropFirst(upstream.count)) }
        for (scheme, tls, port) in [("reverse:https://", true, 443), ("reverse:http://", false, 80)]
        where text.hasPrefix(scheme) {
            var authority = String(text.dropFirst(scheme.count))
            if authority.hasSuffix("/") { authority.removeLast() }
            // A path would be ignored: each request brings its own.
            guard !authority.contains("/") else { return nil }
            guard let place = HostPort.parse(authority), place.port != 0 else { return nil }
            return .reverse(Upstream(host: place.host, port: place.port ?? port, tls: tls))
        }
        return nil
    }

    /// `[USER:PASS@]HOST:PORT`, user and password with %-escapes.
    private static func upstreamProxy(_ text: Substring) -> Listener.Mode? {
        var authority = text
        if authority.hasSuffix("/") { authority.removeLast() }
        var authorization: String?
        if let at = authority.lastIndex(of: "@") {
            let user = authority[..<at]
            guard user.contains(":"), let octets = unescaped(user) else { return nil }
            authorization = "Basic " + Base64.encode(octets)
            authority = authority[authority.index(after: at)...]
        }
        guard let place = hostPort(String(authority)), let host = place.host, place.port > 0 else { return nil }
        return .upstream(UpstreamProxy(host: host, port: place.port, authorization: authorization))
    }

    private static func unescaped(_ text: Substring) -> [UInt8]? {
        var octets: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let octet = rest.popFirst() {
            guard octet == 0x25 else {
                octets.append(octet)
                continue
            }
            guard rest.count >= 2, let escaped = Hex.octets(rest.prefix(2)) else { return nil }
            octets += escaped
            rest = rest.dropFirst(2)
        }
        return octets
    }

    /// `PORT`, `:PORT`, `HOST:PORT` or `[IPv6]:PORT`; nil for anything else.
    static func hostPort(_ text: String) -> (host: String?, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex else {
            return port(text.hasPrefix(":") ? text.dropFirst() : text[...]).map { (nil, $0) }
        }
        guard let place = HostPort.parse(text), let port = place.port else { return nil }
        return (place.host, port)
    }

    /// A host that stands alone, an IPv6 address in brackets or without.
    static func host(_ text: String) -> String {
        text.hasPrefix("[") ? HostPort.parse(text).flatMap { $0.port == nil ? $0.host : nil } ?? text : text
    }

    private static func port(_ digits: Substring) -> Int? {
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits), port <= 65535 else {
            return nil
        }
        return port
    }

    /// Refuses two listeners in one place.
    static func check(_ listeners: [Listener]) throws(ValidationError) {
        for (index, listener) in listeners.enumerated() where listener.port != 0 {
            let isTaken = listeners[..<index].contains { $0.host == listener.host && $0.port == listener.port }
            guard isTaken else { continue }
            throw ValidationError(
                "two listeners are on \(HostPort(host: listener.host, port: listener.port).text); give each a port of its "
                    + "own: MODE@PORT")
        }
    }

    /// Refuses a `--port` that is none.
    static func check(port: Int) throws(ValidationError) {
        guard (0...65535).contains(port) else { throw ValidationError("--port takes a number from 0 to 65535") }
    }
}

extension Listener.Mode {
    /// What a listener is, to an operator: `reverse proxy of https://dm.example:443`.
    var title: String {
        switch self {
        case .regular: "regular proxy"
        case .socks5: "SOCKS 5 proxy"
        case .transparent: "transparent proxy"
        case .reverse(let server):
            "reverse proxy of \(server.tls ? "https" : "http")://\(HostPort(host: server.host, port: server.port).text)"
        case .upstream(let proxy): "proxy by way of \(HostPort(host: proxy.host, port: proxy.port).text)"
        }
    }
}
