import Wire

/// What the first octets of one direction of a connection show. Stricter than `FirstBytes` about HTTP, because any
/// connection of a capture is looked into and many protocols begin with a word and a space; and it tells the sides.
enum StreamOpening: Equatable {
    /// An HTTP/1.x request line: this direction is the client's.
    case request
    /// An HTTP/1.x status line: this direction is the server's.
    case response
    /// A TLS or SSL 2.0 ClientHello: this direction is the client's.
    case clientHello
    /// A TLS or SSL 2.0 ServerHello: this direction is the server's.
    case serverHello
    /// A TLS record of another kind, which either side may have sent.
    case tlsRecord
    /// Too short to tell: more octets decide.
    case undecided
    case unknown

    /// A record of TLS, whoever sent it.
    var isTLS: Bool { self == .clientHello || self == .serverHello || self == .tlsRecord }

    /// A request line that goes on for longer is judged by its beginning.
    private static let longestLine = 2048

    init(_ bytes: RawSpan) {
        switch FirstBytes.classify(bytes) {
        case .needMore: self = .undecided
        case .unknown: self = .unknown
        case .http: self = StreamOpening.http(bytes)
        case .tls:
            // The handshake message's type follows the record header.
            if bytes.byte(at: 0) != 0x16 {
                self = .tlsRecord
            } else if bytes.byteCount < 6 {
                self = .undecided
            } else {
                self = StreamOpening.hello(bytes.byte(at: 5), client: 1, server: 2)
            }
        case .ssl2:
            self = StreamOpening.hello(bytes.byte(at: bytes.byte(at: 0) & 0x80 != 0 ? 2 : 3), client: 1, server: 4)
        }
    }

    private static func hello(_ type: UInt8, client: UInt8, server: UInt8) -> StreamOpening {
        type == client ? .clientHello : type == server ? .serverHello : .tlsRecord
    }

    private static func http(_ bytes: RawSpan) -> StreamOpening {
        // A recipient skips empty lines before a request line (RFC 9112 2.2).
        var start = 0
        while bytes.byte(at: start) == 0x0D || bytes.byte(at: start) == 0x0A { start += 1 }
        let line = bytes.extracting(start..<bytes.byteCount)
        if begins(line, httpVersion) == true { return .response }
        var end = 0
        while end < line.byteCount, line.byte(at: end) != 0x0A { end += 1 }
        // The version at the end of the line makes certain what a command of another protocol may look like.
        if contains(line.extracting(0..<end), spaceVersion) { return .request }
        var method = 0
        while method < end, line.byte(at: method) != 0x20 { method += 1 }
        let target = line.extracting(min(method + 1, end)..<end)
        if methods.contains(where: { $0.count == method && begins(line, $0) == true }) {
            // HTTP/0.9 has no version, and a long line is not waited for.
            for form in targets {
                if let begins = begins(target, form) { return begins ? .request : .undecided }
            }
        }
        return end == line.byteCount && end < longestLine ? .undecided : .unknown
    }

    /// Whether `bytes` begin with `text`, which is in lower case, in any case; nil when they do not, false when they end
    /// before they could.
    private static func begins(_ bytes: RawSpan, _ text: [UInt8]) -> Bool? {
        let common = min(bytes.byteCount, text.count)
        for index in 0..<common where bytes.byte(at: index) | 0x20 != text[index] { return nil }
        return common == text.count
    }

    private static func contains(_ bytes: RawSpan, _ text: [UInt8]) -> Bool {
        guard bytes.byteCount >= text.count else { return false }
        for start in 0...bytes.byteCount - text.count
        where begins(bytes.extracting(start..<bytes.byteCount), text) == true {
            return true
        }
        return false
    }

    private static let httpVersion = Array("http/".utf8)
    private static let spaceVersion = Array(" http/".utf8)
    private static let targets = ["/", "http"].map { Array($0.utf8) }
    private static let methods = ["get", "post", "head", "put", "delete", "options", "trace", "patch"].map {
        Array($0.utf8)
    }
}
