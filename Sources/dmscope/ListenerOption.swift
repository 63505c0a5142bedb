import ArgumentParser
import NIOCore
import Proxy

/// `MODE[@[HOST:]PORT]` as an operator writes it.
struct ListenerOption: ExpressibleByArgument {
    let mode: Listener.Mode
    let host: String?
    let port: Int?

    init?(argument: String) {
        let (text, place) = ListenerOption.splitPlace(argument)
        guard let mode = ListenerOption.mode(text) else { return nil }
        self.mode = mode
        guard let place else {
            host = nil
            port = nil
            return
        }
        guard let named = ListenerOption.hostPort(place) else { return nil }
        host = named.host
        port = named.port
    }

    static var allValueStrings: [String] { ["regular", "reverse:https://HOST[:PORT]", "reverse:http://HOST[:PORT]"] }

    func listener(host defaultHost: String, port defaultPort: Int) -> Listener {
        Listener(mode, host: host ?? defaultHost, port: port ?? defaultPort)
    }

    /// The last `@` separates the place; one inside a URL's user information is not meant.
    private static func splitPlace(_ text: String) -> (String, String?) {
        guard let at = text.lastIndex(of: "@") else { return (text, nil) }
        return (String(text[..<at]), String(text[text.index(after: at)...]))
    }

    private static func mode(_ text: String) -> Listener.Mode? {
        if text == "regular" { return .regular }
        for (scheme, tls, port) in [("reverse:https://", true, 443), ("reverse:http://", false, 80)]
        where text.hasPrefix(scheme) {
            let authority = String(text.dropFirst(scheme.count).prefix { $0 != "/" })
            guard !authority.isEmpty else { return nil }
            if let place = hostPort(authority), let host = place.host {
                return .reverse(Upstream(host: host, port: place.port, tls: tls))
            }
            let bare = authority.hasPrefix("[") ? String(authority.dropFirst().dropLast()) : authority
            guard authority.hasPrefix("[") || !authority.contains(":") else { return nil }
            return .reverse(Upstream(host: bare, port: port, tls: tls))
        }
        return nil
    }

    /// `PORT`, `HOST:PORT` or `[IPv6]:PORT`; nil for anything else.
    private static func hostPort(_ text: String) -> (host: String?, port: Int)? {
        let colon = text.lastIndex(of: ":")
        let digits = colon.map { text[text.index(after: $0)...] } ?? text[...]
        guard !digits.isEmpty, digits.allSatisfy(\.isASCII), let port = Int(digits), (0...65535).contains(port) else {
            return nil
        }
        guard let colon else { return (nil, port) }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        return (host.isEmpty ? nil : String(host), port)
    }
}

extension SocketAddress {
    /// `127.0.0.1:8080`, `[::1]:8080`.
    var place: String {
        guard let ipAddress, let port else { return "\(self)" }
        return ipAddress.contains(":") ? "[\(ipAddress)]:\(port)" : "\(ipAddress):\(port)"
    }
}
