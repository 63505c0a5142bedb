import TLSWire
package import Wire

/// A connection as the TLS rules and the SCR items see it, told when it has ended or when its traffic is known.
package struct ConnectionView: Sendable {
    /// What the connection carried.
    package enum Traffic: Sendable {
        /// At least one exchange was DM (`Exchange.isDM`).
        case dm
        /// HTTP, but none of it DM.
        case other
        /// No HTTP could be read: the handshake failed, or nothing decrypts it.
        case unknown
    }

    package var id: Int
    /// When it was opened: the time certificates are held against.
    package var time: Timestamp
    /// Host, legs, loopback.
    package var context: Exchange.Context
    package var traffic: Traffic
    /// A CONNECT request opened the tunnel that this traffic went through.
    package var tunnelled: Bool
    /// The server answered a request. Where it did not, there may have been none: a leg without TLS says nothing of it.
    package var isAnswered: Bool

    /// The server was seen to do without TLS.
    package var isServerPlain: Bool { context.serverTLS == nil && isAnswered }

    package init(
        id: Int, time: Timestamp, context: Exchange.Context, traffic: Traffic, tunnelled: Bool = false,
        isAnswered: Bool = true
    ) {
        self.id = id
        self.time = time
        self.context = context
        self.traffic = traffic
        self.tunnelled = tunnelled
        self.isAnswered = isAnswered
    }
}

/// The suites that section 5.4 names.
package enum BindingSuites {
    /// SSL_RSA_WITH_RC4_128_SHA, SSL_RSA_WITH_3DES_EDE_CBC_SHA.
    package static let ssl3: [UInt16] = [0x0005, 0x000A]
    /// PSK, DHE_PSK and RSA_PSK with AES_128_GCM_SHA256, then with AES_128_CBC_SHA256.
    package static let psk: [UInt16] = [0x00A8, 0x00AA, 0x00AC, 0x00AE, 0x00B2, 0x00B6]
}

extension TLSFacts {
    /// Versions as numbers that compare, oldest first; nil for a name that is none of a published version.
    static func rank(_ version: String) -> Int? {
        ["SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"].firstIndex(of: version)
    }
    static let ssl3Rank = 1
    static let tls11Rank = 3
    static let tls12Rank = 4

    /// Whether the client takes TLS 1.1; nil when its hello does not tell. A hello without supported_versions names the
    /// newest version alone, and a range may end there; one that falls back offers less than the client takes.
    var clientSupportsTLS11: Bool? {
        guard let newest = newestOffered else { return nil }
        if version == "TLS 1.1" || offeredVersions.contains("TLS 1.1") { return true }
        if fallsBack { return nil }
        return newest == TLSFacts.tls12Rank && offeredVersions.count == 1 ? nil : false
    }

    /// Whether the server takes TLS 1.1; nil when the handshake does not tell. A server chooses the newest version
    /// that it shares with the client.
    var serverSupportsTLS11: Bool? {
        if version == "TLS 1.1" { return true }
        guard let newest = newestOffered else { return nil }
        if let version {
            let clientMay = newest >= TLSFacts.tls11Rank && clientSupportsTLS11 != false
            return clientMay && (TLSFacts.rank(version) ?? .max) < TLSFacts.tls11Rank ? false : nil
        }
        return newest == TLSFacts.tls11Rank && serverRefused(with: TLSAlert.protocolVersion) ? false : nil
    }

    /// The newest version the ClientHello offers.
    var newestOffered: Int? { offeredVersions.lazy.compactMap(TLSFacts.rank).max() }

    var negotiated: CipherSuite? { suiteCode.flatMap(CipherSuite.init) }

    /// PSK-TLS of RFC 4279: a PSK suite below TLS 1.3.
    var usesPSKSuite: Bool { negotiated?.keyExchange?.usesPSK == true }

    /// The suites offered, without signalling values and GREASE.
    var offeredRealSuites: [CipherSuite] { offeredSuiteCodes.compactMap(CipherSuite.init).filter { !$0.isSignal } }

    /// `code`: of the alert.
    func serverRefused(with code: UInt8) -> Bool {
        version == nil && alerts.contains { $0.alert.isFatal && $0.alert.code == code && $0.direction == .toClient }
    }
}
