import COpenSSL
import TLSWire

/// How a leg ends: by close_notify, with its transport, or by a failure.
extension TLSSession {
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

    func peerEnded() {
        state = closeSent ? .closed : .peerClosed
        if !hasSpoken { noteSilence() }
    }

    func fail() {
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
}
