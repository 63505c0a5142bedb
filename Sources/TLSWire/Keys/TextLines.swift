/// The lines of a small text file, without their ends (LF or CR LF).
struct Lines: Sequence, IteratorProtocol {
    private let octets: [UInt8]
    private var at = 0

    init(_ octets: [UInt8]) { self.octets = octets }

    mutating func next() -> ArraySlice<UInt8>? {
        guard at < octets.count else { return nil }
        let end = octets[at...].firstIndex(of: 0x0A) ?? octets.count
        var line = octets[at..<end]
        if line.last == 0x0D { line.removeLast() }
        at = end + 1
        return line
    }
}

/// Without spaces and tabs at either end.
func trimmed(_ slice: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isBlank(_ octet: UInt8) -> Bool { octet == 0x20 || octet == 0x09 }
    guard let first = slice.firstIndex(where: { !isBlank($0) }), let last = slice.lastIndex(where: { !isBlank($0) })
    else { return [] }
    return slice[first...last]
}
