import SyncML
import Wire

/// What libxml2 must not see of a hostile document, because its cost would be out of all proportion: it compares each
/// attribute of a tag with all others, and copies the attribute defaults of an internal subset to every element.
///
/// One pass in front of it: the internal subset of a DOCTYPE, of which nothing is applied here, becomes blanks, so that
/// offsets stay; a tag with too many attributes ends what libxml2 is given.
struct Precautions {
    /// More than any message has.
    static let mostAttributes = 500
    /// Namespace declarations in force at one place; each prefix is looked for in all of them.
    static let mostNamespaces = 500

    /// The offset of a tag with more attributes than that.
    private(set) var cut: Int?
    private(set) var subset = InternalSubset()

    init(_ octets: inout [UInt8], from start: Int) {
        var at = start
        var isBeforeRoot = true
        while let tag = octets[at...].firstIndex(of: 0x3C) {
            at = tag + 1
            guard at < octets.count else { return }
            switch octets[at] {
            case 0x21 where octets.span.bytes.has("!--", at: at): at = Precautions.skip("-->", in: octets, at + 3)
            case 0x21 where octets.span.bytes.has("![CDATA[", at: at): at = Precautions.skip("]]>", in: octets, at + 8)
            case 0x21 where isBeforeRoot && octets.span.bytes.has("!DOCTYPE", at: at):
                at = blankSubset(of: &octets, at)
            case 0x3F: at = Precautions.skip("?>", in: octets, at + 1)
            case 0x3A, 0x41...0x5A, 0x5F, 0x61...0x7A, 0x80...:
                isBeforeRoot = false
                guard let end = Precautions.tagEnd(in: octets, at) else {
                    cut = tag
                    return
                }
                at = end
            // An end tag, or nothing that begins markup: libxml2 reads on behind it.
            default: break
            }
        }
    }

    /// Behind a tag's `>`, or where it is ill formed and libxml2 reads on as in text; nil when it has too many
    /// attributes.
    private static func tagEnd(in octets: [UInt8], _ start: Int) -> Int? {
        var at = start
        var attributes = 0
        var quote: UInt8 = 0
        /// The last octet that is no white space.
        var last: UInt8 = 0
        while at < octets.count {
            let octet = octets[at]
            if octet == 0x3C { return at }
            at += 1
            if quote != 0 {
                if octet == quote { quote = 0 }
                continue
            }
            switch octet {
            case 0x22, 0x27:
                guard last == 0x3D else { return at }
                quote = octet
            case 0x3D:
                attributes += 1
                if attributes > mostAttributes { return nil }
            case 0x3E: return at
            default: break
            }
            if !PlainText.isSpace(octet) { last = octet }
        }
        return at
    }

    /// Behind a DOCTYPE, whose `!` is at `start`. Between `[` and `]` its octets become blanks. A `<` in front of `[`
    /// ends it, in quotation marks as well: libxml2 leaves a DOCTYPE that is ill formed, and reads the next tag.
    private mutating func blankSubset(of octets: inout [UInt8], _ start: Int) -> Int {
        var at = start
        var begin: Int?
        var quote: UInt8 = 0
        while at < octets.count {
            let octet = octets[at]
            if begin == nil, octet == 0x3C { return at }
            if quote != 0 {
                if octet == quote { quote = 0 }
            } else if begin != nil, octet == 0x3C, octets.span.bytes.has("<!--", at: at) {
                at = Precautions.skip("-->", in: octets, at + 4)
                continue
            } else if begin != nil, octet == 0x3C, octets.span.bytes.has("<?", at: at) {
                at = Precautions.skip("?>", in: octets, at + 2)
                continue
            } else {
                switch octet {
                case 0x22, 0x27: quote = octet
                case 0x5B: begin = begin ?? at + 1
                case 0x5D:
                    guard let begin else { break }
                    Precautions.blank(&octets, begin..<at)
                    return at
                case 0x3E where begin == nil: return at + 1
                case 0x3C where begin != nil: subset.addEntity(octets.span.bytes, declaredAt: at)
                case 0x25 where begin != nil: subset.addPercent(octets.span.bytes, at)
                default: break
                }
            }
            at += 1
        }
        // It has no end: neither has the document.
        if let begin { Precautions.blank(&octets, begin..<octets.count) }
        return octets.count
    }

    private static func blank(_ octets: inout [UInt8], _ range: Range<Int>) {
        for i in range where octets[i] != 0x0A { octets[i] = 0x20 }
    }

    /// Behind the next place where `text` stands; the end when it stands nowhere. A character that XML has not ends
    /// comments, sections and instructions for libxml2, which reads what follows as text and tags.
    private static func skip(_ text: StaticString, in octets: [UInt8], _ start: Int) -> Int {
        var at = start
        let bytes = octets.span.bytes
        while at < octets.count {
            if bytes.byte(at: at) == text.utf8Start.pointee, bytes.has(text, at: at) {
                return at + text.utf8CodeUnitCount
            }
            let length = UTF8Sequence.length(bytes, at: at)
            if length == 0 { return at }
            at += length
        }
        return octets.count
    }
}

/// What the internal subset of a DOCTYPE says of the entities that a document may refer to.
struct InternalSubset {
    private var names: Set<[UInt8]> = []
    /// A parameter entity stands for further declarations, or there are too many to be kept.
    private(set) var isOpen = false

    private static let mostNames = 1000

    func declares(_ name: some Sequence<UInt8>) -> Bool { names.contains(Array(name)) }

    /// Takes the name of the general entity that the declaration at `at` declares, if it is one.
    fileprivate mutating func addEntity(_ bytes: RawSpan, declaredAt at: Int) {
        guard bytes.has("<!ENTITY", at: at) else { return }
        var start = at + 8
        while start < bytes.byteCount, PlainText.isSpace(bytes.byte(at: start)) { start += 1 }
        guard start > at + 8 else { return }
        var end = start
        // No further than the next declaration, so that each octet is looked at once.
        while end < bytes.byteCount, !PlainText.isSpace(bytes.byte(at: end)), bytes.byte(at: end) != 0x3C,
            bytes.byte(at: end) != 0x3E
        { end += 1 }
        guard end > start, bytes.byte(at: start) != 0x25 else { return }
        if names.count < InternalSubset.mostNames, end - start <= 1000 {
            names.insert(bytes.extracting(start..<end).array())
        } else {
            isOpen = true
        }
    }

    /// Takes a `%`: a reference, if a name follows. In the declaration of a parameter entity a blank does.
    fileprivate mutating func addPercent(_ bytes: RawSpan, _ at: Int) {
        guard at + 1 < bytes.byteCount else { return }
        if !PlainText.isSpace(bytes.byte(at: at + 1)) { isOpen = true }
    }
}
