import ContentCoding
import Inspection
import TestSupport
import Testing
import Wire

@Suite struct DigestsTests {
    /// RFC 1321 A.5 and FIPS 180-2 B.
    @Test(arguments: [
        (
            "", "d41d8cd98f00b204e9800998ecf8427e",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        ),
        (
            "abc", "900150983cd24fb0d6963f7d28e17f72",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        ),
        (
            "message digest", "f96b697d7cb7938d525a2f31aaf161d0",
            "f7846f55cf23e14eebeab5b4e1550cad5b509e3348fbc4efa3a1413d393cb650"
        ),
    ])
    func matchesTheVectors(_ text: String, _ md5: String, _ sha256: String) {
        let octets = Array(text.utf8)
        #expect(ContentCoding.md5(octets) == hex(md5))
        #expect(ContentCoding.sha256(octets) == hex(sha256))
        var digest = SHA256Digest()
        for pieces in splits(octets.count) {
            for piece in pieces { digest.update(octets.span.bytes.extracting(piece)) }
            #expect(digest.finish() == hex(sha256))
        }
    }

    /// RFC 2202 3, and a key of no octets.
    @Test(arguments: [
        (String(repeating: "0b", count: 20), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
        ("4a656665", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        (
            String(repeating: "aa", count: 80), "Test Using Larger Than Block-Size Key - Hash Key First",
            "aa4ae5e15272d00e95705637ce8a3b55ed402112"
        ),
        ("", "", "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d"),
    ])
    func hmacMatchesTheVectors(_ key: String, _ text: String, _ mac: String) {
        #expect(ContentCoding.hmacSHA1(key: hex(key), Array(text.utf8)) == hex(mac))
    }

    @Test func aDigestOfItsOwnForEachMaker() {
        let facilities = Facilities.libraries { _, _, _ in MarkupDocument(.xml) }
        var one = facilities.sha256()
        var other = facilities.sha256()
        one.update(Array("abc".utf8).span.bytes)
        other.update(Array("message digest".utf8).span.bytes)
        #expect(one.finish() == ContentCoding.sha256(Array("abc".utf8)))
        #expect(other.finish() == ContentCoding.sha256(Array("message digest".utf8)))
        #expect(facilities.md5(Array("abc".utf8)) == ContentCoding.md5(Array("abc".utf8)))
        #expect(facilities.inflate([1], "identity", 1) == .done([1]))
    }
}
