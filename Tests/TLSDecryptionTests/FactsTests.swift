import TLSDecryption
import TLSWire
import TestSupport
import Testing
import Wire

@Suite struct FactsTests {
    private func seen(_ name: String, connection: Int = 0) throws -> Seen {
        let session = try RecordedSession.named(name)
        let keys = try session.keys(try #require(session.sources.first))
        var last = Seen()
        for index in 0...connection { last = replay(session.connections[index], keys) }
        return last
    }

    @Test func namesAndCertificate() throws {
        for name in ["tls12-ecdhe-aes128-gcm", "tls13-aes128-gcm"] {
            let facts = try seen(name).facts
            #expect(facts.sni == "dm.example.com" && facts.alpn == "http/1.1")
            #expect(
                facts.certificate?.subject == "CN=localhost, O=DMScope test"
                    || facts.certificate?.subject == "O=DMScope test, CN=localhost")
            #expect(facts.certificate?.key == "EC P-256" && facts.certificate?.chainLength == 1)
            #expect(facts.certificate?.dnsNames.contains("dm.example.com") == true)
            #expect(facts.certificate?.ipAddresses == ["127.0.0.1", "::1"])
            #expect(!facts.resumed && facts.pskIdentity == nil && !facts.certificateRequested)
        }
    }

    @Test func clientCertificate() throws {
        let facts = try seen("tls13-client-certificate").facts
        #expect(facts.certificateRequested)
        #expect(facts.clientCertificate?.subject == "O=DMScope test, CN=IMEI:490154203237518")
    }

    @Test func preSharedKeys() throws {
        let facts = try seen("psk-aes128-gcm").facts
        #expect(facts.pskIdentity == "device-1" && facts.pskIdentityHint == "lab" && facts.certificate == nil)
        let external = try seen("tls13-psk").facts
        #expect(external.pskIdentity == "device-1" && !external.resumed)
    }

    @Test func resumption() throws {
        for name in ["tls13-resumed", "tls13-early-data", "tls12-resumed-ticket"] {
            #expect(try !seen(name).facts.resumed)
            #expect(try seen(name, connection: 1).facts.resumed)
        }
        #expect(try !seen("tls13-early-data-refused", connection: 1).facts.resumed)
    }

    @Test func earlyData() throws {
        #expect(try !seen("tls13-early-data", connection: 1).rules.contains("tls-early-data-rejected"))
        let refused = try seen("tls13-early-data-refused", connection: 1)
        #expect(refused.rules == ["tls-early-data-rejected"])
        #expect(refused.findings.first?.text.contains("octets of it count as never sent") == true)
    }

    @Test func renegotiation() throws {
        let seen = try seen("tls12-renegotiation")
        #expect(seen.rules == ["tls-renegotiation"])
    }

    @Test func closeNotify() throws {
        let both = try seen("rfc8448-simple")
        #expect(both.closed == [.toServer, .toClient] && both.findings.isEmpty)
        #expect(
            both.facts.alerts.map(\.text) == ["warning close_notify from client", "warning close_notify from server"])
        // Both ends go without a word.
        var session = try RecordedSession.named("rfc8448-simple")
        session.connections[0].octets.removeLast(2)
        let neither = replay(session.connections[0], try session.keys("keylog"))
        #expect(neither.closed.isEmpty)
        #expect(neither.rules == ["tls-close-without-notify", "tls-close-without-notify"])
        #expect(neither.findings.first?.text == "The client ends the connection without close_notify")
    }

    /// An alert may be spread over records up to TLS 1.2, whatever stands in them beside it; in TLS 1.3 it may not.
    @Test(arguments: [
        ("tls12-aes128-gcm", "1503030001 02 1503030001 28", ["tls-alert"]),
        ("tls12-aes128-gcm", "1503030003 010002 1503030001 28", ["tls-alert"]),
        ("tls12-aes128-gcm", "1503030001 02 1503030003 280100", ["tls-alert"]),
        ("tls12-aes128-gcm", "1503030001 02", []),
        ("tls12-aes128-gcm", "1503030001 28", ["tls-record-malformed"]),
        ("tls12-aes128-gcm", "1503030000", ["tls-record-malformed"]),
    ]) func alertInParts(_ name: String, _ records: String, _ rules: [String]) throws {
        var session = try RecordedSession.named(name)
        session.connections[0].octets = [session.connections[0].octets[0], (.toClient, hex(records))]
        let seen = replay(session.connections[0], KeyMaterial())
        #expect(seen.rules == rules)
        #expect(seen.facts.alerts.contains { $0.alert.code == 40 } == (rules == ["tls-alert"]))
    }

    @Test func keyThatIsWanted() throws {
        func wanted(_ name: String) throws -> String {
            try #require(replay(RecordedSession.named(name).connections[0], KeyMaterial()).facts.keyWanted)
        }
        #expect(try wanted("tls12-aes128-gcm").hasSuffix("… in a key log, or the server's RSA private key"))
        #expect(try wanted("tls12-dhe").hasSuffix("(the key exchange is ephemeral: no private key opens it)"))
        #expect(try wanted("psk-aes128-gcm").hasSuffix("or the pre-shared key of identity device-1"))
        #expect(
            try wanted("rsa-psk-aes128-cbc").hasSuffix(
                "or the pre-shared key of identity device-1 with the server's RSA private key"))
        #expect(
            try wanted("dhe-psk-aes128-gcm").hasSuffix("(DHE_PSK is ephemeral: the pre-shared key does not open it)"))
        #expect(try wanted("tls13-psk").contains("the pre-shared key alone does not open TLS 1.3"))
    }
}
