import TestSupport
import Testing
import Wire

@testable import XMLReading

@Suite struct LibXMLReaderTests {
    private func read(_ text: String, limits: Limits = Limits()) -> MarkupDocument {
        LibXMLReader.read(Array(text.utf8), limits: limits)
    }

    /// Whether the root's end was read, of documents that are not well formed.
    @Test(arguments: [
        ("<a>\u{1}<b>\u{2}</b></a>", true), ("<a/>", true), ("<a>x", false), ("<a><b>&</b></a> ", true),
        ("<a><b>", false),
        ("", false), ("<?xml version='1.0'?>", false),
    ]) func rootEnds(_ text: String, _ hasEnd: Bool) {
        #expect(read(text).hasRootEnd == hasEnd)
    }

    @Test func eventsAndOffsets() {
        let document = read(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody>a&amp;b<Final/></SyncBody></SyncML>\n"
        )
        #expect(document.complete)
        #expect(document.findings == [])
        #expect(document.encoding == "utf-8")
        #expect(document.language == "SyncML 1.2")
        #expect(document.consumed == 117)
        #expect(
            transcript(document, offsets: true) == [
                "39-72 <S:SyncML", "47-52 @xmlns", "54-70 =SYNCML:SYNCML1.2", "72-82 <S:SyncBody", "82-89 \"a&b\"",
                "89-97 <S:Final", "97-97 >", "97-108 >", "108-117 >",
            ])
    }

    @Test(arguments: [
        // Each child says its namespace.
        ("<Meta xmlns='SYNCML:SYNCML1.1'><Type xmlns='syncml:metinf'>t</Type></Meta>", ["<S:Meta", "<M:Type"]),
        // None does; a wrapper; upper case.
        ("<Meta><Type/><Format/></Meta>", ["<S:Meta", "<M:Type", "<M:Format"]),
        ("<Meta xmlns='SYNCML:SYNCML1.2'><MetInf><Size/></MetInf></Meta>", ["<S:Meta", "<M:MetInf", "<M:Size"]),
        ("<Meta><Type xmlns='SYNCML:METINF'/></Meta>", ["<S:Meta", "<M:Type"]),
        ("<Meta xmlns='syncml:metinf'><Type/></Meta>", ["<S:Meta", "<M:Type"]),
        // Prefixes.
        (
            "<s:Meta xmlns:s='syncml:SYNCML1.2' xmlns:m='syncml:metinf'><m:Type/></s:Meta>",
            ["<S:Meta=s:Meta", "<M:Type=m:Type"]
        ),
        // DevInf and management trees, with a namespace and by name.
        (
            "<Data><DevInf xmlns='syncml:devinf'><VerDTD/><Man/></DevInf></Data>",
            ["<S:Data", "<I:DevInf", "<I:VerDTD", "<I:Man"]
        ),
        ("<Data><DevInf><VerDTD/></DevInf><Data/></Data>", ["<S:Data", "<I:DevInf", "<I:VerDTD", "<S:Data"]),
        (
            "<MgmtTree><VerDTD/><Node><NodeName/></Node></MgmtTree>",
            ["<T:MgmtTree", "<T:VerDTD", "<T:Node", "<T:NodeName"]
        ),
        ("<MgmtTree xmlns='syncml:dmddf1.2'><Node/><node/></MgmtTree>", ["<T:MgmtTree", "<T:Node", "<T:node"]),
        // Foreign.
        ("<Data><Type xmlns='urn:x'><Data/></Type></Data>", ["<S:Data", "<?:Type", "<?:Data"]),
        ("<Data><p:Type xmlns:p='urn:x'/></Data>", ["<S:Data", "<?:p:Type"]),
        ("<Bogus><Data/></Bogus>", ["<?:Bogus", "<S:Data"]),
    ])
    func names(_ text: String, _ starts: [String]) {
        let document = read(text)
        #expect(document.complete)
        #expect(transcript(document).filter { $0.hasPrefix("<") } == starts)
    }

    @Test func textOfEveryKindIsOne() {
        let document = read("<Data>a<![CDATA[<b>]]>&lt;&#65;&#x42;<!-- no -->c\r\nd</Data>")
        #expect(transcript(document) == ["<S:Data", "\"a<b><ABc\nd\"", ">"])
        #expect(document.events[1].start == 6)
    }

    @Test func attributesStandInTheirOwnOrder() {
        let document = read("<Data b='&quot;2' xmlns:p = 'urn:p'\n p:a=\"1\" xmlns='urn:q'/>")
        #expect(
            transcript(document, offsets: true).dropFirst() == [
                "6-7 @b", "9-16 =\"2", "18-25 @xmlns:p", "29-34 =urn:p", "37-40 @p:a", "42-43 =1", "45-50 @xmlns",
                "52-57 =urn:q",
                "60-60 >",
            ])
    }

    @Test func processingInstructionsAreKept() {
        let document = read("<?a b?><Data>x<?c <d> ?>y</Data><?e?>")
        #expect(
            transcript(document, offsets: true) == [
                "0-7 ?a b", "7-13 <S:Data", "13-14 \"x\"", "14-24 ?c <d> ", "24-25 \"y\"", "25-32 >",
            ])
        #expect(document.complete)
    }

    @Test(arguments: [
        ("<Data>a & b</Data>", 9, "a & b"),
        ("<Data>http://h/?a=1&b=2&amp;c</Data>", 21, "http://h/?a=1&b=2&amp;c"),
        ("<Data>&nbsp;</Data>", 12, "&nbsp;"),
    ])
    func aBareAmpersandIsFoundAndTheTextKept(_ text: String, _ offset: Int, _ kept: String) throws {
        let document = read(text)
        #expect(!document.complete)
        let finding = try #require(document.findings.first)
        #expect(finding.rule == XMLRules.illFormed)
        #expect(finding.offset == offset)
        #expect(finding.text.contains("write &amp; for an & of the text") == (kept != "&nbsp;"), "\(finding.text)")
        #expect(transcript(document) == ["<S:Data", "\"\(kept)\"", ">"])
    }

    @Test func aBareLessThanSignIsCalledThat() throws {
        let finding = try #require(read("<Data>a < b</Data>").findings.first)
        #expect(finding.text.contains("; write &lt; for a < of the text (line 1, "), "\(finding.text)")
    }

    @Test(arguments: [
        "", "  ", "\0\0\0", "text", "<", "<SyncML", "<SyncML>", "<SyncML><a></b></SyncML>", "<SyncML a=b/>",
        "<SyncML a='1' a='2'/>",
        "<SyncML>\u{1}</SyncML>", "<SyncML a='<'/>", "<!-- -- --><SyncML/>", "<SyncML>]]></SyncML>", "<1/>",
        "</SyncML>",
        "<SyncML xmlns=’SYNCML:SYNCML1.2’></SyncML>", " <?xml version='1.0'?><SyncML/>",
    ])
    func illFormed(_ text: String) throws {
        let document = read(text)
        #expect(!document.complete)
        let finding = try #require(document.findings.first)
        #expect(finding.rule == XMLRules.illFormed)
        #expect(finding.offset <= text.utf8.count)
        #expect(finding.text.hasPrefix("The XML is not well formed: "))
        #expect(!finding.text.contains("\n"))
    }

    /// An element that is not closed makes every later end tag a mismatch, which says nothing new.
    @Test(arguments: [
        ("<SyncML><SyncBody><Final></SyncBody></SyncML>", 1),
        ("<SyncML><SyncBody><Final></SyncBody>", 1),
        ("<SyncML><SyncBody><Final></SyncBody>a & b</SyncML>", 2),
        ("<SyncML><a></b><c></d></SyncML>", 2),
        ("<SyncML><a></b><SyncBody><Final></SyncBody></SyncML>", 2),
        ("<SyncML><SyncBody>", 1),
    ])
    func anElementThatIsNotClosedIsToldOnce(_ text: String, _ count: Int) {
        let document = read(text)
        #expect(document.findings.map(\.rule) == Array(repeating: XMLRules.illFormed, count: count))
        #expect(!document.complete)
    }

    @Test func whatStandsBeforeAnErrorIsKept() {
        let document = read("<SyncML><SyncHdr><VerDTD>1.2</VerDTD><Vor")
        #expect(transcript(document) == ["<S:SyncML", "<S:SyncHdr", "<S:VerDTD", "\"1.2\"", ">", "<?:Vor"])
        #expect(!document.complete)
    }

    @Test(arguments: [
        ("<SyncML/><SyncML/>", 9, "A second document follows the first: 9 octets"),
        ("<SyncML/>\r\n<?xml version='1.0'?><SyncML/>", 11, "A second document follows the first: 30 octets"),
        ("<SyncML/>\0\0", 9, "2 zero octets follow the document"),
        ("<SyncML/> <!-- c --> rest", 21, "4 octets that are no markup follow the document"),
        ("<SyncML/>\0<x", 9, "3 octets that are no markup follow the document"),
    ])
    func whatFollowsTheRootIsNotOfTheDocument(_ text: String, _ offset: Int, _ what: String) {
        let document = read(text)
        #expect(document.complete)
        #expect(document.consumed == 9)
        #expect(document.findings == [MarkupFinding(XMLRules.trailingContent, what, offset: offset)])
        #expect(transcript(document) == ["<S:SyncML", ">"])
    }

    @Test func doctypeIsFoundAndItsEntitiesAreNotExpanded() {
        let document = read(
            "<!DOCTYPE SyncML [<!ENTITY a 'AAAA'><!ENTITY b '&a;&a;'><!ATTLIST Data x CDATA 'made up'>]><SyncML><Data>&b;</Data></SyncML>"
        )
        #expect(document.findings.contains { $0.rule == XMLRules.doctype })
        #expect(!transcript(document).contains { $0.contains("AAAA") || $0.contains("made up") })
        #expect(transcript(document).contains("\"&b;\""))
    }

    /// A reference to what a DTD declares, or may declare where it is not in the document, is no error.
    @Test(arguments: [
        ("<!DOCTYPE S [<!ENTITY foo 'bar'>]>", 3, 0), ("<!DOCTYPE S SYSTEM 'x.dtd'>", 3, 0),
        ("<!DOCTYPE S PUBLIC '-//S//D' 'x.dtd' [ ]>", 3, 0), ("<!DOCTYPE S [<!ENTITY % p SYSTEM 'q'> %p; ]>", 3, 0),
        ("<?xml version='1.0' standalone='yes'?><!DOCTYPE S [<!ENTITY foo 'bar'>]>", 3, 0),
        ("<!DOCTYPE S [<!ENTITY fo 'bar'><!-- <!ENTITY foo 'b'> --><!ENTITY % foo 'bar'>]>", 1, 2),
        ("<!DOCTYPE S [<!ENTITY e '<!ENTITY foo>%p;'>]>", 1, 2), ("<!DOCTYPE S>", 1, 2),
        ("<?xml version='1.0' standalone='yes'?><!DOCTYPE S SYSTEM 'x.dtd'>", 1, 2), ("", 0, 2),
    ])
    func referencesToEntities(_ prolog: String, _ notes: Int, _ errors: Int) {
        let document = read("\(prolog)<S a='x&foo;y&amp;'>&lt;&foo;&amp;<b/>&amp;</S>")
        #expect(document.findings.count { $0.rule == XMLRules.doctype } == notes)
        #expect(document.findings.count { $0.rule == XMLRules.illFormed } == errors)
        let text = errors == 0 ? "<&foo;&" : "&lt;&foo;&amp;"
        #expect(
            transcript(document) == ["<?:S", "@a", "=x&foo;y&amp;", "\"\(text)\"", "<?:b", ">", "\"&\"", ">"])
        // What it says is not all known.
        #expect(!document.complete)
    }

    @Test func manyReferencesToEntitiesAreListedInPart() {
        let document = read(
            "<!DOCTYPE S [<!ENTITY foo 'bar'>]><S>" + String(repeating: "&foo;", count: 20_000) + "</S>")
        #expect(document.findings.count == 10)
        #expect(document.findings.allSatisfy { $0.rule == XMLRules.doctype })
        #expect(document.findings.last?.text == "19992 further references to entities are not listed")
        #expect(document.events.first { $0.kind == .text }?.textLength == 100_000)
    }

    @Test func externalEntitiesAreNotLoaded() {
        let document = read("<!DOCTYPE S [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><SyncML>&x;</SyncML>")
        #expect(!transcript(document).contains { $0.contains("root:") })
        #expect(!document.complete)
    }

    @Test func manyLaughsCostNothing() {
        var text = "<!DOCTYPE l [<!ENTITY l0 'lol'>"
        for i in 1..<10 { text += "<!ENTITY l\(i) '" + String(repeating: "&l\(i - 1);", count: 10) + "'>" }
        text += "]><l>&l9;</l>"
        let document = read(text)
        #expect(document.arena.count < 1000)
        #expect(!document.complete)
    }

    @Test func boundsHold() throws {
        var limits = Limits()
        limits.depth = 5
        let deep = read(String(repeating: "<a>", count: 100_000), limits: limits)
        #expect(deep.findings.map(\.rule) == [XMLRules.limit])
        #expect(deep.events.count == 5)
        #expect(deep.findings[0].offset == 15)
        #expect(!deep.complete)

        limits = Limits()
        limits.markupEvents = 10
        let wide = read("<a>" + String(repeating: "<b/>", count: 1000) + "</a>", limits: limits)
        #expect(wide.findings.map(\.rule) == [XMLRules.limit])
        #expect(wide.events.count == 10)

        limits = Limits()
        limits.markupText = 100
        let long = read("<a>" + String(repeating: "&lt;", count: 1000) + "</a>", limits: limits)
        #expect(long.findings.map(\.rule) == [XMLRules.limit])
        #expect(long.arena.count < 1000)
    }

    /// It is none of the sender's faults that UTF-8 takes more octets than the document's own charset.
    @Test(arguments: [0, 1]) func aDocumentThatGrowsPastTheLimitIsNotCalledIllFormed(_ shift: Int) {
        var limits = Limits()
        limits.markupText = 30_000
        let body =
            Array("<?xml version='1.0' encoding='iso-8859-1'?><a>\(String(repeating: "b", count: shift))".utf8)
            + [UInt8](repeating: 0xE9, count: 40_000) + Array("</a>".utf8)
        let document = LibXMLReader.read(body, limits: limits)
        #expect(document.findings.map(\.rule) == [XMLRules.limit])
        #expect(document.findings.first?.text.contains("30000 octets of text") == true)
        #expect(!document.complete)
    }

    @Test func attributesWithoutNumberEndTheReading() {
        let many = "<SyncML><Data " + (0..<100_000).map { "a\($0)=''" }.joined(separator: " ") + "/><Final/></SyncML>"
        let document = read(many)
        #expect(document.findings.map(\.rule) == [XMLRules.limit])
        #expect(document.findings.first?.offset == 8)
        #expect(transcript(document) == ["<S:SyncML"])
        #expect(!document.complete)
        let root = read("<a " + String(repeating: "b='' ", count: 1000) + "/>")
        #expect(root.findings.map(\.rule) == [XMLRules.limit])
        #expect(root.events.isEmpty)
        // Not in text that only looks like a tag.
        let equals = String(repeating: "= ", count: 1000)
        #expect(
            read("<!DOCTYPE a><Data><!-- <b \(equals) --><![CDATA[<b \(equals)]]><?p <b \(equals)?></Data>").complete)
    }

    @Test func namespacesWithoutNumberEndTheReading() {
        let level = "<a " + (0..<100).map { "xmlns:p\($0)='u'" }.joined(separator: " ") + ">"
        let document = read(String(repeating: level, count: 20))
        #expect(document.findings.map(\.rule) == [XMLRules.limit])
        let inTurn = "<a>" + String(repeating: "<b xmlns:p='u' xmlns='v'/>", count: 600) + "</a>"
        #expect(read(inTurn).complete)
    }

    @Test(arguments: [
        "<!DOCTYPE a [<!ENTITY e ']>'><!-- ]> --><?p ]> ?><!ATTLIST b c CDATA \"]>\">]><a><b/></a>",
        "<!DOCTYPE a SYSTEM 'x>' [ ] ><a><b/></a>", "<!DOCTYPE a><a><b/></a>",
        "<!DOCTYPE a [\n<!ELEMENT a (b)>\n]>\n<a><b/></a>",
    ])
    func internalSubsetsArePassedOver(_ text: String) {
        let document = read(text)
        #expect(document.complete)
        #expect(document.findings.map(\.rule) == [XMLRules.doctype])
        #expect(transcript(document) == ["<?:a", "<?:b", ">", ">"])
        #expect(document.events.first?.start == UInt32(text.utf8.count - 11))
    }

    /// The name of an entity ends where the next declaration begins: a search from each to the end would take minutes.
    @Test func declarationsWithoutNumberArePassedOver() {
        for declaration in ["<!ENTITY", "<!ENTITY x"] {
            let document = read("<!DOCTYPE a [" + String(repeating: declaration, count: 100_000) + "]><a>&x;</a>")
            #expect(transcript(document) == ["<?:a", "\"&x;\"", ">"])
            #expect(document.findings.first?.rule == XMLRules.doctype)
        }
    }

    @Test func unfinishedSubsetsAreIllFormed() {
        for text in ["<!DOCTYPE a [", "<!DOCTYPE a [<!ENTITY e 'x>]><a/>", "<!DOCTYPE a [<!-- ]><a/>", "<!DOCTYPE"] {
            let document = read(text)
            #expect(!document.complete)
            #expect(document.events.isEmpty)
        }
    }

    /// Attributes stand where they are written, in another encoding too, although one of them is left out.
    @Test func manyAttributesInAnotherEncoding() throws {
        let names = (0..<490).map { "a\($0)='é'" }.joined(separator: " ")
        let value = String(repeating: "x", count: 1_000_000)
        let text = "<?xml version='1.0' encoding='iso-8859-1'?><a xmlns:p='u' xmlns:p='u' \(names) z='\(value)'/>"
        let octets = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        let document = XMLDocumentReader.read(octets, limits: Limits())
        let start = try #require(document.events.first { $0.kind == .start })
        let tag = try #require(octets.firstRange(of: Array("<a ".utf8))).lowerBound
        #expect(Int(start.start) == tag)
        #expect(Int(start.end) == octets.count)
        let values = document.events.filter { $0.kind == .attributeValue }
        #expect(values.count == 492)
        #expect(values.map { Int($0.end) } == values.map { Int($0.start) + document.text($0).unicodeScalars.count })
        #expect(values.last.map { Int($0.end) } == octets.count - 3)
    }

    @Test func endlessErrorsEnd() {
        let document = read("<Data>" + String(repeating: "& ", count: 100_000) + "</Data>")
        #expect(document.findings.count < 20)
        #expect(!document.complete)
    }

    @Test func unboundPrefixIsANote() {
        let document = read("<SyncML><x:Data/></SyncML>")
        #expect(document.complete)
        #expect(document.findings.map(\.rule) == [XMLRules.namespace])
        #expect(transcript(document) == ["<S:SyncML", "<?:x:Data", ">", ">"])
    }

    /// Declarations that XML Namespaces forbids: libxml2 leaves them out.
    @Test(arguments: [
        "<Get xmlns:z='' a='1'/>", "<Get a='1' xmlns:xml='u'/>",
        "<Get xmlns='http://www.w3.org/XML/1998/namespace' a='1'/>",
        "<Get xmlns:xmlns='u' a='1'/>", "<Get xmlns:p='http://www.w3.org/2000/xmlns/' a='1'/>",
    ])
    func forbiddenNamespacesAreNotes(_ text: String) throws {
        let document = read(text)
        #expect(document.complete)
        #expect(document.findings.map(\.rule) == [XMLRules.namespace])
        #expect(transcript(document) == ["<S:Get", "@a", "=1", ">"])
        let name = try #require(document.events.first { $0.kind == .attributeName })
        #expect(Array(text.utf8)[Int(name.start)..<Int(name.end)].elementsEqual("a".utf8))
    }

    @Test(arguments: [
        "<a xmlns:p='u' xmlns:q='u' p:a='1' q:a='2'/>", "<a:b:c xmlns:a='u'/>", "<a><?p:q r?></a>",
    ])
    func otherErrorsOfNamespacesAreNotes(_ text: String) {
        let document = read(text)
        #expect(document.complete)
        #expect(document.findings.map(\.rule) == [XMLRules.namespace])
    }

    @Test(arguments: [
        "<a xmlns='SYNCML:SYNCML1.2'/>", "<a xmlns='x y'/>", "<a xmlns='relative/name'/>", "<a xmlns=''/>",
        "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='en'/>",
    ])
    func otherNamespacesAreNone(_ text: String) {
        #expect(read(text).findings == [])
        #expect(read(text).complete)
    }

    @Test func unboundPrefixesAreListedInPart() {
        let document = read("<a>" + String(repeating: "<p:b/>", count: 100) + "</a>")
        #expect(document.complete)
        #expect(document.findings.count == 9)
        #expect(document.findings.last?.text == "92 further errors of namespaces are not listed")
        let damaged = read("<a>" + String(repeating: "& ", count: 20) + "</a>")
        #expect(damaged.findings.count == 9)
        #expect(damaged.findings.last?.text == "12 further errors are not listed")
    }

    @Test func truncatedAnywhere() {
        let text = Array(
            "<?xml version='1.0'?><!-- c --><SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD></SyncHdr><SyncBody><Data a='1'>a&amp;<![CDATA[b]]></Data><?p q?><Final/></SyncBody></SyncML>"
                .utf8)
        let whole = LibXMLReader.read(text, limits: Limits())
        #expect(whole.complete)
        for count in 0..<text.count {
            let document = LibXMLReader.read(Array(text[..<count]), limits: Limits())
            #expect(!document.complete)
            #expect(document.findings.first?.rule == XMLRules.illFormed)
            #expect(document.events.count <= whole.events.count)
        }
    }
}
