import Glibc
import Wire

/// Appends JSON to octets. Commas are its own business; keys are literals that need no escaping.
///
/// The octets lie in memory of its own, at least `slack` more of it than is written, so that every piece of fixed size
/// goes in without a question. The pointer never leaves it and is freed with it.
package struct JSONWriter: ~Copyable {
    private var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    package private(set) var count = 0
    private var needsComma = false
    /// The last second written: seconds since the epoch, and its RFC 3339 text up to the seconds. Times within it take that.
    private var second = (number: Int64.min, text: [UInt8]())

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

    // MARK: Values

    package mutating func field(_ key: StaticString, _ value: String) {
        self.key(key)
        quote(value)
    }

    /// Nothing is written for nil.
    package mutating func field(_ key: StaticString, _ value: String?) {
        if let value { field(key, value) }
    }

    package mutating func field(_ key: StaticString, _ value: Bool) {
        self.key(key)
        literal(value ? "true" : "false")
    }

    package mutating func field(_ key: StaticString, _ value: some BinaryInteger) {
        self.key(key)
        decimal(UInt64(clamping: value.magnitude), negative: value < 0)
    }

    /// Three decimals at most; JSON has no infinities, so they are written as 0.
    package mutating func field(_ key: StaticString, _ value: Double) {
        self.key(key)
        guard value.isFinite, abs(value) < 1e15 else { return literal("0") }
        let thousandths = Int64((abs(value) * 1000).rounded())
        decimal(UInt64(thousandths / 1000), negative: value < 0 && thousandths > 0)
        let fraction = thousandths % 1000
        if fraction > 0 {
            put(0x2E)
            put(UInt8(0x30 + fraction / 100))
            if fraction % 100 > 0 { put(UInt8(0x30 + fraction / 10 % 10)) }
            if fraction % 10 > 0 { put(UInt8(0x30 + fraction % 10)) }
            reserve(0)
        }
    }

    /// A moment as RFC 3339 has it. Moments within one second share the work.
    mutating func field(_ key: StaticString, _ time: Timestamp) {
        var (number, nanos) = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        if nanos < 0 {
            nanos += 1_000_000_000
            number -= 1
        }
        if number != second.number {
            second = (number, Array(time.rfc3339.utf8.dropLast(7)))
        }
        self.key(key)
        put(0x22)
        second.text.withUnsafeBufferPointer { append($0) }
        var micros = nanos / 1000
        reserve(16)
        for place in stride(from: 5, through: 0, by: -1) {
            base[count + place] = UInt8(truncatingIfNeeded: 0x30 + micros % 10)
            micros /= 10
        }
        count += 6
        put(0x5A)
        put(0x22)
        reserve(0)
    }

    /// A key and its value as JSON has them.
    mutating func member(_ text: ShortText) {
        comma()
        UnsafeMutableRawPointer(base + count).storeBytes(of: text.octets, as: SIMD32<UInt8>.self)
        count += Int(text.length)
        needsComma = true
        reserve(0)
    }

    /// Keys and their values as JSON has them.
    mutating func members(_ octets: [UInt8]) {
        comma()
        octets.withUnsafeBufferPointer { append($0) }
        needsComma = true
        reserve(0)
    }

    /// What was written behind the first `start` octets.
    func octets(from start: Int) -> [UInt8] { Array(UnsafeBufferPointer(start: base + start, count: count - start)) }

    /// Octets of UTF-8 text, escaped as a string; what is not UTF-8 becomes U+FFFD.
    package mutating func field(_ key: StaticString, utf8: [UInt8]) {
        utf8.withUnsafeBufferPointer { field(key, $0) }
    }

    mutating func field(_ key: StaticString, _ utf8: UnsafeBufferPointer<UInt8>) {
        self.key(key)
        quote(utf8)
    }

    /// Octets that are the content of a string of JSON already.
    mutating func field(_ key: StaticString, escaped content: UnsafeBufferPointer<UInt8>) {
        self.key(key)
        put(0x22)
        append(content)
        put(0x22)
        reserve(0)
    }

    /// Octets as lower-case hexadecimal digits.
    mutating func field(_ key: StaticString, hex octets: [UInt8]) {
        self.key(key)
        reserve(2 * octets.count + 2)
        base[count] = 0x22
        var at = count + 1
        for octet in octets {
            base[at] = JSONWriter.digit(octet >> 4)
            base[at + 1] = JSONWriter.digit(octet & 15)
            at += 2
        }
        base[at] = 0x22
        count = at + 1
        reserve(0)
    }

    package mutating func value(_ value: String) {
        comma()
        quote(value)
        needsComma = true
    }

    mutating func value(_ utf8: UnsafeBufferPointer<UInt8>) {
        comma()
        quote(utf8)
        needsComma = true
    }

    package mutating func value(_ value: some BinaryInteger) {
        comma()
        decimal(UInt64(clamping: value.magnitude), negative: value < 0)
        needsComma = true
    }

    // MARK: Pieces

    /// Makes room for `octets` more and for the slack behind them.
    @inline(__always)
    private mutating func reserve(_ octets: Int) {
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
    private mutating func put(_ octet: UInt8) {
        base[count] = octet
        count += 1
    }

    @inline(__always)
    private mutating func append(_ octets: UnsafeBufferPointer<UInt8>) {
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
    private mutating func comma() {
        if needsComma { put(0x2C) }
    }

    /// The key and its colon; keys are shorter than the slack.
    @inline(__always)
    private mutating func key(_ key: StaticString) {
        comma()
        put(0x22)
        copy(key)
        put(0x22)
        put(0x3A)
        reserve(0)
        needsComma = true
    }

    private mutating func literal(_ text: StaticString) {
        copy(text)
        reserve(0)
    }

    /// A text shorter than the slack; up to 16 octets as two words that may overlap.
    @inline(__always)
    private mutating func copy(_ text: StaticString) {
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

    private mutating func decimal(_ value: UInt64, negative: Bool) {
        if negative { put(0x2D) }
        var width = 1
        var rest = value / 10
        while rest > 0 {
            width += 1
            rest /= 10
        }
        rest = value
        for place in stride(from: width - 1, through: 0, by: -1) {
            base[count + place] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
            rest /= 10
        }
        count += width
        reserve(0)
    }

    @inline(__always)
    private mutating func quote(_ text: String) {
        text.utf8Span.span.withUnsafeBufferPointer { quote($0) }
    }

    private mutating func quote(_ utf8: UnsafeBufferPointer<UInt8>) {
        let start = count
        put(0x22)
        if escape(utf8), !JSONWriter.isUTF8(utf8) {
            count = start + 1
            let repaired = Array(String(decoding: utf8, as: UTF8.self).utf8)
            _ = repaired.withUnsafeBufferPointer { escape($0) }
        }
        put(0x22)
        reserve(0)
    }

    private static func isUTF8(_ octets: UnsafeBufferPointer<UInt8>) -> Bool {
        String(validating: octets, as: UTF8.self) != nil
    }

    /// Copies eight octets at a time until one needs an escape. True when one was not ASCII.
    private mutating func escape(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let source = utf8.baseAddress else { return false }
        let end = utf8.count
        if end <= 16, let seen = copyShort(UnsafeRawPointer(source), end) { return seen & 0x8080_8080_8080_8080 != 0 }
        reserve(end)
        var seen: UInt64 = 0
        var at = 0
        while at + 8 <= end {
            while at + 32 <= end {
                let words = UnsafeRawPointer(source + at).loadUnaligned(as: SIMD4<UInt64>.self)
                let marked = JSONWriter.escapes(words)
                guard marked[0] | marked[1] | marked[2] | marked[3] == 0 else { break }
                UnsafeMutableRawPointer(base + count).storeBytes(of: words, as: SIMD4<UInt64>.self)
                let both = words.lowHalf | words.highHalf
                seen |= both[0] | both[1]
                at += 32
                count += 32
            }
            guard at + 8 <= end else { break }
            let word = UnsafeRawPointer(source + at).loadUnaligned(as: UInt64.self)
            UnsafeMutableRawPointer(base + count).storeBytes(of: word, as: UInt64.self)
            seen |= word
            let marked = JSONWriter.escapes(UInt64(littleEndian: word))
            if marked == 0 {
                at += 8
                count += 8
            } else {
                let plain = marked.trailingZeroBitCount >> 3
                at += plain
                count += plain
                escape(source[at])
                at += 1
                reserve(end - at)
            }
        }
        if at < end, end >= 8 {
            // The last few octets, as the upper end of a word that overlaps what has been read.
            let left = end - at
            let word =
                UInt64(littleEndian: UnsafeRawPointer(source + end - 8).loadUnaligned(as: UInt64.self))
                >> UInt64(64 - 8 * left)
            if JSONWriter.escapes(word) & (1 << UInt64(8 * left) &- 1) == 0 {
                UnsafeMutableRawPointer(base + count).storeBytes(of: word.littleEndian, as: UInt64.self)
                seen |= word
                count += left
                at = end
            }
        }
        while at < end {
            let octet = source[at]
            seen |= UInt64(octet)
            if JSONWriter.needsEscape(octet) {
                escape(octet)
                reserve(end - at)
            } else {
                put(octet)
            }
            at += 1
        }
        return seen & 0x8080_8080_8080_8080 != 0
    }

    /// Copies up to 16 octets that need no escape, as two words that may overlap; nil, with nothing copied, where one
    /// needs one. Yields all bits seen.
    @inline(__always)
    private mutating func copyShort(_ source: UnsafeRawPointer, _ length: Int) -> UInt64? {
        let first: UInt64
        let last: UInt64
        switch length {
        case 8...:
            first = source.loadUnaligned(as: UInt64.self)
            last = source.loadUnaligned(fromByteOffset: length - 8, as: UInt64.self)
        case 4...:
            let high = UInt64(source.loadUnaligned(fromByteOffset: length - 4, as: UInt32.self))
            first = UInt64(source.loadUnaligned(as: UInt32.self)) | high << UInt64(8 * (length - 4))
            last = first
        case 1...:
            let middle = UInt64(source.load(fromByteOffset: length >> 1, as: UInt8.self)) << UInt64(8 * (length >> 1))
            let end = UInt64(source.load(fromByteOffset: length - 1, as: UInt8.self)) << UInt64(8 * (length - 1))
            first = UInt64(source.load(as: UInt8.self)) | middle | end
            last = first
        default: return 0
        }
        // What lies behind the text in a word is zero, and no octet of the text.
        let own = length >= 8 ? UInt64.max : 1 << UInt64(8 * length) &- 1
        guard (JSONWriter.escapes(first) | JSONWriter.escapes(last)) & own == 0 else { return nil }
        reserve(16)
        UnsafeMutableRawPointer(base + count).storeBytes(of: first, as: UInt64.self)
        if length > 8 { UnsafeMutableRawPointer(base + count + length - 8).storeBytes(of: last, as: UInt64.self) }
        count += length
        return first | last
    }

    /// The high bit of each octet that is a control character, `"`, `\` or DEL. In a word, above the lowest that is set
    /// others may be set wrongly.
    @inline(__always)
    private static func escapes(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        func zeros(_ x: UInt64) -> UInt64 { (x &- ones) & ~x }
        let control = (word &- ones &* 0x20) & ~word
        let marks = zeros(word ^ ones &* 0x22) | zeros(word ^ ones &* 0x5C) | zeros(word ^ ones &* 0x7F)
        return (control | marks) & (ones &* 0x80)
    }

    @inline(__always)
    private static func escapes(_ word: SIMD4<UInt64>) -> SIMD4<UInt64> {
        let ones = SIMD4<UInt64>(repeating: 0x0101_0101_0101_0101)
        let quote = word ^ SIMD4(repeating: 0x2222_2222_2222_2222)
        let backslash = word ^ SIMD4(repeating: 0x5C5C_5C5C_5C5C_5C5C)
        let delete = word ^ SIMD4(repeating: 0x7F7F_7F7F_7F7F_7F7F)
        let control = (word &- SIMD4(repeating: 0x2020_2020_2020_2020)) & ~word
        let marks = ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((delete &- ones) & ~delete)
        return (control | marks) & SIMD4(repeating: 0x8080_8080_8080_8080)
    }

    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F
    }

    private mutating func escape(_ byte: UInt8) {
        put(0x5C)
        switch byte {
        case 0x22, 0x5C: put(byte)
        case 0x0A: put(0x6E)
        case 0x0D: put(0x72)
        case 0x09: put(0x74)
        default:
            put(0x75)
            put(0x30)
            put(0x30)
            put(JSONWriter.digit(byte >> 4))
            put(JSONWriter.digit(byte & 15))
        }
    }

    @inline(__always)
    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }
}
