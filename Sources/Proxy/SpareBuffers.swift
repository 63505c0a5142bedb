import NIOCore
import NIOPosix

/// Buffers of one event loop that have done their work and take the next octets, whichever leg they come from: a busy
/// relay allocates none, and an idle connection holds none.
final class SpareBuffers {
    private var buffers: [ByteBuffer] = []
    private static let most = 4
    private static let largest = 64 * 1024

    /// An empty buffer with room for `octets` at least; nil where there is none.
    func take(_ octets: Int) -> ByteBuffer? {
        while var buffer = buffers.popLast() {
            // One that somebody still holds is left to him.
            if buffer.modifyIfUniquelyOwned({ $0.clear() }) != nil, buffer.writableBytes >= octets { return buffer }
        }
        return nil
    }

    /// Takes a buffer that its user is done with.
    func keep(_ buffer: ByteBuffer) {
        if buffers.count < SpareBuffers.most, buffer.storageCapacity <= SpareBuffers.largest { buffers.append(buffer) }
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
