import CAllocator
import Wire

/// Gives memory back to the system once most connections of a busy time have ended: the C library's allocator would
/// keep for the next busy time what is free between pieces still in use.
struct MemoryReturn {
    private var open = 0
    private var highest = 0
    /// Since when few have been open.
    private var quiet: Timestamp?
    /// Octets that stayed free in the allocator, between pieces still in use, when memory was given back last.
    private var stayedFree = 0
    /// What closed a moment ago may not be freed yet.
    private static let patience: Int64 = 1_000_000_000
    /// So many connections, or free octets, are worth the search for free pages.
    private static let (worthwhile, worthwhileOctets) = (64, 8 << 20)

    private var free: Int { mallinfo2().fordblks }

    mutating func opened() {
        open += 1
        highest = max(highest, open)
    }

    mutating func closed() { open -= 1 }

    /// Called now and then while nothing hurries.
    mutating func giveBack(at time: Timestamp) {
        guard highest > open, open * 4 <= highest else {
            quiet = nil
            return
        }
        guard let since = quiet else {
            quiet = time
            return
        }
        guard time.since(since) > MemoryReturn.patience else { return }
        quiet = nil
        let isWorthwhile = highest >= MemoryReturn.worthwhile || free > stayedFree + MemoryReturn.worthwhileOctets
        highest = open
        guard isWorthwhile else { return }
        malloc_trim(0)
        stayedFree = free
    }
}
