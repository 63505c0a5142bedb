import Wire

/// Early data of TLS 1.3 (RFC 8446 4.2.10): held back until the server has said whether it takes it.
struct EarlyData {
    /// The ClientHello announced it.
    var isOffered = false
    /// What the server said; nil until it has.
    var isAccepted: Bool?
    private var held: [UInt8] = []

    /// Octets that are held back; servers rarely allow more than 16 KiB.
    static let longest = 256 * 1024

    /// Takes early data that is not to be passed on yet, or never. False: pass it on.
    mutating func holds(_ octets: RawSpan, while isEarly: Bool) -> Bool {
        guard isEarly, isOffered else { return false }
        switch isAccepted {
        case true?: return false
        case false?: return true
        case nil:
            if held.count + octets.byteCount <= EarlyData.longest { held.append(octets) }
            return true
        }
    }

    mutating func release() -> [UInt8] {
        defer { held = [] }
        return held
    }

}
