import HTTPWire
package import TLSWire
package import Wire

extension SecurityRules {
    /// The server's certificate against the time of the connection and the host that was asked for.
    package static func judge(
        _ certificate: CertificateFacts, host: String?, at time: Timestamp, _ findings: inout [Finding]
    ) {
        // RFC 3339 in UTC compares as text, to the second.
        let now = time.rfc3339.prefix(19)
        if certificate.notAfter.prefix(19) < now {
            findings.append(
                Finding(
                    certificateDates, .connection,
                    "The server's certificate ended on \(certificate.notAfter); renew it"))
        } else if certificate.notBefore.prefix(19) > now {
            findings.append(
                Finding(
                    certificateDates, .connection,
                    "The server's certificate begins only on \(certificate.notBefore); look at the clocks"))
        }
        if let host, !certificate.names(host) {
            let names = certificate.hostNames + certificate.ipAddresses
            findings.append(
                Finding(
                    certificateHost, .connection,
                    "The server's certificate does not name \(host); it names "
                        + (names.isEmpty ? certificate.subject : names.prefix(5).joined(separator: ", "))))
        }
        let algorithm = certificate.signatureAlgorithm.lowercased()
        if algorithm.hasPrefix("md") || algorithm.contains("sha1") || algorithm.contains("sha-1") {
            findings.append(
                Finding(
                    certificateAlgorithm, .connection,
                    "The server's certificate is signed with \(certificate.signatureAlgorithm), which current TLS "
                        + "libraries refuse; sign it with SHA-256"))
        }
        if certificate.key.hasPrefix("RSA "), let bits = Int(certificate.key.dropFirst(4)), bits < 2048 {
            findings.append(
                Finding(
                    certificateAlgorithm, .connection,
                    "The server's certificate has an RSA key of \(bits) bits; current TLS libraries ask for 2048"))
        }
        if certificate.subject == certificate.issuer {
            findings.append(
                Finding(
                    certificateChain, .connection,
                    "The server's certificate is self-signed; a device takes it only if it was installed there"))
        }
    }
}

extension CertificateFacts {
    /// Whether the certificate names `host`: a name or an address, with or without a port. RFC 2818 3.1: an address stands
    /// in subjectAltName, octet for octet; `*` stands for a label of a name, or a part of it, in the leftmost place.
    func names(_ host: String) -> Bool {
        let wanted = CertificateFacts.withoutPort(host)
        // A zone (`fe80::1%eth0`) is the client's own matter.
        if let address = IPText.octets(wanted.prefix { $0 != "%" }) {
            return ipAddresses.contains { IPText.octets($0) == address }
        }
        return hostNames.contains { CertificateFacts.matches(wanted, pattern: $0.lowercased()) }
    }

    /// The dNSNames of subjectAltName, and where it has none, the common name.
    var hostNames: [String] { dnsNames.isEmpty ? commonNames : dnsNames }

    /// Lower case, without port, brackets and the root's dot.
    private static func withoutPort(_ host: String) -> String {
        // An IPv6 address may stand without brackets.
        let name = HostPort.parse(host)?.host ?? host.lowercased()
        return name.hasSuffix(".") ? String(name.dropLast()) : name
    }

    private static func matches(_ host: String, pattern: String) -> Bool {
        let pattern = pattern.hasSuffix(".") ? String(pattern.dropLast()) : pattern
        if pattern == host { return true }
        guard let star = pattern.firstIndex(of: "*") else { return false }
        let prefix = pattern[..<star]
        let suffix = pattern[pattern.index(after: star)...]
        // The star stands in the leftmost label and covers at least one octet, none of them a dot.
        guard !prefix.contains("."), !suffix.contains("*"), suffix.contains("."), host.hasPrefix(prefix),
            host.hasSuffix(suffix), host.utf8.count > prefix.utf8.count + suffix.utf8.count
        else { return false }
        return !host.dropFirst(prefix.count).dropLast(suffix.count).contains(".")
    }
}
