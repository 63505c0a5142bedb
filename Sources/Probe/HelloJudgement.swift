package import Binding
import TLSWire
import Wire

/// What the answers to the hellos come to: rows for the report, findings, and evidence for Appendix B.
package struct HelloJudgement {
    private let plan: HelloPlan
    private let connected: Set<String>

    /// - Parameter connected: versions, by name, of the connections that carried requests. A server that takes a version
    ///   with a pre-shared key alone shows it there.
    package init(_ plan: HelloPlan, connected: Set<String> = []) {
        self.plan = plan
        self.connected = connected
    }

    private func answer(_ check: HelloCheck) -> HelloAnswer? { plan.answers[check] }

    /// The place that evidence from a check names.
    private func place(_ check: HelloCheck) -> String { "hello \(check.title)" }

    // MARK: - What was taken

    private enum Taken {
        case yes
        case no
        /// No answer tells.
        case unknown
    }

    private func taken(_ check: HelloCheck) -> Taken {
        if isConnected(check) { return .yes }
        guard let answer = answer(check) else { return .unknown }
        if answer.isRefusal { return .no }
        guard answer.outcome == .chosen else { return .unknown }
        switch check {
        case .version(let version): return answer.facts.version == version.name ? .yes : .no
        case .ssl3Suite(let suite):
            return answer.facts.version == TLSVersion.ssl3.name && answer.facts.suiteCode == suite ? .yes : .no
        case .pskSuite(let suite): return answer.facts.suiteCode == suite ? .yes : .no
        case .pskSuites, .shortKeys, .anonymous: return answer.facts.offered ? .yes : .no
        case .ssl2: return answer.facts.version == TLSVersion.ssl2.name ? .yes : .no
        }
    }

    private func isConnected(_ check: HelloCheck) -> Bool {
        if case .version(let version) = check { connected.contains(version.name) } else { false }
    }

    /// Whether a suite was taken; where none of its kind was, it was refused with them.
    private func taken(_ check: HelloCheck, among all: HelloCheck) -> Taken {
        answer(check) == nil && taken(all) == .no ? .no : taken(check)
    }

    /// A hello with suites to choose from was answered. A server that takes none of them may have versions all the same,
    /// with suites that the probe does not offer.
    private var isAnyVersionTaken: Bool {
        !connected.isEmpty
            || HelloPlan.versions.contains {
                answer(.version($0)).map { $0.outcome == .chosen && $0.facts.offered } ?? false
            }
    }

    /// What the report leaves open.
    package var reservation: String? {
        guard plan.isTLS, !isAnyVersionTaken, answer(.version(.tls12)) != nil else { return nil }
        return "no version was taken with any of the usual suites: versions are neither shown nor violated"
    }

    /// PSK suites are all that there is: requests need a key.
    package var needsPSK: Bool {
        taken(.pskSuites) == .yes
            && HelloPlan.versions.allSatisfy { answer(.version($0))?.facts.certificate == nil }
    }

    /// SSL 3.0 is the only version that was taken.
    package var isSSL3Alone: Bool {
        HelloPlan.versions.allSatisfy { (taken(.version($0)) == .yes) == ($0 == .ssl3) }
    }

    // MARK: - Rows

    package var sections: [ProbeReport.Section] {
        guard !plan.asked.isEmpty else { return [] }
        let versions = HelloPlan.versions.sorted { $0.rawValue > $1.rawValue }
        var all = [ProbeReport.Section("tlsVersions", "TLS versions", versions.map { row(.version($0)) })]
        if taken(.version(.ssl3)) == .yes {
            all.append(
                ProbeReport.Section(
                    "ssl3Suites", "SSL 3.0 suites (5.4: both)", BindingSuites.ssl3.map { row(.ssl3Suite($0)) }))
        }
        all.append(
            ProbeReport.Section(
                "pskSuites", "PSK-TLS suites (5.4: all six, where there is PSK-TLS)",
                BindingSuites.psk.map { row(.pskSuite($0), among: .pskSuites) }))
        all.append(
            ProbeReport.Section(
                "toBeRefused", "To be refused (5.4)",
                [.ssl2, .shortKeys(.tls12), .shortKeys(.tls10), .anonymous].map { row($0, isWrong: true) }))
        return all
    }

    private func row(_ check: HelloCheck, among all: HelloCheck? = nil, isWrong: Bool = false) -> ProbeReport.Row {
        let answer = answer(check) ?? all.flatMap { taken($0) == .no ? self.answer($0) : nil }
        let result = all.map { taken(check, among: $0) } ?? taken(check)
        guard let answer else { return ProbeReport.Row(check.title, .notAsked, "") }
        switch result {
        case .yes: return ProbeReport.Row(check.title, .accepted, chosen(check, answer), isFault: isWrong)
        case .no: return ProbeReport.Row(check.title, .refused, said(answer), isFault: isMissing(check))
        case .unknown: return ProbeReport.Row(check.title, .unanswered, said(answer))
        }
    }

    /// What a server must have, and has not.
    private func isMissing(_ check: HelloCheck) -> Bool {
        switch check {
        case .version(let version): version == .tls11 && isAnyVersionTaken
        case .ssl3Suite: true
        case .pskSuite: taken(.pskSuites) == .yes
        case .ssl2, .pskSuites, .shortKeys, .anonymous: false
        }
    }

    private func chosen(_ check: HelloCheck, _ answer: HelloAnswer) -> String {
        switch check {
        case .ssl3Suite, .pskSuite, .pskSuites:
            answer.facts.pskIdentityHint.map { "identity hint \($0)" } ?? ""
        case .ssl2: "an SSL 2.0 ServerHello"
        case .version: answer.outcome == .chosen ? answer.facts.suite ?? "" : "on the connections of the requests"
        case .shortKeys, .anonymous:
            [answer.facts.version, answer.facts.suite].compactMap { $0 }.joined(separator: " ")
        }
    }

    private func said(_ answer: HelloAnswer) -> String {
        switch answer.outcome {
        case .chosen: "chose \([answer.facts.version, answer.facts.suite].compactMap { $0 }.joined(separator: " "))"
        case .alert(let name): name
        case .closed(let reset): reset ? "reset" : "closed without an alert"
        case .silent: "silence"
        case .foreign: "an answer that is not TLS"
        case .unreadable(let what): what
        case .unreachable(let why): why
        }
    }

    // MARK: - Findings and evidence

    /// Adds what the answers show to `coverage`, and what they break to `found`.
    package func judge(into coverage: inout SCRCoverage, _ found: inout FoundFindings) {
        guard plan.isTLS else { return }
        for check in plan.asked {
            guard let answer = answer(check), answer.outcome == .chosen, answer.facts.offered else { continue }
            coverage.observe(hello: answer.facts, at: place(check))
        }
        judgeTLS11(into: &coverage, &found)
        if taken(.version(.ssl3)) == .yes {
            judgeSuites(
                BindingSuites.ssl3.map { .ssl3Suite($0) }, SecurityRules.ssl3CipherServer, "DSDM-HTTP-S-054-O",
                "takes SSL 3.0", into: &coverage, &found)
        }
        if taken(.pskSuites) == .yes {
            judgeSuites(
                BindingSuites.psk.map { .pskSuite($0) }, SecurityRules.pskCipherServer, "DSDM-HTTP-S-057-O",
                "takes PSK suites", into: &coverage, &found)
        }
        judgeWeak(&found)
    }

    /// A server that ends below TLS 1.1 meets no current client; one that begins above it does what RFC 8996 asks since,
    /// and is held against Appendix B all the same (docs/decisions/0042).
    private func judgeTLS11(into coverage: inout SCRCoverage, _ found: inout FoundFindings) {
        let check = HelloCheck.version(.tls11)
        guard taken(check) == .no, let answer = answer(check), isAnyVersionTaken else { return }
        let isNewer = taken(.version(.tls12)) == .yes || taken(.version(.tls13)) == .yes
        let finding = Finding(
            SecurityRules.tls11Unsupported, .connection,
            "The server does not take TLS 1.1 (\(said(answer)))"
                + (isNewer
                    ? ", only newer versions, as RFC 8996 asks since the binding was written"
                    : "; enable TLS 1.1 and 1.2 in the server"),
            level: isNewer ? .note : nil)
        found.add([finding], at: place(check))
        coverage.note("DSDM-HTTP-S-055-O", met: false, at: place(check), rule: SecurityRules.tls11Unsupported)
    }

    private func judgeSuites(
        _ checks: [HelloCheck], _ rule: Rule, _ item: String, _ what: String, into coverage: inout SCRCoverage,
        _ found: inout FoundFindings
    ) {
        for check in checks where taken(check) == .no {
            found.add(
                [Finding(rule, .connection, "The server \(what), but not \(check.title); enable it")], at: place(check))
            coverage.note(item, met: false, at: place(check), rule: rule)
        }
    }

    private func judgeWeak(_ found: inout FoundFindings) {
        if taken(.ssl2) == .yes {
            found.add(
                [
                    Finding(
                        SecurityRules.ssl2, .connection, "The server answers an SSL 2.0 hello; disable SSL 2.0 in it")
                ],
                at: place(.ssl2))
        }
        for check in plan.asked {
            guard let answer = answer(check), answer.outcome == .chosen,
                let suite = answer.facts.suiteCode.flatMap(CipherSuite.init)
            else { continue }
            var findings: [Finding] = []
            SecurityRules.judge(suite, shown: answer.facts.suite ?? suite.name, &findings)
            found.add(findings, at: place(check))
        }
    }
}

extension TLSFacts {
    /// The server chose among what was offered.
    fileprivate var offered: Bool { suiteCode.map(offeredSuiteCodes.contains) ?? false }
}
