import TestSupport
import Testing
import WBXML
import Wire

@Suite struct EmbeddedTests {
    /// A SyncML document with these opaque octets, fewer than 128, in Data.
    static func message(_ opaque: [UInt8]) -> [UInt8] {
        hex("02 A4 01 6A 00 6D 4F C3") + [UInt8(opaque.count)] + opaque + [1, 1]
    }

    @Test func treeInResults() {
        let document = decode(
            EmbeddedTests.message(
                hex(
                    "03 00 00 6A 1B '-//OMA//DTD-DM-DDF 1.2//EN' 00 00 02 60 77 03 '1.2' 00 01 64 66 03 'A' 00 01 01 01"
                )))
        #expect(
            outline(document) == "<SyncML><Data>[DMDDF 1.2: <MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName>"
                + "</Node></MgmtTree>]</Data></SyncML>")
        #expect(document.complete)
        #expect(document.language == "SyncML 1.2")
        #expect(document.consumed == document.events.map { Int($0.end) }.max())
    }

    /// Names that are text, and pages of attributes that end with the document.
    @Test func provisioningInData() {
        let inner = hex("03 0B 6A 00 45 87 00 01 06 03 'x' 00 36 01 01")
        let document = decode(
            hex("02 A4 01 6A 00 6D 4F C3") + [UInt8(inner.count)] + inner + hex("01 4F 03 'y' 00 01 01"))
        #expect(
            outline(document)
                == #"<SyncML><Data>[PROV 1.0: <wap-provisioningdoc><parm value="x" name="APPID"></parm>"#
                + "</wap-provisioningdoc>]</Data><Data>y</Data></SyncML>")
        #expect(document.complete && document.findings == [])
    }

    /// The inner document has its own charset, string table and code pages; those of the outer one come back.
    @Test func registersAreApart() {
        let inner = hex("02 A4 03 04 04 'In' E4 00 4A 51 83 00 01 01")
        let document = decode(
            hex("02 A4 01 87 75 06 00 'U' 20 AC 00 00 6D 00 01 13 C3") + [UInt8(inner.count)] + inner
                + hex("13 83 00 03 20 AC 00 00 01"))
        #expect(
            outline(document)
                == "<SyncML><Type></Type>[DevInf 1.2: <DevInf><Man>Inä</Man></DevInf>]<Type></Type>U€€</SyncML>")
        #expect(document.complete)
        #expect(document.encoding == "utf-16be")
        #expect(document.findings == [])
    }

    @Test(arguments: [
        ("cut off", "02 A4 03 6A 00 4A 51 03 'x' 00 01", "the document ends with 1 element open"),
        ("foreign", "02 00 00 6A 1C '-//WAPFORUM//DTD SI 1.0//EN' 00 46 01", "its language is SI 1.0"),
        ("provisioning of nothing", "02 0B 6A 00 45 01", "its root element is empty"),
        ("provisioning and more", "02 0B 6A 00 45 07 01 FF", "octets follow the root element"),
        ("by name", "02 00 00 6A 02 'x' 00 7F 01", "its language is unknown"),
        ("table", "02 A4 03 6A 20 4A 51 01", "the string table has 32 octets, but only 3 are left"),
    ])
    func whatIsNoDocumentStaysOpaque(what: String, octets: String, reason: String) {
        let inner = hex(octets)
        let document = decode(EmbeddedTests.message(inner))
        #expect(outline(document) == "<SyncML><Data>#\(inner.map(hexPair).joined())#</Data></SyncML>")
        #expect(document.complete)
        #expect(document.marks == ["wbxml-nested-unread@7"])
        #expect(document.findings[0].text.hasSuffix("looks like a WBXML document but is none: \(reason)"))
    }

    /// Octets that do not begin like a document are not tried.
    @Test(arguments: [
        "00 01 02 03 04 05 06 07", "01 02 03 04 05 06 07 08", "02 01 6A 00 7F 01", "FF D8 FF E0 00 10", "'plain text'",
        "02 FF FF 6A 00 4A", "01", "02 A4 03", "02 80 80 80 00",
    ])
    func otherOctetsAreSilent(octets: String) {
        let document = decode(EmbeddedTests.message(hex(octets)))
        #expect(document.events.map(\.kind) == [.start, .start, .opaque, .end, .end])
        #expect(document.findings == [])
    }

    /// Values that come out as a document by chance: one of WBXML 1.0 or without a language, with octets behind it or
    /// nothing in it.
    @Test(arguments: [
        "00 00 00 00 0A 00 00 01", "01 01 03 00 0A DE AD BE EF", "00 01 00 2D FF FF",
        "02 01 6A 00 0A 00 11 22 33 44 55 66", "02 01 6A 00 0A", "00 A4 03 00 0A", "00 01 00 4A 51 01 01",
        "03 00 09 6A 00 4A 51 01 01 00",
    ])
    func documentsByChanceStayOpaque(octets: String) {
        let inner = hex(octets)
        let document = decode(EmbeddedTests.message(inner))
        #expect(outline(document) == "<SyncML><Data>#\(inner.map(hexPair).joined())#</Data></SyncML>")
        #expect(document.findings == [])
    }

    /// Without a public identifier, of WBXML 1.0, and in a charset that is not read.
    @Test(arguments: [
        ("02 01 6A 00 4A 51 01 01", ["wbxml-public-id-unknown@10"]),
        ("02 00 05 6A 02 'x' 00 4A 51 01 01", ["wbxml-public-id-offset@10"]),
        ("00 A4 03 00 4A 51 01 01", ["wbxml-version-1-0@9"]),
        ("01 A4 03 6A 00 4A 51 01 01 FF", ["wbxml-trailing-bytes@18"]),
        ("02 A4 03 11 00 4A 51 01 01", ["wbxml-charset-unsupported@12"]),
    ])
    func documentsWithARareHeader(octets: String, marks: [String]) {
        let document = decode(EmbeddedTests.message(hex(octets)))
        #expect(outline(document) == "<SyncML><Data>[DevInf 1.2: <DevInf><Man></Man></DevInf>]</Data></SyncML>")
        #expect(document.marks == marks)
    }

    /// A document that was tried and discarded leaves nothing behind, not even for the text that follows to join.
    @Test func discardedDocumentsLeaveNoTrace() {
        // The discarded document has a text as its third event; after it the outer one has a start there.
        let inner = hex("02 A4 03 6A 00 4A 03 'lost' 00")
        let document = decode(
            hex("02 A4 01 6A 00 6D 4F C3") + [UInt8(inner.count)] + inner + hex("01 03 'kept' 00 4F 03 'x' 00 01 01"))
        #expect(
            outline(document) == "<SyncML><Data>#\(inner.map(hexPair).joined())#</Data>kept<Data>x</Data></SyncML>")
    }

    /// What was found in a discarded document goes with it, and is found in the outer one all the same.
    @Test func discardedFindingsDoNotCount() {
        let inner = hex("02 A4 03 6A 00 4A 7F 01 03 'x' 00")
        let document = decode(
            hex("02 A4 01 6A 00 6D 4F C3") + [UInt8(inner.count)] + inner + hex("01 7F 01 01"))
        #expect(document.marks == ["wbxml-nested-unread@7", "wbxml-token-unknown@21"])
        #expect(!document.findings.contains { $0.text.contains("more") })
    }

    /// Findings of the inner document stand with offsets of the body.
    @Test func innerFindings() {
        let document = decode(EmbeddedTests.message(hex("02 A4 03 6A 00 4A 7F 01 01 FF")))
        #expect(
            outline(document)
                == "<SyncML><Data>[DevInf 1.2: <DevInf><Unknown-0-0x3F></Unknown-0-0x3F></DevInf>]</Data></SyncML>")
        #expect(document.marks == ["wbxml-token-unknown@15", "wbxml-trailing-bytes@18"])
    }

    @Test func nestingHasABound() throws {
        var octets = hex("02 A4 03 6A 00 0A")
        for _ in 0..<6 { octets = EmbeddedTests.message(octets) }
        let document = decode(octets)
        #expect(document.events.filter { $0.kind == .embeddedStart }.count == 4)
        #expect(document.events.filter { $0.kind == .embeddedEnd }.count == 4)
        #expect(document.events.filter { $0.kind == .opaque }.count == 1)
        #expect(document.findings.map(\.rule.id) == ["wbxml-nested-too-deep"])
        #expect(document.complete)
        #expect(document.findings[0].offset == 4 * 9 + 7)
        // As deep as is read is written.
        #expect(outline(decode(try WBXMLEncoder.encode(document))) == outline(document))
    }
}
