import TestSupport
import Testing
import Wire

@testable import Packets

private let opened = "1 open 10.0.0.1:40000 > 10.0.0.2:80"
private let talk = Talk()
private let other = Talk(clientStart: 900_000_000, serverStart: 700_000_000)
private let otherServer = Talk(serverStart: 700_000_000)

@Suite struct ConnectionTests {
    static let scenarios: [(String, [TalkPacket], [String])] = [
        ("handshake alone", talk.handshake, [opened, "1 closed end"]),
        (
            "the handshake repeated", talk.handshake + talk.handshake + [talk.client(0, "a")],
            [opened, "1 > 0 a", "1 closed end"]
        ),
        ("refused", [talk.client(0, syn: true), talk.server(-5001, ack: 0, rst: true)], [opened, "1 closed reset <"]),
        (
            "data in SYN",
            [talk.client(0, "ab", syn: true), talk.server(0, ack: 2, syn: true), talk.client(2, "c", ack: 0)],
            [opened, "1 > 0 ab", "1 > 2 c", "1 closed end"]
        ),
        (
            "data in SYN that the server did not take",
            [talk.client(0, "ab", syn: true), talk.server(0, ack: 0, syn: true), talk.client(0, "abc", ack: 0)],
            [opened, "1 > 0 ab", "1 > 2 c", "1 closed end"]
        ),
        ("FIN in SYN", [talk.client(0, "ab", syn: true, fin: true)], [opened, "1 > 0 ab", "1 > fin", "1 closed end"]),
        (
            "SYN and its answer the wrong way round",
            [talk.server(0, ack: 0, syn: true), talk.client(0, syn: true), talk.client(0, "a", ack: 0)],
            [opened, "1 > 0 a", "1 closed end"]
        ),
        (
            "two answers with different numbers",
            [
                talk.client(0, syn: true), otherServer.server(0, ack: 0, syn: true), talk.server(0, ack: 0, syn: true),
                talk.client(0, "a", ack: 0), talk.server(0, "x", ack: 1),
            ],
            [opened, "1 > 0 a", "1 < 0 x", "1 closed end"]
        ),
        (
            "an answer that the client does not confirm",
            [
                talk.client(0, syn: true), talk.server(0, ack: 0, syn: true), otherServer.server(0, ack: 0, syn: true),
                talk.client(0, "a", ack: 0), talk.server(0, "x", ack: 1),
            ],
            [opened, "1 > 0 a", "1 < 0 x", "1 closed end"]
        ),
        (
            "split handshake",
            [
                talk.client(0, syn: true), talk.server(0, ack: nil, syn: true), talk.client(0, ack: 0, syn: true),
                talk.server(0, ack: 0), talk.client(0, "a", ack: 0), talk.server(0, "x", ack: 1),
            ],
            [opened, "1 > 0 a", "1 < 0 x", "1 closed end"]
        ),
        (
            "captured from the middle", [talk.client(50, "ab", ack: 80), talk.server(80, "xy", ack: 52)],
            [opened + " (joined)", "1 note capture-joined-late", "1 > 0 ab", "1 < 0 xy", "1 closed end"]
        ),
        (
            "captured from the middle, the server first",
            [talk.server(80, "xy", ack: 52), talk.client(52, "ab", ack: 82)],
            [opened + " (joined)", "1 note capture-joined-late", "1 < 0 xy", "1 > 0 ab", "1 closed end"]
        ),
        (
            "captured from the middle, octets missing before the answer",
            [talk.client(50, "ab", ack: 80), talk.server(83, "xy", ack: 52), talk.client(52, ack: 85)],
            [opened + " (joined)", "1 note capture-joined-late", "1 > 0 ab", "1 < gap 0+3", "1 < 3 xy", "1 closed end"]
        ),
        (
            "captured from the middle, octets before what was acknowledged",
            [talk.client(50, "ab", ack: 80), talk.server(78, "xy", ack: 52)],
            [opened + " (joined)", "1 note capture-joined-late", "1 > 0 ab", "1 < 0 xy", "1 closed end"]
        ),
        (
            "the client's half alone",
            [
                talk.client(0, syn: true), talk.client(0, "a", ack: 0), talk.client(1, "b", ack: 9),
                talk.client(2, ack: 20, fin: true),
            ],
            [opened, "1 > 0 a", "1 > 1 b", "1 > fin", "1 < gap 0+20", "1 closed end"]
        ),
        (
            "the server's half alone", [talk.server(0, ack: 0, syn: true), talk.server(0, "x", ack: 5)],
            [opened, "1 < 0 x", "1 > gap 0+5", "1 closed end"]
        ),
        (
            "one half after the other",
            [
                talk.client(0, syn: true), talk.client(0, "a", ack: 0), talk.client(1, "b", ack: 4),
                talk.client(2, ack: 5, fin: true),
                talk.server(0, ack: 0, syn: true), talk.server(0, "wx", ack: 1), talk.server(2, "yz", ack: 2),
                talk.server(4, ack: 3, fin: true),
            ],
            [opened, "1 > 0 a", "1 > 1 b", "1 > fin", "1 < 0 wx", "1 < 2 yz", "1 < fin", "1 closed fin >"]
        ),
        (
            "acknowledgements open nothing",
            [talk.client(5, ack: 9), talk.server(9, ack: 5, fin: true), talk.client(5, rst: true)], []
        ),
        (
            "reset", talk.handshake + [talk.client(0, "a"), talk.server(0, rst: true)],
            [opened, "1 > 0 a", "1 closed reset <"]
        ),
        (
            "reset far from the stream", talk.handshake + [talk.server(1 << 30, rst: true), talk.client(0, "a")],
            [opened, "1 > 0 a", "1 closed end"]
        ),
        (
            "reset while data is under way",
            talk.handshake + [talk.client(0, rst: true), talk.server(0, "x"), talk.server(1, "y")],
            [opened, "1 < 0 x", "1 < 1 y", "1 closed reset >"]
        ),
        (
            "reset, then the other side's FIN",
            talk.handshake + [talk.client(0, rst: true), talk.server(0, "x", fin: true)],
            [opened, "1 < 0 x", "1 < fin", "1 closed reset >"]
        ),
        (
            "reset, and long after data",
            talk.handshake + [talk.client(0, rst: true), talk.server(0, "x").at(seconds: 3)],
            [opened, "1 closed reset >"]
        ),
        (
            "reset with octets missing", talk.handshake + [talk.client(2, "c"), talk.client(3, rst: true)],
            [opened, "1 > gap 0+2", "1 > 2 c", "1 closed reset >"]
        ),
        (
            "FIN, then reset",
            talk.handshake + [talk.server(0, "x", fin: true), talk.client(0, rst: true).at(seconds: 1)],
            [opened, "1 < 0 x", "1 < fin", "1 closed reset >"]
        ),
        (
            "evasion: reset and FIN before the answer to SYN",
            [
                talk.client(0, syn: true), talk.server(0, ack: 0, rst: true), talk.server(0, ack: 0, fin: true),
                talk.server(0, ack: 0, syn: true), talk.client(0, "a", ack: 0), talk.server(0, "x", ack: 1),
            ],
            [opened, "1 > 0 a", "1 < 0 x", "1 closed end"]
        ),
        (
            "reset in the window that the receiver ignores",
            talk.handshake + [
                talk.client(40, rst: true), talk.client(0, String(repeating: "a", count: 60)),
                talk.server(0, "xy", ack: 60).at(seconds: 5),
            ],
            [opened, "1 > 0 " + String(repeating: "a", count: 60), "1 < 0 xy", "1 closed end"]
        ),
        (
            "octets long after reset, from the other side",
            talk.handshake + [talk.client(0, "a"), talk.client(1, rst: true), talk.server(0, "xy").at(seconds: 3)],
            [
                opened, "1 > 0 a", "1 closed reset >", "2" + opened.dropFirst() + " (joined)",
                "2 note capture-joined-late", "2 < 0 xy", "2 closed end",
            ]
        ),
        (
            "octets repeated long after reset",
            talk.handshake + [
                talk.server(0, "xy"), talk.client(0, rst: true), talk.server(0, "xy").at(seconds: 3),
                talk.client(1, fin: true).at(seconds: 4),
            ],
            [opened, "1 < 0 xy", "1 closed reset >"]
        ),
        (
            "ports reused after the end, without SYN",
            talk.handshake + [talk.client(0, fin: true), talk.server(0, fin: true)] + [
                other.client(50, "ab", ack: 80), other.server(80, "xy", ack: 52),
            ],
            [
                opened, "1 > fin", "1 < fin", "1 closed fin >", "2" + opened.dropFirst() + " (joined)",
                "2 note capture-joined-late", "2 > 0 ab", "2 < 0 xy", "2 closed end",
            ]
        ),
        (
            "octets after both FINs",
            talk.handshake + [talk.client(0, fin: true), talk.server(0, fin: true), talk.client(1, "abc")],
            [opened, "1 > fin", "1 < fin", "1 closed fin >"]
        ),
        (
            "an acknowledgement of an older connection between SYN and its answer",
            [
                talk.client(0, syn: true), talk.server(5_000_000, ack: 900_000_000), talk.server(0, ack: 0, syn: true),
                talk.client(0, "ab", ack: 0), talk.client(2, "c", ack: 0),
            ],
            [opened, "1 > 0 ab", "1 > 2 c", "1 closed end"]
        ),
        (
            "the last octets missing before FIN",
            talk.handshake + [
                talk.client(0, "ab"), talk.client(5, fin: true), talk.server(0, "x", ack: 6, fin: true),
                talk.client(6, ack: 2), Talk(port: 9).client(0, syn: true).at(seconds: 3),
            ],
            [
                opened, "1 > 0 ab", "1 < 0 x", "1 < fin", "1 > gap 2+3", "1 > fin", "1 closed fin <",
                "2 open 10.0.0.1:9 > 10.0.0.2:80", "2 closed end",
            ]
        ),
        (
            "the last octets late, behind FIN and its acknowledgement",
            talk.handshake + [
                talk.client(0, "ab"), talk.client(5, fin: true), talk.server(0, "x", ack: 6, fin: true),
                talk.client(6, ack: 2), talk.client(2, "cde"),
            ],
            [opened, "1 > 0 ab", "1 < 0 x", "1 < fin", "1 > 2 cde", "1 > fin", "1 closed fin <"]
        ),
        (
            "ports reused after the end",
            talk.handshake + [talk.client(0, fin: true), talk.server(0, fin: true)] + other.handshake + [
                other.client(0, "a")
            ],
            [opened, "1 > fin", "1 < fin", "1 closed fin >", "2" + opened.dropFirst(), "2 > 0 a", "2 closed end"]
        ),
        (
            "ports reused before the end",
            talk.handshake + [talk.client(0, "a")] + other.handshake + [other.client(0, "b")],
            [
                opened, "1 > 0 a", "1 note tcp-port-reused", "1 closed replaced", "2" + opened.dropFirst(), "2 > 0 b",
                "2 closed end",
            ]
        ),
        (
            "ports reused at once after RST",
            talk.handshake + [talk.client(0, "a"), talk.client(1, rst: true)] + other.handshake + [
                other.client(0, "b")
            ],
            [opened, "1 > 0 a", "1 closed reset >", "2" + opened.dropFirst(), "2 > 0 b", "2 closed end"]
        ),
        (
            "ports reused, only the answer to SYN captured",
            talk.handshake + [talk.server(0, "x")] + [
                other.server(0, ack: 0, syn: true), other.client(0, "b", ack: 0),
            ],
            [
                opened, "1 < 0 x", "1 note tcp-port-reused", "1 closed replaced", "2" + opened.dropFirst(), "2 > 0 b",
                "2 closed end",
            ]
        ),
        (
            "a SYN late in its own connection",
            [talk.client(0, "ab", ack: 0), talk.client(0, syn: true), talk.client(2, "c")],
            [opened + " (joined)", "1 note capture-joined-late", "1 > 0 ab", "1 > 2 c", "1 closed end"]
        ),
    ]

    @Test(arguments: scenarios) func follows(_ name: String, _ packets: [TalkPacket], _ expected: [String]) {
        #expect(transcript(packets) == expected, "\(name)")
    }

    /// Not when the packet came that showed that nothing follows, nor at the end of the capture.
    @Test func aResetConnectionEndedWithItsLastPacket() {
        let reset = talk.handshake + [talk.client(0, "a"), talk.client(1, rst: true).at(seconds: 1)]
        let late = reset + [talk.server(0, "x").at(seconds: 2)]
        let foreign = Talk(port: 40001).client(0, syn: true).at(seconds: 3600)
        let again = other.client(0, syn: true).at(seconds: 3600)
        for (packets, seconds) in [(reset, 1), (late, 2)] {
            for next in [foreign, again, talk.server(0, "x").at(seconds: 3600)] {
                let ends = wholeTranscript(packets + [next]).ends
                #expect(ends.first == Timestamp(nanoseconds: Int64(seconds) * 1_000_000_000), "\(ends)")
            }
        }
        let ends = wholeTranscript(reset + [Talk(port: 40001).client(0, syn: true).at(seconds: 2)]).ends
        #expect(ends.map(\.nanoseconds) == [1_000_000_000, 2_000_000_000])
    }

    @Test func takesTheLowerPortForTheServer() {
        let segment = Frames.tcp(from: 80, to: 40000, sequence: 1, hex("'x'"))
        let packet = TalkPacket(Frames.ethernet(0x0800, Frames.ipv4(6, segment)))
        #expect(transcript([packet]).first == "1 open 10.0.0.2:40000 > 10.0.0.1:80 (joined)")
    }

    @Test func keepsConnectionsApart() {
        let ports = [1, 2, 3] as [UInt16]
        let all = ports.map { Talk(port: $0) }
        var packets: [TalkPacket] = []
        for step in 0..<3 { for talk in all { packets.append(talk.handshake[step]) } }
        for talk in all { packets.append(talk.client(1, "b")) }
        for talk in all { packets.append(talk.client(0, "a")) }
        let lines = transcript(packets, ended: false)
        for number in 1...3 {
            #expect(lines.filter { $0.hasPrefix("\(number) >") } == ["\(number) > 0 a", "\(number) > 1 b"])
        }
    }

    @Test func endsTheQuietestAtTheLimit() {
        var limits = Limits()
        limits.flows = 2
        let (a, b, c) = (Talk(port: 1), Talk(port: 2), Talk(port: 3))
        let lines = transcript(
            [a.client(0, syn: true), b.client(0, syn: true), a.client(0, "x"), c.client(0, syn: true)], limits: limits)
        #expect(
            lines == [
                "1 open 10.0.0.1:1 > 10.0.0.2:80", "2 open 10.0.0.1:2 > 10.0.0.2:80", "1 > 0 x", "2 note flow-limit",
                "2 closed evicted", "3 open 10.0.0.1:3 > 10.0.0.2:80", "1 closed end", "3 closed end",
            ])
    }

    @Test func forgetsConnectionsLongEnded() {
        var packets: [TalkPacket] = []
        for port in 1...3000 as ClosedRange<UInt16> {
            let talk = Talk(port: port)
            packets += talk.handshake + [talk.client(0, fin: true), talk.server(0, fin: true), talk.client(0, ack: 1)]
        }
        let lines = transcript(packets)
        #expect(lines.count == 3000 * 4)
        // Late octets of the last one are still known for what they are; of the first one they look like a new connection.
        #expect(transcript(packets + [Talk(port: 3000).client(0, "a")]).count == 3000 * 4)
        #expect(transcript(packets + [Talk(port: 1).client(0, "a")]).count == 3000 * 4 + 4)
    }

    // MARK: Networks in one capture

    @Test func followsAConnectionAcrossVLANs() {
        var back = talk
        back.vlan = 200
        var forth = talk
        forth.vlan = 100
        let lines = transcript([
            forth.client(0, syn: true), back.server(0, ack: 0, syn: true), forth.client(0, "a", ack: 0),
            back.server(0, "x", ack: 1),
        ])
        #expect(lines == [opened, "1 > 0 a", "1 < 0 x", "1 closed end"])
    }

    @Test func takesTheSamePacketInTwoVLANsOnce() {
        var tagged = talk
        tagged.vlan = 100
        let packets = talk.handshake + [talk.client(0, "a", ack: 0)]
        let twice = zip(packets, tagged.handshake + [tagged.client(0, "a", ack: 0)]).flatMap { [$0, $1] }
        #expect(transcript(twice) == [opened, "1 > 0 a", "1 closed end"])
    }

    @Test func tellsEqualConnectionsOfTwoVLANsApart() {
        var (a, b) = (talk, other)
        a.vlan = 100
        b.vlan = 200
        let lines = transcript(
            zip(a.handshake, b.handshake).flatMap { [$0, $1] }
                + [
                    a.client(0, "a", ack: 0), b.client(0, "b", ack: 0), a.server(0, "x", ack: 1),
                    b.server(0, "y", ack: 1),
                ])
        #expect(
            lines == [
                opened, "2" + opened.dropFirst(), "1 > 0 a", "2 > 0 b", "1 < 0 x", "2 < 0 y", "1 closed end",
                "2 closed end",
            ])
    }

    /// Neither direction back has shown its network yet: what the answers acknowledge tells whose they are.
    @Test func tellsCrossingHandshakesOfTwoVLANsApart() {
        var (a, b) = (talk, other)
        a.vlan = 100
        b.vlan = 200
        let lines = transcript([
            a.handshake[0], b.handshake[0], b.handshake[1], a.handshake[1], a.client(0, "a", ack: 0),
            b.client(0, "b", ack: 0), b.server(0, "y", ack: 1), a.server(0, "x", ack: 1),
        ])
        #expect(
            lines == [
                opened, "2" + opened.dropFirst(), "1 > 0 a", "2 > 0 b", "2 < 0 y", "1 < 0 x", "2 closed end",
                "1 closed end",
            ])
    }

    // MARK: Beside TCP

    @Test func passesDatagramsOn() {
        let frame = Frames.ethernet(0x0800, Frames.ipv4(17, Frames.udp(from: 9200, to: 2948, hex("'push'"))))
        #expect(transcript([TalkPacket(frame)]) == ["datagram 10.0.0.1:9200 > 10.0.0.2:2948 push"])
    }

    @Test func joinsFragments() {
        let segment = Frames.tcp(from: 40000, to: 80, sequence: 1, hex("'abcdefghijkl'"))
        func piece(_ range: Range<Int>, more: Bool, _ octets: [UInt8]? = nil) -> TalkPacket {
            TalkPacket(
                Frames.ethernet(
                    0x0800,
                    Frames.ipv4(
                        6, octets ?? Array(segment[range]), fragment: UInt16(range.lowerBound / 8) | (more ? 0x2000 : 0)
                    )))
        }
        #expect(
            transcript([piece(16..<32, more: false), piece(0..<16, more: true)])
                == [opened + " (joined)", "1 note capture-joined-late", "1 > 0 abcdefghijkl", "1 closed end"])
        let wrong = [UInt8](repeating: 0, count: 8)
        #expect(
            transcript([piece(16..<32, more: false), piece(16..<24, more: true, wrong), piece(0..<16, more: true)])
                .contains(
                    "1 note ip-fragment-conflict"))
    }

    @Test func countsWhatItRead() {
        var reader = TrafficReader(limits: Limits())
        var transcript = Transcript()
        let frames: [([UInt8], LinkType)] = [
            (talk.client(0, "a").frame, .ethernet), (Frames.ethernet(0x0806, []), .ethernet),
            (Frames.ethernet(0x0800, [0x45]), .ethernet), ([], .unknown),
            (Frames.ipv4(17, Frames.udp(from: 1, to: 2, [])), .raw),
        ]
        for (frame, link) in frames {
            reader.read(
                frame.span.bytes, originalLength: frame.count, link: link, at: Timestamp(nanoseconds: 0),
                into: &transcript)
        }
        #expect(
            reader.counters
                == TrafficReader.Counters(
                    packets: 5, segments: 1, datagrams: 1, unknownLink: 1, firstUnknownLink: .unknown, malformed: 1,
                    other: 1)
        )
    }

    @Test func describesItsRulesInFull() {
        for rule in PacketRules.all {
            #expect(!rule.statement.isEmpty && !rule.why.isEmpty && !rule.remedy.isEmpty && !rule.section.isEmpty)
            #expect(rule.id.allSatisfy { $0.isLowercase || $0 == "-" })
        }
        #expect(Set(PacketRules.all.map(\.id)).count == PacketRules.all.count)
    }
}
