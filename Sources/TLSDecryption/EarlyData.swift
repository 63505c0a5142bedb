import Wire

/// Early data of TLS 1.3 (RFC 8446 4.2.10): held back until the server has said whether it takes it.
struct EarlyData {
    /// The ClientHello announced it.
    var isOffered = false
    /// What the server said; nil until it has.
    var isAccepted: Bool?
    private var held: [UInt8] = []
    /// Octets behind those that are held: more than is kept, or lost.
    private var missing: UInt64 = 0
    var limit = EarlyData.longest
    var heldOctets: Int { held.count }

    /// Octets that are held back; servers rarely allow more than 16 KiB.
    static let longest = 256 * 1024

    /// Takes early data that is not to be passed on yet, or never. False: pass it on.
    mutating func holds(_ octets: RawSpan, while isEarly: Bool) -> Bool {
        guard isEarly, isOffered else { return false }
        switch isAccepted {
        case true?: return false
        case false?: return true
        case nil:
            if missing == 0, held.count + octets.byteCount <= limit {
                held.append(octets)
            } else {
                missing += UInt64(octets.byteCount)
            }
            return true
        }
    }

    /// The same for octets that were lost.
    mutating func holds(lost count: UInt64, while isEarly: Bool) -> Bool {
        guard isEarly, isOffered, isAccepted != true else { return false }
        if isAccepted == nil { missing += count }
        return true
    }

    mutating func release() -> (held: [UInt8], missing: UInt64) {
        defer { (held, missing) = ([], 0) }
        return (held, missing)
    }
}
