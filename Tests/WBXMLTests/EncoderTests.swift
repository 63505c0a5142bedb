import TestSupport
import Testing
import WBXML
import Wire

@Suite struct EncoderTests {
    @Test(arguments: [
        ("package 1", VectorTests.package1), ("rich", Fixtures.rich), ("DevInf", Fixtures.devInf),
        ("DDF", Fixtures.tree),
    ])
    func whatWasReadIsWrittenTheSame(what: String, octets: [UInt8]) throws {
        let document = decode(octets)
        for version in WBXMLEncodingOptions.Version.allCases {
            for stringTable in [false, true] {
                let options = WBXMLEncodingOptions(version: version, stringTable: stringTable)
                let written = try WBXMLEncoder.encode(document, options: options)
                let again = decode(written)
                #expect(written[0] == version.rawValue)
                #expect(content(again) == content(document))
                #expect(again.complete)
                #expect(again.language == document.language)
                #expect(try WBXMLEncoder.encode(again, options: options) == written)
            }
        }
    }

    @Test func package1IsWrittenAsLibwbxmlWritesIt() throws {
        #expect(try WBXMLEncoder.encode(decode(VectorTests.package1)) == VectorTests.package1)
    }

    /// Everything that is read completely can be written, odd or not.
    @Test(arguments: FindingTests.cases) func oddDocumentsAreStable(_ row: FindingTests.Case) throws {
        for octets in [hex(row.odd), hex(row.sound)] {
            let document = decode(octets)
            guard document.complete else {
                #expect(throws: WBXMLEncodingError.incomplete) { try WBXMLEncoder.encode(document) }
                continue
            }
            #expect(content(decode(try WBXMLEncoder.encode(document))) == content(document))
        }
    }

    @Test func versionsAndPublicIdentifiers() throws {
        func head(_ octets: String, _ version: WBXMLEncodingOptions.Version = .wbxml12) throws -> [UInt8] {
            try WBXMLEncoder.encode(decode(octets), options: WBXMLEncodingOptions(version: version))
        }
        #expect(try head("03 9F 51 6A 00 2D") == hex("02 9F 51 6A 00 2D"))
        #expect(try head("03 9F 53 6A 00 2D", .wbxml11) == hex("01 9F 53 6A 00 2D"))
        #expect(try head("03 A4 01 6A 00 2D", .wbxml13) == hex("03 A4 01 6A 00 2D"))
        #expect(try head("03 A4 01 6A 00 2D", .wbxml10) == hex("00 A4 01 00 2D"))
        #expect(try head("03 9F 52 6A 00 0A") == hex("02 9F 52 6A 00 0A"))
        #expect(try head("03 9F 54 6A 00 0A") == hex("02 9F 54 6A 00 0A"))
        #expect(try head("03 01 6A 00 0A") == hex("02 A4 03 6A 00 0A"))
        #expect(try head("03 01 6A 00 00 02 20") == hex("02 00 00 6A 1B '-//OMA//DTD-DM-DDF 1.2//EN' 00 00 02 20"))
        #expect(try head("03 0B 6A 00 05") == hex("02 0B 6A 00 05"))
        #expect(try head("03 01 6A 00 3F") == hex("02 01 6A 0F 'Unknown-0-0x3F' 00 04 00"))
    }

    @Test func repeatedTextsGoIntoTheTable() throws {
        let document = decode(
            "02 A4 01 6A 00 6D 4B 03 'long' 00 01 4B 03 'long' 00 01 4B 03 'ab' 00 01 4B 03 'ab' 00 01 01")
        let written = try WBXMLEncoder.encode(document, options: WBXMLEncodingOptions(stringTable: true))
        #expect(
            written == hex("02 A4 01 6A 05 'long' 00 6D 4B 83 00 01 4B 83 00 01 4B 03 'ab' 00 01 4B 03 'ab' 00 01 01"))
        #expect(content(decode(written)) == content(document))
    }

    @Test func sizeAndMaxSizeKeepTheirNames() throws {
        let older = decode("02 9F 54 6A 08 'MaxSize' 00 4A 1C 04 00 01")
        #expect(older.elements == ["DevInf", "Size", "MaxSize"])
        #expect(try WBXMLEncoder.encode(older) == hex("02 9F 54 6A 08 'MaxSize' 00 4A 1C 04 00 01"))
        let newer = decode("02 A4 03 6A 05 'Size' 00 4A 1C 04 00 01")
        #expect(newer.elements == ["DevInf", "MaxSize", "Size"])
        #expect(try WBXMLEncoder.encode(newer) == hex("02 A4 03 6A 05 'Size' 00 4A 1C 04 00 01"))
    }

    // MARK: From XML

    @Test func layoutAndNamespacesOfXMLAreLeftOut() throws {
        let document = xml {
            $0.start(.syncML, attributes: [("xmlns", "SYNCML:SYNCML1.2"), ("xmlns:m", "x"), ("lang", "en")])
            $0.text("\n  ")
            $0.start(.syncBody)
            $0.text("\n\t")
            $0.start(.data)
            $0.text("  ")
            $0.end()
            $0.text("\r\n")
            $0.start(.data)
            $0.text(" a ")
            $0.end()
            $0.text("\n")
            $0.end()
            $0.end()
        }
        #expect(
            try WBXMLEncoder.encode(document)
                == hex("02 A4 01 6A 05 'lang' 00 ED 04 00 03 'en' 00 01 6B 4F 03 '  ' 00 01 4F 03 ' a ' 00 01 01 01"))
    }

    @Test func namesWithoutTokens() throws {
        let document = xml {
            $0.start(.syncML)
            $0.start(name: "x:Odd", attributes: [("a", "1")])
            $0.end()
            $0.start(ElementName(.devInf, 0x11))
            $0.end()
            $0.end()
        }
        #expect(
            try WBXMLEncoder.encode(document)
                == hex("02 A4 01 6A 0C 'x:Odd' 00 'a' 00 'Man' 00 6D 84 00 04 06 03 '1' 00 01 04 08 01"))
    }

    /// DevInf and MgmtTree as markup inside Data become documents, of the version their VerDTD says.
    @Test(arguments: [("1.0", "DevInf 1.0"), ("1.1", "DevInf 1.1"), ("1.2", "DevInf 1.2"), ("9", "DevInf 1.2")])
    func markupOfOtherLanguagesIsNested(version: String, language: String) throws {
        let document = xml {
            $0.start(.syncML)
            $0.start(MetInf.type)
            $0.text("application/vnd.syncml-devinf+xml")
            $0.end()
            $0.start(.data)
            $0.text("\n")
            $0.start(ElementName(.devInf, 0x0A))
            $0.text("\n")
            $0.start(ElementName(.devInf, 0x25))
            $0.text(version)
            $0.end()
            $0.end()
            $0.text("\n")
            $0.end()
            $0.start(MetInf.type)
            $0.text("application/vnd.syncml.dmtnds+xml")
            $0.end()
            $0.end()
        }
        #expect(
            outline(decode(try WBXMLEncoder.encode(document)))
                == "<SyncML><Type>application/vnd.syncml-devinf+wbxml</Type>"
                + "<Data>[\(language): <DevInf><VerDTD>\(version)</VerDTD></DevInf>]</Data>"
                + "<Type>application/vnd.syncml.dmtnds+xml</Type></SyncML>")
    }

    /// A document of device information by itself says its version in VerDTD, too.
    @Test(arguments: [("1.0", "02 9F 52"), ("1.1", "02 9F 54"), ("1.2", "02 A4 03")])
    func devInfByItself(version: String, head: String) throws {
        let document = xml {
            $0.start(ElementName(.devInf, 0x0A))
            $0.start(ElementName(.devInf, 0x25), attributes: [("a", "")])
            $0.text(version)
            $0.end()
            $0.end()
        }
        #expect(try WBXMLEncoder.encode(document).starts(with: hex(head)))
    }

    @Test func contentInPlaceOfAnother() {
        #expect(WBXMLEncoder.content("abc", inPlaceOf: [3, 0x61, 0]) == hex("03 'abc' 00"))
        #expect(WBXMLEncoder.content("abc", inPlaceOf: [0xC3, 0]) == hex("C3 03 'abc'"))
        let long = String(repeating: "a", count: 200)
        #expect(WBXMLEncoder.content(long, inPlaceOf: [0xC3, 0]) == hex("C3 81 48") + Array(long.utf8))
    }

    @Test func textIsNestedOnRequestOnly() throws {
        let document = xml {
            $0.start(.syncML)
            $0.start(MetInf.type)
            $0.text("application/vnd.syncml.dmtnds+xml")
            $0.end()
            $0.start(.data)
            $0.text(" <MgmtTree/>")
            $0.end()
            $0.start(.data)
            $0.text("<other/>")
            $0.end()
            $0.end()
        }
        #expect(
            outline(decode(try WBXMLEncoder.encode(document)))
                == "<SyncML><Type>application/vnd.syncml.dmtnds+xml</Type><Data> <MgmtTree/></Data>"
                + "<Data><other/></Data></SyncML>")
        let options = WBXMLEncodingOptions { text in
            xml {
                let tree = text.text(0..<text.byteCount) == " <MgmtTree/>"
                if tree { $0.start(ElementName(.dmddf, 0x20)) } else { $0.start(name: "other") }
                $0.end()
            }
        }
        #expect(
            outline(decode(try WBXMLEncoder.encode(document, options: options)))
                == "<SyncML><Type>application/vnd.syncml.dmtnds+wbxml</Type>"
                + "<Data>[DMDDF 1.2: <MgmtTree></MgmtTree>]</Data><Data><other/></Data></SyncML>")
    }

    // MARK: What cannot be written

    @Test func errors() {
        let nul = xml {
            $0.start(.syncML)
            $0.text("a\u{0}b")
            $0.end()
        }
        #expect(throws: WBXMLEncodingError.textHoldsNUL(offset: 0)) { try WBXMLEncoder.encode(nul) }
        let unnamed = xml {
            $0.start(name: "")
            $0.end()
        }
        #expect(throws: WBXMLEncodingError.invalidName(offset: 0)) { try WBXMLEncoder.encode(unnamed) }
        #expect(throws: WBXMLEncodingError.incomplete) { try WBXMLEncoder.encode(MarkupDocument(.xml)) }
        var deep = xml { $0.start(.syncML) }
        deep.events += [MarkupDocument.Event](repeating: .init(.embeddedStart, start: 7, end: 7), count: 100)
        deep.events += [MarkupDocument.Event](repeating: .init(.embeddedEnd, start: 7, end: 7), count: 100)
        #expect(throws: WBXMLEncodingError.nestedTooDeep(offset: 7)) { try WBXMLEncoder.encode(deep) }
        #expect(WBXMLEncodingError.textHoldsNUL(offset: 3).description.contains("at 3"))
    }
}

/// Makes the events of an XML document.
struct MarkupMaker {
    fileprivate(set) var document = MarkupDocument(.xml)
    private var open: [MarkupDocument.Event] = []

    mutating func start(_ name: ElementName, attributes: [(String, String)] = []) {
        start(.init(.start, name, start: 0, end: 0), attributes)
    }

    mutating func start(name: String, attributes: [(String, String)] = []) {
        start(.init(.start, start: 0, end: 0, text: add(name)), attributes)
    }

    mutating func text(_ text: String) { document.events.append(.init(.text, start: 0, end: 0, text: add(text))) }

    mutating func end() {
        guard var event = open.popLast() else { return }
        event.kind = .end
        document.events.append(event)
    }

    private mutating func start(_ event: MarkupDocument.Event, _ attributes: [(String, String)]) {
        document.events.append(event)
        open.append(event)
        for (name, value) in attributes {
            document.events.append(.init(.attributeName, start: 0, end: 0, text: add(name)))
            document.events.append(.init(.attributeValue, start: 0, end: 0, text: add(value)))
        }
    }

    private mutating func add(_ text: String) -> Range<Int> {
        let from = document.arena.count
        document.arena += Array(text.utf8)
        return from..<document.arena.count
    }
}

func xml(_ make: (inout MarkupMaker) -> Void) -> MarkupDocument {
    var maker = MarkupMaker()
    make(&maker)
    maker.document.complete = true
    return maker.document
}
