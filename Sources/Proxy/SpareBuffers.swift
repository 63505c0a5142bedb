import NIOCore

/// Buffers of one event loop that have done their work and take the next octets, whichever leg they come from: a busy
/// relay allocates none, and an idle connection holds none.
final class SpareBuffers {
    private var buffers: [ByteBuffer] = []
    /// Room of all that are kept.
    private var octets = 0
    /// Three for each leg of a busy round: what it read, what that held, what goes out.
    private static let most = 48
    private static let mostOctets = 512 * 1024
    private static let (smallest, largest) = (1024, 64 * 1024)

    /// An empty buffer with room for `count` octets at least, and at most twice that, as a fresh one would have: it may have
    /// to wait for a slow peer with what it takes. Nil where there is none.
    func take(_ count: Int) -> ByteBuffer? {
        let sizes = count...2 * count
        var at = buffers.count - 1
        while at >= 0 {
            if sizes.contains(buffers[at].storageCapacity) {
                // One that somebody still holds is left to him.
                let isFree = buffers[at].modifyIfUniquelyOwned { $0.clear() } != nil
                let buffer = remove(at)
                if isFree { return buffer }
            }
            at -= 1
        }
        return nil
    }

    /// Takes a buffer that its user is done with, in place of the oldest where there are enough.
    func keep(_ buffer: ByteBuffer) {
        let room = buffer.storageCapacity
        guard (SpareBuffers.smallest...SpareBuffers.largest).contains(room) else { return }
        while buffers.count == SpareBuffers.most || octets + room > SpareBuffers.mostOctets { _ = remove(0) }
        buffers.append(buffer)
        octets += room
    }

    private func remove(_ at: Int) -> ByteBuffer {
        octets -= buffers[at].storageCapacity
        return buffers.remove(at: at)
    }
}
