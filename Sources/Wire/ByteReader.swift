/// Reads big-endian values from a span, front to back. Every read checks what is left first and yields nil, without
/// moving, when there is not enough: a length from the wire is never trusted.
package struct ByteReader: ~Escapable {
    package let bytes: RawSpan
    /// Octets read so far.
    package private(set) var offset: Int
    private let limit: Int

    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan) {
        self.bytes = bytes
        offset = 0
        limit = bytes.byteCount
    }

    package var remaining: Int { limit - offset }
    package var isAtEnd: Bool { offset == limit }

    @_lifetime(self: copy self)
    package mutating func u8() -> UInt8? {
        guard remaining >= 1 else { return nil }
        defer { offset += 1 }
        return bytes.byte(at: offset)
    }

    @_lifetime(self: copy self)
    package mutating func u16() -> UInt16? {
        guard remaining >= 2 else { return nil }
        defer { offset += 2 }
        return bytes.u16(at: offset)
    }

    @_lifetime(self: copy self)
    package mutating func u24() -> UInt32? {
        guard remaining >= 3 else { return nil }
        defer { offset += 3 }
        return UInt32(bytes.byte(at: offset)) << 16 | UInt32(bytes.u16(at: offset + 1))
    }

    @_lifetime(self: copy self)
    package mutating func u32() -> UInt32? {
        guard remaining >= 4 else { return nil }
        defer { offset += 4 }
        return bytes.u32(at: offset)
    }

    @_lifetime(self: copy self)
    package mutating func u64() -> UInt64? {
        guard remaining >= 8 else { return nil }
        defer { offset += 8 }
        return bytes.u64(at: offset)
    }

    /// The next `count` octets as a range of `bytes`.
    @_lifetime(self: copy self)
    package mutating func range(_ count: Int) -> Range<Int>? {
        guard count >= 0, remaining >= count else { return nil }
        defer { offset += count }
        return offset..<offset + count
    }

    @_lifetime(self: copy self)
    package mutating func array(_ count: Int) -> [UInt8]? {
        guard let range = range(count) else { return nil }
        return bytes.array(range)
    }

    @_lifetime(self: copy self)
    package mutating func skip(_ count: Int) -> Bool { range(count) != nil }
}

extension RawSpan {
    /// The octet at `offset`, which the caller has checked to be inside.
    @inlinable @inline(__always)
    package func byte(at offset: Int) -> UInt8 { unsafeLoad(fromByteOffset: offset, as: UInt8.self) }

    /// Big-endian; the caller has checked that it lies inside.
    @inlinable @inline(__always)
    package func u16(at offset: Int) -> UInt16 {
        UInt16(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    /// Big-endian; the caller has checked that it lies inside.
    @inlinable @inline(__always)
    package func u32(at offset: Int) -> UInt32 {
        UInt32(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// Big-endian; the caller has checked that it lies inside.
    @inlinable @inline(__always)
    package func u64(at offset: Int) -> UInt64 {
        UInt64(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// Eight octets, the first in the low bits; the caller has checked that they lie inside.
    @inlinable @inline(__always)
    package func word(at offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// A copy of the octets in `range`, which lies inside.
    package func array(_ range: Range<Int>) -> [UInt8] {
        extracting(range).withUnsafeBytes { [UInt8]($0) }
    }

    package func array() -> [UInt8] { withUnsafeBytes { [UInt8]($0) } }

    /// Where `literal` first stands in `range`; nil where it does not.
    package func firstIndex(of literal: StaticString, in range: Range<Int>) -> Int? {
        let length = literal.utf8CodeUnitCount
        guard length > 0, range.count >= length else { return nil }
        return literal.withUTF8Buffer { wanted in
            for start in range.lowerBound...(range.upperBound - length) where byte(at: start) == wanted[0] {
                var at = 1
                while at < length, byte(at: start + at) == wanted[at] { at += 1 }
                if at == length { return start }
            }
            return nil
        }
    }

    /// Whether the octets at `offset` are those of `text`.
    @inlinable
    package func has(_ text: StaticString, at offset: Int) -> Bool {
        guard byteCount - offset >= text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { wanted in
            for i in wanted.indices where byte(at: offset + i) != wanted[i] { return false }
            return true
        }
    }

    /// Whether `literal`, which is in lower case, stands at `offset`, whatever the case of its letters.
    package func hasIgnoringCase(_ literal: StaticString, at offset: Int) -> Bool {
        guard byteCount - offset >= literal.utf8CodeUnitCount else { return false }
        return literal.withUTF8Buffer { wanted in
            for at in wanted.indices {
                let octet = byte(at: offset + at)
                let lower = octet >= 0x41 && octet <= 0x5A ? octet | 0x20 : octet
                if lower != wanted[at] { return false }
            }
            return true
        }
    }

    /// The octets as text; what is not UTF-8 is shown as U+FFFD.
    package func text(_ range: Range<Int>) -> String {
        extracting(range).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}

extension [UInt8] {
    /// Appends a span's octets in one copy.
    package mutating func append(_ span: RawSpan) {
        span.withUnsafeBytes { append(contentsOf: $0) }
    }

    package mutating func append(_ span: RawSpan, _ range: Range<Int>) {
        span.extracting(range).withUnsafeBytes { append(contentsOf: $0) }
    }
}
