import COpenSSL
import COpenSSLShims
import TLSWire
import Wire

/// Faithful legs: versions and suites of one leg as the peer of the other has them.
extension TLSSession {
    /// Limits a server leg that has not started to what the device offered. Suites that libssl lacks are left out; when
    /// none is left the context's own stand, and false is returned.
    /// - Parameter alpn: whether the device offered application protocols; we do as it does.
    @discardableResult
    package func offer(versions: [UInt16], suites: [UInt16], alpn: Bool = true) -> Bool {
        if !alpn { SSL_set_alpn_protos(ssl, nil, 0) }
        return limitVersions(versions) && limitSuites(suites)
    }

    private func limitVersions(_ versions: [UInt16]) -> Bool {
        let low = UInt16(SSL_ctrl(ssl, SSL_CTRL_GET_MIN_PROTO_VERSION, 0, nil))
        let high = UInt16(SSL_ctrl(ssl, SSL_CTRL_GET_MAX_PROTO_VERSION, 0, nil))
        let usable = versions.filter { $0 >= low && $0 <= high }
        guard let least = usable.min(), let greatest = usable.max() else { return false }
        shim_SSL_set_min_proto_version(ssl, Int32(least))
        shim_SSL_set_max_proto_version(ssl, Int32(greatest))
        return true
    }

    private func limitSuites(_ codes: [UInt16]) -> Bool {
        var old: [String] = []
        var new: [String] = []
        for code in codes {
            guard let name = openSSLName(ofSuite: code) else { continue }
            if code >> 8 == 0x13 { new.append(name) } else { old.append(name) }
        }
        guard !old.isEmpty || !new.isEmpty else { return false }
        if !old.isEmpty { SSL_set_cipher_list(ssl, old.joined(separator: ":") + ":@SECLEVEL=0") }
        if !new.isEmpty { SSL_set_ciphersuites(ssl, new.joined(separator: ":")) }
        ERR_clear_error()
        return true
    }
    /// Prefers a suite to all others that the context has, whatever the device's order.
    func prefer(suite code: UInt16) {
        guard let name = openSSLName(ofSuite: code) else { return }
        SSL_set_options(ssl, shim_SSL_OP_CIPHER_SERVER_PREFERENCE)
        if code >> 8 == 0x13 {
            SSL_set_ciphersuites(ssl, ([name] + SSLContext.suitesOfTLS13).joined(separator: ":"))
        } else if case .device(let context) = side {
            SSL_set_cipher_list(ssl, "\(name):\(context.configuration.suites ?? SSLContext.allSuites):@SECLEVEL=0")
        }
        ERR_clear_error()
    }

    private func openSSLName(ofSuite code: UInt16) -> String? {
        guard let cipher = SSL_CIPHER_find(ssl, [UInt8(code >> 8), UInt8(code & 0xFF)]) else { return nil }
        return SSL_CIPHER_get_name(cipher).map { String(cString: $0) }
    }
}
