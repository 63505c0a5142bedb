import Wire

/// Notices an upgrade to TLS inside a plain connection (RFC 2817): the server answers 101, and the client goes on with a
/// TLS record. Pure.
///
///     idle ──▶ switched ──▶ idle
///
/// - *idle*: each of the server's reads is compared with the start of a 101 response; all others differ within twelve
///   octets, so this costs next to nothing. A 101 behind another response in one read is not seen.
/// - *switched*: the client's next octet decides.
struct UpgradeWatch {
    private static let line = Array("HTTP/1.1 101".utf8)
    /// Any minor version will do.
    private static let minorVersion = 7
    private var matched = 0
    private(set) var isSwitched = false

    mutating func toClient(_ bytes: RawSpan) {
        guard !isSwitched else { return }
        var at = 0
        while at < bytes.byteCount, matched < UpgradeWatch.line.count {
            guard matched == UpgradeWatch.minorVersion || bytes.byte(at: at) == UpgradeWatch.line[matched] else {
                matched = 0
                return
            }
            matched += 1
            at += 1
        }
        guard matched == UpgradeWatch.line.count else { return }
        matched = 0
        isSwitched = true
    }

    /// Whether these octets of the client's begin TLS.
    mutating func beginsTLS(_ bytes: RawSpan) -> Bool {
        guard isSwitched, bytes.byteCount > 0 else { return false }
        isSwitched = false
        return bytes.byte(at: 0) == 0x16
    }
}
