import SyncML
import Wire

/// The octets of a document that are no UTF-8.
///
/// libxml2 takes the first for ISO-8859-1 and, from there on, all of the document: characters, references and names
/// behind it are wrong. So it never sees one: each is replaced before, by one octet, so that offsets stay.
struct UTF8Faults {
    /// The offset of the first.
    private(set) var first: Int?
    private(set) var count = 0

    /// A character that may stand in names and in text, and makes no name that is known.
    private static let replacement: UInt8 = 0x5F

    init(replacingIn octets: inout [UInt8]) {
        guard (try? UTF8Span(validating: octets.span)) == nil else { return }
        var at = 0
        while at < octets.count {
            let length = UTF8Faults.characterLength(octets.span.bytes, at)
            if length == 0 {
                first = first ?? at
                count += 1
                octets[at] = UTF8Faults.replacement
            }
            at += max(length, 1)
        }
    }

    /// Octets of the character that begins at `at`, allowed in XML or not; 0 where none does.
    private static func characterLength(_ bytes: RawSpan, _ at: Int) -> Int {
        let length = UTF8Sequence.length(bytes, at: at)
        if length > 0 { return length }
        if bytes.byte(at: at) < 0x80 { return 1 }
        return bytes.has("\u{FFFE}", at: at) || bytes.has("\u{FFFF}", at: at) ? 3 : 0
    }
}
