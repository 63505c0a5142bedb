import TestSupport
import Testing
import Wire

@testable import Capture

private let talk = Talk()
private let opened = "1 open 10.0.0.1:40000 > 10.0.0.2:80"
private let request = "GET / HTTP/1.1\r\n\r\n"
private let response = "HTTP/1.1 204 No\r\n\r\n"

@Suite struct FlowTests {
    static let scenarios: [(String, [TalkPacket], [String])] = [
        (
            "HTTP",
            talk.handshake + [
                talk.client(0, request, ack: 0), talk.server(0, response, ack: 18, fin: true),
                talk.client(18, ack: 19, fin: true),
            ],
            [opened, "1 > 0 GET / HTTP/1.1||", "1 < 0 HTTP/1.1 204 No||", "1 < fin", "1 > fin", "1 closed server-fin"]
        ),
        (
            "an octet at a time", talk.handshake + request.enumerated().map { talk.client($0, String($1)) },
            []
        ),
        (
            "another protocol",
            talk.handshake + [
                talk.server(0, "220 ready\r\n"), talk.client(0, "EHLO a\r\n"), talk.server(11, "250 a\r\n"),
            ],
            [opened, "1 > passed 8", "1 < passed 18", "1 note not-http", "1 closed open"]
        ),
        (
            "another protocol, of which the beginning is missing",
            [talk.client(50, "EHLO a\r\n", ack: 80), talk.server(80, "250 a\r\n", ack: 58)],
            [
                opened + " (joined)", "1 note capture-joined-late", "1 > passed 8", "1 < passed 7", "1 closed open",
            ]
        ),
        (
            "the beginning of a request", talk.handshake + [talk.client(0, "GET / HT", ack: 0)],
            [opened, "1 > 0 GET / HT", "1 closed open"]
        ),
        ("nothing", talk.handshake, [opened, "1 closed open"]),
        (
            "the response alone",
            [talk.client(0, syn: true), talk.server(0, ack: 0, syn: true), talk.server(0, response, ack: 18)],
            [opened, "1 < 0 HTTP/1.1 204 No||", "1 > gap 0+18", "1 closed open"]
        ),
        (
            "a request nobody knows, answered",
            talk.handshake + [talk.client(0, "?!\r\n", ack: 0), talk.server(0, response, ack: 4)],
            [opened, "1 > 0 ?!|", "1 < 0 HTTP/1.1 204 No||", "1 closed open"]
        ),
        (
            "octets lost at the beginning",
            talk.handshake + [talk.client(3, "x\r\n\r\n"), talk.server(0, response, ack: 8)],
            [opened, "1 > gap 0+3", "1 < 0 HTTP/1.1 204 No||", "1 closed open"]
        ),
        (
            "octets lost later",
            talk.handshake + [talk.client(0, request, ack: 0), talk.client(20, "yz", ack: 0), talk.server(0, ack: 22)],
            [opened, "1 > 0 GET / HTTP/1.1||", "1 > gap 18+2", "1 > 20 yz", "1 closed open"]
        ),
        (
            "captured from the middle",
            [talk.client(50, "tail", ack: 80), talk.server(80, response, ack: 54), talk.client(54, request, ack: 99)],
            [
                opened + " (joined)", "1 note capture-joined-late", "1 > 0 tail", "1 < 0 HTTP/1.1 204 No||",
                "1 > 4 GET / HTTP/1.1||", "1 closed open",
            ]
        ),
        (
            "captured from the middle, sides told by the request",
            [Talk(port: 8).client(50, request, ack: 80), Talk(port: 8).server(80, response, ack: 68)],
            [
                "1 open 10.0.0.1:8 > 10.0.0.2:80 (joined)", "1 note capture-joined-late", "1 > 0 GET / HTTP/1.1||",
                "1 < 0 HTTP/1.1 204 No||", "1 closed open",
            ]
        ),
        (
            "captured from the middle, sides told by the response",
            [
                Talk(port: 8).server(80, response, ack: 50), Talk(port: 8).client(50, request, ack: 99, fin: true),
                Talk(port: 8).server(99, ack: 69, fin: true),
            ],
            [
                "1 open 10.0.0.1:8 > 10.0.0.2:80 (joined)", "1 note capture-joined-late", "1 < 0 HTTP/1.1 204 No||",
                "1 > 0 GET / HTTP/1.1||", "1 > fin", "1 < fin", "1 closed client-fin",
            ]
        ),
        (
            "through SOCKS",
            talk.handshake + [
                talk.client(0, octets: [5, 1, 0], ack: 0), talk.server(0, octets: [5, 0], ack: 3),
                talk.client(3, octets: [5, 1, 0, 1, 10, 0, 0, 3, 0, 80], ack: 2),
                talk.server(2, octets: [5, 0, 0, 1, 0, 0, 0, 0, 0, 0], ack: 13),
                talk.client(13, request, ack: 12), talk.server(12, response, ack: 31),
            ],
            [opened, "1 > 0 GET / HTTP/1.1||", "1 < 0 HTTP/1.1 204 No||", "1 closed open"]
        ),
        (
            "an upload of something else",
            talk.handshake + (0..<3).map { talk.client($0 * 3000, String(repeating: "?", count: 3000)) } + [
                talk.client(9000, request)
            ],
            [opened, "1 > 0 GET / HTTP/1.1||", "1 closed open"]
        ),
        (
            "CONNECT",
            talk.handshake + [
                talk.client(0, "CONNECT a:80 HTTP/1.1\r\n\r\n"), talk.server(0, "HTTP/1.1 200 Go\r\n\r\n", ack: 25),
                talk.client(25, request),
            ],
            [
                opened, "1 > 0 CONNECT a:80 HTTP/1.1||", "1 < 0 HTTP/1.1 200 Go||", "1 > 25 GET / HTTP/1.1||",
                "1 closed open",
            ]
        ),
        (
            "reset", talk.handshake + [talk.client(0, request), talk.server(0, rst: true)],
            [opened, "1 > 0 GET / HTTP/1.1||", "1 closed server-reset"]
        ),
    ]

    @Test(arguments: scenarios) func tells(_ name: String, _ packets: [TalkPacket], _ expected: [String]) throws {
        let found = try events(packets)
        if expected.isEmpty {
            // However the octets come, they are passed on in order.
            let octets = found.filter { $0.hasPrefix("1 > ") }.map { $0.split(separator: " ", maxSplits: 3)[3] }
            #expect(
                octets.joined().replacing("\r", with: "").replacing("\n", with: "").replacing("|", with: "")
                    == "GET / HTTP/1.1")
        } else {
            #expect(found == expected, "\(name)")
        }
    }

    /// TLS begins behind 101 and behind CONNECT, however the line that announces it was sent.
    @Test(arguments: [Direction.toClient, .toServer]) func followsWhatIsAnnouncedInPieces(_ from: Direction) throws {
        let hello = Frames.be16(0x1603) + [1, 0, 5, 1, 0, 0, 1, 0]
        let line = from == .toClient ? "HTTP/1.1 101 Up\r\n\r\n" : "CONNECT a:443 HTTP/1.1\r\n\r\n"
        func told(_ pieces: [Range<Int>]) throws -> [String] {
            var packets = talk.handshake + [talk.client(0, request), talk.server(0, response)]
            for piece in pieces {
                let text = String(decoding: Array(line.utf8)[piece], as: UTF8.self)
                packets.append(
                    from == .toClient
                        ? talk.server(response.utf8.count + piece.lowerBound, text)
                        : talk.client(request.utf8.count + piece.lowerBound, text))
            }
            packets.append(talk.client(request.utf8.count + (from == .toServer ? line.utf8.count : 0), octets: hello))
            let sign = from == .toClient ? "<" : ">"
            return try events(packets).filter { !$0.hasPrefix("1 \(sign) ") }
        }
        let whole = try told([0..<line.utf8.count])
        #expect(!whole.contains("1 note not-http"))
        for pieces in splits(line.utf8.count) where pieces.allSatisfy({ !$0.isEmpty }) {
            #expect(try told(pieces) == whole, "\(pieces)")
        }
    }

    /// The octets of a ClientHello and of the answer come in any pieces where TLS begins inside a connection.
    @Test(arguments: [
        [("CONNECT a:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 Go\r\n\r\n")],
        [("EHLO a\r\n", "250 a\r\n"), ("go\r\n", "220\r\n")],
        [("PROXY TCP4 192.0.2.1 192.0.2.2 1 443\r\n", "")],
        // PostgreSQL: an answer that may yet be anything.
        [("\0\0\0\u{8}\u{4}?\u{16}/", "S")],
    ])
    func followsHellosInPieces(_ before: [(String, String)]) throws {
        let hello: [UInt8] = [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0]
        let answer: [UInt8] = [0x15, 3, 1, 0, 2, 2, 40]
        var start = PerDirection { _ in 0 }
        var packets = talk.handshake
        for (line, reply) in before {
            packets.append(talk.client(start.toServer, line, ack: start.toClient))
            start.toServer += line.utf8.count
            if reply.isEmpty { continue }
            packets.append(talk.server(start.toClient, reply, ack: start.toServer))
            start.toClient += reply.utf8.count
        }
        func told(_ cut: Int) throws -> [String] {
            var all = packets
            for piece in [0..<cut, cut..<hello.count] where !piece.isEmpty {
                all.append(talk.client(start.toServer + piece.lowerBound, octets: Array(hello[piece])))
            }
            for piece in [0..<min(cut, answer.count), min(cut, answer.count)..<answer.count] where !piece.isEmpty {
                all.append(talk.server(start.toClient + piece.lowerBound, octets: Array(answer[piece])))
            }
            return try events(all)
        }
        let whole = try told(0)
        #expect(whole.contains { $0.hasPrefix("1 tls ") } && !whole.contains("1 note tls-record-malformed"), "\(whole)")
        for cut in 1..<hello.count { #expect(try told(cut) == whole, "\(cut)") }
    }

    /// A load balancer's PROXY header is sent with the ClientHello, or in any pieces before it.
    @Test(arguments: [
        Array("PROXY TCP4 192.0.2.1 192.0.2.2 1 443\r\n".utf8),
        [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 12]
            + [192, 0, 2, 1, 192, 0, 2, 2, 0, 1, 1, 187],
    ]) func findsTLSBehindAProxyHeader(_ header: [UInt8]) throws {
        let hello: [UInt8] = [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0]
        let stream = header + hello
        func told(_ pieces: [Range<Int>]) throws -> [String] {
            var packets = talk.handshake
            for piece in pieces where !piece.isEmpty {
                packets.append(talk.client(piece.lowerBound, octets: Array(stream[piece])))
            }
            packets.append(talk.server(0, octets: [0x15, 3, 1, 0, 2, 2, 40], ack: stream.count))
            return try events(packets)
        }
        let apart = try told([0..<header.count, header.count..<stream.count])
        #expect(apart.contains { $0.hasPrefix("1 tls ") } && !apart.contains("1 note not-http"), "\(apart)")
        for pieces in splits(stream.count) { #expect(try told(pieces) == apart, "\(pieces)") }
    }

    /// What only looks like the first octets of TLS comes out when more comes, or none.
    @Test func holdsNothingBackForGood() throws {
        let connect = "CONNECT a:80 HTTP/1.1\r\n\r\n"
        let before = talk.handshake + [talk.client(0, connect), talk.server(0, "HTTP/1.1 200 Go\r\n\r\n", ack: 25)]
        let begun = talk.client(25, octets: [0x16, 3], ack: 19)
        for after in [
            [], [talk.client(27, "xx", ack: 19)], [talk.client(27, ack: 19, fin: true)],
            [talk.client(29, "x", ack: 19), talk.server(19, ack: 30)],
        ] {
            let octets = try events(before + [begun] + after).filter { $0.hasPrefix("1 > 25 \u{16}\u{3}") }
            #expect(octets.count == 1)
        }
    }

    @Test func keepsToItsPorts() throws {
        let packets = talk.handshake + [talk.client(0, request)]
        #expect(try events(packets, ports: [80]).count == 3)
        #expect(try events(packets, ports: [40000]).count == 3)
        #expect(try events(packets, ports: [8080]).isEmpty)
        let push = TalkPacket(Frames.ethernet(0x0800, Frames.ipv4(17, Frames.udp(from: 9200, to: 2948, hex("'push'")))))
        #expect(try events([push]) == ["datagram 10.0.0.1:9200 > 10.0.0.2:2948 push"])
        #expect(try events([push], ports: [2948]).count == 1)
        #expect(try events([push], ports: [80]).isEmpty)
    }

    /// Where all connections together hold too much, those quiet for longest give way, and the one at hand never does.
    @Test func theQuietestGiveWayToMemory() throws {
        var limits = Limits()
        limits.flowMemory = 40 * 1024
        func ended(_ ports: ClosedRange<UInt16>, held: Int) throws -> [String] {
            var packets: [TalkPacket] = []
            for port in ports {
                let talk = Talk(port: port)
                packets += talk.handshake + [talk.client(0, request, ack: 0)]
            }
            // Not in the order in which they opened.
            packets.append(Talk(port: 1).client(18, request, ack: 0))
            let lines = try events(packets, limits: limits, held: held)
            #expect(lines.count { $0.hasSuffix("flow-limit") } == lines.count { $0.hasSuffix("closed timeout") })
            return lines.filter { $0.hasSuffix("closed timeout") }
        }
        #expect(try ended(1...4, held: 12 * 1024) == ["1 closed timeout", "2 closed timeout"])
        #expect(try ended(1...30, held: 0).isEmpty)
        #expect(try ended(1...1, held: 1 << 30).isEmpty)
    }

    /// Whatever octets change in a capture, reading ends and every connection that opens closes.
    @Test func survivesMutation() throws {
        let packets =
            talk.handshake + [
                talk.client(0, request, ack: 0), talk.server(0, response, ack: 18), talk.client(18, fin: true),
                talk.server(19, fin: true),
            ]
        let octets = CaptureFiles.pcap(packets.map { CaptureFiles.Packet($0) })
        let file = TemporaryFile(octets)
        var random = Dice(11)
        for _ in 0..<3000 {
            var mutant = octets
            for _ in 0...random.next(upTo: 3) {
                mutant[24 + random.next(upTo: octets.count - 24)] = UInt8(random.next(upTo: 256))
            }
            file.replace(mutant)
            var source = try CaptureSource(CaptureOptions(paths: [file.path]))
            let sink = EventTranscript()
            _ = source.run(into: sink)
            #expect(sink.lines.count { $0.contains(" open ") } == sink.lines.count { $0.contains(" closed ") })
        }
    }
}

@Suite struct TimelineTests {
    private func pcap(_ packets: [(Int64, String)]) -> TemporaryFile {
        TemporaryFile(CaptureFiles.pcap(packets.map { CaptureFiles.Packet($0 * 1_000_000, $1) }))
    }

    private func read(_ files: [TemporaryFile]) throws -> (text: String, problems: [CaptureError]) {
        var timeline = try Timeline(paths: files.map(\.path), waitForMore: nil, onSecrets: { _, _ in })
        var text = ""
        while let file = timeline.next() {
            let window = file.window
            text += String(decoding: window[file.data], as: UTF8.self)
        }
        return (text, timeline.problems)
    }

    @Test func joinsFilesByTime() throws {
        let files = [
            pcap([(7, "g"), (9, "i")]), pcap([(1, "a"), (4, "d"), (8, "h")]), pcap([]),
            pcap([(2, "b"), (3, "c"), (5, "e"), (6, "f")]),
        ]
        for order in permutations(files) {
            #expect(try read(order).text == "abcdefghi")
        }
    }

    @Test func leavesTheOrderWithinAFile() throws {
        #expect(try read([pcap([(5, "a"), (3, "b"), (4, "c")])]).text == "abc")
        #expect(try read([pcap([(5, "a"), (3, "b"), (4, "c")]), pcap([(4, "x")])]).text == "xabc")
    }

    @Test func goesOnAfterADamagedFile() throws {
        let whole = CaptureFiles.pcap([CaptureFiles.Packet(1_000_000, "a"), CaptureFiles.Packet(2_000_000, "z")])
        let (text, problems) = try read([TemporaryFile(Array(whole.dropLast())), pcap([(3, "b"), (4, "c")])])
        #expect(text == "abc")
        #expect(problems.map(\.text) == ["the file ends inside a record"])
        #expect(problems.map(\.offset) == [41])
    }

    @Test func refusesWhatIsNoCapture() throws {
        let good = pcap([(1, "a")])
        for files in [[TemporaryFile(hex("'hello'"))], [good, TemporaryFile(hex("'hello'"))]] {
            #expect(throws: CaptureError.self) { try read(files) }
        }
        let empty = #expect(throws: CaptureError.self) { try read([TemporaryFile([])]) }
        #expect(empty?.text == "the file is empty")
    }

    /// A rotation's last file may be empty: the others are read, and it is named.
    @Test(arguments: [0, 1, 2]) func anEmptyFileAmongOthersIsNamed(_ at: Int) throws {
        let empty = TemporaryFile([])
        var files = [pcap([(1, "a"), (2, "b")]), pcap([(3, "c")])]
        files.insert(empty, at: at)
        let (text, problems) = try read(files)
        #expect(text == "abc")
        #expect(problems.map(\.description) == ["\(empty.path): the file is empty"])
        let (nothing, both) = try read([empty, TemporaryFile([])])
        #expect(nothing.isEmpty && both.count == 2)
    }

    @Test func tellsSecretsOnceForEachFile() throws {
        let ng = CaptureFiles.Pcapng()
        func file(_ name: String, _ ticks: UInt64) -> TemporaryFile {
            TemporaryFile(join(ng.section, ng.secrets(name), ng.interface(), ng.enhanced(ticks: ticks, hex("'x'"))))
        }
        let files = [file("second", 2), file("first", 1)]
        var secrets: [String] = []
        var timeline = try Timeline(
            paths: files.map(\.path), waitForMore: nil,
            onSecrets: { _, octets in secrets.append(octets.text(0..<octets.byteCount)) })
        while timeline.next() != nil {}
        #expect(secrets == ["first", "second"])
    }

    @Test func followsOneFileOnly() {
        var options = CaptureOptions(paths: ["a", "b"])
        options.follow = { false }
        #expect(throws: CaptureError.self) { try CaptureSource(options) }
    }
}
