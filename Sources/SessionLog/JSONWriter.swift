/// Appends JSON to octets. Commas are its own business; keys are literals that need no escaping.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init() {}

    /// Takes what was written and starts anew, keeping the storage.
    package mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        open(0x7B)
        body(&self)
        close(0x7D)
    }

    package mutating func object(_ key: StaticString, _ body: (inout JSONWriter) -> Void) {
        self.key(key)
        needsComma = false
        object(body)
    }

    package mutating func array<Values: Sequence>(
        _ key: StaticString, _ values: Values, _ each: (inout JSONWriter, Values.Element) -> Void
    ) {
        self.key(key)
        needsComma = false
        array(values, each)
    }

    package mutating func array<Values: Sequence>(
        _ values: Values, _ each: (inout JSONWriter, Values.Element) -> Void
    ) {
        open(0x5B)
        for value in values { each(&self, value) }
        close(0x5D)
    }

    package mutating func strings(_ key: StaticString, _ values: [String]) {
        array(key, values) { $0.value($1) }
    }

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
        decimal(UInt64(clamping: value), negative: value < 0)
    }

    /// Three decimals at most; JSON has no infinities, so they are written as 0.
    package mutating func field(_ key: StaticString, _ value: Double) {
        self.key(key)
        guard value.isFinite, abs(value) < 1e15 else { return literal("0") }
        let thousandths = Int64((abs(value) * 1000).rounded())
        decimal(UInt64(thousandths / 1000), negative: value < 0 && thousandths > 0)
        let fraction = thousandths % 1000
        if fraction > 0 {
            bytes.append(0x2E)
            bytes.append(UInt8(0x30 + fraction / 100))
            if fraction % 100 > 0 { bytes.append(UInt8(0x30 + fraction / 10 % 10)) }
            if fraction % 10 > 0 { bytes.append(UInt8(0x30 + fraction % 10)) }
        }
    }

    /// Octets of UTF-8 text, escaped as a string; what is not UTF-8 becomes U+FFFD.
    package mutating func field(_ key: StaticString, utf8: [UInt8]) {
        self.key(key)
        guard String(validating: utf8, as: UTF8.self) != nil else {
            return quote(String(decoding: utf8, as: UTF8.self))
        }
        bytes.append(0x22)
        utf8.withUnsafeBufferPointer { escape(run: $0) }
        bytes.append(0x22)
    }

    package mutating func value(_ value: String) {
        comma()
        quote(value)
        needsComma = true
    }

    package mutating func value(_ value: some BinaryInteger) {
        comma()
        decimal(UInt64(clamping: value), negative: value < 0)
        needsComma = true
    }

    package mutating func newline() {
        bytes.append(0x0A)
        needsComma = false
    }

    // MARK: - Pieces

    private mutating func open(_ bracket: UInt8) {
        comma()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { bytes.append(0x2C) }
    }

    private mutating func key(_ key: StaticString) {
        comma()
        bytes.append(0x22)
        literal(key)
        bytes.append(0x22)
        bytes.append(0x3A)
        needsComma = true
    }

    private mutating func literal(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private mutating func decimal(_ value: UInt64, negative: Bool) {
        if negative { bytes.append(0x2D) }
        if value < 10 {
            bytes.append(UInt8(0x30 + value))
            return
        }
        var digits: (UInt64, Int) = (value, 0)
        let start = bytes.count
        while digits.0 > 0 {
            bytes.append(UInt8(0x30 + digits.0 % 10))
            digits = (digits.0 / 10, digits.1 + 1)
        }
        bytes[start...].reverse()
    }

    private mutating func quote(_ text: String) {
        bytes.append(0x22)
        var text = text
        text.withUTF8 { escape(run: $0) }
        bytes.append(0x22)
    }

    private static func isUTF8(_ octets: [UInt8]) -> Bool {
        do {
            _ = try UTF8Span(validating: octets.span)
            return true
        } catch {
            return false
        }
    }

    /// Stretches that need no escape are appended in one copy.
    private mutating func escape(run utf8: UnsafeBufferPointer<UInt8>) {
        var start = 0
        for i in utf8.indices where JSONWriter.needsEscape(utf8[i]) {
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<i]))
            escape(utf8[i])
            start = i + 1
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
    }

    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(0x5C)
        switch byte {
        case 0x22, 0x5C: bytes.append(byte)
        case 0x0A: bytes.append(0x6E)
        case 0x0D: bytes.append(0x72)
        case 0x09: bytes.append(0x74)
        default:
            literal("u00")
            for nibble in [byte >> 4, byte & 15] { bytes.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble) }
        }
    }
}
