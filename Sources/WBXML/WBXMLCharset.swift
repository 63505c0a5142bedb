import Wire

/// The character encodings that are read, by the MIBenum that a header names them with (WAP-192 5.6).
enum WBXMLCharset: UInt32, Sendable {
    case utf8 = 106
    case ascii = 3
    case latin1 = 4
    /// UTF-16 in either order: a byte order mark decides, else big-endian.
    case utf16 = 1015
    case utf16BE = 1013
    case utf16LE = 1014

    init?(mibEnum: UInt32) {
        if let known = WBXMLCharset(rawValue: mibEnum) {
            self = known
        } else {
            guard let charset = Charset(mibEnum: mibEnum) else { return nil }
            self.init(charset)
        }
    }

    /// From the charset parameter of a media type.
    init?(name: String) {
        guard let charset = Charset(named: name) else { return nil }
        self.init(charset)
    }

    private init?(_ charset: Charset) {
        guard let number = Charset(named: charset.readAs)?.mibEnum else { return nil }
        self.init(rawValue: number)
    }

    /// As a finding names it.
    var name: String { WBXMLCharset.name(mibEnum: rawValue).uppercased() }

    /// Octets of a terminator, and of the unit it is looked for in.
    var unit: Int {
        switch self {
        case .utf8, .ascii, .latin1: 1
        case .utf16, .utf16BE, .utf16LE: 2
        }
    }

    /// Its octets are UTF-8 as they stand.
    var isUTF8: Bool {
        switch self {
        case .utf8, .ascii: true
        case .latin1, .utf16, .utf16BE, .utf16LE: false
        }
    }

    /// The name of a MIBenum, lower case; a number that has none here shows as `mibenum-77`.
    static func name(mibEnum: UInt32) -> String {
        // Nearly all documents say this.
        if mibEnum == utf8.rawValue { return "utf-8" }
        return Charset(mibEnum: mibEnum)?.name ?? "mibenum-\(mibEnum)"
    }

    /// Appends `octets` as UTF-8. False when some were not valid: each such unit is shown as U+FFFD.
    func convert(_ octets: ArraySlice<UInt8>, into text: inout [UInt8]) -> Bool {
        switch self {
        case .utf8:
            text.append(contentsOf: octets)
            return isValidUTF8(octets)
        case .ascii:
            // What is beyond ASCII is nearly always meant as UTF-8.
            text.append(contentsOf: octets)
            return octets.allSatisfy { $0 < 0x80 }
        case .latin1:
            for octet in octets { appendUTF8(UInt32(octet), to: &text) }
            return true
        case .utf16BE: return convertUTF16(octets, bigEndian: true, into: &text)
        case .utf16LE: return convertUTF16(octets, bigEndian: false, into: &text)
        case .utf16:
            let mark = octets.prefix(2)
            if mark.elementsEqual([0xFE, 0xFF]) {
                return convertUTF16(octets.dropFirst(2), bigEndian: true, into: &text)
            }
            if mark.elementsEqual([0xFF, 0xFE]) {
                return convertUTF16(octets.dropFirst(2), bigEndian: false, into: &text)
            }
            return convertUTF16(octets, bigEndian: true, into: &text)
        }
    }

    private func convertUTF16(_ octets: ArraySlice<UInt8>, bigEndian: Bool, into text: inout [UInt8]) -> Bool {
        var valid = octets.count & 1 == 0
        var highSurrogate: UInt32?
        var at = octets.startIndex
        while at + 1 < octets.endIndex {
            let (first, second) = (UInt32(octets[at]), UInt32(octets[at + 1]))
            let unit = bigEndian ? first << 8 | second : second << 8 | first
            at += 2
            if let high = highSurrogate {
                highSurrogate = nil
                if unit & 0xFC00 == 0xDC00 {
                    appendUTF8(0x10000 + ((high & 0x3FF) << 10 | unit & 0x3FF), to: &text)
                    continue
                }
                appendUTF8(0xFFFD, to: &text)
                valid = false
            }
            switch unit & 0xFC00 {
            case 0xD800: highSurrogate = unit
            case 0xDC00:
                appendUTF8(0xFFFD, to: &text)
                valid = false
            default: appendUTF8(unit, to: &text)
            }
        }
        if highSurrogate != nil {
            appendUTF8(0xFFFD, to: &text)
            valid = false
        }
        return valid
    }
}

/// Appends a code point below 0x110000 as UTF-8.
func appendUTF8(_ scalar: UInt32, to text: inout [UInt8]) {
    func tail(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: scalar >> shift & 0x3F | 0x80) }
    if scalar < 0x80 {
        text.append(UInt8(truncatingIfNeeded: scalar))
    } else if scalar < 0x800 {
        text.append(UInt8(truncatingIfNeeded: scalar >> 6 | 0xC0))
        text.append(tail(0))
    } else if scalar < 0x10000 {
        text.append(UInt8(truncatingIfNeeded: scalar >> 12 | 0xE0))
        text.append(tail(6))
        text.append(tail(0))
    } else {
        text.append(UInt8(truncatingIfNeeded: scalar >> 18 | 0xF0))
        text.append(tail(12))
        text.append(tail(6))
        text.append(tail(0))
    }
}

func isValidUTF8(_ octets: ArraySlice<UInt8>) -> Bool { (try? UTF8Span(validating: octets.span)) != nil }
