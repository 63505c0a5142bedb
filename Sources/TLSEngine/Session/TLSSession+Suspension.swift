import Wire

/// Legs that wait for what the other leg comes to, and how they go on.
extension TLSSession {
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

    private func goOn() {
        suspension = nil
        state = .handshaking
    }

    /// Reads the server's first flight ahead of libssl, to stop before libssl needs a PSK identity.
    func look(at ciphertext: RawSpan) {
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
