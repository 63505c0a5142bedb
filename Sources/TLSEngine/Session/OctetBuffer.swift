import Glibc

/// Octets on the heap that libssl writes into: no reference counts, no copy on write. Lives behind a pointer, see
/// `ThreadBuffers`.
struct OctetBuffer {
    private(set) var base: UnsafeMutableRawPointer
    private(set) var count = 0
    private(set) var capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        base = .allocate(byteCount: capacity, alignment: 16)
    }

    func deallocate() { base.deallocate() }

    mutating func append(_ source: UnsafeRawPointer, _ length: Int) {
        if capacity - count < length {
            let larger = max(capacity * 2, count + length)
            let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
            moved.copyMemory(from: base, byteCount: count)
            base.deallocate()
            base = moved
            capacity = larger
        }
        (base + count).copyMemory(from: source, byteCount: length)
        count += length
    }

    /// Room behind the octets, to be filled from outside and told with `filled`.
    var room: (start: UnsafeMutableRawPointer, count: Int) { (base + count, capacity - count) }
    mutating func filled(_ length: Int) { count += length }
    mutating func clear() { count = 0 }

    var octets: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }
}

/// Scratch buffers of one thread, lent to the session that is being driven. A callback may drive another session, which
/// then borrows others: as many exist as calls were nested. So idle sessions hold none.
final class ThreadBuffers {
    typealias Lent = UnsafeMutablePointer<OctetBuffer>
    /// Large enough for what a drive or a send hands out at once; a longer handshake flight makes it grow for a while.
    static let capacity = 96 * 1024
    private var free: [Lent] = []

    func borrow() -> Lent {
        if let buffer = free.popLast() { return buffer }
        let buffer = Lent.allocate(capacity: 1)
        buffer.initialize(to: OctetBuffer(capacity: ThreadBuffers.capacity))
        return buffer
    }

    func giveBack(_ buffer: Lent) {
        buffer.pointee.clear()
        if buffer.pointee.capacity > ThreadBuffers.capacity {
            release(buffer)
        } else {
            free.append(buffer)
        }
    }

    private func release(_ buffer: Lent) {
        buffer.pointee.deallocate()
        buffer.deinitialize(count: 1)
        buffer.deallocate()
    }

    deinit { for buffer in free { release(buffer) } }

    /// The calling thread's own, made at its first use and freed when the thread ends.
    static var current: ThreadBuffers {
        if let known = pthread_getspecific(key) {
            return Unmanaged<ThreadBuffers>.fromOpaque(known).takeUnretainedValue()
        }
        let made = ThreadBuffers()
        pthread_setspecific(key, Unmanaged.passRetained(made).toOpaque())
        return made
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { if let value = $0 { Unmanaged<ThreadBuffers>.fromOpaque(value).release() } }
        return key
    }()
}
