import Wire

/// The attributes of a start tag as it stands in the text: where each name and value lies, in order. libxml2 gives
/// namespace declarations apart from the other attributes and says of neither where it stood.
///
/// Only for tags that libxml2 has accepted: what does not look like an attribute ends the list.
struct TagAttributes {
    struct Attribute {
        var name: Range<Int>
        /// Without the quotes.
        var value: Range<Int>
        /// `xmlns` or `xmlns:…`.
        var declaresNamespace: Bool
    }

    /// The element's name.
    let name: Range<Int>
    private(set) var attributes: [Attribute] = []

    init(_ bytes: RawSpan, tag: Range<Int>) {
        var at = tag.lowerBound + 1
        while at < tag.upperBound, !TagAttributes.endsName(bytes.byte(at: at)) { at += 1 }
        name = min(tag.lowerBound + 1, at)..<at
        while true {
            skipSpace(bytes, &at, tag.upperBound)
            let name = at
            while at < tag.upperBound, !TagAttributes.endsName(bytes.byte(at: at)) { at += 1 }
            let nameEnd = at
            skipSpace(bytes, &at, tag.upperBound)
            guard nameEnd > name, at < tag.upperBound, bytes.byte(at: at) == 0x3D else { return }
            at += 1
            skipSpace(bytes, &at, tag.upperBound)
            guard at < tag.upperBound else { return }
            let quote = bytes.byte(at: at)
            guard quote == 0x22 || quote == 0x27 else { return }
            at += 1
            let value = at
            while at < tag.upperBound, bytes.byte(at: at) != quote { at += 1 }
            guard at < tag.upperBound else { return }
            attributes.append(
                Attribute(
                    name: name..<nameEnd, value: value..<at,
                    declaresNamespace: TagAttributes.isXmlns(bytes, name..<nameEnd)))
            at += 1
        }
    }

    private static func endsName(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x20, 0x09, 0x0A, 0x0D, 0x2F, 0x3D, 0x3E: true
        default: false
        }
    }

    private static func isXmlns(_ bytes: RawSpan, _ name: Range<Int>) -> Bool {
        let xmlns: [5 of UInt8] = [0x78, 0x6D, 0x6C, 0x6E, 0x73]
        guard name.count == 5 || (name.count > 6 && bytes.byte(at: name.lowerBound + 5) == 0x3A) else { return false }
        for i in 0..<5 where bytes.byte(at: name.lowerBound + i) != xmlns[i] { return false }
        return true
    }

    private func skipSpace(_ bytes: RawSpan, _ at: inout Int, _ end: Int) {
        while at < end {
            switch bytes.byte(at: at) {
            case 0x20, 0x09, 0x0A, 0x0D: at += 1
            default: return
            }
        }
    }
}
