import Wire

/// The line before a chunk, RFC 2616 3.6.1: its size in hexadecimal digits, then extensions, which are passed over.
struct ChunkSize {
    /// Nil when the line names no size that can be followed.
    var value: UInt64?
    /// What is odd, as the end of a sentence that begins `A chunk size `.
    var oddity: String?
    /// The oddity is a habit of known servers that breaks nothing: padding with blanks.
    var isHarmless = false

    /// `line` is without its line break.
    init(_ bytes: RawSpan, _ line: Range<Int>) {
        let trimmed = bytes.trimmingBlanks(line)
        var digits = ChunkSize.digits(bytes, trimmed.lowerBound, trimmed.upperBound)
        if digits.count == 1, bytes.byte(at: digits.lowerBound) == 0x30, digits.upperBound < trimmed.upperBound,
            Octet.lower(bytes.byte(at: digits.upperBound)) == 0x78
        {
            oddity = "begins with 0x"
            let prefixed = ChunkSize.digits(bytes, digits.upperBound + 1, trimmed.upperBound)
            if !prefixed.isEmpty { digits = prefixed }
        }
        guard !digits.isEmpty else {
            oddity = "has no hexadecimal digit"
            return
        }
        value = 0
        for at in digits {
            let digit = UInt64(Octet.hexDigit(bytes.byte(at: at)) ?? 0)
            guard let so = value, so <= UInt64(Int64.max) >> 4 else {
                value = nil
                oddity = "is larger than any body"
                return
            }
            value = so << 4 | digit
        }
        let rest = bytes.trimmingBlanks(digits.upperBound..<trimmed.upperBound)
        if !rest.isEmpty, bytes.byte(at: rest.lowerBound) != 0x3B {
            oddity = oddity ?? "is followed by something that is no extension"
        } else if oddity == nil, trimmed != line || (rest.isEmpty && digits.upperBound < trimmed.upperBound) {
            oddity = "is padded with white space"
            isHarmless = true
        }
    }

    /// Whether a chunk-size line may begin with this octet.
    static func mayBegin(_ octet: UInt8) -> Bool { Octet.hexDigit(octet) != nil || Octet.isBlank(octet) }

    private static func digits(_ bytes: RawSpan, _ start: Int, _ end: Int) -> Range<Int> {
        start..<((start..<end).first { Octet.hexDigit(bytes.byte(at: $0)) == nil } ?? end)
    }
}
