import Wire

/// What a load balancer sends before the client's first octets: the PROXY protocol, versions 1 and 2 (HAProxy's
/// proxy-protocol.txt).
enum ProxyHeader {
    /// Of version 1, CR LF included.
    private static let longestLine = 107
    /// Of version 2: its signature, version, family and the length of the addresses.
    private static let fixedPart = 16

    /// The offset behind the header that a stream begins with; nil where it begins with none, or not yet a whole one.
    static func end(_ bytes: RawSpan) -> Int? {
        if bytes.has("\r\n\r\n\0\r\nQUIT\n", at: 0), bytes.byteCount >= fixedPart {
            let end = fixedPart + Int(bytes.u16(at: 14))
            return end <= bytes.byteCount ? end : nil
        }
        guard bytes.has("PROXY ", at: 0),
            let line = bytes.firstIndex(of: "\r\n", in: 0..<min(bytes.byteCount, longestLine))
        else { return nil }
        return line + 2
    }
}
