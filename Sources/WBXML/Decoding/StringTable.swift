/// The strings of a document's string table, each with its terminator.
struct StringTable {
    private(set) var octets: [UInt8] = []
    /// Texts that are to be written as references.
    var wanted: Set<ArraySlice<UInt8>> = []
    private var offsets: [ArraySlice<UInt8>: UInt32] = [:]

    /// The offset of a string, which is added if need be.
    mutating func offset(of string: [UInt8]) -> UInt32 { offset(of: string[...]) }

    private mutating func offset(of string: ArraySlice<UInt8>) -> UInt32 {
        if let known = offsets[string] { return known }
        let offset = UInt32(truncatingIfNeeded: octets.count)
        octets += string
        octets.append(0)
        offsets[string] = offset
        return offset
    }

    /// The offset of a text that belongs in the table; nil for the others.
    mutating func wantedOffset(of text: ArraySlice<UInt8>) -> UInt32? {
        wanted.contains(text) ? offset(of: text) : nil
    }
}
