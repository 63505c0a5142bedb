import HTTPWire

/// Comparing the addresses that sessions name servers by.
enum Address {
    /// Host and port that a URI's authority names, port 80 or 443 where it names none; nil for a relative URI.
    static func authority(_ uri: String) -> (host: String, port: Int)? {
        guard let scheme = uri.firstRange(of: "://") else { return nil }
        let rest = uri[scheme.upperBound...].prefix { !"/?#".contains($0) }
        let isTLS = uri[..<scheme.lowerBound].lowercased() == "https"
        return authority(of: String(rest), isTLS: isTLS)
    }

    /// Host, lower case, and port of an authority: of a URI or of Host.
    static func authority(of text: String, isTLS: Bool) -> (host: String, port: Int) {
        let parts = split(text)
        return (parts.host, parts.port ?? (isTLS ? 443 : 80))
    }

    /// Host, lower case, and port as an authority writes them, user information left out.
    static func split(_ authority: String) -> (host: String, port: Int?) {
        var rest = authority[...]
        if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            return (rest[rest.index(after: rest.startIndex)..<end].lowercased(), Int(rest[end...].dropFirst(2)))
        }
        guard let colon = rest.lastIndex(of: ":"), rest.firstIndex(of: ":") == colon else {
            return (rest.lowercased(), nil)
        }
        return (rest[..<colon].lowercased(), Int(rest[rest.index(after: colon)...]))
    }

    /// Path and query of an absolute URI, without a fragment; a relative one as it is.
    static func pathAndQuery(_ uri: String) -> String {
        let uri = uri.prefix { $0 != "#" }
        guard let scheme = uri.firstRange(of: "://") else { return String(uri) }
        let rest = uri[scheme.upperBound...].drop { $0 != "/" && $0 != "?" }
        return rest.hasPrefix("/") ? String(rest) : "/" + rest
    }

    /// A request target is the address that a RespURI named. A query that the client adds of its own (Windows' `mode=…`)
    /// does no harm. `sentTo` is where the request went.
    static func same(_ respURI: String, _ target: String, sentTo: (host: String, port: Int)) -> Bool {
        let went = authority(target) ?? sentTo
        if let wanted = authority(respURI), wanted != went { return false }
        let wanted = pathAndQuery(respURI)
        let got = pathAndQuery(target)
        return got == wanted || got.hasPrefix(wanted + "?") || got.hasPrefix(wanted + "&")
    }

    /// A server's LocURI as sessions are told apart by: scheme, host, port and path, without query and closing slash.
    static func server(_ uri: String) -> String {
        guard let authority = authority(uri) else { return uri.clipped(to: 256) }
        var path = pathAndQuery(uri).prefix { $0 != "?" }
        while path.last == "/" { path.removeLast() }
        return "\(authority.host):\(authority.port)\(path)".clipped(to: 256)
    }
}
