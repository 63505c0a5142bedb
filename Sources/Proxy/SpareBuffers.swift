import NIOCore
import NIOPosix

/// Buffers of one event loop that have done their work and take the next octets, whichever leg they come from: a busy
/// relay allocates none, and an idle connection holds none.
final class SpareBuffers {
    private var buffers: [ByteBuffer] = []
    private static let most = 8
    private static let (smallest, largest) = (1024, 64 * 1024)

    /// An empty buffer with room for `octets` at least, and at most twice that, as a fresh one would have: it may have to
    /// wait for a slow peer with what it takes. Nil where there is none.
    func take(_ octets: Int) -> ByteBuffer? { SpareBuffers.take(octets, from: &buffers) }

    private static func take(_ octets: Int, from buffers: inout [ByteBuffer]) -> ByteBuffer? {
        let sizes = octets...2 * octets
        var at = buffers.count - 1
        while at >= 0 {
            // One that somebody still holds is left to him.
            if buffers[at].modifyIfUniquelyOwned({ $0.clear() }) == nil {
                buffers.remove(at: at)
            } else if sizes.contains(buffers[at].storageCapacity) {
                return buffers.remove(at: at)
            }
            at -= 1
        }
        return nil
    }

    /// Takes a buffer that its user is done with, in place of the oldest where there are enough.
    func keep(_ buffer: ByteBuffer) {
        guard (SpareBuffers.smallest...SpareBuffers.largest).contains(buffer.storageCapacity) else { return }
        if buffers.count == SpareBuffers.most { buffers.removeFirst() }
        buffers.append(buffer)
    }

    /// The calling thread's own.
    static var current: SpareBuffers {
        if let known = threads.currentValue { return known }
        let made = SpareBuffers()
        threads.currentValue = made
        return made
    }

    /// Safe: each thread sees its own value only.
    nonisolated(unsafe) private static let threads = ThreadSpecificVariable<SpareBuffers>()
}
