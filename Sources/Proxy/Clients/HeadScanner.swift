/// Finds line ends in the head of a request or a response that comes in pieces; looks at each octet once.
struct HeadScanner {
    private var scanned = 0
    private var lineStart = 0
    /// Past the empty lines that may precede a request line (RFC 9112 2.2).
    private(set) var firstLine: Range<Int>?
    /// Past the empty line that ends the head.
    private(set) var end: Int?

    /// - Parameter octets: all that came so far, from the first on.
    mutating func scan(_ octets: some RandomAccessCollection<UInt8>) {
        let base = octets.startIndex
        while end == nil, scanned < octets.count {
            defer { scanned += 1 }
            guard octets[octets.index(base, offsetBy: scanned)] == 0x0A else { continue }
            var lineEnd = scanned
            if lineEnd > lineStart, octets[octets.index(base, offsetBy: lineEnd - 1)] == 0x0D { lineEnd -= 1 }
            if firstLine == nil {
                if lineEnd > lineStart { firstLine = lineStart..<lineEnd }
            } else if lineEnd == lineStart {
                end = scanned + 1
            }
            lineStart = scanned + 1
        }
    }
}
