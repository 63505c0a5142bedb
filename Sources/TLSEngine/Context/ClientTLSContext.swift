import COpenSSL
import COpenSSLShims
import Synchronization
package import TLSWire
import Wire

/// How we face DM servers.
package struct ClientTLSConfiguration: Sendable {
    /// Defaults are TLS 1.0 to 1.3, and SSL 3.0 when this libssl can do it.
    package var minVersion: TLSVersion?
    package var maxVersion: TLSVersion?
    /// OpenSSL cipher list up to TLS 1.2; nil: all with authentication and encryption.
    package var suites: String?
    /// Go on with a server whose certificate does not verify; `TLSSession.certificateProblem` still says so.
    package var insecure = false
    /// PEM file of certificates to trust besides the system's.
    package var extraAuthorities: String?
    package var clientCertificates: [ClientCertificate] = []
    package var psk: PSKTable?
    package var keyLog: KeyLog?

    package init() {}
}

/// A certificate and key to show to servers.
package struct ClientCertificate: Sendable {
    /// Exact name, `*.name`, or nil: every server that asks.
    package var host: String?
    /// PEM file with the key, the certificate and, after it, its chain.
    package var path: String

    package init(host: String?, path: String) {
        self.host = host
        self.path = path
    }

    /// `[HOST=]PEM`.
    package init(option: String) {
        if let equals = option.firstIndex(of: "="), !option[..<equals].contains("/") {
            self.init(host: String(option[..<equals]), path: String(option[option.index(after: equals)...]))
        } else {
            self.init(host: nil, path: option)
        }
    }
}

/// Makes legs that face DM servers. They offer http/1.1 by ALPN and verify the server's certificate and name against the
/// system's CAs, unless told otherwise.
package final class ClientTLSContext: Sendable {
    package let configuration: ClientTLSConfiguration
    let credentials: HostTable<Credential>
    let verified = VerifiedChains()
    private let context: SSLContext
    /// Contexts that offer what devices did: setting a list of suites costs as much as a key exchange, and devices of one
    /// kind offer the same.
    private let offering = Mutex<[TLSOffer: SSLContext]>([:])
    private static let offersKept = 64

    package init(_ configuration: ClientTLSConfiguration) throws(TLSSetupError) {
        _ = OpenSSLLibrary.start
        self.configuration = configuration
        var credentials = HostTable<Credential>()
        for one in configuration.clientCertificates {
            credentials.add(one.host, try Credential.load(one.path, purpose: "the client certificate"))
        }
        self.credentials = credentials
        context = try ClientTLSContext.makeContext(configuration)
        try trustAuthorities()
    }

    /// All but the authorities.
    private static func makeContext(_ configuration: ClientTLSConfiguration) throws(TLSSetupError) -> SSLContext {
        let context = try SSLContext(
            method: TLS_client_method(), min: configuration.minVersion, max: configuration.maxVersion,
            suites: configuration.suites, logsKeys: configuration.keyLog != nil)
        let pointer = context.pointer
        shim_SSL_CTX_set_session_cache_mode(pointer, Int(SSL_SESS_CACHE_OFF))
        SSL_CTX_set_alpn_protos(pointer, ClientTLSContext.alpn, UInt32(ClientTLSContext.alpn.count))
        SSL_CTX_set_cert_cb(pointer, { ssl, _ in ssl.map { TLSSession.of($0).showClientCertificate() } ?? 0 }, nil)
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER) { accepted, store in
            guard let store, let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()) else {
                return 0
            }
            return TLSSession.of(OpaquePointer(ssl)).judge(accepted == 1, store)
        }
        SSL_CTX_set_cert_verify_callback(
            pointer,
            { store, _ in
                guard let store, let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())
                else { return 0 }
                return TLSSession.of(OpaquePointer(ssl)).verify(store)
            }, nil)
        if !configuration.clientCertificates.isEmpty { SSL_CTX_set_post_handshake_auth(pointer, 1) }
        if configuration.psk != nil { givePSK(pointer) }
        return context
    }

    /// The context for a leg that offers what a device did.
    private func context(offering offer: TLSOffer) -> SSLContext {
        if let known = offering.withLock({ $0[offer] }) { return known }
        // It was made before, with the same configuration.
        guard let made = try? ClientTLSContext.makeContext(configuration) else { return context }
        SSL_CTX_set1_cert_store(made.pointer, SSL_CTX_get_cert_store(context.pointer))
        made.offer(offer)
        offering.withLock {
            if $0.count >= ClientTLSContext.offersKept { $0.removeAll() }
            $0[offer] = made
        }
        return made
    }

    private static let alpn: [UInt8] = [8] + Array("http/1.1".utf8)

    private func trustAuthorities() throws(TLSSetupError) {
        let pointer = context.pointer
        SSL_CTX_set_default_verify_paths(pointer)
        // A private libssl has another default.
        SSL_CTX_load_verify_dir(pointer, "/etc/ssl/certs")
        ERR_clear_error()
        guard let path = configuration.extraAuthorities else { return }
        let content = try Files.read(path, purpose: "the CA file")
        let store = SSL_CTX_get_cert_store(pointer)
        let count = content.withBIO { bio in
            var count = 0
            while let certificate = PEM_read_bio_X509(bio, nil, noPassphrase, nil) {
                X509_STORE_add_cert(store, certificate)
                X509_free(certificate)
                count += 1
            }
            return count
        }
        ERR_clear_error()
        guard count > 0 else {
            throw TLSSetupError(.data, "\(path) has no certificate in PEM form; convert a DER file with `openssl x509`")
        }
        // What the operator names is trusted, be it a root, an intermediate or the server's own certificate.
        X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
    }

    private static func givePSK(_ pointer: OpaquePointer) {
        SSL_CTX_set_psk_client_callback(pointer) { ssl, _, identity, identityRoom, key, keyRoom in
            guard let ssl, let identity, let key else { return 0 }
            return TLSSession.of(ssl).clientKey(identity, room: Int(identityRoom), key, keyRoom: Int(keyRoom))
        }
        SSL_CTX_set_psk_use_session_callback(pointer) { ssl, digest, identity, length, session in
            guard let ssl, let identity, let length, let session else { return 0 }
            return TLSSession.of(ssl).offerExternalKey(digest: digest, identity, length, session)
        }
    }

    /// A leg that faces a DM server; drive it once to get the ClientHello.
    /// - Parameters:
    ///   - host: name or address literal of the server; its certificate must match it.
    ///   - sni: name to send instead of `host`; an empty one sends none. Address literals are never sent.
    ///   - address: literal that the certificate may be for instead.
    ///   - pskIdentity: identity to use, with its key from the table; nil: the table's only one, where it has one and no
    ///     device's offer is passed on.
    ///   - offering: what the device offered, to do the same; nil: the context's own.
    ///   - suspendForPSKIdentity: stop when the server has chosen a PSK suite up to TLS 1.2, so that its identity hint
    ///     reaches the device and the device's identity the server.
    package func makeSession(
        host: String, orAddress address: String? = nil, sni: String? = nil, offering offer: TLSOffer? = nil,
        pskIdentity: [UInt8]? = nil, suspendForPSKIdentity: Bool = false
    ) -> TLSSession {
        TLSSession(
            server: self, settings: offer.map(context(offering:)) ?? context, host: withoutBrackets(host),
            orAddress: address.map(withoutBrackets), sni: sni, offer: offer, pskIdentity: pskIdentity,
            suspends: suspendForPSKIdentity)
    }
}
