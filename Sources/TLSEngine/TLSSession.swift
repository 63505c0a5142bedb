package import TLSWire

/// One TLS leg over libssl, without sockets: octets in, octets out. Used on one thread (event loop) only.
///
/// A session holds no buffer between calls but what the peer has not finished: an incomplete record, or plaintext
/// given before the handshake ended. Plaintext and ciphertext pass through buffers of the thread.
///
///     handshaking ──▶ open ──▶ peerClosed ──▶ closed
///        │  ▲  └───────┬───────────┴──▶ failed
///        ▼  │ resume   │
///     suspended        └──▶ closed (both close_notify seen)
package final class TLSSession {
    /// Whom this leg faces.
    package enum Role: Sendable {
        /// We are the TLS server; the device is the client.
        case device
        /// We are the TLS client; the DM server is the server.
        case server
    }

    package enum State: Sendable, Equatable {
        case handshaking
        /// Waits for `resume` or `refuse`: why is in `suspension`.
        case suspended
        case open
        /// The peer sent close_notify; we may still send.
        case peerClosed
        /// close_notify went both ways.
        case closed
        case failed(TLSFailure)
    }

    package enum Suspension: Sendable {
        /// Device leg: the ClientHello is here, in `clientHello`; resume with the certificate to show.
        case clientHello
        /// Server leg: the server chose a PSK suite; `facts.pskIdentityHint` is known; resume with the identity.
        case pskIdentity
    }

    /// What a device leg shows and takes, decided once the ClientHello is known.
    package struct Choice: Sendable {
        /// Name or address literal that the leaf is minted for; nil: SNI, else the session's host.
        package var host: String?
        /// The server's certificate, whose subject and names the leaf copies.
        package var like: CertificateFacts?
        /// Highest version to negotiate, so that both legs speak the same; nil: the context's.
        package var maxVersion: TLSProtocolVersion?
        /// Identity hint to give in PSK suites; nil: the context's.
        package var pskIdentityHint: String?

        package init(
            host: String? = nil, like: CertificateFacts? = nil, maxVersion: TLSProtocolVersion? = nil,
            pskIdentityHint: String? = nil
        ) {
            self.host = host
            self.like = like
            self.maxVersion = maxVersion
            self.pskIdentityHint = pskIdentityHint
        }
    }

    package let role: Role
    package private(set) var state: State = .handshaking
    package private(set) var suspension: Suspension?
    /// Known once the device's ClientHello was read whole (device legs only).
    package private(set) var clientHello: ClientHelloFacts?
    /// Facts as they are known now; complete when the state is open or failed.
    package private(set) var facts = TLSFacts()
    /// Server leg: why the server's certificate does not verify, also where verification is off and the leg goes on.
    package private(set) var certificateProblem: TLSFailure?

    init(role: Role) { self.role = role }

    // MARK: Octets in and out

    /// Keeps octets from the network for the next `drive`: those read before it was known that they are TLS.
    package func receive(_ ciphertext: RawSpan) {}

    /// Takes in what the network brought, goes on with the handshake, decrypts all there is and hands out what must be
    /// written to the network, a pending alert included when it fails. The spans live for the call only; a callback may
    /// drive other sessions, not this one. Plaintext comes in order, in pieces of up to 64 KiB.
    @discardableResult
    package func drive(
        receiving ciphertext: RawSpan, onPlaintext: (RawSpan) -> Void, onCiphertext: (RawSpan) -> Void
    ) -> State { state }

    /// The same with nothing new from the network: first call of a server leg (makes the ClientHello), after `resume`.
    @discardableResult
    package func drive(onPlaintext: (RawSpan) -> Void, onCiphertext: (RawSpan) -> Void) -> State { state }

    /// Encrypts and hands out. Before the handshake ends the octets are kept, and `drive` sends them then; `unsentCount`
    /// tells how many those are, for back-pressure. After `closeNotify` or a failure they are dropped.
    @discardableResult
    package func send(_ plaintext: RawSpan, onCiphertext: (RawSpan) -> Void) -> State { state }

    /// Plaintext that waits for the handshake, in octets.
    package private(set) var unsentCount = 0

    /// Ends our direction with close_notify. The other goes on: FIN crosses as FIN.
    @discardableResult
    package func closeNotify(onCiphertext: (RawSpan) -> Void) -> State { state }

    /// The transport ended (FIN, or RST). Yields what that means for TLS: nil when close_notify had come, else the
    /// failure, which is then also the state. An unclean shutdown of an open leg leaves the sending direction usable.
    @discardableResult
    package func transportEnded(reset: Bool) -> TLSFailure? { nil }

    // MARK: Suspended legs

    /// Goes on after `Suspension.clientHello`; call `drive` next.
    package func resume(with choice: Choice) {}

    /// Goes on after `Suspension.pskIdentity` with the identity that the device used; call `drive` next.
    package func resume(pskIdentity: String) {}

    /// Ends a handshake that is suspended with an alert (40 handshake_failure, 80 internal_error…); call `drive` next.
    package func refuse(alert: UInt8) {}

    // MARK: Faithful legs

    /// Limits a server leg that has not started to what the device offered. Suites that libssl lacks are left out; when
    /// none is left the context's own stand, and false is returned.
    @discardableResult
    package func offer(versions: [UInt16], suites: [UInt16]) -> Bool { false }
}
