import TLSWire
import Wire

/// The handshake messages up to ClientKeyExchange, whose hash goes into the extended master secret (RFC 7627 3). Kept
/// only where a secret may have to be computed, and only until then.
struct Transcript {
    private var octets: [UInt8] = []
    private var isKept = false
    private(set) var sessionHash: [UInt8]?
    /// Octets were lost before the messages were complete.
    private(set) var isBroken = false
    private var isOver = false

    var count: Int { octets.count }

    /// Octets of a handshake that are kept; certificate chains are far shorter.
    static let longest = 256 * 1024

    mutating func begin(_ hello: RawSpan, keep: Bool) {
        octets = []
        sessionHash = nil
        isKept = keep
        isBroken = false
        isOver = false
        append(hello)
    }

    mutating func append(_ message: RawSpan) {
        guard isKept else { return }
        guard octets.count + message.byteCount <= Transcript.longest else { return drop() }
        octets.append(message)
    }

    /// The messages are complete.
    /// - Parameter hash: of TLS 1.2; nil for the MD5 and SHA-1 of the versions before it.
    mutating func finish(hash: CipherSuite.Hash?) {
        defer { end() }
        guard isKept else { return }
        let crypto = LibCrypto.shared
        sessionHash = hash.map { crypto.hash($0, octets) } ?? crypto.hash(.md5, octets) + crypto.hash(.sha1, octets)
    }

    /// The messages are complete, and their hash is of no use.
    mutating func end() {
        isOver = true
        drop()
    }

    /// Octets of the connection were not captured.
    mutating func lose() {
        guard !isOver else { return }
        isBroken = true
        drop()
    }

    mutating func drop() {
        octets = []
        isKept = false
    }
}
