import TLSWire
import Wire

@testable import TLSDecryption

/// What came out, piece by piece, with the holes between.
struct Pieces: PassiveTLSSink {
    enum Piece: Equatable {
        case octets([UInt8])
        case lost(UInt64)
    }
    var pieces = PerDirection { _ in [Piece]() }
    var findings: [Finding] = []
    var facts = TLSFacts()

    mutating func facts(_ facts: TLSFacts) { self.facts = facts }
    mutating func plaintext(_ octets: RawSpan, _ direction: Direction) {
        pieces[direction].append(.octets(octets.array()))
    }
    mutating func lost(_ count: UInt64, _ direction: Direction) { pieces[direction].append(.lost(count)) }
    mutating func noticed(_ finding: Finding) { findings.append(finding) }
    mutating func closed(_ direction: Direction) {}

    /// Octets that came out and octets that are said to be missing.
    func total(_ direction: Direction) -> Int {
        pieces[direction].reduce(0) { sum, piece in
            switch piece {
            case .octets(let octets): sum + octets.count
            case .lost(let count): sum + Int(count)
            }
        }
    }

    /// What came out of a direction is parts of what was sent, in its order.
    func isInOrder(_ direction: Direction, in sent: [UInt8]) -> Bool {
        var at = 0
        for case .octets(let octets) in pieces[direction] {
            while at + octets.count <= sent.count, sent[at..<at + octets.count] != octets[...] { at += 1 }
            guard at + octets.count <= sent.count else { return false }
            at += octets.count
        }
        return true
    }

    func octets(_ direction: Direction) -> [UInt8] {
        var all: [UInt8] = []
        for case .octets(let octets) in pieces[direction] { all += octets }
        return all
    }
}

/// A connection of which some octets of one direction are missing, the others in parts of `size` at the most.
func replay(
    _ connection: RecordedSession.Connection, _ keys: KeyMaterial, without lost: Range<Int>, of side: Direction,
    late keyLog: String = "", size: Int = .max
) -> Pieces {
    var seen = Pieces()
    var tls = PassiveTLS(keys: keys)
    func receive(_ octets: ArraySlice<UInt8>, _ direction: Direction) {
        var rest = octets
        repeat {
            let part = rest.prefix(size)
            tls.receive(part.span.bytes, direction, into: &seen)
            rest = rest.dropFirst(part.count)
        } while !rest.isEmpty
    }
    var offset = PerDirection { _ in 0 }
    for (direction, octets) in connection.octets {
        let start = offset[direction]
        offset[direction] += octets.count
        let missing = direction == side ? lost.clamped(to: start..<start + octets.count) : 0..<0
        guard !missing.isEmpty else {
            receive(octets[...], direction)
            continue
        }
        receive(octets[..<(missing.lowerBound - start)], direction)
        tls.gap(UInt64(missing.count), direction, into: &seen)
        receive(octets[(missing.upperBound - start)...], direction)
    }
    keys.add(keyLog: Array(keyLog.utf8).span.bytes)
    tls.receive(RawSpan(), .toServer, into: &seen)
    for direction in Direction.allCases { tls.finish(direction, into: &seen) }
    tls.end(into: &seen)
    return seen
}
