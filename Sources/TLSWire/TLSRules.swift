package import Wire

/// Rules for what TLS legs show by themselves, whether they are live or captured. What the binding asks of TLS (versions,
/// suites, certificates) is in `BindingRules`.
package enum TLSRules {
    package static let all: [Rule] = [
        recordMalformed, handshakeMalformed, handshakeOversized, serverName, fallback, certificateUnreadable,
        choiceNotOffered, compression,
        renegotiation, alert, closeWithoutNotify, earlyDataRejected, undecrypted, unsupported, notVerified,
        gap,
    ]

    package static let recordMalformed = Rule(
        "tls-record-malformed", .must, binds: .both, section: "RFC 5246 6.2.1; RFC 8446 5.1",
        "Every octet of a TLS connection belongs to a record: a known content type, a version and a length of at most "
            + "2^14 octets and the cipher's overhead.",
        why: "A peer ends the connection with the alert unexpected_message or record_overflow. A stream that turns to "
            + "something else is often plain HTTP sent to a TLS port, or a proxy that put its own error page in.",
        remedy: "Send TLS records only. Look at the octets at this offset: text there names who wrote it.")

    /// A direction turns to something else. `octets` is how that begins.
    package static func malformedRecord(
        _ octets: some Collection<UInt8>, from direction: Direction, at offset: StreamOffset?
    ) -> Finding {
        let text = octets.prefix { (0x20..<0x7F).contains($0) }
        let shown = text.count >= 4 ? "`\(String(decoding: text, as: UTF8.self))`" : Hex.lower(octets.prefix(8))
        return Finding(
            recordMalformed, .connection,
            "The \(direction.sender) sends what is no TLS record: \(shown); nothing after it can be followed",
            offset: offset)
    }

    package static let handshakeMalformed = Rule(
        "tls-handshake-malformed", .must, binds: .both, section: "RFC 5246 7.4; RFC 8446 4",
        "A handshake message has the form of its type, its lengths agree, and the right side sends it.",
        why: "The peer answers with the alert decode_error or unexpected_message and the connection ends before any DM "
            + "message.",
        remedy: "Mend the TLS library's encoder of that message.")

    package static let handshakeOversized = Rule(
        "tls-handshake-oversized", .note, binds: .both, section: "RFC 8446 4",
        "Handshake messages are no larger than is kept for reading (256 KiB).",
        why: "Only certificate chains come near that size. The message was relayed, but its facts are not known here.",
        remedy: "Send only the certificates that the peer needs to build its chain.")

    package static let serverName = Rule(
        "tls-server-name", .note, binds: .client, section: "RFC 6066 3",
        "server_name holds one DNS host name, in ASCII and without a dot at its end.",
        why:
            "A server that compares names octet by octet does not know it: it shows another host's certificate, or ends "
            + "the handshake with the alert unrecognized_name.",
        remedy:
            "Send the host of the server's URI: an internationalised name as its A-label (xn--…), without the root's "
            + "dot, and once.")

    package static let fallback = Rule(
        "tls-fallback", .note, binds: .client, section: "RFC 7507 3",
        "A client connects with the highest version that it knows.",
        why:
            "TLS_FALLBACK_SCSV says that an attempt with a higher version failed before this one. A server that knows "
            + "a higher version answers with the alert inappropriate_fallback.",
        remedy: "Look for the connection before this one, and why it failed.")

    package static let certificateUnreadable = Rule(
        "tls-certificate-unreadable", .must, binds: .both, section: "RFC 5280 4.1; RFC 5246 7.4.2",
        "The certificates of a Certificate message are X.509 certificates in DER.",
        why: "The peer answers with the alert bad_certificate.",
        remedy: "Issue the certificate anew with a current tool and compare with `openssl asn1parse`.")

    package static let choiceNotOffered = Rule(
        "tls-choice-not-offered", .must, binds: .server, section: "RFC 5246 7.4.1.3; RFC 8446 4.1.3",
        "The server chooses a version and a cipher suite that the client offered.",
        why: "The client answers with the alert illegal_parameter and the connection ends.",
        remedy: "Choose from the ClientHello's lists; send the alert handshake_failure when nothing fits.")

    package static let compression = Rule(
        "tls-compression", .should, binds: .both, section: "RFC 7525 3.3; RFC 8446 4.1.2",
        "TLS-level compression is not used.",
        why:
            "The length of compressed records tells an attacker about credentials in them (CRIME), and TLS 1.3 forbids "
            + "it.",
        remedy: "Turn TLS compression off; use the HTTP content coding gzip where size matters.")

    package static let renegotiation = Rule(
        "tls-renegotiation", .note, binds: .both, section: "RFC 5746; RFC 5246 7.4.1.1",
        "A connection has one handshake.",
        why:
            "A renegotiation in mid-connection is used to ask for a client certificate for a certain path. Without the "
            + "extension renegotiation_info an attacker can put his own request before the client's (CVE-2009-3555).",
        remedy: "Ask for the client certificate in the first handshake; use a library that supports RFC 5746.")

    package static let alert = Rule(
        "tls-alert", .note, binds: .both, section: "RFC 5246 7.2; RFC 8446 6",
        "Neither side sends an alert other than close_notify.",
        why: "A fatal alert ends the connection: a handshake that fails ends with one, and its name says what the "
            + "sender did not accept.",
        remedy: "Read the alert's name: unknown_ca and bad_certificate mean that the sender does not trust the other's "
            + "certificate, handshake_failure and insufficient_security that no suite suits both, protocol_version that "
            + "no version does, unknown_psk_identity and decrypt_error that the pre-shared keys differ.")

    package static let closeWithoutNotify = Rule(
        "tls-close-without-notify", .note, binds: .both, section: "RFC 5246 7.2.1; RFC 8446 6.1; RFC 2818 2.2",
        "A side that closes the connection sends close_notify first.",
        why:
            "Without it the receiver cannot tell a complete stream from one that an attacker or a broken network cut. It "
            + "matters for a body that is delimited by the end of the connection; elsewhere many implementations leave it out.",
        remedy: "Call the TLS library's shutdown before closing the socket.")

    package static let earlyDataRejected = Rule(
        "tls-early-data-rejected", .note, binds: .both, section: "RFC 8446 4.2.10",
        "The server accepts the early data that a client sends.",
        why: "Rejected early data counts as never sent; the client sends it again after the handshake, or the request "
            + "is lost.",
        remedy: "Nothing, when the client repeats the request. Else mend the client, or leave 0-RTT off: a DM command "
            + "must not be executed twice.")

    package static let undecrypted = Rule(
        "tls-undecrypted", .note, binds: .both, section: "Capture",
        "The key material at hand opens the captured session.",
        why:
            "What is inside could not be inspected: the exchanges of this connection are missing from every record and "
            + "report.",
        remedy: "Give the key that the finding names with --keylog, --rsa-key or --psk.")

    package static let unsupported = Rule(
        "tls-unsupported", .note, binds: .both, section: "Capture",
        "The session uses a version, suite and method that can be decrypted here.",
        why: "What is inside could not be inspected, whatever keys there are.",
        remedy: "For the test, let the peers agree on another suite or version.")

    package static let notVerified = Rule(
        "tls-record-not-verified", .note, binds: .both, section: "RFC 5246 6.2.3; RFC 8446 5.2",
        "Each protected record verifies with the session's keys.",
        why: "The receiver ends the connection with the alert bad_record_mac. In a capture it can also mean that the "
            + "given key is not this session's, or that packets were altered or captured wrongly.",
        remedy: "Check that the key material belongs to this capture. When the receiver sent bad_record_mac as well, "
            + "look for a middlebox or a defect in the sender's cipher code.")

    package static let gap = Rule(
        "tls-gap", .note, binds: .both, section: "Capture",
        "Every octet of the connection was captured.",
        why:
            "Records that were lost cannot be decrypted, and what comes after them only where the record sequence can be "
            + "found again.",
        remedy: "Capture nearer to an end point, with a larger buffer (tcpdump -B) and without a snapshot length.")
}
