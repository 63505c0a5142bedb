import Testing
import Wire

@Suite struct ClippedTextTests {
    @Test(arguments: [
        ("", 3, ""), ("abc", 3, "abc"), ("abcd", 3, "abc…"), ("äöü", 3, "äöü"), ("äöüß", 3, "äöü…"), ("ab", 0, "…"),
        // One character of two scalars, and of seven.
        ("abe\u{301}", 3, "ab…"), ("abe\u{301}", 4, "abe\u{301}"), ("ab\r\nd", 3, "ab…"), ("a\nbc", 2, "a\n…"),
        ("👨‍👩‍👧‍👦", 7, "👨‍👩‍👧‍👦"), ("👨‍👩‍👧‍👦a", 7, "👨‍👩‍👧‍👦…"), ("ab👨‍👩‍👧‍👦", 7, "ab…"),
        // Longer than what is shown.
        ("e\u{301}\u{301}\u{301}\u{301}", 3, "e\u{301}\u{301}…"),
    ])
    func whatIsLeftOutHasAMark(_ text: String, _ most: Int, _ shown: String) {
        #expect(Array(text.clipped(to: most).unicodeScalars) == Array(shown.unicodeScalars))
        #expect(String(clipping: Array(text.utf8), to: most).unicodeScalars.elementsEqual(shown.unicodeScalars))
    }

    @Test func octetsThatAreNoText() {
        #expect(String(clipping: [0x61, 0xFF, 0x62], to: 2) == "a\u{FFFD}…")
        #expect(String(clipping: [UInt8](repeating: 0xF0, count: 100), to: 2) == "\u{FFFD}\u{FFFD}…")
        #expect(String(clipping: Array(String(repeating: "𝄞", count: 9).utf8), to: 3) == "𝄞𝄞𝄞…")
    }
}
