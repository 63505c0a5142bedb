import COpenSSL
import COpenSSLShims
import TLSWire
import Wire

/// What libssl calls while a session is driven. All run on the session's thread, inside one of its methods.
extension TLSSession {
    /// A message or alert went by.
    func observe(_ octets: UnsafeRawBufferPointer, contentType: Int32, version: Int32, sent: Bool) {
        let direction = sent ? role.sending : role.sending.opposite
        switch contentType {
        case SSL3_RT_ALERT where octets.count == 2:
            note(TLSAlert(level: octets[0], code: octets[1]), from: direction)
        case SSL3_RT_HANDSHAKE where octets.count >= 4:
            let type = HandshakeType(rawValue: octets[0])
            // libssl reports a ChangeCipherSpec that it sends, but not one that it reads: a Finished follows each.
            if type == .finished, !sent { observer.changeCipherSpec(from: direction) }
            keep(observer.message(type, octets.bytes.extracting(4..<octets.count), from: direction, at: nil))
        case SSL3_RT_CHANGE_CIPHER_SPEC: observer.changeCipherSpec(from: direction)
        case 0 where version == SSL2_VERSION: keep(observer.ssl2ClientHello(octets.bytes, at: nil))
        default: break
        }
    }

    private func note(_ alert: TLSAlert, from direction: Direction) {
        if alert.isFatal, fatalAlert == nil { fatalAlert = (alert, direction) }
        if alert.isCloseNotify, direction != role.sending { peerSentCloseNotify = true }
        let ours = "DMScope, in the \(role == .device ? "server" : "client")'s place,"
        if let finding = observer.alert(alert, from: direction, at: nil, by: direction == role.sending ? ours : nil) {
            keep([finding])
        }
    }

    /// A peer can go on with warnings and renegotiations for ever.
    private func keep(_ more: [Finding]) {
        if findings.count < TLSSession.findingLimit { findings += more }
    }
    private static let findingLimit = 32

    func log(keyLine: String) {
        switch side {
        case .device(let context): context.configuration.keyLog?.write(keyLine)
        case .server(let context): context.configuration.keyLog?.write(keyLine)
        }
    }

    // MARK: Device legs

    /// The ClientHello is here, and nothing of it was acted on.
    func decideOnClientHello(_ alert: UnsafeMutablePointer<Int32>?) -> Int32 {
        if clientHello == nil { clientHello = observer.clientHello.map(ClientHelloFacts.init) }
        guard suspendsOnClientHello else { return SSL_CLIENT_HELLO_SUCCESS }
        switch verdict {
        case .none: return SSL_CLIENT_HELLO_RETRY
        case .refuse(let code):
            alert?.pointee = Int32(code)
            return SSL_CLIENT_HELLO_ERROR
        case .go:
            suspendsOnClientHello = false
            if let highest = choice.maxVersion { shim_SSL_set_max_proto_version(ssl, Int32(highest.rawValue)) }
            if let suite = choice.suite { prefer(suite: suite) }
            if let hint = choice.pskIdentityHint { SSL_use_psk_identity_hint(ssl, hint) }
            return SSL_CLIENT_HELLO_SUCCESS
        }
    }

    /// The version is negotiated; now the suite is about to be, and it depends on the certificates there are.
    func showLeaf() -> Int32 {
        guard case .device(let context) = side, let hello = clientHello else { return 0 }
        let version = TLSVersion(rawValue: UInt16(truncatingIfNeeded: SSL_version(ssl)))
        let name = choice.host.map(withoutBrackets) ?? hello.sni.flatMap(plainName) ?? host ?? "localhost"
        for kind in leafKinds(hello, version, context.configuration) {
            guard let leaf = context.configuration.authority.leaf(host: name, kind: kind, like: choice.like),
                leaf.use(on: ssl)
            else { return 0 }
        }
        return 1
    }

    /// ECDSA for those that take it, RSA for the others; both where the suite decides.
    private func leafKinds(
        _ hello: ClientHelloFacts, _ version: TLSVersion, _ configuration: ServerTLSConfiguration
    ) -> [LeafKind] {
        guard hello.takesCertificate else { return [] }
        let ecdsa = hello.acceptsECDSA(version)
        let suiteDecides =
            configuration.suites != nil || choice.suite.map { $0 >> 8 != 0x13 } ?? false
            || configuration.psk != nil && hello.offersRSAPSK
        if ecdsa, suiteDecides { return [.ecdsa, .rsa] }
        return [ecdsa ? .ecdsa : .rsa]
    }

    /// A name that may stand in a certificate: what else a ClientHello says there is not one. Octets that are not text
    /// are `0x…` in facts.
    private func plainName(_ name: String) -> String? {
        let allowed = name.utf8.allSatisfy {
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
        }
        let isHex = name.hasPrefix("0x") && !name.contains(".")
        return allowed && !isHex && !name.isEmpty && name.utf8.count <= 253 ? name : nil
    }

    /// The device's key up to TLS 1.2; 0 for an identity that is not known.
    func serverKey(for identity: [UInt8], _ key: UnsafeMutablePointer<UInt8>, room: Int) -> UInt32 {
        // With TLS 1.3 libssl asks here too when `serverSession` had none, and for tickets as well.
        guard SSL_version(ssl) != TLS1_3_VERSION, case .device(let context) = side else { return 0 }
        guard let found = context.configuration.psk?.key(for: identity), found.count <= room else {
            unknownPSKIdentity = displayText(identity)
            return 0
        }
        _ = UnsafeMutableBufferPointer(start: key, count: room).update(fromContentsOf: found)
        return UInt32(found.count)
    }

    /// TLS 1.3: a session that stands for the external key of an identity, or nil for tickets and unknown identities.
    func serverSession(for identity: [UInt8]) -> OpaquePointer? {
        guard case .device(let context) = side,
            observer.clientHello?.pskIdentities.contains(where: { $0.isExternal && $0.identity == identity }) ?? false
        else { return nil }
        guard let key = context.configuration.psk?.key(for: identity) else {
            unknownPSKIdentity = displayText(identity)
            return nil
        }
        return externalSession(key)
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

    /// One certificate of the chain was looked at. Keeps the first problem; goes on only where that is allowed.
    func judge(_ accepted: Bool, _ store: OpaquePointer) -> Int32 {
        guard case .server(let context) = side else { return 0 }
        if !accepted, certificateProblem == nil {
            certificateProblem = .certificateInvalid(
                store, host: host ?? "", goesOn: context.configuration.insecure)
        }
        return accepted || context.configuration.insecure ? 1 : 0
    }

    /// The server's chain is here. Returns what X509_verify_cert does.
    func verify(_ store: OpaquePointer) -> Int32 {
        guard case .server(let context) = side else { return 0 }
        return context.verified.verify(store, host: host ?? "")
    }

    /// The server asks for our certificate.
    func showClientCertificate() -> Int32 {
        guard case .server(let context) = side else { return 0 }
        guard let credential = context.credentials.best(for: host ?? "") else {
            clientCertificateMissing = true
            return 1
        }
        clientCertificateShown = true
        return credential.use(on: ssl) ? 1 : 0
    }

    private func clientPSK() -> (identity: [UInt8], key: [UInt8])? {
        guard case .server(let context) = side, let identity = pskIdentity else { return nil }
        guard let key = context.configuration.psk?.key(for: identity) else {
            unknownPSKIdentity = displayText(identity)
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
