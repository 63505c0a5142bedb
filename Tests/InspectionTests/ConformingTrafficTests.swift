import Binding
import HTTPWire
import Inspection
import InspectionSupport
import Testing
import Wire

/// What conforms gets no finding: flows that once got some.
@Suite struct ConformingTrafficTests {
    private static let type = "Content-Type: application/vnd.syncml.dm+wbxml\r\n"
    private static let fields =
        "Host: dm.test\r\nUser-Agent: X/1\r\nAccept: application/vnd.syncml.dm+wbxml\r\nAccept-Charset: UTF-8\r\n"
        + "Cache-Control: no-store\r\n"
    /// The head of a request that lacks nothing, before its Content-Length.
    private static let head = "POST /dm HTTP/1.1\r\n\(fields)\(type)"

    private static func octets(_ head: String, _ body: [UInt8] = []) -> [UInt8] {
        Array("\(head)Content-Length: \(body.count)\r\n\r\n".utf8) + body
    }
    /// Ids of the rules that the exchanges of a log met, but for those about the sessions in it.
    private static func rules(_ log: Kept) -> [String] {
        let judged = Set(BindingRules.all + HTTPRules.all + InspectionRules.all)
        return log.exchanges.flatMap(\.findings).map(\.rule).filter(judged.contains).map(\.id)
    }

    private static let refusal = Array(
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"dm\"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".utf8
    )

    /// RFC 2616 8.2.3: a client that waits for 100 sends no body after a final status.
    @Test(arguments: [true, false]) func aBodyIsKeptBack(_ isAnswered: Bool) {
        let log = inspect { source in
            source.send(.toServer, Array("\(Self.head)Expect: 100-continue\r\nContent-Length: 80\r\n\r\n".utf8))
            if isAnswered { source.send(.toClient, Self.refusal) }
            source.time.nanoseconds += 60_000_000_000
            source.tell(.halfClosed(.toServer))
        }
        // Where nothing comes, that is one fault, and gets one finding.
        #expect(Self.rules(log) == (isAnswered ? [] : ["expect-unanswered"]))
    }

    /// What happens behind the end of a capture is not known.
    @Test(arguments: [true, false]) func aCaptureEndsBehindAHead(_ isCut: Bool) {
        let log = inspect(closes: false) { source in
            source.send(.toServer, Array("\(Self.head)Expect: 100-continue\r\nContent-Length: 80\r\n\r\n".utf8))
            if isCut { source.tell(.cut(.toServer, offset: 300)) }
        }
        #expect(Self.rules(log) == [])
    }

    /// A forward proxy's connection leads to other servers, and enrolment over SOAP to the same.
    @Test(arguments: [
        ("POST http://soap.test/ws", "Host: soap.test\r\n", "text/xml", false),
        ("POST http://other.test/dm", "Host: other.test\r\n", "application/octet-stream", false),
        ("POST /Renew", "Host: dm.test\r\nSOAPAction: \"x\"\r\n", "text/xml", true),
        ("POST /Renew", "Host: dm.test\r\n", "text/xml", true),
        ("POST /Renew", "Host: DM.test\r\n", "text/xml", true),
    ])
    func otherTrafficFollowsDM(_ line: String, _ host: String, _ type: String, _ isSameServer: Bool) {
        let soap = Array("<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://x\"><s:Body/></s:Envelope>".utf8)
        let log = inspect { source in
            source.send(.toServer, Self.octets(Self.head, InspectorTests.message))
            source.send(.toClient, InspectorTests.response)
            source.send(.toServer, Self.octets("\(line) HTTP/1.1\r\n\(host)Content-Type: \(type)\r\n", soap))
            source.send(.toClient, Self.octets("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n", soap))
        }
        #expect(log.exchanges.map(\.context.carriedDM) == [false, isSameServer])
        #expect(log.exchanges.last?.findings.map(\.rule.id) == [])
        #expect(log.exchanges.last?.isDM == false)
    }

    /// The install notification of a download may come without a type, over the connection of the session that asked for it.
    @Test func anInstallNotificationFollowsDM() {
        let log = inspect { source in
            source.send(.toServer, Self.octets(Self.head, InspectorTests.message))
            source.send(.toClient, InspectorTests.response)
            source.send(
                .toServer, Self.octets("POST /notify HTTP/1.1\r\nHost: dm.test\r\n", Array("900 Success".utf8)))
            source.send(.toClient, Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8))
        }
        #expect(log.exchanges.last?.context.carriedDM == true)
        #expect(log.exchanges.last?.findings.map(\.rule.id) == [])
    }

    /// Content-MD5 of a body that is not there, or not all there (RFC 2616 14.15 gives it to the entity).
    @Test(arguments: ["HEAD", "304", "cut", "gap", "whole"]) func contentMD5IsOfAWholeBody(_ what: String) {
        let wrong = "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==\r\n"
        let body = InspectorTests.message
        let log = inspect { source in
            if what == "HEAD" || what == "304" {
                source.send(
                    .toServer, Array("\(what == "HEAD" ? what : "GET") /dm HTTP/1.1\r\n\(Self.fields)\r\n".utf8))
            } else {
                source.send(.toServer, Self.octets(Self.head, body))
            }
            let line = what == "304" ? "HTTP/1.1 304 Not Modified" : "HTTP/1.1 200 OK"
            let head = "\(line)\r\nCache-Control: no-store\r\n\(Self.type)\(wrong)"
            if what == "HEAD" || what == "304" {
                source.send(.toClient, Array("\(head)Content-Length: \(body.count)\r\n\r\n".utf8))
                return
            }
            let response = Self.octets(head, body)
            source.send(.toClient, Array(response.dropLast(what == "whole" ? 0 : 30)))
            if what == "gap" {
                source.gap(.toClient, 20)
                source.send(.toClient, Array(response.suffix(10)))
            }
            source.tell(.halfClosed(.toClient))
        }
        #expect(Self.rules(log).contains("content-md5-wrong") == (what == "whole"), "\(Self.rules(log))")
    }

    /// RFC 2616 14.39: a transfer coding that TE asks for may be used; the body under it is not decoded here.
    @Test(arguments: ["TE: deflate\r\nConnection: TE\r\n", ""]) func aTransferCodingIsAskedFor(_ te: String) throws {
        let log = inspect { source in
            source.send(.toServer, Self.octets("\(Self.head)\(te)", InspectorTests.message))
            let head =
                "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\n\(Self.type)Transfer-Encoding: deflate, chunked\r\n"
            source.send(.toClient, Array("\(head)\r\n5\r\n\u{78}\u{1A}abc\r\n0\r\n\r\n".utf8))
        }
        let exchange = try #require(log.exchanges.first)
        let found = exchange.findings.filter { $0.about == .response }
        #expect(found.map(\.rule.id) == ["transfer-encoding-unknown"])
        #expect(found.map(\.level) == [te.isEmpty ? .must : .note])
        #expect(exchange.response?.body.codingFailure == "transfer coding deflate")
    }

    /// A message that was not coded at all is read.
    @Test func aTransferCodingWasNotApplied() {
        let log = inspect { source in
            source.send(.toServer, Self.octets(Self.head, InspectorTests.message))
            let size = String(InspectorTests.message.count, radix: 16)
            let head = "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\n\(Self.type)Transfer-Encoding: gzip, chunked\r\n"
            source.send(
                .toClient,
                Array("\(head)\r\n\(size)\r\n".utf8) + InspectorTests.message + Array("\r\n0\r\n\r\n".utf8))
        }
        #expect(log.exchanges.first?.response?.body.dm != nil)
    }
}
