package import TLSWire

extension TLSSession {
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
}
