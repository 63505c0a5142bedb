import TLSWire
import TestSupport
import Testing
import Wire

/// What a reader yields, with the octets themselves instead of ranges.
private enum Seen: Equatable {
    case record(UInt8, [UInt8], StreamOffset)
    case ssl2([UInt8], StreamOffset)
    case damaged(StreamOffset)
    case malformed(StreamOffset)
}

private func read(_ octets: [UInt8], _ pieces: [Range<Int>], _ reader: inout RecordReader) -> [Seen] {
    var seen: [Seen] = []
    for piece in pieces {
        let span = octets.span.bytes.extracting(piece)
        var position = 0
        loop: while true {
            switch reader.next(span, &position) {
            case .record(let header, let range, let isPending, let at):
                let fragment = isPending ? Array(reader.pending[range]) : span.array(range)
                #expect(fragment.count == header.length)
                seen.append(.record(header.type.rawValue, fragment, at))
            case .ssl2(let range, let isPending, let at):
                seen.append(.ssl2(isPending ? Array(reader.pending[range]) : span.array(range), at))
            case .damaged(_, let at): seen.append(.damaged(at))
            case .malformed(let at, _): seen.append(.malformed(at))
            case .needMore: break loop
            }
        }
        #expect(position == span.byteCount)
    }
    return seen
}

@Suite struct RecordReaderTests {
    @Test(arguments: [
        // A handshake record, an empty one, an alert.
        (
            "1603010003 aabbcc 1703030000 1503030002 0100",
            [Seen.record(22, [0xAA, 0xBB, 0xCC], 0), .record(23, [], 8), .record(21, [1, 0], 13)]
        ),
        // An SSL 2.0 hello, then TLS.
        (
            "800d 01 0301 0000 0000 0000 aabbccdd 1603010001 01",
            [.ssl2(hex("01 0301 0000 0000 0000 aabbccdd"), 0), .record(22, [1], 15)]
        ),
        // Plain HTTP; a version that never was; a length that cannot be.
        ("'POST /dm HTTP/1.1'", [.malformed(0)]),
        ("1603010001 01 1604010001 01 1603010001 01", [.record(22, [1], 0), .malformed(6)]),
        ("1603010001 01 160301ffff 01", [.record(22, [1], 0), .malformed(6)]),
        // SSL 2.0 only at the beginning.
        ("1603010001 01 800d0103010000", [.record(22, [1], 0), .malformed(6)]),
        ("", []), ("16", []), ("1603010002 01", []),
    ]) private func recordsHoweverTheyAreCut(_ text: String, _ expected: [Seen]) {
        let octets = hex(text)
        for pieces in splits(octets.count) {
            var reader = RecordReader()
            #expect(read(octets, pieces, &reader) == expected)
            #expect(reader.offset == StreamOffset(octets.count))
        }
    }

    /// Many connections of a capture are quiet at once; none keeps room for the largest record that it had.
    @Test func nothingIsKeptBetweenRecords() {
        let octets = hex("1703034000") + [UInt8](repeating: 7, count: 0x4000)
        var reader = RecordReader()
        let cut = 0..<1400
        #expect(read(octets, [cut, cut.upperBound..<octets.count], &reader).count == 1)
        #expect(reader.pending.capacity == 0)
    }

    @Test func gapInsideARecordCostsThatRecordOnly() {
        for cut in 5..<13 {
            for lost in 1...(13 - cut) {
                let octets = hex("1703030008 0102030405060708 1703030001 ff")
                var reader = RecordReader()
                #expect(read(octets, [0..<cut], &reader).isEmpty)
                reader.gap(UInt64(lost))
                let seen = read(octets, [cut + lost..<octets.count], &reader)
                #expect(seen == [.damaged(0), .record(23, [0xFF], 13)])
            }
        }
    }

    @Test func gapPastABorderLosesItUntilItIsFoundAgain() {
        let octets = hex("1703030002 0102 1703030001 ff 1703030001 fe")
        var reader = RecordReader()
        #expect(read(octets, [0..<6], &reader).isEmpty)
        reader.gap(3)
        #expect(reader.isLost)
        #expect(read(octets, [9..<13], &reader).isEmpty)
        reader.resume(at: 13)
        #expect(read(octets, [13..<octets.count], &reader) == [.record(23, [0xFE], 13)])
    }

    @Test func gapAtABorderLosesIt() {
        var reader = RecordReader()
        _ = read(hex("1703030001 ff"), [0..<6], &reader)
        reader.gap(10)
        #expect(reader.isLost && reader.offset == 16)
    }
}
