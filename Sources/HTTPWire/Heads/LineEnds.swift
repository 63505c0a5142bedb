import Wire

/// Looks for the empty line that ends a block of lines, however the block is cut into pieces: CR LF or LF at the
/// beginning of a line. Every octet is looked at once.
struct LineEnds: Sendable {
    /// Octets of the line that is not at its end yet.
    private var length = 0
    private var isCarriageReturn = false

    /// Index past the empty line; nil when it is not in `bytes`.
    mutating func emptyLine(in bytes: RawSpan, from start: Int) -> Int? {
        var at = start
        while let lineFeed = bytes.firstIndex(of: Octet.lineFeed, from: at) {
            let here = lineFeed - at
            let isEmpty =
                length == 0
                ? here == 0 || here == 1 && bytes.byte(at: at) == Octet.carriageReturn
                : here == 0 && isCarriageReturn
            length = 0
            if isEmpty { return lineFeed + 1 }
            at = lineFeed + 1
        }
        if at < bytes.byteCount {
            isCarriageReturn = length == 0 && bytes.byteCount - at == 1 && bytes.byte(at: at) == Octet.carriageReturn
            length = 1
        }
        return nil
    }
}
