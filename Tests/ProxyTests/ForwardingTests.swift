import Binding
import NIOCore
import TestSupport
import Testing

@testable import Proxy

@Suite struct ForwardingTests {
    private struct Outcome: Equatable {
        /// What the server gets.
        var sent = ""
        var changes: [String] = []
        var elsewhere = ""
    }

    private func start() -> Forwarding {
        Forwarding(to: Destination(host: "a", port: 80), tls: false, lineLimit: 100)
    }

    private func take(_ pieces: [Forwarding.Piece], _ outcome: inout Outcome) {
        for piece in pieces {
            switch piece {
            case .octets(let octets): outcome.sent += String(buffer: octets)
            case .line(_, let rewritten, let alteration):
                outcome.sent += String(buffer: rewritten)
                outcome.changes.append("\(alteration.what): \(alteration.before) → \(alteration.after)")
            case .elsewhere(let octets): outcome.elsewhere += String(buffer: octets)
            }
        }
    }

    /// The same outcome whole, octet by octet, and split anywhere.
    private func run(_ text: String) -> Outcome {
        var outcomes: [Outcome] = []
        let octets = Array(text.utf8)
        for pieces in splits(octets.count) {
            let forwarding = start()
            var outcome = Outcome()
            for piece in pieces { take(forwarding.toServer(ByteBuffer(bytes: octets[piece])), &outcome) }
            if let rest = forwarding.remainder() { outcome.sent += String(buffer: rest) }
            outcomes.append(outcome)
        }
        for outcome in outcomes { #expect(outcome == outcomes[0]) }
        return outcomes[0]
    }

    @Test func rewritesTheLineAlone() {
        let rest = "hOST:  a \r\nProxy-Connection: x\r\nContent-Length: 5\r\n folded\r\n\r\nhello"
        #expect(
            run("POST  http://a/dm?x\tHTTP/1.1 \r\n" + rest)
                == Outcome(
                    sent: "POST  /dm?x\tHTTP/1.1 \r\n" + rest,
                    changes: ["request-line: POST  http://a/dm?x\tHTTP/1.1  → POST  /dm?x\tHTTP/1.1 "]))
    }

    @Test func findsEachRequestOfMany() {
        let bodies = [
            "Content-Length: 22\r\n\r\nGET http://b/ HTTP/1.1\n",
            "Transfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nTrailer: y\r\n\r\n", "\r\n",
        ]
        let requests = bodies.map { "POST http://a/ HTTP/1.1\r\nHost: a\r\n" + $0 }
        let outcome = run("\r\n" + requests.joined() + "\r\n" + requests[2])
        #expect(outcome.changes.count == 4)
        #expect(outcome.elsewhere == "")
        let expected = bodies.map { "POST / HTTP/1.1\r\nHost: a\r\n" + $0 }
        #expect(outcome.sent == "\r\n" + expected.joined() + "\r\n" + expected[2])
    }

    @Test func stopsAtARequestForAnotherServer() {
        let first = "GET http://a/ HTTP/1.1\r\n\r\n"
        for other in [
            "GET http://b/ HTTP/1.1\r\n\r\n", "CONNECT a:80 HTTP/1.1\r\n\r\n", "GET https://a:80/ HTTP/1.1\r\n\r\n",
        ] {
            let outcome = run(first + other + "more")
            #expect(outcome.sent == "GET / HTTP/1.1\r\n\r\n")
            #expect(outcome.elsewhere == other + "more")
        }
    }

    @Test func passesOnWhatIsNoRequest() {
        let outcome = run("GET http://a/ HTTP/1.1\r\n\r\nnonsense\r\nGET http://b/ HTTP/1.1\r\n\r\n")
        #expect(outcome.sent == "GET / HTTP/1.1\r\n\r\nnonsense\r\nGET http://b/ HTTP/1.1\r\n\r\n")
        #expect(outcome.elsewhere == "")
    }

    @Test func passesOriginFormOn() {
        let outcome = run("GET http://a/ HTTP/1.1\r\n\r\nGET /x HTTP/1.1\r\n\r\nGET http://a/y HTTP/1.1\r\n\r\n")
        #expect(outcome.sent == "GET / HTTP/1.1\r\n\r\nGET /x HTTP/1.1\r\n\r\nGET /y HTTP/1.1\r\n\r\n")
        #expect(outcome.changes.count == 2)
    }

    /// However the server's octets come, what is due is known behind each response, and not before.
    @Test func countsResponsesThatAreDue() {
        let interim = "HTTP/1.1 100 Continue\r\n\r\n"
        let ofHEAD = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
        let octets = Array((interim + ofHEAD + ofHEAD + "ok").utf8)
        for pieces in splits(octets.count) {
            let forwarding = start()
            var outcome = Outcome()
            #expect(!forwarding.awaitsResponses)
            take(
                forwarding.toServer(
                    ByteBuffer(string: "HEAD http://a/ HTTP/1.1\r\n\r\nGET http://a/ HTTP/1.1\r\n\r\n")), &outcome)
            for piece in pieces {
                forwarding.toClient(ByteBuffer(bytes: octets[piece]))
                #expect(forwarding.awaitsResponses == (piece.upperBound < octets.count), "\(piece)")
            }
            // The next request is due again.
            take(forwarding.toServer(ByteBuffer(string: "GET http://a/ HTTP/1.1\r\n\r\n")), &outcome)
            #expect(forwarding.awaitsResponses)
            #expect(outcome.changes.count == 3)
        }
    }

    @Test func looksAtNothingAfterAProtocolSwitch() {
        let forwarding = start()
        var outcome = Outcome()
        take(
            forwarding.toServer(
                ByteBuffer(string: "GET http://a/ HTTP/1.1\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")), &outcome)
        forwarding.toClient(ByteBuffer(string: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"))
        outcome = Outcome()
        take(forwarding.toServer(ByteBuffer(string: "GET http://b/ HTTP/1.1\r\n\r\n")), &outcome)
        #expect(outcome == Outcome(sent: "GET http://b/ HTTP/1.1\r\n\r\n"))
    }

    @Test func aLineWithoutEndIsNotHeldForEver() {
        let forwarding = start()
        var outcome = Outcome()
        take(forwarding.toServer(ByteBuffer(string: "GET /" + String(repeating: "x", count: 94))), &outcome)
        #expect(outcome.sent == "")
        take(forwarding.toServer(ByteBuffer(string: "xx")), &outcome)
        take(forwarding.toServer(ByteBuffer(string: "y")), &outcome)
        #expect(outcome.sent == "GET /" + String(repeating: "x", count: 96) + "y")
    }
}
