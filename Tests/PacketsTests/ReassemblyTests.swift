import TestSupport
import Testing
import Wire

@testable import Packets

private let opened = "1 open 10.0.0.1:40000 > 10.0.0.2:80"
private let talk = Talk()

/// The lines after `opened`, of packets after the handshake.
private func after(_ packets: [TalkPacket], limits: Limits = Limits(), ended: Bool = false) -> [String] {
    let lines = transcript(talk.handshake + packets, limits: limits, ended: ended)
    #expect(lines.first == opened)
    return Array(lines.dropFirst())
}

@Suite struct ReassemblyTests {
    static let scenarios: [(String, [TalkPacket], [String])] = [
        (
            "in order", [talk.client(0, "ab", ack: 0), talk.server(0, "xy", ack: 2), talk.client(2, "cd", ack: 2)],
            ["1 > 0 ab", "1 < 0 xy", "1 > 2 cd"]
        ),
        (
            "out of order", [talk.client(2, "cd"), talk.client(4, "ef"), talk.client(0, "ab")],
            ["1 > 0 ab", "1 > 2 cdef"]
        ),
        (
            "repeated", [talk.client(0, "ab"), talk.client(0, "ab"), talk.client(2, "c"), talk.client(0, "abc")],
            ["1 > 0 ab", "1 > 2 c"]
        ),
        ("repeated with more", [talk.client(0, "ab"), talk.client(0, "abcd")], ["1 > 0 ab", "1 > 2 cd"]),
        ("overlapping what waits", [talk.client(2, "cd"), talk.client(0, "abc")], ["1 > 0 ab", "1 > 2 cd"]),
        (
            "two versions", [talk.client(2, "cd"), talk.client(0, "abX")],
            ["1 note tcp-overlap-conflict", "1 > 0 ab", "1 > 2 cd"]
        ),
        ("around what waits", [talk.client(2, "cd"), talk.client(0, "abcdef")], ["1 > 0 ab", "1 > 2 cdef"]),
        (
            "lost, and acknowledged", [talk.client(2, "cd"), talk.server(0, ack: 4), talk.client(4, "ef")],
            ["1 > gap 0+2", "1 > 2 cd", "1 > 4 ef"]
        ),
        (
            "lost, and acknowledged with an answer", [talk.client(2, "cd"), talk.server(0, "xy", ack: 4)],
            ["1 > gap 0+2", "1 > 2 cd", "1 < 0 xy"]
        ),
        (
            "lost twice, acknowledged once", [talk.client(2, "c"), talk.client(4, "e"), talk.server(0, ack: 3)],
            ["1 > gap 0+2", "1 > 2 c"]
        ),
        (
            "lost twice, acknowledged altogether", [talk.client(2, "c"), talk.client(4, "e"), talk.server(0, ack: 5)],
            ["1 > gap 0+2", "1 > 2 c", "1 > gap 3+1", "1 > 4 e"]
        ),
        ("missing, not yet acknowledged", [talk.client(2, "cd"), talk.server(0, ack: 0)], []),
        ("acknowledged before it was captured", [talk.server(0, ack: 2), talk.client(0, "ab")], ["1 > 0 ab"]),
        (
            "keep-alives",
            [talk.client(0, "ab"), talk.client(1, "\0"), talk.server(0, ack: 2), talk.client(1), talk.client(2, "c")],
            ["1 > 0 ab", "1 > 2 c"]
        ),
        (
            "window probe", [talk.client(0, "ab"), talk.client(2, "c"), talk.client(2, "cdef")],
            ["1 > 0 ab", "1 > 2 c", "1 > 3 def"]
        ),
        (
            "far ahead", [talk.client(0, "ab"), talk.client(1 << 30 + 9, "zz"), talk.client(2, "cd")],
            ["1 > 0 ab", "1 note tcp-out-of-window", "1 > 2 cd"]
        ),
        (
            "FIN", [talk.client(0, "ab", fin: true), talk.server(0, "xy", ack: 3), talk.server(2, fin: true)],
            ["1 > 0 ab", "1 > fin", "1 < 0 xy", "1 < fin", "1 closed fin >"]
        ),
        ("FIN before its data", [talk.client(2, fin: true), talk.client(0, "ab")], ["1 > 0 ab", "1 > fin"]),
        (
            "the server's FIN first",
            [talk.server(0, fin: true), talk.client(0, "a", ack: 1), talk.client(1, fin: true)],
            ["1 < fin", "1 > 0 a", "1 > fin", "1 closed fin <"]
        ),
        (
            "both at once",
            [talk.client(0, ack: 0, fin: true), talk.server(0, ack: 0, fin: true), talk.client(1, ack: 1)],
            ["1 > fin", "1 < fin", "1 closed fin >"]
        ),
        (
            "data after FIN", [talk.client(0, "ab", fin: true), talk.client(2, "cd")],
            ["1 > 0 ab", "1 > fin", "1 note tcp-data-after-fin"]
        ),
        (
            "data beyond FIN that came first", [talk.client(2, fin: true), talk.client(5, "xx"), talk.client(0, "ab")],
            ["1 note tcp-data-after-fin", "1 > 0 ab", "1 > fin"]
        ),
        (
            "octets repeated after the end",
            [talk.client(0, "ab", fin: true), talk.server(0, fin: true), talk.client(0, "ab", fin: true)],
            ["1 > 0 ab", "1 > fin", "1 < fin", "1 closed fin >"]
        ),
        (
            "cut by the capture", [talk.client(0, "abcdef").cut(to: 56), talk.client(6, "gh")],
            ["1 note capture-snaplen", "1 > 0 ab", "1 > gap 2+4", "1 > 6 gh"]
        ),
        (
            "cut by the capture, out of order", [talk.client(6, "gh"), talk.client(0, "abcdef").cut(to: 56)],
            ["1 note capture-snaplen", "1 > 0 ab", "1 > gap 2+4", "1 > 6 gh"]
        ),
        (
            "cut by the capture to the headers", [talk.client(0, "abcdef").cut(to: 54), talk.client(6, "gh")],
            ["1 note capture-snaplen", "1 > gap 0+6", "1 > 6 gh"]
        ),
    ]

    @Test(arguments: scenarios) func reassembles(_ name: String, _ packets: [TalkPacket], _ expected: [String]) {
        #expect(after(packets) == expected, "\(name)")
    }

    @Test func givesTheSameStreamInAnyOrder() {
        let pieces = [
            talk.client(0, "ab"), talk.client(2, "c"), talk.client(3, "def"), talk.client(6, "gh"),
            talk.client(8, "ij", fin: true),
        ]
        for order in permutations(pieces) {
            let lines = after(order)
            #expect(streams(lines).toServer == "abcdefghij")
            #expect(lines.last == "1 > fin")
        }
    }

    @Test func givesTheSameStreamHoweverPiecesOverlap() {
        let pieces = [
            talk.client(0, "abcd"), talk.client(2, "cdef"), talk.client(1, "bc"), talk.client(5, "fgh"),
            talk.client(0, "abcdefgh"),
        ]
        for order in permutations(pieces) {
            let lines = after(order)
            #expect(streams(lines).toServer == "abcdefgh")
            #expect(!lines.contains("1 note tcp-overlap-conflict"))
        }
    }

    /// Sequence numbers wrap at every octet of the stream, 0 following 0xFFFFFFFF, in order and out of order.
    @Test func wraps() {
        for distance in 0..<12 as Range<UInt32> {
            let talk = Talk(clientStart: 0 &- distance &- 1, serverStart: 0x7FFF_FFFF &- distance)
            let pieces = [
                talk.client(0, "abc", ack: 0), talk.client(3, "def", ack: 0), talk.client(6, "ghi", ack: 0, fin: true),
            ]
            for order in permutations(pieces) {
                let lines = transcript(
                    talk.handshake + order + [talk.server(0, "xyz", ack: 10), talk.server(3, ack: 10, fin: true)])
                #expect(streams(lines) == ("abcdefghi", "xyz"))
                #expect(lines.last == "1 closed fin >")
            }
        }
    }

    /// More than 4 GiB in one direction, passed as gaps that the other side acknowledged.
    @Test func countsBeyondFourGiB() {
        var packets = talk.handshake
        let step = 1 << 29
        for turn in 1...20 {
            packets += [talk.client(turn * step, "a"), talk.server(0, ack: turn * step + 1)]
        }
        #expect(transcript(packets, ended: false).last == "1 > \(20 * step) a")
    }

    @Test func tellsWhatIsMissingAtTheEnd() {
        #expect(
            after([talk.client(2, "cd"), talk.client(6, "gh")], ended: true)
                == ["1 > gap 0+2", "1 > 2 cd", "1 > gap 4+2", "1 > 6 gh", "1 closed end"])
        // Acknowledged, never captured.
        #expect(
            after([talk.client(0, "ab"), talk.server(0, ack: 9)], ended: true) == [
                "1 > 0 ab", "1 > gap 2+7", "1 closed end",
            ])
        // One more than was seen is a FIN.
        #expect(after([talk.client(0, "ab"), talk.server(0, ack: 3)], ended: true) == ["1 > 0 ab", "1 closed end"])
        // Up to a FIN that came.
        #expect(
            after([talk.client(0, "ab"), talk.client(5, fin: true)], ended: true)
                == ["1 > 0 ab", "1 > gap 2+3", "1 > fin", "1 closed end"])
        // What is far ahead and was never acknowledged is not believed.
        #expect(
            after([talk.client(0, "ab"), talk.client(99_000_000, "z")], ended: true) == ["1 > 0 ab", "1 closed end"])
    }

    @Test func givesUpOnAMissingSegmentAtTheLimit() {
        var limits = Limits()
        limits.reassemblyPerFlow = 1000
        let block = String(repeating: "x", count: 300)
        let packets = (0..<4).map { talk.client(2 + 300 * $0, block) }
        let lines = after(packets, limits: limits)
        #expect(lines.prefix(2) == ["1 note reassembly-limit", "1 > gap 0+2"])
        #expect(streams(lines).toServer.count == 2 + 4 * 300)
    }

    @Test func givesUpOnTheOldestAtTheTotalLimit() {
        var limits = Limits()
        limits.reassemblyTotal = 1000
        var reader = TrafficReader(limits: limits)
        var transcript = Transcript()
        func send(_ packets: [TalkPacket]) {
            for packet in packets {
                reader.read(
                    packet.frame.span.bytes, originalLength: packet.originalLength, link: .ethernet, at: packet.time,
                    into: &transcript)
                #expect(reader.connections.held <= 1000)
            }
        }
        let block = String(repeating: "x", count: 300)
        for port in 1...3 as ClosedRange<UInt16> {
            let talk = Talk(port: port)
            send(talk.handshake + [talk.client(2, block)])
        }
        #expect(transcript.lines.suffix(3).prefix(2) == ["1 note reassembly-limit", "1 > gap 0+2"])
        #expect(!transcript.lines.contains { $0.hasPrefix("2 > ") || $0.hasPrefix("3 > ") })
    }

    @Test func staysBoundedWhateverComes() {
        var limits = Limits()
        limits.reassemblyPerFlow = 2000
        limits.reassemblyTotal = 5000
        limits.flows = 8
        var random = Dice(3)
        var reader = TrafficReader(limits: limits)
        var transcript = Transcript()
        for _ in 0..<30_000 {
            let talk = Talk(port: UInt16(40000 + random.next(upTo: 20)))
            let position = random.next(upTo: 40) == 0 ? Int(random.next() & 0xFFFF_FFFF) : random.next(upTo: 4000)
            let text = String(repeating: "x", count: random.next(upTo: 5) * random.next(upTo: 60))
            let ack = random.next(upTo: 3) == 0 ? random.next(upTo: 4000) : nil
            let syn = random.next(upTo: 60) == 0
            let fin = random.next(upTo: 60) == 0
            let rst = random.next(upTo: 300) == 0
            let packet =
                random.next(upTo: 2) == 0
                ? talk.client(position, text, ack: ack, syn: syn, fin: fin, rst: rst)
                : talk.server(position, text, ack: ack, syn: syn, fin: fin, rst: rst)
            reader.read(
                packet.frame.span.bytes, originalLength: packet.originalLength + random.next(upTo: 2), link: .ethernet,
                at: Timestamp(nanoseconds: Int64(random.next(upTo: 9)) * 1_000_000_000), into: &transcript)
            #expect(reader.connections.held <= 5000)
            #expect(reader.connections.open <= 8)
        }
        reader.finish(at: Timestamp(nanoseconds: 0), into: &transcript)
        #expect(reader.connections.held == 0)
        #expect(transcript.lines.count { $0.contains(" open ") } == transcript.lines.count { $0.contains(" closed ") })
    }
}
