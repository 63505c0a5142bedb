/// Handshake message types (RFC 8446 B.3 and its forerunners).
package struct HandshakeType: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let helloRequest = HandshakeType(rawValue: 0)
    package static let clientHello = HandshakeType(rawValue: 1)
    package static let serverHello = HandshakeType(rawValue: 2)
    package static let newSessionTicket = HandshakeType(rawValue: 4)
    package static let endOfEarlyData = HandshakeType(rawValue: 5)
    /// A message of its own in drafts of TLS 1.3 up to 21; a ServerHello with a special random since.
    package static let helloRetryRequest = HandshakeType(rawValue: 6)
    package static let encryptedExtensions = HandshakeType(rawValue: 8)
    package static let certificate = HandshakeType(rawValue: 11)
    package static let serverKeyExchange = HandshakeType(rawValue: 12)
    package static let certificateRequest = HandshakeType(rawValue: 13)
    package static let serverHelloDone = HandshakeType(rawValue: 14)
    package static let certificateVerify = HandshakeType(rawValue: 15)
    package static let clientKeyExchange = HandshakeType(rawValue: 16)
    package static let finished = HandshakeType(rawValue: 20)
    package static let certificateStatus = HandshakeType(rawValue: 22)
    package static let keyUpdate = HandshakeType(rawValue: 24)
    package static let compressedCertificate = HandshakeType(rawValue: 25)
    package static let nextProtocol = HandshakeType(rawValue: 67)

    /// `ClientHello`; `handshake message 99` for a type that nobody defined.
    package var name: String { HandshakeType.names[rawValue] ?? "handshake message \(rawValue)" }

    package var isKnown: Bool { HandshakeType.names[rawValue] != nil }

    private static let names: [UInt8: String] = [
        0: "HelloRequest", 1: "ClientHello", 2: "ServerHello", 3: "HelloVerifyRequest", 4: "NewSessionTicket",
        5: "EndOfEarlyData", 6: "HelloRetryRequest", 8: "EncryptedExtensions", 11: "Certificate",
        12: "ServerKeyExchange", 13: "CertificateRequest", 14: "ServerHelloDone", 15: "CertificateVerify",
        16: "ClientKeyExchange", 20: "Finished", 21: "CertificateURL", 22: "CertificateStatus",
        23: "SupplementalData", 24: "KeyUpdate", 25: "CompressedCertificate", 67: "NextProtocol",
    ]
}

/// A handshake message that cannot be read: what is wrong with it.
package struct MalformedHandshake: Error, Equatable {
    /// `ClientHello ends inside the cipher suites`.
    package var text: String

    init(_ text: String) { self.text = text }
}
