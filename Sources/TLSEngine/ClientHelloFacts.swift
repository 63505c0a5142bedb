/// What a ClientHello offers, as far as the relay decides by it.
package struct ClientHelloFacts: Sendable, Equatable {
    package var sni: String?
    /// Version numbers, GREASE left out: of supported_versions when present, else every version from SSL 3.0 or TLS 1.0
    /// up to the one in the ClientHello.
    package var versions: [UInt16] = []
    /// Suite codes as offered, signalling values and GREASE left out.
    package var suites: [UInt16] = []
    package var alpn: [String] = []
    package var signatureSchemes: [UInt16] = []
    package var groups: [UInt16] = []
    /// Came in the SSL 2.0 record format.
    package var ssl2 = false
    /// A PSK suite is offered, or TLS 1.3 pre_shared_key.
    package var offersPSK = false
    /// Identities of the TLS 1.3 pre_shared_key extension that are text: external ones, not session tickets.
    package var pskIdentities: [String] = []
    /// The client can verify an ECDSA signature on P-256.
    package var acceptsECDSA = false
    /// The client can use an RSA certificate.
    package var acceptsRSA = false

    package init() {}
}
