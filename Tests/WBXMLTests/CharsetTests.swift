import TestSupport
import Testing
import WBXML
import Wire

@Suite struct CharsetTests {
    @Test(arguments: [
        ("UTF-8", "6A", "utf-8", "03 'a' C3 A4 E2 82 AC 00", "aä€"),
        ("US-ASCII", "03", "us-ascii", "03 'abc' 00", "abc"),
        ("ISO-8859-1", "04", "iso-8859-1", "03 'a' E4 FF 00", "aäÿ"),
        ("UTF-16BE", "87 75", "utf-16be", "03 00 'a' 00 E4 20 AC D8 3D DE 01 00 00", "aä€\u{1F601}"),
        ("UTF-16LE", "87 76", "utf-16le", "03 'a' 00 E4 00 AC 20 3D D8 00 DE 00 00", "aä€\u{1F600}"),
        ("UTF-16 big-endian by default", "87 77", "utf-16", "03 00 'a' 20 AC 00 00", "a€"),
        ("UTF-16 with its mark", "87 77", "utf-16", "03 FF FE 'a' 00 AC 20 00 00", "a€"),
        ("UTF-16 with the other mark", "87 77", "utf-16", "03 FE FF 00 'a' 00 00", "a"),
        ("UCS-2", "87 68", "iso-10646-ucs-2", "03 00 'a' 00 E4 00 00", "aä"),
        ("a terminator is a whole unit", "87 75", "utf-16be", "03 01 00 00 'a' 00 00", "\u{100}a"),
        ("a code point between units", "87 75", "utf-16be", "03 00 'a' 00 00 02 81 20 03 00 'b' 00 00", "a\u{A0}b"),
    ])
    func textIsConverted(what: String, charset: String, name: String, octets: String, text: String) {
        let document = decode("02 A4 01 \(charset) 00 6D \(octets) 01")
        #expect(outline(document) == "<SyncML>\(text)</SyncML>")
        #expect(document.encoding == name)
        #expect(document.complete)
        #expect(document.findings == [])
    }

    @Test(arguments: [
        ("a high surrogate alone", "87 75", "03 D8 3D 00 'a' 00 00", "\u{FFFD}a"),
        ("a high surrogate last", "87 75", "03 00 'a' D8 3D 00 00", "a\u{FFFD}"),
        ("a low surrogate alone", "87 75", "03 DE 00 00 'a' 00 00", "\u{FFFD}a"),
        ("two high surrogates", "87 76", "03 3D D8 3D D8 00 DE 00 00", "\u{FFFD}\u{1F600}"),
        ("a cut sequence", "6A", "03 E2 82 00", "\u{FFFD}"),
        ("an overlong form", "6A", "03 C0 80 'a' 00", "\u{FFFD}\u{FFFD}a"),
    ])
    func invalidTextIsFound(what: String, charset: String, octets: String, text: String) {
        let document = decode("02 A4 01 \(charset) 00 6D \(octets) 01")
        #expect(outline(document) == "<SyncML>\(text)</SyncML>")
        #expect(document.findings.map(\.rule.id) == ["wbxml-text-invalid"])
        #expect(document.complete)
    }

    /// String table, names and identifier in a wide encoding: offsets count octets.
    @Test func wideStringTable() {
        let identifier: [UInt8] = "-//SYNCML//DTD SyncML 1.2//EN".utf8.flatMap { [0, $0] }
        let table: [UInt8] = identifier + [0, 0] + hex("00 'a' 00 00 20 AC")
        let name = UInt8(identifier.count + 2)
        let head: [UInt8] = hex("02 00 00 87 75") + [UInt8(table.count)]
        let body: [UInt8] = [0x6D, 0x04, name, 0x83, name + 4, 0x01]
        let document = decode(head + table + body)
        #expect(outline(document) == "<SyncML><a></a>€</SyncML>")
        #expect(document.language == "SyncML 1.2")
        #expect(document.marks == ["wbxml-string-table-unterminated@\(6 + identifier.count + 6)"])
    }

    @Test func theContentTypeHasPrecedence() {
        let octets = hex("02 A4 01 6A 00 6D 03 'a' E4 00 01")
        let document = decode(octets, mediaCharset: "ISO-8859-1")
        #expect(outline(document) == "<SyncML>aä</SyncML>")
        #expect(document.encoding == "utf-8")
        #expect(document.marks == ["wbxml-charset-conflict@3"])
    }

    @Test(arguments: ["utf-8", "UTF-8", "us-ascii", "x-unheard-of"])
    func aContentTypeThatAgreesIsSilent(charset: String) {
        #expect(decode(hex("02 A4 01 6A 00 6D 03 'a' 00 01"), mediaCharset: charset).findings == [])
    }

    @Test func theContentTypeFillsIn() {
        let document = decode(hex("02 A4 01 00 00 6D 03 E4 00 01"), mediaCharset: "iso-8859-1")
        #expect(outline(document) == "<SyncML>ä</SyncML>")
        #expect(document.encoding == nil)
        #expect(document.findings == [])
    }

    @Test func unsupportedIsReadAsUTF8() {
        let document = decode("02 A4 01 11 00 6D 03 'a' C3 A4 00 01")
        #expect(outline(document) == "<SyncML>aä</SyncML>")
        #expect(document.encoding == "shift_jis")
        #expect(document.findings.map(\.text) == ["the charset is MIBenum 17 (shift_jis), which is read as UTF-8"])
    }
}
