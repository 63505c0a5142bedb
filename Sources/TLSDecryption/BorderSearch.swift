import TLSWire
import Wire

/// Looks for the next record after octets were lost and with them the border of records. Where something looks like a
/// record's header, the record behind it has to open under the keys at hand to count as found.
struct BorderSearch {
    /// Stream offset of the last known border, before the loss.
    let lostFrom: StreamOffset
    /// Octets since the (latest) loss, bounded, and the stream offset of the first.
    private(set) var octets: [UInt8] = []
    private(set) var start: StreamOffset
    /// Places in `octets` where a header may stand whose record is not complete yet.
    private var open: [Int] = []
    /// `octets` is looked through up to here.
    private var scanned = 0

    /// Octets that are kept: three of the longest records.
    static let longest = 3 * (RecordHeader.size + RecordHeader.longestFragment)
    /// Records that may be thought lost at once, while the session's keys are known.
    static let mostLost: UInt64 = 2048
    /// The same, while they are not: every key at hand has to be tried with each number.
    static let mostLostUnopened: UInt64 = 64
    /// Octets that one direction may decrypt in vain.
    static let budget = 128 * 1024 * 1024

    /// What a try of a record costs of it: each takes some time, however short the record is.
    static func cost(_ fragment: RawSpan) -> Int { fragment.byteCount + 1024 }

    init(lostFrom: StreamOffset, at start: StreamOffset) {
        self.lostFrom = lostFrom
        self.start = start
    }

    var end: StreamOffset { start + StreamOffset(octets.count) }
    var isFull: Bool { octets.count > BorderSearch.longest }

    mutating func append(_ span: RawSpan) { octets.append(span) }

    mutating func gap(_ count: UInt64) {
        start = end &+ count
        octets = []
        open = []
        scanned = 0
    }

    /// The next place where a whole record seems to stand: its header and the range of its fragment. Each place is told
    /// once.
    mutating func next(_ isPlausible: (RecordHeader) -> Bool) -> (header: RecordHeader, fragment: Range<Int>)? {
        for (index, place) in open.enumerated() {
            guard let header = RecordHeader(octets.span.bytes, at: place) else { continue }
            let fragment = place + RecordHeader.size..<place + RecordHeader.size + header.length
            guard fragment.upperBound <= octets.count else { continue }
            open.remove(at: index)
            return (header, fragment)
        }
        while scanned + RecordHeader.size <= octets.count {
            let place = scanned
            scanned += 1
            guard let header = RecordHeader(octets.span.bytes, at: place), isPlausible(header) else { continue }
            let fragment = place + RecordHeader.size..<place + RecordHeader.size + header.length
            guard fragment.upperBound <= octets.count else {
                if open.count < 64 { open.append(place) }
                continue
            }
            return (header, fragment)
        }
        return nil
    }
}
