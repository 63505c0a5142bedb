import Synchronization
import TestSupport
import Testing
import Wire

@testable import Sessions

/// The worked values of DM authentication: Bruce2 and OhBehave.
@Suite struct DigestTests {
    private let digest = DMDigest(md5: { md5($0) })
    private var secret: [UInt8] { digest.secret(Array("Bruce2".utf8), Array("OhBehave".utf8)) }

    @Test(arguments: [
        ("", "d41d8cd98f00b204e9800998ecf8427e"), ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        (
            "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
            "57edf4a22be3c955ac49da2e2107b67a"
        ),
    ])
    func md5OfRFC1321(_ text: String, _ wanted: String) { #expect(Hex.lower(md5(Array(text.utf8))) == wanted) }

    @Test func basic() {
        #expect(Base64.encode(DMDigest.basic(Array("Bruce2".utf8), Array("OhBehave".utf8))) == "QnJ1Y2UyOk9oQmVoYXZl")
    }

    @Test func inner() { #expect(String(decoding: secret, as: UTF8.self) == "PtEdr8lBQ45IbT1bZIkrOQ==") }

    @Test(arguments: [
        (Array("Nonce".utf8), "Zz6EivR3yeaaENcRN6lpAQ=="),
        (hex("2c6de265086176628d1e"), "LAK2i25Fh0nxxGGaAzRRpg=="),
        (Array("LG3iZQhhdmKNHg==".utf8), "kpKgquN4uuyvg2Io01gZ5A=="),
        ([], "lEf25jyjHbCcTbj4p/1pUw=="),
        ([0, 0, 0, 0], "cnPI6nO9RgujiHU0y58kNA=="),
        (Array("0x00000000".utf8), "/rEaWnNuFj+omqNv8Zls6w=="),
        (Array("00000000".utf8), "IJA3Mqkm9NfJ8yLpz1c7gg=="),
    ])
    func cred(_ nonce: [UInt8], _ wanted: String) {
        #expect(Base64.encode(digest.cred(secret: secret, nonce: nonce)) == wanted)
    }

    @Test func bodyDigest() {
        let body = Array("<SyncML xmlns='SYNCML:SYNCML1.2'></SyncML>".utf8)
        #expect(String(decoding: digest.text(md5(body)), as: UTF8.self) == "H3xwy8pX1UqPHmyp+R/yyg==")
        #expect(
            String(decoding: digest.text(md5(hex("02a4016a002d"))), as: UTF8.self) == "E8mvNKp4khM2/mFQCtCNog==")
    }

    @Test(arguments: [
        (Array("<SyncML xmlns='SYNCML:SYNCML1.2'></SyncML>".utf8), Array("Nonce".utf8), "6AZk96DG6F0jSIaEpbK4Ng=="),
        (
            Array("<SyncML xmlns='SYNCML:SYNCML1.2'></SyncML>".utf8), hex("2c6de265086176628d1e"),
            "zkMzIvz+qvb2/PZLDErc7Q=="
        ),
        (hex("02a4016a002d"), Array("Nonce".utf8), "5Um/a2y7yF6xA0J8REhclg=="),
        (hex("02a4016a002d"), hex("2c6de265086176628d1e"), "Y/IwMHgf/bg+XvYAIbRGsQ=="),
    ])
    func mac(_ body: [UInt8], _ nonce: [UInt8], _ wanted: String) {
        #expect(Base64.encode(digest.mac(secret: secret, nonce: nonce, body: body)) == wanted)
    }

    // MARK: Searching

    private func search(_ nonces: [[UInt8]]) -> DigestSearch {
        DigestSearch(
            digest: digest,
            names: [.init(words: "", octets: Array("Bruce2".utf8)), .init(words: "other name", octets: [1])],
            passwords: [.init(words: "", octets: Array("OhBehave".utf8)), .init(words: "other password", octets: [2])],
            nonces: nonces.enumerated().map { .init(words: "nonce \($0.offset)", octets: $0.element) })
    }

    @Test func oneInputDiffers() {
        let nonce = hex("2c6de265086176628d1e")
        let search = search([nonce, Array("Nonce".utf8)])
        #expect(search.search(digest.cred(secret: secret, nonce: nonce)) == .verified)
        #expect(
            search.search(digest.cred(secret: secret, nonce: Array("Nonce".utf8)))
                == .differs([.init(part: .nonce, choice: 1, words: "nonce 1")]))
        let stranger = digest.secret([1], Array("OhBehave".utf8))
        #expect(
            search.search(digest.cred(secret: stranger, nonce: nonce))
                == .differs([.init(part: .name, choice: 1, words: "other name")]))
        #expect(
            search.search(digest.cred(secret: stranger, nonce: Array("Nonce".utf8)))
                == .differs([
                    .init(part: .name, choice: 1, words: "other name"),
                    .init(part: .nonce, choice: 1, words: "nonce 1"),
                ]))
        #expect(search.search(md5([9])) == .unknown)
    }

    /// The formula of SyncML 1.0, as in the specification's example of the header.
    @Test func oldFormula() {
        let found = search([Array("Nonce".utf8)]).search(hex("52692a000661890bd75e17da7ffbbe39"))
        #expect(
            found == .differs([.init(part: .formula, choice: 1, words: "that of SyncML 1.0, without the inner digest")])
        )
    }

    @Test func everyFlippedBitOfTheNonceIsFound() {
        let nonce = hex("2c6de265086176628d1e")
        let search = search([nonce])
        for at in nonce.indices {
            for bit in 0..<8 {
                var changed = nonce
                changed[at] ^= 1 << UInt8(bit)
                guard case .differs(let differences) = search.search(digest.cred(secret: secret, nonce: changed)) else {
                    Issue.record("bit \(bit) of octet \(at)")
                    continue
                }
                #expect(differences.map(\.part) == [.nonce])
            }
        }
    }

    @Test func everyFlippedBitOfTheNameIsFound() {
        let nonce = hex("2c6de265086176628d1e")
        let name = Array("Bruce2".utf8)
        for at in name.indices {
            for bit in 0..<8 {
                var changed = name
                changed[at] ^= 1 << UInt8(bit)
                let other = digest.secret(changed, Array("OhBehave".utf8))
                guard case .differs(let differences) = search([nonce]).search(digest.cred(secret: other, nonce: nonce))
                else {
                    Issue.record("bit \(bit) of octet \(at)")
                    continue
                }
                #expect(differences.map(\.part) == [.name])
            }
        }
    }

    @Test func everyFlippedBitOfTheDigestIsFound() {
        let nonce = hex("2c6de265086176628d1e")
        let right = digest.cred(secret: secret, nonce: nonce)
        for at in right.indices {
            for bit in 0..<8 {
                var changed = right
                changed[at] ^= 1 << UInt8(bit)
                #expect(search([nonce]).search(changed) == .damaged(bits: 1))
            }
        }
    }

    /// A body may have megabytes, and a search tries hundreds of inputs.
    @Test func aBodyIsHashedOnce() {
        let hashed = Mutex(0)
        let counting = DMDigest(md5: { octets in
            hashed.withLock { $0 += octets.count }
            return md5(octets)
        })
        let body = [UInt8](repeating: 0x61, count: 50_000)
        let search = DigestSearch(
            digest: counting, names: (0..<4).map { .init(words: "name \($0)", octets: [$0]) },
            passwords: (0..<4).map { .init(words: "password \($0)", octets: [$0]) },
            nonces: (0..<4).map { .init(words: "nonce \($0)", octets: [$0]) },
            bodies: [.init(words: "", octets: body), .init(words: "as sent", octets: body + [1])])
        #expect(search.search(md5([9])) == .unknown)
        let inputs = hashed.withLock { $0 }
        #expect(inputs > 2 * body.count && inputs < 4 * body.count, "\(inputs) octets were hashed")
    }
}
