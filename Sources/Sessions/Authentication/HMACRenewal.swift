import HTTPWire
import Wire

/// Computes x-syncml-hmac anew for a body that the relay changed, where the secret is known: the one with which the old
/// value was right for the old body.
package struct HMACRenewal: Sendable {
    private let credentials: Credentials
    private let digest: DMDigest

    package init(credentials: Credentials, md5: @escaping @Sendable ([UInt8]) -> [UInt8]) {
        self.credentials = credentials
        digest = DMDigest(md5: md5)
    }

    package var isPossible: Bool { !credentials.isEmpty }

    /// The header's value with its `mac` replaced; nil where no known secret made the old one.
    /// - Parameter nonces: those that the other side gave; the accounts' own and the empty one are tried as well.
    package func renew(_ value: String, old: [UInt8], new: [UInt8], nonces: [[UInt8]]) -> String? {
        let header = SyncMLHMAC(value)
        guard let mac = header.mac, let wanted = header.digest, wanted.count == 16 else { return nil }
        for entry in credentials.entries where entry.prover == .server || entry.prover == .client {
            let secret = digest.secret(entry.user, entry.password)
            for nonce in nonces + [entry.nonce ?? [], []]
            where digest.mac(secret: secret, nonce: nonce, body: old) == wanted {
                return value.replacing(mac, with: Base64.encode(digest.mac(secret: secret, nonce: nonce, body: new)))
            }
        }
        return nil
    }
}
