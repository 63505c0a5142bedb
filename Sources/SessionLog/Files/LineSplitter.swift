/// Octets that come in pieces, split at their newlines. Each octet is looked at once and kept at most once, whatever the
/// length of a line.
///
/// A line longer than `longest` is handed on cut to its first `shown` octets: no record, so that whoever reads the log
/// counts it as unreadable; the rest of it is passed over.
struct LineSplitter {
    /// Octets of the longest line that is kept whole. A record of two bodies at their limit, in base64 and as XML, fits.
    static let longest = 128 * 1024 * 1024
    static let shown = 4096

    private let longest: Int
    /// The line that has not ended yet.
    private var partial: [UInt8] = []
    /// The line in hand is too long: what comes up to its newline is passed over.
    private var isPassing = false
    /// Octets looked at and octets kept so far: the work done, which grows with the input and nothing else.
    private(set) var work = 0

    init(longest: Int = LineSplitter.longest) { self.longest = longest }

    /// Octets kept of a line that has not ended.
    var held: Int { partial.count }

    /// The lines that `piece` ends, without their newlines and without empty ones.
    mutating func take(_ piece: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = piece
        while let newline = rest.firstIndex(of: 0x0A) {
            keep(rest[..<newline])
            work += 1
            rest = rest[(newline + 1)...]
            if !partial.isEmpty { lines.append(partial[...]) }
            partial = []
            isPassing = false
        }
        keep(rest)
        return lines
    }

    private mutating func keep(_ octets: ArraySlice<UInt8>) {
        work += octets.count
        guard !isPassing else { return }
        if partial.count + octets.count > longest {
            isPassing = true
            partial = Array(
                (partial.prefix(LineSplitter.shown) + octets.prefix(LineSplitter.shown)).prefix(LineSplitter.shown))
        } else {
            partial += octets
            work += octets.count
        }
    }
}
