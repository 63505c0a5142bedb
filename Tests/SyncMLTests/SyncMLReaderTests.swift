import SyncML
import TestSupport
import Testing
import WBXML
import Wire

@Suite struct SyncMLReaderTests {
    private static let header = """
        <SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID> A3F </SessionID><MsgID>2</MsgID>\
        <Target><LocURI>https://dm.example/dm?a=1&amp;b=2</LocURI></Target>\
        <Source><LocURI>IMEI:1</LocURI><LocName>Bruce2</LocName></Source><RespURI>https://dm.example/x</RespURI>\
        <Cred><Meta><Type xmlns='syncml:metinf'>syncml:auth-md5</Type><Format xmlns='syncml:metinf'>b64</Format></Meta>\
        <Data>Zz6EivR3yeaaENcRN6lpAQ==</Data></Cred>\
        <Meta><MaxMsgSize xmlns='syncml:metinf'>5000</MaxMsgSize><MaxObjSize xmlns='syncml:metinf'>1048576</MaxObjSize>\
        <Version xmlns='syncml:metinf'>7</Version></Meta>\
        </SyncHdr>
        """

    private func body(_ content: String) -> String {
        "<SyncML xmlns='SYNCML:SYNCML1.2'>\(SyncMLReaderTests.header)<SyncBody>\(content)</SyncBody></SyncML>"
    }

    @Test func header() throws {
        let header = try message(body("<Final/>")).header
        #expect(header.verDTD == "1.2")
        #expect(header.verProto == "DM/1.2")
        #expect(header.sessionID == "A3F")
        #expect(header.msgID == "2")
        #expect(header.target == Location(uri: "https://dm.example/dm?a=1&b=2"))
        #expect(header.source == Location(uri: "IMEI:1", name: "Bruce2"))
        #expect(header.respURI == "https://dm.example/x")
        #expect(header.cred?.meta.type == "syncml:auth-md5")
        #expect(header.cred?.meta.format == "b64")
        #expect(header.cred?.data == .text("Zz6EivR3yeaaENcRN6lpAQ=="))
        #expect(header.meta.maxMsgSize == "5000")
        #expect(header.meta.maxObjSize == "1048576")
        #expect(header.meta.version == "7")
        #expect(header.meta.nextNonce == nil && header.meta.size == nil)
        #expect(header.offset == 33)
    }

    @Test func bothRepresentationsGiveOneModel() throws {
        let wbxml = decode(Samples.packageOne)
        var text: [UInt8] = []
        XMLRenderer.renderCompact(wbxml, into: &text)
        let fromXML = try message(String(decoding: text, as: UTF8.self))
        let fromWBXML = try #require(SyncMLReader.read(wbxml))
        #expect(fromXML.outline() == fromWBXML.outline())
        #expect(fromWBXML.commands.map(\.name) == ["Alert"])
        #expect(fromWBXML.final)
        #expect(fromWBXML.findings == [])
    }

    @Test func statusWithChallengeAndOriginalError() throws {
        let status = try message(
            body(
                """
                <Status xmlns:msft='http://schemas.microsoft.com/MobileDevice/MDM'><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef>\
                <Cmd>SyncHdr</Cmd><TargetRef>a</TargetRef><TargetRef>b</TargetRef><SourceRef>c</SourceRef>\
                <Chal><Meta><MetInf xmlns='syncml:metinf'><Type>syncml:auth-md5</Type><Format>b64</Format>\
                <NextNonce>LG3iZQhhdmKNHg==</NextNonce></MetInf></Meta></Chal><Data msft:other='0' msft:originalerror='0x86000002'>401</Data></Status>
                """)
        ).commands[0]
        #expect(status.name == "Status" && status.element == .status)
        #expect((status.cmdID, status.msgRef, status.cmdRef, status.cmd) == ("1", "1", "0", "SyncHdr"))
        #expect(status.targetRefs == ["a", "b"])
        #expect(status.sourceRefs == ["c"])
        #expect(status.data == "401")
        #expect(status.originalError == "0x86000002")
        #expect(status.chal?.meta.nextNonce == "LG3iZQhhdmKNHg==")
        #expect(status.chal?.meta.type == "syncml:auth-md5")
    }

    @Test func containersHoldTheirCommands() throws {
        let commands = try message(
            body(
                """
                <Sequence><CmdID>1</CmdID><Atomic><CmdID>2</CmdID><Add><CmdID>3</CmdID><Item><Target><LocURI>./A</LocURI></Target>\
                <Data>x</Data></Item></Add></Atomic><Get><CmdID>4</CmdID><Item><Target><LocURI>./B</LocURI></Target></Item></Get>\
                </Sequence><Exec><CmdID>5</CmdID><Correlator>c</Correlator><Item><Target><LocURI>./C</LocURI></Target></Item></Exec>
                """)
        ).commands
        #expect(commands.map(\.name) == ["Sequence", "Exec"])
        #expect(commands[0].children.map(\.name) == ["Atomic", "Get"])
        #expect(commands[0].children[0].children.map(\.cmdID) == ["3"])
        #expect(commands[1].correlator == "c")
    }

    @Test func data() throws {
        let document = try parse(
            body(
                """
                <Results><CmdID>1</CmdID><CmdRef>2</CmdRef>\
                <Item><Meta><Format xmlns='syncml:metinf'>chr</Format></Meta><Data> a&#10;b </Data></Item>\
                <Item><Data/></Item>\
                <Item><Data>\n<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD></MgmtTree>\n</Data><MoreData/></Item>\
                <Item><Data><![CDATA[<MgmtTree/>]]></Data></Item><Item/></Results>
                """))
        let items = try #require(SyncMLReader.read(document)?.commands[0].items)
        #expect(items[0].data == .text(" a\nb "))
        #expect(items[1].data == .text(""))
        guard case .markup("MgmtTree", let events) = items[2].data else {
            Issue.record("no markup: \(String(describing: items[2].data))")
            return
        }
        #expect(document.events[events.lowerBound].name == .mgmtTree)
        #expect(document.events[events.upperBound - 1].kind == .end)
        #expect(items[2].moreData)
        #expect(items[3].data == .text("<MgmtTree/>"))
        #expect(items[4].data == nil)
    }

    @Test func opaqueData() throws {
        let message = try #require(SyncMLReader.read(decode(Samples.results)))
        let items = message.commands[0].items
        guard case .markup("DevInf", let events) = items[0].data else {
            Issue.record("no markup")
            return
        }
        #expect(events.count == 7)
        #expect(items[1].data == .octets([0x00, 0xFF, 0x10, 0x80]))
        #expect(items[1].meta.format == "bin")
        // Text and octets in one Data; text in OPAQUE.
        let mixed = decode(hex("02A4016A00 6D6B46 54 4F 03 'a' 00 C3 01 FF 01 01 54 4F C3 02 'bc' 01 01 01 01 01"))
        let read = try #require(SyncMLReader.read(mixed))
        #expect(read.commands[0].items.map(\.data) == [.octets([0x61, 0xFF]), .text("bc")])
    }

    @Test func anotherRootIsNoMessage() throws {
        #expect(SyncMLReader.read(try parse("<DevInf xmlns='syncml:devinf'/>")) == nil)
        #expect(SyncMLReader.read(try parse("<Add/>")) == nil)
        #expect(SyncMLReader.read(MarkupDocument(.xml)) == nil)
    }

    @Test(
        arguments: [
            ("<SyncML/>", nil), ("<DevInf xmlns='syncml:devinf'/>", "the root element is DevInf, not SyncML"),
            (
                "<SyncML xmlns='urn:x'/>",
                "the root element SyncML is in the namespace urn:x, which is none of SyncML's (SYNCML:SYNCML1.2)"
            ),
            (
                "<a:SyncML xmlns='urn:y' xmlns:a='urn:x'/>",
                "the root element SyncML is in the namespace urn:x, which is none of SyncML's (SYNCML:SYNCML1.2)"
            ),
            ("<?xml version='1.0'?><a:b xmlns:a='urn:x'/>", "the root element is a:b, not SyncML"),
        ] as [(String, String?)])
    func whyThereIsNoMessage(_ text: String, _ fault: String?) throws {
        let document = try parse(text)
        #expect(SyncMLReader.fault(document) == fault)
        #expect((SyncMLReader.read(document) == nil) == (fault != nil))
    }

    @Test func anEmptyDocumentHasNoRoot() {
        #expect(SyncMLReader.fault(MarkupDocument(.xml)) == "there is no SyncML root element")
    }

    /// What a record of a log tells of a message.
    @Test func aHeaderAlone() {
        let message = SyncMLMessage(
            .wbxml, encoding: "utf-8", verProto: "DM/1.2", sessionID: "A3F", msgID: "2",
            source: Location(uri: "IMEI:1", name: "Bruce2"), target: Location(uri: "http://s/dm"))
        #expect((message.header.verProto, message.header.sessionID) == ("DM/1.2", "A3F"))
        #expect(message.header.msgID == "2" && message.header.respURI == nil)
        #expect(message.header.source == Location(uri: "IMEI:1", name: "Bruce2"))
        #expect(message.header.target == Location(uri: "http://s/dm"))
        #expect(message.commands.isEmpty && message.findings.isEmpty && !message.final)
    }

    @Test func elementsOutOfOrderAreReadAllTheSame() throws {
        let read = try message(
            body(
                "<Status><Data>200</Data><MsgRef>1</MsgRef><CmdRef>2</CmdRef><Cmd>Get</Cmd><CmdID>3</CmdID></Status><Final/>"
            ))
        #expect(read.commands[0].data == "200")
        #expect(read.findings.map(\.rule) == [SyncMLRules.elementOrder])
    }

    /// Windows writes it in each, as [MS-MDM] asks.
    @Test func cmdInResultsIsNotedOnce() throws {
        let results = (1...3).map {
            "<Results><CmdID>\($0)</CmdID><MsgRef>1</MsgRef><CmdRef>\($0)</CmdRef><Cmd>Get</Cmd><Item/></Results>"
        }
        let other = "<Results><CmdID>9</CmdID><CmdRef>1</CmdRef><Bogus/><Item/></Results>"
        let read = try message(body(results.joined() + other))
        #expect(
            read.findings.map(\.text) == [
                "Cmd has no place in Results (CmdID 1); further ones are not told",
                "Bogus has no place in Results (CmdID 9)",
            ])
    }

    /// White space at the ends of a nonce in opaque data belongs to it.
    @Test func nonceInOpaqueData() throws {
        func meta(_ octets: [UInt8], format: String?) throws -> Meta {
            var status = DraftCommand("Status", cmdID: "1")
            var challenge = DraftCredential()
            challenge.meta.format = format
            challenge.meta.rawNonce = octets
            status.chal = challenge
            var draft = DraftMessage()
            draft.commands = [status]
            return try #require(draft.written().message.commands[0].chal?.meta)
        }
        let raw: [UInt8] = [0x20, 0xFF, 0x00, 0x0A]
        #expect(try meta(raw, format: "bin").rawNonce == raw)
        #expect(try meta(raw, format: "b64").rawNonce == raw)
        #expect(try meta(Array("QUJD".utf8), format: "bin").rawNonce == Array("QUJD".utf8))
        for format in ["b64", nil] {
            let text = try meta(Array(" QUJD\n".utf8), format: format)
            #expect(text.rawNonce == nil)
            #expect(text.nextNonce == "QUJD")
        }
    }

    private static let item = "<Item><Target><LocURI>./A</LocURI></Target></Item>"

    /// Offsets count from the start of the body's content.
    @Test(arguments: [
        ("<Get><CmdID>1</CmdID></Get>", ["syncml-element-missing@0"]),
        ("<Get><Item><Target><LocURI>./A</LocURI></Target></Item></Get>", ["syncml-element-missing@0"]),
        ("<Get><CmdID>0</CmdID>\(item)</Get>", ["syncml-cmdid-zero@0"]),
        ("<Get><CmdID>1</CmdID>\(item)</Get><Get><CmdID>1</CmdID>\(item)</Get>", ["syncml-cmdid-repeated@77"]),
        ("<Get><CmdID>x</CmdID>\(item)</Get><Get><CmdID>x</CmdID>\(item)</Get>", ["syncml-cmdid-repeated@77"]),
        ("<Get><CmdID>1</CmdID>\(item)</Get><Get><CmdID>01</CmdID>\(item)</Get>", []),
        ("<Get><CmdID>1</CmdID><CmdID>2</CmdID>\(item)</Get>", ["syncml-element-repeated@21"]),
        ("<Get><CmdID>1</CmdID>\(item)<Bogus/></Get>", ["syncml-element-unexpected@71"]),
        ("<Get><CmdID>1</CmdID>\(item)<Data>1</Data></Get>", ["syncml-element-unexpected@71"]),
        ("<Get><CmdID>1</CmdID><Cred><Data>a</Data></Cred>\(item)</Get>", ["syncml-cred-in-command@21"]),
        (
            "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>abc</Data></Status>",
            ["syncml-status-code@0"]
        ),
        (
            "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>299</Data></Status>",
            ["syncml-status-code@0"]
        ),
        (
            "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd></Status>",
            ["syncml-element-missing@0"]
        ),
        ("<Alert><CmdID>1</CmdID><Data>1299</Data></Alert>", ["syncml-alert-code@0"]),
        ("<Alert><CmdID>1</CmdID></Alert>", ["syncml-alert-code@0"]),
        ("<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>", []),
        ("<Final/><Get><CmdID>1</CmdID>\(item)</Get>", ["syncml-final-not-last@8"]),
        ("<Atomic><CmdID>1</CmdID><Get><CmdID>2</CmdID>\(item)</Get></Atomic>", ["syncml-nested-command@24"]),
        ("<Atomic><CmdID>1</CmdID><Atomic><CmdID>2</CmdID></Atomic></Atomic>", ["syncml-nested-command@24"]),
        (
            "<Add><CmdID>1</CmdID><Meta><Size>big</Size></Meta>\(item)</Add>", ["syncml-size-invalid@27"]
        ),
        (
            "<Results><CmdID>1</CmdID><CmdRef>1</CmdRef><Cmd>Get</Cmd><Item/></Results>",
            ["syncml-element-unexpected@43"]
        ),
    ])
    func oddities(_ content: String, _ expected: [String]) throws {
        let base = body("").utf8.count - "</SyncBody></SyncML>".utf8.count
        let read = try message(body(content))
        #expect(read.findings.map { "\($0.rule.id)@\($0.offset - base)" } == expected)
        for finding in read.findings { #expect(!finding.text.isEmpty) }
    }

    @Test(arguments: [
        ("<SyncML/>", ["syncml-element-missing@0"]),
        ("<SyncML><SyncBody/></SyncML>", ["syncml-element-missing@0"]),
        (
            "<SyncML xmlns='SYNCML:SYNCML1.1'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto></SyncHdr><SyncBody/></SyncML>",
            ["syncml-element-missing@33", "syncml-data-sync@33", "syncml-version-mismatch@33"]
        ),
    ])
    func odditiesOfTheHeader(_ text: String, _ expected: [String]) throws {
        #expect(try message(text).marks == expected)
    }

    @Test(arguments: [Samples.packageOne, Samples.results])
    func whatIsMissingWhereTheDocumentBreaksOffIsNotReported(_ octets: [UInt8]) {
        for count in 5..<octets.count {
            let document = decode(Array(octets[..<count]))
            #expect(SyncMLReader.read(document)?.findings ?? [] == [])
        }
    }

    /// One rule says several things of an Alert, and of an address.
    @Test(arguments: [
        ("<Alert><CmdID>1</CmdID></Alert>", "Alert (CmdID 1) has no Data to say which alert it is"),
        ("<Alert><CmdID>1</CmdID><Data>1299</Data></Alert>", "Alert (CmdID 1) says \"1299\", which is no alert code"),
        (
            "<Alert><CmdID>1</CmdID><Data>201</Data></Alert>",
            "Alert (CmdID 1) says \"201\", which is a code of data synchronisation"
        ),
        (
            "<Replace><CmdID>1</CmdID><Item><Source><LocURI/></Source></Item></Replace>",
            "An Item of Replace (CmdID 1) has no Target"
        ),
        (
            "<Copy><CmdID>1</CmdID><Item><Target><LocURI>./A</LocURI></Target><Source><LocURI/></Source></Item></Copy>",
            "An Item of Copy (CmdID 1) has an empty LocURI in Source"
        ),
    ])
    func whatAFindingSays(_ content: String, _ text: String) throws {
        #expect(try message(body(content)).findings.map(\.text) == [text])
    }

    @Test func findingsAreBounded() throws {
        let commands = String(repeating: "<Get/>", count: 500)
        let read = try message("<SyncML><SyncHdr/><SyncBody>\(commands)</SyncBody></SyncML>")
        #expect(read.commands.count == 500)
        #expect(read.findings.count == 101)
        #expect(read.findings.last?.rule == SyncMLRules.more)
        #expect(read.findings.last?.text == "401 further oddities are not listed")
    }

    @Test func deepContainersEnd() throws {
        let depth = 60
        let text = String(repeating: "<Sequence>", count: depth) + String(repeating: "</Sequence>", count: depth)
        let read = try message("<SyncML><SyncBody>\(text)</SyncBody></SyncML>")
        #expect(read.commands.count == 1)
    }

    /// A Meta may come again any number of times: what is kept of all of them is bounded.
    @Test func repeatedMetas() throws {
        let meta = #"<Meta><EMI xmlns="syncml:metinf">x</EMI></Meta>"#
        let times = 20_000
        let text = "<SyncML><SyncBody><Get>" + String(repeating: meta, count: times) + "</Get></SyncBody></SyncML>"
        let get = try #require(message(text).commands.first)
        #expect(get.meta.emi == Array(repeating: "x", count: 64))
        #expect(get.content.texts.count < times)
    }
}
