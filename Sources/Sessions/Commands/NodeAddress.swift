import SyncML
import Wire

/// A LocURI reduced to a hash, for comparing answers with commands: one number for addresses that are alike, so that a
/// command keeps no string.
///
/// `./A/B`, `A/B`, `./a/b/` and `./A/B?list=Struct` are alike (DM TND, addressing). An address with percent-encoding or
/// characters beyond ASCII can be written in several ways: of such a one, and of one that is absent, nothing is known.
struct NodeAddress {
    /// FNV-1a of the address; nil where nothing is known of it.
    private let hash: UInt64?

    static let unknown = NodeAddress()

    private init() { hash = nil }

    init(_ place: TextPlace, of content: MessageContent) {
        hash = NodeAddress.walk(place, content) { _ in }
    }

    /// The text is surely another address.
    func differs(from place: TextPlace, of content: MessageContent) -> Bool {
        guard let hash, let other = NodeAddress.walk(place, content, { _ in }) else { return false }
        return hash != other
    }

    /// The text is surely another address, and none below this one.
    func isElsewhere(than place: TextPlace, of content: MessageContent) -> Bool {
        guard let hash else { return false }
        var isAbove = hash == NodeAddress.root
        guard let other = NodeAddress.walk(place, content, { isAbove = isAbove || $0 == hash }) else { return false }
        return hash != other && !isAbove
    }

    private static let root: UInt64 = 0xCBF2_9CE4_8422_2325

    /// The number of an address; tells that of every node above it.
    private static func walk(_ place: TextPlace, _ content: MessageContent, _ above: (UInt64) -> Void) -> UInt64? {
        guard place.isPresent else { return nil }
        let arena = content.document.arena
        let bytes = arena.span.bytes
        var range = place.range
        if range.count > 1, bytes.has("./", at: range.lowerBound) {
            range = range.lowerBound + 2..<range.upperBound
        } else if range.count == 1, bytes.byte(at: range.lowerBound) == 0x2E {
            return root
        }
        var hash = root
        var endsSegment = false
        for at in range {
            var octet = bytes.byte(at: at)
            if octet == 0x3F { break }
            guard octet != 0x25, octet < 0x80 else { return nil }
            if octet == 0x2F {
                endsSegment = true
                continue
            }
            if endsSegment {
                above(hash)
                hash = (hash ^ 0x2F) &* 0x100_0000_01B3
                endsSegment = false
            }
            if 0x41...0x5A ~= octet { octet |= 0x20 }
            hash = (hash ^ UInt64(octet)) &* 0x100_0000_01B3
        }
        return hash
    }
}
