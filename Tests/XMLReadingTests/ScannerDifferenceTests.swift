import SyncML
import TestSupport
import Testing
import Wire

@testable import XMLReading

/// The scanner beside libxml2: whatever the scanner accepts, libxml2 accepts without a finding and gives the same events.
@Suite struct ScannerDifferenceTests {
    /// Whether the scanner took it; a difference is recorded.
    @discardableResult
    private func compare(_ body: [UInt8], limits: Limits = Limits()) -> Bool {
        guard let scanned = XMLScanner.scan(body, limits: limits) else { return false }
        let full = LibXMLReader.read(body, limits: limits)
        let same =
            full.complete && scanned.complete && full.findings.isEmpty && scanned.findings.isEmpty
            && scanned.encoding == full.encoding && scanned.language == full.language
            && scanned.consumed == full.consumed && described(scanned) == described(full)
        if !same {
            Issue.record(
                """
                differs: \(String(decoding: body, as: UTF8.self))
                scanner: \(transcript(scanned, offsets: true)) \(scanned.consumed)
                libxml2: \(transcript(full, offsets: true)) \(full.consumed) \(full.findings.map(\.text))
                """)
        }
        return true
    }

    private func described(_ document: MarkupDocument) -> [String] {
        zip(transcript(document, offsets: true), document.events).map { line, event in
            "\(line) \(event.name.vocabulary) \(event.name.token)"
        }
    }

    static let accepted = [
        "<Data/>", "<Data></Data>", "<Data >a</Data\n>", "<Data\n/>", " \n<Data/>\n", "<Data>\r\n a \r b\r</Data>",
        "\u{FEFF}<Data/>", "<?xml version='1.0'?><Data/>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone='no' ?>\n<Data/>",
        "<!-- a - b --><Data/><!-- c -->", "<?p d?><Data>a<?q?>b<?r s t ?></Data><?z?>",
        "<Data>a&lt;b&gt;c&amp;d&quot;e&apos;f</Data>", "<Data>&#65;&#x42;&#x1F600;&#13;&#10;</Data>",
        "<Data>&#9;</Data>",
        "<Data>a<!-- x -->b<!-- y --></Data>", "<Data><!-- only --></Data>", "<Data><![CDATA[]]></Data>",
        "<Data>a<![CDATA[<b>&]]]]>c]]&gt;</Data>", "<Data><![CDATA[a\r\nb\rc]]></Data>", "<Data>é𝄞\u{7F}\u{85}</Data>",
        "<Data a='1' b=\"2\"/>", "<Data a = '&lt;&#10;x&amp;'/>", "<Data a=''/>", "<Data a='&amp;#38;&#38;&amp;amp;'/>",
        "<Data a='é\"'/>",
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr xmlns='syncml:metinf'/><Type xmlns=''/></SyncML>",
        "<s:SyncML xmlns:s='SYNCML:SYNCML1.1'><s:SyncHdr/><Data/></s:SyncML>",
        "<SyncBody xmlns:msft='http://schemas.microsoft.com/x'><Data msft:originalerror='0x1'>5</Data></SyncBody>",
        "<a xmlns:p='urn:p'><b xmlns:p='syncml:devinf'><p:DevInf/></b><p:DevInf/></a>", "<a.b-c_d1/>", "<_/>",
        "<Data xmlns:p='u' p:a='1' xmlns:q='v' q:b='2'/>", "<DevInf><VerDTD>1</VerDTD></DevInf>", "<Data>]</Data>",
        "<Data>]]</Data>",
        "<Data>a]b]]c]]]d</Data>", "<Bogus><Data/></Bogus>", "<Data>a\tb</Data>", "<!----><Data/>",
        "<!-- -> --><Data/>",
        "<Data>12345678</Data>", "<Data>1234567&amp;</Data>", "<Data>12345678é</Data>",
        // Plain markup, and what ends it.
        "<Data><Sequence>x</Sequence></Data>", "<Sequence></Sequence>", "<Data><Sequence/></Data>",
        "<Get>\n\t<CmdID>1</CmdID>\n\t<Item><Data>a\nb</Data></Item>\n</Get>\n", "<Get><Data>a<!-- b --></Data></Get>",
        "<Get><Data>a<?b?></Data></Get>", "<Get><Data>a</Data ></Get>", "<Get><Datum>a</Datum><Data>]</Data></Get>",
        "<Get><Item>a<Data>b</Data>c</Item></Get>", "<Get xmlns:p='u'><Item xmlns:q='v'><Data>a</Data></Item></Get>",
        String(repeating: "<Item>", count: 40) + "x" + String(repeating: "</Item>", count: 40),
        "<Meta><Type xmlns='syncml:metinf'>a</Type><Type xmlns='syncml:metinf' >b</Type><Type xmlns='syncml:metinf'/></Meta>",
        "<Meta><Type xmlns='syncml:metinf'/><Type xmlns='syncml:metinf' a='1'/><Type a='1' xmlns='syncml:metinf'/></Meta>",
        "<Meta><Type xmlns='syncml:metinf'/><Type xmlns=''/><Type xmlns='syncml:devinf'/><Type xmlns='syncml:metinf'/></Meta>",
    ]

    static let declined = [
        "", "x", "<", "<a", "<a>", "<a><b></a></b>", "<a></b>", "<a/><b/>", "<a/>x", "<!DOCTYPE a><a/>", "<a b=c/>",
        "<a b/>",
        "<a b='1'c='2'/>", "<a b='1' b='2'/>", "<a b='<'/>", "<a b='&'/>", "<a>&</a>", "<a>&nbsp;</a>", "<a>&#0;</a>",
        "<a>&#xD800;</a>", "<a>&#x110000;</a>", "<a>&#99999999999999999999;</a>", "<a>&#;</a>", "<a>&#x;</a>",
        "<a>]]></a>",
        "<a>\u{1}</a>", "<a>\u{FFFE}</a>", "<!-- -- --><a/>", "<!-- --->", "<!--->", "<a><!-- </a>", "<a><![CDATA[</a>",
        "<?xml?><a/>", "<?xml version='1.1'?><a/>", "<?xml version='1.0' encoding='latin1'?><a/>",
        " <?xml version='1.0'?><a/>",
        "<?XML d?><a/>", "<?p", "<a:b/>", "<:a/>", "<a:/>", "<a:b:c xmlns:a='x'/>", "<1/>", "<a 1='2'/>",
        "<a x:b='1'/>",
        "<a xmlns:p=''/>", "<a xmlns:xml='u'/>", "<a xmlns:xmlns='u'/>", "<é/>", "<aé/>",
        "<a xmlns:p='u' xmlns:q='u' p:a='1' q:a='2'/>",
        "<a xmlns='http://www.w3.org/2000/xmlns/'/>", "<a><?p?", "<a b='1", "<a></a", "<a>\0</a>", "<a/>\0", "< a/>",
        "<a / >",
        "</a>", "<a b='x\ny'/>",
        "<a><b xmlns='u'/><b xmlns='u'c='1'/></a>", "<a><b xmlns='u'/><b xmlns='u' xmlns='u'/></a>",
        "<a><b xmlns='u'/><b xmlns='u'", "<Get><Data>a</Date></Get>", "<Get><Sequence>x</Sequence",
        "<Get><Sequence>x</Sequenc>",
    ]

    @Test(arguments: accepted)
    func acceptedAlike(_ text: String) { #expect(compare(Array(text.utf8))) }

    @Test(arguments: declined)
    func leftToTheFullReader(_ text: String) {
        #expect(XMLScanner.scan(Array(text.utf8), limits: Limits()) == nil)
    }

    @Test func limitsAreLeftToTheFullReader() {
        var limits = Limits()
        limits.depth = 3
        #expect(XMLScanner.scan(Array("<a><b><c/></b></a>".utf8), limits: limits) != nil)
        #expect(XMLScanner.scan(Array("<a><b><c><d/></c></b></a>".utf8), limits: limits) == nil)
        limits = Limits()
        limits.markupEvents = 100
        #expect(
            XMLScanner.scan(Array(("<a>" + String(repeating: "<b/>", count: 60) + "</a>").utf8), limits: limits) == nil)
        limits = Limits()
        limits.markupText = 10
        #expect(XMLScanner.scan(Array("<a>0123456789</a>".utf8), limits: limits) == nil)
        let many = "<a " + (0..<40).map { "b\($0)='1'" }.joined(separator: " ") + "/>"
        #expect(XMLScanner.scan(Array(many.utf8), limits: Limits()) == nil)
    }

    /// Every limit about what a document of plain markup needs.
    @Test func limitsNearWhatIsNeeded() throws {
        let item = "<Item><Sequence><Data>a</Data><Data></Data>\n</Sequence>\n</Item>"
        let body = Array("<Get>\(String(repeating: item, count: 30))</Get>".utf8)
        let events = LibXMLReader.read(body, limits: Limits()).events.count
        var limits = Limits()
        let taken = (1...events + 40).count { count in
            limits.markupEvents = count
            return compare(body, limits: limits)
        }
        #expect(taken > 20)
        limits = Limits()
        #expect(
            (1...10).filter {
                limits.depth = $0
                return compare(body, limits: limits)
            } == Array(4...10))
    }

    static let message = """
        <?xml version="1.0" encoding="UTF-8"?>
        <SyncML xmlns='SYNCML:SYNCML1.2' xmlns:m="syncml:metinf">\r
        <SyncHdr><VerDTD>1.2</VerDTD><Target><LocURI>http://h/?a=1&amp;b=2</LocURI></Target><!-- c --></SyncHdr>
        <SyncBody><Replace><CmdID>1</CmdID><Item><Meta><m:Type>text/plain</m:Type><Format xmlns="syncml:metinf">xml</Format><Mark xmlns="syncml:metinf" >x</Mark></Meta>\
        <Data a:x="&#x41;" xmlns:a="urn:a"><![CDATA[<MgmtTree>]]]]>é&lt;</Data></Item></Replace><?pi data?><Final/></SyncBody></SyncML>

        """

    @Test func everyCutAndEveryOctetChanged() {
        let message = Array(ScannerDifferenceTests.message.utf8)
        #expect(compare(message))
        for count in 0..<message.count { compare(Array(message[..<count])) }
        for octet: UInt8 in [
            0x00, 0x09, 0x0D, 0x20, 0x21, 0x22, 0x26, 0x27, 0x2D, 0x2F, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F, 0x5D, 0x78,
            0xC3,
        ] {
            for at in message.indices {
                var body = message
                body[at] = octet
                compare(body)
                body = message
                body.insert(octet, at: at)
                compare(body)
            }
        }
        for at in message.indices {
            var body = message
            body.remove(at: at)
            compare(body)
        }
    }

    /// Pieces of markup in every sort of order, from a generator that is always the same.
    @Test func madeDocuments() {
        let pieces = [
            "<a>", "</a>", "<b/>", "<p:a>", "</p:a>", " xmlns:p='u'", "<Data xmlns='syncml:metinf'>", "</Data>", "x",
            "&amp;", "&", "]]>",
            "<![CDATA[", "]]", ">", "<!--", "-->", "--", "<?p d?>", "<?xml", "\r\n", "\r", " ", "é", "\u{FEFF}", "'",
            "\"", "=", "a='1'", "<",
            "/>", "<SyncML>", "</SyncML>", "&#", "x41;", "65;", "<Type xmlns:q='SYNCML:SYNCML1.2' q:a=\"\">", "</Type>",
            "\t", "\u{85}",
        ]
        var dice = Dice(0x5EED)
        var accepted = 0
        for _ in 0..<10_000 {
            var text = "<a>"
            for _ in 0..<dice.next(upTo: 8) { text += pieces[dice.next(upTo: pieces.count)] }
            text += "</a>"
            if compare(Array(text.utf8)) { accepted += 1 }
        }
        #expect(accepted > 50)
    }

    /// Elements in one another, as messages are and mostly well formed, some cut or with an octet changed, and limits
    /// near what they need.
    @Test func madeMessages() {
        var accepted = 0
        for seed: UInt64 in 0..<4000 {
            var maker = MessageMaker(dice: Dice(seed))
            maker.element(1)
            var limits = Limits()
            if seed % 4 == 1 { limits.depth = 2 + maker.dice.next(upTo: 20) }
            if seed % 4 == 2 { limits.markupEvents = 20 + maker.dice.next(upTo: 200) }
            var body = Array(maker.text.utf8)
            if seed % 8 == 0 { body.removeLast(maker.dice.next(upTo: body.count)) }
            if seed % 8 == 4 {
                body[maker.dice.next(upTo: body.count)] = maker.pick([0x09, 0x0D, 0x2F, 0x3C, 0x5B, 0x7B])
            }
            if compare(body, limits: limits) { accepted += 1 }
        }
        #expect(accepted > 1000)
    }
}

private struct MessageMaker {
    var dice: Dice
    var text = ""
    private var left = 60

    init(dice: Dice) { self.dice = dice }

    private static let names = [
        "SyncML", "Get", "CmdID", "Item", "Data", "Meta", "Type", "Format", "Sequence", "Sequences", "Sequenc",
        "NextNonce",
        "DevInf", "Man", "MgmtTree", "Node", "RTProperties", "a", "A1", "X_y", "Type-", "p:Type", "p:a",
    ]
    private static let attributes = [
        " xmlns='syncml:metinf'", " xmlns=\"syncml:metinf\"", " xmlns = 'syncml:metinf'", "\n\txmlns='syncml:devinf'",
        " xmlns=''", " xmlns='syncml:dmddf1.2'", " xmlns:p='syncml:metinf'", " xmlns:p='u' p:b='1'", " b='&lt;'",
        " c=\"\"",
    ]
    private static let pieces = [
        "&amp;", "&#65;", "\r\n", "\r", "\t", "\n\n", "<![CDATA[<]]>", "<![CDATA[]]>", "<!-- c -->", "<?p d?>", "é",
        "]]", ">",
        "\u{7F}", "text of more than eight octets", "12345678", "x",
    ]

    mutating func pick<T>(_ all: [T]) -> T { all[dice.next(upTo: all.count)] }
    private mutating func isOne(of count: Int) -> Bool { dice.next(upTo: count) == 0 }

    mutating func element(_ depth: Int) {
        left -= 1
        let name = pick(Self.names)
        text += "<" + name
        while isOne(of: 4) { text += pick(Self.attributes) }
        if isOne(of: 10) {
            text += "/>"
            return
        }
        text += isOne(of: 20) ? "\n>" : ">"
        let children = left > 0 && depth < 30 && !isOne(of: 3) ? 1 + dice.next(upTo: 4) : 0
        if children == 0, !isOne(of: 4) { text += pick(Self.pieces) }
        let indent = isOne(of: 2) ? "" : "\n" + String(repeating: pick([" ", "\t"]), count: depth)
        for _ in 0..<children {
            text += indent
            while isOne(of: 6) { text += pick(Self.pieces) }
            element(depth + 1)
        }
        text += isOne(of: 2) ? indent : ""
        text += isOne(of: 20) ? "</\(name) >" : "</\(name)>"
    }
}
