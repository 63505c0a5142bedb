package import Wire

/// Names a protocol that is not HTTP/1.x by a stream's first octets, where that is cheap.
package enum ForeignProtocol {
    /// Octets that are waited for to tell what a stream is.
    package static let namedBy = 24

    /// What a stream that is not HTTP begins with, and what it looks like.
    ///
    /// - Parameters:
    ///   - octets: its first, `namedBy` or fewer.
    ///   - direction: where they go.
    ///   - offset: where they stand in the stream.
    package static func finding(_ octets: RawSpan, _ direction: Direction, at offset: StreamOffset) -> Finding {
        let looks = name(octets).map { "looks like \($0)" } ?? "does not begin as HTTP/1.x"
        let shown = octets.excerpt(0..<octets.byteCount)
        let text = "The connection \(looks): the \(direction.sender)'s octets begin with `\(shown)`"
        return Finding(HTTPRules.notHTTP, .connection, text, offset: offset)
    }

    static func name(_ octets: RawSpan) -> String? {
        switch FirstBytes.classify(octets) {
        case .tls: return "TLS"
        case .ssl2: return "an SSL 2.0 handshake"
        case .http, .unknown, .needMore: break
        }
        for (prefix, name) in textual where octets.begins(at: 0, with: prefix) { return name }
        guard octets.byteCount >= 9 else { return nil }
        // A SETTINGS frame on stream 0, the first frame of an HTTP/2 server; of one that gives up at once, GOAWAY.
        let isSettings = octets.u32(at: 3) == 0x0400_0000 || octets.u32(at: 3) == 0x0700_0000
        return octets.byte(at: 0) == 0 && isSettings && octets.u16(at: 7) == 0 ? "HTTP/2" : nil
    }

    private static let textual: [(StaticString, String)] = [
        ("pri * http/2.0", "HTTP/2"), ("ssh-", "SSH"), ("220 ", "SMTP or FTP"), ("220-", "SMTP or FTP"),
        ("ehlo ", "SMTP"), ("helo ", "SMTP"), ("+ok", "POP3"), ("* ok", "IMAP"), ("rtsp/", "RTSP"),
        ("sip/2.0", "SIP"), ("icap/1.", "ICAP"), ("icy ", "a SHOUTcast stream"), ("<?xml", "XML without HTTP"),
        ("<stream:stream", "XMPP"), ("\u{13}bittorrent", "BitTorrent"),
    ]
}
