import Wire

/// Segments of one direction that came before the octets ahead of them, or fragments of one datagram, in order and apart
/// from each other.
///
/// Where a segment overlaps what is already here, the octets that came first are kept: this is what a receiver does
/// that acknowledges selectively. The first octet that differs is reported.
struct SegmentQueue {
    struct Block {
        var start: StreamOffset
        var bytes: [UInt8]
        /// Octets after `bytes` that the segment had on the wire and the capture does not hold.
        var cut: Int

        var end: StreamOffset { start + UInt64(bytes.count) + UInt64(cut) }
    }

    /// Octets held, with an allowance for what each block costs beside them.
    private(set) var held = 0
    private var blocks: [Block] = []
    /// Blocks before this index are gone.
    private var head = 0

    /// What a block is taken to cost beside its octets.
    static let blockCost = 96

    var isEmpty: Bool { head == blocks.count }
    /// Blocks that wait.
    var count: Int { blocks.count - head }
    /// Where the first block begins.
    var start: StreamOffset? { isEmpty ? nil : blocks[head].start }
    /// Where the last block ends.
    var end: StreamOffset? { isEmpty ? nil : blocks[blocks.count - 1].end }

    /// Adds a segment of which `bytes` were captured and `cut` more octets were not. Gives the offset of the first octet
    /// that differs from what came before.
    mutating func insert(at start: StreamOffset, _ bytes: RawSpan, cut: Int) -> StreamOffset? {
        let captured = start + UInt64(bytes.byteCount)
        let end = captured + UInt64(cut)
        var conflict: StreamOffset?
        var index = firstBlock(endingAfter: start)
        var position = start
        while position < end {
            if index < blocks.count, blocks[index].start <= position {
                let common = min(blocks[index].end, end)
                if conflict == nil {
                    conflict = difference(blocks[index], from: position, to: min(common, captured), bytes, at: start)
                }
                position = common
                index += 1
                continue
            }
            let pieceEnd = index < blocks.count ? min(blocks[index].start, end) : end
            let lower = Int(min(position, captured) - start)
            let upper = Int(min(pieceEnd, captured) - start)
            let missing = Int(pieceEnd - max(position, min(pieceEnd, captured)))
            if index > head, blocks[index - 1].end == position, blocks[index - 1].cut == 0 {
                blocks[index - 1].bytes.append(bytes, lower..<upper)
                blocks[index - 1].cut = missing
            } else {
                blocks.insert(Block(start: position, bytes: bytes.array(lower..<upper), cut: missing), at: index)
                held += SegmentQueue.blockCost
                index += 1
            }
            held += upper - lower
            position = pieceEnd
        }
        return conflict
    }

    /// Takes the first block out.
    mutating func popFirst() -> Block? {
        guard !isEmpty else { return nil }
        let block = blocks[head]
        held -= block.bytes.count + SegmentQueue.blockCost
        blocks[head].bytes = []
        head += 1
        if head == blocks.count {
            blocks = []
            head = 0
        } else if head > 32, head * 2 > blocks.count {
            blocks.removeFirst(head)
            head = 0
        }
        return block
    }

    private func firstBlock(endingAfter offset: StreamOffset) -> Int {
        var low = head
        var high = blocks.count
        while low < high {
            let middle = (low + high) / 2
            if blocks[middle].end > offset { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private func difference(
        _ block: Block, from lower: StreamOffset, to upper: StreamOffset, _ bytes: RawSpan, at start: StreamOffset
    ) -> StreamOffset? {
        let upper = min(upper, block.start + UInt64(block.bytes.count))
        guard lower < upper else { return nil }
        for offset in lower..<upper
        where block.bytes[Int(offset - block.start)] != bytes.byte(at: Int(offset - start)) {
            return offset
        }
        return nil
    }
}
