package import Wire

/// Vectors of RFC 8446 3.4: a length of one to three octets, then the content. Nil where that is not all there; the reader
/// may then stand behind the length.
extension ByteReader {
    @_lifetime(self: copy self)
    package mutating func vector8() -> Range<Int>? {
        guard let count = u8() else { return nil }
        return range(Int(count))
    }

    @_lifetime(self: copy self)
    package mutating func vector16() -> Range<Int>? {
        guard let count = u16() else { return nil }
        return range(Int(count))
    }

    @_lifetime(self: copy self)
    package mutating func vector24() -> Range<Int>? {
        guard let count = u24() else { return nil }
        return range(Int(count))
    }
}

extension RawSpan {
    /// The big-endian 16-bit numbers in `range`; a last odd octet is left out.
    func u16s(_ range: Range<Int>) -> [UInt16] {
        var values: [UInt16] = []
        values.reserveCapacity(range.count / 2)
        var at = range.lowerBound
        while at + 1 < range.upperBound {
            values.append(u16(at: at))
            at += 2
        }
        return values
    }
}
