import COpenSSL
import TLSWire
import Wire

/// From libssl's errors and the alerts that went by to a `TLSFailure`.
extension TLSSession {
    /// What went wrong in the call that just failed, with libssl's reason (SSL_R_…); empties the error queue.
    func failure() -> (TLSFailure, reason: Int32) {
        let (reason, text) = OpenSSLLibrary.takeErrors()
        return (failure(reason, text), reason)
    }

    private func failure(_ reason: Int32, _ text: String) -> TLSFailure {
        if let (alert, from) = fatalAlert {
            return from == role.sending ? ownFailure(reason, text, sent: alert) : peerAlert(alert)
        }
        if peerSentCloseNotify, !observer.facts.handshakeComplete {
            return handshakeCut(reset: false)
        }
        return ownFailure(reason, text, sent: nil)
    }

    private var peer: String { role == .device ? "the device" : "the server \(host ?? "")" }

    private var serverCertificateShown: Bool { observer.facts.certificate != nil }

    private func make(_ kind: TLSFailure.Kind, alert: TLSAlert?, _ message: String) -> TLSFailure {
        TLSFailure(kind, leg: role, alert: alert?.name, message: message)
    }

    // MARK: The peer gave up

    private func peerAlert(_ alert: TLSAlert) -> TLSFailure {
        let name = alert.name
        if role == .device, serverCertificateShown, TLSSession.certificateAlerts.contains(alert.code) {
            return make(
                .certificateRejected(alert: name), alert: alert,
                "the device rejected our certificate with the alert \(name): \(TLSSession.rejectionRemedy)")
        }
        if role == .server, clientCertificateMissing, TLSSession.wantsCertificateAlerts.contains(alert.code) {
            return make(
                .clientCertificateWanted, alert: alert,
                "\(peer) wants a client certificate and ended with the alert \(name); give one with --client-cert")
        }
        if role == .server, let identity = pskIdentity.map(displayText), pskIsInPlay {
            if alert.code == 115 {
                return make(
                    .pskIdentityUnknown(identity), alert: alert, "\(peer) does not know the PSK identity '\(identity)'")
            }
            if TLSSession.wrongKeyAlerts.contains(alert.code) {
                return make(
                    .pskMismatch(identity), alert: alert,
                    "\(peer) ended with the alert \(name): its key for the PSK identity '\(identity)' is not ours")
            }
        }
        if role == .device, let identity = observer.facts.pskIdentity, TLSSession.wrongKeyAlerts.contains(alert.code) {
            return make(
                .pskMismatch(identity), alert: alert,
                "the device ended with the alert \(name): its key for the PSK identity '\(identity)' is not ours")
        }
        let phase = observer.facts.handshakeComplete ? "the connection" : "the handshake"
        return make(
            .alertReceived(name), alert: alert, "\(peer) ended \(phase) with the alert \(name)\(withheld(alert))")
    }

    /// A warning that says why the peer then leaves without a word, or with close_notify (RFC 8446 6.1).
    private var parting: TLSAlert? {
        observer.facts.alerts.last {
            $0.direction != role.sending
                && ($0.alert.code == 90 || TLSSession.certificateAlerts.contains($0.alert.code))
        }?.alert
    }

    /// What of the device's offer did not go out, where the server's alert may be about that.
    private func withheld(_ alert: TLSAlert) -> String {
        if alert.code == 120 { return withheldProtocols }
        guard role == .server, let offer, observer.version == nil else { return "" }
        switch alert.code {
        case 40, 71:
            let identity = pskIdentityStorage == nil ? nil : pskIdentity
            let lacking = suitesLacking(of: offer.suites)
            return (identity.map { "; it was offered the PSK identity '\(displayText($0))'" } ?? "")
                + (lacking.isEmpty
                    ? ""
                    : "; of the device's suites it was not offered \(few(lacking)): this libssl lacks them, see "
                        + "docs/tls.md")
        case 70:
            guard let highest = offer.versions.max().map(TLSVersion.init(rawValue:)),
                let ours = observer.facts.highestOffered, highest.rawValue != ours.rawValue
            else { return "" }
            return "; the device's highest version, \(highest.name), was not offered, but \(ours.name)"
        default: return ""
        }
    }

    /// The device's application protocols, where it may be for them that the peer leaves: they were kept from the server, or
    /// the device has no other.
    var withheldProtocols: String {
        if let withheldBefore { return withheldBefore }
        guard observer.facts.alpn == nil else { return "" }
        if role == .server {
            guard let names = offer?.withheldALPN, !names.isEmpty else { return "" }
            return "; the device's \(few(names)) was not offered, as DMScope speaks HTTP/1 alone"
        }
        guard let hello = clientHello.map(TLSOffer.init), hello.alpn.isEmpty, !hello.withheldALPN.isEmpty else {
            return ""
        }
        return "; it offered \(few(hello.withheldALPN)) alone, and DMScope speaks HTTP/1 alone"
    }

    private func suitesLacking(of codes: [UInt16]) -> [String] {
        codes.filter { openSSLName(ofSuite: $0, ssl) == nil }.map { CipherSuite.name($0, in: observer.version) }
    }

    /// The first eight, with a sign that there are more.
    private func few(_ names: [String]) -> String {
        names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
    }

    /// A PSK suite was chosen, or we offered a TLS 1.3 key and the server has not chosen an earlier version.
    private var pskIsInPlay: Bool {
        observer.facts.pskIdentity != nil
            || pskIdentityStorage != nil && !observer.facts.handshakeComplete && observer.version?.is13 ?? true
    }

    static let rejectionRemedy =
        "install the CA on the device (dmscope ca export); if it is there, the device trusts only its own server's certificate"

    /// bad_certificate, unsupported_certificate, certificate_revoked, certificate_expired, certificate_unknown,
    /// unknown_ca, access_denied.
    private static let certificateAlerts: Set<UInt8> = [42, 43, 44, 45, 46, 48, 49]
    /// The same with handshake_failure, no_certificate and certificate_required.
    private static let wantsCertificateAlerts: Set<UInt8> = [40, 41, 42, 46, 49, 116]
    /// bad_record_mac, decryption_failed, illegal_parameter, decrypt_error.
    private static let wrongKeyAlerts: Set<UInt8> = [20, 21, 47, 51]

    // MARK: We gave up

    private func ownFailure(_ reason: Int32, _ text: String, sent alert: TLSAlert?) -> TLSFailure {
        if case .refuse = verdict {
            return make(.refused, alert: alert, "the device's handshake was refused, as there is no server for it")
        }
        if let problem = certificateProblem, reason == SSL_R_CERTIFICATE_VERIFY_FAILED {
            return make(problem.kind, alert: alert, problem.message)
        }
        if let failure = pskFailure(reason, alert) { return failure }
        switch reason {
        // Before a hello: the server was asked nothing.
        case SSL_R_NO_CIPHERS_AVAILABLE where role == .server && offer != nil:
            return make(
                .noSharedSuite, alert: alert,
                "of the device's cipher suites none can be offered to \(peer)"
                    + (wantsPSKAlone
                        ? "; \(TLSSession.pskRemedy)" : ": this libssl has none of them, see docs/tls.md"))
        case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, SSL_R_NO_SUITABLE_KEY_SHARE,
            SSL_R_NO_SUITABLE_GROUPS, SSL_R_NO_SHARED_GROUPS, SSL_R_NO_CIPHERS_AVAILABLE, SSL_R_NO_CIPHERS_SPECIFIED:
            return make(
                .noSharedSuite, alert: alert, "no cipher suite, group or signature in common with \(peer)\(offered)")
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_UNKNOWN_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_VERSION_TOO_HIGH,
            SSL_R_WRONG_SSL_VERSION, SSL_R_NO_PROTOCOLS_AVAILABLE, SSL_R_UNSUPPORTED_SSL_VERSION:
            let versions = observer.facts.offeredVersions.joined(separator: ", ")
            return make(
                .noSharedVersion, alert: alert,
                "no protocol version in common with \(peer)" + (versions.isEmpty ? "" : " (offered: \(versions))"))
        case SSL_R_INAPPROPRIATE_FALLBACK:
            return make(
                .noSharedVersion, alert: alert,
                "the device fell back to \(observer.facts.highestOffered?.name ?? "an older version") and says so "
                    + "(TLS_FALLBACK_SCSV), and a higher version can be had")
        case SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST,
            SSL_R_WRONG_VERSION_NUMBER where answersInHTTP:
            return make(.protocolError(text), alert: alert, "\(peer) speaks plain HTTP where TLS was expected")
        case SSL_R_WRONG_VERSION_NUMBER, SSL_R_PACKET_LENGTH_TOO_LONG, SSL_R_RECORD_LENGTH_MISMATCH:
            return make(.protocolError(text), alert: alert, "\(peer) sent what is not TLS (\(text))")
        default:
            return make(.protocolError(text), alert: alert, "TLS with \(peer) failed: \(text)")
        }
    }

    private func pskFailure(_ reason: Int32, _ alert: TLSAlert?) -> TLSFailure? {
        if let unknown = unknownPSKIdentity, !observer.facts.handshakeComplete {
            let identity = displayText(unknown)
            let isText = Array(identity.utf8) == unknown
            let line = isText ? "'\(identity):HEXKEY'" : "that begins with these octets, then ':HEXKEY',"
            return make(
                .pskIdentityUnknown(identity), alert: alert,
                "no key for the PSK identity '\(identity)'; add a line \(line) to the PSK file")
        }
        if reason == SSL_R_PSK_IDENTITY_NOT_FOUND, role == .server {
            return make(
                .pskIdentityUnknown(""), alert: alert,
                "\(peer) chose a PSK suite, and it is not known which identity to use; list just one in the PSK file")
        }
        guard !observer.facts.handshakeComplete, let identity = observer.facts.pskIdentity ?? offeredIdentity else {
            return nil
        }
        switch reason {
        case SSL_R_BINDER_DOES_NOT_VERIFY, SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, SSL_R_DIGEST_CHECK_FAILED:
            return make(
                .pskMismatch(identity), alert: alert,
                "the key of \(peer) for the PSK identity '\(identity)' is not the one in the PSK file")
        default: return nil
        }
    }

    /// The binder of a TLS 1.3 identity fails before a ServerHello says that it was chosen.
    private var offeredIdentity: String? { clientHello?.pskIdentities.first.map(displayText) }

    private var offered: String {
        let names = observer.facts.offeredSuites
        guard role == .device, !names.isEmpty else { return "" }
        var parts = ["it offered " + few(names)]
        if let hello = clientHello {
            if !hello.groups.isEmpty { parts.append("groups " + few(hello.groups.map(groupName))) }
            if !hello.signatureSchemes.isEmpty {
                parts.append("signatures " + few(hello.signatureSchemes.map(signatureSchemeName)))
            }
        }
        let isLacking = suitesLacking(of: observer.facts.offeredSuiteCodes).count == names.count
        let remedy =
            isLacking
            ? "this libssl has none of these suites, see docs/tls.md"
            : wantsPSKAlone
                ? TLSSession.pskRemedy
                : "DMScope's certificates are RSA, or ECDSA on P-256 or P-384; give one of another kind with --certs"
        return " (\(parts.joined(separator: "; "))); \(remedy)"
    }

    private static let pskRemedy = "the device wants a pre-shared key: give identity and key with --psk FILE"

    /// The device offers suites of pre-shared keys and no other (but signals), and no key was given.
    private var wantsPSKAlone: Bool {
        let hasKeys =
            switch side {
            case .device(let context): context.configuration.psk != nil
            case .server(let context): context.configuration.psk != nil
            }
        guard !hasKeys else { return false }
        let codes = offer?.suites ?? observer.facts.offeredSuiteCodes
        let suites = codes.compactMap(CipherSuite.init).filter { !$0.isSignal }
        return !suites.isEmpty && suites.allSatisfy { $0.keyExchange?.usesPSK ?? false }
    }

    // MARK: What is odd without being a failure

    /// The server may be content without the certificate it asked for, or say in HTTP that it is not. It may ask in a
    /// later handshake too.
    func noteMissingCertificate() {
        guard clientCertificateMissing, !missingCertificateIsNoted else { return }
        switch state {
        case .handshaking, .suspended, .failed: return
        case .open, .peerClosed, .closed: missingCertificateIsNoted = true
        }
        findings.append(
            Finding(
                TLSEngineRules.clientCertificateWanted, .connection,
                "The server \(host ?? "") asked for a client certificate and got none; give one with --client-cert"))
    }

    /// A device that resumes a session is the one whose certificate that began with.
    func noteResumedCertificate() {
        guard role == .device, observer.facts.resumed, let certificate = SSL_get0_peer_certificate(ssl),
            let facts = CertificateFacts(certificate, chainLength: 0)
        else { return }
        observer.resumed(with: facts)
    }

    /// Early data is not taken here: it would be sent to the server before it is known what that takes.
    func noteEarlyData() {
        guard role == .device, clientHello?.earlyData == true, observer.version?.is13 == true else { return }
        findings.append(
            Finding(
                TLSRules.earlyDataRejected, .connection,
                "DMScope, in the server's place, does not take the client's early data: it counts as never sent"))
    }

    /// The peer's next record is none. `octets` is how it begins.
    func noteMalformedRecord(_ octets: some Collection<UInt8>) {
        findings.append(TLSRules.malformedRecord(octets, from: role.sending.opposite, at: nil))
    }

    /// The peer completed the handshake and left without a word. Of a server that is told where it may want what it was not
    /// offered.
    func noteSilence() {
        let isDevice = role == .device
        guard isDevice ? serverCertificateShown : !withheldProtocols.isEmpty else { return }
        findings.append(
            Finding(
                isDevice ? TLSEngineRules.clientLeftWithoutRequest : TLSEngineRules.nothingShared, .connection,
                "The \(isDevice ? "device" : "server") completed the handshake and closed the connection without sending "
                    + "anything\(withheldProtocols)"))
    }

    // MARK: The transport ended

    /// What an end of the transport during the handshake says.
    func handshakeCut(reset: Bool) -> TLSFailure {
        if let parting { return peerAlert(parting) }
        let how = reset ? "reset the connection" : "closed the connection"
        let isAtCertificate = role == .device && serverCertificateShown && observer.clientKeyExchange == nil
        if isAtCertificate, !peerSentCloseNotify {
            return make(
                .certificateRejected(alert: nil), alert: nil,
                "the device \(how) without a word right after our certificate: \(TLSSession.rejectionRemedy)")
        }
        if role == .server, clientCertificateMissing {
            return make(
                .clientCertificateWanted, alert: nil,
                "\(peer) asked for a client certificate and \(how) without one; give one with --client-cert")
        }
        let phase =
            if observer.clientHello == nil {
                "before a ClientHello"
            } else if observer.version == nil {
                "after the ClientHello"
            } else if observer.clientKeyExchange != nil {
                "after the ClientKeyExchange"
            } else if isAtCertificate {
                "with close_notify after our certificate, which it may not trust"
            } else {
                "after the ServerHello"
            }
        return make(
            .handshakeCut(reset: reset), alert: nil,
            "\(peer) \(how) during the handshake, \(phase)\(withheldProtocols)")
    }
}

extension TLSFailure {
    static func unclean(leg: TLSSession.Role, reset: Bool) -> TLSFailure {
        let peer = leg == .device ? "the device" : "the server"
        let how = reset ? "reset" : "closed"
        return TLSFailure(
            .uncleanShutdown(reset: reset), leg: leg,
            message: "\(peer) \(how) the connection without close_notify: TLS does not tell whether all of it came")
    }

    /// From a verification that just failed. `goesOn`: the operator has asked for going on all the same.
    static func certificateInvalid(_ store: OpaquePointer, host: String, goesOn: Bool) -> TLSFailure {
        let code = X509_STORE_CTX_get_error(store)
        let depth = Int(X509_STORE_CTX_get_error_depth(store))
        let reason = String(cString: X509_verify_cert_error_string(Int(code)))
        let facts = X509_STORE_CTX_get_current_cert(store).flatMap { CertificateFacts($0, chainLength: 1) }
        let whose = depth == 0 ? "the certificate of \(host)" : "the CA certificate \(facts?.subject ?? "") of \(host)"
        let otherwise = goesOn ? "" : ", or go on regardless with -k"
        let trust = "trust its issuer with --upstream-ca FILE" + otherwise
        let message =
            switch code {
            case X509_V_ERR_CERT_HAS_EXPIRED:
                "\(whose) expired on \(facts?.notAfter ?? "?"); renew it" + otherwise
            case X509_V_ERR_CERT_NOT_YET_VALID:
                "\(whose) is not valid before \(facts?.notBefore ?? "?"); check the clocks" + otherwise
            case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
                "\(whose) is for \(facts.map(names) ?? "?"), not for \(host); use its name" + otherwise
            case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
                "\(whose) is self-signed; trust it with --upstream-ca FILE" + otherwise
            case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
                "the certificate of \(host) comes from an authority that is not trusted here (\(facts?.issuer ?? "?")); "
                    + trust
            default: "\(whose) does not verify: \(reason)" + (goesOn ? "" : "; go on regardless with -k")
            }
        return TLSFailure(.certificateInvalid(reason: reason, depth: depth), leg: .server, message: message)
    }

    private static func names(_ facts: CertificateFacts) -> String {
        let all = facts.dnsNames + facts.ipAddresses
        if all.isEmpty { return facts.commonNames.first ?? facts.subject }
        return all.prefix(5).joined(separator: ", ") + (all.count > 5 ? ", …" : "")
    }
}
