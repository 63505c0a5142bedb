import Binding
import ContentCoding
import Inspection
import NIOCore
import Sessions
import SyncML
import TestSupport
import Testing
import WBXML
import Wire
import XMLReading

@testable import Proxy

private let facilities = Facilities.libraries { XMLDocumentReader.read($0, charset: $1, limits: $2) }

/// RespURI alone, in each way that a message may hold it.
@Suite struct RespURIChangeTests {
    private let server = Destination(host: "dm.example", port: 8080)
    private let origin = "https://lab.example:8443"

    private func change(_ entity: [UInt8]) -> RespURIChange.Outcome {
        RespURIChange.make(
            entity, type: nil, from: server, to: origin, facilities: facilities, limits: Limits())
    }

    private func xml(_ content: String) -> String {
        "<?xml version=\"1.0\"?>\n<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><Source><LocURI>"
            + "http://dm.example:8080/dm</LocURI></Source><RespURI >\(content)</RespURI></SyncHdr><SyncBody/></SyncML>\n"
    }

    private static let contents: [(String, String)] = [
        ("http://dm.example:8080/dm?s=1", "/dm?s=1"), ("http://DM.Example:8080", ""),
        ("http://dm.example:8080/dm?a=1&amp;b=2", "/dm?a=1&amp;b=2"),
        ("http://dm.example:8080/dm?a=1&#38;b=2", "/dm?a=1&amp;b=2"),
        ("<![CDATA[http://dm.example:8080/dm?a&b]]>", "/dm?a&amp;b"),
        ("http://user@dm.example:8080/x", "/x"),
    ]
    @Test(arguments: contents) func inXML(_ content: String, _ rest: String) {
        guard case .changed(let change) = change(Array(xml(content).utf8)) else {
            Issue.record("\(change(Array(xml(content).utf8)))")
            return
        }
        #expect(String(decoding: change.entity, as: UTF8.self) == xml(origin + rest))
        #expect(change.after == origin + rest.replacing("&amp;", with: "&"))
    }

    /// Each spelling of an IPv6 address is the same address.
    @Test(arguments: [
        ("2001:db8::1", "http://[2001:DB8::1]:8080/dm", true),
        ("2001:db8::1", "http://[2001:db8:0::0001]:8080/dm", true),
        ("2001:DB8:0::1", "http://[2001:db8::1]:8080/dm", true),
        ("fe80::1%25eth0", "http://[FE80::1%25eth0]:8080/dm", true),
        ("2001:db8::1", "http://[2001:db8::2]:8080/dm", false), ("2001:db8::1", "http://[2001:db8::1]/dm", false),
    ])
    func anAddressIsItselfInAnySpelling(_ host: String, _ respURI: String, _ isItself: Bool) {
        let outcome = RespURIChange.make(
            Array(xml(respURI).utf8), type: nil, from: Destination(host: host, port: 8080), to: origin,
            facilities: facilities, limits: Limits())
        guard case .changed(let change) = outcome else {
            #expect(!isItself && outcome == .unconcerned)
            return
        }
        #expect(isItself && change.after == origin + "/dm")
    }

    @Test(arguments: [
        "http://other.example:8080/dm", "http://dm.example/dm", "https://dm.example/dm", "/dm", "",
        "ftp://dm.example:8080/",
        "https://dm.example:8081/",
    ])
    func whatLeadsElsewhereStays(_ content: String) {
        #expect(change(Array(xml(content).utf8)) == .unconcerned)
    }

    /// In an encoding that we do not write, or with characters in it that no URI has.
    @Test func whatCannotBeWrittenStays() {
        let text = xml("http://dm.example:8080/dm").replacing("1.0\"?", with: "1.0\" encoding=\"UTF-16\"?")
        let wide: [UInt8] = [0xFE, 0xFF] + text.utf8.flatMap { [0, $0] }
        #expect(change(wide) == .impossible("the message is in utf-16"))
        for content in ["http://dm.example:8080/a b", "http://dm.example:8080/\u{E9}"] {
            #expect(change(Array(xml(content).utf8)) == .impossible("it holds characters that no URI has"))
        }
    }

    @Test func whatIsNoMessageStays() {
        for text in [
            "", "hello", "<a/>", "<SyncML><SyncHdr/></SyncML>", "<SyncML><SyncHdr><RespURI>http://dm.example:8080/",
        ] {
            switch change(Array(text.utf8)) {
            case .unconcerned, .impossible: break
            case .changed: Issue.record("changed: \(text)")
            }
        }
    }

    /// SyncML, SyncHdr and in it RespURI with the content given; `table` is the string table.
    private func wbxml(_ content: [UInt8], table: String = "") -> [UInt8] {
        hex("02 A4 01 6A") + [UInt8(table.utf8.count)] + Array(table.utf8) + hex("6D 6C 61") + content
            + hex("01 71 03 '1.2' 00 01 01 01")
    }

    @Test func inWBXML() {
        let (old, new) = (Array("http://dm.example:8080/dm".utf8), Array("https://lab.example:8443/dm".utf8))
        let inline = [3] + new + [0]
        let cases: [([UInt8], [UInt8])] = [
            (wbxml([3] + old + [0]), wbxml(inline)),
            // In two pieces, the second with an entity for the slash.
            (wbxml(hex("03 'http://dm.example:8080' 00 02 2F 03 'dm' 00")), wbxml(inline)),
            (
                wbxml(hex("83 01"), table: "x" + String(decoding: old, as: UTF8.self) + "\0"),
                wbxml(inline, table: "x" + String(decoding: old, as: UTF8.self) + "\0")
            ),
            (wbxml([0xC3, UInt8(old.count)] + old), wbxml([0xC3, UInt8(new.count)] + new)),
        ]
        for (before, after) in cases {
            guard case .changed(let change) = change(before) else {
                Issue.record("\(change(before)) for \(before)")
                continue
            }
            #expect(change.entity == after)
            #expect(change.before == "http://dm.example:8080/dm")
        }
        // Opaque data of more than 127 octets has its length in two.
        let path = String(repeating: "p", count: 200)
        let long = Array("http://dm.example:8080/\(path)".utf8)
        guard case .changed(let change) = change(wbxml([0xC3, 0x81, UInt8(long.count - 128)] + long)) else {
            Issue.record("opaque data of \(long.count) octets stays")
            return
        }
        #expect(change.entity == wbxml([0xC3, 0x81, UInt8(long.count + 2 - 128)] + Array("\(origin)/\(path)".utf8)))
    }
}

/// Whole connections through the rewriter, at every split.
@Suite struct MessageRewriterTests {
    private static let server = Destination(host: "dm.example", port: 8080)

    private func rewriting(_ credentials: String = "", host: Bool = true, limits: Limits = Limits()) throws -> Rewriting
    {
        Rewriting(
            respURI: true, host: host, facilities: facilities, limits: limits,
            credentials: credentials.isEmpty
                ? Credentials() : try Credentials(parsing: Array(credentials.utf8).span.bytes))
    }

    private struct Result: Equatable {
        var toServer = ""
        var toClient = ""
        var original = PerDirection<String> { _ in "" }
        var alterations: [Alteration] = []
        var findings: [String] = []

        static func == (a: Result, b: Result) -> Bool {
            a.toServer == b.toServer && a.toClient == b.toClient && a.alterations == b.alterations
                && a.findings == b.findings && a.original.toServer == b.original.toServer
                && a.original.toClient == b.original.toClient
        }

        mutating func take(_ pieces: [MessageRewriter.Piece]) {
            for piece in pieces {
                let (old, new) = (String(buffer: piece.original), String(buffer: piece.changed))
                original[piece.direction] += old
                if piece.direction == .toServer { toServer += new } else { toClient += new }
                alterations += piece.alterations
                if let finding = piece.finding { findings.append(finding.rule.id) }
            }
        }
    }

    private func run(
        _ rewriting: Rewriting, _ request: String, _ requestPieces: [Range<Int>], _ response: String,
        _ responsePieces: [Range<Int>]
    ) -> Result {
        let rewriter = MessageRewriter(rewriting, server: Self.server, serverTLS: false, clientTLS: true)
        var result = Result()
        for piece in requestPieces {
            result.take(rewriter.take(ByteBuffer(bytes: Array(request.utf8)[piece]), .toServer))
        }
        for piece in responsePieces {
            result.take(rewriter.take(ByteBuffer(bytes: Array(response.utf8)[piece]), .toClient))
        }
        result.take(rewriter.finish(.toServer))
        result.take(rewriter.finish(.toClient))
        return result
    }

    /// The same at every split of either direction.
    private func result(_ rewriting: Rewriting, _ request: String, _ response: String) -> Result {
        let whole = run(rewriting, request, [0..<request.utf8.count], response, [0..<response.utf8.count])
        for pieces in splits(request.utf8.count) {
            #expect(run(rewriting, request, pieces, response, [0..<response.utf8.count]) == whole)
        }
        for pieces in splits(response.utf8.count) {
            #expect(run(rewriting, request, [0..<request.utf8.count], response, pieces) == whole)
        }
        #expect(whole.original.toServer == request)
        #expect(whole.original.toClient == response)
        return whole
    }

    private static func message(_ respURI: String) -> String {
        "<SyncML><SyncHdr><RespURI>\(respURI)</RespURI></SyncHdr><SyncBody/></SyncML>"
    }
    private static let request = "POST /dm HTTP/1.1\r\nhOST:lab.example:8443 \r\nContent-Length: 2\r\n\r\nhi"
    private static let old = message("http://dm.example:8080/s")
    private static let new = message("https://lab.example:8443/s")
    private static let type = "Content-Type: application/vnd.syncml.dm+xml\r\n"

    @Test func hostAndRespURIChangeAndWhatDependsOnThem() throws {
        let oldMD5 = Base64.encode(md5(Array(Self.old.utf8)))
        let response =
            "HTTP/1.1 200 OK\r\n\(Self.type)content-length:  \(Self.old.utf8.count)\r\nContent-MD5: \(oldMD5)\r\nX: y\r\n\r\n\(Self.old)"
        let result = result(try rewriting(), Self.request, response)
        #expect(result.toServer == Self.request.replacing("lab.example:8443", with: "dm.example:8080"))
        let newMD5 = Base64.encode(md5(Array(Self.new.utf8)))
        #expect(
            result.toClient
                == "HTTP/1.1 200 OK\r\n\(Self.type)content-length:  \(Self.new.utf8.count)\r\nContent-MD5: \(newMD5)\r\nX: y\r\n\r\n\(Self.new)"
        )
        #expect(
            result.alterations == [
                Alteration(what: "host", before: "lab.example:8443", after: "dm.example:8080"),
                Alteration(what: "resp-uri", before: "http://dm.example:8080/s", after: "https://lab.example:8443/s"),
                Alteration(what: "content-length", before: "\(Self.old.utf8.count)", after: "\(Self.new.utf8.count)"),
                Alteration(what: "content-md5", before: oldMD5, after: newMD5),
            ])
    }

    @Test func chunkedAndUnbounded() throws {
        let middle = Self.old.index(Self.old.startIndex, offsetBy: 20)
        let chunks = [Self.old[..<middle], Self.old[middle...]].map {
            "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n"
        }.joined()
        let head = "HTTP/1.1 200 OK\r\n\(Self.type)Transfer-Encoding: chunked\r\n\r\n"
        let next = "HTTP/1.1 204 No Content\r\n\r\n"
        let requests = Self.request + Self.request
        let chunked = result(try rewriting(host: false), requests, head + chunks + "0\r\nT: 1\r\n\r\n" + next)
        #expect(chunked.toServer == requests)
        #expect(
            chunked.toClient
                == head + "\(String(Self.new.utf8.count, radix: 16))\r\n\(Self.new)\r\n0\r\nT: 1\r\n\r\n" + next)
        let open = "HTTP/1.1 200 OK\r\n\(Self.type)\r\n"
        #expect(result(try rewriting(), Self.request, open + Self.old).toClient == open + Self.new)
    }

    private static let untouched: [String] = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n<a",
        "HTTP/1.1 404 Not Found\r\nContent-Length: \(old.utf8.count)\r\n\r\n\(old)",
        "HTTP/1.1 200 OK\r\n\(type)Content-Length: 500\r\n\r\n\(old)",
        "HTTP/1.1 200 OK\r\n\(type)Content-Length: \(message("http://third.example/").utf8.count)\r\n\r\n\(message("http://third.example/"))",
        "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n\(old)", "nonsense\u{1}\r\n\r\n\(old)", "HTTP/1.1 20",
    ]
    @Test(arguments: untouched) func theRestGoesOverAsItIs(_ response: String) throws {
        let result = result(try rewriting(), Self.request, response)
        #expect(result.toClient == response)
        #expect(result.alterations.map(\.what) == ["host"])
        #expect(result.findings == [])
    }

    /// The response goes over as it is, with a finding.
    @Test func aRespURIThatCannotBeWrittenIsSaid() throws {
        let body = Self.message("http://dm.example:8080/a b")
        let response = "HTTP/1.1 200 OK\r\n\(Self.type)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let result = result(try rewriting(host: false), Self.request, response)
        #expect(result.toClient == response && result.alterations == [])
        #expect(result.findings == [ProxyRules.rewriteImpossible.id])
    }

    @Test func nothingIsHeldPastTheLimitOfBodies() throws {
        var limits = Limits()
        limits.body = 50
        let response = "HTTP/1.1 200 OK\r\n\(Self.type)Content-Length: \(Self.old.utf8.count)\r\n\r\n\(Self.old)"
        #expect(result(try rewriting(limits: limits), Self.request, response).toClient == response)
        let rewriter = MessageRewriter(
            try rewriting(limits: limits), server: Self.server, serverTLS: false, clientTLS: true)
        _ = rewriter.take(ByteBuffer(string: Self.request), .toServer)
        let part = String(response.dropLast(10))
        var gone = Result()
        gone.take(rewriter.take(ByteBuffer(string: part), .toClient))
        #expect(gone.toClient == part)
    }

    /// Connections share a bound: the response that would go past it goes on unchanged, later ones are changed again.
    @Test func allConnectionsTogetherHoldNoMoreThanTheBound() throws {
        var limits = Limits()
        limits.bodies = 1000
        let shared = try rewriting(host: false, limits: limits)
        func rewriter() -> MessageRewriter {
            let rewriter = MessageRewriter(shared, server: Self.server, serverTLS: false, clientTLS: true)
            _ = rewriter.take(ByteBuffer(string: Self.request), .toServer)
            return rewriter
        }
        let begin = "HTTP/1.1 200 OK\r\n\(Self.type)Content-Length: 600\r\n\r\n" + String(repeating: " ", count: 300)
        var first: MessageRewriter? = rewriter()
        var gone = Result()
        gone.take(first?.take(ByteBuffer(string: begin), .toClient) ?? [])
        #expect(gone.toClient == "" && shared.held.value > 600)
        let second = rewriter()
        gone.take(second.take(ByteBuffer(string: begin), .toClient))
        #expect(gone.toClient == begin && gone.findings == [ProxyRules.rewriteImpossible.id])
        let rest = String(repeating: " ", count: 300)
        gone.take(second.take(ByteBuffer(string: rest), .toClient))
        #expect(gone.toClient == begin + rest && gone.findings.count == 1)
        first = nil
        #expect(first == nil && shared.held.value == 0)
        gone = Result()
        _ = second.take(ByteBuffer(string: Self.request), .toServer)
        let response = "HTTP/1.1 200 OK\r\n\(Self.type)Content-Length: \(Self.old.utf8.count)\r\n\r\n\(Self.old)"
        gone.take(second.take(ByteBuffer(string: response), .toClient))
        #expect(gone.toClient.hasSuffix(Self.new) && gone.findings == [] && shared.held.value == 0)
    }

    /// A protocol of octets without line ends is no HTTP/1.x: its peers may wait for each other's next octet.
    @Test func whatIsNoHTTPGoesOverAsItComes() throws {
        let rewriter = MessageRewriter(try rewriting(), server: Self.server, serverTLS: false, clientTLS: true)
        var gone = Result()
        for (octet, count) in [(0x80, 50), (0, 100), (0x41, 40)] {
            gone.take(rewriter.take(ByteBuffer(repeating: UInt8(octet), count: count), .toServer))
        }
        #expect(gone.toServer.utf8.count >= 190)
    }

    /// What is held of a message counts whole, not its entity alone: heads, chunk headers, trailers.
    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nX-A: ", "a"),
        ("HTTP/1.1 200 OK\r\n\(type)Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n", "0;aaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("HTTP/1.1 200 OK\r\n\(type)Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", "A: b\r\n"),
    ])
    func nothingIsHeldWithoutBound(_ begin: String, _ rest: String) throws {
        var limits = Limits()
        limits.body = 5000
        limits.head = 5000
        let rewriter = MessageRewriter(
            try rewriting(limits: limits), server: Self.server, serverTLS: false, clientTLS: true)
        _ = rewriter.take(ByteBuffer(string: Self.request), .toServer)
        var came = 0
        var gone = Result()
        for piece in [begin] + Array(repeating: String(repeating: rest, count: 10), count: 3000) {
            came += piece.utf8.count
            gone.take(rewriter.take(ByteBuffer(string: piece), .toClient))
            #expect(came - gone.toClient.utf8.count <= 10_000)
            if came > 40_000 { break }
        }
        gone.take(rewriter.finish(.toClient))
        #expect(gone.toClient.utf8.count == came && gone.findings.count <= 1)
    }

    @Test func aSignatureIsRenewedWhereTheSecretIsKnownAndElseSaidToBreak() throws {
        func mac(_ nonce: String, _ body: String) -> String {
            let secret = Base64.encode(md5(Array("srv:secret".utf8)))
            let digest = Base64.encode(md5(Array(body.utf8)))
            return Base64.encode(md5(Array("\(secret):\(nonce):\(digest)".utf8)))
        }
        // The device gives the nonce in a challenge, in base64.
        let challenge =
            "<SyncML><SyncHdr/><SyncBody><Status><CmdID>1</CmdID><Cmd>SyncHdr</Cmd><Chal><Meta>"
            + "<Type xmlns='syncml:metinf'>syncml:auth-MAC</Type><NextNonce xmlns='syncml:metinf'>bm9uY2U=</NextNonce>"
            + "</Meta></Chal><Data>401</Data></Status></SyncBody></SyncML>"
        let request =
            "POST /dm HTTP/1.1\r\nHost: lab.example:8443\r\n\(Self.type)Content-Length: \(challenge.utf8.count)\r\n\r\n\(challenge)"
        func response(_ body: String, _ mac: String) -> String {
            "HTTP/1.1 200 OK\r\n\(Self.type)x-syncml-hmac: algorithm=MD5, username=\"srv\", mac=\(mac)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        }
        for nonce in ["nonce", ""] {
            let signed = response(Self.old, mac(nonce, Self.old))
            let known = result(try rewriting("server * user=srv password=secret", host: false), request, signed)
            #expect(known.toClient == response(Self.new, mac(nonce, Self.new)))
            #expect(known.alterations.map(\.what) == ["resp-uri", "content-length", "x-syncml-hmac"])
            #expect(known.alterations.allSatisfy { $0.breaks == nil })
            for credentials in ["", "server * user=srv password=wrong"] {
                let unknown = result(try rewriting(credentials, host: false), request, signed)
                #expect(unknown.toClient == response(Self.new, mac(nonce, Self.old)))
                #expect(unknown.alterations.first?.breaks == "x-syncml-hmac")
            }
        }
    }
}
