/// Why a leg's TLS failed or ended badly: what happened, who said so, and one line for a person.
package struct TLSFailure: Error, Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// The peer ended the handshake or the connection with a fatal alert; its name as in `unknown_ca`.
        case alertReceived(String)
        /// The peer refused our certificate: with an alert, or (nil) by closing in silence right after it.
        case certificateRejected(alert: String?)
        /// The peer's certificate did not verify: OpenSSL's reason, and the depth in the chain (0 is the leaf).
        case certificateInvalid(reason: String, depth: Int)
        /// The server asked for a client certificate that we do not have, and gave up without one.
        case clientCertificateWanted
        case noSharedVersion
        case noSharedSuite
        /// The device named a PSK identity that the PSK file lacks.
        case pskIdentityUnknown(String)
        /// Both sides know the identity, but their keys differ.
        case pskMismatch(String)
        /// The octets are not TLS, or break the protocol.
        case protocolError(String)
        /// The transport ended during the handshake.
        case handshakeCut(reset: Bool)
        /// The transport ended after the handshake without close_notify.
        case uncleanShutdown(reset: Bool)
        /// We ended the handshake ourselves, by `TLSSession.refuse`.
        case refused
    }

    package var kind: Kind
    /// Which peer of ours the leg faces.
    package var leg: TLSSession.Role
    /// Alert that went with it, either way: `unknown_ca`.
    package var alert: String?
    /// One line that stands on its own: what failed, why, and where it helps what to do.
    package var message: String

    /// The server ended the handshake with an alert that may say that it does not know the PSK identity; a key that
    /// differs is another matter.
    package var isRefusalOfIdentity: Bool {
        switch kind {
        case .alertReceived, .pskIdentityUnknown: leg == .server && TLSFailure.identityAlerts.contains(alert ?? "")
        default: false
        }
    }

    /// What servers send where they do not know an identity (RFC 4279 2, RFC 8446 6.2).
    private static let identityAlerts: Set<String> = [
        "handshake_failure", "illegal_parameter", "decrypt_error", "insufficient_security", "internal_error",
        "unknown_psk_identity",
    ]

    package init(_ kind: Kind, leg: TLSSession.Role, alert: String? = nil, message: String) {
        self.kind = kind
        self.leg = leg
        self.alert = alert
        self.message = message
    }
}

/// The operator's mistake while TLS is set up: a file that cannot be read, a bad option. One clear line.
package struct TLSSetupError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Exit status by sysexits.
    package enum Exit: Int32, Sendable {
        /// A file's content is wrong.
        case data = 65
        /// A file cannot be read.
        case noInput = 66
        /// This libssl cannot do it.
        case unavailable = 69
        /// A file cannot be created.
        case cannotCreate = 73
        case configuration = 78
    }
    package var exit: Exit
    package var message: String
    package var description: String { message }

    package init(_ exit: Exit, _ message: String) {
        self.exit = exit
        self.message = message
    }
}
