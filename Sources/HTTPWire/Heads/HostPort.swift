import Wire

/// `host`, `host:port` or `[IPv6]:port`, as in Host, in a request target and in options.
package struct HostPort: Sendable, Equatable {
    /// Lower case; an IPv6 address without brackets and, where it has no zone, as RFC 5952 writes it, so that each
    /// spelling of an address is the same host.
    package var host: String
    /// 0 to 65535; nil where none is given, or an empty one (`host:`, RFC 2396 3.2.2).
    package var port: Int?

    package init(host: String, port: Int?) {
        self.host = host
        self.port = port
    }

    /// As it is written in a URI.
    package var text: String { (host.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "") }

    /// `text` without a port that is the one of the scheme, as Host has it.
    package func text(defaultPort: Int) -> String {
        HostPort(host: host, port: port == defaultPort ? nil : port).text
    }

    /// Nil when it is empty or has anything beside a host and a port: a scheme, a path, user information.
    package static func parse(_ text: String) -> HostPort? {
        read(text.utf8Span.span, isHost: { isNameCharacter($0) })
    }

    /// The authority of a URI, or the target of CONNECT, in a peer's traffic: user information before the host is
    /// passed over, and a host may have any octet but blanks, slashes and control characters. Nil without a host, and
    /// where the port is none.
    package static func parse(authority text: String) -> HostPort? { read(authority: text.utf8Span.span) }

    package static func parse(authority octets: ArraySlice<UInt8>) -> HostPort? { read(authority: octets.span) }

    private static func read(authority octets: Span<UInt8>) -> HostPort? {
        var start = octets.count
        while start > 0, octets[start - 1] != 0x40 { start -= 1 }
        return read(octets.extracting(start...), isHost: { isLenient($0) })
    }

    private static func read(_ octets: Span<UInt8>, isHost: (UInt8) -> Bool) -> HostPort? {
        guard let first = octets.indices.first else { return nil }
        let isBracketed = octets[first] == 0x5B
        let start = isBracketed ? 1 : 0
        var end = start
        var hasColon = false
        while end < octets.count, octets[end] != (isBracketed ? 0x5D : Octet.colon) {
            if octets[end] == Octet.colon { hasColon = true } else if !isHost(octets[end]) { return nil }
            end += 1
        }
        guard end > start else { return nil }
        var host = lowerCase(octets.extracting(start..<end))
        if isBracketed {
            guard end < octets.count, hasColon else { return nil }
            end += 1
            host = canonical(host)
        }
        guard end < octets.count else { return HostPort(host: host, port: nil) }
        guard octets[end] == Octet.colon else { return nil }
        var port: Int?
        for at in (end + 1)..<octets.count {
            guard Octet.isDigit(octets[at]) else { return nil }
            let value = (port ?? 0) * 10 + Int(octets[at] - 0x30)
            guard value <= 65535 else { return nil }
            port = value
        }
        return HostPort(host: host, port: port)
    }

    /// An IPv6 address as RFC 5952 writes it; anything else as it is.
    package static func canonical(_ host: String) -> String {
        guard host.utf8.contains(Octet.colon), let octets = IPText.octets(host) else { return host }
        return IPText.string(octets) ?? host
    }

    private static func lowerCase(_ octets: Span<UInt8>) -> String {
        String(unsafeUninitializedCapacity: octets.count) { buffer in
            for at in octets.indices { buffer[at] = Octet.lower(octets[at]) }
            return octets.count
        }
    }

    /// Letters, digits and what stands unreserved in a registered name or before a zone; octets outside ASCII are left
    /// alone.
    private static func isNameCharacter(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E, 0x25, 0x80...0xFF: true
        default: false
        }
    }

    private static func isLenient(_ octet: UInt8) -> Bool {
        octet > 0x20 && octet != 0x7F && octet != 0x2F && octet != 0x5C
    }
}
