import HTTPWire
import Testing
import Wire

@Suite struct CharsetTests {
    @Test(arguments: [
        ("UTF-8", "utf-8"), ("csUTF8", "utf-8"), ("ANSI_X3.4-1986", "us-ascii"), ("l1", "iso-8859-1"),
        ("ISO_8859-1:1987", "iso-8859-1"), ("csUnicode", "utf-16"), ("cswindows1252", "windows-1252"),
        ("MS936", "gbk"), ("x-unknown", "x-unknown"),
    ])
    func hasOneName(_ name: String, _ canonical: String) { #expect(Charset.canonical(name) == canonical) }

    @Test(arguments: [
        ("us-ascii", "utf8", true), ("UTF-16", "utf-16le", true), ("utf-16be", "utf-16le", false),
        ("latin1", "ISO-8859-1", true), ("iso-8859-1", "us-ascii", false), ("Shift_JIS", "Windows-31J", true),
        ("ucs-2", "utf-16le", true), ("gb2312", "gbk", false),
    ])
    func agrees(_ a: String, _ b: String, _ agree: Bool) { #expect(Charset.agree(a, b) == agree) }
}
