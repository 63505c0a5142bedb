import TLSDecryption
import TLSWire
import TestSupport
import Testing
import Wire

@Suite struct KeyDerivationTests {
    /// The vector for P_SHA256 that was posted to the IETF TLS working group.
    @Test func tls12() {
        let output = KeyDerivation.prf(
            .sha256, hex("9bbe436ba940f017b17652849a71db35"), "test label", hex("a0ba9f936cda311827a6f796ffd5198c"), 100
        )
        #expect(
            output
                == hex(
                    """
                    e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af
                    0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701
                    87347b66
                    """))
    }

    /// The master secret of a vector in NIST's CAVP for TLS 1.0.
    @Test func tls10() {
        let output = KeyDerivation.prf(
            nil,
            hex(
                "bded7fa5c1699c010be23dd06ada3a48349f21e5f86263d512c0c5cc379f0e780ec55d9844b2f1db02a96453513568d0"),
            "master secret",
            hex(
                """
                e5acaf549cd25c22d964c0d930fa4b5261d2507fad84c33715b7b9a864020693
                135e4d557fdf3aa6406d82975d5c606a9734c9334b42136e96990fbd5358cdb2
                """), 48)
        #expect(
            output
                == hex(
                    "2f6962dfbc744c4b2138bb6b3d33054c5ecc14f24851d9896395a44ab3964efc2090c5bf51a0891209f46c1e1e998f62"))
    }

    /// RFC 8448 3.
    @Test func tls13() {
        let secret = hex("b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21")
        #expect(
            KeyDerivation.expandLabel(.sha256, secret, "key", 16) == hex("dbfaa693d1762c5b666af5d950258d01"))
        #expect(KeyDerivation.expandLabel(.sha256, secret, "iv", 12) == hex("5bd3c71b836e0b76bb73265f"))
    }

    @Test func lengthsAreMet() {
        for count in [0, 1, 16, 47, 48, 49, 136] {
            #expect(KeyDerivation.prf(nil, [1, 2, 3], "x", [4], count).count == count)
            #expect(KeyDerivation.prf(.sha384, [], "x", [], count).count == count)
            #expect(KeyDerivation.ssl3([1, 2, 3], [4], count).count == count)
            #expect(KeyDerivation.expandLabel(.sha384, [1], "x", count).count == count)
        }
    }
}
