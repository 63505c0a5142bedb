/// A list of small integers, each at most once, in order of arrival. Append, removal and moving to the back take
/// constant time and allocate only when a larger integer than ever comes.
struct IndexedList {
    private struct Link {
        var previous: Int32
        var next: Int32
    }

    private var links: [Link] = []
    private var head = IndexedList.none
    private var tail = IndexedList.none
    private(set) var count = 0

    private static let none: Int32 = -1
    /// In `previous`: not in the list.
    private static let absent: Int32 = -2

    var first: Int? { head == IndexedList.none ? nil : Int(head) }

    func contains(_ index: Int) -> Bool { index < links.count && links[index].previous != IndexedList.absent }

    /// Adds an integer that is not in the list.
    mutating func append(_ index: Int) {
        while links.count <= index {
            links.append(Link(previous: IndexedList.absent, next: IndexedList.none))
        }
        links[index] = Link(previous: tail, next: IndexedList.none)
        if tail == IndexedList.none { head = Int32(index) } else { links[Int(tail)].next = Int32(index) }
        tail = Int32(index)
        count += 1
    }

    /// Takes an integer out; none is there, nothing happens.
    mutating func remove(_ index: Int) {
        guard contains(index) else { return }
        let link = links[index]
        if link.previous == IndexedList.none { head = link.next } else { links[Int(link.previous)].next = link.next }
        if link.next == IndexedList.none {
            tail = link.previous
        } else {
            links[Int(link.next)].previous = link.previous
        }
        links[index].previous = IndexedList.absent
        count -= 1
    }

    mutating func moveToBack(_ index: Int) {
        guard tail != Int32(index) else { return }
        remove(index)
        append(index)
    }
}
