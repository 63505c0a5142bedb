import Inspection
import NIOCore
import TLSEngine
import Wire

/// What the client speaks, and where that leads.
extension Connection {
    func begin() {
        timer.set(listener.mode == .regular ? limits.idleTimeout : limits.serverFirstDelay)
        client.release(partner: nil)
    }

    /// Octets of a client whose protocol is not known yet.
    func take(_ bytes: ByteBuffer) {
        if early.readableBytes == 0 {
            early = bytes
            timer.set(limits.handshakeTimeout)
        } else {
            var bytes = bytes
            early.writeBuffer(&bytes)
        }
        decide()
    }

    private func decide() {
        switch FirstBytes(early.readableBytesSpan) {
        case .undecided: break
        case .tls, .ssl2Hello, .plain: speaksPlain()
        }
    }

    func endedWhileOpening() { speaksPlain() }

    func openingTimedOut() { speaksPlain() }

    func setupTimedOut() {}

    private func speaksPlain() {
        setup.client = .plain
        client.hold()
        switch listener.mode {
        case .reverse(let upstream):
            lead(to: Destination(host: upstream.host, port: upstream.port), host: upstream.host, tls: upstream.tls)
        case .regular: break
        }
        phase = .settingUp
        advance()
    }

    func acknowledgeTunnel() {}
    func secureServer() {}
    func resumeClient() {}
    func refuse() { close() }

    // MARK: TLS of the legs

    func secured(_ leg: LegHandler) {}
    func suspended(_ leg: LegHandler) {}
    func failed(_ leg: LegHandler, _ failure: TLSFailure) {}
}
