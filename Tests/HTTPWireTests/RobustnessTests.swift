import HTTPWire
import TestSupport
import Testing
import Wire

/// Whatever comes, and wherever octets are missing: the reader goes on, tells one story however it is cut, and every
/// octet is told of once.
@Suite struct RobustnessTests {
    /// The octets of one direction that a story accounts for.
    private struct Ledger: HTTPSink {
        struct Side {
            var position: StreamOffset = 0
            var isOpen = false
            var problem: String?
        }
        var sides = PerDirection<Side> { _ in Side() }
        var findings = 0

        private mutating func check(_ isRight: Bool, _ direction: Direction, _ problem: String) {
            if !isRight, sides[direction].problem == nil { sides[direction].problem = problem }
        }

        mutating func head(_ head: HTTPHead, _ direction: Direction, framing: BodyFraming) {
            check(!sides[direction].isOpen, direction, "a head within a message")
            check(head.start >= sides[direction].position, direction, "a head before what was told")
            let isInside = head.fields.allSatisfy {
                $0.name.upperBound <= $0.value.lowerBound || $0.value.isEmpty && $0.value.upperBound <= head.bytes.count
            }
            check(isInside, direction, "a field outside the head")
            for field in head.fields { _ = (head.name(field), head.value(field)) }
            findings += head.findings.count
            sides[direction].position = head.start + StreamOffset(head.bytes.count)
            let status = head.status ?? 200
            sides[direction].isOpen = !(100..<200).contains(status) || status == 101
        }
        mutating func body(_ bytes: RawSpan, _ direction: Direction) {
            check(sides[direction].isOpen && bytes.byteCount > 0, direction, "a body outside a message")
        }
        mutating func end(_ direction: Direction, at end: StreamOffset, complete: Bool, trailers: [(String, String)]) {
            check(sides[direction].isOpen, direction, "an end without a message")
            check(end >= sides[direction].position, direction, "an end before its head")
            sides[direction].isOpen = false
            sides[direction].position = end
        }
        mutating func switched(at: PerDirection<StreamOffset>, upgrade: String?) {
            check(at.toClient == sides.toClient.position, .toClient, "a switch elsewhere")
        }
        mutating func opaque(_ bytes: RawSpan, _ direction: Direction, at offset: StreamOffset) {
            check(!sides[direction].isOpen, direction, "opaque octets within a message")
            check(offset >= sides[direction].position, direction, "opaque octets told twice")
            sides[direction].position = offset + StreamOffset(bytes.byteCount)
        }
        mutating func oddity(_ finding: Finding, _ direction: Direction) { findings += 1 }
    }

    private func problem(_ play: Play, _ pieces: [Range<Int>]) -> String? {
        var ledger = Ledger()
        play.run(pieces, into: &ledger)
        return ledger.sides.toServer.problem ?? ledger.sides.toClient.problem
    }

    @Test(arguments: ReaderCases.all)
    func everyOctetIsToldOnce(_ test: ReaderCase) {
        #expect(problem(test.play, [0..<test.play.count]) == nil)
    }

    /// Octets from each offset on are missing, few or many, and soon behind them another, or none.
    @Test(arguments: ReaderCases.all.filter { $0.play.beginningSeen })
    func gapsAnywhere(_ test: ReaderCase) {
        for (index, happening) in test.play.happenings.enumerated() {
            guard case .bytes(let direction, let octets) = happening else { continue }
            for at in octets.indices {
                for (count, between) in [(1, nil), (7, nil), (octets.count, nil), (1, 1), (1, 4), (7, 20)] {
                    var play = test.play
                    let end = min(octets.count, at + count)
                    var parts: [Happening] = [
                        .bytes(direction, Array(octets[..<at])), .gap(direction, UInt64(end - at)),
                    ]
                    if let between, end + between < octets.count {
                        parts += [.bytes(direction, Array(octets[end..<end + between])), .gap(direction, 1)]
                        parts.append(.bytes(direction, Array(octets[(end + between + 1)...])))
                    } else {
                        parts.append(.bytes(direction, Array(octets[end...])))
                    }
                    play.happenings.replaceSubrange(index...index, with: parts)
                    play.happenings += Happening.captureEnds
                    if let problem = problem(play, [0..<play.count]) {
                        Issue.record(
                            "\(test.name), \(end - at) missing at \(index):\(at), \(parts.count) parts: \(problem)")
                        return
                    }
                }
            }
        }
    }

    @Test func mutationsTellOneStory() {
        var dice = Dice(1)
        let seeds = ReaderCases.all.map(\.play)
        let words = ["\r\n", "\n", " ", ":", "\0", "HTTP/1.1 ", "GET / HTTP/1.1\r\n", "0\r\n", "\u{16}\u{3}"].map {
            Array($0.utf8)
        }
        for round in 0..<2000 {
            var play = seeds[Int.random(in: seeds.indices, using: &dice)]
            play.beginningSeen = Bool.random(using: &dice)
            play.limits.head = Int.random(in: 0...3, using: &dice) == 0 ? 64 : 65536
            for index in play.happenings.indices {
                guard case .bytes(let direction, var octets) = play.happenings[index] else { continue }
                for _ in 0..<Int.random(in: 0...2, using: &dice) where !octets.isEmpty {
                    let at = Int.random(in: octets.indices, using: &dice)
                    switch Int.random(in: 0...3, using: &dice) {
                    case 0: octets[at] = .random(in: 0...255, using: &dice)
                    case 1: octets.remove(at: at)
                    case 2: octets.insert(contentsOf: words[Int.random(in: words.indices, using: &dice)], at: at)
                    default: octets.insert(contentsOf: octets[..<at], at: at)
                    }
                }
                play.happenings[index] = .bytes(direction, octets)
            }
            play.happenings += [.clientCloses, .serverCloses]
            let whole = play.whole()
            let single = play.run((0..<play.count).map { $0..<$0 + 1 })
            if whole.text != single.text {
                Issue.record("round \(round), whole:\n\(whole.text)\noctet by octet:\n\(single.text)")
                return
            }
            if Bool.random(using: &dice) { play.happenings.shuffle(using: &dice) }
            if let problem = problem(play, [0..<play.count]) {
                Issue.record("round \(round): \(problem)\n\(whole.text)")
                return
            }
        }
    }

    /// A whole connection tells each direction the same story, in whatever order the two come, as long as a direction's
    /// own octets stay in order.
    @Test func theOrderOfTheDirectionsDoesNotMatter() {
        var dice = Dice(3)
        let names = ["kept-alive", "pipelined", "204 and 304", "CONNECT refused, then", "upgrade accepted", "HEAD has"]
        let plays = ReaderCases.all.filter { test in names.contains { test.name.contains($0) } }
        #expect(plays.count == names.count)
        for test in plays {
            let whole = test.play.whole()
            for _ in 0..<200 {
                var queues = PerDirection<[Happening]> { _ in [] }
                for happening in test.play.happenings {
                    guard case .bytes(let direction, let octets) = happening else { continue }
                    let cut = Int.random(in: 0...octets.count, using: &dice)
                    queues[direction] += [
                        .bytes(direction, Array(octets[..<cut])), .bytes(direction, Array(octets[cut...])),
                    ]
                }
                var play = test.play
                play.happenings = []
                while !queues.toServer.isEmpty || !queues.toClient.isEmpty {
                    let direction: Direction = Bool.random(using: &dice) ? .toServer : .toClient
                    guard !queues[direction].isEmpty else { continue }
                    play.happenings.append(queues[direction].removeFirst())
                }
                let shuffled = play.whole()
                for direction in Direction.allCases {
                    #expect(shuffled.lines(direction) == whole.lines(direction), "\(test.name)")
                }
            }
        }
    }
}
