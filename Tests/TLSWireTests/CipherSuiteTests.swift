import TLSWire
import Testing
import Wire

@Suite struct CipherSuiteTests {
    struct Expected: Sendable {
        var code: UInt16
        var exchange: CipherSuite.KeyExchange
        var cipher: CipherSuite.BulkCipher
        var bits: Int
        var mode: CipherSuite.Mode
        var mac: CipherSuite.Hash
        var prf: CipherSuite.Hash
    }

    @Test(arguments: [
        Expected(code: 0x0000, exchange: .null, cipher: .null, bits: 0, mode: .stream, mac: .none, prf: .sha256),
        Expected(code: 0x0001, exchange: .rsa, cipher: .null, bits: 0, mode: .stream, mac: .md5, prf: .sha256),
        Expected(code: 0x0003, exchange: .rsaExport, cipher: .rc4, bits: 40, mode: .stream, mac: .md5, prf: .sha256),
        Expected(code: 0x0005, exchange: .rsa, cipher: .rc4, bits: 128, mode: .stream, mac: .sha1, prf: .sha256),
        Expected(code: 0x0007, exchange: .rsa, cipher: .idea, bits: 128, mode: .cbc, mac: .sha1, prf: .sha256),
        Expected(code: 0x0008, exchange: .rsaExport, cipher: .des, bits: 40, mode: .cbc, mac: .sha1, prf: .sha256),
        Expected(code: 0x000A, exchange: .rsa, cipher: .tripleDES, bits: 168, mode: .cbc, mac: .sha1, prf: .sha256),
        Expected(code: 0x0033, exchange: .dheRSA, cipher: .aes, bits: 128, mode: .cbc, mac: .sha1, prf: .sha256),
        Expected(code: 0x003D, exchange: .rsa, cipher: .aes, bits: 256, mode: .cbc, mac: .sha256, prf: .sha256),
        Expected(code: 0x00A8, exchange: .psk, cipher: .aes, bits: 128, mode: .gcm, mac: .none, prf: .sha256),
        Expected(code: 0x00AE, exchange: .psk, cipher: .aes, bits: 128, mode: .cbc, mac: .sha256, prf: .sha256),
        Expected(code: 0x00AF, exchange: .psk, cipher: .aes, bits: 256, mode: .cbc, mac: .sha384, prf: .sha384),
        Expected(code: 0x00B2, exchange: .dhePSK, cipher: .aes, bits: 128, mode: .cbc, mac: .sha256, prf: .sha256),
        Expected(code: 0x00AC, exchange: .rsaPSK, cipher: .aes, bits: 128, mode: .gcm, mac: .none, prf: .sha256),
        Expected(code: 0xC030, exchange: .ecdheRSA, cipher: .aes, bits: 256, mode: .gcm, mac: .none, prf: .sha384),
        Expected(code: 0xC0A8, exchange: .psk, cipher: .aes, bits: 128, mode: .ccm8, mac: .none, prf: .sha256),
        Expected(code: 0xC0AA, exchange: .dhePSK, cipher: .aes, bits: 128, mode: .ccm8, mac: .none, prf: .sha256),
        Expected(code: 0xC09E, exchange: .dheRSA, cipher: .aes, bits: 128, mode: .ccm, mac: .none, prf: .sha256),
        Expected(code: 0xC07B, exchange: .rsa, cipher: .camellia, bits: 256, mode: .gcm, mac: .none, prf: .sha384),
        Expected(
            code: 0xCCA8, exchange: .ecdheRSA, cipher: .chacha20, bits: 256, mode: .poly1305, mac: .none, prf: .sha256),
        Expected(code: 0x1302, exchange: .tls13, cipher: .aes, bits: 256, mode: .gcm, mac: .none, prf: .sha384),
        Expected(code: 0x1305, exchange: .tls13, cipher: .aes, bits: 128, mode: .ccm8, mac: .none, prf: .sha256),
    ]) func parts(_ e: Expected) throws {
        let suite = try #require(CipherSuite(e.code))
        #expect(suite.keyExchange == e.exchange, "\(suite.name)")
        #expect(suite.cipher == e.cipher, "\(suite.name)")
        #expect(suite.keyBits == e.bits, "\(suite.name)")
        #expect(suite.mode == e.mode, "\(suite.name)")
        #expect(suite.mac == e.mac, "\(suite.name)")
        #expect(suite.prf == e.prf, "\(suite.name)")
    }

    @Test func everyNameIsUnderstood() {
        for suite in CipherSuite.all where !suite.isSignal {
            let gost = suite.name.contains("GOST")
            #expect((suite.keyExchange != nil) != gost, "\(suite.name)")
            #expect(
                gost || suite.cipher != .null || suite.name.contains("NULL") || suite.name.contains("SHA256_SHA256")
                    || suite.name.contains("SHA384_SHA384"), "\(suite.name)")
            #expect(suite.isAEAD != (suite.mac != .none) || suite.mode == .other || suite.code == 0, "\(suite.name)")
            let isAnonymous = suite.name.contains("_anon_") || suite.code == 0
            #expect(gost || suite.keyExchange?.isAnonymous == isAnonymous, "\(suite.name)")
            #expect(gost || suite.keyExchange?.isExport == suite.name.contains("_EXPORT"), "\(suite.name)")
        }
        #expect(CipherSuite.all.count > 350)
    }

    @Test func namesByVersion() {
        #expect(CipherSuite.name(0x0005, in: .ssl3) == "SSL_RSA_WITH_RC4_128_SHA")
        #expect(CipherSuite.name(0x000A, in: .ssl3) == "SSL_RSA_WITH_3DES_EDE_CBC_SHA")
        #expect(CipherSuite.name(0x002F, in: .ssl3) == "TLS_RSA_WITH_AES_128_CBC_SHA")
        #expect(CipherSuite.name(0x0005, in: .tls10) == "TLS_RSA_WITH_RC4_128_SHA")
        #expect(CipherSuite.name(0x0005, in: nil) == "TLS_RSA_WITH_RC4_128_SHA")
        #expect(CipherSuite.name(0x00FF, in: .ssl3) == "TLS_EMPTY_RENEGOTIATION_INFO_SCSV")
        #expect(CipherSuite.name(0x0BAD, in: .tls12) == "0x0BAD")
        #expect(CipherSuite.name(0x2A2A, in: .tls12) == "GREASE")
    }

    @Test func versionNames() {
        let names: [(UInt16, String)] = [
            (0x0002, "SSL 2.0"), (0x0300, "SSL 3.0"), (0x0301, "TLS 1.0"), (0x0302, "TLS 1.1"), (0x0303, "TLS 1.2"),
            (0x0304, "TLS 1.3"), (0x7F1C, "TLS 1.3 draft 28"), (0x0305, "0x0305"),
        ]
        for (code, name) in names { #expect(TLSVersion(rawValue: code).name == name) }
        #expect(isGREASE(0x0A0A) && isGREASE(0xFAFA) && !isGREASE(0x0A1A) && !isGREASE(0x1301))
    }

    @Test func namesOfHandshakeMessages() {
        let known = (0...255).filter { HandshakeType(rawValue: $0).isKnown }
        #expect(known == [0, 1, 2, 3, 4, 5, 6, 8, 11, 12, 13, 14, 15, 16, 20, 21, 22, 23, 24, 25, 67])
        #expect(HandshakeType.helloRequest.name == "HelloRequest" && HandshakeType.finished.name == "Finished")
        #expect(HandshakeType(rawValue: 8).name == "EncryptedExtensions")
    }

    @Test func alertText() {
        #expect(SentAlert(TLSAlert(level: 2, code: 48), .toServer).text == "fatal unknown_ca from client")
        #expect(SentAlert(TLSAlert(level: 1, code: 0), .toClient).text == "warning close_notify from server")
        #expect(SentAlert(TLSAlert(level: 9, code: 77), .toClient).text == "level 9 alert 77 from server")
        #expect(TLSAlert(level: 2, code: TLSAlert.unrecognizedName).name == "unrecognized_name")
        #expect(TLSAlert(level: 2, code: 0).isFatal && !TLSAlert(level: 1, code: 0).isFatal)
    }

    @Test func alertsComeBackFromTheirText() {
        for level in UInt8(0)...3 {
            for code in UInt8.min...UInt8.max {
                for direction in Direction.allCases {
                    let sent = SentAlert(TLSAlert(level: level, code: code), direction)
                    #expect(SentAlert(text: sent.text) == sent)
                }
            }
        }
        for text in [
            "", "fatal", "fatal unknown_ca", "fatal unknown_ca from", "fatal unknown_ca from nobody",
            "fatal unheard_of from client", "fatal alert from client", "level x alert 1 from client",
            "level 1 alert 256 from client", "fatal unknown_ca now from client",
        ] {
            #expect(SentAlert(text: text) == nil, "\(text)")
        }
    }

    /// A record holds names; the codes come back from them.
    @Test func codesComeBackFromNames() {
        for suite in CipherSuite.all {
            #expect(CipherSuite.code(named: CipherSuite.name(suite.code, in: nil)) == suite.code)
            #expect(CipherSuite.code(named: CipherSuite.name(suite.code, in: .ssl3)) == suite.code)
        }
        #expect(CipherSuite.code(named: CipherSuite.name(0xFFF1, in: nil)) == 0xFFF1)
        #expect(CipherSuite.code(named: "GREASE") == nil)
        #expect(CipherSuite.code(named: "0x010080") == nil)
        #expect(CipherSuite.code(named: "") == nil)
    }
}
