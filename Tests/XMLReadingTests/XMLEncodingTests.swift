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

    @Test(arguments: [
        ("iso-8859-10", "E9", "é"), ("ISO-8859-11", "A1", "ก"), ("iso-8859-13", "E0", "ą"), ("iso-8859-14", "A1", "Ḃ"),
        ("iso-8859-16", "A4", "€"), ("koi8-u", "A4", "є"), ("cp1252", "80", "€"), ("windows-874", "A1", "ก"),
        ("windows-31j", "83 65", "テ"), ("iso-2022-jp", "1B 24 42 25 46 1B 28 42", "テ"), ("big5", "A4 40", "一"),
        // What is sent under this name has ASCII in its lower half.
        ("Shift_JIS", "83 65 5C 7E", "テ\\~"),
    ])
    func furtherEncodings(_ name: String, _ octets: String, _ text: String) {
        let body =
            Array("<?xml version='1.0' encoding='\(name)'?>".utf8) + hex("'<Data>' \(octets) '</Data>'")
        let document = LibXMLReader.read(body, limits: Limits())
        #expect(document.complete)
        #expect(document.findings == [])
        #expect(transcript(document) == ["<S:Data", "\"\(text)\"", ">"])
    }

    /// Whether octets of an unknown encoding are UTF-8 says nothing of the document.
    @Test func octetsInAnUnknownEncodingAreNoError() {
        let body =
            Array("<?xml version='1.0' encoding='x-private'?><Data>&lt;".utf8) + hex("E9 '</Data><?p?><!-- ' E9 '-->'")
        let document = LibXMLReader.read(body, limits: Limits())
        #expect(document.findings.map(\.rule) == [XMLRules.encodingUnknown])
        #expect(!document.complete)
    }

    private struct Labels {
        var charset: String?
        var declared: String?
        var octets: [UInt8]
        var text: String
        var rules: [Rule] = []
        init(_ charset: String?, _ declared: String?, _ octets: [UInt8], _ text: String = "café", _ rules: Rule...) {
            (self.charset, self.declared, self.octets, self.text, self.rules) = (charset, declared, octets, text, rules)
        }
    }

    private static let latin1 = hex("'caf' E9")
    private static let utf8 = hex("'caf' C3A9")
    private static let labels = [
        // The charset parameter stands in for a declaration, and goes before it.
        Labels("iso-8859-1", nil, latin1), Labels("ISO-8859-1", "iso-8859-1", latin1), Labels("utf-8", nil, utf8),
        Labels("", nil, utf8), Labels("UTF8", "utf-8", utf8), Labels("us-ascii", nil, hex("'a'"), "a"),
        Labels("iso-8859-1", "utf-8", hex("'a'"), "a"), Labels("utf-8", "iso-8859-1", hex("'a'"), "a"),
        Labels("gbk", nil, hex("D6 D0"), "中"), Labels("iso-8859-5", nil, hex("E9"), "щ"),
        Labels("iso-8859-1", "utf-8", latin1, "café", XMLRules.encodingWrong),
        Labels("iso-8859-5", "iso-8859-1", hex("E9"), "щ", XMLRules.encodingWrong),
        // The octets decide.
        Labels("iso-8859-1", nil, utf8, "café", XMLRules.encodingWrong),
        Labels("us-ascii", nil, utf8, "café", XMLRules.encodingWrong),
        Labels("iso-8859-1", "utf-8", utf8, "café", XMLRules.encodingWrong),
        Labels("utf-8", "iso-8859-1", utf8, "café", XMLRules.encodingWrong),
        Labels("utf-8", "iso-8859-1", latin1, "café", XMLRules.encodingWrong),
        Labels("utf-16", nil, utf8, "café", XMLRules.encodingWrong),
        Labels("utf-8", "utf-16", utf8, "café", XMLRules.encodingWrong),
        // Such octets may well be Chinese.
        Labels("gbk", nil, hex("C3A9"), "茅"),
        Labels("x-private", nil, utf8, "café", XMLRules.encodingUnknown),
        Labels("x-private", "iso-8859-1", latin1, "café", XMLRules.encodingUnknown),
        Labels("utf-8", nil, latin1, "caf\u{FFFD}", XMLRules.illFormed),
        Labels("utf-8", "utf-8", latin1, "caf\u{FFFD}", XMLRules.illFormed),
    ]

    @Test(arguments: labels.indices) func labelsAndOctets(_ index: Int) {
        let row = XMLEncodingTests.labels[index]
        let declaration = row.declared.map { "<?xml version='1.0' encoding='\($0)'?>" } ?? ""
        let body = Array("\(declaration)<Data>".utf8) + row.octets + Array("</Data>".utf8)
        let document = XMLDocumentReader.read(body, charset: row.charset, limits: Limits())
        #expect(document.findings.map(\.rule) == row.rules, "\(row)")
        #expect(transcript(document) == ["<S:Data", "\"\(row.text)\"", ">"], "\(row)")
        #expect(document.complete == !row.rules.contains(XMLRules.illFormed), "\(row)")
    }

    @Test(arguments: [
        ("EFBBBF", "iso-8859-1", true), ("EFBBBF", "utf-16", true), ("EFBBBF", "utf-8", false), ("", "utf-8", false),
    ])
    func marksOfUTF8(_ mark: String, _ declared: String, _ isWrong: Bool) {
        let body = hex(mark) + Array("<?xml version='1.0' encoding='\(declared)'?><Data>é</Data>".utf8)
        for body in [body, hex(mark) + Array("<Data>é</Data>".utf8)] {
            let charset = body.count > 25 ? nil : declared
            let document = XMLDocumentReader.read(body, charset: charset, limits: Limits())
            #expect(document.complete)
            #expect(document.findings.map(\.rule) == (isWrong ? [XMLRules.encodingWrong] : []))
            #expect(transcript(document) == ["<S:Data", "\"é\"", ">"])
        }
    }

    @Test(
        arguments: [true, false],
        [
            ("UTF-16", false), ("utf-8", true), ("iso-8859-1", true), ("ucs-2", false), ("utf-32", true),
            ("x-private", true),
        ])
    func namesOfUTF16(_ mark: Bool, _ row: (name: String, isWrong: Bool)) {
        for littleEndian in [true, false] {
            let declared = utf16(
                "<?xml version='1.0' encoding='\(row.name)'?><Data>é</Data>", littleEndian: littleEndian, mark: mark)
            let bare = utf16("<Data>é</Data>", littleEndian: littleEndian, mark: mark)
            for (body, charset) in [(declared, nil), (bare, row.name)] {
                let document = XMLDocumentReader.read(body, charset: charset, limits: Limits())
                #expect(document.complete)
                #expect(document.findings.map(\.rule) == (row.isWrong ? [XMLRules.encodingWrong] : []))
                #expect(document.findings.allSatisfy { $0.offset < body.count })
                #expect(transcript(document) == ["<S:Data", "\"é\"", ">"])
            }
        }
    }

    @Test func theOtherOrderOfUTF16IsFound() {
        for littleEndian in [true, false] {
            let name = littleEndian ? "utf-16be" : "utf-16le"
            let text = "<?xml version='1.0' encoding='\(name)'?><Data/>"
            for mark in [true, false] {
                let body = utf16(text, littleEndian: littleEndian, mark: mark)
                #expect(
                    LibXMLReader.read(body, limits: Limits()).findings.map(\.rule) == [XMLRules.encodingWrong])
                let right = utf16(text, littleEndian: !littleEndian, mark: mark)
                #expect(LibXMLReader.read(right, limits: Limits()).findings == [])
            }
        }
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
