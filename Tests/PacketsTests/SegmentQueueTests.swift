import TestSupport
import Testing
import Wire

@testable import Packets

@Suite struct SegmentQueueTests {
    /// What a queue yields, front to back: `12:abc` and, where the capture cut it, `12:abc+4`.
    private func contents(_ queue: SegmentQueue) -> [String] {
        var queue = queue
        var out: [String] = []
        while let block = queue.popFirst() {
            let cut = block.cut > 0 ? "+\(block.cut)" : ""
            out.append("\(block.start):\(String(decoding: block.bytes, as: UTF8.self))\(cut)")
        }
        #expect(queue.held == 0)
        return out
    }

    static let insertions: [(String, [(UInt64, String, Int)], [String], UInt64?)] = [
        ("apart", [(10, "cd", 0), (5, "ab", 0)], ["5:ab", "10:cd"], nil),
        ("after each other", [(5, "ab", 0), (7, "cd", 0)], ["5:abcd"], nil),
        ("before each other", [(7, "cd", 0), (5, "ab", 0)], ["5:ab", "7:cd"], nil),
        ("the same again", [(5, "ab", 0), (5, "ab", 0)], ["5:ab"], nil),
        ("the same with other octets", [(5, "ab", 0), (5, "xb", 0)], ["5:ab"], 5),
        ("over the end", [(5, "abc", 0), (6, "bcde", 0)], ["5:abcde"], nil),
        ("over the end, other octets", [(5, "abc", 0), (6, "bXde", 0)], ["5:abcde"], 7),
        ("over the beginning", [(7, "cde", 0), (5, "abcd", 0)], ["5:ab", "7:cde"], nil),
        ("over the beginning, other octets", [(7, "cde", 0), (5, "abX", 0)], ["5:ab", "7:cde"], 7),
        ("around", [(7, "cd", 0), (5, "abcdef", 0)], ["5:ab", "7:cdef"], nil),
        ("inside", [(5, "abcdef", 0), (7, "cX", 0)], ["5:abcdef"], 8),
        ("around two", [(2, "b", 0), (4, "d", 0), (1, "aXcYe", 0)], ["1:a", "2:bc", "4:de"], 2),
        ("cut at the end", [(5, "ab", 3), (10, "fg", 0)], ["5:ab+3", "10:fg"], nil),
        ("cut, and sent again in part", [(5, "ab", 3), (6, "bXXXf", 0)], ["5:ab+3", "10:f"], nil),
        ("into the cut of a longer one", [(8, "d", 0), (5, "ab", 4)], ["5:ab+1", "8:d+2"], nil),
        ("cut away altogether", [(5, "", 3)], ["5:+3"], nil),
    ]

    @Test(arguments: insertions) func keepsWhatCameFirst(
        _ name: String, _ segments: [(UInt64, String, Int)], _ expected: [String], _ conflict: UInt64?
    ) {
        var queue = SegmentQueue()
        var found: UInt64?
        for (start, text, cut) in segments {
            let bytes = Array(text.utf8)
            let difference = queue.insert(at: start, bytes.span.bytes, cut: cut)
            found = found ?? difference
        }
        #expect(contents(queue) == expected, "\(name)")
        #expect(found == conflict, "\(name)")
    }

    /// Against a model that fills an array octet by octet.
    @Test func agreesWithAModel() {
        var random = Dice(1)
        for _ in 0..<500 {
            var queue = SegmentQueue()
            var model = [UInt8?](repeating: nil, count: 64)
            for _ in 0..<random.next(upTo: 12) + 1 {
                let start = random.next(upTo: 50)
                let bytes = (0...random.next(upTo: 12)).map { _ in UInt8(random.next(upTo: 4)) }
                var conflict: UInt64?
                for (index, octet) in bytes.enumerated() {
                    if let there = model[start + index] {
                        if there != octet, conflict == nil { conflict = UInt64(start + index) }
                    } else {
                        model[start + index] = octet
                    }
                }
                #expect(queue.insert(at: UInt64(start), bytes.span.bytes, cut: 0) == conflict)
            }
            var result = [UInt8?](repeating: nil, count: 64)
            var last: UInt64 = 0
            while let block = queue.popFirst() {
                #expect(block.start >= last)
                last = block.end
                for (index, octet) in block.bytes.enumerated() { result[Int(block.start) + index] = octet }
            }
            #expect(result == model)
            #expect(queue.held == 0)
        }
    }

    @Test func countsWhatItHolds() {
        var queue = SegmentQueue()
        let bytes = hex("'abcd'")
        _ = queue.insert(at: 10, bytes.span.bytes, cut: 0)
        #expect(queue.held == 4 + SegmentQueue.blockCost)
        _ = queue.insert(at: 12, bytes.span.bytes, cut: 0)
        #expect(queue.held == 6 + SegmentQueue.blockCost)
        _ = queue.insert(at: 20, bytes.span.bytes, cut: 5)
        #expect(queue.held == 10 + 2 * SegmentQueue.blockCost)
        #expect(queue.start == 10)
        #expect(queue.end == 29)
    }
}

@Suite struct IndexedListTests {
    @Test func keepsTheOrderOfArrival() {
        var list = IndexedList()
        for index in [3, 1, 4, 0] { list.append(index) }
        list.moveToBack(3)
        list.remove(4)
        list.remove(4)
        list.moveToBack(0)
        var order: [Int] = []
        #expect(list.count == 3)
        while let first = list.first {
            order.append(first)
            list.remove(first)
        }
        #expect(order == [1, 3, 0])
        #expect(!list.contains(3) && !list.contains(99))
        list.append(2)
        #expect(list.first == 2 && list.count == 1)
    }
}
