import Wire

/// Traffic must not reach the terminal's control codes.
package enum Printable {
    /// `part` with U+FFFD in place of characters that control a terminal, or turn or hide what stands around them.
    package static func text(_ part: String) -> String {
        guard isSuspect(part) else { return part }
        var shown = String.UnicodeScalarView()
        for scalar in part.unicodeScalars {
            shown.append(acts(scalar) ? "\u{FFFD}" : scalar)
        }
        return String(shown)
    }

    /// Holds an octet of ASCII that controls, the first of what may be a C1 control, or a character that misleads.
    private static func isSuspect(_ part: String) -> Bool {
        let octets = part.utf8Span.span
        for at in octets.indices {
            let octet = octets[at]
            if octet &- 0x20 < 0x5F { continue }
            if octet < 0x80 || octet == 0xC2 || octets.bytes.misleads(at: at) { return true }
        }
        return false
    }

    private static func acts(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case ..<0x20, 0x7F..<0xA0, 0x200B...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }
}
