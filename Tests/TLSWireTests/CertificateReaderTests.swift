import TLSWire
import TestSupport
import Testing
import Wire

@Suite struct CertificateReaderTests {
    private func read(_ der: [UInt8]) -> CertificateFacts? {
        CertificateFacts(der.span.bytes, sha256: [0xAB, 0xCD], chainLength: 2)
    }

    @Test func ellipticCurveWithAlternativeNames() {
        #expect(
            read(SampleCertificates.ec)
                == CertificateFacts(
                    subject: "C=DE, O=DMScope\\, Test, CN=dm.example.com",
                    issuer: "C=DE, O=DMScope\\, Test, CN=dm.example.com", notBefore: "2026-11-23T02:07:55Z",
                    notAfter: "2126-10-30T02:07:55Z", dnsNames: ["dm.example.com", "*.dm.example.com"],
                    ipAddresses: ["192.0.2.7", "2001:db8::7"], key: "EC P-256", signatureAlgorithm: "ecdsa-with-SHA256",
                    sha256: "abcd", chainLength: 2))
    }

    @Test func attributesOfOneSetAndEscapes() throws {
        let facts = try #require(read(SampleCertificates.ed25519))
        #expect(facts.subject == #"DC=org, DC=example, OU=a \"b\" \<c\>+O=Žluťoučký, emailAddress=x@example.org"#)
        #expect(facts.key == "Ed25519" && facts.signatureAlgorithm == "Ed25519")
        #expect(facts.dnsNames.isEmpty && facts.ipAddresses.isEmpty)
    }

    @Test func rsaSizeAndOldSignature() throws {
        let facts = try #require(read(SampleCertificates.rsa))
        #expect(facts.key == "RSA 1024" && facts.signatureAlgorithm == "sha1WithRSAEncryption")
        #expect(facts.notAfter == "2848-04-07T02:10:02Z")
        // Zero bits in front do not count.
        var shorter = SampleCertificates.rsa
        let modulus = try #require(shorter.firstRange(of: hex("02818100a1")))
        shorter[modulus.upperBound - 1] = 0x21
        #expect(read(shorter)?.key == "RSA 1022")
    }

    /// Every part counts; what two readings of one certificate yield is equal.
    @Test func equality() {
        func facts(_ differing: Int? = nil, chain: Int = 2) -> CertificateFacts {
            let text = (0..<9).map { $0 == differing ? "other" : "same" }
            return CertificateFacts(
                subject: text[0], issuer: text[1], notBefore: text[2], notAfter: text[3], dnsNames: [text[4]],
                ipAddresses: [text[5]], key: text[6], signatureAlgorithm: text[7], sha256: text[8], chainLength: chain)
        }
        #expect(facts() == facts())
        #expect(facts() != facts(chain: 3))
        for part in 0..<9 { #expect(facts() != facts(part)) }
    }

    /// The common name `old` under other string tags.
    @Test(arguments: [
        (0x13, "CN=old"), (0x14, "CN=old"), (0x16, "CN=old"), (0x04, "CN=#04036f6c64"), (0x1E, "CN=潬"),
    ]) func stringTypes(_ tag: UInt8, _ subject: String) throws {
        var der = SampleCertificates.rsa
        let name = hex("0c036f6c64")
        for start in der.indices.dropLast(5) where Array(der[start..<start + 5]) == name { der[start] = tag }
        #expect(try #require(read(der)).subject == subject)
    }

    @Test func truncatedAndAlteredCertificatesAreReadOrRefused() {
        for der in [SampleCertificates.ec, SampleCertificates.ed25519, SampleCertificates.rsa] {
            for end in der.indices { #expect(read(Array(der[..<end])) == nil) }
            #expect(read(der + [0]) == nil)
            var read = 0
            for position in der.indices {
                for value: UInt8 in [0x00, 0x30, 0x7F, 0x80, 0x82, 0x84, 0xFF] {
                    var altered = der
                    altered[position] = value
                    if self.read(altered) != nil { read += 1 }
                }
            }
            #expect(read > der.count)
        }
    }
}
