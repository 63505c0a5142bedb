import Testing
import Wire

@Suite struct Base64InspectTests {
    @Test(
        arguments: [
            ("QUJD", "ABC", []), ("QUI=", "AB", []), ("QQ==", "A", []), ("", "", []), ("QUI", "AB", [.paddingMissing]),
            ("QQ=", "A", [.paddingMissing]), ("QUJD=", "ABC", [.paddingExtra]), ("QQ===", "A", [.paddingExtra]),
            ("QUI=QUJD", nil, [.paddingMissing, .paddingExtra, .cut]), ("QU\nJD", "ABC", [.whiteSpace]),
            ("_-8=", nil, [.urlAlphabet]),
            ("QUJDQ", nil, [.cut]), ("QUJDQ==", nil, [.cut]), ("QR==", nil, [.cut]), ("Q!UJD", nil, [.foreign]),
            ("=", "", [.paddingExtra]),
        ] as [(String, String?, Base64.Problems)])
    func tellsWhatIsOdd(_ text: String, _ expected: String?, _ problems: Base64.Problems) {
        let read = Base64.inspect(text)
        #expect(read.problems == problems)
        if let expected {
            #expect(read.octets.map { String(decoding: $0, as: UTF8.self) } == expected)
        } else {
            #expect((read.octets == nil) == !problems.isReadable)
        }
    }
}
