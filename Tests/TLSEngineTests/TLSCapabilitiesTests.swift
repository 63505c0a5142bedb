import COpenSSL
import Testing
import Wire

@testable import TLSEngine

@Suite struct TLSCapabilitiesTests {
    @Test func theProbeFindsAllOrNothingOfWhatIsOld() {
        let found = TLSCapabilities.current
        #expect(found.library.hasPrefix("OpenSSL 3."))
        #expect(found.tls10)
        #expect(found.tls11)
        // SSL 3.0 comes and goes with the weak suites; see docs/tls.md, Old TLS.
        #expect(found.ssl3 == found.rc4)
        #expect(found.rc4 == found.tripleDES)
    }

    @Test func theShortfallNamesWhatIsMissing() {
        var some = TLSCapabilities()
        some.library = "OpenSSL 3.0.22"
        some.tls10 = true
        some.tls11 = true
        #expect(
            some.shortfall
                == "this libssl (OpenSSL 3.0.22) cannot do SSL 3.0, RC4 suites, 3DES suites; "
                + "`make legacy-openssl` builds one that can, see docs/tls.md")
        some.ssl3 = true
        some.rc4 = true
        some.tripleDES = true
        #expect(some.shortfall == nil)
    }
}

@Suite struct TLSEngineRulesTests {
    @Test func theCatalogueIsComplete() {
        let ids = TLSEngineRules.all.map(\.id)
        #expect(Set(ids).count == ids.count)
        for rule in TLSEngineRules.all {
            #expect(!rule.statement.isEmpty && !rule.why.isEmpty && !rule.remedy.isEmpty && !rule.section.isEmpty)
        }
    }

    @Test func everyFailureIsAFinding() {
        let kinds: [(TLSFailure.Kind, String)] = [
            (.alertReceived("decode_error"), "tls-failed"),
            (.certificateRejected(alert: nil), "client-rejected-certificate"),
            (.certificateInvalid(reason: "", depth: 0), "upstream-certificate-invalid"),
            (.clientCertificateWanted, "client-certificate-wanted"), (.noSharedVersion, "tls-nothing-shared"),
            (.noSharedSuite, "tls-nothing-shared"), (.pskIdentityUnknown("a"), "psk-identity-unknown"),
            (.pskMismatch("a"), "psk-key-mismatch"), (.protocolError(""), "tls-failed"),
            (.handshakeCut(reset: true), "tls-handshake-cut"),
            (.uncleanShutdown(reset: false), "tls-close-without-notify"),
            (.refused, "tls-failed"),
        ]
        for (kind, id) in kinds {
            let finding = TLSFailure(kind, leg: .device, message: "the device did it").finding
            #expect(finding.rule.id == id)
            #expect(finding.text == "The device did it")
        }
        // One is told by what does not come after a handshake that succeeded; RealPeerTests of the proxy show it.
        let elsewhere: Set = ["client-left-without-request"]
        #expect(Set(TLSEngineRules.all.map(\.id)).subtracting(kinds.map(\.1)) == elsewhere)
    }
}
