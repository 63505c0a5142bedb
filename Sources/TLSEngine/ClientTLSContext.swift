/// How we face DM servers.
package struct ClientTLSConfiguration: Sendable {
    /// Defaults are TLS 1.0 to 1.3, and SSL 3.0 when this libssl can do it.
    package var minVersion: TLSProtocolVersion?
    package var maxVersion: TLSProtocolVersion?
    /// OpenSSL cipher list up to TLS 1.2; nil: all with authentication and encryption.
    package var suites: String?
    /// Go on with a server whose certificate does not verify; `TLSSession.certificateProblem` still says so.
    package var insecure = false
    /// PEM file of certificates to trust besides the system's.
    package var extraAuthorities: String?
    package var clientCertificates: [ClientCertificate] = []
    package var psk: PSKStore?
    package var keyLog: KeyLog?

    package init() {}
}

/// A certificate and key to show to servers.
package struct ClientCertificate: Sendable {
    /// Exact name, `*.name`, or nil: every server that asks.
    package var host: String?
    /// PEM file with the key, the certificate and, after it, its chain.
    package var path: String

    package init(host: String?, path: String) {
        self.host = host
        self.path = path
    }

    /// `[HOST=]PEM`.
    package init(option: String) {
        if let equals = option.firstIndex(of: "="), !option[..<equals].contains("/") {
            self.init(host: String(option[..<equals]), path: String(option[option.index(after: equals)...]))
        } else {
            self.init(host: nil, path: option)
        }
    }
}

package final class ClientTLSContext: Sendable {
    package let configuration: ClientTLSConfiguration

    package init(_ configuration: ClientTLSConfiguration) throws(TLSSetupError) { self.configuration = configuration }

    /// A leg that faces a DM server; drive it once to get the ClientHello.
    /// - Parameters:
    ///   - host: name or address literal of the server; its certificate must match it.
    ///   - sni: name to send instead of `host`; an empty one sends none. Address literals are never sent.
    ///   - pskIdentity: identity to use, with its key from the store; nil: the store's only one, where it has one.
    ///   - suspendForPSKIdentity: stop when the server has chosen a PSK suite up to TLS 1.2, so that its identity hint
    ///     reaches the device and the device's identity the server.
    package func makeSession(
        host: String, sni: String? = nil, pskIdentity: String? = nil, suspendForPSKIdentity: Bool = false
    ) -> TLSSession {
        TLSSession(role: .server)
    }
}
