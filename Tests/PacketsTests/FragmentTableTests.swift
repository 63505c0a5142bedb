import TestSupport
import Testing
import Wire

@testable import Packets

private let payload = (0..<64).map { UInt8($0) }

/// A fragment of `payload` or of octets given.
private func fragment(
    _ range: Range<Int>, last: Bool? = nil, id: UInt16 = 1, v6: Bool = false, _ octets: [UInt8]? = nil
) -> [UInt8] {
    let octets = octets ?? Array(payload[range])
    let more = !(last ?? (range.upperBound == payload.count))
    if v6 {
        let header = [6, 0] + Frames.be16(UInt16(range.lowerBound) | (more ? 1 : 0)) + Frames.be32(UInt32(id))
        return Frames.ipv6(44, header + octets)
    }
    return Frames.ipv4(
        6, octets, identification: id, fragment: UInt16(range.lowerBound / 8) | (more ? 0x2000 : 0))
}

private final class Defragmenter {
    var table: FragmentTable
    var packet = Packet()

    init(limit: Int = 1 << 20) {
        var limits = Limits()
        limits.fragments = limit
        table = FragmentTable(limits: limits)
    }

    func add(
        _ frame: [UInt8], originalLength: Int? = nil, link: LinkType = .raw, at seconds: Int64 = 0
    ) -> FragmentTable.Datagram? {
        packet.decode(frame.span.bytes, originalLength: originalLength ?? frame.count, link: link)
        guard packet.content == .fragment else { return nil }
        return table.add(packet, frame.span.bytes, at: Timestamp(nanoseconds: seconds * 1_000_000_000))
    }
}

@Suite struct FragmentTableTests {
    @Test(arguments: [false, true]) func joinsInAnyOrder(_ v6: Bool) throws {
        let pieces = [0..<16, 16..<24, 24..<48, 48..<64]
        for order in permutations(pieces) {
            let defragmenter = Defragmenter()
            for piece in order.dropLast() { #expect(defragmenter.add(fragment(piece, v6: v6)) == nil) }
            let datagram = try #require(defragmenter.add(fragment(order[3], v6: v6)))
            #expect(datagram.payload == payload)
            #expect(!datagram.conflicting)
            #expect(defragmenter.table.held == 0)
        }
    }

    @Test func keepsDatagramsApart() throws {
        let defragmenter = Defragmenter()
        #expect(defragmenter.add(fragment(0..<32, id: 1)) == nil)
        #expect(defragmenter.add(fragment(32..<64, id: 2)) == nil)
        let one = try #require(defragmenter.add(fragment(32..<64, id: 1)))
        #expect(one.payload == payload)
        #expect(defragmenter.table.held > 0)
    }

    /// Two test beds with the same addresses, in networks of their own.
    @Test func keepsNetworksApart() throws {
        func frame(_ vlan: UInt16, _ range: Range<Int>, _ octets: [UInt8]) -> [UInt8] {
            [UInt8](repeating: 2, count: 12) + [0x81, 0] + Frames.be16(vlan) + [8, 0] + fragment(range, octets)
        }
        let other = payload.map { $0 ^ 0xFF }
        let defragmenter = Defragmenter()
        func add(_ frame: [UInt8]) -> FragmentTable.Datagram? { defragmenter.add(frame, link: .ethernet) }
        #expect(add(frame(10, 0..<32, Array(payload[..<32]))) == nil)
        #expect(add(frame(20, 0..<32, Array(other[..<32]))) == nil)
        #expect(add(frame(10, 32..<64, Array(payload[32...])))?.payload == payload)
        let second = try #require(add(frame(20, 32..<64, Array(other[32...]))))
        #expect(second.payload == other && !second.conflicting)
    }

    @Test func keepsTheFirstOfTwoVersions() throws {
        let defragmenter = Defragmenter()
        let other = [UInt8](repeating: 0xFF, count: 32)
        #expect(defragmenter.add(fragment(0..<32)) == nil)
        #expect(defragmenter.add(fragment(16..<48, other)) == nil)
        let datagram = try #require(defragmenter.add(fragment(32..<64)))
        #expect(datagram.payload == Array(payload[..<32]) + other[..<16] + payload[48...])
        #expect(datagram.conflicting)
    }

    @Test func dropsOverlappingFragmentsOfIPv6() {
        let defragmenter = Defragmenter()
        #expect(defragmenter.add(fragment(0..<32, v6: true)) == nil)
        #expect(defragmenter.add(fragment(24..<56, v6: true)) == nil)
        #expect(defragmenter.table.dropped == 1)
        #expect(defragmenter.table.held == 0)
    }

    @Test(arguments: [false, true]) func takesRepeatedFragments(_ v6: Bool) throws {
        let defragmenter = Defragmenter()
        #expect(defragmenter.add(fragment(0..<32, v6: v6)) == nil)
        #expect(defragmenter.add(fragment(0..<32, v6: v6)) == nil)
        let datagram = try #require(defragmenter.add(fragment(32..<64, v6: v6)))
        #expect(datagram.payload == payload)
        #expect(!datagram.conflicting)
    }

    /// A capture on every interface holds each fragment twice: the last of a datagram comes once more when it is whole.
    @Test(arguments: [false, true]) func missesNothingOfWhatWasWhole(_ v6: Bool) throws {
        let defragmenter = Defragmenter()
        #expect(defragmenter.add(fragment(0..<32, v6: v6)) == nil)
        #expect(defragmenter.add(fragment(0..<32, v6: v6)) == nil)
        #expect(defragmenter.add(fragment(32..<64, v6: v6)) != nil)
        #expect(defragmenter.add(fragment(32..<64, v6: v6)) == nil)
        #expect(defragmenter.table.incomplete == 0)
        #expect(defragmenter.add(fragment(0..<32, id: 2, v6: v6), at: 61) == nil)
        #expect(defragmenter.table.incomplete == 1 && defragmenter.table.dropped == 0)
        // Whole a second time.
        #expect(defragmenter.add(fragment(0..<32, v6: v6), at: 61) == nil)
        #expect(defragmenter.add(fragment(32..<64, v6: v6), at: 61)?.payload == payload)
    }

    /// Only so many datagrams are remembered: one that was whole long before is missed again.
    @Test func forgetsWhatWasWholeLongAgo() {
        let defragmenter = Defragmenter()
        for id in 0...1024 {
            #expect(defragmenter.add(fragment(0..<32, id: UInt16(id))) == nil)
            #expect(defragmenter.add(fragment(32..<64, id: UInt16(id)))?.payload == payload)
        }
        #expect(defragmenter.add(fragment(32..<64, id: 0)) == nil)
        #expect(defragmenter.table.incomplete == 1)
        #expect(defragmenter.add(fragment(32..<64, id: 1)) == nil)
        #expect(defragmenter.table.incomplete == 1)
    }

    /// Where fragments disagree about the datagram's end, the first to tell it counts.
    @Test func theEndIsWhereItWasFirst() throws {
        for late in [fragment(32..<48, last: true), fragment(56..<72, last: false, [UInt8](repeating: 7, count: 16))] {
            let defragmenter = Defragmenter()
            #expect(defragmenter.add(fragment(48..<64)) == nil)
            #expect(defragmenter.add(late) == nil)
            #expect(defragmenter.add(fragment(0..<32)) == nil)
            let datagram = try #require(defragmenter.add(fragment(32..<48)))
            #expect(datagram.payload == payload && datagram.conflicting)
        }
        let defragmenter = Defragmenter()
        #expect(defragmenter.add(fragment(32..<48)) == nil)
        #expect(defragmenter.add(fragment(16..<32, last: true)) == nil)
        #expect(defragmenter.add(fragment(0..<32)) == nil)
        #expect(defragmenter.add(fragment(48..<64))?.payload == payload)
    }

    /// RFC 8200 4.5: fragments of IPv6 may differ in Next Header, and that of the first counts.
    @Test func theFirstFragmentTellsTheProtocol() throws {
        func piece(_ next: UInt8, _ range: Range<Int>) -> [UInt8] {
            let more: UInt16 = range.upperBound == payload.count ? 0 : 1
            return Frames.ipv6(
                44, [next, 0] + Frames.be16(UInt16(range.lowerBound) | more) + Frames.be32(1) + payload[range])
        }
        let pieces = [piece(6, 0..<32), piece(99, 32..<64)]
        for order in permutations(pieces) {
            let defragmenter = Defragmenter()
            #expect(defragmenter.add(order[0]) == nil)
            let datagram = try #require(defragmenter.add(order[1]))
            #expect(datagram.nextProtocol == 6 && datagram.payload == payload)
        }
        // Repeated with another one, it changes nothing.
        let defragmenter = Defragmenter()
        for frame in [piece(6, 0..<32), piece(99, 0..<32)] { #expect(defragmenter.add(frame) == nil) }
        #expect(try #require(defragmenter.add(piece(6, 32..<64))).nextProtocol == 6)
    }

    /// A fragment costs what it holds, wherever in its datagram it lies.
    @Test func holdsNoMoreThanCame() {
        let defragmenter = Defragmenter()
        #expect(defragmenter.add(fragment(65_000..<65_008, last: false, [UInt8](repeating: 1, count: 8))) == nil)
        #expect(defragmenter.table.held < 1024)
    }

    @Test func anEmptyFragmentIsNone() {
        let defragmenter = Defragmenter()
        #expect(defragmenter.add(fragment(16..<16)) == nil)
        #expect(defragmenter.table.dropped == 1)
        #expect(defragmenter.table.held == 0)
    }

    @Test func givesUpAfterAMinute() {
        let defragmenter = Defragmenter()
        #expect(defragmenter.add(fragment(0..<32), at: 0) == nil)
        #expect(defragmenter.add(fragment(0..<32, id: 2), at: 61) == nil)
        #expect(defragmenter.table.dropped == 1)
        #expect(defragmenter.add(fragment(32..<64), at: 61) == nil)
        #expect(defragmenter.add(fragment(32..<64, id: 2), at: 62) != nil)
    }

    /// While one is young, those that became whole behind it leave nothing.
    @Test func forgetsWhatIsWhole() {
        let defragmenter = Defragmenter()
        #expect(defragmenter.add(fragment(0..<32, id: 0)) == nil)
        for id in 1...5_000 {
            #expect(defragmenter.add(fragment(0..<32, id: UInt16(id))) == nil)
            #expect(defragmenter.add(fragment(32..<64, id: UInt16(id)))?.payload == payload)
        }
        #expect(defragmenter.table.incomplete == 1 && defragmenter.table.order.count <= 1025)
        #expect(defragmenter.add(fragment(32..<64, id: 0))?.payload == payload)
    }

    @Test func staysWithinItsLimit() {
        let defragmenter = Defragmenter(limit: 4096)
        for id in 0..<1000 {
            _ = defragmenter.add(fragment(0..<32, id: UInt16(id)))
            #expect(defragmenter.table.held <= 4096)
        }
        #expect(defragmenter.table.dropped > 900)
        // The latest is still there.
        #expect(defragmenter.add(fragment(32..<64, id: 999)) != nil)
    }

    @Test func refusesWhatCannotBeRight() {
        let defragmenter = Defragmenter()
        // Not a multiple of eight octets, yet more follow; beyond the longest datagram; cut by the capture.
        #expect(defragmenter.add(fragment(0..<8, last: false, [1, 2, 3])) == nil)
        #expect(defragmenter.add(Frames.ipv4(6, payload, fragment: 0x1FFF)) == nil)
        let whole = fragment(0..<32)
        #expect(defragmenter.add(Array(whole[..<40]), originalLength: whole.count) == nil)
        #expect(defragmenter.table.dropped == 3)
        #expect(defragmenter.table.held == 0)
    }

    @Test func survivesRandomFragments() {
        var random = Dice(7)
        let defragmenter = Defragmenter(limit: 1 << 16)
        for _ in 0..<20_000 {
            let start = random.next(upTo: 8) * 8
            let count = (random.next(upTo: 4) + 1) * 8
            let frame = fragment(
                start..<start + count, last: random.next(upTo: 4) == 0, id: UInt16(random.next(upTo: 4)),
                v6: random.next(upTo: 2) == 0, (0..<count).map { _ in UInt8(random.next(upTo: 2)) })
            if let datagram = defragmenter.add(frame) { #expect(datagram.payload.count <= 96) }
            #expect(defragmenter.table.held >= 0 && defragmenter.table.held <= 1 << 16)
        }
    }
}
