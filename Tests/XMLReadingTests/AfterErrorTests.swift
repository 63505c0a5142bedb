import TestSupport
import Testing
import Wire

@testable import XMLReading

/// What stands behind an error is read as if there were none: an error costs the text or the value that holds it.
@Suite struct AfterErrorTests {
    /// Of a document that has the octets in its first text; `attribute` in that element's tag.
    private func read(_ first: [UInt8], attribute: String = "", rest: [UInt8]) -> MarkupDocument {
        LibXMLReader.read(
            Array("<SyncML><LocName\(attribute)>".utf8) + first + Array("</LocName><SyncBody>".utf8) + rest
                + Array("</SyncBody></SyncML>".utf8), limits: Limits())
    }

    private func body(_ document: MarkupDocument) -> [String] {
        Array(transcript(document).drop { $0 != "<S:SyncBody" })
    }

    /// In a text, or as attributes of the element.
    private static let errors: [(text: [UInt8], attribute: String)] = [
        (Array("a&b".utf8), ""), (Array("a\u{1}b".utf8), ""), (Array("a&foo;b".utf8), ""),
        (Array("a&#0;b".utf8), ""), (Array("a]]>b".utf8), ""), (Array("a<1 b".utf8), ""), ([0x61, 0xFF, 0x62], ""),
        (Array("a\u{FFFE}b".utf8), ""), (Array("caf".utf8) + [0xE9], ""), (Array("<!-- -- -->".utf8), ""),
        (Array("<! b[0".utf8), ""), (Array("<?xml x?>".utf8), ""),
        (Array("ok".utf8), " a='1' a='2'"), (Array("ok".utf8), " a='x&y'"), (Array("ok".utf8), " a='&#0;'"),
    ]

    private static let rests = [
        "<LocURI>./A?x=1&amp;y=2</LocURI><Data>&lt;cfg&gt;1 &amp;amp; 2&lt;/cfg&gt; &quot;&apos;</Data>",
        "<Data>caf&#233; &#8364; &#x1F600; é€</Data>", "<é/><Data a='&lt;é&#233;'>&amp;</Data>&amp;<?p é?>",
        "<![CDATA[&amp;é]]>&gt;<Data>&amp;</Data>",
    ]

    @Test(arguments: errors.indices, rests) func restIsRead(_ error: Int, _ rest: String) {
        let rest = Array(rest.utf8)
        let plain = read(Array("ok".utf8), rest: rest)
        #expect(plain.complete)
        let error = AfterErrorTests.errors[error]
        let document = read(error.text, attribute: error.attribute, rest: rest)
        #expect(!document.complete)
        #expect(!document.findings.isEmpty && document.findings.allSatisfy { $0.rule == XMLRules.illFormed })
        #expect(body(document) == body(plain))
    }

    @Test func theNameOfAnInstructionIsNoUTF8() {
        let document = read(Array("<a>x<?".utf8) + [0xDC, 0xDC] + Array("0 z?></a>".utf8), rest: [])
        let texts = document.events.filter { $0.kind == .processingInstruction || $0.kind == .text }.map {
            String(decoding: document.octets($0), as: UTF8.self)
        }
        #expect(texts == ["x", "\u{FFFD}\u{FFFD}0 z"])
    }

    /// What looks like another's beginning is data of the one that began before it.
    @Test func anInstructionInsideAnother() {
        let document = read(Array("<?pq vers<?xml'".utf8) + [0x89] + Array(" x='1'?><a/>".utf8), rest: [])
        let texts = document.events.filter { $0.kind == .processingInstruction }.map {
            String(decoding: document.octets($0), as: UTF8.self)
        }
        #expect(texts == ["pq vers<?xml'\u{FFFD} x='1'"])
    }

    /// libxml2 reads `xml` as its name, though no blank follows; written as it stands it would be another one.
    @Test func theNameOfAnInstructionIsParted() {
        let document = read(Array("<?xml`y ".utf8) + [0xFF] + Array("?>".utf8), rest: [])
        let texts = document.events.filter { $0.kind == .processingInstruction }.map {
            String(decoding: document.octets($0), as: UTF8.self)
        }
        #expect(texts == ["xml `y \u{FFFD}"])
    }

    @Test func restOfMadeDocumentsIsRead() {
        var dice = Dice(17)
        let pieces = [
            "&amp;", "&lt;", "&#233;", "&#8364;", "é", "x", " ", "<Data>", "<Item b='&quot;1&amp;'/>", "<![CDATA[&é]]>",
            "<!-- c -->", "</Data>", "<?p q?>", "<LocURI>a&amp;b</LocURI>",
        ]
        for _ in 0..<300 {
            var rest = ""
            var open = 0
            for _ in 0..<Int.random(in: 0..<20, using: &dice) {
                let piece = pieces[Int.random(in: 0..<pieces.count, using: &dice)]
                if piece == "</Data>", open == 0 { continue }
                if piece == "<Data>" { open += 1 } else if piece == "</Data>" { open -= 1 }
                rest += piece
            }
            rest += String(repeating: "</Data>", count: open)
            let plain = body(read(Array("ok".utf8), rest: Array(rest.utf8)))
            for error in AfterErrorTests.errors {
                let document = read(error.text, attribute: error.attribute, rest: Array(rest.utf8))
                if body(document) != plain { Issue.record("\(error): \(rest): \(body(document))") }
            }
        }
    }

    /// Declarations and sections of other DTDs and browsers in a text: an error, and nothing behind it is lost.
    @Test(arguments: [
        ("<Data>if a <! b[0 then</Data><Get/>", ["<S:Data", "\"if a <! b[0 then\"", ">", "<S:Get", ">"]),
        (
            "<Data><![if IE]>secret<![endif]></Data><Get/>",
            [
                "<S:Data", "\"<![if IE]>secret<![endif]>\"", ">", "<S:Get", ">",
            ]
        ),
        ("<Data><!DOCTYPE a [ b ]></Data><Get/>", ["<S:Data", "\"<!DOCTYPE a [ b ]>\"", ">", "<S:Get", ">"]),
    ])
    func declarationsInTextAreKept(_ text: String, _ lines: [String]) {
        let document = LibXMLReader.read(Array("<SyncBody>\(text)</SyncBody>".utf8), limits: Limits())
        #expect(!document.complete)
        #expect(document.hasRootEnd)
        #expect(transcript(document) == ["<S:SyncBody"] + lines + [">"])
    }

    @Test(arguments: [
        ("<Get a=\"x&y=1\" b='&lt;'/>", ["@a", "=x&y=1", "@b", "=<"]),
        ("<Get b='&lt;' a='&' c='d'/>", ["@b", "=<", "@a", "=&", "@c", "=d"]),
        ("<Get a='x&foo;y&amp;'/>", ["@a", "=x&foo;y&amp;"]), ("<Get a='&#0;1'/>", ["@a", "=&#0;1"]),
        ("<Get a='1&2' a='3&amp;4'/>", ["@a", "=1&2", "@a", "=3&4"]),
        ("<Get xmlns:p='u&v' p:a='1'/>", ["@xmlns:p", "=u&v", "@p:a", "=1"]),
    ])
    func valuesWithAnErrorAreKept(_ text: String, _ attributes: [String]) {
        let document = LibXMLReader.read(Array(text.utf8), limits: Limits())
        #expect(!document.complete)
        #expect(transcript(document) == ["<S:Get"] + attributes + [">"])
    }

    @Test func octetsThatAreNoUTF8AreToldOnce() throws {
        let document = LibXMLReader.read(hex("'<a>' 0A '<b>caf' E9 '</b>&nbsp;' FF '</a>'"), limits: Limits())
        #expect(document.findings.map(\.offset) == [10, 21])
        #expect(
            document.findings.first?.text
                == "The XML is not well formed: the octet E9 is no UTF-8, and no other encoding is named "
                + "(line 2, column 7); 2 such octets in all")
        #expect(transcript(document) == ["<?:a", "\"\n\"", "<?:b", "\"caf\u{FFFD}\"", ">", "\"&nbsp;\u{FFFD}\"", ">"])
    }

    @Test(arguments: [
        ("<!-- a -- b -->", 23), ("<!-- \u{1} -->", 14), ("<?XML x?>", 14), ("\n<!-- c --><?p \u{2}?>", 26),
    ])
    func errorsBehindTheRootAreFound(_ text: String, _ offset: Int) throws {
        let document = LibXMLReader.read(Array("<SyncML/>\(text)".utf8), limits: Limits())
        #expect(document.findings.map(\.rule) == [XMLRules.illFormed])
        let found = try #require(document.findings.first)
        #expect((10...9 + text.utf8.count).contains(found.offset))
        #expect(found.offset <= offset)
        #expect(document.consumed == 9)
        #expect(!document.complete)
    }

    @Test func octetsBehindTheRootAreFound() {
        let document = LibXMLReader.read(hex("'<SyncML/><!-- c --><!-- ' FF ' -->'"), limits: Limits())
        #expect(document.findings.map(\.rule) == [XMLRules.illFormed])
        #expect(document.findings.map(\.offset) == [24])
        let junk = LibXMLReader.read(hex("'<SyncML/> ' FF FE"), limits: Limits())
        #expect(junk.findings.map(\.rule) == [XMLRules.trailingContent])
        #expect(junk.complete)
    }

    /// Where libxml2 leaves an ill-formed construct and reads the next tag, its attributes are counted as well.
    @Test(arguments: [
        "< \"", "<a \"", "<a b=\"", "<a b='1' \"", "<!-- \u{1}", "<?p \u{1}", "<![CDATA[\u{1}", "<! '", "<c></c '",
    ])
    func attributesBehindAnErrorAreCounted(_ start: String) {
        let many = (0..<2_000).map { "a\($0)='1'" }.joined(separator: " ")
        let document = LibXMLReader.read(Array("<x>\(start)<b \(many)/></x>".utf8), limits: Limits())
        #expect(document.findings.last?.rule == XMLRules.limit)
        #expect(document.events.count { $0.kind == .attributeName } < 10)
    }

    /// A DOCTYPE that is left for the next tag hides no attributes.
    @Test(arguments: ["'", "SYSTEM '\u{1}", "PUBLIC '{", "SYSTEM 'x' \"", "'["])
    func attributesBehindADoctypeAreCounted(_ start: String) {
        let many = (0..<2_000).map { "a\($0)='1'" }.joined(separator: " ")
        let document = LibXMLReader.read(Array("<!DOCTYPE a \(start)<b \(many)/>".utf8), limits: Limits())
        #expect(document.findings.last?.rule == XMLRules.limit)
        #expect(document.events.isEmpty)
    }

    /// Where libxml2 finds a subset behind an error, its attribute defaults are not copied to the elements: that would
    /// take minutes.
    @Test(arguments: ["a '[", "a>[", "a SYSTEM 'x' \"["]) func defaultsBehindAnErrorAreDropped(_ start: String) {
        let defaults = (0..<20_000).map { "b\($0) CDATA '1'" }.joined(separator: "\n")
        let elements = String(repeating: "<a/>", count: 20_000)
        let document = LibXMLReader.read(
            Array("<!DOCTYPE \(start)<!ATTLIST a \(defaults)>]><SyncML>\(elements)</SyncML>".utf8), limits: Limits())
        let count = document.events.count
        #expect(count == 40_002)
    }

    @Test func octetsThatAreNoUTF8BehindTheRootEnd() {
        var body = Array("<SyncML>&</SyncML>".utf8)
        let comment = hex("'<!--' FF '-->'")
        for _ in 0..<100_000 { body += comment }
        let findings = LibXMLReader.read(body, limits: Limits()).findings
        #expect(findings.count == 9)
        #expect(findings.allSatisfy { $0.rule == XMLRules.illFormed })
        #expect(findings.last?.text.hasSuffix("more than 100 errors; the rest is not read") == true)
    }

    /// libxml2 drops an element whose tag is ill formed, and ends the root one end tag early: what it leaves unread is
    /// no text.
    @Test(arguments: [
        ("<SyncML><Get><Type a=b>x</Type></Get><Final/></SyncML>", 37),
        ("<SyncML><Get><Type a=b>x</Type></Get> <!-- c --></SyncML> y", 48),
    ])
    func whatIsLeftUnreadIsNoText(_ text: String, _ end: Int) {
        let document = LibXMLReader.read(Array(text.utf8), limits: Limits())
        #expect(!document.complete && !document.hasRootEnd)
        #expect(document.consumed == end)
        #expect(document.events.filter { $0.kind == .text }.map(document.text) == ["b>x"])
    }
}
