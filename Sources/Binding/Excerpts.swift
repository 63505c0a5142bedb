import HTTPWire
import Wire

extension StringProtocol {
    /// The same octets but for the case of ASCII letters.
    func equalsIgnoringCase(_ other: some StringProtocol) -> Bool {
        utf8.elementsEqual(other.utf8) { lowered($0) == lowered($1) }
    }

    func hasPrefixIgnoringCase(_ prefix: some StringProtocol) -> Bool {
        utf8.prefix(prefix.utf8.count).elementsEqual(prefix.utf8) { lowered($0) == lowered($1) }
    }

    /// For a finding's text: at most 60 characters, control characters as `?`.
    var excerpt: String { excerpt(60) }

    func excerpt(_ most: Int) -> String {
        if utf8.count <= most, utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x80 }) { return String(self) }
        return String(String(self).clipped(to: most).map { $0.isASCII && $0 < " " ? "?" : $0 })
    }
}

extension HTTPHead {
    /// The first value of this field for a finding's text.
    func shown(_ name: StaticString) -> String { first(name)?.excerpt ?? "" }

    /// The values of all fields of this name for a finding's text.
    func shownList(_ name: StaticString) -> String { list(name)?.excerpt ?? "" }
}

@inline(__always)
private func lowered(_ octet: UInt8) -> UInt8 { octet &- 0x41 < 26 ? octet | 0x20 : octet }
