/// What is known of one TLS leg, from the handshake as far as it was seen. The same whether the leg was ours, live, or
/// read from a capture. Names are IANA's; SSL 3.0 suites print as the binding prints them where it names them.
package struct TLSFacts: Sendable, Equatable {
    /// Negotiated version: `SSL 3.0`, `TLS 1.2`; nil when no ServerHello was seen.
    package var version: String?
    /// Negotiated suite: `TLS_PSK_WITH_AES_128_GCM_SHA256`.
    package var suite: String?
    package var suiteCode: UInt16?
    package var sni: String?
    package var alpn: String?
    /// Offered by the ClientHello.
    package var offeredVersions: [String] = []
    package var offeredSuiteCodes: [UInt16] = []
    /// Cipher kinds offered by a ClientHello in SSL 2.0 format.
    package var offeredKinds: [UInt32] = []
    package var highestOffered: TLSVersion?
    /// The ClientHello has TLS_FALLBACK_SCSV: the client takes newer versions too, and tried one before (RFC 7507).
    package var fallsBack = false
    /// The ClientHello came in the SSL 2.0 record format.
    package var ssl2Hello = false
    package var pskIdentity: String?
    package var pskIdentityHint: String?
    package var certificate: CertificateFacts?
    /// The client's own certificate, where it sent one.
    package var clientCertificate: CertificateFacts?
    package var certificateRequested = false
    package var resumed = false
    /// The application data could be read.
    package var decrypted = false
    /// In order.
    package var alerts: [SentAlert] = []
    package var handshakeComplete = false
    /// Which key material would open an undecrypted leg.
    package var keyWanted: String?

    package init() {}

    /// Names of what the ClientHello offers.
    package var offeredSuites: [String] {
        offeredSuiteCodes.map { CipherSuite.name($0, in: highestOffered) } + offeredKinds.map(ssl2KindName)
    }
}
