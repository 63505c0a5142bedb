import TestSupport
import Testing
import Wire

@Suite struct IPTextTests {
    @Test(arguments: [
        ("c0000201", "192.0.2.1"),
        ("20010db8 00000000 00000000 00000001", "2001:db8::1"),
        ("00000000 00000000 00000000 00000001", "::1"),
        ("00000000 00000000 00000000 00000000", "::"),
        ("20010db8 00000001 00010001 00010001", "2001:db8:0:1:1:1:1:1"),
        ("20010000 00000001 00000000 00000001", "2001:0:0:1::1"),
        ("20010db8 00010000 00000000 00000000", "2001:db8:1::"),
        ("00000000 00000000 0000ffff c0000280", "::ffff:192.0.2.128"),
    ]) func text(_ octets: String, _ expected: String) { #expect(IPText.string(hex(octets)) == expected) }

    @Test func otherLengthsAreNoAddress() {
        #expect(IPText.string([]) == nil)
        #expect(IPText.string([1, 2, 3, 4, 5]) == nil)
    }
}
