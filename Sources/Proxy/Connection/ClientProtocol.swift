import Wire

/// What a connection's first octets show it to be. Any octet that begins neither a TLS record nor an SSL 2.0
/// ClientHello makes it plain: HTTP, or something else that is relayed as it is. Decides at the first octet that can
/// tell, so that the octets of a slow client go on at once.
enum ClientProtocol: Equatable {
    case tls
    /// The ClientHello is in the SSL 2.0 record format, which clients used up to TLS 1.0 to offer newer versions.
    case ssl2Hello
    case plain
    /// Too few to tell.
    case undecided

    /// RFC 5246 6.2.1: a handshake record begins 16 03. RFC 5246 E.2: an SSL 2.0 ClientHello begins with a two-octet
    /// length whose top bit is set, then 01, then the version: 00 02 or 03 xx.
    init(_ bytes: RawSpan) {
        guard bytes.byteCount > 0 else {
            self = .undecided
            return
        }
        func octet(_ index: Int, is accepted: (UInt8) -> Bool) -> Bool? {
            index < bytes.byteCount ? accepted(bytes.byte(at: index)) : nil
        }
        if bytes.byte(at: 0) == 0x16 {
            self = octet(1) { $0 == 3 }.map { $0 ? .tls : .plain } ?? .undecided
        } else if bytes.byte(at: 0) & 0x80 != 0 {
            switch (octet(2) { $0 == 1 }, octet(3) { $0 == 3 || $0 == 0 }) {
            case (false?, _), (_, false?): self = .plain
            case (true?, true?): self = .ssl2Hello
            default: self = .undecided
            }
        } else {
            self = .plain
        }
    }
}
