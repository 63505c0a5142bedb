import Wire

// Members of objects and elements of arrays: numbers, moments, octets and texts.

extension JSONWriter {
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
}
