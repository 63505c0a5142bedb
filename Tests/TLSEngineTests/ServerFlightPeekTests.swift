import TestSupport
import Testing
import Wire

@testable import TLSEngine

/// The look ahead for a PSK suite and its hint, whole and cut at every offset.
@Suite struct ServerFlightPeekTests {
    struct Flight: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var octets: [UInt8]
        var verdict: ServerFlightPeek.Verdict
    }

    /// A ServerHello of TLS 1.2 with a suite.
    private static func hello(_ suite: String) -> [UInt8] {
        let body = hex("0303 000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F 00 \(suite) 00")
        return [2, 0, 0, UInt8(body.count)] + body
    }
    private static func record(_ content: [UInt8], type: UInt8 = 22) -> [UInt8] {
        [type, 3, 3, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
    }
    private static let hint = hex("0C 000005 0003 'abc'")
    private static let done = hex("0E 000000")
    private static let certificate = hex("0B 000003 000000")

    static let flights = [
        Flight(
            testDescription: "PSK with hint, one record", octets: record(hello("00A8") + hint + done),
            verdict: .psk(hint: Array("abc".utf8))),
        Flight(
            testDescription: "PSK with hint, a record each",
            octets: record(hello("00A8")) + record(hint) + record(done),
            verdict: .psk(hint: Array("abc".utf8))),
        Flight(testDescription: "PSK without hint", octets: record(hello("00A8") + done), verdict: .psk(hint: nil)),
        Flight(
            testDescription: "RSA_PSK, with a certificate between",
            octets: record(hello("00AC")) + record(certificate + hint + done), verdict: .psk(hint: Array("abc".utf8))),
        Flight(
            testDescription: "messages across records",
            octets: (hello("00A8") + hint).reduce(into: []) { $0 += record([$1]) },
            verdict: .psk(hint: Array("abc".utf8))),
        Flight(testDescription: "no PSK", octets: record(hello("002F") + certificate + done), verdict: .noPSK),
        Flight(testDescription: "an unknown suite", octets: record(hello("FEFE")), verdict: .noPSK),
        Flight(testDescription: "an alert", octets: record([2, 40], type: 21), verdict: .noPSK),
        Flight(testDescription: "not TLS", octets: Array("HTTP/1.1 400 Bad Request\r\n".utf8), verdict: .noPSK),
        Flight(
            testDescription: "a hint cut short", octets: record(hello("00A8") + hex("0C 000001 00")),
            verdict: .psk(hint: nil)),
        Flight(testDescription: "not over yet", octets: record(hello("00A8")), verdict: .more),
        Flight(testDescription: "empty records", octets: record([]) + record(hello("002F")), verdict: .noPSK),
    ]

    @Test(arguments: flights)
    func readsAlikeHoweverItIsCut(_ flight: Flight) {
        for pieces in splits(flight.octets.count) {
            var peek = ServerFlightPeek()
            var verdict = ServerFlightPeek.Verdict.more
            for piece in pieces where verdict == .more {
                verdict = peek.read(flight.octets.span.bytes.extracting(piece))
            }
            #expect(verdict == flight.verdict)
        }
    }

    @Test func aMessageWithoutEndIsLeftToLibssl() {
        var peek = ServerFlightPeek()
        let filler = [UInt8](repeating: 0, count: 0x4000)
        var verdict = peek.read(ServerFlightPeekTests.record(hex("0B FFFFFF")).span.bytes)
        var records = 0
        while verdict == .more, records < 20 {
            verdict = peek.read(ServerFlightPeekTests.record(filler).span.bytes)
            records += 1
        }
        #expect(verdict == .noPSK)
        #expect(records <= 9)
    }
}
