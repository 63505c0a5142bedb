import Binding
import HTTPWire
import Inspection
import InspectionSupport
import TLSWire
import TestSupport
import Testing
import Wire

/// What is told of a flow beside its octets: gaps, cuts, ends, legs, and what the relay did.
@Suite struct FlowInspectorTests {
    @Test func aCutIsToldOnceAndTheRestIsNotRead() {
        let log = inspect { source in
            source.send(.toServer, InspectorTests.request())
            source.tell(.cut(.toClient, offset: 0))
            source.send(.toClient, InspectorTests.response)
        }
        #expect(log.exchanges.count == 1)
        #expect(log.exchanges.first?.response == nil)
        #expect(log.connections.first?.findings.contains { $0.rule == InspectionRules.cut } == true)
        #expect(log.summaries.first?.cut == 1)
    }

    /// TLS of which nothing is known is judged alike, whether CONNECT led to it (which a capture holds, and a live proxy
    /// does not tell) or not; behind HTTP that is no DM it is not judged.
    @Test(arguments: [("CONNECT a:443", true), ("", true), ("GET /", false)])
    func whatATunnelCarriesIsUnknown(_ line: String, _ isJudged: Bool) {
        let log = inspect { source in
            if !line.isEmpty {
                source.send(.toServer, Array("\(line) HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
                source.send(.toClient, Array("HTTP/1.1 204 No\r\n\r\n".utf8))
            }
            var facts = TLSFacts()
            facts.version = "TLS 1.3"
            source.tell(.tls(.client, facts))
            source.tell(.tls(.server, facts))
        }
        #expect(log.exchanges.count == (line.isEmpty ? 0 : 1))
        let rules = log.connections.flatMap(\.findings).map(\.rule.id)
        #expect(rules.contains("tls-version-unlisted") == isJudged, "\(rules)")
    }

    /// Not with the last of its head: a client may be slow, and a proxy may read the rest when it has a server.
    @Test(arguments: [false, true]) func aRequestBeginsWithItsFirstOctet(_ inTunnel: Bool) {
        var begun = Timestamp(nanoseconds: 0)
        let log = inspect { source in
            if inTunnel {
                source.send(.toServer, Array("CONNECT a:80 HTTP/1.1\r\n\r\n".utf8))
                source.send(.toClient, Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
            }
            begun = source.time
            for piece in [
                "GET /1 HT", "TP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP", "/1.1\r\nTransfer-Enc", "oding: chunked\r\n\r\n1",
                "\r\na\r\n0\r\n\r\nGET", " /3 HTTP/1.1\r\n\r\nGET /4 HTTP/1.1\r\n", "\r\n",
            ] {
                source.send(.toServer, Array(piece.utf8))
            }
            for _ in 1...4 { source.send(.toClient, Array("HTTP/1.1 204 No\r\n\r\n".utf8)) }
        }
        let times = log.exchanges.map { ($0.time.nanoseconds - begun.nanoseconds) / 1_000_000 }
        #expect(times.suffix(4) == [1, 2, 5, 6])
    }

    @Test func aGapIsCountedAndItsMessageIncomplete() throws {
        let request = InspectorTests.request()
        let log = inspect { source in
            source.send(.toServer, Array(request[..<160]))
            source.gap(.toServer, 20)
            source.send(.toServer, Array(request[180...]))
            source.send(.toClient, InspectorTests.response)
        }
        let exchange = try #require(log.exchanges.first)
        let body = try #require(exchange.request?.body)
        #expect(!body.complete)
        #expect(log.connections.first?.gaps == 1)
        // Read as far as the octets follow one another, and not judged by what is not there.
        let before = try #require(body.firstGap)
        #expect(before > 0 && before < body.octets.count)
        #expect(body.entity == Array(body.octets[..<before]))
        #expect(body.document?.complete == false)
        let ofBodies = ["wbxml-", "syncml-", InspectionRules.documentUnreadable.id]
        #expect(!exchange.findings.contains { finding in ofBodies.contains { finding.rule.id.hasPrefix($0) } })
        #expect(exchange.context.hasGaps)
    }

    @Test func flowsThatStayOpenEndWithTheSource() {
        let later = Timestamp(nanoseconds: 1_331_029_000_000_000_000)
        let log = inspect(closes: false) { source in
            source.send(.toServer, InspectorTests.request())
            let nothing: [UInt8] = []
            let other = FlowOrigin(client: "127.0.0.1:40001", server: "127.0.0.1:80", loopback: true)
            source.inspector.receive(2, .opened(other), at: later, nothing.span.bytes)
        }
        #expect(log.connections.map(\.reason) == [.open, .open])
        // All were open as long as the source was.
        #expect(log.connections.map(\.ended) == [later, later])
        #expect(log.exchanges.count == 1)
    }

    /// The client hangs up after half a minute, the server never answers: the client waited no longer than it did, however
    /// long the connection stayed half open, or is when the capture ends.
    @Test(arguments: [true, false]) func aClientThatGaveUpWaitedAsLongAsItDid(_ closes: Bool) throws {
        let log = inspect(closes: closes) { source in
            source.send(.toServer, InspectorTests.request())
            source.time.nanoseconds += 30_000_000_000
            source.tell(.halfClosed(.toServer))
            source.time.nanoseconds += 60_000_000_000
        }
        let exchange = try #require(log.exchanges.first)
        #expect(exchange.ended.since(exchange.requestEnded) == 30_000_000_000)
        let unanswered = try #require(exchange.findings.first { $0.rule == ConnectionRules.unanswered })
        #expect(unanswered.text.contains("the client ended the connection 30 s after its request"))
    }

    /// A response that says it is DMScope's own is none of the server's: not judged, and no part of the session.
    @Test func anAnswerOfDMScopesOwnIsNotTheServers() throws {
        let log = inspect { source in
            source.send(.toServer, InspectorTests.request())
            source.time.nanoseconds += 2_000_000_000
            let status = ProxyStatus(.nameUnknown, details: "the name \"dm\" leads to no address").value
            source.send(
                .toClient,
                Array("HTTP/1.1 502 Bad Gateway\r\nProxy-Status: \(status)\r\nContent-Length: 3\r\n\r\nabc".utf8))
            source.send(.toServer, InspectorTests.request())
            source.send(.toClient, InspectorTests.response)
        }
        let exchange = try #require(log.exchanges.first)
        #expect(log.exchanges.map(\.proxyStatus) == [502, nil] && exchange.response == nil)
        #expect(log.exchanges.last?.response?.head.status == 200)
        #expect(exchange.ended.since(exchange.requestEnded) >= 2_000_000_000)
        let own = exchange.findings.filter { $0.about == .response || $0.rule == InspectionRules.answeredByProxy }
        #expect(own.map(\.text) == ["DMScope answered 502 in the server's place: the name \"dm\" leads to no address"])
        #expect(!exchange.findings.contains { $0.rule == ConnectionRules.unanswered })
    }

    /// A server may answer in HTTP/2 whatever it was asked in: by its settings, or by going away at once.
    @Test(
        arguments: [
            [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100], [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        ] as [[UInt8]]) func aResponseInHTTP2IsNamed(_ frame: [UInt8]) throws
    {
        let log = inspect { source in
            source.send(.toServer, InspectorTests.request())
            source.send(.toClient, frame)
            source.tell(.halfClosed(.toClient))
        }
        let findings = log.exchanges.flatMap(\.findings) + log.connections.flatMap(\.findings)
        let lost = try #require(findings.first { $0.rule == HTTPRules.streamLost })
        #expect(lost.text.hasPrefix("Octets that begin no response and look like HTTP/2 stand where one should begin"))
    }

    /// A client may end its side and wait: what comes then is the response.
    @Test func aResponseBehindTheClientsEndIsOne() throws {
        let log = inspect { source in
            source.send(.toServer, InspectorTests.request())
            source.tell(.halfClosed(.toServer))
            source.time.nanoseconds += 5_000_000_000
            source.send(.toClient, InspectorTests.response)
        }
        let exchange = try #require(log.exchanges.first)
        #expect(exchange.response != nil && exchange.cutShort == nil)
        #expect(!exchange.findings.contains { $0.rule == ConnectionRules.unanswered })
    }

    /// What the relay passed on by other ways counts.
    @Test func octetsPassedUninspectedAreCounted() {
        let log = inspect { source in
            source.send(.toServer, InspectorTests.request())
            source.tell(.passed(.toServer, count: 10))
            source.tell(.passed(.toClient, count: 7))
        }
        let sent = UInt64(InspectorTests.request().count)
        #expect(log.connections.first?.octets.toServer == sent + 10)
        #expect(log.connections.first?.octets.toClient == 7)
        #expect(log.summaries.first?.octets == sent + 17)
    }

    /// A response without a length ends where its side does, not only with the connection.
    @Test func aBodyThatTheServersEndEnds() throws {
        let kept = Kept()
        let inspector = Inspector(facilities: .fake, limits: Limits(), sink: kept)
        var source = Source(inspector)
        source.tell(.opened(FlowOrigin(client: "127.0.0.1:1", server: "127.0.0.1:2", loopback: true)))
        source.send(.toServer, InspectorTests.request())
        source.send(.toClient, Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc".utf8))
        #expect(kept.exchanges.isEmpty)
        source.tell(.halfClosed(.toClient))
        let body = try #require(kept.exchanges.first?.response?.body)
        #expect(body.length == 3 && body.complete)
    }

    /// As many oddities between messages as of anything.
    @Test func odditiesOfAConnectionAreBounded() {
        var limits = Limits()
        limits.findings = 3
        let log = inspect(limits: limits) { source in
            for _ in 0..<10 {
                source.send(.toServer, Array("??\r\n\r\n".utf8) + InspectorTests.request())
                source.send(.toClient, InspectorTests.response)
            }
        }
        #expect(log.connections.first?.findings.count == 3, "\(log.connections.flatMap(\.findings).map(\.text))")
    }

    @Test func whatTheRelayToldIsKept() {
        let log = inspect { source in
            source.send(.toServer, InspectorTests.request())
            source.tell(.altered(Alteration(what: "request-line", before: "a", after: "b")))
            source.send(.toClient, InspectorTests.response)
            source.tell(.noticed(Finding(InspectionRules.gap, .connection, "noticed")))
        }
        #expect(log.exchanges.first?.alterations.count == 1)
        #expect(log.connections.first?.findings.contains { $0.text == "noticed" } == true)
    }

    /// A relay goes on to rewrite when the flow is not inspected any more.
    @Test func alterationsAreBounded() {
        let log = inspect { source in
            for _ in 0..<5000 { source.tell(.altered(Alteration(what: "host", before: "a", after: "b"))) }
            source.send(.toServer, InspectorTests.request())
            for _ in 0..<5000 { source.tell(.altered(Alteration(what: "host", before: "a", after: "b"))) }
            source.send(.toClient, InspectorTests.response)
        }
        #expect(log.exchanges.first?.alterations.count == Limits().findings)
    }

    /// A leg is known to be TLS before its handshake comes to a version.
    @Test func aLegWithoutVersionIsTLS() {
        let log = inspect { source in
            source.tell(.tls(.server, TLSFacts()))
            source.send(.toServer, InspectorTests.request())
        }
        #expect(log.exchanges.first?.context.serverLeg?.line == "TLS")
    }
}
