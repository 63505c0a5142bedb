import HTTPWire

/// The DM server to examine, by the URL that a device's account has.
package struct ProbeTarget: Sendable, Equatable {
    /// As it was given, without a fragment.
    package let url: String
    package let isTLS: Bool
    /// Name or address, without brackets.
    package let host: String
    package let port: Int
    /// Path and query: the request target.
    package let path: String

    /// What is wrong with a URL, for one line.
    package struct Fault: Error, Equatable {
        package let text: String
    }

    /// `http[s]://HOST[:PORT][/PATH][?QUERY]`.
    package init(_ text: String) throws(Fault) {
        let url = String(Substring(text.utf8.prefix { $0 != 0x23 }))
        guard let scheme = ["https://", "http://"].first(where: { url.lowercased().hasPrefix($0) }) else {
            throw Fault(text: "\(text) is no URL that begins with https:// or http://")
        }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else {
            throw Fault(text: "a URL with user and password is not taken; DM credentials go into --credentials FILE")
        }
        guard let place = HostPort.parse(String(authority)), place.port != 0 else {
            throw Fault(text: "\(text) names no host, or one that cannot be")
        }
        // It becomes part of a request line and of an XML document.
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E && $0 != 0x22 }) else {
            throw Fault(text: "the URL has characters that need escaping (%20 and the like)")
        }
        let path = rest.dropFirst(authority.count)
        self.url = url
        isTLS = scheme == "https://"
        host = place.host
        port = place.port ?? (isTLS ? 443 : 80)
        self.path = path.hasPrefix("/") ? String(path) : "/" + path
    }

    package var isAddress: Bool {
        host.contains(":") || host.utf8.allSatisfy { $0 == 0x2E || $0 >= 0x30 && $0 <= 0x39 }
    }

    /// For server_name: nil for an address.
    package var serverName: String? { isAddress ? nil : host }

    /// `dm.example.com:8443`, the port where it is not the scheme's; for Host.
    var authority: String { HostPort(host: host, port: port).text(defaultPort: isTLS ? 443 : 80) }
}
