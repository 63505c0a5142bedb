import NIOCore

/// Buffers of one event loop that have done their work and take the next octets, whichever leg they come from: a busy
/// relay allocates none, and an idle connection holds none.
final class SpareBuffers {
    /// By size, which for NIO is a power of two; the newest last.
    private var shelves: [[ByteBuffer]] = []
    /// Room of all that are kept.
    private var octets = 0
    /// 1 KiB to 64 KiB.
    private static let (smallest, largest) = (10, 16)
    private static let mostOnShelf = 24
    private static let mostOctets = 512 * 1024

    init() { shelves = [[ByteBuffer]](repeating: [], count: SpareBuffers.largest - SpareBuffers.smallest + 1) }

    /// An empty buffer with room for `count` octets at least, and at most twice that, as a fresh one would have: it may
    /// have to wait for a slow peer with what it takes. Nil where there is none.
    func take(_ count: Int) -> ByteBuffer? {
        var size = Int.bitWidth - max(count - 1, 0).leadingZeroBitCount
        while size <= SpareBuffers.largest, 1 << size <= 2 * count {
            if size >= SpareBuffers.smallest, let buffer = take(from: size - SpareBuffers.smallest) { return buffer }
            size += 1
        }
        return nil
    }

    private func take(from shelf: Int) -> ByteBuffer? {
        while var buffer = shelves[shelf].popLast() {
            octets -= buffer.storageCapacity
            // A buffer that is still referenced is dropped, not reused.
            if buffer.modifyIfUniquelyOwned({ $0.clear() }) != nil { return buffer }
        }
        return nil
    }

    /// Takes a buffer that its user is done with; the oldest make room.
    func keep(_ buffer: ByteBuffer) {
        let room = buffer.storageCapacity
        let size = room.trailingZeroBitCount
        guard room == 1 << size, (SpareBuffers.smallest...SpareBuffers.largest).contains(size) else { return }
        let shelf = size - SpareBuffers.smallest
        if shelves[shelf].count == SpareBuffers.mostOnShelf { dropOldest(of: shelf) }
        shelves[shelf].append(buffer)
        octets += room
        // The largest go first: they are asked for least.
        var fullest = shelves.count - 1
        while octets > SpareBuffers.mostOctets {
            if shelves[fullest].isEmpty { fullest -= 1 } else { dropOldest(of: fullest) }
        }
    }

    private func dropOldest(of shelf: Int) { octets -= shelves[shelf].removeFirst().storageCapacity }
}
