import TestSupport
import Testing
import WBXML
import Wire

@Suite struct VectorTests {
    /// A minimal DM package 1, as libwbxml writes it.
    static let package1 = hex(
        """
        02 A4 01 6A 00 6D 6C 71 03 '1.2' 00 01 72 03 'DM/1.2' 00 01 65 03 '1' 00 01 5B 03 '1' 00 01
        6E 57 03 'http://s/dm' 00 01 01 67 57 03 'IMEI:1' 00 01 01 5A 00 01 4C 03 '5000' 00 01 01 01
        00 00 6B 46 4B 03 '1' 00 01 4F 03 '1201' 00 01 01 12 01 01
        """)

    @Test func package1IsRead() {
        let document = decode(VectorTests.package1)
        #expect(
            outline(document) == "<SyncML><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"
                + "<SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>http://s/dm</LocURI></Target>"
                + "<Source><LocURI>IMEI:1</LocURI></Source><Meta><MaxMsgSize>5000</MaxMsgSize></Meta></SyncHdr>"
                + "<SyncBody><Alert><CmdID>1</CmdID><Data>1201</Data></Alert><Final></Final></SyncBody></SyncML>")
        #expect(document.complete)
        #expect(document.language == "SyncML 1.2")
        #expect(document.encoding == "utf-8")
        #expect(document.consumed == VectorTests.package1.count)
        #expect(document.findings == [])
    }

    /// Generic language of WAP-192 8.1: BR=5, CARD=6, XYZ=7, with two no-break spaces as ENTITY.
    @Test func firstExampleOfTheSpecification() {
        let document = decode(
            "03 01 03 00 47 46 03 ' X & Y' 00 05 03 ' X' 00 02 81 20 03 '=' 00 02 81 20 03 '1 ' 00 01 01")
        #expect(
            outline(document) == "<Unknown-0-0x07><Unknown-0-0x06> X & Y<Unknown-0-0x05></Unknown-0-0x05>"
                + " X\u{A0}=\u{A0}1 </Unknown-0-0x06></Unknown-0-0x07>")
        #expect(document.complete)
        #expect(document.language == nil)
        #expect(document.encoding == "us-ascii")
        #expect(document.marks == ["wbxml-public-id-unknown@1"])
    }

    /// Generic language of WAP-192 8.2: attribute starts and values, string table.
    @Test func secondExampleOfTheSpecification() {
        let document = decode(
            """
            03 01 6A 12 'abc' 00 ' Enter name: ' 00 47 C5 09 83 00 05 01 88 06 86 08 03 'xyz' 00 85 03 '/s' 00 01
            83 04 86 07 0A 03 'N' 00 01 01 01
            """)
        #expect(
            outline(document) == "<Unknown-0-0x07>"
                + #"<Unknown-0-0x05 Unknown-0-0x09="abc" Unknown-0-0x05="">"#
                + #"<Unknown-0-0x08 Unknown-0-0x06="Unknown-0-0x86" Unknown-0-0x08="xyzUnknown-0-0x85/s"></Unknown-0-0x08>"#
                + #" Enter name: <Unknown-0-0x06 Unknown-0-0x07="" Unknown-0-0x0A="N"></Unknown-0-0x06>"#
                + "</Unknown-0-0x05></Unknown-0-0x07>")
        #expect(document.complete)
    }
}
