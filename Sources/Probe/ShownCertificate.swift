import Binding
package import TLSWire
package import Wire

/// The certificate that the server shows: rows for the report, and what is wrong with it.
package struct ShownCertificate: Sendable {
    package var leaf: CertificateFacts
    /// All that were sent, where they crossed in the open; else empty.
    package var chain: [CertificateFacts]
    /// Why this system does not accept it; nil where it does, or where that was not tried.
    package var problem: String?
    package var isVerified: Bool

    package init(leaf: CertificateFacts, chain: [CertificateFacts], problem: String?, isVerified: Bool) {
        self.leaf = leaf
        self.chain = chain
        self.problem = problem
        self.isVerified = isVerified
    }

    package func section(_ findings: [Finding]) -> ProbeReport.Section {
        let breaks = { (rule: Rule) in findings.contains { $0.rule == rule && $0.level >= .should } }
        let names = leaf.dnsNames + leaf.ipAddresses
        var rows = [
            ProbeReport.Row("subject", nil, leaf.subject), ProbeReport.Row("issuer", nil, leaf.issuer),
            ProbeReport.Row(
                "valid", nil, "\(leaf.notBefore) to \(leaf.notAfter)", isFault: breaks(SecurityRules.certificateDates)),
            ProbeReport.Row(
                "names", nil, names.isEmpty ? "none" : names.joined(separator: ", "),
                isFault: breaks(SecurityRules.certificateHost)),
            ProbeReport.Row("key", nil, leaf.key), ProbeReport.Row("signature", nil, leaf.signatureAlgorithm),
            ProbeReport.Row("SHA-256", nil, leaf.sha256),
        ]
        if chain.isEmpty {
            rows.append(ProbeReport.Row("chain", nil, counted(leaf.chainLength)))
        }
        for (at, one) in chain.enumerated().dropFirst() {
            rows.append(
                ProbeReport.Row(
                    at == 1 ? "chain" : "", nil, "\(one.subject), \(one.key), to \(one.notAfter), by \(one.issuer)"))
        }
        if chain.count == 1 { rows.append(ProbeReport.Row("chain", nil, counted(1))) }
        let verified = problem.map { "not accepted here: \($0)" } ?? (isVerified ? "accepted here" : "not tried")
        rows.append(ProbeReport.Row("verification", nil, verified))
        return ProbeReport.Section("certificate", "Certificate", rows)
    }

    private func counted(_ count: Int) -> String { count == 1 ? "the leaf alone" : "\(count) certificates" }

    /// - Parameter host: name or address that the device asks for.
    package func findings(host: String, at time: Timestamp) -> [Finding] {
        var findings: [Finding] = []
        SecurityRules.judge(leaf, host: host, at: time, &findings)
        if let problem, leaf.subject != leaf.issuer, !ShownCertificate.isAboutHost(problem),
            !findings.contains(where: { $0.rule == SecurityRules.certificateDates })
        {
            findings.append(
                Finding(
                    SecurityRules.certificateChain, .connection,
                    "The server's certificate is not accepted with the authorities known here: \(problem); "
                        + "give devices' own authority with --upstream-ca FILE"))
        }
        return findings
    }

    /// OpenSSL's words for what `certificateHost` tells.
    private static func isAboutHost(_ problem: String) -> Bool {
        ["hostname mismatch", "ip address mismatch"].contains { problem.lowercased().hasPrefix($0) }
    }
}
