import Foundation
import TestSupport
import Testing

/// Floods of TLS records against the leg that faces devices: each ends, costs little memory, and is told as one failure;
/// many small records that are in order are carried.
@Suite struct RecordFloodTests {
    /// `floods.py PORT CA`: prints `NAME status` for each, where the status is `200`, or `closed` when nothing but an
    /// alert came back.
    private static let script = #"""
        import socket, ssl, sys

        port = int(sys.argv[1])
        context = ssl.create_default_context(cafile=sys.argv[2])

        def hello():
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
            try: tls.do_handshake()
            except ssl.SSLWantReadError: pass
            return tls, incoming, outgoing

        def split(records, size):
            out = b""
            while records:
                length = int.from_bytes(records[3:5], "big")
                body = records[5:5 + length]
                for at in range(0, length, size):
                    piece = body[at:at + size]
                    out += records[:3] + len(piece).to_bytes(2, "big") + piece
                records = records[5 + length:]
            return out

        def flood(name, *parts):
            peer = socket.create_connection(("127.0.0.1", port), timeout=60)
            status = "closed"
            try:
                for part in parts: peer.sendall(part)
                while peer.recv(65536): pass
            except (ConnectionResetError, BrokenPipeError): pass
            except TimeoutError: status = "open"
            print(name, status, flush=True)

        def talk(name, helloSize, size):
            peer = socket.create_connection(("127.0.0.1", port), timeout=60)
            tls, incoming, outgoing = hello()
            first = outgoing.read()
            peer.sendall(split(first, helloSize))
            while True:
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    if outgoing.pending: peer.sendall(outgoing.read())
                    incoming.write(peer.recv(65536))
            request = b"POST /dm HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 20000\r\n\r\n" + b"x" * 20000
            for at in range(0, len(request), size): tls.write(request[at:at + size])
            peer.sendall(outgoing.read())
            # To the end, so that it leaves in one way whatever the timing.
            answer = b""
            while True:
                try:
                    piece = tls.read(65536)
                    if not piece: break
                    answer += piece
                except ssl.SSLZeroReturnError: break
                except ssl.SSLWantReadError:
                    some = peer.recv(65536)
                    if not some: break
                    incoming.write(some)
            peer.close()
            print(name, answer.split(b" ")[1].decode() if b" " in answer else "nothing", flush=True)

        talk("plain", 16384, 16384)
        talk("small-hello", 1, 16384)
        talk("small-data", 16384, 1)
        first = hello()[2].read()
        flood("empty", b"\x16\x03\x01\x00\x00" * 100_000)
        flood("empty-data", first, b"\x17\x03\x03\x00\x00" * 100_000)
        flood("warnings", first, b"\x15\x03\x03\x00\x02\x01\x5a" * 100_000)
        flood("change-cipher-specs", first, b"\x14\x03\x03\x00\x01\x01" * 100_000)
        flood("long-hello", b"".join(
            b"\x16\x03\x01\x40\x00" + (b"\x01\xff\xff\xff" if n == 0 else b"\0" * 4) + b"\0" * 16380 for n in range(1000)))
        """#

    @Test func eachEndsAndIsToldOnce() throws {
        let nginx = try Nginx(message: LiveTests.message, type: LiveTests.type)
        let folder = try TemporaryFolder()
        let proxy = try RunningProxy(
            "reverse:https://localhost:\(nginx.tlsPort)", ["--upstream-ca", nginx.authority, "-q"])
        let before = try proxy.running.peakMemory()
        let script = try folder.write("floods.py", Self.script)
        let client = try Tool.run("python3", [script, "\(proxy.port)", proxy.authority], seconds: 600)
        #expect(client.status == 0, "\(client.errors)")
        #expect(
            client.output.split(separator: "\n") == [
                "plain 200", "small-hello 200", "small-data 200", "empty closed", "empty-data closed",
                "warnings closed", "change-cipher-specs closed", "long-hello closed",
            ])
        let after = try proxy.running.peakMemory()
        #expect(after - before < 64, "\(before) MiB before, \(after) MiB at most")
        #expect(try proxy.stop().status == 0)
        let findings = try proxy.records("connection").sorted { ($0["id"] as? Int ?? 0) < ($1["id"] as? Int ?? 0) }.map
        {
            ($0["findings"] as? [[String: Any]] ?? []).compactMap { $0["rule"] as? String }
        }
        #expect(findings.count == 8)
        #expect(findings.prefix(3).allSatisfy { $0 == findings[0] }, "\(findings)")
        // The failure once, beside it the alerts: libssl takes five warnings before it ends the connection itself.
        for more in findings.dropFirst(3) {
            #expect(more.count { $0 == "tls-failed" } == 1 && more.count { $0 == "tls-alert" } <= 6, "\(more)")
        }
    }
}
