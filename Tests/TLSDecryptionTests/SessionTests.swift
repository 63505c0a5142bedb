import Foundation
import TLSDecryption
import TLSWire
import TestSupport
import Testing
import Wire

@Suite struct SessionTests {
    @Test func recordingsAreThere() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: RecordedSession.folder.path)
            .filter { $0.hasSuffix(".session") }
        #expect(files.count >= 53)
        #expect(Set(RecordedSession.all.map { $0.name + ".session" }) == Set(files))
    }

    /// Every recorded session opens with each source of keys, whole and an octet at a time, and shows the same.
    @Test(arguments: RecordedSession.all) func opens(_ session: RecordedSession) throws {
        #expect(!session.sources.isEmpty && !session.connections.isEmpty)
        for source in session.sources {
            let keys = try session.keys(source)
            for connection in session.connections {
                let seen = replay(connection, keys)
                for direction in Direction.allCases {
                    #expect(
                        seen.plaintext[direction] == connection.sent[direction],
                        "\(source) \(direction): \(seen.text(direction)); \(seen.findings.map(\.text))")
                }
                #expect(seen.facts.version == session.version && seen.facts.suite == session.suite)
                #expect(seen.facts.decrypted && seen.facts.handshakeComplete && seen.facts.keyWanted == nil)
                #expect(seen.lost == PerDirection { _ in 0 })
            }
        }
        let source = try #require(session.sources.first)
        for size in [1, 7, 1000] {
            let whole = try session.keys(source)
            let cut = try session.keys(source)
            for connection in session.connections {
                #expect(replay(connection, whole) == replay(connection, cut, size: size), "pieces of \(size)")
            }
        }
    }

    /// What a connection holds grows with a record that is not whole, by a cipher, and no further.
    @Test func tellsWhatItHolds() throws {
        let session = try RecordedSession.named("tls12-aes128-sha")
        let keys = try session.keys(try #require(session.sources.first))
        let connection = try #require(session.connections.first)
        var tls = PassiveTLS(keys: keys)
        let empty = tls.held
        var seen = Seen()
        let (direction, first) = try #require(connection.octets.first)
        tls.receive(first.span.bytes.extracting(0..<first.count - 1), direction, into: &seen)
        #expect(tls.held >= empty + first.count - 1)
        tls.receive(first.span.bytes.extracting(first.count - 1..<first.count), direction, into: &seen)
        for (direction, octets) in connection.octets.dropFirst() {
            tls.receive(octets.span.bytes, direction, into: &seen)
        }
        #expect(tls.held > empty && tls.held < empty + 4096)
    }

    /// Handshake messages may be cut into records anywhere (RFC 5246 6.2.1), the ClientHello too.
    @Test(arguments: ["tls12-aes128-sha", "tls12-renegotiation", "tls13-retry", "tls13-early-data"], [1, 3, 4, 50])
    func handshakeInSmallRecords(_ name: String, _ size: Int) throws {
        let session = try RecordedSession.named(name)
        let keys = try session.keys(try #require(session.sources.first))
        for connection in session.connections {
            let cut = withHandshake(of: connection, inRecordsOf: size)
            let seen = replay(cut, keys)
            #expect(seen.plaintext == connection.sent && seen.rules == replay(connection, keys).rules)
            #expect(seen == replay(cut, keys, size: 1))
        }
    }

    /// Ten octets of each code are sent where both sides agreed on that (RFC 6066 7).
    @Test(arguments: ["tls12-aes128-sha", "tls10-aes128-cbc"])
    func truncatedHMAC(_ name: String) throws {
        let session = try RecordedSession.named(name)
        let keys = try session.keys(try #require(session.sources.first))
        for connection in session.connections {
            let truncated = withTruncatedHMAC(connection)
            let seen = replay(truncated, keys)
            #expect(seen.plaintext == connection.sent && seen.facts.decrypted)
            #expect(seen == replay(truncated, keys, size: 1))
        }
    }

    /// Without keys nothing comes out, and the facts name the key that is wanted.
    @Test(arguments: RecordedSession.all) func withoutKeysNamesTheKey(_ session: RecordedSession) throws {
        for connection in session.connections {
            let seen = replay(connection, KeyMaterial())
            #expect(seen.plaintext == PerDirection { _ in [] } && !seen.facts.decrypted)
            #expect(seen.facts.version == session.version && seen.facts.suite == session.suite)
            #expect(seen.facts.handshakeComplete)
            let wanted = try #require(seen.facts.keyWanted)
            #expect(wanted.contains(session.version == "TLS 1.3" ? "TRAFFIC_SECRET_0" : "CLIENT_RANDOM"))
            #expect(seen.rules.contains("tls-undecrypted"))
            #expect(seen.lost == PerDirection { _ in 0 })
        }
    }
}

/// The connection with its handshake messages, as far as they are in the clear, in records of so many octets. Each octet
/// of the first ones has an empty record before it.
private func withHandshake(
    of connection: RecordedSession.Connection, inRecordsOf size: Int
) -> RecordedSession.Connection {
    changed(connection) { record, isProtected in
        guard record[0] == 22, !isProtected else { return [record] }
        return stride(from: 5, to: record.count, by: size).flatMap { start -> [[UInt8]] in
            let part = record[start..<min(start + size, record.count)]
            let empty = start < 10 ? [Array(record[..<3]) + [0, 0]] : []
            return empty + [Array(record[..<3]) + [0, UInt8(part.count)] + part]
        }
    }
}

/// The connection as it would be with the extension truncated_hmac in its ServerHello. It encrypts before the code is
/// made, so that the code is the last thing in each record.
private func withTruncatedHMAC(_ connection: RecordedSession.Connection) -> RecordedSession.Connection {
    changed(connection) { record, isProtected in
        var record = record
        if isProtected {
            record.removeLast(10)
        } else if record[0] == 22, record[5] == 2 {
            // Its length is that of the message's body, and the extensions' length stands behind session id, suite and
            // compression method.
            let length = Int(record[7]) << 8 | Int(record[8])
            record.insert(contentsOf: [0, 4, 0, 0], at: 9 + length)
            let extensions = 9 + 35 + Int(record[43]) + 3
            for place in [7, extensions] { add(4, to: &record, at: place) }
        }
        (record[3], record[4]) = (UInt8((record.count - 5) >> 8), UInt8((record.count - 5) & 0xFF))
        return [record]
    }
}

/// The connection with each record replaced by others. A record is protected behind a ChangeCipherSpec.
private func changed(
    _ connection: RecordedSession.Connection, _ change: (_ record: [UInt8], _ isProtected: Bool) -> [[UInt8]]
) -> RecordedSession.Connection {
    var result = RecordedSession.Connection(sent: connection.sent)
    var rest = PerDirection { _ in [UInt8]() }
    var isProtected = PerDirection { _ in false }
    for (direction, octets) in connection.octets {
        rest[direction] += octets
        while rest[direction].count >= 5 {
            let end = 5 + Int(rest[direction][3]) << 8 + Int(rest[direction][4])
            guard rest[direction].count >= end else { break }
            let record = Array(rest[direction][..<end])
            rest[direction].removeFirst(end)
            for record in change(record, isProtected[direction]) { result.octets.append((direction, record)) }
            if record[0] == 20 { isProtected[direction] = true }
        }
    }
    return result
}

private func add(_ count: Int, to octets: inout [UInt8], at place: Int) {
    let value = Int(octets[place]) << 8 + Int(octets[place + 1]) + count
    (octets[place], octets[place + 1]) = (UInt8(value >> 8), UInt8(value & 0xFF))
}
