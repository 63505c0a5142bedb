import TestSupport
import Testing
import Wire

@testable import TLSWire

@Suite struct HandshakeReaderTests {
    @Test func messagesHoweverTheyAreCut() {
        let octets = hex("0e000000 14000003010203 0b000005aabbccddee 0101")
        for pieces in splits(octets.count) {
            var reader = HandshakeReader()
            var seen: [[UInt8]] = []
            for piece in pieces {
                reader.append(octets.span.bytes.extracting(piece), at: 0)
                while case .message(let type, let body, _) = reader.next() {
                    seen.append([type.rawValue] + reader.octets[body])
                }
            }
            #expect(seen == [[14], [20, 1, 2, 3], [11, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE]])
            #expect(reader.incomplete == 2)
        }
    }

    /// Messages that never end where a record does: what was read is let go all the same.
    @Test func messagesAcrossRecordsTakeNoRoom() {
        var reader = HandshakeReader()
        var (messages, largest) = (0, 0)
        reader.append(hex("14000004").span.bytes, at: 0)
        for _ in 0..<100 {
            reader.append(hex("01020304 14000004").span.bytes, at: 0)
            while case .message = reader.next() { messages += 1 }
            largest = max(largest, reader.octets.count)
        }
        #expect(messages == 100 && largest <= 16)
    }

    @Test func nothingIsKeptBehindAMessage() {
        var reader = HandshakeReader()
        reader.append((hex("0B001000") + [UInt8](repeating: 7, count: 0x1000)).span.bytes, at: 0)
        #expect(reader.next() == .message(.certificate, body: 4..<0x1004, at: 0))
        #expect(reader.next() == .needMore)
        #expect(reader.octets.capacity == 0)
    }

    @Test(arguments: [
        ("00000000", true, false), ("00000001", false, false), ("0000000000", false, false), ("01000005", false, true),
        ("10000005 01", false, true), ("0F000005", false, true), ("02000005", true, false), ("0E000000", true, false),
        ("0B000005", true, true), ("14000005", false, false), ("63000005", false, false), ("010000", false, false),
        ("01050000", false, false),
    ])
    func whatBeginsAMessage(_ fragment: String, _ ofServer: Bool, _ ofClient: Bool) {
        let octets = hex(fragment)
        #expect(HandshakeReader.beginsMessage(octets.span.bytes, from: .toClient) == ofServer)
        #expect(HandshakeReader.beginsMessage(octets.span.bytes, from: .toServer) == ofClient)
    }

    @Test func oversizedMessageIsPassedOver() {
        let huge = [0x0B, 0x05, 0x00, 0x00] + [UInt8](repeating: 7, count: 5 << 16)
        let octets = huge + hex("0e000000")
        for size in [1000, 16384, octets.count] {
            var reader = HandshakeReader()
            var seen: [HandshakeReader.Step] = []
            for start in stride(from: 0, to: octets.count, by: size) {
                let end = min(start + size, octets.count)
                reader.append(octets.span.bytes.extracting(start..<end), at: StreamOffset(start))
                while true {
                    let step = reader.next()
                    if step == .needMore { break }
                    seen.append(step)
                }
                #expect(reader.octets.count <= size + 4 || size > HandshakeReader.longestMessage)
            }
            #expect(seen.count == 2)
            #expect(seen.first == .oversized(.certificate, length: 5 << 16, at: 0))
            guard case .message(.serverHelloDone, _, _) = seen.last else {
                Issue.record("\(seen)")
                return
            }
        }
    }

    /// Messages by type and by the record that each began in; records are told by their numbers.
    private func read(_ records: [[UInt8]]) -> [String] {
        var reader = HandshakeReader()
        var found: [String] = []
        for (number, record) in records.enumerated() {
            reader.append(record.span.bytes, at: StreamOffset(number))
            while case .message(let type, let body, let at) = reader.next() {
                found.append("\(type.rawValue) of \(body.count) in \(at)")
            }
        }
        return found
    }

    /// Three messages in two records: the second begins in the first record, the third in the second.
    @Test func messagesBeginInTheirOwnRecords() {
        let (a, b, c) = (hex("01000002 AAAA"), hex("02000004 BBBBBBBB"), hex("03000001 CC"))
        let all = a + b + c
        let whole = ["1 of 2 in 0", "2 of 4 in 0", "3 of 1 in 1"]
        #expect(read([a + b.prefix(5), b.dropFirst(5) + c]) == whole)
        #expect(read([all]) == ["1 of 2 in 0", "2 of 4 in 0", "3 of 1 in 0"])
        #expect(read([a, b, c]) == ["1 of 2 in 0", "2 of 4 in 1", "3 of 1 in 2"])
        for cut in 0...all.count {
            let begun = [0, a.count, a.count + b.count].map { $0 < cut ? 0 : 1 }
            #expect(
                read([Array(all.prefix(cut)), Array(all.dropFirst(cut))])
                    == ["1 of 2 in \(begun[0])", "2 of 4 in \(begun[1])", "3 of 1 in \(begun[2])"])
        }
        #expect(
            read(all.map { [$0] }) == ["1 of 2 in 0", "2 of 4 in \(a.count)", "3 of 1 in \(a.count + b.count)"])
    }
}
