import Binding
import TLSWire
import Testing
import Wire

@Suite struct SCRCoverageTests {
    private func judgedExchange(_ exchange: Exchange) -> Exchange {
        exchange.findings += BindingRules.judge(exchange)
        return exchange
    }

    private func verdicts(_ coverage: SCRCoverage) -> [String: SCRVerdict] {
        Dictionary(coverage.verdicts.map { ("\($0.item.id) \($0.item.section)", $0) }) { first, _ in first }
    }

    private func status(_ coverage: SCRCoverage, _ id: String, _ section: String) -> SCRVerdict.Status? {
        verdicts(coverage)["DSDM-HTTP-\(id)-O \(section)"]?.status
    }

    @Test func nothingSeen() {
        let coverage = SCRCoverage()
        let verdicts = coverage.verdicts
        #expect(verdicts.count == SCRItem.all.count)
        for verdict in verdicts {
            switch verdict.item.observation {
            case .never: #expect(verdict.status == .notObservable)
            case .shownBy, .fromRequirement: #expect(verdict.status == .notObserved)
            }
            #expect(verdict.met.count == 0 && verdict.violated.count == 0)
        }
    }

    /// Each header of the tables is evidence for its item, on the side that sends it.
    @Test(arguments: SCRItem.all.filter { $0.section.hasPrefix("5.3.") && $0.section != "5.3.1" })
    func headerIsEvidence(_ item: SCRItem) throws {
        guard case .shownBy(let what) = item.observation,
            what.hasPrefix("a request with ") || what.hasPrefix("a response with "),
            !what.contains(" to a "), !what.contains(", whose")
        else { return }
        let name = String(try #require(what.split(separator: " ").dropFirst(3).first)).trimmingSuffix(",")
        let request = item.side == .client ? Sample.request.set(name, "1") : .request
        let response = item.side == .server ? Sample.response.set(name, "1") : .response
        var coverage = SCRCoverage()
        coverage.observe(exchange(request, response))
        let verdict = try #require(coverage.verdicts.first { $0.item.id == item.id && $0.item.section == item.section })
        #expect(verdict.status == .met)
        #expect(verdict.met.examples == ["1.1"])
    }

    @Test func conformingExchanges() {
        var coverage = SCRCoverage()
        let chunked = Sample.response.set("Transfer-Encoding", "chunked").body(.text("1\r\nx\r\n0\r\n\r\n"))
        coverage.observe(judgedExchange(exchange(.request, chunked)))
        #expect(status(coverage, "C-015", "5.3.2") == .notObserved)
        coverage.observe(judgedExchange(exchange(number: 2)))
        for item in ["C-005", "S-005"] { #expect(status(coverage, item, "5.3.1") == .met) }
        for item in ["C-010", "S-010", "C-015", "S-015"] { #expect(status(coverage, item, "5.3.2") == .met) }
        for item in ["C-019", "C-020", "C-037", "S-019", "S-020"] { #expect(status(coverage, item, "5.3.3") == .met) }
        #expect(status(coverage, "C-001", "4") == .met)
        // 037 of the server cannot be observed; the others are met.
        #expect(status(coverage, "S-001", "4") == .met)
        #expect(
            verdicts(coverage)["DSDM-HTTP-S-001-O 4"]?.remark == "apart from DSDM-HTTP-S-037-O, not observable")
        #expect(status(coverage, "C-049", "5.3.2") == .notObserved)
        #expect(status(coverage, "C-049", "5.4") == .notObserved)
    }

    @Test func violations() {
        var coverage = SCRCoverage()
        coverage.observe(
            judgedExchange(exchange(Sample.request.set("User-Agent", nil), Sample.response.set("Cache-Control", nil))))
        #expect(status(coverage, "C-037", "5.3.3") == .violated)
        #expect(status(coverage, "C-001", "4") == .violated)
        #expect(verdicts(coverage)["DSDM-HTTP-C-001-O 4"]?.remark == "requires DSDM-HTTP-C-037-O")
        // The rule names both sides; the finding is about the response.
        #expect(status(coverage, "S-010", "5.3.2") == .violated)
        #expect(status(coverage, "C-010", "5.3.2") == .met)
        #expect(status(coverage, "S-001", "4") == .violated)
    }

    @Test func notesAreNoViolations() {
        var coverage = SCRCoverage()
        coverage.observe(judgedExchange(exchange(Sample.request.set("Cache-Control", "private"))))
        #expect(status(coverage, "C-010", "5.3.2") == .met)
    }

    @Test func refusedPost() {
        for (line, expected) in [
            ("HTTP/1.1 501 Not Implemented", SCRVerdict.Status.violated),
            ("HTTP/1.1 405 Method Not Allowed", .notObserved),
        ] {
            var coverage = SCRCoverage()
            coverage.observe(
                judgedExchange(exchange(.request, Sample.response.line(line).set("Content-Type", nil).body(.none))))
            #expect(status(coverage, "S-005", "5.3.1") == expected)
            #expect(status(coverage, "C-005", "5.3.1") == .met)
        }
    }

    /// CONNECT counts where DM went through its tunnel; a proxy answers it, whatever the server supports.
    @Test func connect() {
        var coverage = SCRCoverage()
        let request = Sample.request.line("CONNECT dm.example:443 HTTP/1.1").set("Content-Type", nil).body(.none)
        coverage.observe(
            exchange(request.set("Content-Length", "0"), Sample.response.set("Content-Type", nil).body(.none)))
        coverage.observe(captured(nil, traffic: .other, tunnelled: true))
        #expect(status(coverage, "C-009", "5.3.1") == .notObserved)
        #expect(status(coverage, "S-009", "5.3.1") == .notObservable)
        #expect(status(coverage, "C-037", "5.3.3") == .notObserved)
        coverage.observe(captured(facts("TLS 1.2", 0xC02F), tunnelled: true))
        #expect(verdicts(coverage)["DSDM-HTTP-C-009-O 5.3.1"]?.met.examples == ["connection 1"])
    }

    /// A tunnel without TLS in it protects nothing.
    @Test func clearTextInATunnel() {
        var coverage = SCRCoverage()
        coverage.observe(captured(nil, tunnelled: true))
        for item in ["C-051", "S-051", "C-049", "S-049"] {
            #expect(status(coverage, item, "5.4") == .violated, "\(item)")
        }
        #expect(status(coverage, "C-009", "5.3.1") == .violated)
    }

    /// Whoever answers with a failure need not have read the request.
    @Test(arguments: [(502, false), (404, false), (401, false), (407, false), (200, true), (204, true)])
    func failuresShowNothing(_ status: Int, _ shows: Bool) {
        var coverage = SCRCoverage()
        let request = Sample.request.set("Authorization", "Basic YTpi").set("Proxy-Authorization", "Basic YTpi")
        coverage.observe(
            exchange(request, Sample.response.line("HTTP/1.1 \(status) x").set("Content-Type", nil).body(.none)))
        let expected = shows ? SCRVerdict.Status.met : .notObserved
        #expect(self.status(coverage, "S-005", "5.3.1") == expected)
        for item in ["S-023", "S-033"] { #expect(self.status(coverage, item, "5.3.3") == expected, "\(item)") }
    }

    /// A chunked body that breaks off does not show that its sender knows how to end one.
    @Test func chunkedToItsEnd() {
        let cut = Sample.request.set("Transfer-Encoding", "chunked").body(.text("5\r\n<Sync"))
        var coverage = SCRCoverage()
        coverage.observe(exchange(cut, nil))
        #expect(status(coverage, "C-015", "5.3.2") == .notObserved)
        coverage.observe(exchange(cut.body(.text("5\r\n<Sync\r\n0\r\n\r\n")), nil))
        #expect(status(coverage, "C-015", "5.3.2") == .met)
    }

    @Test func otherTrafficIsNoEvidence() {
        var coverage = SCRCoverage()
        let page = Sample.response.set("Content-Type", "text/html").body(.text("x"))
        coverage.observe(
            exchange(Sample.request.set("Accept", "*/*").set("Content-Type", "text/plain").body(.text("x")), page))
        coverage.observe(captured(facts("TLS 1.2", 0xC02F), traffic: .other))
        coverage.observe(captured(facts("TLS 1.2", 0xC02F), traffic: .unknown))
        #expect(coverage.verdicts.allSatisfy { $0.met.count == 0 && $0.violated.count == 0 })
    }

    @Test func requestHeadersThatAreHonoured() {
        let rows: [(Sample, Sample, String)] = [
            (Sample.request.set("Accept-Encoding", "gzip"), Sample.response.set("Content-Encoding", "gzip"), "S-021"),
            (Sample.request.set("Accept-Encoding", "x-gzip"), Sample.response.set("Content-Encoding", "gzip"), "S-021"),
            (Sample.request.set("Accept-Language", "en"), Sample.response.set("Content-Language", "en"), "S-022"),
            (Sample.request.set("Authorization", "Bearer x"), .response, "S-023"),
            (
                Sample.request.set("Expect", "100-continue"), Sample.response.line("HTTP/1.1 417 No").body(.none),
                "S-024"
            ),
            (Sample.request.set("Host", nil), Sample.response.line("HTTP/1.1 400 No").body(.none), "S-026"),
            (Sample.request.set("If-Match", "x"), Sample.response.line("HTTP/1.1 412 No").body(.none), "S-027"),
            (Sample.request.set("Proxy-Authorization", "Basic x"), .response, "S-033"),
            (Sample.request.set("TE", "x-gzip"), Sample.response.set("Transfer-Encoding", "gzip, chunked"), "S-036"),
            (Sample.request.set("Range", "bytes=0-"), Sample.response.line("HTTP/1.1 416 No").body(.none), "S-034"),
        ]
        for (request, response, item) in rows {
            var coverage = SCRCoverage()
            coverage.observe(exchange(request, response))
            #expect(status(coverage, item, "5.3.3") == .met, "\(item)")
            var before = SCRCoverage()
            before.observe(exchange())
            #expect(status(before, item, "5.3.3") == .notObserved, "\(item)")
        }
    }

    /// A character set is the same under any of its names.
    @Test func namesOfCharacterSets() {
        var coverage = SCRCoverage()
        coverage.observe(
            exchange(.request, Sample.response.set("Content-Type", "application/vnd.syncml.dm+xml; charset=UTF8")))
        #expect(status(coverage, "S-020", "5.3.3") == .met)
    }

    // MARK: - Connections

    @Test func versions() {
        var coverage = SCRCoverage()
        coverage.observe(captured(facts("TLS 1.1", 0x002F)))
        for item in ["C-050", "C-051", "C-054", "S-051", "S-055"] { #expect(status(coverage, item, "5.4") == .met) }
        #expect(status(coverage, "C-049", "5.4") == .met)
        #expect(status(coverage, "S-049", "5.4") == .met)
        #expect(status(coverage, "S-050", "5.4") == .notObserved)
        #expect(verdicts(coverage)["DSDM-HTTP-S-050-O 5.4"]?.remark == "seen 1 of 5")
        for (version, suite) in [("TLS 1.0", 0x002F), ("TLS 1.2", 0x00A8), ("SSL 3.0", 0x0005)] as [(String, UInt16)] {
            coverage.observe(captured(facts(version, suite, offers: [version], suites: [suite])))
        }
        for item in ["S-050", "S-052", "S-056", "S-058"].dropLast(0) where item != "S-056" {
            #expect(status(coverage, item, "5.4") == .met, "\(item)")
        }
        // PSK-TLS was seen, five of its six suites were not; likewise one of the two SSL 3.0 suites.
        #expect(status(coverage, "S-056", "5.4") == .notObserved)
        #expect(status(coverage, "S-053", "5.4") == .notObserved)
        #expect(status(coverage, "C-052", "5.4") == .met)
        #expect(status(coverage, "C-053", "5.4") == .met)
    }

    @Test func everySuite() {
        var coverage = SCRCoverage()
        for suite in [0x0005, 0x000A] as [UInt16] {
            coverage.observe(captured(facts("SSL 3.0", suite, offers: ["SSL 3.0"], suites: [suite])))
        }
        for suite in [0x00A8, 0x00AA, 0x00AC, 0x00AE, 0x00B2, 0x00B6] as [UInt16] {
            coverage.observe(captured(facts("TLS 1.2", suite, suites: [suite])))
        }
        for item in ["S-053", "S-054", "S-056", "S-057"] { #expect(status(coverage, item, "5.4") == .met, "\(item)") }
    }

    @Test func tls11IsHeldStrictly() {
        var coverage = SCRCoverage()
        coverage.observe(captured(facts("TLS 1.2", 0xC02F, offers: ["TLS 1.3", "TLS 1.2"])))
        #expect(status(coverage, "C-054", "5.4") == .violated)
        #expect(status(coverage, "C-049", "5.4") == .violated)
        #expect(status(coverage, "S-055", "5.4") == .notObserved)
    }

    /// TLS 1.3 is none of the versions that a client has to identify, though to use it is as good.
    @Test func tls13IsNoneOfThem() {
        var coverage = SCRCoverage()
        coverage.observe(captured(facts("TLS 1.3", 0x1301, offers: ["TLS 1.3", "TLS 1.2", "TLS 1.1"])))
        #expect(status(coverage, "C-050", "5.4") == .notObserved)
        for item in ["C-051", "C-054", "S-051"] { #expect(status(coverage, item, "5.4") == .met, "\(item)") }
    }

    /// A gateway refuses a method, or finds nothing there, before the DM server has heard of it.
    @Test(arguments: [(200, true), (204, true), (302, false), (400, false), (403, false), (404, false), (502, false)])
    func methodIsServed(_ code: Int, _ isMet: Bool) {
        var coverage = SCRCoverage()
        let request = Sample.request.line("GET /dm HTTP/1.1").set("Content-Type", nil).body(.none)
        let response = Sample.response.line("HTTP/1.1 \(code) -").set("Content-Type", nil).body(.none)
        coverage.observe(judgedExchange(exchange(request, response)))
        #expect(status(coverage, "C-003", "5.3.1") == .met)
        #expect(status(coverage, "S-003", "5.3.1") == (isMet ? .met : .notObserved))
    }

    /// 501 may be about the transfer coding: the server may know POST.
    @Test func chunkedRefused() {
        var coverage = SCRCoverage()
        let refusal = Sample.response.line("HTTP/1.1 501 Not Implemented").set("Content-Type", nil).body(.none)
        coverage.observe(judgedExchange(exchange(Sample.request.chunked(), refusal)))
        #expect(status(coverage, "S-005", "5.3.1") == .notObserved)
        #expect(status(coverage, "S-015", "5.3.2") == .violated)
    }

    /// TLS_FALLBACK_SCSV says that the client takes more than its hello offers.
    @Test func fallback() {
        var coverage = SCRCoverage()
        coverage.observe(captured(facts("TLS 1.0", 0x002F, offers: ["TLS 1.0"], fallsBack: true)))
        #expect(status(coverage, "C-054", "5.4") == .notObserved)
    }

    @Test func plain() {
        var coverage = SCRCoverage()
        coverage.observe(captured(nil))
        #expect(status(coverage, "C-051", "5.4") == .violated)
        #expect(status(coverage, "S-051", "5.4") == .violated)
        #expect(status(coverage, "S-049", "5.4") == .violated)
    }

    /// In front of a server with TLS, the device's leg alone is plain.
    @Test func plainOnOneLeg() {
        var coverage = SCRCoverage()
        var connection = captured(nil)
        connection.context.serverTLS = facts("TLS 1.1", 0x002F)
        coverage.observe(connection)
        #expect(status(coverage, "C-051", "5.4") == .violated)
        #expect(status(coverage, "S-051", "5.4") == .met)
        #expect(verdicts(coverage)["DSDM-HTTP-C-051-O 5.4"]?.violated.rules == ["tls-missing"])
    }

    /// A server that could not be had is not said to lack TLS.
    @Test func plainWithoutAServer() {
        var coverage = SCRCoverage()
        coverage.observe(live(nil, nil, isAnswered: false))
        #expect(status(coverage, "C-051", "5.4") == .violated)
        #expect(status(coverage, "S-051", "5.4") == .notObserved)
    }

    /// TLS 1.0 asks for item 051 only of a server that was seen to speak it.
    @Test func whatWasNotSeenAsksForNothing() throws {
        var coverage = SCRCoverage()
        coverage.observe(captured(nil))
        let tls10 = try #require(verdicts(coverage)["DSDM-HTTP-S-052-O 5.4"])
        #expect(tls10.status == .notObserved && tls10.remark == nil)
        #expect(tls10.requirement == .violated)
        coverage.observe(captured(facts("TLS 1.0", 0x002F, offers: ["TLS 1.0"])))
        let seen = try #require(verdicts(coverage)["DSDM-HTTP-S-052-O 5.4"])
        #expect(seen.status == .violated && seen.remark == "requires DSDM-HTTP-S-051-O")
    }

    /// Two faults of one exchange that break one item count once, and both are named.
    @Test func faultsOfOneExchangeCountOnce() {
        var coverage = SCRCoverage()
        coverage.observe(
            judgedExchange(exchange(.request, Sample.response.set("Cache-Control", "public, no-store").set("Age", "9")))
        )
        let verdict = verdicts(coverage)["DSDM-HTTP-S-010-O 5.3.2"]
        #expect(verdict?.violated.count == 1 && verdict?.violated.examples == ["1.1"])
        #expect(verdict?.violated.rules == ["cache-control-contradiction", "cached-response"])
    }

    /// 401 without a challenge is a matter of WWW-Authenticate, 407 of Proxy-Authenticate.
    @Test(arguments: [(401, "S-048", "S-044"), (407, "S-044", "S-048")])
    func missingChallenge(_ status: Int, _ broken: String, _ other: String) {
        var coverage = SCRCoverage()
        coverage.observe(
            judgedExchange(
                exchange(
                    .request,
                    Sample.response.line("HTTP/1.1 \(status) No").set("Content-Type", nil).body(.none))))
        #expect(self.status(coverage, broken, "5.3.4") == .violated)
        #expect(self.status(coverage, other, "5.3.4") == .notObserved)
    }

    /// A header that is sent but wrong does not count as met.
    @Test func whatBreaksAnItemDoesNotMeetIt() {
        var coverage = SCRCoverage()
        coverage.observe(judgedExchange(exchange(Sample.request.set("User-Agent", ""))))
        let agent = verdicts(coverage)["DSDM-HTTP-C-037-O 5.3.3"]
        #expect(agent?.status == .violated && agent?.met.count == 0 && agent?.violated.count == 1)
    }

    @Test func requirementsAreEvaluated() {
        var coverage = SCRCoverage()
        coverage.observe(judgedExchange(exchange(Sample.request.set("User-Agent", nil))))
        let client = verdicts(coverage)["DSDM-HTTP-C-001-O 4"]
        #expect(client?.requirement == .violated)
        #expect(
            client?.required.map { "\($0.id) \($0.status.rawValue)" } == [
                "DSDM-HTTP-C-005-O met", "DSDM-HTTP-C-010-O met", "DSDM-HTTP-C-015-O not observed",
                "DSDM-HTTP-C-019-O met", "DSDM-HTTP-C-020-O met", "DSDM-HTTP-C-037-O violated",
            ])
        #expect(verdicts(coverage)["DSDM-HTTP-C-005-O 5.3.1"]?.requirement == nil)
        #expect(verdicts(coverage)["DSDM-HTTP-S-049-O 5.4"]?.requirement == .notObserved)
    }

    @Test func merging() {
        var all = SCRCoverage()
        var parts: [SCRCoverage] = []
        for number in 1...8 {
            let exchange = judgedExchange(
                exchange(Sample.request.set("User-Agent", number.isMultiple(of: 2) ? nil : "x"), number: number))
            var part = SCRCoverage()
            part.observe(exchange)
            all.observe(exchange)
            parts.append(part)
        }
        var first = parts[..<4].reduce(into: SCRCoverage()) { $0.merge($1) }
        let second = parts[4...].reduce(into: SCRCoverage()) { $0.merge($1) }
        first.merge(second, prefix: "b:")
        for (a, b) in zip(first.verdicts, all.verdicts) {
            #expect(a.status == b.status && a.met.count == b.met.count && a.violated.count == b.violated.count)
            #expect(a.violated.rules == b.violated.rules && a.remark == b.remark)
        }
        let agent = verdicts(first)["DSDM-HTTP-C-037-O 5.3.3"]
        #expect(agent?.violated.count == 4)
        #expect(agent?.violated.examples == ["1.2", "1.4", "b:1.6", "b:1.8"])
        #expect(agent?.violated.rules == ["user-agent-missing"])
        #expect(agent?.met.count == 4)
        #expect(verdicts(first)["DSDM-HTTP-C-005-O 5.3.1"]?.met.examples.count == SCREvidence.examplesKept)
    }

    /// Evidence that takes a session comes by item.
    @Test func noted() {
        var coverage = SCRCoverage()
        coverage.note("DSDM-HTTP-C-043-O", met: true, at: "2.3")
        coverage.note("DSDM-HTTP-C-041-O", met: false, at: "2.4")
        coverage.note("DSDM-HTTP-X-000-O", met: true, at: "2.5")
        #expect(status(coverage, "C-043", "5.3.4") == .met)
        #expect(status(coverage, "C-041", "5.3.4") == .violated)
    }
}

extension SCRCoverage {
    /// With what the rules say of the connection.
    fileprivate mutating func observe(_ connection: ConnectionView) {
        observe(connection, findings: BindingRules.judge(connection: connection))
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
