import Wire

/// Characters of a peer's name that records and findings show: an identity may have 65,535 octets.
let shownCharacters = 256

/// Octets as a reader would want to see them: as text when they are printable UTF-8, else `0x` and hexadecimal digits;
/// clipped.
package func displayText(_ octets: [UInt8]) -> String { displayText(octets, clippedTo: shownCharacters) }

/// The same, of `most` characters at most.
func displayText(_ octets: [UInt8], clippedTo most: Int) -> String {
    if let text = String(validating: octets, as: UTF8.self),
        text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
    {
        return text.clipped(to: most)
    }
    return ("0x" + Hex.lower(octets)).clipped(to: most)
}

/// Whether `displayText` gave this for octets that are no text. A host name may begin with `0x` too, but has a dot.
package func isDisplayedAsHex(_ text: String) -> Bool { text.hasPrefix("0x") && !text.contains(".") }
