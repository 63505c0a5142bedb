import SyncML
import TestSupport
import Testing
import WBXML
import Wire

/// Messages in XML as WBXML, and back.
@Suite struct TranslationTests {
    private func encoded(_ xml: String, nesting: Bool = false) throws -> MarkupDocument {
        var options = WBXMLEncodingOptions()
        if nesting {
            options.nestDocuments = { text in
                XMLScanner.scan(text.array(), limits: Limits()) ?? MarkupDocument(.xml)
            }
        }
        return decode(try WBXMLEncoder.encode(try parse(xml), options: options))
    }

    private func plain(_ document: MarkupDocument) -> String {
        var out: [UInt8] = []
        XMLRenderer.renderIndented(document, into: &out)
        return String(decoding: out, as: UTF8.self).split(separator: "\n").map { $0.drop { $0 == " " } }.joined()
    }

    private func message(_ body: String) -> String {
        "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr/><SyncBody>\(body)</SyncBody></SyncML>"
    }

    private func types(_ document: MarkupDocument) -> [String] {
        document.events.indices.compactMap { at in
            document.events[at].kind == .text && document.events[at - 1].name == MetInf.type
                ? document.text(document.events[at]) : nil
        }
    }

    // MARK: Types

    private static let devInf = "application/vnd.syncml-devinf"
    private static let tree = "application/vnd.syncml.dmtnds"
    private static let inline = "<DevInf xmlns=\"syncml:devinf\"><VerDTD>1.2</VerDTD></DevInf>"
    private static let escaped = "&lt;DevInf xmlns='syncml:devinf'>&lt;VerDTD>1.2&lt;/VerDTD>&lt;/DevInf>"

    private static func put(_ type: String, _ data: String, type element: String = "Type xmlns=\"syncml:metinf\"")
        -> String
    {
        let end = element.prefix { $0 != " " }
        return "<Put><CmdID>1</CmdID><Meta><\(element)>\(type)</\(end)></Meta><Item>\(data)</Item></Put>"
    }

    /// The suffix of each Type, in order.
    @Test(arguments: [
        ("in the form that decode writes", put("\(devInf)+xml", "<Data>\(inline)</Data>"), false, ["wbxml"]),
        (
            "with a prefix",
            put("\(devInf)+xml", "<Data>\(inline)</Data>", type: "mi:Type xmlns:mi=\"syncml:metinf\""), false, ["wbxml"]
        ),
        ("without a namespace", put("\(devInf)+xml", "<Data>\(inline)</Data>", type: "Type"), false, ["wbxml"]),
        (
            "beside one that stays text",
            put("\(devInf)+xml", "<Data>\(inline)</Data>") + put("\(devInf)+xml", "<Data>\(escaped)</Data>"), false,
            ["wbxml", "xml"]
        ),
        (
            "beside one that is nested",
            put("\(devInf)+xml", "<Data>\(inline)</Data>") + put("\(devInf)+xml", "<Data>\(escaped)</Data>"), true,
            ["wbxml", "wbxml"]
        ),
        ("of text that is none", put("\(devInf)+xml", "<Data>hello</Data>"), true, ["xml"]),
        (
            "of Data with an attribute", put("\(devInf)+xml", "<Data xmlns=\"SYNCML:SYNCML1.1\">\(escaped)</Data>"),
            true, ["wbxml"]
        ),
        (
            "of a Get",
            "<Get><CmdID>1</CmdID><Meta><Type>\(devInf)+xml</Type></Meta><Item/></Get>"
                + put("\(devInf)+xml", "<Data>\(inline)</Data>"), false, ["wbxml", "wbxml"]
        ),
        (
            "beside an Item with its own",
            put(
                "\(devInf)+xml",
                "<Meta><Type>\(devInf)+xml</Type></Meta><Data>\(inline)</Data></Item><Item><Data>hello</Data>"), false,
            ["xml", "wbxml"]
        ),
        ("of a Get alone", "<Get><CmdID>1</CmdID><Meta><Type>\(devInf)+xml</Type></Meta><Item/></Get>", true, ["xml"]),
        ("of another document", put("\(tree)+xml", "<Data>\(inline)</Data>"), false, ["xml"]),
        (
            "of the Item and not of the command",
            put(
                "\(devInf)+xml",
                "<Meta><Type>\(tree)+xml</Type></Meta><Data><MgmtTree xmlns=\"syncml:dmddf1.2\"/></Data>"),
            false, ["xml", "wbxml"]
        ),
    ])
    func typesOfEncodedDocuments(what: String, body: String, nesting: Bool, suffixes: [String]) throws {
        let document = try encoded(message(body), nesting: nesting)
        #expect(types(document).map { String($0.drop { $0 != "+" }.dropFirst()) } == suffixes)
    }

    @Test func plainXMLComesBack() throws {
        let xml = message(
            TranslationTests.put("\(TranslationTests.devInf)+xml", "<Data>\(TranslationTests.inline)</Data>"))
        let document = try encoded(xml)
        #expect(document.events.contains { $0.kind == .embeddedStart })
        #expect(plain(document) == xml)
    }

    /// Opaque data that could not be decoded is WBXML still, if anything.
    @Test func typesOfWhatWasNotDecoded() {
        let type = hex("5A 00 01 53 03 'application/vnd.syncml-devinf+wbxml' 00 01 00 00 01")
        func put(_ data: String) -> [UInt8] { hex("5F") + type + hex("54 4F \(data) 01 01 01") }
        let get = hex("53") + type + hex("01")
        let octets =
            hex("02 A4 01 6A 00 6D 6B") + put("C3 06 02 A4 03 6A 00 4A") + put("C3 06 02 A4 03 6A 00 0A")
            + put("03 '<DevInf/>' 00") + put("03 'AqQDagAKAA' 00") + get + hex("01 01")
        let text = plain(decode(octets))
        #expect(
            text.split(separator: "<Type").dropFirst().map { $0.prefix { $0 != "<" }.split(separator: "+").last ?? "" }
                == ["wbxml", "xml", "xml", "wbxml", "xml"])
    }

    // MARK: Namespaces

    @Test(arguments: [
        "<Status xmlns:msft=\"http://schemas.microsoft.com/MobileDevice/MDM\"><Data msft:originalerror=\"0x86000011\">500</Data>"
            + "</Status>",
        "<Data><o-ex:rights xmlns:o-ex=\"http://odrl.net/1.1/ODRL-EX\"><o-ex:context/></o-ex:rights></Data>",
        "<Data><Data xmlns=\"urn:foreign\"><Meta/>500</Data></Data>",
        "<Data><a xmlns=\"urn:a\"><b/><c xmlns=\"urn:c\"/></a></Data>",
    ])
    func foreignNamesComeBack(body: String) throws {
        #expect(plain(try encoded(message(body))) == message(body))
    }

    /// Names that are sound in XML but not with its namespaces: in attribute order as the document has them.
    @Test(arguments: [
        ("44 00 03 'q' 00 01", "xmlns:foo", "<xmlns_foo>q</xmlns_foo>"),
        ("44 00 03 'q' 00 01", "xml:a", "<xml:a>q</xml:a>"),
        ("44 00 03 'q' 00 01", "xml:a:b", "<xml_a_b>q</xml_a_b>"),
        ("44 00 03 'q' 00 01", ":a", "<_a>q</_a>"),
        ("44 00 03 'q' 00 01", "a:", "<a_>q</a_>"),
        ("84 00 04 00 03 'u' 00 01", "xmlns:", "<xmlns_ xmlns_=\"u\"/>"),
        ("84 00 04 00 01", "xmlns:a", "<xmlns_a xmlns_a=\"\"/>"),
        (
            "84 00 04 00 03 'http://www.w3.org/2000/xmlns/' 00 01", "xmlns:a",
            "<xmlns_a xmlns_a=\"http://www.w3.org/2000/xmlns/\"/>"
        ),
        ("84 00 04 00 03 'v' 00 01", "xml:a:b", "<xml_a_b xml_a_b=\"v\"/>"),
        ("43 04 00 03 'v' 00 01", "a:b", "<?a_b v?>"),
        ("43 04 00 03 'v' 00 01", "xml", "<?_xml v?>"),
        ("43 04 00 03 'v' 00 01", "XML", "<?_XML v?>"),
        ("43 04 00 03 'v' 00 01", "xmlx", "<?xmlx v?>"),
    ])
    func namesAgainstNamespaces(octets: String, name: String, expected: String) {
        let document = decode(
            hex("02A4016A") + [UInt8(name.utf8.count + 1)] + name.utf8 + [0] + hex("6D \(octets) 01"))
        #expect(document.complete)
        #expect(plain(document) == "<SyncML xmlns=\"SYNCML:SYNCML1.2\">\(expected)</SyncML>")
    }

    /// A prefix counts inside the element that declares it.
    @Test func prefixesHaveAScope() {
        let document = decode(
            hex(
                """
                02A4016A 0C 'a:b' 00 'xmlns:a' 00 6D
                C4 00 04 04 03 'urn:1' 00 01 04 00 01
                04 00
                84 00 04 04 03 'urn:2' 00 04 00 03 'v' 00 01
                84 00 04 00 03 'v' 00 01
                01
                """))
        #expect(
            plain(document)
                == "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><a:b xmlns:a=\"urn:1\"><a:b/></a:b><a_b/>"
                + "<a:b xmlns:a=\"urn:2\" a:b=\"v\"/><a_b a_b=\"v\"/></SyncML>")
    }

    /// Attributes that are written alike are told apart, and one that stands twice is written once.
    @Test func attributesOfOneName() {
        let document = decode(
            hex(
                """
                02A4016A 24 'a:b' 00 'a_b' 00 'xmlns:c' 00 'xmlns:d' 00 'c:b' 00 'd:b' 00 'd:e' 00 6D
                84 00 04 00 03 '1' 00 04 04 03 '2' 00 04 00 03 '3' 00 01
                84 04 04 08 03 'u' 00 04 10 03 'u' 00 04 18 03 '4' 00 04 1C 03 '5' 00 01
                84 04 04 08 03 'u' 00 04 10 03 'u' 00 04 18 03 '4' 00 04 20 03 '5' 00 01
                01
                """))
        #expect(
            plain(document)
                == "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><a_b a_b=\"1\" a_b_2=\"2\"/>"
                + "<a_b xmlns:c=\"u\" xmlns:d=\"u\" c:b=\"4\" d_b=\"5\"/>"
                + "<a_b xmlns:c=\"u\" xmlns:d=\"u\" c:b=\"4\" d:e=\"5\"/></SyncML>")
        #expect(document.findings.map(\.rule.id) == ["wbxml-attribute-repeated"])
    }

    // MARK: Values

    /// What stands in several pieces is one value.
    @Test(arguments: [
        ("C3 01 FF C3 01 FE", "//4="), ("03 'abc' 00 C3 01 FF", "YWJj/w=="), ("C3 01 C3 C3 01 A9", "é"),
        ("C3 01 'a' 03 'b' 00", "ab"),
    ])
    func valuesInPieces(octets: String, text: String) {
        let document = decode(hex("02A4016A00 6D 6B 4F \(octets) 01 01 01"))
        #expect(
            plain(document) == "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncBody><Data>\(text)</Data></SyncBody></SyncML>")
    }

    @Test(arguments: [
        ("'a<b & c>d'", "a<b & c>d"), ("'x?>y?'", "x? >y?"), ("'?>?>'", "? >? >"), ("'a' 0D 'b' 01", "a\nb\u{FFFD}"),
    ])
    func dataOfProcessingInstructions(data: String, text: String) {
        var out: [UInt8] = []
        XMLRenderer.renderCompact(decode(hex("02A4016A 04 'foo' 00 43 04 00 03 \(data) 00 01 2D")), into: &out)
        #expect(String(decoding: out, as: UTF8.self) == "<?foo \(text)?><SyncML xmlns=\"SYNCML:SYNCML1.2\"/>")
    }

    /// One character is one U+FFFD.
    @Test func noncharactersAreReplaced() {
        let document = decode(hex("02A4016A00 6D 03 'a' EF BF BE 'b' EF BF BF 00 01"))
        #expect(plain(document) == "<SyncML xmlns=\"SYNCML:SYNCML1.2\">a\u{FFFD}b\u{FFFD}</SyncML>")
        var out: [UInt8] = []
        XMLRenderer.renderCompact(document, into: &out)
        #expect(String(decoding: out, as: UTF8.self) == plain(document))
    }
}
