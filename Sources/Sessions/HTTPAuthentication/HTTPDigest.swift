import HTTPWire
import Wire

/// The digests of HTTP Digest authentication, RFC 2617 3.2.2 (and RFC 2069, which is that without qop).
struct HTTPDigest {
    let md5: @Sendable ([UInt8]) -> [UInt8]
    /// Of the credentials, as written there.
    let realm: [UInt8]
    let nonce: [UInt8]
    let cnonce: [UInt8]
    let nonceCount: [UInt8]
    /// Nil without qop.
    let qop: String?
    let isSession: Bool

    init(_ credentials: Authentication, md5: @escaping @Sendable ([UInt8]) -> [UInt8]) {
        func octets(_ name: String) -> [UInt8] { Array((credentials[name] ?? "").utf8) }
        self.md5 = md5
        realm = octets("realm")
        nonce = octets("nonce")
        cnonce = octets("cnonce")
        nonceCount = octets("nc")
        qop = credentials["qop"]?.lowercased()
        isSession = credentials["algorithm"]?.lowercased() == "md5-sess"
    }

    /// H of the parts joined by colons, as lower-case hexadecimal digits.
    private func hash(_ parts: [[UInt8]]) -> [UInt8] {
        Array(Hex.lower(md5(Array(parts.joined(separator: [0x3A])))).utf8)
    }

    /// `method` is empty for rspauth. `body` counts under qop auth-int alone.
    func response(
        user: [UInt8], password: [UInt8], realm: [UInt8]? = nil, method: [UInt8], uri: [UInt8], body: [UInt8],
        withoutQop: Bool = false
    ) -> [UInt8] {
        var secret = hash([user, realm ?? self.realm, password])
        if isSession { secret = hash([secret, nonce, cnonce]) }
        let what =
            qop == "auth-int"
            ? hash([method, uri, Array(Hex.lower(md5(body)).utf8)]) : hash([method, uri])
        guard let qop, !withoutQop else { return hash([secret, nonce, what]) }
        return hash([secret, nonce, nonceCount, cnonce, Array(qop.utf8), what])
    }
}
