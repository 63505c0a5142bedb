import Binding
import TLSWire
import Testing
import Wire

/// One connection and the findings section 5.4 has for it.
struct ConnectionRow: CustomTestStringConvertible, Sendable {
    let name: String
    let view: ConnectionView
    /// Rule ids with levels, in order: `ssl2 MUST`.
    let findings: [String]

    init(_ name: String, _ view: ConnectionView, _ findings: [String]) {
        self.name = name
        self.view = view
        self.findings = findings
    }

    var testDescription: String { name }
}

/// 2026-11-22T20:55:17Z.
let connectionTime = Timestamp(nanoseconds: 1_795_380_917_123_456_000)

func facts(
    _ version: String?, _ suite: UInt16?, offers: [String] = ["TLS 1.0", "TLS 1.1", "TLS 1.2"],
    suites: [UInt16] = [0xC02F, 0x002F], alerts: [String] = [], certificate: CertificateFacts? = nil,
    ssl2Hello: Bool = false, fallsBack: Bool = false
) -> TLSFacts {
    var facts = TLSFacts()
    facts.version = version
    facts.suiteCode = suite
    facts.suite = suite.map { CipherSuite.name($0, in: version == "SSL 3.0" ? .ssl3 : .tls12) }
    facts.offeredVersions = offers
    facts.offeredSuiteCodes = suites
    facts.alerts = alerts.compactMap { SentAlert(text: $0) }
    facts.certificate = certificate
    facts.ssl2Hello = ssl2Hello
    facts.fallsBack = fallsBack
    facts.handshakeComplete = version != nil
    return facts
}

func certificate(
    subject: String = "CN=dm.example", issuer: String = "CN=Example CA", from: String = "2020-01-01T00:00:00Z",
    to: String = "2036-01-01T00:00:00Z", dns: [String] = ["dm.example", "*.dm.example"],
    ip: [String] = ["192.0.2.1", "2001:db8::1"], key: String = "RSA 2048",
    signature: String = "sha256WithRSAEncryption"
) -> CertificateFacts {
    CertificateFacts(
        subject: subject, issuer: issuer, notBefore: from, notAfter: to, dnsNames: dns, ipAddresses: ip, key: key,
        signatureAlgorithm: signature, sha256: "00", chainLength: 2)
}

/// A captured connection: one leg, told as both.
func captured(
    _ leg: TLSFacts?, host: String? = "dm.example", traffic: ConnectionView.Traffic = .dm, loopback: Bool = false,
    tunnelled: Bool = false
) -> ConnectionView {
    live(leg, leg, host: host, traffic: traffic, loopback: loopback, tunnelled: tunnelled)
}

func live(
    _ client: TLSFacts?, _ server: TLSFacts?, host: String? = "dm.example", traffic: ConnectionView.Traffic = .dm,
    loopback: Bool = false, tunnelled: Bool = false, isAnswered: Bool = true
) -> ConnectionView {
    ConnectionView(
        id: 1, time: connectionTime,
        context: Exchange.Context(
            client: "192.0.2.7:40000", server: "192.0.2.1:443", host: host, clientTLS: client, serverTLS: server,
            loopback: loopback),
        traffic: traffic, tunnelled: tunnelled, isAnswered: isAnswered)
}

let connectionRows: [ConnectionRow] = [
    ConnectionRow("TLS 1.2 within a range", captured(facts("TLS 1.2", 0xC02F)), []),
    ConnectionRow(
        "a lone TLS 1.2 is the end of a range that is not told",
        captured(facts("TLS 1.2", 0xC02F, offers: ["TLS 1.2"])), []),

    // tls-missing
    ConnectionRow("plain HTTP", captured(nil), ["tls-missing MUST"]),
    ConnectionRow("plain HTTP on loopback", captured(nil, loopback: true), []),
    ConnectionRow("plain HTTP without DM", captured(nil, traffic: .other), []),
    ConnectionRow("nothing was read", captured(nil, traffic: .unknown), []),
    ConnectionRow("the device's leg alone is plain", live(nil, facts("TLS 1.2", 0xC02F)), ["tls-missing MUST"]),
    ConnectionRow("the server's leg alone is plain", live(facts("TLS 1.2", 0xC02F), nil), ["tls-missing MUST"]),
    ConnectionRow("no server answered a device with TLS", live(facts("TLS 1.2", 0xC02F), nil, isAnswered: false), []),
    ConnectionRow("no server answered a plain device", live(nil, nil, isAnswered: false), ["tls-missing MUST"]),

    // connect-without-tls
    ConnectionRow(
        "clear text in a tunnel", captured(nil, loopback: true, tunnelled: true), ["connect-without-tls MUST"]),
    ConnectionRow("clear text in a tunnel to elsewhere", captured(nil, tunnelled: true), ["connect-without-tls MUST"]),
    ConnectionRow("TLS in a tunnel", captured(facts("TLS 1.2", 0xC02F), tunnelled: true), []),

    // tls-version-1-1-unsupported
    ConnectionRow(
        "client ends at TLS 1.0", captured(facts("TLS 1.0", 0x002F, offers: ["TLS 1.0"])),
        ["tls-version-1-1-unsupported MUST"]),
    ConnectionRow(
        "client falls back to TLS 1.0", captured(facts("TLS 1.0", 0x002F, offers: ["TLS 1.0"], fallsBack: true)), []),
    ConnectionRow(
        "client offers newer versions only",
        captured(facts("TLS 1.2", 0xC02F, offers: ["TLS 1.3", "TLS 1.2"])), ["tls-version-1-1-unsupported NOTE"]),
    ConnectionRow(
        "server chooses TLS 1.0", captured(facts("TLS 1.0", 0x002F)), ["tls-version-1-1-unsupported MUST"]),
    ConnectionRow(
        "server refuses TLS 1.1",
        captured(facts(nil, nil, offers: ["TLS 1.1"], alerts: ["fatal protocol_version from server"])),
        ["tls-version-1-1-unsupported MUST"]),
    ConnectionRow("server chooses TLS 1.1", captured(facts("TLS 1.1", 0x002F)), []),

    // tls-version-unlisted
    ConnectionRow(
        "TLS 1.3",
        captured(facts("TLS 1.3", 0x1301, offers: ["TLS 1.3", "TLS 1.2", "TLS 1.1"], suites: [0x1301])),
        ["tls-version-unlisted NOTE"]),

    // ssl2
    ConnectionRow(
        "SSL 2.0", captured(facts("SSL 2.0", nil, offers: ["SSL 2.0"], suites: [])),
        ["ssl2 MUST", "tls-version-1-1-unsupported MUST"]),
    ConnectionRow("SSL 2.0 hello", captured(facts("TLS 1.2", 0x002F, ssl2Hello: true)), ["ssl2 NOTE"]),

    // SSL 3.0
    ConnectionRow(
        "SSL 3.0 with 3DES",
        captured(facts("SSL 3.0", 0x000A, offers: ["SSL 3.0"], suites: [0x000A, 0x0004])),
        ["tls-version-1-1-unsupported MUST", "cipher-weak NOTE"]),
    ConnectionRow(
        "SSL 3.0 without the binding's suites",
        captured(facts("SSL 3.0", 0x0004, offers: ["SSL 3.0"], suites: [0x0004, 0x0039])),
        ["tls-version-1-1-unsupported MUST", "ssl3-cipher-client MUST"]),
    ConnectionRow(
        "SSL 3.0 refused",
        captured(
            facts(
                nil, nil, offers: ["SSL 3.0"], suites: [0x0005, 0x00FF],
                alerts: ["fatal handshake_failure from server"])),
        ["tls-version-1-1-unsupported MUST", "ssl3-cipher-server NOTE"]),

    // PSK
    ConnectionRow("PSK", captured(facts("TLS 1.2", 0x00A8, suites: [0x00A8, 0x00FF])), []),
    ConnectionRow(
        "PSK without the binding's suites", captured(facts("TLS 1.2", 0x008C, suites: [0x008C, 0x008D])),
        ["psk-cipher-client MUST"]),
    ConnectionRow(
        "PSK refused",
        captured(facts(nil, nil, suites: [0x00AE], alerts: ["fatal handshake_failure from server"])),
        ["psk-cipher-server NOTE"]),
    ConnectionRow(
        "PSK refused among others",
        captured(facts(nil, nil, suites: [0x00AE, 0x002F], alerts: ["fatal handshake_failure from server"])), []),

    // cipher-weak
    ConnectionRow("DES", captured(facts("TLS 1.2", 0x0009)), ["cipher-weak MUST"]),
    ConnectionRow("NULL", captured(facts("TLS 1.2", 0x0002)), ["cipher-weak MUST"]),
    ConnectionRow("anonymous", captured(facts("TLS 1.2", 0x0034)), ["cipher-weak MUST"]),
    ConnectionRow("export", captured(facts("TLS 1.2", 0x0003)), ["cipher-weak MUST"]),
    ConnectionRow("RC4 with 128 bits", captured(facts("TLS 1.2", 0x0005)), []),
    ConnectionRow(
        "a weak suite that another than the server chose",
        live(facts("TLS 1.2", 0x0009), facts("TLS 1.2", 0xC02F)), []),

    // Certificates
    ConnectionRow("a certificate in order", captured(facts("TLS 1.2", 0xC02F, certificate: certificate())), []),
    ConnectionRow(
        "an old certificate",
        captured(facts("TLS 1.2", 0xC02F, certificate: certificate(to: "2026-11-22T20:55:16Z"))),
        ["certificate-dates MUST"]),
    ConnectionRow(
        "a certificate of tomorrow",
        captured(facts("TLS 1.2", 0xC02F, certificate: certificate(from: "2026-11-23T00:00:00Z"))),
        ["certificate-dates MUST"]),
    ConnectionRow(
        "another host's certificate",
        captured(facts("TLS 1.2", 0xC02F, certificate: certificate(dns: ["other.example"], ip: []))),
        ["certificate-host MUST"]),
    ConnectionRow(
        "another host's certificate on a connection that is not known to be DM",
        captured(
            facts("TLS 1.2", 0xC02F, certificate: certificate(dns: ["other.example"], ip: [])), traffic: .unknown),
        ["certificate-host NOTE"]),
    ConnectionRow(
        "a certificate on a connection without DM",
        captured(facts("TLS 1.2", 0xC02F, certificate: certificate(dns: ["other.example"], ip: [])), traffic: .other),
        []),
    ConnectionRow(
        "SHA-1", captured(facts("TLS 1.2", 0xC02F, certificate: certificate(signature: "sha1WithRSAEncryption"))),
        ["certificate-algorithm NOTE"]),
    ConnectionRow(
        "RSA 1024", captured(facts("TLS 1.2", 0xC02F, certificate: certificate(key: "RSA 1024"))),
        ["certificate-algorithm NOTE"]),
    ConnectionRow(
        "self-signed", captured(facts("TLS 1.2", 0xC02F, certificate: certificate(issuer: "CN=dm.example"))),
        ["certificate-chain NOTE"]),
]

@Suite struct TLSRulesTests {
    @Test(arguments: connectionRows)
    func connection(_ row: ConnectionRow) {
        let findings = BindingRules.judge(connection: row.view)
        #expect(findings.map { "\($0.rule.id) \($0.level.rawValue)" } == row.findings)
        for finding in findings {
            #expect(finding.about == .connection)
            #expect(finding.text.count > 20)
        }
    }

    @Test(arguments: [
        ("dm.example", true), ("DM.Example", true), ("dm.example:8443", true), ("dm.example.", true),
        ("a.dm.example", true), ("a.b.dm.example", false), (".dm.example", false), ("example", false),
        ("192.0.2.1", true), ("192.0.2.1:443", true), ("192.0.2.2", false), ("[2001:db8::1]", true),
        ("[2001:db8::1]:443", true), ("2001:db8::1", true), ("[2001:db8::2]", false),
        ("[2001:DB8:0:0:0:0:0:1]", true), ("2001:0db8::0.0.0.1", true), ("[2001:db8::1%25eth0]:443", true),
    ])
    func host(_ host: String, _ named: Bool) {
        let view = captured(facts("TLS 1.2", 0xC02F, certificate: certificate()), host: host)
        #expect(BindingRules.judge(connection: view).isEmpty == named)
    }

    @Test(arguments: [
        ("CN=dm.example", "dm.example", true), ("O=Example, CN=dm.example", "dm.example", true),
        ("O=Example+CN=dm.example", "dm.example", true), ("CN=f*.example", "foo.example", true),
        ("O=x\\, CN=dm.example, CN=evil.example", "dm.example", false), ("CN=dm.example/1", "dm.example", false),
        ("CN=f*.example", "bar.example", false), ("CN=*.example", "example", false),
        ("O=dm.example", "dm.example", false),
    ])
    func commonName(_ subject: String, _ host: String, _ named: Bool) {
        let shown = certificate(subject: subject, dns: [], ip: [])
        let view = captured(facts("TLS 1.2", 0xC02F, certificate: shown), host: host)
        #expect(BindingRules.judge(connection: view).isEmpty == named)
    }

    /// RFC 2818 3.1: the common name counts unless subjectAltName has a dNSName; of addresses it never does.
    @Test(arguments: [
        ("dm.example", [], ["127.0.0.1"], true), ("dm.example", ["a.example"], [], false), ("192.0.2.9", [], [], false),
    ])
    func commonNameBesideOthers(_ host: String, _ dns: [String], _ ip: [String], _ named: Bool) {
        let subject = host == "dm.example" ? "CN=dm.example" : "CN=192.0.2.9"
        let leg = facts("TLS 1.2", 0xC02F, certificate: certificate(subject: subject, dns: dns, ip: ip))
        #expect(BindingRules.judge(connection: captured(leg, host: host)).isEmpty == named)
    }

    /// A capture knows the host from SNI or, for want of it, from the request.
    @Test(arguments: [
        ("dm.example:8443", true), ("192.0.2.1", true), ("dm.elsewhere", false), ("http://dm.elsewhere/", true),
    ])
    func hostOfTheRequest(_ host: String, _ named: Bool) {
        var view = captured(facts("TLS 1.2", 0xC02F, certificate: certificate()), host: nil)
        view.context.named = host
        #expect(BindingRules.judge(connection: view).isEmpty == named)
    }

    /// Without a host to compare with, SNI stands in; without either nothing is said.
    @Test func hostUnknown() {
        var leg = facts("TLS 1.2", 0xC02F, certificate: certificate(dns: ["other.example"]))
        #expect(BindingRules.judge(connection: captured(leg, host: nil)).isEmpty)
        leg.sni = "dm.example"
        #expect(BindingRules.judge(connection: captured(leg, host: nil)).map(\.rule.id) == ["certificate-host"])
    }
}
