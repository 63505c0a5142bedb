/// How we face devices. All legs of a listener share one context: it is costly to make and cheap to use.
package struct ServerTLSConfiguration: Sendable {
    /// Defaults are TLS 1.0 to 1.3, and SSL 3.0 when this libssl can do it.
    package var minVersion: TLSProtocolVersion?
    package var maxVersion: TLSProtocolVersion?
    /// OpenSSL cipher list up to TLS 1.2; nil: all with authentication and encryption, the device's preference first.
    package var suites: String?
    package var authority: CertificateAuthority
    package var psk: PSKStore?
    /// Identity hint given in PSK suites up to TLS 1.2.
    package var pskIdentityHint: String?
    package var keyLog: KeyLog?
    /// Asks the device for its own certificate and records it; none is required and none is verified.
    package var requestClientCertificate = false

    package init(authority: CertificateAuthority) { self.authority = authority }
}

package final class ServerTLSContext: Sendable {
    package let configuration: ServerTLSConfiguration

    package init(_ configuration: ServerTLSConfiguration) throws(TLSSetupError) { self.configuration = configuration }

    /// A leg that faces a device.
    /// - Parameters:
    ///   - host: name or address literal to mint for when the ClientHello has no SNI: CONNECT target or upstream host.
    ///   - suspendAfterClientHello: stop there, so that the server leg can be opened first.
    package func makeSession(host: String?, suspendAfterClientHello: Bool = false) -> TLSSession {
        TLSSession(role: .device)
    }
}
