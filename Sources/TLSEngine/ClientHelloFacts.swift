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
    /// Early data follows (RFC 8446 4.2.10).
    package var earlyData: Bool
    /// A certificate may be asked for after the handshake (RFC 8446 4.2.6).
    package var postHandshakeAuth: Bool
    /// Came in the SSL 2.0 record format.
    package var ssl2: Bool
    /// TLS_FALLBACK_SCSV: an attempt with a higher version failed before this one (RFC 7507).
    package var isFallback: Bool
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
        isFallback = hello.suites.contains(CipherSuite.fallbackSignal)
        alpn = hello.alpn
        signatureSchemes = hello.signatureSchemes
        groups = hello.groups
        earlyData = hello.earlyData
        postHandshakeAuth = hello.extensions.contains(ExtensionType.postHandshakeAuth)
        ssl2 = hello.isSSL2Format
        pskIdentities = hello.pskIdentities.filter(\.isExternal).map(\.identity)
    }

    /// A PSK suite is offered, or a TLS 1.3 key that was agreed out of band.
    package var offersPSK: Bool { !pskIdentities.isEmpty || offers { $0.usesPSK } }

    /// The ECDSA leaf that the client can do with when `version` is negotiated: on P-256, else on P-384; nil: none.
    func ecdsaKind(_ version: TLSVersion) -> LeafKind? {
        if version.is13 {
            // ecdsa_secp256r1_sha256, ecdsa_secp384r1_sha384
            return signatureSchemes.contains(0x0403) ? .p256 : signatureSchemes.contains(0x0503) ? .p384 : nil
        }
        guard signatureSchemes.isEmpty || signatureSchemes.contains(where: { $0 & 0xFF == 3 }),
            offers({ $0 == .ecdheECDSA })
        else { return nil }
        // secp256r1, secp384r1
        return groups.isEmpty || groups.contains(23) ? .p256 : groups.contains(24) ? .p384 : nil
    }

    /// The client offers a suite that needs an RSA key together with a PSK.
    var offersRSAPSK: Bool { offers { $0 == .rsaPSK } }

    /// The client offers a suite of TLS 1.3, or one that shows a certificate.
    var takesCertificate: Bool { offers { $0 == .tls13 || !$0.isAnonymous && (!$0.usesPSK || $0 == .rsaPSK) } }

    private func offers(_ test: (CipherSuite.KeyExchange) -> Bool) -> Bool {
        suites.contains { CipherSuite($0)?.keyExchange.map(test) ?? false }
    }
}
