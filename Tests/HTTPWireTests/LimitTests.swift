import HTTPWire
import TestSupport
import Testing
import Wire

/// Floods: each is bounded, told in one finding, and what follows is read again.
@Suite struct LimitTests {
    /// Counts instead of keeping.
    private struct Counter: HTTPSink {
        var heads = 0
        var ends = 0
        var body = 0
        var opaque = 0
        var unanswered = 0
        var fields = 0
        var largestHead = 0
        var findings: [String: Int] = [:]

        mutating func head(_ head: HTTPHead, _ direction: Direction, framing: BodyFraming) {
            heads += 1
            fields = max(fields, head.fields.count)
            largestHead = max(largestHead, head.bytes.count)
            for finding in head.findings { oddity(finding, direction) }
        }
        mutating func body(_ bytes: RawSpan, _ direction: Direction) { body += bytes.byteCount }
        mutating func end(_ direction: Direction, at end: StreamOffset, complete: Bool, trailers: [(String, String)]) {
            ends += 1
            fields = max(fields, trailers.count)
        }
        mutating func switched(at: PerDirection<StreamOffset>, upgrade: String?) {}
        mutating func opaque(_ bytes: RawSpan, _ direction: Direction, at offset: StreamOffset) {
            opaque += bytes.byteCount
        }
        mutating func oddity(_ finding: Finding, _ direction: Direction) {
            findings[finding.rule.id, default: 0] += 1
        }
        mutating func unanswered(_ count: Int) { unanswered += count }
    }

    /// Feeds the texts, each as often as it says, in pieces of 1000 octets or fewer.
    private func feed(_ direction: Direction, limits: Limits, _ parts: [(String, times: Int)]) -> Counter {
        var reader = HTTPReader(limits: limits)
        var counter = Counter()
        var offset: StreamOffset = 0
        for part in parts {
            let octets = Array(part.0.utf8)
            for _ in 0..<part.times {
                reader.receive(octets.span.bytes, direction, at: offset, into: &counter)
                offset += StreamOffset(octets.count)
            }
        }
        return counter
    }

    /// A bound smaller than what is looked at of a method is no bound.
    @Test func theSmallestHead() {
        var limits = Limits()
        for head in 0...64 {
            limits.head = head
            let parts = [("A", 32), (" ", 1), ("x", 80), ("\r\n\r\nGET / HTTP/1.1\r\n\r\n", 1)]
            let read = feed(.toServer, limits: limits, parts)
            #expect(read.heads == 1, "with a limit of \(head)")
        }
    }

    @Test func manyUpgradesInOnePiece() {
        let request = "A / HTTP/1.1\nupgrade:\n\n"
        let read = feed(.toServer, limits: Limits(), [(String(repeating: request, count: 2849), 1)])
        #expect(read.heads == 2849)
        #expect(read.opaque == 0)
    }

    private static var small: Limits {
        var limits = Limits()
        limits.head = 4096
        limits.headerFields = 10
        limits.pipelined = 5
        return limits
    }
    private static let next = ("GET /next HTTP/1.1\r\n\r\n", times: 1)

    @Test func aFloodOfFields() {
        let seen = feed(
            .toServer, limits: LimitTests.small,
            [("POST / HTTP/1.1\r\n", 1), ("A: b\r\n", 500), ("Content-Length: 2\r\n\r\nok", 1), LimitTests.next])
        #expect(seen.heads == 2 && seen.ends == 2 && seen.body == 2 && seen.opaque == 0)
        #expect(seen.fields == 11)
        #expect(seen.findings == ["head-limit": 1])
    }

    @Test func anEndlessHead() {
        let seen = feed(
            .toServer, limits: LimitTests.small,
            [
                ("GET / HTTP/1.1\r\n", 1), ("A-rather-long-field-name: and a value\r\n", 100_000), ("\r\n", 1),
                LimitTests.next,
            ])
        #expect(seen.heads == 2 && seen.ends == 2 && seen.opaque == 0)
        #expect(seen.largestHead == 4096)
        #expect(seen.findings == ["head-limit": 2], "the octets, and the fields")
    }

    @Test func aRequestLineWithoutEnd() {
        let seen = feed(
            .toServer, limits: LimitTests.small, [("GET /", 1), ("x", 100_000), ("\r\n", 1), LimitTests.next])
        #expect(seen.heads == 1 && seen.ends == 1)
        #expect(seen.opaque > 90_000)
        #expect(seen.findings == ["head-limit": 1])
    }

    @Test func endlessChunks() {
        let head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        let seen = feed(
            .toServer, limits: LimitTests.small, [(head, 1), ("01 ,\nx\n", 100_000), ("0\r\n\r\n", 1), LimitTests.next])
        #expect(seen.heads == 2 && seen.ends == 2 && seen.body == 100_000 && seen.opaque == 0)
        #expect(seen.findings == ["chunked-malformed": 1, "bare-line-feed": 1])
    }

    @Test func aChunkSizeWithoutEnd() {
        let head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        let seen = feed(
            .toServer, limits: LimitTests.small, [(head, 1), ("0", 100_000), ("\r\n\r\n", 1), LimitTests.next])
        #expect(seen.heads == 2 && seen.ends == 2)
        #expect(seen.opaque > 90_000)
        #expect(seen.findings == ["chunked-malformed": 1])
    }

    @Test func anEndlessTrailer() {
        let head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        let seen = feed(
            .toServer, limits: LimitTests.small, [(head, 1), ("X: y\r\n", 100_000), ("\r\n", 1), LimitTests.next])
        #expect(seen.heads == 2 && seen.ends == 2 && seen.opaque == 0)
        #expect(seen.fields == 10)
        #expect(seen.findings == ["head-limit": 2], "the octets, and the fields")
    }

    @Test func requestsWithoutResponses() {
        let seen = feed(.toServer, limits: LimitTests.small, [("GET / HTTP/1.1\r\n\r\n", 1000)])
        #expect(seen.heads == 1000 && seen.ends == 1000 && seen.unanswered == 995)
        #expect(seen.findings == ["pipelining-limit": 1])
    }

    @Test func responsesWithoutRequestsAreHeldWithinABound() {
        let response = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + String(repeating: "x", count: 100)
        let seen = feed(.toClient, limits: LimitTests.small, [(response, 1000)])
        #expect(seen.heads > 900)
        #expect(seen.opaque == 0)
        #expect(seen.findings.count == 1)
    }

    @Test func whatFollowsAConnectIsHeldWithinABound() {
        let seen = feed(
            .toServer, limits: LimitTests.small, [("CONNECT h:1 HTTP/1.1\r\n\r\n", 1), ("\u{1}\u{2}\n", 100_000)])
        #expect(seen.heads == 1)
        #expect(seen.opaque > 290_000)
        #expect(seen.findings == ["stream-lost": 1])
    }

    @Test func emptyLinesWithoutEnd() {
        let seen = feed(.toServer, limits: LimitTests.small, [("\r\n", 100_000), LimitTests.next])
        #expect(seen.heads == 1 && seen.opaque == 0)
        #expect(seen.findings == ["empty-line-before-message": 1])
    }

    /// A 101 whose head passes the limit, and a second upgrade that waits, must not be taken for a request again and
    /// again.
    @Test func aSwitchWithALongHead() {
        var limits = Limits()
        limits.head = 64
        let upgrade = Happening.client("GET / HTTP/1.1\r\nUpgrade: x\r\n\r\n")
        var play = Play(happenings: [
            upgrade, upgrade, .client("GET /z HTTP/1.1\r\n\r\n"),
            .server(
                "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nX-Long: " + String(repeating: "x", count: 99) + "\r\n\r\nnew"),
            .client("more"), .clientCloses, .serverCloses,
        ])
        play.limits = limits
        let whole = play.whole()
        #expect(whole.text.contains("switched"))
        for pieces in splits(play.count) {
            for direction in Direction.allCases {
                #expect(play.run(pieces).lines(direction) == whole.lines(direction))
            }
        }
    }

    /// An interim response is no message of its own: where its head passes the limit and then breaks off, nothing ends.
    @Test func anInterimResponseWithALongHeadThatBreaksOff() {
        let long = "HTTP/1.1 103 Early Hints\r\nX-Long: " + String(repeating: "x", count: 99)
        for breaks in [Happening.serverCloses, .gap(.toClient, 9)] {
            var play = Play(happenings: [.client("GET / HTTP/1.1\r\n\r\n"), .server(long), breaks, .serverCloses])
            play.limits.head = 64
            let whole = play.whole()
            #expect(whole.lines(.toClient).contains("103"))
            #expect(!whole.lines(.toClient).contains("< end "))
            for pieces in splits(play.count) { #expect(play.run(pieces).text == whole.text) }
        }
    }

    @Test func findsTheSameAtTheLimitHoweverItIsCut() {
        var limits = Limits()
        limits.head = 40
        let line = "GET / HTTP/1.1\r\n"
        for length in 30...50 {
            for text in [
                line + "A: " + String(repeating: "x", count: length - 23) + "\r\n\r\n",
                "GET /" + String(repeating: "x", count: length - 14) + " HTTP/1.1\r\n\r\n",
            ] {
                var play = Play(happenings: [.client(text), .client(LimitTests.next.0), .clientCloses])
                play.limits = limits
                let whole = play.whole().text
                for pieces in splits(play.count) { #expect(play.run(pieces).text == whole, "\(length)") }
            }
        }
    }
}
