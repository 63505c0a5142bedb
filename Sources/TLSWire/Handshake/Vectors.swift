package import Wire

/// Vectors of RFC 8446 3.4: a length of one to three octets, then the content.
extension ByteReader {
    @_lifetime(self: copy self)
    package mutating func vector8() -> Range<Int>? {
        let start = self
        if let count = u8(), let content = range(Int(count)) { return content }
        self = start
        return nil
    }

    @_lifetime(self: copy self)
    package mutating func vector16() -> Range<Int>? {
        let start = self
        if let count = u16(), let content = range(Int(count)) { return content }
        self = start
        return nil
    }

    @_lifetime(self: copy self)
    package mutating func vector24() -> Range<Int>? {
        let start = self
        if let count = u24(), let content = range(Int(count)) { return content }
        self = start
        return nil
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
