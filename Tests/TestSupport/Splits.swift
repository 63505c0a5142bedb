/// Ways to cut `count` octets into pieces: whole, one at a time, and in two at every offset. An incremental reader
/// yields the same whichever is used. Pieces are ranges in order.
package func splits(_ count: Int) -> [[Range<Int>]] {
    guard count > 0 else { return [[]] }
    return [[0..<count], (0..<count).map { $0..<$0 + 1 }] + (1..<max(count, 1)).map { [0..<$0, $0..<count] }
}
