import COpenSSL
import COpenSSLShims
import TLSWire
import Wire

/// Pre-shared keys: what libssl asks for while a session is driven, and what is odd about the answer.
extension TLSSession {
    // MARK: Device legs

    /// The device's key up to TLS 1.2; 0 for an identity that is not known.
    func serverKey(for identity: [UInt8], _ key: UnsafeMutablePointer<UInt8>, room: Int) -> UInt32 {
        // With TLS 1.3 libssl asks here too when `serverSession` had none, and for tickets as well.
        guard SSL_version(ssl) != TLS1_3_VERSION, case .device(let context) = side else { return 0 }
        guard let found = context.configuration.psk?.key(for: identity), found.count <= room else {
            unknownPSKIdentity = identity
            return 0
        }
        _ = UnsafeMutableBufferPointer(start: key, count: room).update(fromContentsOf: found)
        return UInt32(found.count)
    }

    /// TLS 1.3: a session that stands for the external key of an identity, or nil for tickets, for unknown identities
    /// and for those that the server did not take.
    func serverSession(for identity: [UInt8]) -> OpaquePointer? {
        guard case .device(let context) = side,
            observer.clientHello?.pskIdentities.contains(where: { $0.isExternal && $0.identity == identity }) ?? false
        else { return nil }
        guard let key = context.configuration.psk?.key(for: identity) else {
            unknownPSKIdentity = identity
            return nil
        }
        guard choice.following.map({ $0.pskIdentity == identity }) ?? true else {
            refusedPSKIdentity = identity
            return nil
        }
        return externalSession(key)
    }

    /// Gives the device an identity hint as it came; libssl takes none with a zero octet.
    func usePSKIdentityHint(_ hint: [UInt8]) {
        guard !hint.contains(0) else { return }
        let text = hint.map(CChar.init(bitPattern:)) + [0]
        SSL_use_psk_identity_hint(ssl, text)
    }

    /// TLS 1.3 goes on with a certificate where the device's key is not used.
    func noteUnusedIdentity() {
        guard role == .device, observer.facts.pskIdentity == nil else { return }
        if let identity = unknownPSKIdentity.map(displayText) {
            note("No key for the PSK identity '\(identity)': the handshake went on with a certificate")
        } else if let identity = refusedPSKIdentity.map(displayText) {
            note(
                "The server did not take the PSK identity '\(identity)'\(notOffered): the handshake went on with a "
                    + "certificate")
        }
    }

    private func note(_ text: String) {
        findings.append(Finding(TLSEngineRules.pskIdentityUnknown, .connection, text))
    }

    /// Identities of the device's that the server was not asked about.
    private var notOffered: String {
        let offered = choice.following?.offeredIdentities ?? []
        let rest = clientHello?.pskIdentities.filter { !offered.contains($0) } ?? []
        guard !rest.isEmpty else { return "" }
        return ", and was not offered \(rest.prefix(4).map { "'\(displayText($0))'" }.joined(separator: ", "))"
            + (rest.count > 4 ? ", …" : "")
    }

    /// RFC 8446 4.2.11: a key without another hash goes with SHA-256.
    private func externalSession(_ key: [UInt8]) -> OpaquePointer? {
        guard let cipher = SSL_CIPHER_find(ssl, [0x13, 0x01]), let session = SSL_SESSION_new() else { return nil }
        guard SSL_SESSION_set1_master_key(session, key, key.count) == 1,
            SSL_SESSION_set_cipher(session, cipher) == 1,
            SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1
        else {
            SSL_SESSION_free(session)
            return nil
        }
        return session
    }

    // MARK: Server legs

    private func clientPSK() -> (identity: [UInt8], key: [UInt8])? {
        guard case .server(let context) = side, let identity = pskIdentity else { return nil }
        guard let key = context.configuration.psk?.key(for: identity) else {
            unknownPSKIdentity = identity
            return nil
        }
        return (identity, key)
    }

    /// Our identity and key up to TLS 1.2; 0 when there is none.
    func clientKey(
        _ identity: UnsafeMutablePointer<CChar>, room: Int, _ key: UnsafeMutablePointer<UInt8>, keyRoom: Int
    ) -> UInt32 {
        guard let (ours, secret) = clientPSK(), ours.count <= room, secret.count <= keyRoom, !ours.contains(0) else {
            return 0
        }
        for (at, octet) in ours.enumerated() { identity[at] = CChar(bitPattern: octet) }
        identity[ours.count] = 0
        _ = UnsafeMutableBufferPointer(start: key, count: keyRoom).update(fromContentsOf: secret)
        return UInt32(secret.count)
    }

    /// TLS 1.3: offers our external key, unless the server has asked for another hash than the key goes with.
    func offerExternalKey(
        digest: OpaquePointer?, _ identity: UnsafeMutablePointer<UnsafePointer<UInt8>?>,
        _ length: UnsafeMutablePointer<Int>, _ session: UnsafeMutablePointer<OpaquePointer?>
    ) -> Int32 {
        session.pointee = nil
        identity.pointee = nil
        length.pointee = 0
        guard let (ours, secret) = clientPSK(), !ours.isEmpty, digest == nil || EVP_MD_is_a(digest, "SHA256") == 1,
            let made = externalSession(secret)
        else { return 1 }
        pskIdentityStorage?.deallocate()
        let storage = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: ours.count)
        _ = storage.initialize(from: ours)
        pskIdentityStorage = storage
        session.pointee = made
        identity.pointee = UnsafePointer(storage.baseAddress)
        length.pointee = ours.count
        return 1
    }
}
