import COpenSSL
import Wire

/// Plaintext out: what is encrypted and handed out, what waits for the handshake, and close_notify.
extension TLSSession {
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

    func sendUnsent(_ output: ThreadBuffers.Lent, _ onCiphertext: (RawSpan) -> Void) {
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
}
