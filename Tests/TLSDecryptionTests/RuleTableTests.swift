import TLSDecryption
import TLSWire
import TestSupport
import Testing
import Wire

/// For each rule on TLS a recorded session, or one with a change, that meets it; what is recorded meets none.
@Suite struct TLSRuleTableTests {
    struct Row: Sendable {
        let rule: Rule
        let session: String
        var connection = 0
        var hasKeys = true
        /// What makes the recorded octets odd.
        var change: @Sendable (inout [(direction: Direction, octets: [UInt8])]) -> Void = { _ in }
    }

    /// The octets of the server's first piece, which begins with its ServerHello.
    private static func reply(_ change: @escaping @Sendable (inout [UInt8]) -> Void)
        -> @Sendable (
            inout [(direction: Direction, octets: [UInt8])]
        ) -> Void
    {
        { octets in
            guard let at = octets.firstIndex(where: { $0.direction == .toClient }) else { return }
            change(&octets[at].octets)
        }
    }

    /// The octets of the client's first piece, a ClientHello without session id: suites from 46.
    private static func hello(_ change: @escaping @Sendable (inout [UInt8]) -> Void)
        -> @Sendable (inout [(direction: Direction, octets: [UInt8])]) -> Void
    {
        { octets in change(&octets[0].octets) }
    }

    // The ServerHello has no session id: body from 9, suite at 44, compression at 46.
    static let rows: [Row] = [
        Row(
            rule: TLSRules.recordMalformed, session: "tls12-aes128-gcm",
            change: { $0 = [$0[0], (.toClient, Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))] }),
        // A ServerHello whose session id reaches past its end.
        Row(rule: TLSRules.handshakeMalformed, session: "tls12-aes128-gcm", change: reply { $0[43] = 0xFF }),
        Row(
            rule: TLSRules.handshakeOversized, session: "tls12-aes128-gcm",
            change: reply { $0 = hex("1603030004 02FFFFFF") + $0 }),
        // The first extension, renegotiation_info or session_ticket, becomes server_name with an empty name.
        Row(
            rule: TLSRules.serverName, session: "tls12-aes128-gcm",
            change: hello { octets in
                let name: [UInt8] = [0, 0, 0, 5, 0, 3, 0, 0, 0]
                octets.insert(contentsOf: name, at: 54)
                octets[4] += 9
                octets[8] += 9
                octets[53] += 9
            }),
        Row(
            rule: TLSRules.fallback, session: "tls12-aes128-gcm",
            change: hello { ($0[48], $0[49]) = (0x56, 0x00) }),
        // The leaf's first octet is no SEQUENCE.
        Row(
            rule: TLSRules.certificateUnreadable, session: "tls12-aes128-gcm",
            change: reply { octets in
                guard let at = octets.indices.first(where: { octets[$0...].starts(with: hex("3082038F30820277")) })
                else {
                    return
                }
                octets[at] = 0x04
            }),
        Row(
            rule: TLSRules.choiceNotOffered, session: "tls12-aes128-gcm",
            change: reply { ($0[44], $0[45]) = (0x00, 0x35) }),
        Row(rule: TLSRules.compression, session: "tls12-aes128-gcm", change: reply { $0[46] = 1 }),
        Row(rule: TLSRules.renegotiation, session: "tls12-renegotiation"),
        Row(
            rule: TLSRules.alert, session: "tls12-aes128-gcm",
            change: { $0 = [$0[0], (.toClient, hex("1503030002 0228"))] }),
        Row(rule: TLSRules.closeWithoutNotify, session: "rfc8448-simple", change: { $0.removeLast(2) }),
        Row(rule: TLSRules.earlyDataRejected, session: "tls13-early-data-refused", connection: 1),
        Row(rule: TLSRules.undecrypted, session: "tls12-aes128-gcm", hasKeys: false),
        Row(
            rule: TLSRules.unsupported, session: "tls12-aes128-gcm",
            change: reply { ($0[44], $0[45]) = (0x00, 0x81) }),
        Row(
            rule: TLSRules.notVerified, session: "tls12-small-records",
            change: { octets in
                guard
                    let at = octets.lastIndex(where: { $0.direction == .toClient && $0.octets.count > 400 })
                else { return }
                octets[at].octets[octets[at].octets.count - 61] ^= 1
            }),
        Row(
            rule: TLSRules.gap, session: "tls12-aes128-gcm", change: { $0.removeFirst($0.count - 4) }),
    ]

    @Test(arguments: rows.indices) func row(_ index: Int) throws {
        let row = Self.rows[index]
        let session = try RecordedSession.named(row.session)
        var connection = session.connections[row.connection]
        row.change(&connection.octets)
        // Keys of all of a session's connections, as a capture has them.
        let keys = row.hasKeys ? try session.keys(session.sources[0]) : KeyMaterial()
        if row.connection > 0 { _ = replay(session.connections[0], keys) }
        #expect(replay(connection, keys).rules.contains(row.rule.id), "\(row.rule.id)")
    }

    /// As it was recorded, and with keys, a session meets none but the rule that it was recorded for.
    @Test(arguments: ["tls12-aes128-gcm", "rfc8448-simple", "tls12-small-records"])
    func recordedSessionsMeetNone(_ name: String) throws {
        let session = try RecordedSession.named(name)
        #expect(replay(session.connections[0], try session.keys(session.sources[0])).rules.isEmpty)
    }

    @Test func everyRuleHasARow() { #expect(Set(Self.rows.map(\.rule)) == Set(TLSRules.all)) }
}
