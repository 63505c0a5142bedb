import TestSupport
import Testing
import Wire

@Suite struct RawSpanTests {
    @Test(
        arguments: [
            ("./DevInfo/Man", 0..<13, 2), ("./DevInfo/Man", 3..<13, nil), ("./DevInfo", 0..<8, nil),
            ("DevInfo", 0..<7, 0), ("./A", 0..<3, nil), ("", 0..<0, nil), ("DevInf DevInfo", 0..<14, 7),
        ] as [(String, Range<Int>, Int?)])
    func whereALiteralStands(_ text: String, _ range: Range<Int>, _ at: Int?) {
        #expect(Array(text.utf8).span.bytes.firstIndex(of: "DevInfo", in: range) == at)
    }

    /// What a terminal shows nothing of, and characters beside it.
    @Test(arguments: [
        ("\u{200A}", false), ("\u{200B}", true), ("\u{200F}", true), ("\u{2010}", false), ("\u{2027}", false),
        ("\u{2028}", true), ("\u{202E}", true), ("\u{202F}", false), ("\u{2065}", false), ("\u{2066}", true),
        ("\u{2069}", true), ("\u{206A}", false), ("\u{FEFF}", true), ("\u{FEFE}", false), ("€", false),
    ])
    func misleadingCharacters(_ text: String, _ misleads: Bool) {
        #expect(Array(text.utf8).span.bytes.misleads(at: 0) == misleads)
    }
}
