import TestSupport
import Testing
import WBXML
import Wire

@Suite struct DecoderTests {
    @Test func richDocumentIsRead() {
        let document = decode(Fixtures.rich)
        #expect(outline(document) == Fixtures.richOutline)
        #expect(document.complete)
        #expect(
            document.findings.map(\.rule.id) == [
                "wbxml-switch-before-end", "wbxml-string-table-unterminated", "wbxml-token-unknown",
                "wbxml-token-unknown", "wbxml-extension", "wbxml-extension", "wbxml-extension",
            ])
    }

    /// What each event is made of lies where it says, inside embedded documents too.
    @Test func offsetsAreThoseOfTheBody() throws {
        let octets = Fixtures.rich
        let document = decode(octets)
        for event in document.events {
            let made = Array(octets[Int(event.start)..<Int(event.end)])
            switch event.kind {
            case .start:
                let literal = [0x04, 0x44, 0x84, 0xC4].contains(made[0])
                #expect(made.count == (literal ? 2 : 1))
                #expect(literal || made[0] & 0x3F == event.name.wbxmlToken || event.name == .unknown)
            case .end: #expect(made == [0x01] || made == [])
            case .text: #expect(made[0] == 0x03 || made[0] == 0x83)
            case .opaque: #expect(made == hex("C3 04 FF 00 01 FE"))
            case .attributeName: #expect(made[0] == 0x04 && made.count == 2)
            case .attributeValue: #expect(made[0] == 0x03)
            case .processingInstruction: #expect(made == hex("43 04 12 03 'en' 00 01"))
            case .embeddedStart: #expect(made[0] == 0xC3 && made.count == 2)
            case .embeddedEnd: #expect(made == [])
            }
        }
        let manufacturer = try #require(document.events.first { $0.name == ElementName(.devInf, 0x11) })
        let inner = try #require(octets.indices.first { octets[$0...].starts(with: Fixtures.devInf) })
        let within = try #require(Fixtures.devInf.firstIndex(of: 0x51))
        #expect(Int(manufacturer.start) == inner + within)
    }

    /// Strings, entities and opaque data next to each other are one value; what stands between keeps them apart.
    @Test(arguments: [
        ("03 'a' 00 03 'b' 00", "ab"), ("03 'a' 00 83 00 03 'c' 00", "aBUc"), ("83 01 83 00 83 01", "UBUU"),
        ("02 41 03 'b' 00 02 81 29", "Ab©"), ("02 41 02 42 83 00", "ABBU"), ("03 'a' 00 00 00 03 'b' 00", "ab"),
        ("03 'a' 00 03 00 C3 00 03 'b' 00", "ab"), ("03 'a' 00 80 05 03 'b' 00", "ab"),
        ("03 'a' 00 C3 01 'x' 03 'b' 00", "#617862#"), ("C3 01 C3 C3 01 A9", "#C3A9#"),
        ("C3 01 FF 12 C3 01 FE", "#FF#<Final></Final>#FE#"), ("03 'a' 00 12 03 'b' 00", "a<Final></Final>b"),
        ("03 'a' 00 43 04 00 01 03 'b' 00", "a<?BU?>b"),
    ])
    func neighboursJoin(octets: String, text: String) {
        let document = decode("02 A4 01 6A 03 'BU' 00 6D \(octets) 01")
        #expect(outline(document) == "<SyncML>\(text)</SyncML>")
    }

    /// The value of an attribute is not joined with the content that follows it.
    @Test func attributesAndContentStayApart() {
        let document = decode(
            "02 A4 01 6A 04 'a' 00 'b' 00 ED 04 00 03 'x' 00 02 41 C3 01 'z' 04 02 01 03 'text' 00 43 04 00 03 'y' 00 01 03 't' 00 01"
        )
        #expect(outline(document) == #"<SyncML a="xAz" b="">text<?a y?>t</SyncML>"#)
        #expect(document.complete)
    }

    /// A literal name that has a token, on whichever page, is that element; others are unknown.
    @Test func literalNamesAreLookedUp() {
        let document = decode("02 A4 01 6A 0B 'Final' 00 'Bogus' 6D 04 00 00 01 04 00 04 06 01")
        #expect(document.elements == ["SyncML", "Final", "Final", "Bogus"])
        #expect(document.events.map(\.name.vocabulary)[1...6] == [.syncML, .syncML, .syncML, .syncML, .other, .other])
    }

    @Test func endsCarryTheNameOfTheirStart() {
        let document = decode("02 A4 01 6A 06 'Bogus' 00 6D 44 00 30 01 01")
        let ends = document.events.filter { $0.kind == .end }.map { document.displayName($0) }
        #expect(ends == ["Unknown-0-0x30", "Bogus", "SyncML"])
    }

    @Test func codePagesLastUntilTheNextSwitch() {
        let document = decode("02 A4 01 6A 00 00 00 6D 5A 00 01 4C 01 01 13 00 00 13 00 02 60 01 00 00 12 01")
        #expect(
            outline(document) == "<SyncML><Meta><MaxMsgSize></MaxMsgSize></Meta><Type></Type><Get></Get>"
                + "<MgmtTree></MgmtTree><Final></Final></SyncML>")
        #expect(document.findings == [])
    }

    @Test func consumedIsTheEndOfTheRoot() {
        #expect(decode("02 A4 01 6A 00 2D FF FF").consumed == 6)
        #expect(decode("02 A4 01 6A 00 6D 01").consumed == 7)
        let trailing = decode("02 A4 01 6A 00 2D FF FF")
        #expect(trailing.findings.map(\.text) == ["2 octets follow the root element"])
        #expect(trailing.complete)
    }

    @Test(arguments: [
        ("02 A4 01 6A 00 2D", true), ("03 9F 51 6A 00", true), ("02 00 00 6A 1D", true), ("01 01 6A 00", true),
        ("00 04", true), ("02 A4", true), ("02", true), ("03 0B 00", true), ("01 A4 01 87 77", true), ("", false),
        ("04 A4 01 6A 00", false), ("3C 3F 78 6D 6C", false), ("02 A4 02 FF", true), ("02 A4 05 6A", true),
        ("02 7F 6A 00", false), ("02 80 80 80 80 80 01", false), ("1F 8B 08", false), ("00 00 00 00", true),
        ("02 A4 01 7F 00", false),
    ])
    func sniffing(octets: String, expected: Bool) {
        #expect(WBXMLDecoder.looksLikeWBXML(hex(octets).span.bytes) == expected)
    }
}
