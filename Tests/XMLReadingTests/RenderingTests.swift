import SyncML
import TestSupport
import Testing
import WBXML
import Wire

@testable import XMLReading

/// What the renderer writes is held against libxml2: well formed whatever the document was, and the same when read again.
@Suite struct RenderingTests {
    static let message = hex(
        """
        02 A4 01 6A 0C 'a:b' 00 'xmlns:a' 00 ED 04 04 03 'urn:a' 00 01 6C 71 03 '1.2' 00 01 01 00 00 6B
        62 4B 03 '1' 00 01 54 4F C3 10 02 A4 03 6A 00 4A 65 03 '1.2' 00 01 51 01 01 01 01
        54 5A 00 01 53 03 'application/vnd.syncml-devinf+wbxml' 00 01 47 03 'bin' 00 01 01 00 00 4F C3 04 00 FF 10 80 01 34 01
        44 00 03 '<q>&' 0D 0A 00 01 01 C4 00 04 04 03 'x' 00 01 03 'y' 00 01 12 01 01
        """)

    private func rendered(_ document: MarkupDocument) -> [[UInt8]] {
        var compact: [UInt8] = []
        var indented: [UInt8] = []
        XMLRenderer.renderCompact(document, into: &compact)
        XMLRenderer.renderIndented(document, into: &indented)
        return [compact, indented]
    }

    private func decode(_ octets: [UInt8]) -> MarkupDocument {
        WBXMLDecoder.decode(octets.span.bytes, limits: Limits())
    }

    /// Well formed, and without a prefix that nothing declares.
    private func check(_ octets: [UInt8]) {
        let document = decode(octets)
        var annotated: [UInt8] = []
        XMLRenderer.renderAnnotated(
            document, findings: document.findings + (SyncMLReader.read(document)?.findings ?? []), offsets: true,
            into: &annotated)
        #expect(annotated.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A || $0 == 0x09 })
        guard document.root != nil else { return }
        for text in rendered(document) {
            let again = LibXMLReader.read(text, limits: Limits())
            // Any text may stand as the name of a namespace.
            if !again.complete || again.findings.contains(where: { !$0.text.contains("URI") }) {
                Issue.record(
                    "\(hexText(octets)): \(String(decoding: text, as: UTF8.self)): \(again.findings.map(\.text))")
            }
        }
    }

    private func hexText(_ octets: [UInt8]) -> String { Hex.lower(octets) }

    @Test func wholeMessage() throws {
        let document = decode(RenderingTests.message)
        #expect(document.complete)
        let texts = rendered(document).map { String(decoding: $0, as: UTF8.self) }
        #expect(
            texts[0].hasPrefix(
                "<SyncML xmlns:a=\"urn:a\" xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD></SyncHdr><SyncBody>"
            ))
        #expect(texts[0].contains("<Type xmlns=\"syncml:metinf\">application/vnd.syncml-devinf+wbxml</Type>"))
        // Its Data holds octets that are no document.
        #expect(texts[1].contains("<Type xmlns=\"syncml:metinf\">application/vnd.syncml-devinf+wbxml</Type>"))
        #expect(texts[0].contains("<a:b>&lt;q&gt;&amp;&#13;\n</a:b>"))
        check(RenderingTests.message)
    }

    @Test func everyCutAndManyDamages() {
        let message = RenderingTests.message
        for count in 0...message.count { check(Array(message[..<count])) }
        for at in message.indices {
            for octet: UInt8 in [0x00, 0x01, 0x03, 0x04, 0x1B, 0x84, 0xC3] {
                var damaged = message
                if at % 2 == 0 { damaged[at] = octet } else { damaged.insert(octet, at: at) }
                check(damaged)
            }
        }
    }

    /// A declaration within a document, which libxml2 reports and reads as an instruction.
    @Test(arguments: ["<a><?xml version='1.0'?>b</a>", "<a><?XmL?></a>", "<a><?xmlx y?></a>"])
    func aDeclarationInsideIsRenderedWellFormed(_ text: String) {
        let document = LibXMLReader.read(Array(text.utf8), limits: Limits())
        #expect(document.events.contains { $0.kind == .processingInstruction })
        for text in rendered(document) {
            #expect(LibXMLReader.read(text, limits: Limits()).complete, "\(String(decoding: text, as: UTF8.self))")
        }
    }

    /// libxml2 goes on after a name that is not UTF-8 and keeps it: what is written is UTF-8 all the same. Two attributes
    /// whose names differ in such octets alone have one name then.
    @Test(arguments: [
        "'<SyncML><V' D3 'erProto>x</V' D3 'erProto></SyncML>'", "'<a b' D3 '=\"1\" b' D4 '=\"2\"/>'",
        "'<' D3 ':a xmlns:' D3 '=\"u\"/>'", "'<a><?p' D3 ' q' D3 '?></a>'", "'<a>' D3 '</a>'",
    ])
    func namesThatAreNoUTF8AreWrittenAsSuch(_ spelled: String) throws {
        let document = LibXMLReader.read(hex(spelled), limits: Limits())
        #expect(!document.complete)
        var annotated: [UInt8] = []
        XMLRenderer.renderAnnotated(document, findings: document.findings, offsets: true, into: &annotated)
        for text in rendered(document) + [annotated] {
            let valid = try #require(String(validating: text, as: UTF8.self))
            #expect(valid.contains("\u{FFFD}"))
        }
        for text in rendered(document) {
            let again = LibXMLReader.read(text, limits: Limits())
            #expect(again.complete, "\(String(decoding: text, as: UTF8.self)): \(again.findings.map(\.text))")
        }
    }

    /// Reading what was rendered gives the same elements and texts, but for white space between elements.
    @Test(arguments: [
        ScannerDifferenceTests.message, "<Data>a<b/>c\r\n</Data>",
        "<a p:x='&lt;&#9;\"' xmlns:p='urn:p'>é&#13;]]&gt;</a>",
        "<s:SyncML xmlns:s='SYNCML:SYNCML1.2'><s:SyncHdr/></s:SyncML>", "<?p q?><a><?x y?></a>",
    ])
    func xmlIsRenderedFaithfully(_ text: String) {
        let document = LibXMLReader.read(Array(text.utf8), limits: Limits())
        #expect(document.complete)
        func solid(_ document: MarkupDocument) -> [String] {
            transcript(document).filter { line in
                !(line.hasPrefix("\"") && line.allSatisfy { $0 == "\"" || $0.isWhitespace })
            }
        }
        for rendered in rendered(document) {
            let again = LibXMLReader.read(rendered, limits: Limits())
            #expect(again.complete)
            #expect(solid(again) == solid(document))
        }
    }

    @Test func encodedAndDecodedAgainIsTheSame() throws {
        let document = LibXMLReader.read(Array(ScannerDifferenceTests.message.utf8), limits: Limits())
        let once = try WBXMLEncoder.encode(document)
        let twice = try WBXMLEncoder.encode(decode(once))
        #expect(once == twice)
        let message = try #require(SyncMLReader.read(document))
        let again = try #require(SyncMLReader.read(decode(once)))
        #expect(again.commands.map(\.name) == message.commands.map(\.name))
        #expect(again.header.target == message.header.target)
        #expect(again.final == message.final)
    }
}
