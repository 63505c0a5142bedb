import TLSWire
import Wire

/// Records that wait for a key, of both directions and in order.
struct Backlog {
    struct Record {
        var header: RecordHeader
        var fragment: [UInt8]
        var at: StreamOffset
        var direction: Direction
        /// Octets of it were lost: `fragment` holds the last of them.
        var isDamaged = false
    }

    private(set) var records: [Record] = []
    /// `KeyMaterial.generation` when that was last searched, and what it held for this connection then.
    private(set) var generation = 0
    private(set) var found = KeyMaterial.Found()
    /// How often the records were read again.
    private(set) var readings = 0
    /// Nothing waits any more.
    var isGivenUp = false
    private(set) var octets = 0

    /// Octets that one connection keeps.
    static let longest = 1024 * 1024

    mutating func begin(_ found: KeyMaterial.Found, _ generation: Int) {
        self.found = found
        self.generation = generation
    }

    /// False when there is no room.
    mutating func add(
        _ header: RecordHeader, _ fragment: RawSpan, _ at: StreamOffset, _ direction: Direction, _ keys: KeyMaterial,
        isDamaged: Bool = false
    ) -> Bool {
        guard make(room: Backlog.size(fragment.byteCount), keys) else { return false }
        records.append(
            Record(header: header, fragment: fragment.array(), at: at, direction: direction, isDamaged: isDamaged))
        return true
    }

    /// Takes back records that were taken; false when there is no room.
    mutating func keep(_ rest: ArraySlice<Record>, _ keys: KeyMaterial) -> Bool {
        guard make(room: rest.reduce(0) { $0 + Backlog.size($1.fragment.count) }, keys) else { return false }
        records += rest
        return true
    }

    private mutating func make(room size: Int, _ keys: KeyMaterial) -> Bool {
        guard !isGivenUp, octets + size <= Backlog.longest, keys.reserve(size) else { return false }
        octets += size
        return true
    }

    private static func size(_ octets: Int) -> Int { octets + 64 }

    mutating func takeAll(_ keys: KeyMaterial) -> [Record] {
        defer {
            readings += 1
            keys.release(octets)
            records = []
            octets = 0
        }
        return records
    }
}
