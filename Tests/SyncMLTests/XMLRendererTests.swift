import FoundationEssentials
import SyncML
import TestSupport
import Testing
import WBXML
import Wire

@Suite struct XMLRendererTests {
    private func compact(_ document: MarkupDocument) -> String {
        var out: [UInt8] = Array("|".utf8)
        XMLRenderer.renderCompact(document, into: &out)
        return String(decoding: out, as: UTF8.self)
    }

    private func indented(_ document: MarkupDocument) -> String {
        var out: [UInt8] = []
        XMLRenderer.renderIndented(document, into: &out)
        return String(decoding: out, as: UTF8.self)
    }

    private func annotated(_ document: MarkupDocument, offsets: Bool = false) -> String {
        var out: [UInt8] = []
        let findings = document.findings + (SyncMLReader.read(document)?.findings ?? [])
        XMLRenderer.renderAnnotated(document, findings: findings, offsets: offsets, into: &out)
        return String(decoding: out, as: UTF8.self)
    }

    @Test func compactAppendsOneLine() {
        #expect(
            compact(decode(Samples.packageOne))
                == "|<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"
                + "<SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>http://s/dm</LocURI></Target>"
                + "<Source><LocURI>IMEI:1</LocURI></Source><Meta><MaxMsgSize xmlns=\"syncml:metinf\">5000</MaxMsgSize></Meta>"
                + "</SyncHdr><SyncBody><Alert><CmdID>1</CmdID><Data>1201</Data></Alert><Final/></SyncBody></SyncML>")
    }

    @Test func embeddedDocumentsStandInPlaceAndOctetsInBase64() {
        #expect(
            compact(decode(Samples.results))
                == "|<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncBody><Results><CmdID>1</CmdID><CmdRef>2</CmdRef>"
                + "<Item><Data><DevInf xmlns=\"syncml:devinf\"><VerDTD>1.2</VerDTD><Man/></DevInf></Data></Item>"
                + "<Item><Meta><Format xmlns=\"syncml:metinf\">bin</Format></Meta><Data>AP8QgA==</Data><MoreData/></Item>"
                + "</Results><Final/></SyncBody></SyncML>")
    }

    @Test(arguments: [
        ("03 'a<b>&\"c' 00", "a&lt;b&gt;&amp;\"c"),
        ("03 'a' 0D 0A 01 'b' 00", "a&#13;\n\u{FFFD}b"),
        ("03 'a' FF C3 A9 00", "a\u{FFFD}é"),
        ("C3 02 C3 A9", "é"),
        ("C3 02 C3 28", "wyg="),
        ("C3 04 F0 9F 98 80", "😀"),
        ("C3 04 F0 80 80 80", "8ICAgA=="),
        ("C3 04 F4 90 80 80", "9JCAgA=="),
        ("C3 03 F0 9F 98", "8J+Y"),
    ])
    func textsThatXMLCannotHoldAsTheyAre(_ content: String, _ expected: String) {
        #expect(
            compact(decode(hex("02A4016A00 4F \(content) 01")))
                == "|<Data xmlns=\"SYNCML:SYNCML1.2\">\(expected)</Data>")
    }

    /// The one-loop writer and the general one, and the former's string of JSON, against each other: characters that either
    /// escapes, at every distance from the ends of a text and of the octets.
    @Test(arguments: [
        "'a'", "'<'", "'>'", "'&'", "'\\'", "22", "0A", "0D", "09", "7F", "01", "1F", "'é'", "C3", "E2 82 AC", "FF",
    ])
    func bothWritersWriteTheSame(_ special: String) throws {
        for (length, isOpaque) in (0..<20).flatMap({ [($0, false), ($0, true)] }) {
            for place in 0...length {
                var text = Array(repeating: UInt8(0x78), count: length)
                text.insert(contentsOf: hex(special), at: place)
                let item = isOpaque ? [0xC3, UInt8(text.count)] + text : [0x03] + text + [0x00]
                let document = decode(
                    hex("02A4016A00 6D 6B 60 4B 03 '1' 00 01 54 5A 0001 47 03 'b' 00 01 01 0000 4F") + item
                        + hex("01 01 01 12 01 01"))
                #expect(document.complete)
                var general = document
                general.complete = false
                let xml = compact(document)
                #expect(xml == compact(general))
                var escaped = OctetWriter(capacity: 0)
                #expect(XMLRenderer.renderCompactJSON(document, into: &escaped) == xml.utf8.count - 1)
                let json = Data("\"".utf8) + Data(escaped.slice) + Data("\"".utf8)
                #expect("|" + (try JSONDecoder().decode(String.self, from: json)) == xml)
            }
        }
    }

    @Test func bothWritersWriteEmbeddedDocuments() {
        var general = decode(Samples.results)
        general.complete = false
        #expect(compact(general) == compact(decode(Samples.results)))
    }

    /// What is not for the one-loop writer leaves nothing behind.
    @Test func whatIsNotPlainIsNotWrittenForJSON() {
        for octets in [
            hex("02A4016A00 6D 01 01"), Array(Samples.packageOne.dropLast()),
            hex("02A4016A 04 'a:b' 00 6D 44 00 03 'q' 00 01 01"),
            hex("02A4016A00 6D 6C") + Array(repeating: 0x6C, count: 200),
        ] {
            var out = OctetWriter()
            out += "kept".utf8
            let isPlain = XMLRenderer.renderCompactJSON(decode(octets), into: &out) != nil
            #expect(isPlain == (out.count > 4))
            #expect(isPlain == (octets.count == 8))
        }
    }

    /// Elements, and an embedded document, as deep as the one-loop writer's stack and deeper.
    @Test(arguments: [(125, true), (126, false), (127, false), (128, false)])
    func deepDocumentsAreForTheGeneralWriter(_ depth: Int, _ isPlain: Bool) {
        var limits = Limits()
        limits.depth = 200
        let octets =
            hex("02A4016A00") + Array(repeating: 0x6D, count: depth) + hex("4F C3 06 02A4036A000A 01")
            + Array(repeating: 0x01, count: depth)
        let document = WBXMLDecoder.decode(octets.span.bytes, limits: limits)
        #expect(document.complete)
        var out = OctetWriter()
        #expect((XMLRenderer.renderCompactJSON(document, into: &out) != nil) == isPlain)
        let end = "<DevInf xmlns=\"syncml:devinf\"/></Data>" + String(repeating: "</SyncML>", count: depth)
        #expect(compact(document).hasSuffix(end))
    }

    @Test func namespaceComesFromThePublicIdentifier() {
        #expect(compact(decode(hex("029F536A002D"))) == "|<SyncML xmlns=\"SYNCML:SYNCML1.1\"/>")
        // A document that says xmlns itself does not say it twice.
        #expect(
            compact(decode(hex("02a4016a00ed04000353594e434d4c3a53594e434d4c312e3200016c7103312e3200010101")))
                == "|<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD></SyncHdr></SyncML>")
        // Nor where it says that of another.
        #expect(
            compact(decode(hex("02A4016A 06 'xmlns' 00 AD 04 00 03 'urn:x' 00 01"))) == "|<SyncML xmlns=\"urn:x\"/>")
    }

    @Test func namesWithAPrefixNobodyDeclares() {
        // LITERAL_C a:b inside SyncBody; LITERAL attribute twice.
        let document = decode(hex("02A4016A 04 'a:b' 00 ED 04 00 03 '1' 00 04 00 03 '2' 00 01 44 00 03 'q' 00 01 01"))
        #expect(document.complete)
        #expect(compact(document) == "|<SyncML a_b=\"1\" xmlns=\"SYNCML:SYNCML1.2\"><a_b>q</a_b></SyncML>")
        let declared = decode(
            hex("02A4016A 0C 'a:b' 00 'xmlns:a' 00 ED 04 04 03 'urn:a' 00 01 44 00 03 'q' 00 01 01"))
        #expect(
            compact(declared) == "|<SyncML xmlns:a=\"urn:a\" xmlns=\"SYNCML:SYNCML1.2\"><a:b>q</a:b></SyncML>")
    }

    @Test func brokenOffDocumentsAreClosed() {
        for count in 5..<Samples.packageOne.count {
            let document = decode(Array(Samples.packageOne[..<count]))
            for text in [compact(document), indented(document)] {
                let starts = text.split(separator: "<").count { !$0.hasPrefix("/") && !$0.contains("/>") && $0 != "|" }
                let ends = text.split(separator: "<").count { $0.hasPrefix("/") }
                #expect(starts == ends)
            }
        }
    }

    @Test func indentedIsOneElementALine() {
        #expect(
            indented(decode(Samples.results)) == """
                <SyncML xmlns="SYNCML:SYNCML1.2">
                  <SyncBody>
                    <Results>
                      <CmdID>1</CmdID>
                      <CmdRef>2</CmdRef>
                      <Item>
                        <Data>
                          <DevInf xmlns="syncml:devinf">
                            <VerDTD>1.2</VerDTD>
                            <Man/>
                          </DevInf>
                        </Data>
                      </Item>
                      <Item>
                        <Meta>
                          <Format xmlns="syncml:metinf">bin</Format>
                        </Meta>
                        <Data>AP8QgA==</Data>
                        <MoreData/>
                      </Item>
                    </Results>
                    <Final/>
                  </SyncBody>
                </SyncML>

                """)
    }

    @Test func annotationsSayWhatCodesAndOctetsMean() {
        let text = annotated(decode(Samples.packageOne))
        #expect(text.hasPrefix("<SyncML xmlns=\"SYNCML:SYNCML1.2\">   ← WBXML, SyncML 1.2, utf-8, 97 octets\n"))
        #expect(text.contains("      <Data>1201</Data>   ← Alert 1201 client-initiated session\n"))
        #expect(text.contains("    <Final/>   ← last message of the package\n"))
        let results = annotated(decode(Samples.results))
        #expect(results.contains("<Data>   ← DevInf 1.2 document in opaque data\n"))
        #expect(results.contains("<Data>AP8QgA==</Data>   ← opaque data in base64, 4 octets: 00ff1080\n"))
        #expect(results.contains("<MoreData/>   ← a chunk: more of the object follows\n"))
        #expect(results.contains("▲ SHOULD syncml-element-missing: SyncML has no SyncHdr (offset 5)\n"))
    }

    @Test func offsetsAreOfTheWholeElement() {
        let lines = annotated(decode(Samples.packageOne), offsets: true).split(separator: "\n")
        #expect(lines[0].hasPrefix(" 5-97  <SyncML"))
        #expect(lines[1].hasPrefix(" 6-76    <SyncHdr>"))
        #expect(lines[2].hasPrefix(" 7-14      <VerDTD>1.2</VerDTD>"))
        #expect(lines.last == "       </SyncML>")
    }

    /// A body that ends too early shows where, and what belongs to its end.
    @Test func brokenOffDocumentsSaySo() {
        let text = annotated(decode(Array(Samples.packageOne.dropLast(2))))
        #expect(
            text.hasSuffix(
                """
                    <Final/>   ← last message of the package
                    ▲ MUST wbxml-elements-open: the document ends with 2 elements open (offset 95)
                  </SyncBody>   ← not in the body: it ends before
                </SyncML>   ← not in the body: it ends before

                """))
    }

    /// A part of a message, pasted alone.
    @Test func aMetaAloneIsAnnotated() throws {
        let meta = try parse("<Meta><MetInf xmlns='syncml:metinf'><Type>text/plain</Type></MetInf></Meta>")
        #expect(
            annotated(meta).split(separator: "\n").dropFirst() == [
                "  <MetInf xmlns=\"syncml:metinf\">", "    <Type>text/plain</Type>", "  </MetInf>", "</Meta>",
            ])
    }

    @Test func controlCharactersDoNotReachTheTerminal() {
        let text = annotated(decode(hex("02A4016A00 4F 03 'a' 1B '[31m' C2 9B 7F E2 80 AE EF BB BF 00 01")))
        #expect(!text.utf8.contains(0x1B) && !text.utf8.contains(0x7F) && !text.unicodeScalars.contains("\u{9B}"))
        #expect(!text.unicodeScalars.contains("\u{202E}") && !text.unicodeScalars.contains("\u{FEFF}"))
        #expect(annotated(decode(hex("02A4016A00 4F 03 E2 82 AC 00 01"))).contains(">€<"))
    }

    /// Documents in documents in documents: so deep and no deeper, and all in the column of the outermost.
    @Test func escapedDocumentsStandInOneAnother() throws {
        var text = "x"
        for _ in 0..<6 {
            text = "<Data>" + text.replacing("&", with: "&amp;").replacing("<", with: "&lt;") + "</Data>"
        }
        let lines = annotated(try parse(text), offsets: true).split(separator: "\n")
        #expect(lines.count { $0.hasSuffix("escaped text that is a document itself:") } == 4)
        let columns = lines.dropFirst().map { $0.prefix { $0 == " " }.count }
        #expect(columns == [11, 13, 15, 17, 15, 13, 11, 9], "\(lines)")
    }

    @Test func escapedDocumentsStandInPlace() throws {
        let document = try parse(
            """
            <SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody><Add><CmdID>1</CmdID><Item>\
            <Meta><Format xmlns='syncml:metinf'>xml</Format></Meta><Data><![CDATA[<MgmtTree xmlns='syncml:dmddf1.2'>\
            <VerDTD>1.2</VerDTD><Node><NodeName>&lt;x/></NodeName></Node></MgmtTree>]]></Data></Item></Add></SyncBody></SyncML>
            """)
        #expect(
            annotated(document).contains(
                """
                        <Data>   ← escaped text that is a document itself:
                          <MgmtTree xmlns="syncml:dmddf1.2">   ← XML, DMDDF 1.2, 106 octets
                            <VerDTD>1.2</VerDTD>
                            <Node>
                              <NodeName>&lt;x/&gt;</NodeName>
                            </Node>
                          </MgmtTree>
                        </Data>

                """))
        // With offsets the nested lines have a column of blanks in front.
        #expect(annotated(document, offsets: true).contains("\n                     <VerDTD>1.2</VerDTD>\n"))
        #expect(indented(document).contains("<Data>&lt;MgmtTree "))
    }

    @Test(arguments: [
        ("syncml:auth-basic", "b64", "QnJ1Y2UyOk9oQmVoYXZl", "user \"Bruce2\" and a password of 8 octets"),
        ("syncml:auth-md5", "b64", "Zz6EivR3yeaaENcRN6lpAQ==", "MD5 digest 673e848af477c9e69a10d71137a96901"),
        ("syncml:auth-md5", "b64", "QUJD", "3 octets: no MD5 digest, which has 16"),
    ])
    func credentialsAreSaidWithoutPassword(_ type: String, _ format: String, _ data: String, _ note: String) throws {
        let document = try parse(
            "<SyncML><SyncHdr><Cred><Meta><Type>\(type)</Type><Format>\(format)</Format></Meta><Data>\(data)</Data></Cred></SyncHdr></SyncML>"
        )
        #expect(annotated(document).contains("<Data>\(data)</Data>   ← \(note)\n"))
    }

    /// The digest as its octets, where WBXML lets it.
    @Test func aCredentialInOpaqueData() {
        let document = decode(
            hex("02A4016A00 6D 6C 4E 5A 00 01 53 03 'syncml:auth-md5' 00 01 00 00 01 4F C3 04 FF 01 02 03 01 01 01 01"))
        #expect(annotated(document).contains("← opaque data in base64, 4 octets: ff010203\n"))
    }

    @Test func noncesAndItemsSayWhatTheyHold() throws {
        let document = try parse(
            """
            <SyncML><SyncBody><Status><CmdRef>0</CmdRef><Chal><Meta><NextNonce>LG3iZQhhdmKNHg==</NextNonce></Meta></Chal></Status>\
            <Alert><CmdID>2</CmdID><Data>1226</Data><Item><Meta>\
            <Type>org.openmobilealliance.dm.firmwareupdate.download</Type></Meta><Data>402</Data></Item></Alert>\
            <Replace><CmdID>3</CmdID><Meta><Format>b64</Format></Meta><Item><Data>aGVsbG8=</Data></Item><Item><Data>!</Data></Item></Replace>\
            </SyncBody></SyncML>
            """)
        let text = annotated(document)
        #expect(text.contains("</NextNonce>   ← nonce: base64 of 10 octets: 2c6de265086176628d1e\n"))
        #expect(text.contains("<CmdRef>0</CmdRef>   ← the SyncHdr\n"))
        #expect(text.contains("<Data>1226</Data>   ← Alert 1226 generic alert\n"))
        #expect(text.contains("</Type>   ← FUMO: download finished\n"))
        #expect(text.contains("<Data>402</Data>   ← Corrupted firmware update package\n"))
        #expect(text.contains("<Data>aGVsbG8=</Data>   ← base64 of 5 octets: \"hello\"\n"))
        #expect(text.contains("<Data>!</Data>   ← not base64\n"))
    }

    @Test func textInLatin1IsShown() {
        let document = decode(hex("02A4016A00 6D6B46 54 4F C3 05 'caf' E9 0A 01 01 01 01 01"))
        #expect(annotated(document).contains("← opaque data in base64, 5 octets: \"café \" (not UTF-8)\n"))
    }

    @Test func mixedContentIsLeftAsItIs() throws {
        let document = try parse("<Data><a>x</a> y <b/></Data>")
        #expect(indented(document) == "<Data><a>x</a> y <b/></Data>\n")
        #expect(indented(try parse("<Data>\n <a>x</a>\n <b/></Data>")) == "<Data>\n  <a>x</a>\n  <b/>\n</Data>\n")
    }

    @Test func findingsStandBelowTheirElement() throws {
        let lines = annotated(
            try parse("<SyncML><SyncBody><Get><CmdID>0</CmdID><Item/></Get><Final/></SyncBody></SyncML>")
        )
        .split(separator: "\n")
        let get = try #require(lines.firstIndex { $0.contains("<Get>") })
        #expect(lines[get + 1].hasSuffix("▲ SHOULD syncml-cmdid-zero: The CmdID of Get is 0 (offset 18)"))
    }
}
