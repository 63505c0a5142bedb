import SyncML
import TestSupport
import Testing
import Wire

/// What the scanner reads itself, and what it leaves to the full reader, which tells what is wrong. How both read the same
/// is in ScannerDifferenceTests.
@Suite struct XMLScannerTests {
    private func scanned(_ octets: [UInt8]) -> String? {
        XMLScanner.scan(octets, limits: Limits()).map { document in
            var out: [UInt8] = []
            XMLRenderer.renderCompact(document, into: &out)
            return String(decoding: out, as: UTF8.self)
        }
    }

    @Test(arguments: [
        ("<Data/>", "<Data/>"), (" <!--a-->\n<Data/> <!--b--> ", "<Data/>"),
        ("<Data a='x&amp;y&#65;z' b='&lt;'/>", "<Data a=\"x&amp;yAz\" b=\"&lt;\"/>"), ("<Data></Data \n>", "<Data/>"),
        ("<Data>a<![CDATA[<b>]]>c<!-- - -->d</Data>", "<Data>a&lt;b&gt;cd</Data>"),
        ("<Data>😀€ä</Data>", "<Data>😀€ä</Data>"), ("<Data><?xmm a b?></Data>", "<Data><?xmm a b?></Data>"),
        ("<p:a xmlns:p='u' p:b='1'/>", "<p:a xmlns:p=\"u\" p:b=\"1\"/>"),
        ("<p:a xmlns:p='u' p:b='1'></p:a>", "<p:a xmlns:p=\"u\" p:b=\"1\"/>"),
    ])
    func whatIsRead(_ text: String, _ expected: String) { #expect(scanned(Array(text.utf8)) == expected) }

    @Test(arguments: [
        // Tags that do not match; names that are none.
        "<Meta><Data></Dato></Meta>", "<Meta><Data></Datas></Meta>", "<Meta><LocURIabcd></LocURIabce></Meta>",
        "<a:></a:>", "<a: xmlns:a='u'></a:>", "<:a/>", "<Data></Data x>",
        // Prefixes that nothing declares where they stand.
        "<Data p:a='1'/>", "<Data p:a='1'></Data>", "<r><a xmlns:p='u'/><p:c/></r>",
        "<r><a xmlns:p='u'></a><p:c/></r>",
        // Processing instructions.
        "<Data><?xml b?></Data>", "<Data><?XmL b?></Data>", "<Data><?a  b?></Data>",
        // Comments and what follows the root.
        "<Data><!-- a -- b --></Data>", "<Data/><Data/>", "<Data/><", "<Data/>x",
        // Characters that XML does not have.
        "<Data>\u{1}</Data>", "<Data>\u{FFFE}</Data>", "<Data a='\u{1}'/>", "<Data><!--\u{1}--></Data>",
        "<Data>&x;</Data>",
        "<Data>]]></Data>",
    ])
    func whatIsLeft(_ text: String) { #expect(scanned(Array(text.utf8)) == nil) }

    @Test(arguments: ["<Data>%</Data>", "<Data a='%'/>", "<Data><?a %?></Data>", "<Data><!--%--></Data>"])
    func octetsThatAreNoUTF8AreLeft(_ text: String) {
        for wrong: [UInt8] in [[0xFF], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80]] {
            #expect(scanned(text.utf8.flatMap { $0 == UInt8(ascii: "%") ? wrong : [$0] }) == nil)
        }
    }

    /// Wherever it breaks off.
    @Test func brokenOffDocumentsAreLeft() {
        let whole = Array(
            "<?xml version='1.0' encoding='utf-8'?><!--a--><?b c?><p:a xmlns:p='u' b='&amp;'>d&lt;€<e/><![CDATA[f]]></p:a >"
                .utf8)
        #expect(scanned(whole) != nil)
        for count in 0..<whole.count { #expect(scanned(Array(whole[..<count])) == nil, "\(count)") }
    }

    private func declaration(_ text: String) -> XMLDeclaration? {
        let octets = Array(text.utf8)
        return XMLDeclaration(octets.span.bytes, at: 0)
    }

    private static let longest = String(repeating: "a", count: 40)

    @Test(
        arguments: [
            ("", nil), (" encoding='UTF-8'", "utf-8"), (" encoding='ISO_8859-1'", "iso_8859-1"),
            (" encoding=\"a.b\" standalone='yes'", "a.b"), (" encoding='\(longest)'", longest),
        ] as [(String, String?)])
    func declarations(_ attributes: String, _ encoding: String?) throws {
        let text = "<?xml version='1.0'\(attributes)?>"
        let read = try #require(declaration(text))
        #expect(read.encoding == encoding && read.isVersion10 && read.end == text.utf8.count)
    }

    @Test(arguments: [
        " encoding=''", " encoding='8859-1'", " encoding='-a'", " encoding='a b'", " encoding='é'", " standalone='1'",
        " encoding='\(longest)a'", " standalone='yes' encoding='utf-8'", "encoding='utf-8'",
    ])
    func noDeclarations(_ attributes: String) {
        #expect(declaration("<?xml version='1.0'\(attributes)?>") == nil)
    }
}
