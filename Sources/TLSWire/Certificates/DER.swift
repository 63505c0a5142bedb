import Wire

/// One value of X.690's distinguished encoding: a tag and where its content lies in the octets read.
struct DERValue: Equatable {
    /// Identifier octet: class, constructed bit and number.
    var tag: UInt8
    /// Content octets.
    var content: Range<Int>
    /// Identifier, length and content octets.
    var whole: Range<Int>

    static let sequence: UInt8 = 0x30
    static let set: UInt8 = 0x31
    static let integer: UInt8 = 0x02
    static let bitString: UInt8 = 0x03
    static let octetString: UInt8 = 0x04
    static let objectIdentifier: UInt8 = 0x06
    static let boolean: UInt8 = 0x01
    static let utcTime: UInt8 = 0x17
    static let generalizedTime: UInt8 = 0x18

    /// `[n]`, constructed.
    static func context(_ number: UInt8) -> UInt8 { 0xA0 | number }
    /// `[n]`, primitive.
    static func implicit(_ number: UInt8) -> UInt8 { 0x80 | number }
}

/// Reads DER values one after the other from a range of octets. Strict: lengths in their shortest form only, no
/// indefinite form, no tag numbers over 30; nothing outside the range is ever looked at.
struct DERReader: ~Escapable {
    let bytes: RawSpan
    private var at: Int
    private let end: Int

    /// - Parameter range: lies inside `bytes`.
    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, _ range: Range<Int>) {
        self.bytes = bytes
        at = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { at == end }

    /// The next value; nil at the end and where the encoding is not DER.
    @_lifetime(self: copy self)
    mutating func next() -> DERValue? {
        let start = at
        guard end - at >= 2 else { return nil }
        let tag = bytes.byte(at: at)
        guard tag & 0x1F != 0x1F else { return nil }
        let first = bytes.byte(at: at + 1)
        var position = at + 2
        var length = Int(first)
        if first >= 0x80 {
            let count = Int(first & 0x7F)
            guard count >= 1, count <= 3, end - position >= count, bytes.byte(at: position) != 0 else { return nil }
            length = 0
            for _ in 0..<count {
                length = length << 8 | Int(bytes.byte(at: position))
                position += 1
            }
            guard length >= 0x80 else { return nil }
        }
        guard end - position >= length else { return nil }
        at = position + length
        return DERValue(tag: tag, content: position..<at, whole: start..<at)
    }

    /// The next value if it has this tag; nil, without moving, when it has not.
    @_lifetime(self: copy self)
    mutating func next(_ tag: UInt8) -> DERValue? {
        let start = at
        if let value = next(), value.tag == tag { return value }
        at = start
        return nil
    }

    /// A reader of a constructed value's content.
    @_lifetime(copy self)
    func inside(_ value: DERValue) -> DERReader { DERReader(bytes, value.content) }
}

/// An OBJECT IDENTIFIER's content as text: `1.2.840.113549.1.1.11`; nil when it is malformed.
func dottedIdentifier(_ content: RawSpan) -> String? {
    guard content.byteCount > 0, content.byteCount <= 64, content.byte(at: content.byteCount - 1) < 0x80 else {
        return nil
    }
    var arcs: [UInt64] = []
    var value: UInt64 = 0
    for i in 0..<content.byteCount {
        let octet = content.byte(at: i)
        // Zeros before a number would let one identifier pass for another.
        guard value < 1 << 56, value > 0 || octet != 0x80 else { return nil }
        value = value << 7 | UInt64(octet & 0x7F)
        if octet < 0x80 {
            if arcs.isEmpty {
                let root = min(value / 40, 2)
                arcs = [root, value - root * 40]
            } else {
                arcs.append(value)
            }
            value = 0
        }
    }
    return arcs.map { String($0) }.joined(separator: ".")
}

/// A UTCTime or GeneralizedTime as RFC 3339 in UTC (RFC 5280 4.1.2.5); nil when it is malformed.
func rfc3339(_ value: DERValue, in bytes: RawSpan) -> String? {
    let digits = bytes.array(value.content)
    guard digits.last == UInt8(ascii: "Z") else { return nil }
    let number = digits.dropLast()
    guard number.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    let text = String(decoding: number, as: UTF8.self)
    var rest = text[...]
    let year: String
    switch (value.tag, number.count) {
    case (DERValue.utcTime, 10), (DERValue.utcTime, 12):
        year = (rest < "50" ? "20" : "19") + rest.prefix(2)
        rest = rest.dropFirst(2)
    case (DERValue.generalizedTime, 12), (DERValue.generalizedTime, 14):
        year = String(rest.prefix(4))
        rest = rest.dropFirst(4)
    default: return nil
    }
    var fields: [String] = []
    while !rest.isEmpty {
        fields.append(String(rest.prefix(2)))
        rest = rest.dropFirst(2)
    }
    if fields.count == 4 { fields.append("00") }
    return "\(year)-\(fields[0])-\(fields[1])T\(fields[2]):\(fields[3]):\(fields[4])Z"
}
