import Wire

/// Messages of SSL 2.0, whose ClientHello older clients send even when they want SSL 3.0 or TLS (RFC 6101 E).
extension ClientHello {
    /// Reads a ClientHello in SSL 2.0 format, from its message type (1) on, without the record's length.
    package init(ssl2 message: RawSpan) throws(MalformedHandshake) {
        var reader = ByteReader(message)
        guard reader.u8() == 1, let version = reader.u16(), let specLength = reader.u16(),
            let idLength = reader.u16(), let challengeLength = reader.u16()
        else { throw MalformedHandshake("SSL 2.0 ClientHello ends inside its lengths") }
        guard specLength.isMultiple(of: 3) else {
            throw MalformedHandshake("SSL 2.0 ClientHello has cipher specs that are not three octets each")
        }
        guard let specs = reader.range(Int(specLength)), let id = reader.array(Int(idLength)),
            let challenge = reader.array(Int(challengeLength))
        else { throw MalformedHandshake("SSL 2.0 ClientHello ends inside its \(message.byteCount) octets") }
        self.init()
        isSSL2Format = true
        self.version = TLSVersion(rawValue: version)
        sessionID = id
        random = Array(repeating: 0, count: max(0, 32 - challenge.count)) + challenge.suffix(32)
        compressionMethods = [0]
        var at = specs.lowerBound
        while at < specs.upperBound {
            let high = message.byte(at: at)
            let low = message.u16(at: at + 1)
            if high == 0 { suites.append(low) } else { ssl2Kinds.append(UInt32(high) << 16 | UInt32(low)) }
            at += 3
        }
        secureRenegotiation = suites.contains(0x00FF)
    }
}

/// What a server of SSL 2.0 answers.
package struct SSL2ServerHello: Sendable, Equatable {
    package var version = TLSVersion.ssl2
    /// DER, where its type is X.509.
    package var certificate: [UInt8]?
    /// Cipher kinds that both sides know.
    package var kinds: [UInt32] = []

    /// Reads the message from its type (4) on, without the record's length.
    package init(_ message: RawSpan) throws(MalformedHandshake) {
        var reader = ByteReader(message)
        guard reader.u8() == 4, reader.skip(1), let certificateType = reader.u8(), let version = reader.u16(),
            let certificateLength = reader.u16(), let specLength = reader.u16(), reader.skip(2),
            let certificate = reader.array(Int(certificateLength)), let specs = reader.range(Int(specLength))
        else { throw MalformedHandshake("SSL 2.0 ServerHello ends inside its \(message.byteCount) octets") }
        self.version = TLSVersion(rawValue: version)
        if certificateType == 1, !certificate.isEmpty { self.certificate = certificate }
        var at = specs.lowerBound
        while at + 2 < specs.upperBound {
            kinds.append(UInt32(message.byte(at: at)) << 16 | UInt32(message.u16(at: at + 1)))
            at += 3
        }
    }
}

/// Names of SSL 2.0 cipher kinds (draft-hickman-netscape-ssl-00 4.4).
package func ssl2KindName(_ kind: UInt32) -> String {
    switch kind {
    case 0x010080: "SSL_CK_RC4_128_WITH_MD5"
    case 0x020080: "SSL_CK_RC4_128_EXPORT40_WITH_MD5"
    case 0x030080: "SSL_CK_RC2_128_CBC_WITH_MD5"
    case 0x040080: "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5"
    case 0x050080: "SSL_CK_IDEA_128_CBC_WITH_MD5"
    case 0x060040: "SSL_CK_DES_64_CBC_WITH_MD5"
    case 0x0700C0: "SSL_CK_DES_192_EDE3_CBC_WITH_MD5"
    case 0x080080: "SSL_CK_RC4_64_WITH_MD5"
    default:
        "SSL 2.0 cipher kind 0x"
            + Hex.lower([
                UInt8(truncatingIfNeeded: kind >> 16), UInt8(truncatingIfNeeded: kind >> 8),
                UInt8(truncatingIfNeeded: kind),
            ])
    }
}
