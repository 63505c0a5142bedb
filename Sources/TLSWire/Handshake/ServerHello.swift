import Wire

/// A ServerHello (RFC 8446 4.1.3, RFC 5246 7.4.1.3), or the HelloRetryRequest that has the same form.
package struct ServerHello: Sendable, Equatable {
    /// The negotiated version, from supported_versions where it stands there.
    package var version = TLSVersion.ssl3
    package var random: [UInt8] = []
    package var sessionID: [UInt8] = []
    package var suite: UInt16 = 0
    package var compressionMethod: UInt8 = 0
    package var extensions: [UInt16] = []
    package var alpn: String?
    /// Index of the accepted pre-shared key, TLS 1.3.
    package var selectedPSK: UInt16?
    package var extendedMasterSecret = false
    package var encryptThenMAC = false
    package var truncatedHMAC = false
    /// Up to TLS 1.2.
    package var certificateTypes = CertificateTypes()
    package var sessionTicket = false
    package var secureRenegotiation = false
    /// Of a draft of TLS 1.3 up to 21.
    package private(set) var isEarlyDraft = false

    /// A HelloRetryRequest, which bears this random instead of one of its own.
    package var isRetryRequest: Bool { random == ServerHello.retryRandom }

    /// SHA-256 of `HelloRetryRequest`.
    package static let retryRandom: [UInt8] = [
        0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
        0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
    ]

    /// Reads the message's body.
    package init(_ body: RawSpan) throws(MalformedHandshake) {
        var reader = ByteReader(body)
        guard let version = reader.u16(), let random = reader.array(32) else {
            throw MalformedHandshake("ServerHello ends inside its random")
        }
        self.version = TLSVersion(rawValue: version)
        self.random = random
        // Drafts of TLS 1.3 up to 21 say the version here, and have neither session id nor compression method.
        isEarlyDraft = self.version.is13
        if !isEarlyDraft {
            guard let id = reader.array8(), id.count <= 32 else {
                throw MalformedHandshake("ServerHello has no session id of at most 32 octets")
            }
            sessionID = id
        }
        guard let suite = reader.u16() else { throw MalformedHandshake("ServerHello ends before its cipher suite") }
        self.suite = suite
        if !isEarlyDraft {
            guard let method = reader.u8() else {
                throw MalformedHandshake("ServerHello ends before its compression method")
            }
            compressionMethod = method
        }
        guard !reader.isAtEnd else { return }
        guard let block = reader.vector16() else { throw MalformedHandshake("ServerHello ends inside the extensions") }
        var copy = self
        let whole = eachExtension(body, block) { type, content in copy.readExtension(type, content) }
        self = copy
        guard whole else { throw MalformedHandshake("ServerHello has an extension that runs past the others' end") }
    }

    private mutating func readExtension(_ type: UInt16, _ content: RawSpan) {
        extensions.append(type)
        switch type {
        case ExtensionType.supportedVersions:
            if content.byteCount == 2 { version = TLSVersion(rawValue: content.u16(at: 0)) }
        case ExtensionType.alpn: alpn = alpnNames(content)?.first
        case ExtensionType.preSharedKey:
            if content.byteCount == 2 { selectedPSK = content.u16(at: 0) }
        case ExtensionType.extendedMasterSecret: extendedMasterSecret = true
        case ExtensionType.encryptThenMAC: encryptThenMAC = true
        case ExtensionType.truncatedHMAC: truncatedHMAC = true
        case ExtensionType.sessionTicket: sessionTicket = true
        case ExtensionType.renegotiationInfo: secureRenegotiation = true
        default: certificateTypes.read(type, content)
        }
    }
}

/// The parts of EncryptedExtensions that are used (RFC 8446 4.3.1).
package struct EncryptedExtensions: Sendable, Equatable {
    package var alpn: String?
    /// The server takes the early data.
    package var earlyData = false
    package var certificateTypes = CertificateTypes()

    package init(_ body: RawSpan) throws(MalformedHandshake) {
        var reader = ByteReader(body)
        guard let block = reader.vector16() else {
            throw MalformedHandshake("EncryptedExtensions ends inside its extensions")
        }
        var alpn: String?
        var earlyData = false
        var certificateTypes = CertificateTypes()
        let whole = eachExtension(body, block) { type, content in
            if type == ExtensionType.alpn { alpn = alpnNames(content)?.first }
            if type == ExtensionType.earlyData { earlyData = true }
            certificateTypes.read(type, content)
        }
        self.alpn = alpn
        self.earlyData = earlyData
        self.certificateTypes = certificateTypes
        guard whole else { throw MalformedHandshake("EncryptedExtensions has an extension that runs past its end") }
    }
}
