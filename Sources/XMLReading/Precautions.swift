import SyncML

/// What libxml2 must not see of a hostile document, because its cost would be out of all proportion: it compares each
/// attribute of a tag with all others, and copies the attribute defaults of an internal subset to every element.
///
/// One pass in front of it: the internal subset, which nothing here uses, becomes blanks, so that offsets stay; a tag with
/// too many attributes ends what libxml2 is given.
struct Precautions {
    /// More than any message has.
    static let mostAttributes = 500
    /// Namespace declarations in force at one place; each prefix is looked for in all of them.
    static let mostNamespaces = 500

    /// The offset of a tag with more attributes than that.
    private(set) var cut: Int?

    init(_ octets: inout [UInt8], from start: Int) {
        var at = start
        while let tag = Precautions.find(0x3C, in: octets, at) {
            at = tag + 1
            guard at < octets.count else { return }
            switch octets[at] {
            case 0x21 where octets[at...].starts(with: "!--".utf8): at = Precautions.skip("-->", in: octets, at + 3)
            case 0x21 where octets[at...].starts(with: "![CDATA[".utf8):
                at = Precautions.skip("]]>", in: octets, at + 8)
            case 0x21: at = Precautions.blankSubset(of: &octets, at)
            case 0x3F: at = Precautions.skip("?>", in: octets, at + 1)
            default:
                guard let end = Precautions.tagEnd(in: octets, at) else {
                    cut = tag
                    return
                }
                at = end
            }
        }
    }

    /// Behind a tag's `>`; nil when it has too many attributes. Quotes count as XML has them: where a tag is ill formed,
    /// libxml2 reads no attribute behind the fault.
    private static func tagEnd(in octets: [UInt8], _ start: Int) -> Int? {
        var at = start
        var attributes = 0
        var quote: UInt8 = 0
        while at < octets.count {
            let octet = octets[at]
            at += 1
            if quote != 0 {
                if octet == quote { quote = 0 }
                continue
            }
            switch octet {
            case 0x22, 0x27: quote = octet
            case 0x3D:
                attributes += 1
                if attributes > mostAttributes { return nil }
            case 0x3E: return at
            default: break
            }
        }
        return at
    }

    /// Behind a declaration that is no comment and no CDATA section. Between `[` and `]` its octets become blanks.
    private static func blankSubset(of octets: inout [UInt8], _ start: Int) -> Int {
        var at = start
        var subset: Int?
        var quote: UInt8 = 0
        while at < octets.count {
            let octet = octets[at]
            if quote != 0 {
                if octet == quote { quote = 0 }
            } else if subset != nil, octet == 0x3C, octets[at...].starts(with: "<!--".utf8) {
                at = skip("-->", in: octets, at + 4)
                continue
            } else if subset != nil, octet == 0x3C, octets[at...].starts(with: "<?".utf8) {
                at = skip("?>", in: octets, at + 2)
                continue
            } else {
                switch octet {
                case 0x22, 0x27: quote = octet
                case 0x5B: subset = subset ?? at + 1
                case 0x5D:
                    guard let begin = subset else { break }
                    for i in begin..<at where octets[i] != 0x0A { octets[i] = 0x20 }
                    return at
                case 0x3E where subset == nil: return at + 1
                default: break
                }
            }
            at += 1
        }
        // It has no end: neither has the document.
        if let subset {
            for i in subset..<octets.count where octets[i] != 0x0A { octets[i] = 0x20 }
        }
        return octets.count
    }

    private static func find(_ octet: UInt8, in octets: [UInt8], _ start: Int) -> Int? {
        var at = start
        while at < octets.count {
            if octets[at] == octet { return at }
            at += 1
        }
        return nil
    }

    /// Behind the next place where `text` stands; the end when it stands nowhere.
    private static func skip(_ text: StaticString, in octets: [UInt8], _ start: Int) -> Int {
        var at = start
        let bytes = octets.span.bytes
        while at < octets.count {
            if octets[at] == text.utf8Start.pointee, bytes.has(text, at: at) { return at + text.utf8CodeUnitCount }
            at += 1
        }
        return octets.count
    }
}
