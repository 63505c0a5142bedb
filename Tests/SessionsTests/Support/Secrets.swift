import TestSupport
import Wire

@testable import Sessions

/// What tests prove themselves with.
enum Secret {
    static let nonce = "MDEyMzQ1Njc4OWFiY2RlZg=="
    static let other = "ZmVkY2JhOTg3NjU0MzIxMA=="
    static let fourth = "EBESExQVFhcYGRobHB0eHw=="
    static let third = "AAECAwQFBgcICQoLDA0ODw=="
    static let digest = DMDigest(md5: { TestSupport.md5($0) })

    /// Data of a Cred of auth-md5; the nonce is given in base64.
    static func md5(_ user: String = "Bruce2", _ password: String = "OhBehave", nonce: String) -> String {
        cred(user, password, Base64.decode(nonce) ?? [])
    }

    static func cred(_ user: String, _ password: String, _ nonce: [UInt8]) -> String {
        Base64.encode(digest.cred(secret: digest.secret(Array(user.utf8), Array(password.utf8)), nonce: nonce))
    }

    /// The digest of package 0.
    static func notification(_ user: String, _ password: String, nonce: String, _ trigger: [UInt8]) -> [UInt8] {
        digest.mac(
            secret: digest.secret(Array(user.utf8), Array(password.utf8)), nonce: Base64.decode(nonce) ?? [],
            body: trigger)
    }

    static func basic(_ user: String = "Bruce2", _ password: String = "OhBehave") -> String {
        Base64.encode(Array("\(user):\(password)".utf8))
    }

    /// Value of x-syncml-hmac.
    static func mac(
        _ user: String = "Bruce2", _ password: String = "OhBehave", nonce: String, _ body: [UInt8]
    ) -> String {
        let mac = digest.mac(
            secret: digest.secret(Array(user.utf8), Array(password.utf8)), nonce: Base64.decode(nonce) ?? [], body: body
        )
        return "algorithm=MD5, username=\"\(user)\", mac=\(Base64.encode(mac))"
    }
}
