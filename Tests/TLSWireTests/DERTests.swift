import TestSupport
import Testing

@testable import TLSWire

@Suite struct DERTests {
    @Test(
        arguments: [
            ("2A", "1.2"), ("2A864886F70D01010B", "1.2.840.113549.1.1.11"), ("883703", "2.999.3"), ("27", "0.39"),
            ("2A 818000", "1.2.16384"), ("2A FFFFFFFFFFFFFFFF7F", "1.2.9223372036854775807"),
            // Empty, ends inside a number, a number past 63 bits; zeros before a number (X.690 8.19.2), the first and others.
            ("", nil), ("2A86", nil), ("2A80", nil), ("2A 81808080808080808000", nil), ("802A", nil),
            ("5504 8003", nil),
            ("5504 808003", nil),
        ] as [(String, String?)])
    func objectIdentifiers(_ octets: String, _ text: String?) {
        #expect(dottedIdentifier(hex(octets).span.bytes) == text)
    }

    @Test func objectIdentifiersAreBounded() {
        for (count, isRead) in [(64, true), (65, false)] {
            #expect((dottedIdentifier([UInt8](repeating: 1, count: count).span.bytes) != nil) == isRead)
        }
    }

    /// Sets of a Name and attributes of a set: as many as any certificate has, and no more than a hostile one may make us keep.
    @Test(arguments: [(64, 1, true), (65, 1, false), (1, 12, true), (1, 16, true), (1, 17, false)])
    func namesAreBounded(_ sets: Int, _ attributes: Int, _ isRead: Bool) {
        let attribute = hex("30 08 06 03 550403 0C 01 'a'")
        let content = Array(repeating: attribute, count: attributes).flatMap(\.self)
        let length = content.count < 0x80 ? [UInt8(content.count)] : [0x81, UInt8(content.count)]
        let name = Array(repeating: [DERValue.set] + length + content, count: sets).flatMap(\.self)
        let whole = DERValue(tag: DERValue.sequence, content: 0..<name.count, whole: 0..<name.count)
        let text = Array(repeating: Array(repeating: "CN=a", count: attributes).joined(separator: "+"), count: sets)
        #expect(distinguishedName(whole, in: name.span.bytes) == (isRead ? text.joined(separator: ", ") : nil))
    }
}
