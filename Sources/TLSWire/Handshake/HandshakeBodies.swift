import Wire

/// A Certificate message: where its certificates lie.
package struct CertificateMessage: Sendable, Equatable {
    /// DER of each certificate in the body, the leaf first.
    package var certificates: [Range<Int>] = []

    /// Reads the message's body: the list of RFC 5246 7.4.2, or of RFC 8446 4.4.2 with its request context and extensions.
    package init(_ body: RawSpan, is13: Bool) throws(MalformedHandshake) {
        var reader = ByteReader(body)
        guard !is13 || reader.vector8() != nil, let list = reader.vector24(), reader.isAtEnd else {
            throw MalformedHandshake("Certificate has a list whose length does not fit the message")
        }
        var entries = ByteReader(body.extracting(list))
        while !entries.isAtEnd {
            guard let der = entries.vector24(), !is13 || entries.vector16() != nil else {
                throw MalformedHandshake("Certificate ends inside certificate \(certificates.count + 1) of its list")
            }
            certificates.append(list.lowerBound + der.lowerBound..<list.lowerBound + der.upperBound)
        }
    }
}

/// The PSK part of a ServerKeyExchange (RFC 4279 2 to 4): the hint, which stands first.
package func pskIdentityHint(_ body: RawSpan) throws(MalformedHandshake) -> [UInt8] {
    var reader = ByteReader(body)
    guard let hint = reader.array16() else {
        throw MalformedHandshake("ServerKeyExchange ends inside the PSK identity hint")
    }
    return hint
}

/// What a ClientKeyExchange says in the open.
package struct ClientKeyExchange: Sendable, Equatable {
    package var pskIdentity: [UInt8]?
    /// The premaster secret, encrypted to the server's RSA key.
    package var encryptedPremaster: [UInt8]?

    /// Reads the message's body as the suite's key exchange gives it (RFC 5246 7.4.7, RFC 4279 2 to 4).
    package init(_ body: RawSpan, keyExchange: CipherSuite.KeyExchange?) throws(MalformedHandshake) {
        guard let keyExchange else { return }
        var reader = ByteReader(body)
        if keyExchange.usesPSK {
            guard let identity = reader.array16() else {
                throw MalformedHandshake("ClientKeyExchange ends inside the PSK identity")
            }
            pskIdentity = identity
        }
        guard keyExchange.sendsToRSAKey else { return }
        // SSL 3.0 has no length before it, and some TLS clients left it out too (RFC 5246 7.4.7.1).
        if let premaster = reader.vector16(), reader.isAtEnd {
            encryptedPremaster = body.array(premaster)
        } else if !keyExchange.usesPSK {
            encryptedPremaster = body.array()
        } else {
            throw MalformedHandshake("ClientKeyExchange ends inside the encrypted premaster secret")
        }
    }
}

/// A NewSessionTicket up to TLS 1.2 (RFC 5077 3.3).
package func sessionTicket(_ body: RawSpan) throws(MalformedHandshake) -> [UInt8] {
    var reader = ByteReader(body)
    guard reader.skip(4), let ticket = reader.array16(), reader.isAtEnd else {
        throw MalformedHandshake("NewSessionTicket has a ticket whose length does not fit the message")
    }
    return ticket
}
