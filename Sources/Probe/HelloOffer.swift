package import TLSWire
import Wire

/// What a ClientHello of the probe offers. It is written octet by octet, so that neither the versions and suites of a
/// TLS library nor its security level have a say in it. No handshake is ever completed with it.
package struct HelloOffer: Sendable, Equatable {
    /// The one version of TLS 1.3, else the highest.
    package var version: TLSVersion
    package var suites: [UInt16]
    /// Host for server_name; nil for an address, which is never sent (RFC 6066 3).
    package var serverName: String?

    package init(version: TLSVersion, suites: [UInt16], serverName: String?) {
        self.version = version
        self.suites = suites
        self.serverName = serverName
    }

    /// Octets of `random` that are used: random, session id and key share.
    package static let randomLength = 96

    /// The whole record, or for SSL 2.0 the message with its length.
    /// - Parameter random: `randomLength` octets.
    package func octets(random: [UInt8]) -> [UInt8] {
        precondition(random.count == HelloOffer.randomLength)
        guard version != .ssl2 else { return ssl2(challenge: Array(random[..<16])) }
        let body = body(random)
        let message = [HandshakeType.clientHello.rawValue] + vector24(body)
        // RFC 8446 5.1: 0x0301 in the first record, for servers that mistake it for the version; SSL 3.0 knows no other.
        let shown = version == .ssl3 ? TLSVersion.ssl3 : .tls10
        return [ContentType.handshake.rawValue] + u16(shown.rawValue) + vector16(message)
    }

    /// The ClientHello without type and length (RFC 5246 7.4.1.2).
    func body(_ random: [UInt8]) -> [UInt8] {
        let legacyVersion = version.is13 ? TLSVersion.tls12 : version
        var body = u16(legacyVersion.rawValue) + random[..<32]
        // TLS 1.3 sends one for the sake of what stands in between (RFC 8446 D.4).
        body += version.is13 ? vector8(Array(random[32..<64])) : [0]
        // TLS_EMPTY_RENEGOTIATION_INFO_SCSV: servers that insist on RFC 5746 are to answer.
        body += vector16((version.is13 ? suites : suites + [0x00FF]).flatMap(u16))
        body += [1, 0]
        // Servers of SSL 3.0 that know no extensions are right to drop a hello with some.
        if version != .ssl3 { body += vector16(extensions(random)) }
        return body
    }

    private func extensions(_ random: [UInt8]) -> [UInt8] {
        var all: [UInt8] = []
        func add(_ type: UInt16, _ content: [UInt8]) { all += u16(type) + vector16(content) }
        if let serverName { add(ExtensionType.serverName, vector16([0] + vector16(Array(serverName.utf8)))) }
        // Up to TLS 1.2 no finite-field group: a server with another one would be right to leave DHE out (RFC 7919 4).
        let groups = HelloOffer.curves + (version.is13 ? HelloOffer.finiteFields : [])
        add(ExtensionType.supportedGroups, vector16(groups.flatMap(u16)))
        if !version.is13 {
            add(ExtensionType.pointFormats, vector8([0]))
            add(ExtensionType.extendedMasterSecret, [])
        }
        if version.rawValue >= TLSVersion.tls12.rawValue {
            add(ExtensionType.signatureAlgorithms, vector16(HelloOffer.signatures.flatMap(u16)))
        }
        if version.is13 {
            add(ExtensionType.supportedVersions, vector8(u16(version.rawValue)))
            // Any 32 octets are a public key of X25519; nobody holds the private one.
            add(ExtensionType.keyShare, vector16(u16(0x001D) + vector16(Array(random[64..<96]))))
        }
        return all
    }

    /// X25519, P-256, P-384, P-521.
    private static let curves: [UInt16] = [0x001D, 0x0017, 0x0018, 0x0019]
    /// ffdhe2048 to ffdhe8192.
    private static let finiteFields: [UInt16] = [0x0100, 0x0101, 0x0102, 0x0103, 0x0104]

    /// ECDSA, RSA-PSS, Ed25519, RSA, DSA; SHA-256 first, SHA-1 last.
    private static let signatures: [UInt16] = [
        0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0807, 0x0401, 0x0501, 0x0601, 0x0402, 0x0203, 0x0201, 0x0202,
    ]

    // MARK: - SSL 2.0

    /// CLIENT-HELLO of draft-hickman-netscape-ssl-00 4.1 with every cipher kind.
    private func ssl2(challenge: [UInt8]) -> [UInt8] {
        let kinds: [UInt8] = HelloOffer.ssl2Kinds.flatMap {
            [UInt8($0 >> 16), UInt8($0 >> 8 & 0xFF), UInt8($0 & 0xFF)]
        }
        let body: [UInt8] =
            [1] + u16(TLSVersion.ssl2.rawValue) + u16(UInt16(kinds.count)) + u16(0) + u16(UInt16(challenge.count))
            + kinds + challenge
        return u16(0x8000 | UInt16(body.count)) + body
    }

    static let ssl2Kinds: [UInt32] = [0x010080, 0x0700C0, 0x030080, 0x050080, 0x060040, 0x020080, 0x040080]

    // MARK: - Farewell

    /// What a client says that gives up a handshake (RFC 5246 7.2): user_canceled, then close_notify, both warnings.
    package static func farewell(_ version: TLSVersion) -> [UInt8] {
        let shown = version.is13 ? TLSVersion.tls12 : version
        return [90, 0].flatMap { [ContentType.alert.rawValue] + u16(shown.rawValue) + vector16([1, $0]) }
    }
}

private func u16(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
private func vector8(_ content: [UInt8]) -> [UInt8] { [UInt8(content.count)] + content }
private func vector16(_ content: [UInt8]) -> [UInt8] { u16(UInt16(content.count)) + content }
private func vector24(_ content: [UInt8]) -> [UInt8] {
    [UInt8(content.count >> 16 & 0xFF)] + u16(UInt16(content.count & 0xFFFF)) + content
}
