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
    /// Whom this leg faces.
    package enum Role: Sendable {
        /// We are the TLS server; the device is the client.
        case device
        /// We are the TLS client; the DM server is the server.
        case server

        var sending: Direction { self == .device ? .toClient : .toServer }
    }

    package enum State: Sendable, Equatable {
        case handshaking
        /// Waits for `resume` or `refuse`: why is in `suspension`.
        case suspended
        case open
        /// The peer sent close_notify, or its transport ended; we may still send.
        case peerClosed
        /// close_notify went both ways.
        case closed
        /// Its value is large, and few sessions have one.
        indirect case failed(TLSFailure)
    }

    package enum Suspension: Sendable {
        /// Device leg: the ClientHello is here, in `clientHello`; resume with the certificate to show.
        case clientHello
        /// Server leg: the server chose a PSK suite; `pskIdentityHint` is known; resume with the identity.
        case pskIdentity
    }

    /// What a device leg shows and takes, decided once the ClientHello is known.
    package struct Choice: Sendable {
        /// Name or address literal that the leaf is minted for; nil: SNI, else the session's host.
        package var host: String?
        /// The server's certificate, whose subject and names the leaf copies.
        package var like: ServerCertificate?
        /// Highest version to negotiate, so that both legs speak the same; nil: the context's.
        package var maxVersion: TLSVersion?
        /// Suite to choose if the device offers it and it can be done; else, and when nil, the device's preference.
        package var suite: UInt16?
        /// Identity hint to give in PSK suites, as it came; nil: the context's.
        package var pskIdentityHint: [UInt8]?
        /// What else the server's leg came to; nil where there is none, and what this leg can do is done.
        package var following: ServerOutcome?

        package init(
            host: String? = nil, like: ServerCertificate? = nil, maxVersion: TLSVersion? = nil,
            suite: UInt16? = nil, pskIdentityHint: [UInt8]? = nil, following: ServerOutcome? = nil
        ) {
            self.host = host
            self.like = like
            self.maxVersion = maxVersion
            self.suite = suite
            self.pskIdentityHint = pskIdentityHint
            self.following = following
        }
    }

    /// What a server leg's handshake came to, beside version and suite, that the device is to meet too.
    package struct ServerOutcome: Sendable, Equatable {
        /// Application protocol that the server chose; nil: none.
        package var alpn: String?
        /// Identity of the TLS 1.3 external key that the server took; nil: none.
        package var pskIdentity: [UInt8]?
        /// Identities that the server was offered.
        package var offeredIdentities: [[UInt8]]

        package init(alpn: String? = nil, pskIdentity: [UInt8]? = nil, offeredIdentities: [[UInt8]] = []) {
            self.alpn = alpn
            self.pskIdentity = pskIdentity
            self.offeredIdentities = offeredIdentities
        }
    }

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
    package private(set) var pskIdentityHint: [UInt8]?
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
    /// Server leg: an address that the certificate may be for instead of `host`.
    let address: String?

    enum Side {
        case device(ServerTLSContext)
        case server(ClientTLSContext)
    }

    /// What was decided about a suspended ClientHello.
    enum Verdict {
        case none
        case go
        case refuse(alert: UInt8)
    }

    /// Whether a ClientHello suspends; ends with the first.
    var suspendsOnClientHello = false
    private var peek: ServerFlightPeek?
    /// The ServerHello that libssl has yet to read.
    private var peekedHello: ServerHello?
    private let window: UnsafeMutablePointer<TransportWindow>
    /// Ciphertext that libssl has not taken: while suspended.
    private var held: [UInt8] = []
    /// Plaintext that waits for the handshake.
    private var unsent: [UInt8] = []
    private var closeWanted = false
    private var closeSent = false
    private var handshakeDone = false
    /// Plaintext of the peer's was seen.
    private var hasSpoken = false
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
    private func clearErrors() {
        if ERR_peek_error() != 0 { ERR_clear_error() }
    }

    /// The session that libssl calls back for.
    static func of(_ ssl: OpaquePointer) -> TLSSession {
        guard let data = shim_SSL_get_app_data(ssl) else { preconditionFailure("an SSL without its session") }
        return Unmanaged<TLSSession>.fromOpaque(data).takeUnretainedValue()
    }

    // MARK: Octets in and out

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

    private var isOver: Bool {
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

    private func flush(_ output: ThreadBuffers.Lent, _ onCiphertext: (RawSpan) -> Void) {
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

    // MARK: Sending

    /// Encrypts and hands out. Before the handshake ends the octets are kept, and `drive` sends them then; `unsentCount`
    /// tells how many those are, for back-pressure. After `closeNotify` or a failure they are dropped.
    @discardableResult
    package func send(_ plaintext: RawSpan, onCiphertext: (RawSpan) -> Void) -> State {
        guard !isOver, !closeWanted else { return state }
        guard handshakeDone, unsent.isEmpty else {
            unsent.append(plaintext)
            return state
        }
        withOutput(onCiphertext) { output in
            plaintext.withUnsafeBytes { octets in
                let written = write(octets, output, onCiphertext)
                if written < octets.count, !isOver { unsent.append(contentsOf: octets[written...]) }
            }
        }
        return state
    }

    /// Plaintext that waits for the handshake, in octets.
    package var unsentCount: Int { unsent.count }

    /// Ends our direction with close_notify, after what is still unsent. The other goes on: FIN crosses as FIN.
    @discardableResult
    package func closeNotify(onCiphertext: (RawSpan) -> Void) -> State {
        guard !isOver, !closeWanted else { return state }
        closeWanted = true
        if handshakeDone { withOutput(onCiphertext) { sendUnsent($0, onCiphertext) } }
        return state
    }

    private func withOutput(_ onCiphertext: (RawSpan) -> Void, _ body: (ThreadBuffers.Lent) -> Void) {
        let buffers = ThreadBuffers.current
        let output = buffers.borrow()
        // Input that a drive further up the stack still reads stays.
        let outer = window.pointee.output
        window.pointee.output = output
        body(output)
        window.pointee.output = outer
        flush(output, onCiphertext)
        buffers.giveBack(output)
    }

    /// Octets given to libssl at once, so that the output buffer stays small.
    private static let writeLimit = 64 * 1024

    /// Yields how many octets went out.
    private func write(
        _ octets: UnsafeRawBufferPointer, _ output: ThreadBuffers.Lent, _ onCiphertext: (RawSpan) -> Void
    ) -> Int {
        var at = 0
        while at < octets.count, let base = octets.baseAddress {
            clearErrors()
            let count = SSL_write(ssl, base + at, Int32(min(octets.count - at, TLSSession.writeLimit)))
            if count <= 0 {
                switch SSL_get_error(ssl, count) {
                case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: break
                default: fail()
                }
                break
            }
            at += Int(count)
            flush(output, onCiphertext)
        }
        return at
    }

    private func sendUnsent(_ output: ThreadBuffers.Lent, _ onCiphertext: (RawSpan) -> Void) {
        guard !isOver else { return }
        if !unsent.isEmpty {
            var octets: [UInt8] = []
            swap(&octets, &unsent)
            let written = octets.withUnsafeBytes { write($0, output, onCiphertext) }
            if written < octets.count { unsent = Array(octets[written...]) }
        }
        guard closeWanted, !closeSent, unsent.isEmpty, !isOver, SSL_in_init(ssl) == 0 else { return }
        clearErrors()
        SSL_shutdown(ssl)
        closeSent = true
        if state == .peerClosed { state = .closed }
    }

    // MARK: The end

    /// The transport ended (FIN, or RST). Yields what that means for TLS: nil when close_notify had come, or went before
    /// FIN, else the failure. During the handshake it is also the state; an open leg becomes `peerClosed`, and its sending direction
    /// stays usable.
    @discardableResult
    package func transportEnded(reset: Bool) -> TLSFailure? {
        switch state {
        case .peerClosed, .closed, .failed: return nil
        case .open:
            peerEnded()
            // A peer that we have said goodbye to may close at once: nothing was cut off.
            return closeSent && !reset ? nil : TLSFailure.unclean(leg: role, reset: reset)
        case .handshaking, .suspended:
            suspension = nil
            let failure = handshakeCut(reset: reset)
            state = .failed(failure)
            dropHeld()
            return failure
        }
    }

    private func peerEnded() {
        state = closeSent ? .closed : .peerClosed
        if !hasSpoken { noteSilence() }
    }

    private func fail() {
        let (failure, reason) = failure()
        state = .failed(failure)
        // A record's header is read by itself, so it lies right before what libssl has yet to read.
        let start = window.pointee.inputOffset - RecordHeader.size
        if start >= 0, observer.version != nil, TLSSession.malformedRecordReasons.contains(reason) {
            noteMalformedRecord(window.pointee.input[start...].prefix(64))
        }
        dropHeld()
    }

    private static let malformedRecordReasons: Set<Int32> = [SSL_R_WRONG_VERSION_NUMBER, SSL_R_PACKET_LENGTH_TOO_LONG]

    private func dropHeld() {
        held = []
        unsent = []
        suspension = nil
    }

    // MARK: Suspended legs

    /// Goes on after `Suspension.clientHello`; call `drive` next.
    package func resume(with choice: Choice) {
        guard suspension == .clientHello else { return }
        self.choice = choice
        verdict = .go
        goOn()
    }

    /// Goes on after `Suspension.pskIdentity` with the identity that the device used; call `drive` next.
    package func resume(pskIdentity: [UInt8]) {
        guard suspension == .pskIdentity else { return }
        self.pskIdentity = pskIdentity
        goOn()
    }

    /// Ends a handshake that is suspended with an alert (40 handshake_failure, 80 internal_error…); call `drive` next.
    package func refuse(alert: UInt8) {
        guard suspension == .clientHello else { return }
        verdict = .refuse(alert: alert)
        goOn()
    }

    /// Gives back what only the handshake needed; for a relay, whose legs are open for long. `clientHello` and
    /// `serverCertificate` are nil afterwards.
    package func forgetHandshake() {
        clientHello = nil
        observer.forgetMessages()
        isForgotten = true
        offer = nil
        peekedHello = nil
        // Those of a device may be in sessions that are kept for resumption, and other threads read them there.
        if role == .server { SpentCertificate.empty(of: ssl) }
    }

    private func goOn() {
        suspension = nil
        state = .handshaking
    }

    /// Reads the server's first flight ahead of libssl, to stop before libssl needs a PSK identity.
    private func look(at ciphertext: RawSpan) {
        guard let found = peek?.read(ciphertext) else { return }
        switch found {
        case .more: break
        case .noPSK: peek = nil
        case .psk(let hint):
            peekedHello = peek?.hello
            peek = nil
            pskIdentityHint = hint
            suspension = .pskIdentity
            state = .suspended
        }
    }
}
