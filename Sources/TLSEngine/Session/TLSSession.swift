import COpenSSL
import COpenSSLShims
package import TLSWire
package import Wire

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
    package let role: Role
    package internal(set) var state: State = .handshaking
    package internal(set) var suspension: Suspension?
    /// Known once the device's ClientHello was read whole (device legs only).
    package internal(set) var clientHello: ClientHelloFacts?
    /// Server leg: why the server's certificate does not verify, also where verification is off and the leg goes on.
    package internal(set) var certificateProblem: TLSFailure?
    /// An identity that is to be used and that the PSK table lacks. With TLS 1.3 the leg may go on with a certificate.
    package internal(set) var unknownPSKIdentity: [UInt8]?
    /// TLS 1.3: an identity of the device's that has a key and that the server did not take.
    var refusedPSKIdentity: [UInt8]?
    /// The server's PSK identity hint as it came, known when the suspension is `pskIdentity`.
    package internal(set) var pskIdentityHint: [UInt8]?
    /// The PSK identity in use, as it crossed; known until the handshake is forgotten.
    package var usedPSKIdentity: [UInt8]? { observer.pskIdentity }
    /// Facts as they are known now; complete when the state is open or failed.
    package var facts: TLSFacts { observer.facts }
    /// Server leg: the server's certificate, known from when the state is open until the handshake is forgotten.
    package var serverCertificate: ServerCertificate? {
        guard role == .server, !isForgotten, let facts = facts.certificate else { return nil }
        return ServerCertificate(facts: facts, subject: SSL_get0_peer_certificate(ssl).flatMap(subjectName))
    }
    /// The version that the ServerHello chose; of a suspended server leg the one that waits for libssl.
    package var version: TLSVersion? { observer.version ?? peekedHello?.version }
    /// The suite, likewise.
    package var suiteCode: UInt16? { facts.suiteCode ?? peekedHello?.suite }
    /// The application protocol, likewise.
    package var alpn: String? { facts.alpn ?? peekedHello?.alpn }
    /// Oddities and alerts seen since they were last taken: after the handshake, and again when the leg has ended.
    package func takeFindings() -> [Finding] {
        noteMissingCertificate()
        defer { findings = [] }
        return findings
    }
    var findings: [Finding] = []

    // What the callbacks of libssl work on, see TLSSession+Callbacks.
    let side: Side
    let ssl: OpaquePointer
    /// Name or address literal of the server that this leg is about.
    let host: String?
    var observer = HandshakeObserver { KnownCertificates.facts(of: $0, chainLength: $1) }
    /// The first fatal alert that went by.
    var fatalAlert: (alert: TLSAlert, from: Direction)?
    var peerSentCloseNotify = false
    var verdict: Verdict = .none
    var choice = Choice()
    var pskIdentity: [UInt8]?
    /// Holds the identity that libssl refers to in TLS 1.3.
    var pskIdentityStorage: UnsafeMutableBufferPointer<UInt8>?
    var clientCertificateShown = false
    /// The server asked for a client certificate, and we have none for it.
    var clientCertificateMissing = false
    var missingCertificateIsNoted = false
    /// Server leg: what of the device's it offers; nil where it offers its own, and once the handshake is forgotten.
    private(set) var offer: TLSOffer?
    /// `withheldProtocols` of a handshake that is forgotten.
    private(set) var withheldBefore: String?
    /// Server leg: an address that the certificate may be for instead of `host`.
    let address: String?

    /// Whether a ClientHello suspends; ends with the first.
    var suspendsOnClientHello = false
    var peek: ServerFlightPeek?
    /// The ServerHello that libssl has yet to read.
    var peekedHello: ServerHello?
    let window: UnsafeMutablePointer<TransportWindow>
    /// Ciphertext that libssl has not taken: while suspended.
    var held: [UInt8] = []
    /// Plaintext that waits for the handshake.
    var unsent: [UInt8] = []
    var closeWanted = false
    var closeSent = false
    var handshakeDone = false
    /// Plaintext of the peer's was seen.
    var hasSpoken = false
    /// What came in the place of the peer's first record begins like an HTTP response.
    private(set) var answersInHTTP = false
    private var isForgotten = false

    init(device context: ServerTLSContext, host: String?, suspends: Bool) {
        role = .device
        side = .device(context)
        self.host = host
        address = nil
        window = .allocate(capacity: 1)
        window.initialize(to: TransportWindow())
        ssl = context.context.makeSSL(window)
        suspendsOnClientHello = suspends
        SSL_set_accept_state(ssl)
        shim_SSL_set_app_data(ssl, Unmanaged.passUnretained(self).toOpaque())
    }

    /// - Parameter settings: the context's own, or one that offers what a device did.
    init(
        server context: ClientTLSContext, settings: SSLContext, host: String, orAddress address: String?, sni: String?,
        offer: TLSOffer?, pskIdentity: [UInt8]?, suspends: Bool
    ) {
        role = .server
        side = .server(context)
        self.host = host
        self.address = address
        self.offer = offer
        window = .allocate(capacity: 1)
        window.initialize(to: TransportWindow())
        ssl = settings.makeSSL(window)
        // Where a device's offer is passed on, a key that it did not name is none of it.
        self.pskIdentity = pskIdentity ?? (offer == nil ? context.configuration.psk?.soleIdentity : nil)
        if suspends, context.configuration.psk != nil { peek = ServerFlightPeek() }
        if offer?.isFallback == true { SSL_ctrl(ssl, SSL_CTRL_MODE, Int(SSL_MODE_SEND_FALLBACK_SCSV), nil) }
        SSL_set_connect_state(ssl)
        shim_SSL_set_app_data(ssl, Unmanaged.passUnretained(self).toOpaque())
        let isAddress = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1
        clearErrors()
        if !isAddress { SSL_set1_host(ssl, host) }
        let name = sni ?? (isAddress ? "" : host)
        if !name.isEmpty { shim_SSL_set_tlsext_host_name(ssl, name) }
        clearErrors()
    }

    deinit {
        SSL_free(ssl)
        window.deinitialize(count: 1)
        window.deallocate()
        pskIdentityStorage?.deallocate()
    }

    /// Empties the queue of errors where it has any: emptying takes longer than looking.
    func clearErrors() {
        if ERR_peek_error() != 0 { ERR_clear_error() }
    }

    /// The session that libssl calls back for.
    static func of(_ ssl: OpaquePointer) -> TLSSession {
        guard let data = shim_SSL_get_app_data(ssl) else { preconditionFailure("an SSL without its session") }
        return Unmanaged<TLSSession>.fromOpaque(data).takeUnretainedValue()
    }

    // MARK: Octets in

    /// Keeps octets from the network for the next `drive`: those read before it was known that they are TLS.
    package func receive(_ ciphertext: RawSpan) { held.append(ciphertext) }

    /// Takes in what the network brought, goes on with the handshake, decrypts all there is and hands out what must be
    /// written to the network, a pending alert included when it fails. The spans live for the call only; a callback may
    /// drive other sessions, not this one. Plaintext comes in order, in pieces of up to 96 KiB. While the session is
    /// suspended the octets are kept: stop reading then.
    @discardableResult
    package func drive(
        receiving ciphertext: RawSpan, onPlaintext: (RawSpan) -> Void, onCiphertext: (RawSpan) -> Void
    ) -> State {
        if peek != nil { look(at: ciphertext) }
        guard held.isEmpty, suspension == nil else {
            held.append(ciphertext)
            return suspension == nil ? driveHeld(onPlaintext, onCiphertext) : state
        }
        let taken = ciphertext.withUnsafeBytes { run($0, onPlaintext, onCiphertext) }
        if taken < ciphertext.byteCount, !isOver { held.append(ciphertext, taken..<ciphertext.byteCount) }
        return state
    }

    /// The same with nothing new from the network: first call of a server leg (makes the ClientHello), after `resume`.
    @discardableResult
    package func drive(onPlaintext: (RawSpan) -> Void, onCiphertext: (RawSpan) -> Void) -> State {
        drive(receiving: RawSpan(), onPlaintext: onPlaintext, onCiphertext: onCiphertext)
    }

    private func driveHeld(_ onPlaintext: (RawSpan) -> Void, _ onCiphertext: (RawSpan) -> Void) -> State {
        var octets: [UInt8] = []
        swap(&octets, &held)
        let taken = octets.withUnsafeBytes { run($0, onPlaintext, onCiphertext) }
        if taken < octets.count, !isOver { held = Array(octets[taken...]) }
        return state
    }

    /// Octets of ciphertext that are kept between calls.
    package var heldCount: Int { held.count }

    var isOver: Bool {
        switch state {
        case .closed, .failed: true
        case .handshaking, .suspended, .open, .peerClosed: false
        }
    }

    /// One pass over `input`; yields how much of it libssl took.
    private func run(
        _ input: UnsafeRawBufferPointer, _ onPlaintext: (RawSpan) -> Void, _ onCiphertext: (RawSpan) -> Void
    ) -> Int {
        guard !isOver else { return input.count }
        let buffers = ThreadBuffers.current
        let output = buffers.borrow()
        window.pointee = TransportWindow(input: input, output: output)
        defer {
            window.pointee = TransportWindow()
            buffers.giveBack(output)
        }
        if !handshakeDone { shakeHands() }
        if handshakeDone {
            sendUnsent(output, onCiphertext)
            read(buffers, output, onPlaintext, onCiphertext)
            // What a renegotiation held up may go now.
            sendUnsent(output, onCiphertext)
        }
        flush(output, onCiphertext)
        // SSL_MODE_RELEASE_BUFFERS leaves the write buffer of a leg that has read a NewSessionTicket.
        SSL_free_buffers(ssl)
        // What comes after close_notify counts for nothing.
        return state == .peerClosed ? input.count : window.pointee.inputOffset
    }

    func flush(_ output: ThreadBuffers.Lent, _ onCiphertext: (RawSpan) -> Void) {
        guard output.pointee.count > 0 else { return }
        onCiphertext(output.pointee.octets.bytes)
        output.pointee.clear()
    }

    private func shakeHands() {
        clearErrors()
        let result = SSL_do_handshake(ssl)
        guard result != 1 else {
            handshakeDone = true
            observer.handshakeCompleted()
            observer.decrypted()
            noteResumedCertificate()
            state = .open
            noteUnusedIdentity()
            noteEarlyData()
            return
        }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE:
            state = .handshaking
        case SSL_ERROR_WANT_CLIENT_HELLO_CB:
            suspension = .clientHello
            state = .suspended
        default:
            answersInHTTP = observer.version == nil && window.pointee.input.starts(with: "HTTP/".utf8)
            fail()
        }
    }

    private func read(
        _ buffers: ThreadBuffers, _ output: ThreadBuffers.Lent, _ onPlaintext: (RawSpan) -> Void,
        _ onCiphertext: (RawSpan) -> Void
    ) {
        guard state == .open else { return }
        let plaintext = buffers.borrow()
        defer { buffers.giveBack(plaintext) }
        func handOut() {
            guard plaintext.pointee.count > 0 else { return }
            // A callback may borrow buffers, but this session's output must not wait behind it.
            flush(output, onCiphertext)
            onPlaintext(plaintext.pointee.octets.bytes)
            plaintext.pointee.clear()
        }
        reading: while true {
            clearErrors()
            let room = plaintext.pointee.room
            let count = SSL_read(ssl, room.start, Int32(clamping: room.count))
            if count > 0 {
                hasSpoken = true
                plaintext.pointee.filled(Int(count))
                if plaintext.pointee.room.count < TLSSession.recordLimit { handOut() }
                // Asking again would have libssl make a read buffer only to find that there is nothing.
                if window.pointee.isDrained, SSL_has_pending(ssl) == 0 { break reading }
                continue
            }
            switch SSL_get_error(ssl, count) {
            case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: break reading
            case SSL_ERROR_ZERO_RETURN:
                peerEnded()
                break reading
            default:
                fail()
                break reading
            }
        }
        handOut()
    }

    /// Octets of plaintext in one record, at most.
    private static let recordLimit = 16 * 1024

    // MARK: A long life

    /// Gives back what only the handshake needed; for a relay, whose legs are open for long. `clientHello` and
    /// `serverCertificate` are nil afterwards.
    package func forgetHandshake() {
        withheldBefore = withheldProtocols
        clientHello = nil
        observer.forgetMessages()
        isForgotten = true
        offer = nil
        peekedHello = nil
        // Those of a device may be in sessions that are kept for resumption, and other threads read them there.
        if role == .server { SpentCertificate.empty(of: ssl) }
    }
}
