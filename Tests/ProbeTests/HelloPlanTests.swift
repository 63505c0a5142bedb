import Binding
import Probe
import TLSWire
import Testing
import Wire

/// Which hellos are sent, and what they come to.
@Suite struct HelloPlanTests {
    typealias Bytes = ServerBytes

    /// A server with these versions and suites, that chooses the first offered one of its own.
    struct Server: Sendable {
        var versions: [TLSVersion]
        var suites: [UInt16]

        func serve(_ check: HelloCheck) -> HelloAnswer {
            let offer = check.offer(serverName: nil)
            let version = versions.filter {
                offer.version.is13 ? $0.is13 : !$0.is13 && $0.rawValue <= offer.version.rawValue
            }
            .max { $0.rawValue < $1.rawValue }
            guard let version, offer.version != .ssl2, let suite = suites.first(where: offer.suites.contains) else {
                return answer(check, Bytes.alert(2, 40))
            }
            let legacy = version.is13 ? TLSVersion.tls12 : version
            let hello = Bytes.hello(legacy.rawValue, suite, chosen13: version.is13 ? version.rawValue : nil)
            return answer(check, Bytes.record(22, legacy.rawValue, hello + Bytes.handshake(14, [])))
        }
    }

    static let modern = Server(versions: [.tls12, .tls13], suites: [0x1301, 0xC02F])
    static let complete = Server(
        versions: [.ssl3, .tls10, .tls11, .tls12, .tls13], suites: [0x1301, 0x002F, 0x0005, 0x000A] + BindingSuites.psk)

    private func judged(_ plan: HelloPlan) -> (SCRCoverage, [ProbeReport.Found]) {
        var coverage = SCRCoverage()
        var found = FoundFindings()
        HelloJudgement(plan).judge(into: &coverage, &found)
        return (coverage, found.sorted)
    }

    private func status(_ coverage: SCRCoverage, _ number: Int, section: String = "5.4") -> SCRVerdict.Status? {
        coverage.verdicts.first { $0.item.side == .server && $0.item.number == number && $0.item.section == section }?
            .status
    }

    private func row(_ plan: HelloPlan, _ label: String) -> ProbeReport.Row? {
        HelloJudgement(plan).sections.flatMap(\.rows).first { $0.label == label }
    }

    @Test func aModernServer() throws {
        let plan = carriedOut(Self.modern.serve)
        #expect(plan.end == nil && plan.isTLS)
        // Neither SSL 3.0 nor PSK is there, so their suites are not asked for one by one.
        #expect(plan.asked.count == 10)
        let (coverage, found) = judged(plan)
        #expect(status(coverage, 58) == .met)
        #expect(status(coverage, 55) == .violated)
        for item in [50, 52, 53, 54, 56, 57] { #expect(status(coverage, item) == .notObserved, "\(item)") }
        #expect(found.map(\.finding.rule.id) == ["tls-version-1-1-unsupported"])
        #expect(found.first?.finding.level == .note && found.first?.places == ["hello TLS 1.1"])
        #expect(row(plan, "TLS 1.3")?.status == .accepted)
        #expect(row(plan, "TLS 1.3")?.detail == "TLS_AES_128_GCM_SHA256")
        #expect(row(plan, "TLS 1.1")?.status == .refused && row(plan, "TLS 1.1")?.isFault == true)
        #expect(row(plan, "TLS_RSA_PSK_WITH_AES_128_GCM_SHA256")?.detail == "handshake_failure")
        #expect(row(plan, "TLS_RSA_PSK_WITH_AES_128_GCM_SHA256")?.isFault == false)
    }

    @Test func aCompleteServer() {
        let plan = carriedOut(Self.complete.serve)
        #expect(plan.asked.count == 10 + 5 + 2)
        let (coverage, found) = judged(plan)
        for item in [50, 53, 54, 55, 56, 57, 58] { #expect(status(coverage, item) == .met, "\(item)") }
        // It takes TLS 1.0, and no session over it was seen, which item 052 asks.
        #expect(status(coverage, 52) == .notObserved)
        #expect(found.allSatisfy { $0.finding.level == .note }, "\(found.map(\.finding.text))")
        #expect(HelloJudgement(plan).sections.map(\.id) == ["tlsVersions", "ssl3Suites", "pskSuites", "toBeRefused"])
    }

    /// A suite of several that is missing breaks the binding, where from traffic it could only be suspected.
    @Test func missingSuites() {
        var server = Self.complete
        server.suites.removeAll { $0 == 0x000A || $0 == 0x00AC || $0 == 0x00B6 }
        let plan = carriedOut(server.serve)
        let (coverage, found) = judged(plan)
        #expect(status(coverage, 54) == .violated && status(coverage, 57) == .violated)
        #expect(
            found.filter { $0.finding.level == .must }.map { "\($0.finding.rule.id) \($0.places)" } == [
                "ssl3-cipher-server [\"hello SSL_RSA_WITH_3DES_EDE_CBC_SHA\"]",
                "psk-cipher-server [\"hello TLS_RSA_PSK_WITH_AES_128_GCM_SHA256\"]",
                "psk-cipher-server [\"hello TLS_RSA_PSK_WITH_AES_128_CBC_SHA256\"]",
            ])
        #expect(row(plan, "TLS_RSA_PSK_WITH_AES_128_CBC_SHA256")?.isFault == true)
    }

    @Test func aServerThatEndsAtTLS10() {
        let plan = carriedOut(Server(versions: [.tls10], suites: [0x002F]).serve)
        let (coverage, found) = judged(plan)
        #expect(status(coverage, 55) == .violated && status(coverage, 58) == .notObserved)
        #expect(found.map(\.finding.level) == [.must])
        #expect(found.first?.finding.text.contains("chose TLS 1.0 TLS_RSA_WITH_AES_128_CBC_SHA") == true)
        #expect(row(plan, "TLS 1.2")?.status == .refused)
    }

    @Test func weakSuites() {
        let plan = carriedOut(Server(versions: [.tls10, .tls11, .tls12], suites: [0x0009, 0x0034, 0x002F]).serve)
        let must = judged(plan).1.filter { $0.finding.level == .must }
        #expect(must.map(\.finding.rule.id) == ["cipher-weak", "cipher-weak"])
        #expect(must.flatMap(\.places).contains("hello keys under 128 bits, TLS 1.0"))
        #expect(row(plan, "anonymous suites")?.isFault == true)
    }

    @Test func ssl2() {
        let plan = carriedOut {
            $0 == .ssl2
                ? answer($0, [0x80, 14, 4, 0, 1, 0, 2, 0, 0, 0, 3, 0, 0, 1, 0, 128]) : Self.complete.serve($0)
        }
        #expect(judged(plan).1.first?.finding.rule.id == "ssl2")
        #expect(row(plan, "SSL 2.0")?.isFault == true)
    }

    /// A choice of what was not offered shows nothing to be supported.
    @Test func aChoiceThatWasNotOffered() {
        let plan = carriedOut {
            answer($0, Bytes.record(22, 0x0303, Bytes.hello(0x0303, 0x00A8) + Bytes.handshake(14, [])))
        }
        let (coverage, _) = judged(plan)
        #expect(status(coverage, 56) == .notObserved || plan.answers[.pskSuites] != nil)
        #expect(row(plan, "TLS 1.3")?.status == .refused)
        #expect(row(plan, "anonymous suites")?.status == .refused)
    }

    /// A server that takes a version with a pre-shared key alone refuses the hello, and shows it with the requests.
    @Test func aVersionOfTheRequestsIsTaken() {
        let plan = carriedOut { answer($0, Bytes.alert(2, 40)) }
        let judgement = HelloJudgement(plan, connected: ["TLS 1.3"])
        let row = judgement.sections.flatMap(\.rows).first { $0.label == "TLS 1.3" }
        #expect(row?.status == .accepted && row?.detail == "on the connections of the requests")
        #expect(judgement.reservation == nil)
    }

    /// A wrong name is told as that, and not as a chain that does not verify besides.
    @Test(
        arguments: [
            ("hostname mismatch", 0), ("IP address mismatch", 0), ("unable to get local issuer certificate", 1),
        ])
    func aWrongNameIsNoWrongChain(_ problem: String, _ count: Int) {
        let leaf = CertificateFacts(
            subject: "CN=dm.example", issuer: "CN=CA", notBefore: "1960-01-01T00:00:00Z",
            notAfter: "2060-01-01T00:00:00Z", dnsNames: ["dm.example"], ipAddresses: [], key: "RSA 2048",
            signatureAlgorithm: "sha256WithRSAEncryption",
            sha256: "", chainLength: 1)
        let shown = ShownCertificate(leaf: leaf, chain: [], problem: problem, isVerified: true)
        let findings = shown.findings(host: "wrong.example", at: Timestamp(nanoseconds: 0))
        #expect(findings.filter { $0.rule.id == "certificate-chain" }.count == count)
        #expect(findings.contains { $0.rule.id == "certificate-host" })
    }

    // MARK: - Ends

    @Test func refusesEverything() {
        let plan = carriedOut { answer($0, Bytes.alert(2, 40)) }
        #expect(plan.end == nil && plan.asked.count == 10)
        // It may have TLS 1.1 with suites that were not offered.
        let (coverage, found) = judged(plan)
        #expect(status(coverage, 55) == .notObserved && found.isEmpty)
        #expect(HelloJudgement(plan).reservation != nil && row(plan, "TLS 1.1")?.isFault == false)
    }

    @Test func closesInSilenceBesideAlerts() {
        let plan = carriedOut {
            $0 == .version(.tls12) ? Self.modern.serve($0) : HelloAnswer(.closed(reset: true))
        }
        #expect(plan.end == nil)
        #expect(row(plan, "TLS 1.1")?.status == .refused && row(plan, "TLS 1.1")?.detail == "reset")
        #expect(status(judged(plan).0, 55) == .violated)
    }

    @Test func noTLSAtAll() {
        #expect(carriedOut { _ in HelloAnswer(.closed(reset: false)) }.end == .closed(reset: false))
        let silent = carriedOut { _ in HelloAnswer(.silent) }
        #expect(silent.end == .silent && silent.asked.count == 2)
        let foreign = carriedOut { answer($0, Array("HTTP/1.1 400 Bad Request".utf8)) }
        #expect(foreign.asked.count == 1 && foreign.end == .foreign(Array("HTTP/1.1 400 Bad".utf8)))
        let gone = carriedOut { _ in HelloAnswer(.unreachable("Connection refused")) }
        #expect(gone.asked.count == 1 && gone.end == .unreachable("Connection refused"))
        for plan in [silent, foreign, gone] {
            #expect(status(judged(plan).0, 55) == .notObserved && judged(plan).1.isEmpty)
        }
    }

    @Test func stopsAnsweringInTheMiddle() {
        let plan = carriedOut { $0 == .version(.tls12) ? Self.modern.serve($0) : HelloAnswer(.silent) }
        #expect(plan.end == .gaveUp("it stopped answering") && plan.asked.count == 3)
        #expect(row(plan, "TLS 1.3")?.status == .unanswered)
        #expect(row(plan, "SSL 3.0")?.status == .notAsked)
        #expect(status(judged(plan).0, 55) == .notObserved)
    }
}
