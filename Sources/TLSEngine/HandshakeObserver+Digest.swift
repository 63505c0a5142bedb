package import TLSWire

extension HandshakeObserver {
    /// With libcrypto's digest.
    package init() { self.init { digest($0.span.bytes) } }
}
