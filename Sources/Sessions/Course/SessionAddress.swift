import HTTPWire
import Wire

/// Comparing the addresses that sessions name servers by.
enum Address {
    /// Host and port that a URI's authority names, port 80 or 443 where it names none; nil for a relative URI.
    static func authority(_ uri: String) -> (host: String, port: Int)? {
        guard let scheme = endOfScheme(uri) else { return nil }
        let rest = uri[scheme.after...].utf8.prefix { $0 != 0x2F && $0 != 0x3F && $0 != 0x23 }
        let isTLS = uri[..<scheme.end].lowercased() == "https"
        return authority(of: String(Substring(rest)), isTLS: isTLS)
    }

    /// Where a URI's scheme ends, and what follows `://` begins; nil for a relative URI.
    private static func endOfScheme(_ uri: String) -> (end: String.Index, after: String.Index)? {
        guard let colon = uri.utf8.firstIndex(of: 0x3A) else { return nil }
        let rest = uri.utf8[colon...]
        guard rest.starts(with: [0x3A, 0x2F, 0x2F]) else { return nil }
        return (colon, rest.index(colon, offsetBy: 3))
    }

    /// Host, lower case, and port of an authority: of a URI or of Host.
    static func authority(of text: String, isTLS: Bool) -> (host: String, port: Int) {
        let parts = split(text)
        return (parts.host, parts.port ?? (isTLS ? 443 : 80))
    }

    /// Host and port of an authority, the host as `HostPort` has it. Where the port is none, or stands behind an IPv6
    /// address without brackets, the host counts all the same.
    static func split(_ authority: String) -> (host: String, port: Int?) {
        if let place = HostPort.parse(authority: authority) { return (place.host, place.port) }
        var rest = authority[...]
        if let at = rest.utf8.lastIndex(of: 0x40) { rest = rest[rest.utf8.index(after: at)...] }
        guard let colon = rest.utf8.lastIndex(of: 0x3A), rest.utf8.firstIndex(of: 0x3A) == colon else {
            return (HostPort.canonical(rest.lowercased()), nil)
        }
        return (rest[..<colon].lowercased(), nil)
    }

    /// Path and query of an absolute URI, without a fragment; a relative one as it is.
    static func pathAndQuery(_ uri: String) -> String {
        let whole = Substring(uri.utf8.prefix { $0 != 0x23 })
        guard let scheme = endOfScheme(uri), scheme.after <= whole.endIndex else { return String(whole) }
        let rest = whole[scheme.after...].utf8.drop { $0 != 0x2F && $0 != 0x3F }
        return rest.first == 0x2F ? String(Substring(rest)) : "/" + Substring(rest)
    }

    /// Path and query that a URI leads to from `base`, the path and query it was found under: RFC 3986 5.2 without a
    /// scheme or an authority in the reference.
    static func pathAndQuery(_ uri: String, from base: String) -> String {
        let reference = pathAndQuery(uri)
        guard let first = reference.utf8.first, first != 0x2F, endOfScheme(uri) == nil else { return reference }
        let path = base.prefix { $0 != "?" }
        if first == 0x3F { return path + reference }
        var segments = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let query = reference.drop { $0 != "?" }
        let parts = reference.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false)
        for (at, part) in parts.enumerated() {
            if part == ".." && segments.count > 1 { segments.removeLast() }
            if part != "." && part != ".." {
                segments.append(part)
            } else if at == parts.count - 1 {
                segments.append("")
            }
        }
        return segments.joined(separator: "/") + query
    }

    /// A request target is the address that a RespURI named. A query that the client adds of its own (Windows' `mode=…`)
    /// does no harm. `sentTo` is where the request went.
    static func same(_ respURI: String, _ target: String, sentTo: (host: String, port: Int)) -> Bool {
        let went = authority(target) ?? sentTo
        if let wanted = authority(respURI), wanted != went { return false }
        let wanted = pathAndQuery(respURI)
        let got = pathAndQuery(target)
        return got == wanted || isExtended(wanted, to: got) || isExtended(normalized(wanted), to: normalized(got))
    }

    private static func isExtended(_ wanted: String, to got: String) -> Bool {
        got == wanted || got.hasPrefix(wanted + "?") || got.hasPrefix(wanted + "&")
    }

    /// With characters that need no escape written as themselves, and escapes in upper case (RFC 3986 6.2.2).
    private static func normalized(_ path: String) -> String {
        guard path.utf8.contains(0x25) else { return path }
        let octets = Array(path.utf8)
        var result: [UInt8] = []
        var at = 0
        while at < octets.count {
            guard octets[at] == 0x25, at + 2 < octets.count,
                let octet = Hex.octets(octets[at + 1...at + 2])?.first
            else {
                result.append(octets[at])
                at += 1
                continue
            }
            if isUnreserved(octet) {
                result.append(octet)
            } else {
                result += [0x25] + Hex.lower([octet]).uppercased().utf8
            }
            at += 3
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isUnreserved(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }

    /// What a RespURI may mean to a client whose last request went to `base`: an absolute URI or path as it is, a relative
    /// one behind the base's directory and behind the root. None where it has another scheme or climbs.
    static func meanings(of respURI: String, base: String) -> [String] {
        if authority(respURI) != nil { return [respURI] }
        if respURI.hasPrefix("//") { return [] }
        if respURI.hasPrefix("/") { return [respURI] }
        let segment = respURI.utf8.prefix { $0 != 0x2F && $0 != 0x3F && $0 != 0x23 }
        guard !segment.isEmpty, !segment.contains(0x3A), segment.first != 0x2E else { return [] }
        let path = base.utf8.prefix { $0 != 0x3F }
        let directory = path.lastIndex(of: 0x2F).map { String(Substring(path[...$0])) } ?? "/"
        return directory == "/" ? ["/" + respURI] : [directory + respURI, "/" + respURI]
    }

    /// Two connections, each from a client to a server (`ip:port`), are those on both sides of one intermediary, and not two
    /// of the same client.
    static func isOtherLeg(
        _ leg: (client: String, server: String), of other: (client: String, server: String)
    ) -> Bool {
        let client = host(ofEnd: leg.client)
        if !client.elementsEqual(host(ofEnd: other.client)) { return true }
        // The intermediary runs where the client does.
        return leg.server != other.server
            && (client.elementsEqual(host(ofEnd: leg.server)) || client.elementsEqual(host(ofEnd: other.server)))
    }

    /// What stands before the port in an end of a connection, which always has one.
    private static func host(ofEnd end: String) -> Substring.UTF8View {
        end.utf8[..<(end.utf8.lastIndex(of: 0x3A) ?? end.utf8.endIndex)]
    }

    /// A server's LocURI as sessions are told apart by: scheme, host, port and path, without query and closing slash.
    static func server(_ uri: String) -> String {
        guard let authority = authority(uri) else { return uri.clipped(to: 256) }
        var path = pathAndQuery(uri).prefix { $0 != "?" }
        while path.last == "/" { path.removeLast() }
        return "\(authority.host):\(authority.port)\(path)".clipped(to: 256)
    }
}

/// What `Address.server` makes of the LocURIs that were asked for last: every message of a session names the same.
struct ServerNames: Sendable {
    private var known: [(uri: String, name: String)] = []
    private var next = 0
    private static let kept = 4
    private static let longest = 1024

    /// Nil for nil.
    mutating func name(of uri: String?) -> String? {
        guard let uri else { return nil }
        if let entry = known.first(where: { $0.uri == uri }) { return entry.name }
        let name = Address.server(uri)
        guard uri.utf8.count <= ServerNames.longest else { return name }
        if known.count < ServerNames.kept {
            known.append((uri, name))
        } else {
            known[next] = (uri, name)
            next = (next + 1) % ServerNames.kept
        }
        return name
    }
}
