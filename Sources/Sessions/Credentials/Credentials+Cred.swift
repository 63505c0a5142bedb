import Wire

extension Credentials {
    /// The content of Cred by which a device proves itself to a server, in base64; nil where no entry fits, or the type is
    /// not one that is computed without the message (syncml:auth-MAC).
    /// - Parameters:
    ///   - type: what the server's challenge asks for: `syncml:auth-basic`, `syncml:auth-md5`.
    ///   - nonce: octets of NextNonce; the entry's own where it is empty.
    ///   - mayBeReadable: auth-basic, from which anyone on the path reads the password, may be used.
    package func cred(
        _ type: String, nonce: [UInt8], device: String, server: String, mayBeReadable: Bool,
        md5: @escaping @Sendable ([UInt8]) -> [UInt8]
    ) -> String? {
        guard let entry = entry(.client, names: [device], peers: [server]) else { return nil }
        switch type {
        case "syncml:auth-basic":
            return mayBeReadable ? Base64.encode(DMDigest.basic(entry.user, entry.password)) : nil
        case "syncml:auth-md5":
            let digest = DMDigest(md5: md5)
            let inForce = nonce.isEmpty ? entry.nonce ?? [] : nonce
            return Base64.encode(digest.cred(secret: digest.secret(entry.user, entry.password), nonce: inForce))
        default: return nil
        }
    }
}
