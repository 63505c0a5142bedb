import Foundation
import TestSupport
import Testing

/// Bombs through a live relay: each is carried whole, costs bounded memory, and is told in one finding for each bound
/// more than a harmless message under the same head has.
@Suite(.serialized) struct BombTests {
    /// Server and client in one: `bombs.py PROXYPORT|- WBXML`. As a server it prints its port, reads each connection to its end
    /// and answers 200. As a client it sends one bomb a connection and prints `NAME octets status`.
    private static let script = #"""
        import base64, gzip, socket, sys, threading, zlib

        HEAD = (b"<SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>"
                b"<Target><LocURI>http://s/dm</LocURI></Target><Source><LocURI>IMEI:1</LocURI></Source></SyncHdr>")
        OPEN = b"<SyncML xmlns='SYNCML:SYNCML1.2'>" + HEAD + b"<SyncBody>"
        ALERT = b"<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>"
        CLOSE = b"<Final/></SyncBody></SyncML>"
        XML = OPEN + ALERT + CLOSE
        LAUGHS = b"<!DOCTYPE SyncML [<!ENTITY l0 'lol'>" + b"".join(
            b"<!ENTITY l%d '%s'>" % (i, b"&l%d;" % (i - 1) * 10) for i in range(1, 10)) + b"]>"
        WBXML = base64.b64decode(sys.argv[2])
        # Up to where Final would come.
        FRONT = WBXML[5:-3]
        TABLE = b"a\0" + b"x" * 1000 + b"\0"
        # A Replace up to what its Data holds, in both representations.
        REPLACE = b"<Replace><CmdID>2</CmdID><Item><Source><LocURI>./DevInfo/x</LocURI></Source><Data>"
        TOKENS = b"\x60\x4B\x032\0\x01\x54\x67\x57\x03./DevInfo/x\0\x01\x01\x4F"

        def chunked(octets, size):
            pieces = [octets[i:i + size] for i in range(0, len(octets), size)]
            return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"

        def wbxml(body, table=b""):
            length = bytes([0x80 | len(table) >> 7, len(table) & 127]) if table else b"\0"
            return bytes.fromhex("02A4016A") + length + table + body

        BOMBS = [
            # name, media type, further fields, body, size of chunks
            ("plain-xml", "xml", b"", XML, 0),
            ("plain-gzip", "xml", b"Content-Encoding: gzip\r\n", gzip.compress(XML), 0),
            ("plain-wbxml", "wbxml", b"", WBXML, 0),
            ("plain-chunked", "xml", b"", XML, 16),
            ("gzip", "xml", b"Content-Encoding: gzip\r\n", gzip.compress(b" " * (40 << 20), 1), 0),
            ("deflate", "xml", b"Content-Encoding: deflate\r\n", zlib.compress(b" " * (40 << 20), 1), 0),
            ("twice", "xml", b"Content-Encoding: gzip, gzip\r\n", gzip.compress(gzip.compress(b" " * (40 << 20), 1)), 0),
            ("entities", "xml", b"", LAUGHS + XML, 0),
            ("depth", "xml", b"", OPEN + ALERT + REPLACE + b"<a>" * 100_000, 0),
            ("commands", "xml", b"", OPEN + ALERT + b"".join(
                b"<Alert><CmdID>%d</CmdID><Data>1201</Data></Alert>" % n for n in range(2, 100_000)) + CLOSE, 0),
            ("table", "wbxml", b"", wbxml(FRONT + TOKENS + b"\x83\x02" * 40_000 + b"\x01\x01\x01\x12\x01\x01", TABLE), 0),
            ("tokens-depth", "wbxml", b"", wbxml(FRONT + TOKENS + b"\x44\0" * 200_000, TABLE), 0),
            ("tokens", "wbxml", b"", wbxml(FRONT + b"".join(
                b"\x46\x4B\x03%d\0\x01\x4F\x031201\0\x01\x01" % n for n in range(2, 100_000)) + b"\x12\x01\x01"), 0),
            ("fields", "xml", b"X-Flood: %s\r\n" % (b"f" * 40) * 20_000, XML, 0),
            ("chunks", "xml", b"", XML + b" " * (9 << 20), 16),
        ]

        def request(name, kind, fields, body, chunk):
            framing = b"Transfer-Encoding: chunked" if chunk else b"Content-Length: %d" % len(body)
            return (b"POST /%s HTTP/1.1\r\nHost: s\r\nContent-Type: application/vnd.syncml.dm+%s\r\n%s\r\n%s\r\n" % (
                name.encode(), kind.encode(), framing, fields)) + (chunked(body, chunk) if chunk else body)

        def send(octets, port):
            peer = socket.create_connection(("127.0.0.1", port), timeout=100)
            peer.sendall(octets)
            peer.shutdown(socket.SHUT_WR)
            answer = b""
            while some := peer.recv(65536): answer += some
            return answer

        def serve(peer):
            while peer.recv(1 << 20): pass
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            peer.close()

        if sys.argv[1] == "-":
            listener = socket.create_server(("127.0.0.1", 0), backlog=100)
            print("port", listener.getsockname()[1], flush=True)
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
        for number, bomb in enumerate(BOMBS):
            name, kind, fields, body, chunk = bomb
            # A session each, so that none sends another's messages again.
            body = body.replace(b"<SessionID>1<", b"<SessionID>%d<" % (10 + number))
            body = body.replace(b"\x65\x031\0", b"\x65\x03%d\0" % (10 + number))
            octets = request(name, kind, fields, body, chunk)
            print(bomb[0], len(octets), send(octets, int(sys.argv[1])).split(b" ")[1].decode(), flush=True)
        """#

    /// What each bomb has beside the findings of the harmless message named with it.
    private static let expected: [(name: String, harmless: String, rules: [String])] = [
        ("gzip", "plain-gzip", ["inflated-over-limit"]), ("deflate", "plain-gzip", ["inflated-over-limit"]),
        ("twice", "plain-gzip", ["inflated-over-limit"]), ("entities", "plain-xml", ["xml-doctype"]),
        ("depth", "plain-xml", ["xml-limit"]), ("commands", "plain-xml", ["xml-limit"]),
        ("table", "plain-wbxml", ["wbxml-too-much-text"]), ("tokens-depth", "plain-wbxml", ["wbxml-too-deep"]),
        ("tokens", "plain-wbxml", ["wbxml-too-many-elements"]), ("fields", "plain-xml", ["head-limit", "head-limit"]),
        ("chunks", "plain-chunked", ["body-over-limit"]),
    ]

    @Test func eachIsBoundedAndToldOnce() throws {
        let folder = try TemporaryFolder()
        let script = try folder.write("bombs.py", Self.script)
        let server = try Running("python3", [script, "-", LiveTests.message.base64EncodedString()])
        let port = try server.until("a port") { running in
            running.output.split(separator: "\n").first { $0.hasPrefix("port ") }.flatMap { Int($0.dropFirst(5)) }
        }
        let proxy = try RunningProxy("reverse:http://127.0.0.1:\(port)", ["-q"])
        let before = try proxy.running.peakMemory()
        let client = try Tool.run(
            "python3", [script, "\(proxy.port)", LiveTests.message.base64EncodedString()], seconds: 600)
        #expect(client.status == 0, "\(client.errors)")
        let sent = client.output.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(sent.count == 15 && sent.allSatisfy { $0.last == "200" }, "\(client.output)")
        // Inspection may be behind.
        #expect(
            poll(300) {
                let log = (try? String(contentsOfFile: proxy.log, encoding: .utf8)) ?? ""
                return log.components(separatedBy: #"{"record":"exchange""#).count == 16
            })
        let after = try proxy.running.peakMemory()
        #expect(after - before < 400, "\(before) MiB before, \(after) MiB at most")
        #expect(try proxy.stop().status == 0)
        let connections = try proxy.records("connection")
        let exchanges = try proxy.records("exchange")
        func findings(_ name: String) throws -> [String] {
            let exchange = try #require(
                exchanges.first { ($0["request"] as? [String: Any])?["target"] as? String == "/" + name }, "\(name)")
            let connection = connections.first { $0["id"] as? Int == exchange["connection"] as? Int }
            return [exchange, connection ?? [:]].flatMap { $0["findings"] as? [[String: Any]] ?? [] }
                .compactMap { $0["rule"] as? String }
        }
        for bomb in Self.expected {
            var more = try findings(bomb.name)
            for rule in try findings(bomb.harmless) {
                if let at = more.firstIndex(of: rule) { more.remove(at: at) }
            }
            #expect(more == bomb.rules, "\(bomb.name)")
        }
        // All octets were carried, whatever inspection did with them.
        let octets = connections.compactMap { ($0["bytes"] as? [String: Any])?["toServer"] as? Int }.reduce(0, +)
        #expect(octets == sent.compactMap { Int($0[1]) }.reduce(0, +))
    }
}
