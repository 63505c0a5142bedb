import COpenSSL
import COpenSSLShims
import TLSWire
import Wire

/// What a device's ClientHello offers and a server leg offers in turn, so that the session under test is the one that
/// there would be without us.
package struct TLSOffer: Sendable, Hashable {
    /// Version numbers.
    package var versions: [UInt16]
    /// Suite codes in the device's order.
    package var suites: [UInt16]
    /// Application protocols, in the device's order: those of HTTP/1.
    package var alpn: [String]
    /// The first few of the device's that are not offered: h2.
    package var withheldALPN: [String]
    /// The device says that an attempt with a higher version failed before (TLS_FALLBACK_SCSV).
    package var isFallback: Bool
    /// A TLS 1.3 server may ask for a certificate after the handshake, as some do for a part of their addresses.
    package var postHandshakeAuth: Bool

    package init(
        versions: [UInt16], suites: [UInt16], alpn: [String] = ["http/1.1"], withheldALPN: [String] = [],
        isFallback: Bool = false, postHandshakeAuth: Bool = false
    ) {
        self.versions = versions
        self.suites = suites
        self.alpn = alpn
        self.withheldALPN = withheldALPN
        self.isFallback = isFallback
        self.postHandshakeAuth = postHandshakeAuth
    }

    package init(_ hello: ClientHelloFacts) {
        let isHTTP1 = { (name: String) in name.hasPrefix("http/") && name.utf8.count < 256 }
        self.init(
            versions: hello.versions, suites: hello.suites, alpn: Array(hello.alpn.filter(isHTTP1).prefix(8)),
            withheldALPN: Array(hello.alpn.filter { !isHTTP1($0) }.prefix(4)), isFallback: hello.isFallback,
            postHandshakeAuth: hello.postHandshakeAuth)
    }
}

extension SSLContext {
    /// Limits a context to an offer. Suites that libssl lacks are left out; where no version or no suite is left, the
    /// context's own stand.
    func offer(_ offer: TLSOffer) {
        let names = offer.alpn.flatMap { [UInt8(truncatingIfNeeded: $0.utf8.count)] + Array($0.utf8) }
        SSL_CTX_set_alpn_protos(pointer, names, UInt32(names.count))
        // Without a certificate too: the server then says that it wants one, and the log that there is none.
        if offer.postHandshakeAuth { SSL_CTX_set_post_handshake_auth(pointer, 1) }
        if limitVersions(offer.versions) { limitSuites(offer.suites) }
        ERR_clear_error()
    }

    private func limitVersions(_ versions: [UInt16]) -> Bool {
        let low = UInt16(SSL_CTX_ctrl(pointer, SSL_CTRL_GET_MIN_PROTO_VERSION, 0, nil))
        let high = UInt16(SSL_CTX_ctrl(pointer, SSL_CTRL_GET_MAX_PROTO_VERSION, 0, nil))
        let usable = versions.filter { $0 >= low && $0 <= high }
        guard let least = usable.min(), let greatest = usable.max() else { return false }
        shim_SSL_CTX_set_min_proto_version(pointer, Int32(least))
        shim_SSL_CTX_set_max_proto_version(pointer, Int32(greatest))
        return true
    }

    private func limitSuites(_ codes: [UInt16]) {
        guard let ssl = SSL_new(pointer) else { return }
        defer { SSL_free(ssl) }
        var old: [String] = []
        var new: [String] = []
        for code in codes {
            guard let name = openSSLName(ofSuite: code, ssl) else { continue }
            if code >> 8 == 0x13 { new.append(name) } else { old.append(name) }
        }
        if !old.isEmpty { SSL_CTX_set_cipher_list(pointer, old.joined(separator: ":") + ":@SECLEVEL=0") }
        if !new.isEmpty { SSL_CTX_set_ciphersuites(pointer, new.joined(separator: ":")) }
    }
}

extension TLSSession {
    /// Prefers a suite to all others that the context has, whatever the device's order.
    func prefer(suite code: UInt16) {
        guard code != preferredByDevice, let name = openSSLName(ofSuite: code, ssl) else { return }
        SSL_set_options(ssl, shim_SSL_OP_CIPHER_SERVER_PREFERENCE)
        if code >> 8 == 0x13 {
            SSL_set_ciphersuites(ssl, ([name] + SSLContext.suitesOfTLS13).joined(separator: ":"))
        } else if case .device(let context) = side {
            SSL_set_cipher_list(ssl, "\(name):\(context.configuration.suites ?? SSLContext.allSuites):@SECLEVEL=0")
        }
        ERR_clear_error()
    }

    /// The suite of TLS 1.3 that is chosen where the device's order decides; the certificate has no say in it.
    private var preferredByDevice: UInt16? {
        clientHello?.suites.first { $0 >> 8 == 0x13 && openSSLName(ofSuite: $0, ssl) != nil }
    }
}

/// libssl's name of a suite; nil where it lacks that.
func openSSLName(ofSuite code: UInt16, _ ssl: OpaquePointer) -> String? {
    guard let cipher = SSL_CIPHER_find(ssl, [UInt8(code >> 8), UInt8(code & 0xFF)]) else { return nil }
    return SSL_CIPHER_get_name(cipher).map { String(cString: $0) }
}
