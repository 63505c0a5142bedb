import TestSupport
import Testing
import WBXML
import Wire

/// The forms in which engines in the field write the same message: all are read as the same tree.
@Suite struct EncoderDifferenceTests {
    static let body = "6C 71 03 '1.2' 00 01 01 6B 12 01 01"
    static let tree =
        "<SyncHdr><VerDTD>1.2</VerDTD></SyncHdr><SyncBody><Final></Final></SyncBody></SyncML>"

    @Test(arguments: [
        ("libwbxml", "03 A4 01 6A 00 6D \(body)", "SyncML 1.2", []),
        ("libwbxml with a table", "03 A4 01 6A 04 '1.2' 00 6D 6C 71 83 00 01 01 6B 12 01 01", "SyncML 1.2", []),
        ("Synthesis, SyncML 1.1", "02 9F 53 6A 00 6D \(body)", "SyncML 1.1", []),
        ("Synthesis, SyncML 1.2", "02 A4 01 6A 00 6D \(body)", "SyncML 1.2", []),
        (
            "Synthesis, SyncML 1.0", "02 00 00 6A 1D '-//SYNCML//DTD SyncML 1.0//EN' 6D \(body)", "SyncML 1.0",
            ["wbxml-string-table-unterminated@5"]
        ),
        (
            "Motorola and Samsung", "02 00 00 6A 1D '-//SYNCML//DTD SyncML 1.2//EN' 6D \(body)", "SyncML 1.2",
            ["wbxml-string-table-unterminated@5"]
        ),
        (
            "the single slash of MetaInfo 1.2.1", "02 00 00 6A 1D '-//SYNCML//DTD SyncML 1.2/EN' 00 6D \(body)",
            "SyncML 1.2", []
        ),
        ("WBXML 1.1", "01 A4 01 6A 00 6D \(body)", "SyncML 1.2", []),
        ("a leading page switch", "02 A4 01 6A 00 00 00 6D \(body)", "SyncML 1.2", []),
        ("Final with content", "02 A4 01 6A 00 6D 6C 71 03 '1.2' 00 01 01 6B 52 01 01 01", "SyncML 1.2", []),
        ("US-ASCII", "02 A4 01 03 00 6D \(body)", "SyncML 1.2", []),
        ("charset unknown", "02 A4 01 00 00 6D \(body)", "SyncML 1.2", []),
    ])
    func samesTree(engine: String, octets: String, language: String, marks: [String]) {
        let document = decode(octets)
        #expect(outline(document) == "<SyncML>" + EncoderDifferenceTests.tree)
        #expect(document.language == language)
        #expect(document.complete)
        #expect(document.marks == marks)
    }

    @Test func nokiaNamespace() {
        let document = decode("02 A4 01 6A 00 ED 04 00 03 'SYNCML:SYNCML1.2' 00 01 \(EncoderDifferenceTests.body)")
        #expect(outline(document) == #"<SyncML xmlns="SYNCML:SYNCML1.2">"# + EncoderDifferenceTests.tree)
        #expect(document.marks == ["wbxml-xmlns-literal@6"])
    }

    /// SourceParent came with 1.2; Nokia devices send it in 1.1.
    @Test func tokensNewerThanTheLanguage() {
        let document = decode("02 9F 53 6A 00 6D 79 57 03 'A' 00 01 01 01")
        #expect(outline(document) == "<SyncML><SourceParent><LocURI>A</LocURI></SourceParent></SyncML>")
        #expect(document.findings == [])
    }

    @Test func samsungSwitchesBeforeTheEndOfMeta() {
        let document = decode(
            "02 A4 01 6A 00 6D 5A 00 01 13 00 00 01 5A 00 01 13 00 00 01 12 01")
        #expect(document.elements == ["SyncML", "Meta", "Type", "Meta", "Type", "Final"])
        #expect(document.marks == ["wbxml-switch-before-end@10"])
        #expect(document.findings[0].text.hasSuffix("(and 1 more)"))
    }

    @Test func unknownElementOfLibwbxml() {
        let document = decode("03 A4 01 6A 06 'Bogus' 00 6D 6B 44 00 03 'q' 00 01 01 01")
        #expect(outline(document) == "<SyncML><SyncBody><Bogus>q</Bogus></SyncBody></SyncML>")
        #expect(document.findings == [])
    }

    /// The identifier is not the first string of the table, as libwbxml writes a DDF.
    @Test func treeOfLibwbxml() {
        let document = decode(
            "03 00 0B 6A 26 'text/plain' 00 '-//OMA//DTD-DM-DDF 1.2//EN' 00 00 02 60 77 03 '1.2' 00 01 61 83 00 01 01")
        #expect(outline(document) == "<MgmtTree><VerDTD>1.2</VerDTD><MIME>text/plain</MIME></MgmtTree>")
        #expect(document.language == "DMDDF 1.2")
        #expect(document.findings == [])
    }

    /// DM trees of Motorola's engine, in a language of its own: structure and values are read.
    @Test func treeOfMotorola() {
        let document = decode("01 01 6A 00 5E 5D 5C C3 03 'URI' 01 57 C3 01 05 01 01 01")
        #expect(
            outline(document) == "<Unknown-0-0x1E><Unknown-0-0x1D><Unknown-0-0x1C>#555249#</Unknown-0-0x1C>"
                + "<Unknown-0-0x17>#05#</Unknown-0-0x17></Unknown-0-0x1D></Unknown-0-0x1E>")
        #expect(document.complete)
        #expect(document.marks == ["wbxml-public-id-unknown@1"])
    }

    @Test func sizeOfOlderDevInf() {
        #expect(decode("02 9F 52 6A 00 4A 1C 01").elements == ["DevInf", "Size"])
        #expect(decode("02 9F 54 6A 00 4A 1C 01").elements == ["DevInf", "Size"])
        #expect(decode("02 A4 03 6A 00 4A 1C 01").elements == ["DevInf", "MaxSize"])
    }

    @Test func otherSpellingsOfMetInf() {
        for text in [
            "-//SYNCML//DTD MetaInf 1.2//EN", "-//SYNCML//DTD MetInf 1.2//EN", "-//OMA//DTD SYNCML-METINF 1.2//EN",
        ] {
            let document = decode([2, 0, 0, 0x6A, UInt8(text.utf8.count + 1)] + Array(text.utf8) + hex("00 00 01 0E"))
            #expect(document.language == "MetInf 1.2")
            #expect(document.elements == ["MetInf"])
        }
    }
}
