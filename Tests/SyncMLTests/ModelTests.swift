import SyncML
import TestSupport
import Testing
import WBXML
import Wire

/// How elements of a document become the model's parts: numbers, texts in pieces, items and commands in their order.
@Suite struct ModelTests {
    private func body(_ content: String) throws -> SyncMLMessage {
        try message("<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody>\(content)</SyncBody></SyncML>")
    }

    // MARK: Numbers

    static let codes: [(text: String, code: Int?)] = [
        ("200", 200), ("0", 0), ("7", 7), ("99", 99), ("1201", 1201), ("123456789", 123_456_789),
        ("999999999", 999_999_999), ("1000000000", nil), ("1234567890", nil), ("4294967496", nil),
        ("99999999999999999999", nil), ("", nil), ("0200", nil), ("00", nil), ("000000000", nil), ("01", nil),
        (" 200 ", 200), ("\n\t200\n", 200), ("  ", nil), ("2 00", nil), ("-200", nil), ("+200", nil), ("20a", nil),
        ("a20", nil), ("2/0", nil), ("2:0", nil), ("0x0", nil), ("200.", nil), ("２００", nil),
    ]

    @Test(arguments: codes) func codeOfXML(_ text: String, _ code: Int?) throws {
        let command = try body("<Status><CmdID>1</CmdID><Data>\(text)</Data></Status>").commands[0]
        #expect(command.code == code)
        #expect(command.data == text.trimmingBlanks)
    }

    @Test(arguments: codes) func codeOfWBXML(_ text: String, _ code: Int?) throws {
        let octets = join(hex("02A4016A00 6D6B 69 4B 03'1'0001 4F 03"), Array(text.utf8), hex("0001 01 01 01"))
        let command = try #require(SyncMLReader.read(decode(octets))).commands[0]
        #expect(command.code == code)
        #expect(command.data == text.trimmingBlanks)
    }

    @Test func noDataIsNoCode() throws {
        let commands = try body("<Alert><CmdID>1</CmdID></Alert><Alert><CmdID>2</CmdID><Data/></Alert>").commands
        #expect(commands.map(\.code) == [nil, nil])
        #expect(commands.map(\.data) == [nil, ""])
    }

    // MARK: Texts in pieces

    private static let xmlPieces: [(content: String, text: String)] = [
        ("plain", "plain"), ("<![CDATA[a]]>b", "ab"), ("a<![CDATA[b]]>", "ab"), ("a<![CDATA[b]]>c", "abc"),
        ("<![CDATA[a]]><![CDATA[b]]><![CDATA[c]]>", "abc"), ("<![CDATA[]]>", ""), ("a<![CDATA[]]>b", "ab"),
        ("a&amp;b&lt;&gt;&quot;&apos;", "a&b<>\"'"), ("&#x41;&#66;&#x20AC;", "AB€"),
        ("<![CDATA[&amp;]]>&amp;", "&amp;&"),
        ("a<!-- between -->b", "ab"), ("a<?pi x?>b", "ab"), ("./a/<![CDATA[<b>&]]>/c?d=1&amp;e", "./a/<b>&/c?d=1&e"),
    ]

    @Test(arguments: xmlPieces) func piecesOfXML(_ content: String, _ text: String) throws {
        let command = try body(
            """
            <Replace><CmdID>\(content)</CmdID><Meta><Type xmlns='syncml:metinf'>\(content)</Type></Meta>\
            <Item><Target><LocURI>\(content)</LocURI><LocName>\(content)</LocName></Target>\
            <Source><LocURI>before</LocURI></Source><Data>\(content)</Data></Item></Replace>\
            <Status><CmdID>2</CmdID><TargetRef>\(content)</TargetRef><TargetRef>x</TargetRef><SourceRef>\(content)</SourceRef>\
            <Data>\(content)</Data></Status>
            """
        ).commands
        let item = command[0].items[0]
        #expect(command[0].cmdID == text)
        #expect(command[0].meta.type == text)
        #expect(item.target == Location(uri: text, name: text))
        #expect(item.source == Location(uri: "before"))
        #expect(item.data == .text(text))
        #expect(command[1].targetRefs == [text, "x"])
        #expect(command[1].sourceRefs == [text])
        #expect(command[1].data == text)
    }

    /// White space at both ends goes, of the whole text and not of its pieces; that of an item's Data stays.
    @Test func piecesAreTrimmedTogether() throws {
        let content = " \n<![CDATA[ a ]]> <![CDATA[ b ]]>&#32;\n"
        let command = try body(
            "<Add><CmdID>\(content)</CmdID><Item><Target><LocURI>\(content)</LocURI></Target><Data>\(content)</Data></Item></Add>"
        ).commands[0]
        #expect(command.cmdID == "a   b")
        #expect(command.items[0].target?.uri == "a   b")
        #expect(command.items[0].data == .text(" \n a   b  \n"))
    }

    @Test func piecesMakeNumbersAndNames() throws {
        let message = try message(
            """
            <SyncML><SyncHdr><VerProto>Sync<![CDATA[ML/]]>1.2</VerProto><SessionID>&#55;</SessionID></SyncHdr><SyncBody>\
            <Status><CmdID>1</CmdID><CmdRef><![CDATA[0]]></CmdRef><Data>2<![CDATA[0]]>0</Data></Status>\
            <Status><CmdID>2</CmdID><CmdRef/><Cmd>Sync<![CDATA[Hdr]]></Cmd><Data>&#x32;12</Data></Status></SyncBody></SyncML>
            """)
        #expect(message.header.isDataSync)
        #expect(message.header.sessionID == "7")
        #expect(message.commands.map(\.code) == [200, 212])
        #expect(message.commands.map(\.answersHeader) == [true, true])
    }

    /// STR_I, ENTITY, STR_T and OPAQUE in any number, as the content of LocURI, CmdID and Data.
    private static let wbxmlPieces: [(content: String, text: String)] = [
        ("03'plain'00", "plain"), ("83 00", "table"), ("83 02", "ble"), ("02 41", "A"), ("02 C12C", "\u{20AC}"),
        ("03'a'00 02 8120 83 00", "a\u{A0}table"), ("83 00 83 00 03'-'00 02 26", "tabletable-&"),
        ("03'a'00 0300 03'b'00", "ab"), ("0300", ""), ("C302'xy'", "xy"), ("03'a'00 C302'xy' 83 03", "axyle"),
    ]

    @Test(arguments: wbxmlPieces)
    func piecesOfWBXML(_ content: String, _ text: String) throws {
        let octets = hex(
            """
            02A4016A 06 'table' 00 6D6B
            60 4B \(content) 01 54 6E 57 \(content) 01 01 67 57 03'before'00 01 01 4F \(content) 01 01 01
            69 4B 03'2'00 01 4F \(content) 01 01 01 01
            """)
        let commands = try #require(SyncMLReader.read(decode(octets))).commands
        #expect(commands[0].cmdID == text)
        #expect(commands[0].items[0].target?.uri == text)
        #expect(commands[0].items[0].source?.uri == "before")
        #expect(commands[0].items[0].data == .text(text))
        #expect(commands[1].data == text)
    }

    @Test func onlyTheFirstOfDoubledElementsCounts() throws {
        let read = try body(
            """
            <Status xmlns:m='urn:m'><CmdID>1</CmdID><CmdID>2</CmdID><Cmd/><Cmd>Get</Cmd><Chal><Meta><Type>first</Type></Meta></Chal>\
            <Chal><Meta><Type>second</Type></Meta></Chal><Data m:originalerror='0x1'>200</Data><Data>404</Data>\
            <Item><Target><LocURI>a</LocURI></Target><Target><LocURI>b</LocURI><LocName>n</LocName></Target>\
            <Data>x</Data><Data>y</Data></Item></Status>
            """)
        let status = read.commands[0]
        #expect(status.cmdID == "1")
        #expect(status.cmd == "")
        #expect(status.chal?.meta.type == "first")
        #expect(status.data == "200" && status.code == 200)
        #expect(status.originalError == "0x1")
        #expect(status.items[0].target == Location(uri: "a", name: "n"))
        #expect(status.items[0].data == .text("x"))
    }

    @Test func extensionsOfMetaStayTogether() throws {
        let commands = try body(
            """
            <Add><CmdID>1</CmdID><Meta><EMI>a</EMI><MetInf><EMI>b</EMI><Type>t</Type></MetInf><EMI>c</EMI></Meta>\
            <Item><Meta><EMI>d</EMI></Meta></Item><Meta><EMI>e</EMI></Meta></Add>
            """
        ).commands
        #expect(commands[0].meta.emi == ["a", "b", "c", "e"])
        #expect(commands[0].meta.type == "t")
        #expect(commands[0].items[0].meta.emi == ["d"])
    }

    // MARK: Items and commands in their places

    private func item(_ name: String) -> String { "<Item><Target><LocURI>\(name)</LocURI></Target></Item>" }

    @Test func itemsBetweenTheCommandsOfAContainer() throws {
        let read = try body(
            """
            <Atomic><CmdID>1</CmdID>\(item("a"))<Add><CmdID>2</CmdID>\(item("b"))\(item("c"))</Add>\(item("d"))\
            <Sequence><CmdID>3</CmdID>\(item("e"))<Replace><CmdID>4</CmdID>\(item("f"))</Replace>\(item("g"))</Sequence>\
            <Delete><CmdID>5</CmdID></Delete>\(item("h"))</Atomic><Exec><CmdID>6</CmdID>\(item("i"))</Exec>
            """)
        #expect(
            read.tree == [
                "Atomic 1 [a d h]", "  Add 2 [b c]", "  Sequence 3 [e g]", "    Replace 4 [f]", "  Delete 5 []",
                "Exec 6 [i]",
            ])
    }

    /// Containers of containers, in any shape: every command keeps its place, its children and its items.
    @Test func nestedContainersKeepTheirOrder() {
        var generator = Dice(1)
        for _ in 0..<150 {
            var draft = DraftMessage()
            var number = 0
            draft.commands = commands(depth: 0, &number, &generator)
            #expect(draft.written().message.tree == draft.tree)
            #expect(draft.written(.wbxml).message.tree == draft.tree)
        }
    }

    private func commands(depth: Int, _ number: inout Int, _ generator: inout Dice) -> [DraftCommand] {
        (0..<generator.next(upTo: depth == 0 ? 6 : 4)).map { _ in
            number += 1
            let isContainer = depth < 5 && generator.next(upTo: 2) == 0
            let names = isContainer ? ["Atomic", "Sequence"] : ["Get", "Add", "Status", "Results"]
            var command = DraftCommand(names[generator.next(upTo: names.count)], cmdID: String(number))
            for index in 0..<generator.next(upTo: 3) {
                var item = DraftItem()
                item.target = DraftLocation(uri: "./\(number)/\(index)")
                command.items.append(item)
            }
            if isContainer { command.children = commands(depth: depth + 1, &number, &generator) }
            return command
        }
    }

    @Test func commandsBelowTheBoundAreLeftOut() throws {
        let levels = (1...20).map { "<Sequence><CmdID>\($0)</CmdID>\(item("\($0)"))" }.joined()
        let read = try body(levels + String(repeating: "</Sequence>", count: 20) + "<Get><CmdID>99</CmdID></Get>")
        #expect(
            read.tree
                == (0...16).map { String(repeating: "  ", count: $0) + "Sequence \($0 + 1) [\($0 + 1)]" } + [
                    "Get 99 []"
                ])
    }

    /// CmdIDs that are small numbers, large ones, and none, are told apart the same way.
    @Test(arguments: [
        (["1", "2", "63", "64", "1023", "1024", "999999999", "1000000000", "a", "01", "001", ""], []),
        (["64", "65", "128", "64"], [3]), (["63", "127", "63"], [2]), (["1", "1", "1"], [1, 2]),
        (["1023", "1024", "1023", "1024"], [2, 3]), (["4294967297", "1", "4294967297"], [2]), (["a", "A", "a"], [2]),
        (["01", "1", "01"], [2]), (["", ""], [1]),
    ])
    func repeatedCmdIDs(_ cmdIDs: [String], _ repeated: [Int]) throws {
        let read = try body(cmdIDs.map { "<Get><CmdID>\($0)</CmdID><Item/></Get>" }.joined())
        let offsets = read.findings.filter { $0.rule == SyncMLRules.cmdIDRepeated }.map(\.offset)
        #expect(offsets == repeated.map { read.commands[$0].offset })
    }

    // MARK: Drafts

    /// What tests write with a draft is read as they wrote it, in both representations.
    @Test func draftsAreReadAsTheyWereWritten() throws {
        var draft = DraftMessage()
        draft.header.verDTD = "1.2"
        draft.header.verProto = "DM/1.2"
        draft.header.sessionID = "7"
        draft.header.msgID = "1"
        draft.header.target = DraftLocation(uri: "http://s/dm?a=1&b=<2>")
        draft.header.source = DraftLocation(uri: "IMEI:1", name: "n")
        draft.header.respURI = "http://s/2"
        draft.header.noResp = true
        draft.header.meta.maxMsgSize = "5000"
        var cred = DraftCredential()
        cred.meta.type = "syncml:auth-md5"
        cred.data = .octets([0, 255, 16])
        draft.header.cred = cred
        var status = DraftCommand("Status", cmdID: "1")
        status.msgRef = "1"
        status.cmdRef = "0"
        status.cmd = "SyncHdr"
        status.chal = DraftCredential()
        status.chal?.meta.nextNonce = "AAAA"
        status.data = "212"
        var item = DraftItem()
        item.source = DraftLocation(uri: "./x")
        item.data = .text("a\r\nb")
        item.moreData = true
        item.meta.size = "10"
        var add = DraftCommand("Add", cmdID: "2")
        add.noResp = true
        add.items = [item]
        draft.commands = [status, add]
        draft.final = true
        let written = draft.written()
        #expect(written.document.representation == .wbxml)
        #expect(written.message.header.cred?.data == .octets([0, 255, 16]))
        draft.header.cred?.data = .text("AP8Q")
        let xml = draft.written()
        #expect(xml.document.representation == .xml)
        #expect(xml.message.findings == [])
        #expect(xml.message.outline() == draft.written(.wbxml).message.outline())
        let header = xml.message.header
        #expect(header.target == Location(uri: "http://s/dm?a=1&b=<2>"))
        #expect(header.source == Location(uri: "IMEI:1", name: "n"))
        #expect(header.noResp && header.respURI == "http://s/2" && header.meta.maxMsgSize == "5000")
        #expect(xml.message.commands[0].answersHeader && xml.message.commands[0].chal?.meta.nextNonce == "AAAA")
        let read = xml.message.commands[1].items[0]
        #expect(read.data == .text("a\r\nb") && read.moreData && read.meta.size == "10" && read.source?.uri == "./x")
        #expect(xml.message.commands[1].noResp && xml.message.final)
        #expect(String(decoding: xml.octets[xml.message.commands[1].offset...].prefix(4), as: UTF8.self) == "<Add")
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\n" || $0 == "\t" }
        return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}

/// A command, its CmdID and the addresses of its items, one a line, indented by depth.
private func line(_ depth: Int, _ name: String, _ cmdID: String?, _ items: [String?]) -> String {
    String(repeating: "  ", count: depth)
        + "\(name) \(cmdID ?? "-") [\(items.map { $0 ?? "-" }.joined(separator: " "))]"
}

extension SyncMLMessage {
    fileprivate var tree: [String] {
        func lines(_ commands: CommandList, _ depth: Int) -> [String] {
            commands.flatMap {
                [line(depth, $0.name, $0.cmdID, $0.items.map { $0.target?.uri })] + lines($0.children, depth + 1)
            }
        }
        return lines(commands, 0)
    }
}

extension DraftMessage {
    fileprivate var tree: [String] {
        func lines(_ commands: [DraftCommand], _ depth: Int) -> [String] {
            commands.flatMap {
                [line(depth, $0.name, $0.cmdID, $0.items.map { $0.target?.uri })] + lines($0.children, depth + 1)
            }
        }
        return lines(commands, 0)
    }
}
