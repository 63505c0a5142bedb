/// A protocol version as it stands in records and hellos.
package struct TLSVersion: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let ssl2 = TLSVersion(rawValue: 0x0002)
    package static let ssl3 = TLSVersion(rawValue: 0x0300)
    package static let tls10 = TLSVersion(rawValue: 0x0301)
    package static let tls11 = TLSVersion(rawValue: 0x0302)
    package static let tls12 = TLSVersion(rawValue: 0x0303)
    package static let tls13 = TLSVersion(rawValue: 0x0304)

    /// `SSL 3.0`, `TLS 1.2`, `TLS 1.3 draft 28`; a number nobody defined as hex.
    package var name: String {
        switch rawValue {
        case 0x0002: "SSL 2.0"
        case 0x0300: "SSL 3.0"
        case 0x0301...0x0304: "TLS 1.\(rawValue - 0x0301)"
        case 0x7F00...0x7FFF: "TLS 1.3 draft \(rawValue & 0xFF)"
        default: hexCode(rawValue)
        }
    }

    /// TLS 1.3 or one of its drafts.
    package var is13: Bool { rawValue == 0x0304 || rawValue >> 8 == 0x7F }

    /// Number of the TLS 1.3 draft; nil for a published version.
    package var draft: Int? { rawValue >> 8 == 0x7F ? Int(rawValue & 0xFF) : nil }
}

/// Values that a client sends to keep servers tolerant of what they do not know (RFC 8701).
package func isGREASE(_ value: UInt16) -> Bool {
    value & 0x0F0F == 0x0A0A && value >> 8 == value & 0xFF
}

/// `0x1F3C`.
func hexCode(_ value: UInt16) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return "0x" + String(repeating: "0", count: 4 - digits.count) + digits
}
