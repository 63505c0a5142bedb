import Glibc
import Wire

/// Appends JSON to octets. Commas are its own business; keys are literals that need no escaping.
///
/// The octets lie in memory of its own, at least `slack` more of it than is written, so that every piece of fixed size
/// goes in without a question. The pointer never leaves it and is freed with it.
package struct JSONWriter: ~Copyable {
    var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    package internal(set) var count = 0
    var needsComma = false
    /// The last second written: seconds since the epoch, and its RFC 3339 text up to the seconds. Times within it take that.
    var second = (number: Int64.min, text: [UInt8]())

    /// Beginnings of findings that were written.
    var findingHeads = FindingHeads()

    /// Where messages are rendered, between one and the next.
    private var scratch: OctetWriter? = nil

    /// Room that is always left behind what is written.
    private static let slack = 64

    package init() {
        capacity = 16 * 1024
        base = .allocate(capacity: capacity)
    }

    deinit { base.deallocate() }

    /// What was written.
    package var bytes: [UInt8] { Array(UnsafeBufferPointer(start: base, count: count)) }

    package func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        body(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Empty, with the room that earlier messages needed.
    mutating func takeScratch() -> OctetWriter {
        defer { scratch = nil }
        return scratch ?? OctetWriter(capacity: 8 * 1024)
    }

    mutating func keep(scratch used: consuming OctetWriter) {
        guard used.count <= 256 * 1024 else { return }
        used.clear()
        scratch = used
    }

    /// Forgets what was written, keeping the storage unless one long record made it grow.
    package mutating func clear() {
        count = 0
        needsComma = false
        if capacity > 4 * 1024 * 1024 {
            base.deallocate()
            capacity = 16 * 1024
            base = .allocate(capacity: capacity)
        }
    }

    // MARK: Structure

    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        open(0x7B)
        body(&self)
        close(0x7D)
    }

    package mutating func object(_ key: StaticString, _ body: (inout JSONWriter) -> Void) {
        openObject(key)
        body(&self)
        closeObject()
    }

    package mutating func array<Values: Sequence>(
        _ key: StaticString, _ values: Values, _ each: (inout JSONWriter, Values.Element) -> Void
    ) {
        openArray(key)
        for value in values { each(&self, value) }
        closeArray()
    }

    package mutating func array<Values: Sequence>(
        _ values: Values, _ each: (inout JSONWriter, Values.Element) -> Void
    ) {
        open(0x5B)
        for value in values { each(&self, value) }
        closeArray()
    }

    package mutating func strings(_ key: StaticString, _ values: [String]) {
        openArray(key)
        for value in values { self.value(value) }
        closeArray()
    }

    mutating func openObject() { open(0x7B) }
    mutating func openObject(_ key: StaticString) {
        self.key(key)
        needsComma = false
        open(0x7B)
    }
    mutating func closeObject() { close(0x7D) }
    mutating func openArray() { open(0x5B) }
    mutating func openArray(_ key: StaticString) {
        self.key(key)
        needsComma = false
        open(0x5B)
    }
    mutating func closeArray() { close(0x5D) }

    package mutating func newline() {
        put(0x0A)
        needsComma = false
    }

    // MARK: Pieces

    /// Makes room for `octets` more and for the slack behind them.
    @inline(__always)
    mutating func reserve(_ octets: Int) {
        if count + octets + JSONWriter.slack > capacity { grow(octets) }
    }

    private mutating func grow(_ octets: Int) {
        capacity = max(2 * capacity, count + octets + 2 * JSONWriter.slack)
        let wider = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        wider.update(from: base, count: count)
        base.deallocate()
        base = wider
    }

    /// One octet into the slack; whoever adds several restores it by `reserve`.
    @inline(__always)
    mutating func put(_ octet: UInt8) {
        base[count] = octet
        count += 1
    }

    @inline(__always)
    mutating func append(_ octets: UnsafeBufferPointer<UInt8>) {
        guard let start = octets.baseAddress else { return }
        reserve(octets.count)
        memcpy(base + count, start, octets.count)
        count += octets.count
    }

    private mutating func open(_ bracket: UInt8) {
        comma()
        put(bracket)
        reserve(0)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        put(bracket)
        reserve(0)
        needsComma = true
    }

    @inline(__always)
    mutating func comma() {
        if needsComma { put(0x2C) }
    }

    /// The key and its colon; keys are shorter than the slack.
    @inline(__always)
    mutating func key(_ key: StaticString) {
        comma()
        put(0x22)
        copy(key)
        put(0x22)
        put(0x3A)
        reserve(0)
        needsComma = true
    }

    mutating func literal(_ text: StaticString) {
        copy(text)
        reserve(0)
    }

    /// A text shorter than the slack; up to 16 octets as two words that may overlap.
    @inline(__always)
    mutating func copy(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        let source = UnsafeRawPointer(text.utf8Start)
        let target = UnsafeMutableRawPointer(base + count)
        switch length {
        case 8...16:
            let last = source.loadUnaligned(fromByteOffset: length - 8, as: UInt64.self)
            target.storeBytes(of: source.loadUnaligned(as: UInt64.self), as: UInt64.self)
            target.storeBytes(of: last, toByteOffset: length - 8, as: UInt64.self)
        case 4..<8:
            let last = source.loadUnaligned(fromByteOffset: length - 4, as: UInt32.self)
            target.storeBytes(of: source.loadUnaligned(as: UInt32.self), as: UInt32.self)
            target.storeBytes(of: last, toByteOffset: length - 4, as: UInt32.self)
        default: memcpy(target, source, length)
        }
        count += length
    }
}
