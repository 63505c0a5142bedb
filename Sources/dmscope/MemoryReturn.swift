import CAllocator
import Wire

/// Gives memory back to the system once most connections of a busy time have ended: the C library's allocator would
/// keep for the next busy time what is free between pieces still in use.
struct MemoryReturn {
    private var open = 0
    private var highest = 0
    /// Since when it has been worthwhile.
    private var quiet: Timestamp?
    /// What closed a moment ago may not be freed yet.
    private static let patience: Int64 = 1_000_000_000
    /// Fewer connections than this are not worth the search for free pages.
    private static let worthwhile = 64

    mutating func opened() {
        open += 1
        highest = max(highest, open)
    }

    mutating func closed() { open -= 1 }

    /// Called now and then while nothing hurries.
    mutating func giveBack(at time: Timestamp) {
        guard highest >= MemoryReturn.worthwhile, open * 4 <= highest else {
            quiet = nil
            return
        }
        guard let since = quiet else {
            quiet = time
            return
        }
        guard time.since(since) > MemoryReturn.patience else { return }
        quiet = nil
        highest = open
        malloc_trim(0)
    }
}
