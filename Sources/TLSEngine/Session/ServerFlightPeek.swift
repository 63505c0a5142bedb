import TLSWire
import Wire

/// Reads a server's first flight ahead of libssl, as far as it goes in the clear: has it chosen a PSK suite up to TLS
/// 1.2, and what is its identity hint? libssl asks for the identity in the same call in which it reads ServerHelloDone,
/// and that question cannot wait; so the octets have to.
///
/// States: reading, until one of the two verdicts. Octets that are not a readable handshake end it: libssl judges them.
struct ServerFlightPeek {
    enum Verdict: Equatable {
        case more
        case noPSK
        /// A PSK suite; the hint is nil where the server sent none.
        case psk(hint: [UInt8]?)
    }

    /// Record header in progress, then its content's octets still to come.
    private var header: [UInt8] = []
    private var contentLeft = 0
    /// Handshake octets whose message is not whole.
    private var message: [UInt8] = []
    /// The ServerHello, once it chose a PSK suite.
    private(set) var hello: ServerHello?
    private var usesPSK: Bool { hello != nil }

    /// Longest message read: a Certificate may come before what is looked for.
    private static let longestMessage = 128 * 1024

    mutating func read(_ octets: RawSpan) -> Verdict {
        var reader = ByteReader(octets)
        while !reader.isAtEnd {
            if contentLeft == 0 {
                guard let octet = reader.u8() else { break }
                header.append(octet)
                guard header.count == 5 else { continue }
                guard header[0] == 22, header[1] == 3 else { return .noPSK }
                contentLeft = Int(header[3]) << 8 | Int(header[4])
                header.removeAll(keepingCapacity: true)
                continue
            }
            guard let part = reader.range(min(contentLeft, reader.remaining)) else { break }
            contentLeft -= part.count
            message.append(octets, part)
            let verdict = readMessages()
            if verdict != .more { return verdict }
            guard message.count <= ServerFlightPeek.longestMessage else { return .noPSK }
        }
        return .more
    }

    private mutating func readMessages() -> Verdict {
        var at = 0
        defer { message.removeFirst(at) }
        while message.count - at >= 4 {
            let length = Int(message[at + 1]) << 16 | Int(message[at + 2]) << 8 | Int(message[at + 3])
            guard message.count - at - 4 >= length else { break }
            let body = Array(message[(at + 4)..<(at + 4 + length)])
            let verdict = judge(HandshakeType(rawValue: message[at]), body.span.bytes)
            if verdict != .more { return verdict }
            at += 4 + length
        }
        return .more
    }

    private mutating func judge(_ type: HandshakeType, _ body: RawSpan) -> Verdict {
        switch type {
        case .serverHello:
            guard let hello = try? ServerHello(body), !hello.version.is13,
                CipherSuite(hello.suite)?.keyExchange?.usesPSK ?? false
            else { return .noPSK }
            self.hello = hello
            return .more
        case .serverKeyExchange where usesPSK:
            return .psk(hint: try? pskIdentityHint(body))
        case .serverHelloDone:
            return usesPSK ? .psk(hint: nil) : .noPSK
        case .certificate where usesPSK, .helloRequest: return .more
        default: return usesPSK ? .more : .noPSK
        }
    }
}
