package import Binding
import HTTPWire
import SyncML
import Wire

/// What the requests came to: rows for the report, and the evidence that inspection cannot see in them.
package struct HTTPJudgement {
    private let plan: HTTPPlan
    /// Connections that the requests went over.
    private let connections: Int

    package init(_ plan: HTTPPlan, connections: Int) {
        self.plan = plan
        self.connections = connections
    }

    // MARK: - Rows

    package var sections: [ProbeReport.Section] {
        guard !plan.outcomes.isEmpty else { return [] }
        var rows = HTTPCheck.allCases.compactMap { check in
            check == .account && plan.outcomes[.account] == nil ? nil : row(check)
        }
        rows.append(ProbeReport.Row("keep-alive", nil, keepAlive))
        var all = [ProbeReport.Section("http", "HTTP", rows)]
        if let response = plan.outcomes[.xml]?.exchange?.response {
            all.append(ProbeReport.Section("responseHeaders", "Headers of the first response", headers(response)))
        }
        return all
    }

    private func row(_ check: HTTPCheck) -> ProbeReport.Row {
        guard let outcome = plan.outcomes[check] else { return ProbeReport.Row(check.title, .notAsked, "") }
        guard let exchange = outcome.exchange, let response = exchange.response else {
            return ProbeReport.Row(check.title, .unanswered, outcome.problem ?? "")
        }
        let broken = exchange.findings.contains { $0.about == .response && $0.level == .must }
        let words = [shown(response), check == .account ? verdict(exchange) : nil, outcome.problem].compactMap { $0 }
            .joined(separator: "; ")
        return ProbeReport.Row(check.title, .answered, words, isFault: broken)
    }

    /// What the server makes of the credentials, by its Status of SyncHdr.
    private func verdict(_ exchange: Exchange) -> String? {
        guard exchange.request?.body.dm?.header.cred != nil else {
            return "without credentials: the file has none for this device and challenge that may cross here"
        }
        guard let code = exchange.response?.body.dm?.commands.first(where: \.answersHeader)?.code else { return nil }
        switch code {
        case 200, 212: return "it takes the credentials (\(code))"
        case 401, 407:
            return "it does not take the credentials (\(code)): are user, password and device those it knows?"
        default: return "of the credentials it says \(code)\(StatusCode.name(of: code).map { " " + $0 } ?? "")"
        }
    }

    /// `200 OK: DM message in XML, 512 octets, gzip`.
    private func shown(_ response: Exchange.Message) -> String {
        let status = "\(response.head.status ?? 0) \(response.head.reason ?? "")".trimmed
        guard response.body.length > 0 else { return "\(status), no body" }
        var what: [String]
        if response.body.dm != nil {
            what = ["DM message in \(response.body.document?.representation == .wbxml ? "WBXML" : "XML")"]
            if let challenge = response.body.dm.flatMap(Challenge.init) { what.append("asks for \(challenge.type)") }
        } else {
            what = [response.head.first("content-type").map { "no DM message but \($0)" } ?? "no DM message"]
        }
        what.append("\(response.body.length) octets")
        if response.framing == .chunked { what.append("chunked") }
        if let coding = response.head.first("content-encoding") { what.append(coding) }
        return "\(status): \(what.joined(separator: ", "))"
    }

    private var keepAlive: String {
        let answered = plan.outcomes.values.count { $0.exchange?.response != nil }
        if answered < 2 { return "not known" }
        if connections == 1 { return "\(answered) exchanges on one connection" }
        return connections >= answered
            ? "none: a connection for each of \(answered) exchanges"
            : "\(answered) exchanges on \(connections) connections"
    }

    private func headers(_ response: Exchange.Message) -> [ProbeReport.Row] {
        let head = response.head
        let due = ["cache-control", "content-type", "content-length", "connection", "server", "date"]
        let names = ["Cache-Control", "Content-Type", "Content-Length", "Connection", "Server", "Date"]
        let missingCacheControl = plan.outcomes[.xml]?.exchange?.findings.contains {
            $0.about == .response && $0.level == .must && $0.rule.scr.contains("DSDM-HTTP-S-010-O")
        }
        var rows = names.map { name in
            let value = head.value(named: name)
            return ProbeReport.Row(
                name, nil,
                value ?? (name == "Content-Length" && response.framing == .chunked ? "none: chunked" : "none"),
                isFault: name == "Cache-Control" && missingCacheControl == true)
        }
        for field in head.fields.prefix(32) where !due.contains(head.name(field).lowercased()) {
            rows.append(ProbeReport.Row(head.name(field), nil, head.value(field)))
        }
        return rows
    }

    /// What the report leaves open: nothing that came was DM.
    package var reservation: String? {
        let responses = plan.outcomes.values.compactMap { $0.exchange?.response }
        guard !responses.isEmpty, responses.allSatisfy({ $0.body.dm == nil }) else { return nil }
        return "no response carries a DM message: is this the address that devices are given?"
    }

    // MARK: - Evidence

    /// Adds what inspection says of the responses to `found`, and to `coverage` what takes knowing why a request was sent.
    package func judge(into coverage: inout SCRCoverage, _ found: inout FoundFindings) {
        for check in plan.asked {
            guard let exchange = plan.outcomes[check]?.exchange else { continue }
            found.add(exchange.findings, at: exchange.id)
            // A GET without signs of DM is not known to inspection to be about it, nor is the Allow of its response.
            guard !exchange.isDM, let head = exchange.response?.head else { continue }
            if !exchange.context.carriedDM, (200..<300).contains(head.status ?? 0) {
                coverage.note(check.method.item, met: true, at: exchange.id)
            }
            if head.has("allow") { coverage.note("DSDM-HTTP-S-040-O", met: true, at: exchange.id) }
        }
    }
}

extension HTTPHead {
    fileprivate func value(named name: String) -> String? {
        fields.first { self.name($0).lowercased() == name.lowercased() }.map { value($0) }
    }
}

extension String {
    fileprivate var trimmed: String { hasSuffix(" ") ? String(dropLast()) : self }
}
