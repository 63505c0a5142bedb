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
            let findings = observer.message(
                type, octets.bytes.extracting(4..<octets.count), from: direction, at: nil)
            // What our own ClientHello passes on is told of the device's.
            keep(sent && type == .clientHello ? findings.filter { !TLSSession.passedOn.contains($0.rule) } : findings)
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

    private static let passedOn = [TLSRules.serverName, TLSRules.fallback]

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
            if let hint = choice.pskIdentityHint { usePSKIdentityHint(hint) }
            return SSL_CLIENT_HELLO_SUCCESS
        }
    }

    /// The version is negotiated; now the suite is about to be, and it depends on the certificates there are.
    func showLeaf() -> Int32 {
        guard case .device(let context) = side, let hello = clientHello else { return 0 }
        let version = TLSVersion(rawValue: UInt16(truncatingIfNeeded: SSL_version(ssl)))
        let name = choice.host.map(withoutBrackets) ?? hello.sni.flatMap(hostName(inSNI:)) ?? host ?? "localhost"
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
        let ecdsa = hello.ecdsaKind(version)
        let suiteDecides =
            configuration.suites != nil || choice.suite.map { $0 >> 8 != 0x13 } ?? false
            || configuration.psk != nil && hello.offersRSAPSK
        guard let ecdsa else { return [.rsa] }
        return suiteDecides ? [ecdsa, .rsa] : [ecdsa]
    }

    /// Points at the protocol in a device's ALPN list that the server chose; where there is no server's leg, at `http/1.1`.
    func chooseProtocol(
        _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ length: UnsafeMutablePointer<UInt8>?,
        _ offer: UnsafePointer<UInt8>?, _ offerLength: UInt32
    ) -> Int32 {
        let wanted = choice.following.map(\.alpn) ?? "http/1.1"
        guard let wanted else { return SSL_TLSEXT_ERR_NOACK }
        let list = UnsafeBufferPointer(start: offer, count: Int(offerLength))
        var at = 0
        while at < list.count {
            let end = at + 1 + Int(list[at])
            guard end <= list.count else { break }
            if list[(at + 1)..<end].elementsEqual(wanted.utf8) {
                chosen?.pointee = offer.map { $0 + at + 1 }
                length?.pointee = list[at]
                return SSL_TLSEXT_ERR_OK
            }
            at = end
        }
        return SSL_TLSEXT_ERR_NOACK
    }

    // MARK: Server legs

    /// One certificate of the chain was looked at. Keeps the first problem; goes on only where that is allowed.
    func judge(_ accepted: Bool, _ store: OpaquePointer) -> Int32 {
        guard case .server(let context) = side else { return 0 }
        let accepted = accepted || isForAddress(store)
        if !accepted, certificateProblem == nil {
            certificateProblem = .certificateInvalid(
                store, host: host ?? "", goesOn: context.configuration.insecure)
        }
        return accepted || context.configuration.insecure ? 1 : 0
    }

    /// The certificate is not for the name, but for the address that may stand for it.
    private func isForAddress(_ store: OpaquePointer) -> Bool {
        guard let address, X509_STORE_CTX_get_error(store) == X509_V_ERR_HOSTNAME_MISMATCH,
            let leaf = X509_STORE_CTX_get0_cert(store), X509_check_ip_asc(leaf, address, 0) == 1
        else { return false }
        X509_STORE_CTX_set_error(store, X509_V_OK)
        return true
    }

    /// The server's chain is here. Returns what X509_verify_cert does.
    func verify(_ store: OpaquePointer) -> Int32 {
        guard case .server(let context) = side else { return 0 }
        return context.verified.verify(store, host: (host ?? "") + (address.map { " \($0)" } ?? ""))
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
}
