import Wire

/// What happens on a connection, as an input spells it: octets to the server until `FE 00` turns the direction. `FE 01`
/// is a place to cut, `FE 02 n` the loss of n octets (0: 65,536), `FE FE` the octet FE; before any other, FE is itself.
struct Conversation {
    enum Step {
        case octets(Direction, [UInt8], cuts: [Int])
        case lost(Direction, UInt64)
    }

    enum Pieces: CaseIterable {
        case whole
        /// Cut where the input says.
        case cut
        case single
    }

    private(set) var steps: [Step] = []
    private var direction = Direction.toServer
    private var octets: [UInt8] = []
    private var cuts: [Int] = []

    init(_ input: ArraySlice<UInt8>) {
        var rest = input
        while let octet = rest.popFirst() {
            guard octet == 0xFE, let next = rest.first, next <= 2 || next == 0xFE else {
                octets.append(octet)
                continue
            }
            rest.removeFirst()
            switch next {
            case 0:
                endStep()
                direction = direction == .toServer ? .toClient : .toServer
            case 1: cuts.append(octets.count)
            case 2:
                endStep()
                let count = rest.popFirst() ?? 1
                steps.append(.lost(direction, count == 0 ? 65_536 : UInt64(count)))
            default: octets.append(0xFE)
            }
        }
        endStep()
    }

    private mutating func endStep() {
        if !octets.isEmpty { steps.append(.octets(direction, octets, cuts: cuts)) }
        octets = []
        cuts = []
    }

    /// The bounds of the pieces in which a step's octets are fed.
    static func bounds(_ count: Int, _ cuts: [Int], _ pieces: Pieces) -> [Range<Int>] {
        switch pieces {
        case .whole: return [0..<count]
        case .single: return (0..<count).map { $0..<$0 + 1 }
        case .cut:
            let ends = cuts.filter { $0 > 0 && $0 < count } + [count]
            var start = 0
            return ends.compactMap { end in
                defer { start = end }
                return end > start ? start..<end : nil
            }
        }
    }
}
