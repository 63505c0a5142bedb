/// A dictionary with a bound: when it is full, the sixteenth part that was written longest ago goes.
struct RecentTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var entries: [Key: (value: Value, written: Int)] = [:]
    private var clock = 0
    private let kept: Int

    init(kept: Int) { self.kept = max(1, kept) }

    var count: Int { entries.count }

    subscript(key: Key) -> Value? {
        get { entries[key]?.value }
        set {
            guard let newValue else {
                entries[key] = nil
                return
            }
            if entries[key] == nil, entries.count >= kept { makeRoom() }
            clock += 1
            entries[key] = (newValue, clock)
        }
    }

    private mutating func makeRoom() {
        let oldest = entries.map { (written: $0.value.written, key: $0.key) }.sorted { $0.written < $1.written }
        for entry in oldest.prefix(max(1, kept / 16)) { entries[entry.key] = nil }
    }
}
