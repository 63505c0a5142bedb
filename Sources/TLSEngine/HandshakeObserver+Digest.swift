package import TLSWire

extension HandshakeObserver {
    /// With libcrypto's digest.
    package init() {
        self.init { CertificateFacts($0, sha256: digest($0), chainLength: $1) }
    }
}
