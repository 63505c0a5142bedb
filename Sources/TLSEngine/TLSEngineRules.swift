import TLSWire
package import Wire

/// Rules for what goes wrong in a leg's TLS while we terminate it. What is seen of any TLS, live or captured, is in
/// `TLSRules`.
package enum TLSEngineRules {
    package static let all: [Rule] = [
        clientRejectedCertificate, clientLeftWithoutRequest, upstreamCertificateInvalid, clientCertificateWanted,
        pskIdentityUnknown,
        pskKeyMismatch, nothingShared, failed, handshakeCut,
    ]

    static let clientRejectedCertificate = Rule(
        "client-rejected-certificate", .note, binds: .client, section: "5.4; WAP-219-TLS 6.4",
        "The device accepts the certificate that it is shown.",
        why:
            "A device that does not know the proxy's CA, or that is pinned to its server's certificate or key, ends the "
            + "handshake: with the alert unknown_ca, bad_certificate or certificate_unknown, or by closing at once. No DM "
            + "message is exchanged. For the device this is right; it is the proxy that stands in between.",
        remedy:
            "Install the proxy's CA certificate where the DM client looks for it (dmscope ca export): some clients have "
            + "a trust store of their own. A pinned client needs its server's own key: give it with --certs, or capture "
            + "the traffic and replay it with the key.")

    static let clientLeftWithoutRequest = Rule(
        "client-left-without-request", .note, binds: .client, section: "5.4; WAP-219-TLS 6.4",
        "A device that completes the TLS handshake sends its request.",
        why:
            "Some clients compare the certificate or its key with one that they know (pinning) only after the handshake, "
            + "and then close without a word. Others open a connection ahead of need and never use it.",
        remedy:
            "If no request ever comes, the client is pinned: give the proxy the server's own key with --certs, turn "
            + "pinning off in a test build, or capture the traffic and replay it with the key.")

    package static let upstreamCertificateInvalid = Rule(
        "upstream-certificate-invalid", .must, binds: .server, section: "5.4; WAP-219-TLS 6.3; RFC 2818 3.1",
        "The server's certificate is within its dates, is for the server's name and comes from a trusted authority.",
        why: "A device that checks what it must check breaks off here, and no management session takes place.",
        remedy:
            "Renew the certificate, or have it issued for the name that devices use, with its intermediate certificates "
            + "sent along. For an authority of one's own give --upstream-ca; -k goes on regardless.")

    static let clientCertificateWanted = Rule(
        "client-certificate-wanted", .note, binds: .client, section: "5.4; RFC 5246 7.4.4",
        "A client has the certificate that the server asks for.",
        why:
            "The server authenticates devices by certificate. The device's own cannot be passed on, because its key "
            + "never leaves the device.",
        remedy: "Give the proxy a client certificate that the server accepts: --client-cert [HOST=]PEM.")

    static let pskIdentityUnknown = Rule(
        "psk-identity-unknown", .note, binds: .both, section: "5.4; RFC 4279 2; RFC 8446 4.2.11",
        "Both sides know the key of the PSK identity that the client names.",
        why: "Without the key there is no session: the handshake ends with the alert unknown_psk_identity.",
        remedy:
            "Add the line identity:hexkey to the PSK file, or a line *:hexkey when all devices share a key. Where the "
            + "server does not know it, provision the device there.")

    static let pskKeyMismatch = Rule(
        "psk-key-mismatch", .note, binds: .both, section: "5.4; RFC 4279 2; RFC 8446 4.2.11.2",
        "Both sides hold the same key for a PSK identity.",
        why:
            "The handshake ends in its last step with bad_record_mac, decrypt_error or illegal_parameter, which name no "
            + "reason: wrong keys look like damaged records.",
        remedy:
            "Compare the key in the PSK file with the one provisioned, octet by octet: a key given as text in one place "
            + "and as hexadecimal in the other is the common mistake.")

    static let nothingShared = Rule(
        "tls-nothing-shared", .note, binds: .both, section: "5.4; RFC 5246 7.4.1; RFC 7301 3.2",
        "Client and server have a protocol version, a cipher suite and an application protocol (ALPN) in common.",
        why:
            "Without them no session can start. Old devices and hardened servers often miss each other here. A server of "
            + "h2 alone cannot be reached through the proxy, which speaks HTTP/1 and so does not offer h2.",
        remedy:
            "Compare what the ClientHello offers with what the other side is set to. --tls-min, --tls-max and the start-up "
            + "message on what this libssl can do tell the proxy's part in it.")

    static let failed = Rule(
        "tls-failed", .note, binds: .both, section: "5.4; RFC 5246 7.4",
        "A TLS connection that is begun lasts until one side closes it.",
        why: "The connection ended on an alert or on octets that are not the protocol; what was under way is lost.",
        remedy: "Read the reason in the finding; where an alert came, its sender's log tells more.")

    static let handshakeCut = Rule(
        "tls-handshake-cut", .note, binds: .both, section: "RFC 5246 7.2.2",
        "A side that gives up a handshake says why with an alert.",
        why:
            "The connection was closed or reset in the middle of the handshake. A firewall that filters by name, a server "
            + "at its limit, a client that lost patience, and one side without the other's application protocol (ALPN) all "
            + "look like this.",
        remedy: "Look at the other side's log for that moment, and at what stands between.")
}

extension TLSFailure {
    /// The failure as a finding on its connection.
    package var finding: Finding { Finding(rule, .connection, sentence) }

    private var rule: Rule {
        switch kind {
        case .certificateRejected: TLSEngineRules.clientRejectedCertificate
        case .certificateInvalid: TLSEngineRules.upstreamCertificateInvalid
        case .clientCertificateWanted: TLSEngineRules.clientCertificateWanted
        case .pskIdentityUnknown: TLSEngineRules.pskIdentityUnknown
        case .pskMismatch: TLSEngineRules.pskKeyMismatch
        case .noSharedVersion, .noSharedSuite: TLSEngineRules.nothingShared
        case .alertReceived, .protocolError, .refused: TLSEngineRules.failed
        case .handshakeCut: TLSEngineRules.handshakeCut
        case .uncleanShutdown: TLSRules.closeWithoutNotify
        }
    }

    /// The message as a sentence begins.
    private var sentence: String { message.prefix(1).uppercased() + message.dropFirst() }
}
