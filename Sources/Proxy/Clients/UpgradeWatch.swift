import HTTPWire
import Wire

/// Notices an upgrade to TLS inside a plain connection (RFC 2817): the server answers 101, and the client goes on with a
/// TLS record. Pure.
///
///     idle ──▶ switched ──▶ idle
///
/// - *idle*: the start of a 101 response is looked for where each of the server's reads begins and in its last kilobyte.
///   It is the last thing that a server says before TLS, but may share a read with the end of an earlier, pipelined
///   response. A body that holds the same octets does no harm, because the client's next octet decides.
/// - *switched*: that octet is waited for.
struct UpgradeWatch {
    private static let line = Array("HTTP/1.1 101".utf8)
    /// Any minor version will do.
    private static let minorVersion = 7
    /// Octets at the end of a read in which a 101 response may begin.
    static let window = 1024
    /// Octets of the line that the server's last octets are.
    private var matched = 0
    private(set) var isSwitched = false

    mutating func toClient(_ bytes: RawSpan) {
        guard !isSwitched else { return }
        var at = max(match(bytes, from: 0), bytes.byteCount - UpgradeWatch.window)
        while !isSwitched, matched == 0, let next = bytes.firstIndex(of: UpgradeWatch.line[0], from: at) {
            at = match(bytes, from: next)
        }
    }

    /// Goes on with the line; yields where it ends or an octet differs. The line's first octet is not in it again, so
    /// nothing before that octet can begin it.
    private mutating func match(_ bytes: RawSpan, from start: Int) -> Int {
        var at = start
        while at < bytes.byteCount, matched < UpgradeWatch.line.count {
            let octet = bytes.byte(at: at)
            let isDigit = UInt8(ascii: "0")...UInt8(ascii: "9") ~= octet
            guard matched == UpgradeWatch.minorVersion ? isDigit : octet == UpgradeWatch.line[matched] else {
                matched = 0
                return at
            }
            matched += 1
            at += 1
        }
        if matched == UpgradeWatch.line.count {
            matched = 0
            isSwitched = true
        }
        return at
    }

    /// Whether these octets of the client's begin TLS.
    mutating func beginsTLS(_ bytes: RawSpan) -> Bool {
        guard isSwitched, bytes.byteCount > 0 else { return false }
        isSwitched = false
        // A handshake record of any version; other protocols may begin with the octet of its type.
        return bytes.byte(at: 0) == 0x16 && (bytes.byteCount == 1 || bytes.byte(at: 1) == 0x03)
    }
}
