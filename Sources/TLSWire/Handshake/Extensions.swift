package import Wire

/// Extension types that are read or written (IANA, TLS ExtensionType Values).
package enum ExtensionType {
    package static let serverName: UInt16 = 0
    package static let truncatedHMAC: UInt16 = 4
    package static let supportedGroups: UInt16 = 10
    package static let pointFormats: UInt16 = 11
    package static let signatureAlgorithms: UInt16 = 13
    package static let alpn: UInt16 = 16
    package static let clientCertificateType: UInt16 = 19
    package static let serverCertificateType: UInt16 = 20
    package static let encryptThenMAC: UInt16 = 22
    package static let extendedMasterSecret: UInt16 = 23
    package static let sessionTicket: UInt16 = 35
    package static let preSharedKey: UInt16 = 41
    package static let earlyData: UInt16 = 42
    package static let supportedVersions: UInt16 = 43
    package static let postHandshakeAuth: UInt16 = 49
    package static let keyShare: UInt16 = 51
    package static let renegotiationInfo: UInt16 = 0xFF01
}

/// Calls `body` with each extension of a block. False when the block is cut short.
func eachExtension(
    _ bytes: RawSpan, _ block: Range<Int>, _ body: (_ type: UInt16, _ content: RawSpan) -> Void
) -> Bool {
    var reader = ByteReader(bytes.extracting(block))
    while !reader.isAtEnd {
        guard let type = reader.u16(), let content = reader.vector16() else { return false }
        body(type, reader.bytes.extracting(content))
    }
    return true
}

/// Kinds of certificate that the sides agreed on, each by its number: 0 is X.509, 2 a raw public key (RFC 7250 3).
package struct CertificateTypes: Sendable, Equatable {
    package var client: UInt8 = 0
    package var server: UInt8 = 0

    /// Whether a side sends X.509 certificates.
    package func isX509(from direction: Direction) -> Bool { (direction == .toServer ? client : server) == 0 }

    /// Takes the server's choice, if this extension is one.
    mutating func read(_ type: UInt16, _ content: RawSpan) {
        guard content.byteCount == 1 else { return }
        if type == ExtensionType.clientCertificateType { client = content.byte(at: 0) }
        if type == ExtensionType.serverCertificateType { server = content.byte(at: 0) }
    }
}

/// The protocol names of an ALPN extension (RFC 7301 3.1); nil when it is malformed.
func alpnNames(_ content: RawSpan) -> [String]? {
    var reader = ByteReader(content)
    guard let list = reader.vector16(), reader.isAtEnd else { return nil }
    var names: [String] = []
    var inner = ByteReader(content.extracting(list))
    while !inner.isAtEnd {
        guard let name = inner.array8() else { return nil }
        let first = name.count == 2 ? UInt16(name[0]) << 8 | UInt16(name[1]) : 0
        if !isGREASE(first) { names.append(displayText(name, clippedTo: .max)) }
    }
    return names
}

extension ByteReader {
    @_lifetime(self: copy self)
    mutating func array8() -> [UInt8]? {
        guard let content = vector8() else { return nil }
        return bytes.array(content)
    }

    @_lifetime(self: copy self)
    mutating func array16() -> [UInt8]? {
        guard let content = vector16() else { return nil }
        return bytes.array(content)
    }
}
