import Binding
import HTTPWire
import InspectionSupport
import Sessions
import SyncML
import Synchronization
import TLSWire
import TestSupport
import Testing
import Wire

@testable import Inspection

@Suite struct InspectorTests {
    /// Package 1 of wbxml.md's worked example: session 1, message 1, Alert 1201.
    static let message = hex(
        """
        02a4016a006d6c7103312e3200017203444d2f312e32000165033100015b033100016e5703687474703a2f2f732f646d00010167570349
        4d45493a310001015a00014c03353030300001010100006b464b033100014f0331323031000101120101
        """)

    static func request(_ extra: String = "", body: [UInt8] = message) -> [UInt8] {
        Array(
            """
            POST /dm HTTP/1.1\r
            Host: dm.example.test\r
            Content-Type: application/vnd.syncml.dm+wbxml\r
            \(extra)Content-Length: \(body.count)\r
            \r

            """.utf8) + body
    }

    static let response = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)

    @Test func oneExchangeWhole() throws {
        let log = inspect { source in
            source.send(.toServer, Self.request())
            source.send(.toClient, Self.response)
        }
        let exchange = try #require(log.exchanges.first)
        #expect(exchange.id == "1.1")
        #expect(exchange.request?.body.dm?.header.sessionID == "1")
        #expect(exchange.request?.body.dm?.commands.first?.data == "1201")
        #expect(exchange.request?.body.document?.representation == .wbxml)
        #expect(exchange.request?.body.sha256 == FakeDigest.of(Self.message))
        #expect(exchange.response?.body.sha256 == FakeDigest.of([]))
        #expect(exchange.response?.head.status == 200)
        #expect(log.connections.first?.reason == .clientFin)
        #expect(log.sessions.count == 1)
        #expect(log.summaries.first?.messages == 1)
    }

    /// An exchange's host is the one that its request names; the connection's the first that was named.
    @Test(
        arguments: [
            ("POST /dm", "Host: dm.example.test:8080\r\n", nil, "dm.example.test:8080", "dm.example.test:8080"),
            ("POST http://User@Dm.Test:81/dm", "Host: other\r\n", "sni.test", "dm.test:81", "sni.test"),
            ("CONNECT dm.test:443", "", nil, "dm.test:443", "dm.test:443"),
            ("POST /dm", "", "sni.test", "sni.test", "sni.test"),
            ("POST /dm", "Host:\r\n", "", "198.51.100.5:80", nil),
            ("POST /dm", "Host:\r\nHost: dm.test\r\n", nil, "dm.test", "dm.test"),
        ] as [(String, String, String?, String, String?)]) func whomARequestIsMeantFor(
            _ line: String, _ host: String, _ sni: String?, _ exchange: String, _ connection: String?
        )
    {
        let origin = FlowOrigin(client: "192.0.2.1:40000", server: "198.51.100.5:80", loopback: false)
        let log = inspect(origin) { source in
            if let sni {
                var facts = TLSFacts()
                facts.sni = sni
                source.tell(.tls(.client, facts))
            }
            source.send(.toServer, Array("\(line) HTTP/1.1\r\n\(host)Content-Length: 0\r\n\r\n".utf8))
            source.send(.toClient, Self.response)
        }
        #expect(log.exchanges.first?.host == exchange)
        #expect(log.connections.first?.context.asked == connection)
    }

    /// An answer that ends before its request: findings stand in the order in which the bodies ended.
    @Test func findingsOfAnEarlyAnswerComeFirst() throws {
        let log = inspect { source in
            let request = Self.request(body: [0x41, 0x42, 0x43])
            source.send(.toServer, Array(request.dropLast(2)))
            source.send(
                .toClient,
                Array(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.syncml.dm+wbxml\r\nContent-Length: 3\r\n\r\nABC"
                        .utf8))
            source.send(.toServer, Array(request.suffix(2)))
        }
        let unreadable = try #require(log.exchanges.first).findings.filter {
            $0.rule == InspectionRules.documentUnreadable
        }
        #expect(unreadable.map(\.about) == [.response, .request])
    }

    /// CONNECT is there to start TLS: a DM session in clear text inside the tunnel breaks that.
    @Test func clearTextInATunnelIsFound() {
        let log = inspect { source in
            source.send(
                .toServer, Array("CONNECT dm.example.test:443 HTTP/1.1\r\nHost: dm.example.test:443\r\n\r\n".utf8))
            source.send(.toClient, Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8))
            source.send(.toServer, Self.request())
            source.send(.toClient, Self.response)
        }
        #expect(log.connections.flatMap(\.findings).map(\.rule.id) == ["connect-without-tls"])
        let direct = inspect { source in
            source.send(.toServer, Self.request())
            source.send(.toClient, Self.response)
        }
        #expect(direct.connections.first?.findings.isEmpty == true)
    }

    /// The message above as one of data synchronisation.
    private static let dataSync: [UInt8] = {
        let before = Array("DM/1.2".utf8)
        guard let at = message.indices.first(where: { message[$0...].starts(with: before) }) else { return [] }
        return Array(message[..<at]) + Array("SyncML/1.2".utf8) + Array(message[(at + before.count)...])
    }()

    private static func http(_ start: String, _ type: String, _ body: [UInt8]) -> [UInt8] {
        Array("\(start)\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
    }

    /// Section 5.4 is held against connections that carry DM, not against those of data synchronisation.
    @Test(arguments: [
        (dataSync, "application/vnd.syncml+wbxml", false), (message, "application/vnd.syncml.dm+wbxml", true),
    ])
    func dataSynchronisationIsNoDM(_ body: [UInt8], _ type: String, _ isDM: Bool) {
        var facts = TLSFacts()
        facts.version = "TLS 1.0"
        facts.offeredVersions = ["TLS 1.0"]
        let log = inspect { [facts] source in
            source.tell(.tls(.client, facts))
            source.tell(.tls(.server, facts))
            source.send(.toServer, Self.http("POST /dm HTTP/1.1", type, body))
            source.send(.toClient, Self.response)
            source.send(.toServer, Self.http("POST /dm HTTP/1.1", type, body))
            source.send(.toClient, Self.http("HTTP/1.1 200 OK", type, Array("no message".utf8)))
        }
        let undecodable = log.exchanges.flatMap(\.findings).filter { $0.rule == InspectionRules.documentUnreadable }
        #expect(undecodable.map(\.level) == [isDM ? .must : .note])
        let rules = log.connections.flatMap(\.findings).map(\.rule.id)
        #expect(rules == (isDM ? ["tls-version-1-1-unsupported"] : []), "\(rules)")
        #expect(log.exchanges.map(\.context.carriedDM) == [false, isDM])
    }

    /// One exchange that is no DM does not make a connection that carried DM another one.
    @Test func aConnectionThatCarriedDMStaysOne() {
        var facts = TLSFacts()
        facts.version = "TLS 1.0"
        facts.offeredVersions = ["TLS 1.0"]
        let log = inspect { [facts] source in
            source.tell(.tls(.client, facts))
            source.tell(.tls(.server, facts))
            source.send(.toServer, Self.request())
            source.send(.toClient, Self.response)
            source.send(.toServer, Self.http("POST /sync HTTP/1.1", "application/vnd.syncml+wbxml", Self.dataSync))
            source.send(.toClient, Self.response)
        }
        #expect(log.connections.flatMap(\.findings).map(\.rule.id) == ["tls-version-1-1-unsupported"])
    }

    /// What a head seems to lack may stand in the part that was not captured.
    @Test func aCutHeadIsShownAndNotJudged() throws {
        let request = Self.request()
        let cut = request.firstRange(of: Array("Content-Length".utf8))?.lowerBound ?? 0
        let log = inspect { source in
            source.send(.toServer, Array(request[..<cut]))
            source.gap(.toServer, UInt64(request.count - cut))
            source.send(.toClient, Array("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.syncml.dm+xml\r\nX".utf8))
            source.gap(.toClient, 500)
        }
        let exchange = try #require(log.exchanges.first)
        #expect(log.exchanges.count == 1)
        #expect(exchange.request?.head.target == "/dm")
        #expect(exchange.request?.head.first("host") == "dm.example.test")
        #expect(exchange.response?.head.status == 200)
        #expect(exchange.findings.map(\.rule.id) == ["octets-missing", "octets-missing"])
    }

    /// However the octets of either side come, the exchange is the same.
    @Test func inAnyPieces() throws {
        let request = Self.request("User-Agent: a\r\n")
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.syncml.dm+wbxml\r\nTransfer-Encoding: chunked\r\n\r\n"
        let (first, rest) = (Self.message.prefix(10), Self.message.dropFirst(10))
        let response =
            Array("\(head)A\r\n".utf8) + first + Array("\r\n\(String(rest.count, radix: 16))\r\n".utf8) + rest
            + Array("\r\n0\r\n\r\n".utf8)
        func told(_ asked: [Range<Int>], _ answered: [Range<Int>]) -> String {
            inspect { source in
                for piece in asked { source.send(.toServer, Array(request[piece])) }
                for piece in answered { source.send(.toClient, Array(response[piece])) }
            }.description
        }
        let whole = told([0..<request.count], [0..<response.count])
        #expect(!whole.contains("no message"))
        for pieces in splits(request.count) { try #require(told(pieces, [0..<response.count]) == whole) }
        for pieces in splits(response.count) { try #require(told([0..<request.count], pieces) == whole) }
    }

    @Test func pipelinedRequestsPairInOrder() {
        let log = inspect { source in
            source.send(.toServer, Self.request() + Self.request("X-Second: 1\r\n"))
            source.send(.toClient, Self.response + Array("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".utf8))
        }
        #expect(log.exchanges.map { $0.response?.head.status } == [200, 404])
        #expect(log.exchanges.map { $0.request?.head.has("x-second") } == [false, true])
    }

    @Test func anEarlyResponseWaitsForItsRequest() {
        let request = Self.request()
        let log = inspect { source in
            source.send(.toServer, Array(request[..<150]))
            source.send(.toClient, Self.response)
            source.send(.toServer, Array(request[150...]))
        }
        #expect(log.exchanges.count == 1)
        #expect(log.exchanges.first?.request?.body.complete == true)
    }

    @Test func aResponseSeenBeforeItsRequestIsPaired() {
        let log = inspect { source in
            source.send(.toClient, Self.response)
            source.send(.toServer, Self.request())
        }
        #expect(log.exchanges.count == 1)
        #expect(log.exchanges.first?.request != nil)
    }

    @Test func aResponseOfAConnectionJoinedInTheMiddleStandsAlone() {
        let log = inspect(beginningSeen: false) { source in
            source.send(.toClient, Self.response)
            source.send(.toServer, Self.request())
            source.send(.toClient, Self.response)
        }
        #expect(log.exchanges.map { $0.request == nil } == [true, false])
    }

    /// A server that sends no length and keeps the connection: whatever follows is body, the next response as well.
    @Test func aResponseWithoutALengthHidesTheNext() {
        let endless =
            Array("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.syncml.dm+wbxml\r\n\r\n".utf8) + Self.message
        let found = { (second: [UInt8]) in
            let log = inspect { source in
                source.send(.toServer, Self.request())
                source.send(.toClient, endless)
                source.send(.toServer, Self.request())
                source.send(.toClient, second)
            }
            return (log.exchanges, log.sessions.flatMap(\.findings))
        }
        let (exchanges, session) = found(endless)
        let framing = exchanges[0].findings.filter { $0.rule == HTTPRules.contentLengthWrong }
        #expect(framing.map(\.text).allSatisfy { $0.contains("nothing tells where its body ends") })
        #expect(framing.map(\.level) == [.must] && framing.map(\.about) == [.response])
        let unanswered = exchanges[1].findings.filter { $0.rule == ConnectionRules.unanswered }
        #expect(unanswered.count == 1 && unanswered[0].text.contains("a response before it has no length"))
        #expect(!session.contains { $0.rule == ConnectionRules.closedEarly })
        // Where no other response came, the body may end where the connection does.
        #expect(!found([]).0[0].findings.contains { $0.rule == HTTPRules.contentLengthWrong })
    }

    @Test func aRequestWithoutAnswerIsHandedOnAtTheEnd() {
        let log = inspect { $0.send(.toServer, Self.request()) }
        #expect(log.exchanges.count == 1)
        #expect(log.exchanges.first?.response == nil)
    }

    /// Responses that nothing asked for, behind a request that does not end, do not wait for it without bound.
    @Test func unaskedResponsesBehindARequestThatDoesNotEnd() {
        let (count, log) = (5000, Kept())
        let inspector = Inspector(facilities: .fake, limits: Limits(), sink: log)
        var source = Source(inspector)
        source.tell(.opened(FlowOrigin(client: "a:1", server: "b:2", loopback: true, beginningSeen: false)))
        source.send(
            .toServer, Array("POST /dm HTTP/1.1\r\nHost: dm\r\nContent-Length: 99999999999\r\n\r\nx".utf8))
        for _ in 0..<count { source.send(.toClient, Array("HTTP/1.1 204 No\r\n\r\n".utf8)) }
        #expect(log.exchanges.count >= count - 2 * Limits().pipelined)
        inspector.finish()
        #expect(log.exchanges.count == count)
    }

    @Test func aTunnelIsReadAnew() {
        let log = inspect { source in
            source.send(.toServer, Array("CONNECT dm:80 HTTP/1.1\r\nHost: dm:80\r\n\r\n".utf8))
            source.send(.toClient, Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
            source.send(.toServer, Self.request())
            source.send(.toClient, Self.response)
        }
        #expect(log.exchanges.map { $0.request?.head.method } == ["CONNECT", "POST"])
        #expect(log.exchanges.last?.response?.head.status == 200)
        // What went before the tunnel is not missing in it.
        #expect(!log.connections.flatMap(\.findings).contains { $0.rule == HTTPRules.octetsMissing })
    }

    /// A bound of ours is a note: it does not say that the message cannot be decoded.
    @Test func aLimitIsNobodysFault() {
        var limits = Limits()
        limits.depth = 3
        let log = inspect(limits: limits) {
            $0.send(.toServer, Self.request(body: Self.message))
            $0.send(.toClient, Self.response)
        }
        let rules = log.exchanges.flatMap(\.findings).map(\.rule)
        #expect(rules.count { $0.isOwnLimit } == 1)
        #expect(!rules.contains(InspectionRules.documentUnreadable))
        #expect(log.exchanges.first?.request?.body.document?.complete == false)
    }

    /// A document that is ill formed inside, but was read to its root's end, is not one that cannot be decoded.
    @Test(arguments: [(true, []), (false, ["The message could be read only up to offset 17"])])
    func illFormedIsNotUndecodable(_ hasEnd: Bool, _ texts: [String]) {
        var document = MarkupDocument(.xml)
        document.events = [.init(.start, .syncML, start: 0, end: 8)]
        if hasEnd { document.events.append(.init(.end, .syncML, start: 8, end: 17)) }
        document.consumed = 17
        let facilities = Facilities(
            readXML: { [document] _, _, _ in document }, inflate: { _, _, _ in .unknownCoding },
            sha256: { FakeDigest() },
            md5: { _ in [] }, hmacSHA1: { _, _ in [] })
        let log = inspect(facilities: facilities) { source in
            let request = Self.request(body: Array("<SyncML>".utf8))
            source.send(.toServer, request)
            source.send(.toClient, Self.response)
        }
        let found = log.exchanges.flatMap(\.findings).filter { $0.rule == InspectionRules.documentUnreadable }
        #expect(found.map(\.text) == texts)
        #expect(log.summaries.first?.undecoded == texts.count)
    }

    /// UTF-16 without a byte order mark is XML too, and the reader of XML is told the charset.
    @Test(arguments: [
        hex("'<a/>'"), hex("EF BB BF '<a/>'"), hex("EF BB BF 0A '<a/>'"), hex("00 '<' 00 'a' 00 '/' 00 '>'"),
        hex("'<' 00 'a' 00 '/' 00 '>' 00"),
        hex("FEFF 00 '<' 00 'a'"),
    ])
    func theReaderOfXMLIsToldTheCharset(_ body: [UInt8]) {
        let facilities = Facilities(
            readXML: { _, charset, _ in
                var document = MarkupDocument(.xml)
                document.encoding = charset
                return document
            }, inflate: { _, _, _ in .unknownCoding }, sha256: { FakeDigest() }, md5: { _ in [] },
            hmacSHA1: { _, _ in [] })
        let type = "Content-Type: application/vnd.syncml.dm+xml; charset=\"UTF-16\""
        let head = "POST /dm HTTP/1.1\r\n\(type)\r\nContent-Length: \(body.count)\r\n\r\n"
        let log = inspect(facilities: facilities) { source in
            source.send(.toServer, Array(head.utf8) + body)
            source.send(.toClient, Self.response)
        }
        #expect(log.exchanges.first?.request?.body.document?.encoding == "UTF-16")
    }

    /// What a flow holds goes with what waits in it, and comes down again.
    @Test func tellsWhatAFlowHolds() {
        let inspector = Inspector(facilities: .fake, limits: Limits(), sink: Kept())
        #expect(inspector.held(by: 1) == 0)
        var source = Source(inspector)
        source.tell(
            .opened(
                FlowOrigin(
                    client: "127.0.0.1:40000", server: "127.0.0.1:80", host: "dm.example.test", loopback: true,
                    beginningSeen: true)))
        let atRest = inspector.held(by: 1)
        source.send(.toServer, Array("GET / HTTP/1.1\r\nX: ".utf8) + [UInt8](repeating: 0x78, count: 10_000))
        #expect(inspector.held(by: 1) >= atRest + 10_000)
        source.send(.toServer, Array("\r\nContent-Length: 20000\r\n\r\n".utf8))
        #expect(inspector.held(by: 1) >= atRest + 10_000)
        source.send(.toServer, [UInt8](repeating: 0x78, count: 15_000))
        #expect(inspector.held(by: 1) >= atRest + 25_000)
        source.send(.toServer, [UInt8](repeating: 0x78, count: 5_000))
        source.send(.toClient, Array("HTTP/1.1 204 No\r\n\r\n".utf8))
        #expect(inspector.held(by: 1) == atRest)
        source.tell(.closed(.clientFin))
        #expect(inspector.held(by: 1) == 0)
    }

    /// Findings of the two directions can be told apart.
    @Test func whoseOctetsTheyAre() {
        let tls: [UInt8] = [0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x03]
        func texts(_ direction: Direction) -> [String] {
            inspect { $0.send(direction, tls) }.connections.flatMap(\.findings).map(\.text)
        }
        for (direction, side) in [(Direction.toServer, "client"), (.toClient, "server")] {
            let begins = "The connection looks like TLS: the \(side)'s octets begin with"
            #expect(texts(direction).contains { $0.hasPrefix(begins) })
        }
        let log = inspect { source in
            source.send(.toServer, Array("POST /dm HTTP/1.1\r\nHo".utf8))
            source.gap(.toServer, 9)
            source.send(.toClient, Array("HTTP/1.1 200 OK\r\nX".utf8))
            source.gap(.toClient, 9)
        }
        #expect(
            log.exchanges.flatMap(\.findings).map(\.text) == [
                "9 octets to the server, of a head, were not captured",
                "9 octets to the client, of a head, were not captured",
            ])
    }
}
