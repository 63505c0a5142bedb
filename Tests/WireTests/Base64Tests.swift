import TestSupport
import Testing
import Wire

@Suite struct Base64Tests {
    /// RFC 4648 section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func vectors(_ plain: String, _ encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test func everyOctet() {
        let octets = (0...255).map { UInt8($0) }
        #expect(Base64.decode(Base64.encode(octets)) == octets)
    }

    @Test(arguments: [("Zm8", "666F"), ("Zg", "66"), (" Zm\r\n8 =", "666F"), ("+/+/", "FBFFBF")])
    func tolerated(_ text: String, _ octets: String) { #expect(Base64.decode(text) == hex(octets)) }

    @Test(arguments: [
        "Z", "Zm9vY", "Zm9v=", "Z=8=", "Zg==Zg==", "Z=g=", "Zh==", "Zm9=", "Z-8=", "Zmé", "====", "Zg===",
    ])
    func refused(_ text: String) { #expect(Base64.decode(text) == nil) }
}
