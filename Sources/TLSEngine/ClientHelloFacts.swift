package import TLSWire

/// What a ClientHello offers, as far as a relay decides by it.
package struct ClientHelloFacts: Sendable, Equatable {
    package var sni: String?
    /// Version numbers offered, GREASE left out. A hello without supported_versions offers every one from SSL 3.0 to the
    /// highest that it names.
    package var versions: [UInt16]
    /// Suite codes as offered, signalling values and GREASE left out.
    package var suites: [UInt16]
    package var alpn: [String]
    package var signatureSchemes: [UInt16]
    package var groups: [UInt16]
    /// Came in the SSL 2.0 record format.
    package var ssl2: Bool
    /// Identities of the TLS 1.3 pre_shared_key extension that were agreed out of band: session tickets are left out.
    package var pskIdentities: [[UInt8]]

    package init(_ hello: ClientHello) {
        sni = hello.serverName
        let highest = hello.version.rawValue
        versions =
            hello.supportedVersions.isEmpty
            ? (TLSVersion.ssl3.rawValue...TLSVersion.tls12.rawValue).filter { $0 <= highest }
            : hello.offeredVersions.map(\.rawValue)
        suites = hello.suites.filter { !isGREASE($0) && !CipherSuite.isSignal($0) }
        alpn = hello.alpn
        signatureSchemes = hello.signatureSchemes
        groups = hello.groups
        ssl2 = hello.isSSL2Format
        pskIdentities = hello.pskIdentities.filter(\.isExternal).map(\.identity)
    }

    /// A PSK suite is offered, or a TLS 1.3 key that was agreed out of band.
    package var offersPSK: Bool { !pskIdentities.isEmpty || offers { $0.usesPSK } }

    /// The client can do with an ECDSA certificate on P-256 when `version` is negotiated.
    func acceptsECDSA(_ version: TLSVersion) -> Bool {
        if version.is13 { return signatureSchemes.contains(0x0403) }  // ecdsa_secp256r1_sha256
        return (groups.isEmpty || groups.contains(23))
            && (signatureSchemes.isEmpty || signatureSchemes.contains { $0 & 0xFF == 3 })
            && offers { $0 == .ecdheECDSA }
    }

    /// The client offers a suite that needs an RSA key together with a PSK.
    var offersRSAPSK: Bool { offers { $0 == .rsaPSK } }

    /// The client offers a suite of TLS 1.3, or one that shows a certificate.
    var takesCertificate: Bool { offers { $0 == .tls13 || !$0.isAnonymous && (!$0.usesPSK || $0 == .rsaPSK) } }

    private func offers(_ test: (CipherSuite.KeyExchange) -> Bool) -> Bool {
        suites.contains { CipherSuite($0)?.keyExchange.map(test) ?? false }
    }
}
