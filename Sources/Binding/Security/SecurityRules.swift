package import Wire

/// Section 5.4: authentication by HTTP, integrity, TLS.
package enum SecurityRules {
    package static let all: [Rule] =
        [
            credentialsInClear, contentMD5Wrong, tlsMissing, tls11Unsupported, tlsUnlisted, ssl2, ssl3CipherClient,
            ssl3CipherServer, pskCipherClient, pskCipherServer, cipherWeak, certificateDates, certificateHost,
            certificateAlgorithm, certificateChain,
        ] + judgedInSessions

    package static let judgedInSessions: [Rule] = [challengedAgain, challengeUnanswered]

    package static let challengedAgain = Rule(
        "challenged-again", .must, binds: .server, section: "5.4",
        "A request that already carries valid credentials is not challenged again.",
        why: "Every message is sent twice: on a mobile network that doubles the time, the traffic and the bill.",
        remedy: "Check the credentials that came with the request before sending a challenge, and renew a nonce with "
            + "nextnonce rather than with 401.")

    package static let challengeUnanswered = Rule(
        "challenge-unanswered", .note, binds: .client, section: "5.4",
        scr: ["DSDM-HTTP-C-048-O", "DSDM-HTTP-C-044-O"],
        "A client that is challenged with Basic or Digest answers with credentials.",
        why:
            "The session ends at 401 or 407. Either the client has no credentials for the realm, or it does not support "
            + "the scheme, which section 5.4 asks of it.",
        remedy: "Give the client an HTTP user and password in its DM account (AAuthType HTTP-BASIC or HTTP-DIGEST).")

    package static let credentialsInClear = Rule(
        "credentials-in-clear", .should, binds: .both, section: "5.4",
        "Basic credentials cross the network under TLS alone.",
        why: "Base64 is no encryption: anyone on the path reads user and password.",
        remedy: "Use TLS, or Digest where TLS is out of reach, and change the password that was sent.")

    package static let contentMD5Wrong = Rule(
        "content-md5-wrong", .should, binds: .both, section: "5.4, RFC 2616 14.15",
        "Content-MD5, where present, is the Base64 form of the MD5 digest of the body.",
        why:
            "The body was changed or cut on the way, or the digest was made over other octets (before compression, over "
            + "text instead of octets). Receivers that check it drop the message.",
        remedy: "Compute it over the entity body as sent: after the content coding, before the transfer coding.")

    package static let tlsMissing = Rule(
        "tls-missing", .must, binds: .both, section: "5.4",
        scr: ["DSDM-HTTP-C-051-O", "DSDM-HTTP-S-051-O"],
        "DM messages are exchanged over TLS 1.0, 1.1 or 1.2, SSL 3.0 or PSK-TLS.",
        why:
            "Whoever is on the path reads and rewrites management commands: settings, software to install, a wipe. Between "
            + "loopback addresses there is no path, and nothing is said.",
        remedy: "Serve DM over HTTPS and put an https address into the device's DM account.")

    package static let tls11Unsupported = Rule(
        "tls-version-1-1-unsupported", .must, binds: .both, section: "5.4",
        scr: ["DSDM-HTTP-C-054-O", "DSDM-HTTP-S-055-O"],
        "TLS 1.1 is supported.",
        why:
            "It is the one version that every client and server of the binding has in common; a peer that ends at TLS 1.0 "
            + "meets no current server. RFC 8996 has retired TLS 1.1 since: a peer that offers only newer versions is "
            + "better protected and gets a note.",
        remedy: "Enable TLS 1.1 and 1.2 in the TLS library. Where policy forbids TLS 1.1, record the deviation.")

    package static let tlsUnlisted = Rule(
        "tls-version-unlisted", .note, binds: .both, section: "5.4",
        "The version in use is one that the binding names: SSL 3.0, TLS 1.0, 1.1 or 1.2.",
        why: "The binding of 2012 does not know TLS 1.3. It protects at least as well; it only is outside the text.",
        remedy: "Nothing to mend.")

    package static let ssl2 = Rule(
        "ssl2", .must, binds: .both, section: "5.4",
        "No session takes place over SSL 2.0 or less.",
        why:
            "SSL 2.0 can be downgraded and decrypted (DROWN), and current servers drop the connection at its first octet, "
            + "also at a newer hello in the SSL 2.0 record format.",
        remedy: "Disable SSL 2.0 and the SSL 2.0 compatible hello in the TLS library.")

    package static let ssl3CipherClient = Rule(
        "ssl3-cipher-client", .must, binds: .client, section: "5.4",
        scr: ["DSDM-HTTP-C-052-O"],
        "Over SSL 3.0 the client offers SSL_RSA_WITH_RC4_128_SHA or SSL_RSA_WITH_3DES_EDE_CBC_SHA.",
        why: "They are the two suites a server has to have; with others the handshake depends on luck.",
        remedy: "Add one of the two suites to the client's list, or better leave SSL 3.0 for TLS.")

    package static let ssl3CipherServer = Rule(
        "ssl3-cipher-server", .must, binds: .server, section: "5.4",
        scr: ["DSDM-HTTP-S-054-O"],
        "Over SSL 3.0 the server supports SSL_RSA_WITH_RC4_128_SHA and SSL_RSA_WITH_3DES_EDE_CBC_SHA.",
        why:
            "A device may have only one of the two and then cannot connect. From traffic alone this can be suspected, not "
            + "proved: a refused hello is a note.",
        remedy: "Enable both suites where SSL 3.0 devices are served.")

    package static let pskCipherClient = Rule(
        "psk-cipher-client", .must, binds: .client, section: "5.4",
        scr: ["DSDM-HTTP-C-053-O"],
        "Over PSK-TLS the client offers at least one of the six suites: PSK, DHE_PSK or RSA_PSK with AES_128_GCM_SHA256 "
            + "or AES_128_CBC_SHA256.",
        why: "A server of the binding need not have any other PSK suite, so the handshake fails elsewhere.",
        remedy: "Add TLS_PSK_WITH_AES_128_GCM_SHA256 or TLS_PSK_WITH_AES_128_CBC_SHA256 to the client's list.")

    package static let pskCipherServer = Rule(
        "psk-cipher-server", .must, binds: .server, section: "5.4",
        scr: ["DSDM-HTTP-S-057-O"],
        "Over PSK-TLS the server supports all six suites: PSK, DHE_PSK and RSA_PSK with AES_128_GCM_SHA256 and "
            + "AES_128_CBC_SHA256.",
        why:
            "A device may have only one of the six and then cannot connect. From traffic alone this can be suspected, not "
            + "proved: a refused hello is a note.",
        remedy: "Enable all six suites; the RSA_PSK ones need a certificate beside the key table.")

    package static let cipherWeak = Rule(
        "cipher-weak", .must, binds: .server, section: "5.4",
        "The server accepts only suites with keys of at least 128 bits, key exchange, signing, encryption and message "
            + "authentication.",
        why:
            "Export, DES and RC2 suites are broken in minutes, NULL suites encrypt nothing, and anonymous ones let anyone "
            + "be the server. 3DES, which the binding itself names, counts as 112 bits today: a note.",
        remedy: "Remove NULL, EXPORT, anonymous, DES and RC2 suites from the server's list.")

    package static let certificateDates = Rule(
        "certificate-dates", .must, binds: .server, section: "5.4, WAP-219 6.4",
        "The server's certificate is valid at the time of the connection.",
        why:
            "Devices refuse it, and cannot be told so over DM. A device whose clock was reset refuses every certificate.",
        remedy: "Renew the certificate before it ends. If the certificate is right, look at the clocks.")

    package static let certificateHost = Rule(
        "certificate-host", .must, binds: .server, section: "5.4, WAP-219 6.4, RFC 2818 3.1",
        "The server's certificate names the host that the client asked for.",
        why: "Devices refuse it as an impostor, also where an IP address stands in the URL and only a name in the "
            + "certificate.",
        remedy: "Put each name and address that devices use into the certificate's subjectAltName.")

    package static let certificateAlgorithm = Rule(
        "certificate-algorithm", .note, binds: .server, section: "5.4, WAP-219 6.3",
        "Key and signature of the server's certificate are ones that devices accept.",
        why: "MD5 and SHA-1 signatures and RSA keys under 2048 bits are refused by current TLS libraries; EC keys are "
            + "unknown to old devices.",
        remedy: "Use RSA of 2048 bits with SHA-256; serve a second certificate for devices that need something else.")

    package static let certificateChain = Rule(
        "certificate-chain", .note, binds: .server, section: "5.4, WAP-219 6.4",
        "The server's certificate is issued by an authority that devices know.",
        why: "A device accepts a self-signed certificate only if that very certificate was installed on it.",
        remedy:
            "Have the certificate issued by an authority in the devices' root store, and send the intermediates with it."
    )
}
