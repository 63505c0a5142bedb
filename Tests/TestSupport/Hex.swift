/// Octets from hex digits; white space and `|` are passed over, a quoted part ('abc') stands for its UTF-8.
package func hex(_ text: String) -> [UInt8] {
    var octets: [UInt8] = []
    var digit: UInt8?
    var quoted = false
    for character in text.utf8 {
        if character == 0x27 {
            quoted.toggle()
        } else if quoted {
            octets.append(character)
        } else if let value = Character(UnicodeScalar(character)).hexDigitValue {
            if let high = digit {
                octets.append(high << 4 | UInt8(value))
                digit = nil
            } else {
                digit = UInt8(value)
            }
        }
    }
    precondition(digit == nil, "odd number of hex digits")
    return octets
}

/// Octets one after the other.
package func join(_ parts: [UInt8]...) -> [UInt8] { parts.flatMap { $0 } }
