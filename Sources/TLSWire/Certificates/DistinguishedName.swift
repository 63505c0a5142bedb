import Wire

/// A Name as text, in the order in which it is encoded: `C=DE, O=Example, CN=dm.example.com`. Characters that would
/// mislead are escaped as in RFC 4514; attributes without a short name show their identifier.
func distinguishedName(_ name: DERValue, in bytes: RawSpan) -> String? {
    var parts: [String] = []
    var rdns = DERReader(bytes, name.content)
    while !rdns.isAtEnd {
        guard parts.count < 64, let rdn = rdns.next(DERValue.set) else { return nil }
        var values: [String] = []
        var attributes = DERReader(bytes, rdn.content)
        while !attributes.isAtEnd {
            guard values.count < 16, let attribute = attributes.next(DERValue.sequence) else { return nil }
            var fields = DERReader(bytes, attribute.content)
            guard let type = fields.next(DERValue.objectIdentifier),
                let identifier = dottedIdentifier(bytes.extracting(type.content)), let value = fields.next()
            else { return nil }
            let key = attributeNames[identifier] ?? identifier
            values.append(key + "=" + escaped(directoryString(value, in: bytes)))
        }
        parts.append(values.joined(separator: "+"))
    }
    return parts.joined(separator: ", ")
}

/// Short names of RFC 4519 and the two that certificates use besides.
private let attributeNames: [String: String] = [
    "2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
    "2.5.4.9": "street", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.15": "businessCategory",
    "2.5.4.17": "postalCode", "2.5.4.42": "GN", "2.5.4.46": "dnQualifier", "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC", "1.2.840.113549.1.9.1": "emailAddress",
    "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL", "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST",
    "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
]

/// A DirectoryString or another string type as text; `#` and its encoding for anything else.
private func directoryString(_ value: DERValue, in bytes: RawSpan) -> String {
    let octets = bytes.array(value.content)
    switch value.tag {
    case 0x0C, 0x12, 0x13, 0x16, 0x1A: return String(decoding: octets, as: UTF8.self)
    case 0x14:  // TeletexString: Latin-1 in practice
        return String(String.UnicodeScalarView(octets.map { UnicodeScalar($0) }))
    case 0x1E:
        return String(decoding: bytes.u16s(value.content), as: UTF16.self)
    case 0x1C:
        let scalars = stride(from: value.content.lowerBound, to: value.content.upperBound - 3, by: 4)
            .map { UnicodeScalar(bytes.u32(at: $0)) ?? "\u{FFFD}" }
        return String(String.UnicodeScalarView(scalars))
    default: return "#" + Hex.lower(bytes.array(value.whole))
    }
}

private func escaped(_ text: String) -> String {
    var result = ""
    for (index, scalar) in text.unicodeScalars.enumerated() {
        switch scalar {
        case ",", "+", "\"", "\\", "<", ">", ";": result += "\\"
        case " " where index == 0: result += "\\"
        default: break
        }
        if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) {
            result += "\\" + Hex.lower(Array(String(scalar).utf8))
        } else {
            result.unicodeScalars.append(scalar)
        }
    }
    return result
}

extension CertificateFacts {
    /// The CNs of the subject, without the escapes that the text has.
    package var commonNames: [String] {
        var parts: [String] = [""]
        var isEscaped = false
        for scalar in subject.unicodeScalars {
            if isEscaped {
                parts[parts.count - 1].unicodeScalars.append(scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "," || scalar == "+" {
                parts.append("")
            } else if scalar != " " || !parts[parts.count - 1].isEmpty {
                parts[parts.count - 1].unicodeScalars.append(scalar)
            }
        }
        return parts.filter { $0.hasPrefix("CN=") && $0.utf8.count > 3 }.map { String($0.dropFirst(3)) }
    }
}
