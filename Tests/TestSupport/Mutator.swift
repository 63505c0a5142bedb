/// Damages octets: a few of them set, flipped in one bit, made extreme, left out, doubled, or a stretch put elsewhere.
/// The same seed gives the same damage.
package struct Mutator: Sendable {
    private let original: [UInt8]

    package init(_ original: [UInt8]) { self.original = original }

    package func mutant(_ seed: UInt64) -> [UInt8] {
        var dice = Dice(seed)
        var octets = original
        for _ in 0...dice.next(upTo: 6) where !octets.isEmpty {
            let at = dice.next(upTo: octets.count)
            let count = min(octets.count - at, 1 + dice.next(upTo: 40))
            switch dice.next(upTo: 8) {
            case 0, 1: octets[at] = UInt8(dice.next(upTo: 256))
            case 2: octets[at] ^= 1 << UInt8(dice.next(upTo: 8))
            case 3: for index in at..<at + min(count, 4) { octets[index] = 0xFF }
            case 4: for index in at..<at + min(count, 4) { octets[index] = 0 }
            case 5: octets.removeSubrange(at..<at + count)
            case 6: octets.insert(contentsOf: octets[at..<at + count], at: at)
            default:
                let stretch = Array(octets[at..<at + count])
                let to = dice.next(upTo: octets.count - count + 1)
                octets.replaceSubrange(to..<to + count, with: stretch)
            }
        }
        return octets
    }
}
