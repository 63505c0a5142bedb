import Probe
import TLSWire
import TestSupport
import Testing
import Wire

/// Answers to a hello, whole, octet by octet and split at every offset.
@Suite struct HelloReaderTests {
    typealias Bytes = ServerBytes

    struct Case: Sendable {
        var name: String
        var check = HelloCheck.version(.tls12)
        var octets: [UInt8]
        var outcome: HelloAnswer.Outcome
        var version: String?
        var suite: UInt16?
        var chain = 0
        var finishes = true
    }

    static let flight =
        Bytes.hello(0x0303, 0xC02F) + Bytes.certificate([[1, 2, 3], [4, 5]]) + Bytes.handshake(12, [3, 0, 29, 0])
        + Bytes.handshake(14, [])

    static let cases: [Case] = [
        Case(
            name: "a whole flight", octets: Bytes.record(22, 0x0303, flight), outcome: .chosen, version: "TLS 1.2",
            suite: 0xC02F, chain: 2),
        Case(
            name: "a record for each message",
            octets: Bytes.record(22, 0x0303, Bytes.hello(0x0303, 0xC02F))
                + Bytes.record(22, 0x0303, Bytes.handshake(14, [])),
            outcome: .chosen, version: "TLS 1.2", suite: 0xC02F),
        Case(
            name: "a lower version",
            octets: Bytes.record(22, 0x0301, Bytes.hello(0x0301, 0x002F) + Bytes.handshake(14, [])),
            outcome: .chosen, version: "TLS 1.0", suite: 0x002F),
        Case(
            name: "TLS 1.3", check: .version(.tls13),
            octets: Bytes.record(22, 0x0303, Bytes.hello(0x0303, 0x1301, chosen13: 0x0304))
                + Bytes.record(23, 0x0303, [9, 9, 9]), outcome: .chosen, version: "TLS 1.3", suite: 0x1301),
        Case(
            name: "a HelloRetryRequest", check: .version(.tls13),
            octets: Bytes.record(
                22, 0x0303, Bytes.hello(0x0303, 0x1302, random: ServerHello.retryRandom, chosen13: 0x0304)),
            outcome: .chosen, version: "TLS 1.3", suite: 0x1302),
        Case(name: "a fatal alert", octets: Bytes.alert(2, 40), outcome: .alert("handshake_failure")),
        Case(name: "close_notify", octets: Bytes.alert(1, 0), outcome: .alert("close_notify")),
        Case(
            name: "a warning and then an alert", octets: Bytes.alert(1, 112) + Bytes.alert(2, 70),
            outcome: .alert("protocol_version")),
        Case(
            name: "a warning and then a choice", octets: Bytes.alert(1, 112) + Bytes.record(22, 0x0303, flight),
            outcome: .chosen, version: "TLS 1.2", suite: 0xC02F, chain: 2),
        Case(
            name: "a choice and then an alert",
            octets: Bytes.record(22, 0x0303, Bytes.hello(0x0303, 0xC02F)) + Bytes.alert(2, 80), outcome: .chosen,
            version: "TLS 1.2", suite: 0xC02F),
        Case(
            name: "a choice and then the end", octets: Bytes.record(22, 0x0303, Bytes.hello(0x0303, 0xC02F)),
            outcome: .chosen, version: "TLS 1.2", suite: 0xC02F, finishes: false),
        Case(name: "the end", octets: [], outcome: .closed(reset: false), finishes: false),
        Case(
            name: "half a record", octets: Array(Bytes.record(22, 0x0303, flight).prefix(20)),
            outcome: .unreadable("an answer that breaks off in its first record"), finishes: false),
        Case(
            name: "HTTP", octets: Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8),
            outcome: .foreign(Array("HTTP/1.1 400 Bad".utf8.prefix(16)))),
        Case(
            name: "application data", octets: Bytes.record(23, 0x0303, [1]),
            outcome: .unreadable("a record before the ServerHello")),
        Case(
            name: "a short ServerHello", octets: Bytes.record(22, 0x0303, Bytes.handshake(2, [3, 3])),
            outcome: .unreadable("a malformed ServerHello")),
        Case(
            name: "an SSL 2.0 ServerHello", check: .ssl2,
            octets: [0x80, 14, 4, 0, 1, 0, 2, 0, 0, 0, 3, 0, 0, 1, 0, 128], outcome: .chosen, version: "SSL 2.0"),
    ]

    @Test(arguments: cases) func isReadAlikeInAnyPieces(_ one: Case) {
        for pieces in splits(one.octets.count) {
            var reader = reader(one.check)
            for piece in pieces { reader.receive(Array(one.octets[piece]).span.bytes) }
            #expect(reader.isFinished == one.finishes, "\(one.name)")
            let answer = reader.answer(.closed(reset: false))
            // Of what is foreign, as much is shown as has come.
            if case .foreign(let shown) = answer.outcome, case .foreign(let all) = one.outcome {
                #expect(!shown.isEmpty && all.starts(with: shown), "\(one.name)")
            } else {
                #expect(answer.outcome == one.outcome, "\(one.name), \(pieces.count) pieces")
            }
            #expect(answer.facts.version == one.version, "\(one.name)")
            #expect(answer.facts.suiteCode == one.suite, "\(one.name)")
            #expect(answer.chain.count == one.chain, "\(one.name)")
        }
    }

    /// A server that never comes to an end is read up to a bound.
    @Test func isBounded() {
        var reader = reader(.version(.tls12))
        let warnings = Array(repeatElement(ServerBytes.alert(1, 112), count: 1000).joined())
        var rounds = 0
        while !reader.isFinished, rounds < 1000 {
            reader.receive(warnings.span.bytes)
            rounds += 1
        }
        #expect(rounds < 100)
        guard case .unreadable = reader.answer(.silent).outcome else {
            Issue.record("not ended")
            return
        }
    }

    @Test func hintsAreKept() {
        let exchange = Bytes.handshake(12, [0, 4] + Array("hint".utf8))
        let octets = Bytes.record(22, 0x0303, Bytes.hello(0x0303, 0x00A8) + exchange + Bytes.handshake(14, []))
        let answer = answer(.pskSuite(0x00A8), octets)
        #expect(answer.facts.pskIdentityHint == "hint" && answer.facts.usesPSK)
    }
}

extension TLSFacts {
    fileprivate var usesPSK: Bool { suiteCode.flatMap(CipherSuite.init)?.keyExchange?.usesPSK == true }
}
