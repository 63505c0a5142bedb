import SyncML
import TestSupport
import Testing
import WBXML
import Wire

func decode(_ octets: [UInt8]) -> MarkupDocument { WBXMLDecoder.decode(octets.span.bytes, limits: Limits()) }

/// WBXML messages as hex.
enum Samples {
    /// A minimal package 1.
    static let packageOne = hex(
        """
        02 A4 01 6A 00 6D 6C 71 03 '1.2' 00 01 72 03 'DM/1.2' 00 01 65 03 '1' 00 01 5B 03 '1' 00 01
        6E 57 03 'http://s/dm' 00 01 01 67 57 03 'IMEI:1' 00 01 01 5A 00 01 4C 03 '5000' 00 01 01 01
        00 00 6B 46 4B 03 '1' 00 01 4F 03 '1201' 00 01 01 12 01 01
        """)

    /// A Data of a Results that holds a DevInf 1.2 document, raw octets and a chunk.
    static let results = hex(
        """
        02 A4 01 6A 00 6D 6B 62 4B 03 '1' 00 01 4C 03 '2' 00 01
        54 4F C3 10 02 A4 03 6A 00 4A 65 03 '1.2' 00 01 51 01 01 01 01
        54 5A 00 01 47 03 'bin' 00 01 01 00 00 4F C3 04 00 FF 10 80 01 34 01 01 12 01 01
        """)
}

/// A document from XML text, which the scanner has to accept.
func parse(_ text: String) throws -> MarkupDocument {
    try #require(XMLScanner.scan(Array(text.utf8), limits: Limits()))
}

func message(_ text: String) throws -> SyncMLMessage { try #require(SyncMLReader.read(parse(text))) }

extension SyncMLMessage {
    /// Each finding as `id@offset`.
    var marks: [String] { findings.map { "\($0.rule.id)@\($0.offset)" } }
}
