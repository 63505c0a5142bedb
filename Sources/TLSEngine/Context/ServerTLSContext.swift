import COpenSSL
import COpenSSLShims
import Glibc
package import TLSWire
import Wire

/// How we face devices. All legs of a listener share one context: it is costly to make and cheap to use.
package struct ServerTLSConfiguration: Sendable {
    /// Defaults are TLS 1.0 to 1.3, and SSL 3.0 when this libssl can do it.
    package var minVersion: TLSVersion?
    package var maxVersion: TLSVersion?
    /// OpenSSL cipher list up to TLS 1.2; nil: all with authentication and encryption, the device's preference first.
    package var suites: String?
    package var authority: CertificateAuthority
    package var psk: PSKTable?
    /// Identity hint given in PSK suites up to TLS 1.2.
    package var pskIdentityHint: String?
    package var keyLog: KeyLog?
    /// Asks the device for its own certificate and records it; none is required and none is verified.
    package var requestClientCertificate = false

    package init(authority: CertificateAuthority) { self.authority = authority }
}

/// Makes legs that face devices.
///
/// - ALPN: what the server chose is chosen, http/1.1 where there is no server's leg; else the handshake goes on without
///   ALPN, which clients that offer only h2 answer as they see fit.
/// - Sessions are resumed, by ticket and by id.
/// - The suite is chosen by the device's preference.
package final class ServerTLSContext: Sendable {
    package let configuration: ServerTLSConfiguration
    let context: SSLContext

    package init(_ configuration: ServerTLSConfiguration) throws(TLSSetupError) {
        _ = OpenSSLLibrary.start
        self.configuration = configuration
        context = try SSLContext(
            method: TLS_server_method(), min: configuration.minVersion, max: configuration.maxVersion,
            suites: configuration.suites, logsKeys: configuration.keyLog != nil)
        let pointer = context.pointer
        SSL_CTX_set_client_hello_cb(
            pointer, { ssl, alert, _ in ssl.map { TLSSession.of($0).decideOnClientHello(alert) } ?? 0 }, nil)
        SSL_CTX_set_cert_cb(pointer, { ssl, _ in ssl.map { TLSSession.of($0).showLeaf() } ?? 0 }, nil)
        SSL_CTX_set_alpn_select_cb(
            pointer,
            { ssl, chosen, length, offer, offerLength, _ in
                ssl.map { TLSSession.of($0).chooseProtocol(chosen, length, offer, offerLength) }
                    ?? SSL_TLSEXT_ERR_NOACK
            }, nil)
        shim_SSL_CTX_set_session_cache_mode(pointer, Int(SSL_SESS_CACHE_SERVER))
        shim_SSL_CTX_sess_set_cache_size(pointer, ServerTLSContext.cachedSessions)
        SSL_CTX_set_session_id_context(pointer, "dmscope", 7)
        // One ticket is enough: few devices open connections side by side, and each ticket costs.
        SSL_CTX_set_num_tickets(pointer, 1)
        if let group = ServerTLSContext.ffdhe2048() { SSL_CTX_set0_tmp_dh_pkey(pointer, group) }
        if configuration.requestClientCertificate {
            SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER) { _, _ in 1 }
        }
        if configuration.psk != nil {
            takePSK()
            startAnew()
        }
    }

    /// No session is resumed: a device that resumes does not say its PSK identity again, and the server is yet to hear it.
    private func startAnew() {
        shim_SSL_CTX_set_session_cache_mode(context.pointer, Int(SSL_SESS_CACHE_OFF))
        SSL_CTX_set_options(context.pointer, shim_SSL_OP_NO_TICKET)
        SSL_CTX_set_num_tickets(context.pointer, 0)
    }

    /// Sessions that clients may resume by id; about 1 KiB each.
    private static let cachedSessions = 1024

    private func takePSK() {
        SSL_CTX_set_psk_server_callback(context.pointer) { ssl, identity, key, room in
            guard let ssl, let identity, let key else { return 0 }
            let octets = UnsafeRawBufferPointer(start: identity, count: strlen(identity))
            return TLSSession.of(ssl).serverKey(for: Array(octets), key, room: Int(room))
        }
        SSL_CTX_set_psk_find_session_callback(context.pointer) { ssl, identity, length, session in
            guard let ssl, let session else { return 0 }
            session.pointee = TLSSession.of(ssl).serverSession(
                for: Array(UnsafeBufferPointer(start: identity, count: length)))
            return 1
        }
        if let hint = configuration.pskIdentityHint { SSL_CTX_use_psk_identity_hint(context.pointer, hint) }
    }

    /// A leg that faces a device.
    /// - Parameters:
    ///   - host: name or address literal to mint for when the ClientHello has no SNI: CONNECT target or upstream host.
    ///   - suspendAfterClientHello: stop there, so that the server leg can be opened first.
    package func makeSession(host: String?, suspendAfterClientHello: Bool = false) -> TLSSession {
        TLSSession(device: self, host: host.map(withoutBrackets), suspends: suspendAfterClientHello)
    }

    /// The group of DHE suites, RFC 7919: the automatic choice would be 1024 bits for PSK suites, which peers refuse.
    private static func ffdhe2048() -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "DH", nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var group: OpaquePointer?
        guard EVP_PKEY_paramgen_init(context) == 1, EVP_PKEY_CTX_set_group_name(context, "ffdhe2048") == 1,
            EVP_PKEY_paramgen(context, &group) == 1
        else { return nil }
        return group
    }
}
