/// Octets while they are written: an array that is longer than what was written, so that short pieces go in as one,
/// without asking for room octet by octet. Public so that it is inlined where it is used.
public struct OctetWriter: Sendable {
    @usableFromInline var octets: [UInt8]
    @usableFromInline var written = 0

    /// Octets written.
    @inlinable public var count: Int { written }

    /// Octets that always follow what was written.
    @inlinable static var slack: Int { 32 }

    public init(capacity: Int = 256) { octets = [UInt8](repeating: 0, count: capacity + OctetWriter.slack) }

    /// Forgets what was written and keeps the room.
    public mutating func clear() { written = 0 }

    /// What was written.
    public var bytes: [UInt8] { Array(octets[..<count]) }

    public var slice: ArraySlice<UInt8> { octets[..<count] }

    /// Makes room for `more` octets and for the slack behind them.
    @inlinable @inline(__always)
    public mutating func reserve(_ more: Int) {
        if octets.count - written < more + OctetWriter.slack { grow(more) }
    }

    @inline(never)
    @usableFromInline
    mutating func grow(_ more: Int) {
        let wanted = max(2 * octets.count, written + more + 2 * OctetWriter.slack)
        octets.append(contentsOf: repeatElement(0, count: wanted - octets.count))
    }

    @inlinable @inline(__always)
    public mutating func append(_ octet: UInt8) {
        reserve(1)
        octets[written] = octet
        written += 1
    }

    /// A name or the like.
    @inlinable @inline(__always)
    public mutating func append(_ text: ShortText) {
        fill(32) { text.store(in: &$0, &$1) }
    }

    /// The octets of `range`, eight at a time as long as `source` has eight.
    @inlinable @inline(__always)
    public mutating func append(_ source: RawSpan, _ range: Range<Int>) {
        reserve(range.count + 8)
        let start = written
        var span = octets.mutableSpan
        var bytes = span.mutableBytes
        var at = range.lowerBound
        while at < range.upperBound, at + 8 <= source.byteCount {
            bytes.storeBytes(
                of: source.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self),
                toByteOffset: start + at - range.lowerBound, as: UInt64.self)
            at += 8
        }
        while at < range.upperBound {
            bytes.storeBytes(
                of: source.unsafeLoad(fromByteOffset: at, as: UInt8.self),
                toByteOffset: start + at - range.lowerBound, as: UInt8.self)
            at += 1
        }
        written += range.count
    }

    /// Gives `body` the room there is, at least `room` octets, and how much is written, which it moves on.
    @inlinable @inline(__always)
    public mutating func fill<Result>(_ room: Int, _ body: (inout MutableRawSpan, inout Int) -> Result) -> Result {
        reserve(room)
        var end = written
        defer { written = end }
        var span = octets.mutableSpan
        var bytes = span.mutableBytes
        return body(&bytes, &end)
    }

    /// Takes back what was written after the first `count` octets.
    public mutating func truncate(to count: Int) { written = min(written, count) }

    @inlinable
    public mutating func append(contentsOf more: some Sequence<UInt8>) {
        for octet in more { append(octet) }
    }

    @inlinable
    public static func += (writer: inout OctetWriter, more: some Sequence<UInt8>) { writer.append(contentsOf: more) }
}

/// Up to 32 octets of text, ready to be written.
public struct ShortText: Sendable {
    /// Zeros behind the text.
    public let octets: SIMD32<UInt8>
    public let length: UInt8

    /// The first 32 octets of the text.
    public init(_ text: String) {
        var octets = SIMD32<UInt8>()
        var length = 0
        for octet in text.utf8.prefix(32) {
            octets[length] = octet
            length += 1
        }
        self.octets = octets
        self.length = UInt8(length)
    }

    /// One octet.
    public init(octet: UInt8) {
        var octets = SIMD32<UInt8>()
        octets[0] = octet
        self.octets = octets
        length = 1
    }

    /// Stores the text at `written`, which moves behind it; 32 octets of `out` are written over.
    @inlinable @inline(__always)
    public func store(in out: inout MutableRawSpan, _ written: inout Int) {
        out.storeBytes(of: octets, toByteOffset: written, as: SIMD32<UInt8>.self)
        written += Int(length)
    }
}
