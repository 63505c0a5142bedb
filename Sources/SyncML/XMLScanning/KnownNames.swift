import Wire

/// Short names that a document has used, with what they were resolved to: the same few names come again and again, and
/// are found here without being looked up. A slot is kept by the last name that came to it.
struct KnownNames {
    struct Slot {
        /// The name's octets, the first in the low bits; 0 in a free slot.
        fileprivate var name: UInt64 = 0
        fileprivate var namespace: Vocabulary?
        fileprivate var context = Vocabulary.other
        fileprivate var resolved = ElementName.unknown
        fileprivate var inner = Vocabulary.other
    }

    var slots = [Slot](repeating: Slot(), count: 64)

    /// What `XMLNames.resolve` says.
    mutating func resolve(
        _ bytes: RawSpan, _ range: Range<Int>, namespace: Vocabulary?, context: Vocabulary
    ) -> (name: ElementName, context: Vocabulary) {
        guard range.count <= 8, !range.isEmpty, range.lowerBound + 8 <= bytes.byteCount else {
            return XMLNames.resolve(bytes, range, namespace: namespace, context: context)
        }
        let word = bytes.word(at: range.lowerBound) & (UInt64.max >> UInt64(64 - 8 * range.count))
        var slots = slots.mutableSpan
        return KnownNames.resolve(word, bytes, range, namespace: namespace, context: context, &slots)
    }

    /// What `XMLNames.resolve` says of the name at `range`, whose octets are `word`.
    @inline(__always)
    static func resolve(
        _ word: UInt64, _ bytes: RawSpan, _ range: Range<Int>, namespace: Vocabulary?, context: Vocabulary,
        _ slots: inout MutableSpan<Slot>
    ) -> (name: ElementName, context: Vocabulary) {
        let at = Int(truncatingIfNeeded: (word &* 0x9E37_79B9_7F4A_7C15) >> 58)
        let slot = slots[at]
        if slot.name == word, slot.namespace == namespace, slot.context == context {
            return (slot.resolved, slot.inner)
        }
        let resolved = XMLNames.resolve(bytes, range, namespace: namespace, context: context)
        slots[at] = Slot(
            name: word, namespace: namespace, context: context, resolved: resolved.name, inner: resolved.context)
        return resolved
    }
}
