import Wire

/// Whether octets of valid UTF-8 are a Name of XML 1.0, fifth edition (productions 4 to 5).
func isXMLName(_ octets: ArraySlice<UInt8>) -> Bool {
    let scalars = String(decoding: octets, as: UTF8.self).unicodeScalars
    guard let first = scalars.first, startsName(first) else { return false }
    return scalars.allSatisfy { startsName($0) || continuesName($0) }
}

/// NameStartChar.
private func startsName(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x61...0x7A, 0x41...0x5A, 0x5F, 0x3A: true
    case 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2FF, 0x370...0x37D, 0x37F...0x1FFF, 0x200C...0x200D: true
    case 0x2070...0x218F, 0x2C00...0x2FEF, 0x3001...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFFD, 0x10000...0xEFFFF: true
    default: false
    }
}

/// What NameChar has beyond NameStartChar.
private func continuesName(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x30...0x39, 0x2D, 0x2E, 0xB7, 0x300...0x36F, 0x203F...0x2040: true
    default: false
    }
}

/// Whether octets of valid UTF-8 hold nothing but characters of XML 1.0 (production 2): no control character but tab and
/// line ends, no U+FFFE or U+FFFF.
func isXMLText(_ octets: ArraySlice<UInt8>) -> Bool {
    let bytes = octets.span.bytes
    var at = 0
    while at < bytes.byteCount {
        let octet = bytes.byte(at: at)
        if !isXMLCharacter(octet) { return false }
        if octet == 0xEF, at + 2 < bytes.byteCount, bytes.byte(at: at + 1) == 0xBF, bytes.byte(at: at + 2) >= 0xBE {
            return false
        }
        at += 1
    }
    return true
}

/// No control character but tab and line ends.
@inline(__always)
func isXMLCharacter(_ octet: UInt8) -> Bool { octet >= 0x20 || octet == 0x0A || octet == 0x0D || octet == 0x09 }
