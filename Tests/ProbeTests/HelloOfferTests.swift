import Binding
import Probe
import TLSWire
import Testing
import Wire

@testable import Probe

private struct NoClientHello: Error {}

/// The hellos as octets, read back by the readers of live and captured connections.
@Suite struct HelloOfferTests {
    static let all: [HelloCheck] =
        [.tls13, .tls12, .tls11, .tls10, .ssl3].map { .version($0) }
        + BindingSuites.ssl3.map { .ssl3Suite($0) } + [.pskSuites] + BindingSuites.psk.map { .pskSuite($0) }
        + [.shortKeys(.tls12), .shortKeys(.tls10), .anonymous]

    private func hello(_ check: HelloCheck, serverName: String? = "dm.example") throws -> (RecordHeader, ClientHello) {
        let octets = check.offer(serverName: serverName).octets(random: countingRandom)
        let readable = RecordHeader(octets.span.bytes, at: 0)
        let header = try #require(readable)
        #expect(header.type == .handshake && RecordHeader.size + header.length == octets.count)
        var messages = HandshakeReader()
        messages.append(octets.span.bytes.extracting(RecordHeader.size..<octets.count), at: 0)
        guard case .message(.clientHello, let body, _) = messages.next() else { throw NoClientHello() }
        #expect(messages.incomplete == 0)
        return (header, try ClientHello(messages.octets.span.bytes.extracting(body)))
    }

    @Test(arguments: all) func isWellFormed(_ check: HelloCheck) throws {
        let (header, hello) = try hello(check)
        let offer = check.offer(serverName: "dm.example")
        #expect(hello.random == Array(0..<32))
        #expect(hello.compressionMethods == [0])
        #expect(hello.malformedExtensions.isEmpty)
        #expect(hello.offeredVersions == [offer.version])
        #expect(hello.suites.filter { !CipherSuite.isSignal($0) } == offer.suites)
        #expect(Set(offer.suites).count == offer.suites.count && !offer.suites.isEmpty)
        #expect(offer.suites.allSatisfy { CipherSuite($0) != nil })
        if offer.version == .ssl3 {
            #expect(header.version == .ssl3 && hello.extensions.isEmpty)
        } else {
            #expect(header.version == .tls10 && hello.serverName == "dm.example" && !hello.groups.isEmpty)
        }
        #expect(hello.secureRenegotiation || hello.suites.contains(0x00FF) || offer.version.is13)
        #expect(hello.signatureSchemes.isEmpty == (offer.version.rawValue < TLSVersion.tls12.rawValue))
    }

    /// An address is never sent as server_name.
    @Test func withoutAName() throws {
        #expect(try hello(.version(.tls12), serverName: nil).1.serverName == nil)
    }

    @Test func tls13HasAKeyShare() throws {
        let (_, hello) = try hello(.version(.tls13))
        #expect(hello.version == .tls12 && hello.supportedVersions == [.tls13])
        #expect(hello.sessionID == Array(32..<64))
        #expect(hello.extensions.contains(51) && hello.extensions.contains(10))
        // A server may have finite fields alone; older versions do not name them (RFC 7919 4).
        #expect(hello.groups == [0x1D, 0x17, 0x18, 0x19, 0x100, 0x101, 0x102, 0x103, 0x104])
        #expect(try self.hello(.version(.tls12)).1.groups == [0x1D, 0x17, 0x18, 0x19])
        let octets = HelloCheck.version(.tls13).offer(serverName: nil).octets(random: countingRandom)
        #expect(octets.suffix(32) == (64..<96).map { UInt8($0) })
    }

    /// One hello octet by octet, by RFC 6101.
    @Test func ssl3ByHand() {
        let expected: [UInt8] =
            [22, 3, 0, 0, 47, 1, 0, 0, 43, 3, 0] + (0..<32).map { UInt8($0) } + [0, 0, 4, 0x00, 0x05, 0x00, 0xFF, 1, 0]
        #expect(HelloCheck.ssl3Suite(0x0005).offer(serverName: "x").octets(random: countingRandom) == expected)
    }

    @Test func ssl2ByHand() throws {
        let octets = HelloCheck.ssl2.offer(serverName: "dm.example").octets(random: countingRandom)
        let expected: [UInt8] =
            [
                0x80, 46, 1, 0, 2, 0, 21, 0, 0, 0, 16, 1, 0, 128, 7, 0, 192, 3, 0, 128, 5, 0, 128, 6, 0, 64, 2, 0, 128,
                4, 0, 128,
            ]
            + (0..<16).map { UInt8($0) }
        #expect(octets == expected)
        let hello = try ClientHello(ssl2: octets.span.bytes.extracting(2..<octets.count))
        #expect(hello.version == .ssl2 && hello.suites.isEmpty && hello.ssl2Kinds.count == 7)
    }

    /// What is to be refused has nothing that may be taken, and the other hellos nothing that may not.
    @Test func weakAndStrongAreApart() {
        #expect(WeakSuites.shortKeys.count > 30 && WeakSuites.anonymous.count > 10)
        for code in WeakSuites.shortKeys {
            let suite = CipherSuite(code)
            #expect(suite.map { $0.cipher == .null || $0.keyBits < 128 } == true, "\(suite?.name ?? "")")
        }
        for code in WeakSuites.anonymous { #expect(CipherSuite(code)?.name.contains("anon") == true) }
        for check in Self.all.prefix(5) {
            for code in check.offer(serverName: nil).suites {
                var findings: [Finding] = []
                if let suite = CipherSuite(code) { SecurityRules.judge(suite, shown: suite.name, &findings) }
                #expect(!findings.contains { $0.level == .must }, "\(check.title) \(findings.map(\.text))")
            }
        }
    }

    @Test func farewell() {
        #expect(HelloOffer.farewell(.tls11) == [21, 3, 2, 0, 2, 1, 90, 21, 3, 2, 0, 2, 1, 0])
        #expect(HelloOffer.farewell(.tls13).prefix(3) == [21, 3, 3])
    }
}
