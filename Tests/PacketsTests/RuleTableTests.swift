import TestSupport
import Testing
import Wire

@testable import Packets

/// For each rule on captured packets a capture that meets it and one like it that does not.
@Suite struct PacketRuleTableTests {
    private static let talk = Talk()
    private static let other = Talk(clientStart: 900_000, serverStart: 700_000)
    private static let late = [talk.client(0, "a", ack: 0), talk.server(0, "b", ack: 1)]

    private static func fragment(_ octets: [UInt8], at offset: UInt16, more: Bool) -> TalkPacket {
        TalkPacket(Frames.ethernet(0x0800, Frames.ipv4(6, octets, fragment: offset / 8 | (more ? 0x2000 : 0))))
    }
    private static let segment = Frames.tcp(from: 40000, to: 80, sequence: 1, hex("'abcdefghijkl'"))
    private static let pieces = [
        fragment(Array(segment[16...]), at: 16, more: false), fragment(Array(segment[..<16]), at: 0, more: true),
    ]
    private static let blocks = (0..<4).map { talk.client(2 + 300 * $0, String(repeating: "x", count: 300)) }
    private static let three = [1, 2, 3].map { Talk(port: $0).client(0, syn: true) }

    static let rows: [(rule: Rule, odd: [TalkPacket], plain: [TalkPacket])] = [
        (
            PacketRules.cutByCapture, talk.handshake + [talk.client(0, "abcdef").cut(to: 56)],
            talk.handshake + [talk.client(0, "abcdef")]
        ),
        (PacketRules.reassemblyLimit, talk.handshake + blocks, talk.handshake + blocks.prefix(2)),
        (
            PacketRules.conflictingOverlap, talk.handshake + [talk.client(2, "cd"), talk.client(0, "abX")],
            talk.handshake + [talk.client(2, "cd"), talk.client(0, "abc")]
        ),
        (
            PacketRules.conflictingFragments,
            [pieces[0], fragment([UInt8](repeating: 0, count: 8), at: 16, more: true), pieces[1]],
            [pieces[0], fragment(Array(segment[16..<24]), at: 16, more: true), pieces[1]]
        ),
        (
            PacketRules.outOfWindow, talk.handshake + [talk.client(0, "ab"), talk.client(1 << 30 + 9, "zz")],
            talk.handshake + [talk.client(0, "ab"), talk.client(900, "zz")]
        ),
        (
            PacketRules.afterFin, talk.handshake + [talk.client(0, "ab", fin: true), talk.client(2, "cd")],
            talk.handshake + [talk.client(0, "ab", fin: true), talk.client(0, "ab")]
        ),
        (PacketRules.beginningMissing, late, talk.handshake + late),
        (
            PacketRules.replaced, talk.handshake + [talk.client(0, "a")] + other.handshake,
            talk.handshake + [talk.client(0, fin: true), talk.server(0, fin: true)] + other.handshake
        ),
        (PacketRules.evicted, three, Array(three.prefix(2))),
    ]

    @Test(arguments: rows.indices) func row(_ index: Int) {
        let row = Self.rows[index]
        var limits = Limits()
        limits.flows = 2
        limits.reassemblyPerFlow = 1000
        let isMet = { (packets: [TalkPacket]) in
            transcript(packets, limits: limits).contains { $0.hasSuffix("note \(row.rule.id)") }
        }
        #expect(isMet(row.odd), "\(row.rule.id)")
        #expect(!isMet(row.plain), "\(row.rule.id)")
    }

    @Test func everyRuleHasARow() { #expect(Set(Self.rows.map(\.rule)) == Set(PacketRules.all)) }
}
