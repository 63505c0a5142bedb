import TLSWire
import TestSupport
import Testing
import Wire

@testable import TLSDecryption

/// Where records seem to stand behind a loss, however the octets come.
@Suite struct BorderSearchTests {
    /// `place length` of each that is found, in order of their places.
    private func found(_ octets: [UInt8], _ pieces: [Range<Int>]) -> [String] {
        var search = BorderSearch(lostFrom: 100, at: 200)
        var places: [Int: Int] = [:]
        for piece in pieces {
            search.append(octets.span.bytes.extracting(piece))
            while let (header, fragment) = search.next({ $0.type == .applicationData && $0.length < 64 }) {
                #expect(fragment.count == header.length && fragment.upperBound <= search.octets.count)
                #expect(places.updateValue(header.length, forKey: fragment.lowerBound) == nil, "told twice")
            }
        }
        #expect(search.end == 200 + StreamOffset(octets.count))
        return places.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    }

    /// The rest of a record; one that holds what looks like another; one of another type; an empty one; one that is cut.
    @Test func placesHoweverTheyAreCut() {
        let octets = hex("AABBCC 170303000B AA 1703030003 010203 BBCC 1603030002 0102 1703030000 1703030005 0102")
        for pieces in splits(octets.count) { #expect(found(octets, pieces) == ["8 11", "14 3", "31 0"], "\(pieces)") }
        #expect(found(octets + [3, 4, 5], [0..<octets.count + 3]) == ["8 11", "14 3", "31 0", "36 5"])
    }

    /// What was seen before another loss counts for nothing behind it.
    @Test func anotherLossBeginsAnew() {
        let octets = hex("1703030005 0102")
        var search = BorderSearch(lostFrom: 100, at: 200)
        search.append(octets.span.bytes)
        let none = search.next { _ in true }
        search.gap(3)
        #expect(none == nil && search.start == 210 && search.octets.isEmpty && search.end == 210)
        let record = hex("1703030001 FF")
        search.append(record.span.bytes)
        let one = search.next { _ in true }
        #expect(one?.fragment == 5..<6)
    }
}
