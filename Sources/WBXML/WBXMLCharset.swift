import Wire

/// The character encodings that are read; the header names them by MIBenum (WAP-192 5.6).
enum WBXMLCharset: Sendable, Equatable {
    case utf8
    case ascii
    case latin1
    /// UTF-16 in either order: a byte order mark decides, else big-endian.
    case utf16
    case utf16BE
    case utf16LE

    init?(mibEnum: UInt32) {
        switch mibEnum {
        case 106: self = .utf8
        case 3: self = .ascii
        case 4: self = .latin1
        case 1015, 1000: self = .utf16
        case 1013: self = .utf16BE
        case 1014: self = .utf16LE
        default: return nil
        }
    }

    /// From the charset parameter of a media type.
    init?(name: String) {
        switch name.lowercased() {
        case "utf-8", "utf8": self = .utf8
        case "us-ascii", "ascii": self = .ascii
        case "iso-8859-1", "latin1": self = .latin1
        case "utf-16", "iso-10646-ucs-2": self = .utf16
        case "utf-16be": self = .utf16BE
        case "utf-16le": self = .utf16LE
        default: return nil
        }
    }

    /// As a finding names it.
    var name: String {
        switch self {
        case .utf8: "UTF-8"
        case .ascii: "US-ASCII"
        case .latin1: "ISO-8859-1"
        case .utf16: "UTF-16"
        case .utf16BE: "UTF-16BE"
        case .utf16LE: "UTF-16LE"
        }
    }

    /// Octets of a terminator, and of the unit it is looked for in.
    var unit: Int {
        switch self {
        case .utf8, .ascii, .latin1: 1
        case .utf16, .utf16BE, .utf16LE: 2
        }
    }

    /// Its octets are UTF-8 as they stand.
    var isUTF8: Bool { self == .utf8 || self == .ascii }

    /// The name of a MIBenum, lower case; a number that has none here shows as `mibenum-17`.
    static func name(mibEnum: UInt32) -> String {
        switch mibEnum {
        case 3: "us-ascii"
        case 4: "iso-8859-1"
        case 17: "shift_jis"
        case 106: "utf-8"
        case 1000: "iso-10646-ucs-2"
        case 1013: "utf-16be"
        case 1014: "utf-16le"
        case 1015: "utf-16"
        case 2025: "gb2312"
        case 2026: "big5"
        case 2252: "windows-1252"
        default: "mibenum-\(mibEnum)"
        }
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
