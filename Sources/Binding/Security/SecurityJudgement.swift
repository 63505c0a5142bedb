import HTTPWire
package import TLSWire
package import Wire

extension SecurityRules {
    /// Section 5.4 on one connection. What the client offers is judged on the device's leg, what the server chooses and
    /// shows on the server's.
    static func judge(_ connection: ConnectionView) -> [Finding] {
        guard connection.traffic != .other else { return [] }
        var findings: [Finding] = []
        let context = connection.context
        if connection.traffic == .dm { judgePlain(connection, &findings) }
        if let client = context.clientTLS { judgeClient(client, &findings) }
        if let server = context.serverTLS {
            judgeServer(server, &findings)
            if let certificate = server.certificate {
                judge(certificate, host: wantedHost(context, server), at: connection.time, &findings)
            }
        }
        if connection.traffic == .unknown {
            // Nobody knows that this is DM: worth knowing, no violation.
            for at in findings.indices { findings[at].level = .note }
        }
        return findings
    }

    /// Whom the certificate has to name: where the connection was led, else SNI, else (a URL with an address has none) Host,
    /// unless it is no host.
    private static func wantedHost(_ context: Exchange.Context, _ server: TLSFacts) -> String? {
        if let host = context.host ?? server.sni { return host }
        return context.asked.flatMap { HostPort.parse($0) == nil ? nil : $0 }
    }

    private static func judgePlain(_ connection: ConnectionView, _ findings: inout [Finding]) {
        let context = connection.context
        guard context.clientTLS == nil || connection.isServerPlain else { return }
        if connection.tunnelled, context.clientTLS == nil {
            findings.append(
                Finding(
                    MethodRules.connectWithoutTLS, .connection,
                    "CONNECT opened a tunnel that carries DM in clear text; start TLS inside it"))
        } else if !context.loopback {
            let what =
                switch (context.clientTLS, context.serverTLS) {
                case (nil, nil): "DM is exchanged over plain HTTP"
                case (nil, _): "The device's leg is plain HTTP"
                default: "The server's leg is plain HTTP"
                }
            findings.append(
                Finding(tlsMissing, .connection, "\(what); use TLS 1.1 or 1.2 (at least one of SSL 3.0 to TLS 1.2)"))
        }
    }

    // MARK: - Client

    private static func judgeClient(_ facts: TLSFacts, _ findings: inout [Finding]) {
        if facts.version == "SSL 2.0" {
            findings.append(Finding(ssl2, .connection, "The connection runs over SSL 2.0; disable it on both sides"))
        } else if facts.ssl2Hello, facts.offeredVersions == ["SSL 2.0"] {
            findings.append(
                Finding(ssl2, .connection, "The client offers SSL 2.0 alone; enable TLS 1.1 and 1.2 in it"))
        } else if facts.ssl2Hello {
            findings.append(
                Finding(
                    ssl2, .connection,
                    "The ClientHello comes in the SSL 2.0 record format, though it offers more; "
                        + "disable the SSL 2.0 compatible hello in the client", level: .note))
        }
        if facts.clientSupportsTLS11 == false {
            let offered = facts.offeredVersions.joined(separator: ", ")
            if facts.newestOffered ?? 0 < TLSFacts.tls11Rank {
                findings.append(
                    Finding(
                        tls11Unsupported, .connection,
                        "The client offers nothing newer than \(offered); enable TLS 1.1 and 1.2 in it"))
            } else {
                findings.append(
                    Finding(
                        tls11Unsupported, .connection,
                        "The client offers \(offered) and not TLS 1.1, which RFC 8996 has retired since the binding "
                            + "was written", level: .note))
            }
        }
        let offered = facts.offeredSuiteCodes
        guard !offered.isEmpty else { return }
        if facts.version == "SSL 3.0", !offered.contains(where: BindingSuites.ssl3.contains) {
            findings.append(
                Finding(
                    ssl3CipherClient, .connection,
                    "The client speaks SSL 3.0 but offers neither SSL_RSA_WITH_RC4_128_SHA nor "
                        + "SSL_RSA_WITH_3DES_EDE_CBC_SHA; add one of them"))
        }
        let real = facts.offeredRealSuites
        let pskOnly = !real.isEmpty && real.allSatisfy { $0.keyExchange?.usesPSK == true }
        if facts.usesPSKSuite || pskOnly, !offered.contains(where: BindingSuites.psk.contains) {
            findings.append(
                Finding(
                    pskCipherClient, .connection,
                    "The client uses PSK-TLS but offers none of the six suites of the binding; "
                        + "add TLS_PSK_WITH_AES_128_GCM_SHA256"))
        }
    }

    // MARK: - Server

    private static func judgeServer(_ facts: TLSFacts, _ findings: inout [Finding]) {
        judgeServerVersion(facts, &findings)
        if let suite = facts.negotiated {
            judge(suite, shown: facts.suite ?? suite.name, &findings)
        }
        guard facts.serverRefused(with: TLSAlert.handshakeFailure) else { return }
        let real = facts.offeredRealSuites.map(\.code)
        let named = { (codes: [UInt16]) in
            codes.filter(real.contains).map { CipherSuite.name($0, in: nil) }.joined(separator: ", ")
        }
        if facts.newestOffered == TLSFacts.ssl3Rank, real.contains(where: BindingSuites.ssl3.contains) {
            findings.append(
                Finding(
                    ssl3CipherServer, .connection,
                    "The server refused an SSL 3.0 hello that offers \(named(BindingSuites.ssl3)); "
                        + "if it serves SSL 3.0, enable both suites", level: .note))
        }
        if !real.isEmpty, real.allSatisfy({ CipherSuite($0)?.keyExchange?.usesPSK == true }),
            real.contains(where: BindingSuites.psk.contains)
        {
            findings.append(
                Finding(
                    pskCipherServer, .connection,
                    "The server refused a PSK hello that offers \(named(BindingSuites.psk)); "
                        + "if it serves PSK-TLS, enable all six suites", level: .note))
        }
    }

    private static func judgeServerVersion(_ facts: TLSFacts, _ findings: inout [Finding]) {
        if facts.serverSupportsTLS11 == false {
            let newest = facts.offeredVersions.first { TLSFacts.rank($0) == facts.newestOffered } ?? ""
            findings.append(
                Finding(
                    tls11Unsupported, .connection,
                    (facts.version.map { "The server chose \($0) though the client offers up to \(newest)" }
                        ?? "The server refused a hello that offers TLS 1.1 with alert protocol_version")
                        + "; enable TLS 1.1 and 1.2 in the server"))
        }
        if let version = facts.version, TLSFacts.rank(version) ?? 0 > TLSFacts.tls12Rank {
            findings.append(
                Finding(
                    tlsUnlisted, .connection, "The connection runs over \(version), which is newer than the binding"))
        }
    }

    /// What the suite that a server chose lacks of what section 5.4 asks.
    package static func judge(_ suite: CipherSuite, shown name: String, _ findings: inout [Finding]) {
        var lacks: [String] = []
        if suite.cipher == .null {
            lacks.append("encryption")
        } else if suite.keyBits < 128 {
            lacks.append("a key of 128 bits (it has \(suite.keyBits))")
        }
        if suite.keyExchange == .null { lacks.append("key exchange") }
        if suite.keyExchange?.isAnonymous == true { lacks.append("signing") }
        if suite.mac == .none, !suite.isAEAD, suite.mode != .other { lacks.append("message authentication") }
        if !lacks.isEmpty {
            findings.append(
                Finding(
                    cipherWeak, .connection,
                    "The server chose \(name), which lacks \(lacks.joined(separator: ", ")); remove it from the server's list"
                ))
        } else if suite.cipher == .tripleDES {
            findings.append(
                Finding(
                    cipherWeak, .connection,
                    "The server chose \(name): 3DES counts as 112 bits today, though the binding itself names it",
                    level: .note))
        }
    }
}
