import TestSupport
import Testing
import Wire

@testable import XMLReading

@Suite struct XMLEncodingTests {
    private func utf16(_ text: String, littleEndian: Bool, mark: Bool) -> [UInt8] {
        ((mark ? "\u{FEFF}" : "") + text).utf16.flatMap { unit in
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
            return littleEndian ? [low, high] : [high, low]
        }
    }

    @Test(arguments: [(true, true), (false, true), (true, false), (false, false)])
    func utf16(_ littleEndian: Bool, _ mark: Bool) {
        let body = utf16("<Data>é𝄞x</Data>", littleEndian: littleEndian, mark: mark)
        let document = LibXMLReader.read(body, limits: Limits())
        let base = mark ? 2 : 0
        #expect(document.complete)
        #expect(document.findings == [])
        #expect(
            transcript(document, offsets: true) == [
                "\(base)-\(base + 12) <S:Data", "\(base + 12)-\(base + 20) \"é𝄞x\"", "\(base + 20)-\(base + 34) >",
            ])
        #expect(document.consumed == body.count)
    }

    @Test func utf8WithByteOrderMark() {
        let document = LibXMLReader.read(hex("EFBBBF '<Data>' C3A9 '</Data>'"), limits: Limits())
        #expect(transcript(document, offsets: true) == ["3-9 <S:Data", "9-11 \"é\"", "11-18 >"])
        #expect(document.complete)
    }

    @Test(arguments: [
        ("ISO-8859-1", "E9", "é"), ("windows-1252", "80", "€"), ("iso-8859-5", "E9", "щ"), ("US-ASCII", "41", "A"),
    ])
    func declaredEncodings(_ name: String, _ octet: String, _ text: String) {
        let declaration = "<?xml version='1.0' encoding='\(name)'?>"
        let body = Array(declaration.utf8) + hex("'<Data>' \(octet) '</Data>'")
        let document = LibXMLReader.read(body, limits: Limits())
        let base = declaration.utf8.count
        #expect(document.complete)
        #expect(document.encoding == name.lowercased())
        #expect(
            transcript(document, offsets: true) == [
                "\(base)-\(base + 6) <S:Data", "\(base + 6)-\(base + 7) \"\(text)\"", "\(base + 7)-\(base + 14) >",
            ])
    }

    @Test func octetsThatAreNoCharacterAreFound() {
        let body = Array("<?xml version='1.0' encoding='US-ASCII'?><Data>".utf8) + hex("FF '</Data>'")
        let document = LibXMLReader.read(body, limits: Limits())
        #expect(!document.complete)
        #expect(document.findings.map(\.rule) == [XMLRules.encodingWrong])
        #expect(document.findings.first?.offset == 47)
        #expect(transcript(document) == ["<S:Data", "\"\u{FFFD}\"", ">"])
    }

    @Test func latin1WithoutADeclarationIsFound() {
        let document = LibXMLReader.read(hex("'<Data>' E9 '</Data>'"), limits: Limits())
        #expect(!document.complete)
        #expect(document.findings.first?.rule == XMLRules.illFormed)
        #expect(document.findings.first?.offset == 6)
    }

    @Test func declaredUTF16InUTF8OctetsIsReadAllTheSame() {
        let document = LibXMLReader.read(
            Array("<?xml version='1.0' encoding='utf-16'?><Data>é</Data>".utf8), limits: Limits())
        #expect(document.complete)
        #expect(document.findings.map(\.rule) == [XMLRules.encodingWrong])
        #expect(transcript(document) == ["<S:Data", "\"é\"", ">"])
    }

    @Test func anUnknownEncodingIsNamed() {
        let document = LibXMLReader.read(
            Array("<?xml version='1.0' encoding='x-private'?><Data>a</Data>".utf8), limits: Limits())
        #expect(document.findings.map(\.rule) == [XMLRules.encodingUnknown])
        #expect(document.findings.first?.text.contains("x-private") == true)
        #expect(transcript(document) == ["<S:Data", "\"a\"", ">"])
    }

    @Test func octetsWithoutNumberThatAreNoCharacterEndTheReading() {
        let body =
            Array("<?xml version='1.0' encoding='US-ASCII'?><Data>".utf8) + [UInt8](repeating: 0xE9, count: 100_000)
        let document = LibXMLReader.read(body, limits: Limits())
        #expect(document.findings.prefix(2).map(\.rule) == [XMLRules.encodingWrong, XMLRules.encodingWrong])
        #expect(document.arena.count < 10_000)
        #expect(!document.complete)
    }
}
