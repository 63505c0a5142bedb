import Binding
import HTTPWire
import Inspection
import InspectionSupport
import TestSupport
import Testing
import Wire

/// TLS inside a connection, RFC 2817: 101 is interim there, and the answer to the request comes in TLS.
@Suite struct UpgradeTests {
    private static let question =
        "OPTIONS * HTTP/1.1\r\nHost: dm.example.test\r\nUpgrade: TLS/1.2\r\nConnection: Upgrade\r\n\r\n"
    private static let switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: TLS/1.2, HTTP/1.1\r\n\r\n"
    private static let later = "GET /dm HTTP/1.1\r\nHost: dm.example.test\r\n\r\n"

    private func told(_ log: Kept) -> [String] {
        log.exchanges.map { exchange in
            let statuses = exchange.interim.compactMap(\.status) + [exchange.response?.head.status ?? 0]
            return "\(exchange.request?.head.method ?? "nothing") \(statuses) \(exchange.response?.body.length ?? 0)"
        }
    }

    private func rules(_ log: Kept) -> [String] {
        (log.exchanges.flatMap(\.findings) + log.connections.flatMap(\.findings)).map(\.rule.id)
    }

    /// One direction's octets in pieces.
    private func send(_ source: inout Source, _ direction: Direction, _ text: String, at cuts: [Range<Int>]? = nil) {
        let octets = Array(text.utf8)
        for piece in cuts ?? [0..<octets.count] { source.send(direction, Array(octets[piece])) }
    }

    @Test func theAnswerInTLSIsJoinedToTheRequestThatAsked() throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        for pieces in splits(Self.switching.utf8.count + answer.utf8.count) {
            let log = inspect { source in
                send(&source, .toServer, Self.question)
                send(&source, .toClient, Self.switching + answer, at: pieces)
                send(&source, .toServer, Self.later)
                send(&source, .toClient, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            }
            try #require(told(log) == ["OPTIONS [101, 200] 2", "GET [404] 0"], "\(pieces)")
            try #require(!rules(log).contains("response-unasked"))
        }
    }

    @Test func theNextRequestMayComeBeforeTheAnswer() {
        let log = inspect { source in
            send(&source, .toServer, Self.question)
            send(&source, .toClient, Self.switching)
            send(&source, .toServer, Self.later)
            send(
                &source, .toClient,
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        }
        #expect(told(log) == ["OPTIONS [101, 200] 0", "GET [404] 0"])
    }

    /// The answer to HEAD has no body, whatever it announces.
    @Test func theAnswerIsFramedByTheRequest() {
        let log = inspect { source in
            send(&source, .toServer, Self.question.replacing("OPTIONS *", with: "HEAD /dm"))
            send(&source, .toClient, Self.switching + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
            send(&source, .toServer, Self.later)
            send(&source, .toClient, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        }
        #expect(told(log) == ["HEAD [101, 200] 0", "GET [404] 0"])
    }

    @Test func aResponsePipelinedBeforeIsThatOfItsOwnRequest() {
        let log = inspect { source in
            send(&source, .toServer, Self.later + Self.question)
            send(&source, .toClient, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx" + Self.switching)
            send(&source, .toClient, "HTTP/1.1 204 No Content\r\n\r\n")
        }
        #expect(told(log) == ["GET [200] 1", "OPTIONS [101, 204] 0"])
    }

    /// Where nothing follows it, or TLS is not what follows, 101 is the response.
    @Test func otherwise101IsTheResponse() {
        for (upgrade, rest) in [("TLS/1.2", ""), ("websocket", "HTTP/1.1 200 OK\r\n\r\n")] {
            let log = inspect { source in
                send(&source, .toServer, Self.question.replacing("TLS/1.2", with: upgrade))
                send(&source, .toClient, Self.switching.replacing("TLS/1.2", with: upgrade) + rest)
            }
            #expect(told(log) == ["OPTIONS [101] 0"])
            #expect(log.exchanges.first?.response?.body.sha256 == FakeDigest.of([]))
        }
    }
}
