import Binding
import FoundationEssentials
import Inspection
import InspectionSupport
import Sessions
import SyncML
import TestSupport
import Testing
import Wire

@testable import SessionLog

/// An exchange that is written straight from inspection makes the same line as its record does.
@Suite struct DirectLineTests {
    /// A server's answer: Status 212 for SyncHdr, Sequence with a Get and a Replace whose data are octets.
    static let answer = hex(
        """
        02a4016a00 6d 6c 7103'1.2'0001 7203'DM/1.2'0001 6503'1'0001 5b03'1'0001 6e5703'IMEI:1'000101
        6757 03'http://s/dm'000101 01 6b
        69 4b03'1'0001 5c03'1'0001 4c03'0'0001 4a03'SyncHdr'0001 4f03'212'0001 01
        64 4b03'2'0001 53 4b03'3'0001 546e5703'./A'00010101 01
           60 4b03'4'0001 54 6e5703'./B'000101 5a 0001 4703'bin'0001 01 0000 4f c30300ff10 01 01 01 01
        12 01 01
        """)
    static let request = hex(
        """
        02a4016a006d6c7103312e3200017203444d2f312e32000165033100015b033100016e5703687474703a2f2f732f646d00010167570349
        4d45493a310001015a00014c03353030300001010100006b464b033100014f0331323031000101120101
        """)

    private func post(_ body: [UInt8], _ start: String, _ type: String) -> [UInt8] {
        Array(
            "\(start)\r\nContent-Type: application/vnd.syncml.dm+\(type)\r\nContent-Length: \(body.count)\r\n\r\n".utf8)
            + body
    }

    private func exchange(_ request: [UInt8], _ response: [UInt8], _ type: String) throws -> Exchange {
        let kept = Kept()
        let inspector = Inspector(facilities: .fake, limits: Limits(), sink: kept)
        let time = Timestamp(nanoseconds: 1_331_028_000_000_000_000)
        let nothing: [UInt8] = []
        inspector.receive(
            1, .opened(FlowOrigin(client: "127.0.0.1:1", server: "127.0.0.1:2", loopback: true)), at: time,
            nothing.span.bytes)
        let sent = post(request, "POST /dm HTTP/1.1\r\nHost: s", type)
        let received = post(response, "HTTP/1.1 200 OK\r\nX-Quote: \"é\\", type)
        inspector.receive(1, .bytes(.toServer, offset: 0), at: time, sent.span.bytes)
        inspector.receive(1, .bytes(.toClient, offset: 0), at: time, received.span.bytes)
        return try #require(kept.exchanges.first)
    }

    /// The exchange's line, once it has been found to be that of its record.
    private func line(_ exchange: Exchange) -> [UInt8] {
        var direct = JSONWriter()
        direct.line(exchange)
        var record = JSONWriter()
        record.line(.exchange(ExchangeRecord(exchange)))
        let (written, expected) = (direct.bytes, record.bytes)
        #expect(String(decoding: written, as: UTF8.self) == String(decoding: expected, as: UTF8.self))
        return written
    }

    private func record(_ line: [UInt8]) throws -> ExchangeRecord {
        guard case .exchange(let record) = try JSONDecoder().decode(Record.self, from: Data(line)) else {
            throw Unreadable()
        }
        return record
    }
    private struct Unreadable: Error {}

    @Test func equalsTheRecordsLine() throws {
        let exchange = try exchange(Self.request, Self.answer, "wbxml")
        #expect(exchange.response?.body.dm?.commands.last?.children.count == 2)
        let line = line(exchange)
        #expect(String(decoding: line, as: UTF8.self).contains(#""octets":"AP8Q""#))
        #expect(try record(line).host == "s")
    }

    @Test func equalsTheRecordsLineOfAnAnswerOfDMScopesOwn() throws {
        let exchange = try exchange(Self.request, Self.answer, "wbxml")
        exchange.response = nil
        exchange.proxyStatus = 502
        let record = try record(line(exchange))
        #expect(record.proxyStatus == 502 && record.response == nil)
        var text = TextRenderer(color: false)
        #expect(text.render(.exchange(record)).contains(" → 502 by DMScope "))
    }

    /// The beginning of a finding is written once and kept; findings of one rule may differ in level and subject.
    @Test func findingsOfOneRuleKeepTheirLevelAndSubject() throws {
        let exchange = try exchange(Self.request, Self.answer, "wbxml")
        let rule = try #require(exchange.findings.first?.rule)
        exchange.findings = [Subject.request, .response, .request].flatMap { about in
            Level.allCases.map { Finding(rule, about, "\(about) \($0)", offset: 7, level: $0) }
        }
        #expect(try record(line(exchange)).findings.count == 12)
    }

    // MARK: XML

    private func xml(_ header: String, _ body: String) -> [UInt8] {
        Array(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>7</SessionID>\
            <MsgID>1</MsgID>\(header)</SyncHdr><SyncBody>\(body)<Final/></SyncBody></SyncML>
            """.utf8)
    }

    /// Every element that a record tells of, with characters that JSON escapes and texts in pieces.
    @Test func everythingInXML() throws {
        let request = xml(
            """
            <Target><LocURI>http://s/dm?a=1&amp;b="2"</LocURI></Target><Source><LocURI>IMEI:1</LocURI><LocName>é \\ 𐍈</LocName></Source>\
            <RespURI>http://s/<![CDATA[<2>]]></RespURI><Cred><Meta><Format>b64</Format></Meta><Data>AAAA</Data></Cred>\
            <Meta><MaxMsgSize>5000</MaxMsgSize><MaxObjSize>90000</MaxObjSize></Meta>
            """,
            """
            <Alert><CmdID>1</CmdID><Data>12<![CDATA[01]]></Data></Alert>
            <Alert><CmdID>2</CmdID><Data>1226</Data><Correlator>c&#9;d</Correlator><Item><Meta><Type>t</Type><Format>chr</Format>\
            <Mark>critical</Mark></Meta><Data> a&#10;b\u{7F} </Data></Item></Alert>
            <Replace><CmdID>3</CmdID><Meta><Format>xml</Format><Type>text/plain</Type></Meta><Item><Source><LocURI>./A</LocURI></Source>\
            <Data><![CDATA[<x>"&amp;"</x>]]></Data></Item><Item><Target><LocURI>./B</LocURI></Target><Meta><Format>b64</Format><Size>9</Size>\
            </Meta><Data/><MoreData/></Item><Item><Data><MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD></MgmtTree></Data></Item>\
            <Item/></Replace>
            <Atomic><CmdID>4</CmdID><Meta><Type>m</Type></Meta><Item><Data>between</Data></Item><Add><CmdID>5</CmdID><Item><Data>\
            \(String(repeating: "é", count: 5000))</Data></Item></Add><Sequence><CmdID>6</CmdID><Delete><CmdID>7</CmdID></Delete></Sequence></Atomic>
            """)
        let response = xml(
            "<Cred><Meta><Type>syncml:auth-md5</Type></Meta></Cred>",
            """
            <Status xmlns:m="urn:m"><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><TargetRef>a</TargetRef>\
            <TargetRef>b</TargetRef><SourceRef>c</SourceRef><Chal><Meta><Type>syncml:auth-md5</Type></Meta></Chal>\
            <Data m:originalerror="0x1&quot;">212</Data></Status>
            <Status><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>5</CmdRef><Cmd>Add</Cmd><Chal/><Data>200</Data></Status>
            """)
        let exchange = try exchange(request, response, "xml")
        let told = try record(line(exchange))
        let dm = try #require(told.request?.dm)
        #expect(dm.representation == "xml" && dm.final && dm.xml?.utf8.elementsEqual(request) == true)
        #expect(dm.target == "http://s/dm?a=1&b=\"2\"" && dm.sourceName == "é \\ 𐍈" && dm.respURI == "http://s/<2>")
        #expect(dm.auth == "syncml:auth-basic" && dm.maxMsgSize == "5000" && dm.maxObjSize == "90000")
        #expect(dm.commands.map(\.alert) == ["1201", "1226", nil, nil])
        #expect(dm.commands[1].correlator == "c\td" && dm.commands[1].items[0].mark == "critical")
        #expect(dm.commands[1].items[0].data == " a\nb\u{7F} ")
        let items = dm.commands[2].items
        #expect(items.map(\.format) == ["xml", "b64", "xml", "xml"])
        #expect(items.map(\.data) == ["<x>\"&amp;\"</x>", "", nil, nil])
        #expect(items.map(\.document) == [nil, nil, "MgmtTree", nil])
        #expect(items.map(\.moreData) == [nil, true, nil, nil])
        #expect(dm.commands[3].items.map(\.data) == ["between"])
        #expect(dm.commands[3].commands?.map(\.name) == ["Add", "Sequence"])
        #expect(dm.commands[3].commands?[0].status == "200")
        #expect(dm.commands[3].commands?[0].items[0].data == String(repeating: "é", count: 4096) + "…")
        #expect(dm.commands[3].commands?[1].commands?.map(\.cmdID) == ["7"])
        let answer = try #require(told.response?.dm)
        #expect(answer.auth == "syncml:auth-md5")
        #expect(answer.commands.map(\.chal) == ["syncml:auth-md5", ""])
        #expect(answer.commands[0].targetRefs == ["a", "b"] && answer.commands[0].sourceRefs == ["c"])
        #expect(answer.commands[0].originalError == "0x1\"")
    }

    /// Data is cut where it has more characters than a record holds, not where it has more octets.
    @Test(arguments: [
        ("a", 4096, false), ("a", 4097, true), ("é", 4096, false), ("é", 4097, true), ("e\u{301}", 2048, false),
        ("e\u{301}", 2049, true),
    ]) func dataIsCutBehindItsCharacters(_ character: String, _ count: Int, _ isCut: Bool) throws {
        let data = String(repeating: character, count: count)
        let request = xml("", "<Add><CmdID>1</CmdID><Item><Data>\(data)</Data></Item></Add>")
        let told = try record(line(exchange(request, xml("", ""), "xml")))
        let cut = String(String.UnicodeScalarView(data.unicodeScalars.prefix(4096))) + "…"
        #expect(told.request?.dm?.commands.first?.items.first?.data == (isCut ? cut : data))
    }

    // MARK: Statuses

    private func status(_ cmdID: Int, _ cmdRef: String, _ data: String, msgRef: String = "<MsgRef>1</MsgRef>") -> String
    {
        "<Status><CmdID>\(cmdID)</CmdID>\(msgRef)\(cmdRef)\(data)</Status>"
    }

    private func statuses(to commands: [String], _ answers: [String]) throws -> [String?] {
        let gets = commands.map { "<Get>\($0)<Item><Target><LocURI>./x</LocURI></Target></Item></Get>" }
        let exchange = try exchange(xml("", gets.joined()), xml("", answers.joined()), "xml")
        return try #require(record(line(exchange)).request?.dm).commands.map(\.status)
    }

    /// The first Status that answers a command tells how it fared, whatever stands in between.
    @Test func severalStatusesForOneCommand() throws {
        let found = try statuses(
            to: ["1", "2", "01", "a", "", "1234567890", "3"].map { "<CmdID>\($0)</CmdID>" } + [""],
            [
                status(1, "<CmdRef>2</CmdRef>", ""),
                status(2, "<CmdRef>1</CmdRef>", "<Data>202</Data>", msgRef: "<MsgRef>2</MsgRef>"),
                status(3, "<CmdRef>1</CmdRef>", "<Data>202</Data>", msgRef: ""),
                status(4, "<CmdRef>1</CmdRef>", "<Data>200</Data>"),
                status(5, "<CmdRef>2</CmdRef>", "<Data>404</Data>"),
                status(6, "<CmdRef>1</CmdRef>", "<Data>500</Data>"),
                status(7, "<CmdRef>01</CmdRef>", "<Data>401</Data>"),
                status(8, "<CmdRef>01</CmdRef>", "<Data>402</Data>"),
                status(9, "<CmdRef>a</CmdRef>", "<Data>405</Data>"),
                status(10, "<CmdRef>a</CmdRef>", "<Data>406</Data>"),
                status(11, "<CmdRef/>", "<Data>407</Data>"),
                status(12, "<CmdRef> 12345<![CDATA[67890]]> </CmdRef>", "<Data>4<![CDATA[08]]></Data>"),
                status(13, "", "<Data>409</Data>"),
                status(14, "<CmdRef>2</CmdRef>", "<Data>200</Data>"),
            ])
        #expect(found == ["200", "404", "401", "405", "407", "408", nil, nil])
    }

    /// More commands than a word has bits, answered in reverse, one out of three not at all.
    @Test func manyCommands() throws {
        let numbers = Array(1...150)
        let answered = numbers.filter { $0 % 3 != 0 }
        let found = try statuses(
            to: numbers.map { "<CmdID>\($0)</CmdID>" },
            answered.reversed().flatMap {
                [
                    status($0, "<CmdRef>\($0)</CmdRef>", "<Data>\(200 + $0)</Data>"),
                    status($0 + 1000, "<CmdRef>\($0)</CmdRef>", "<Data>500</Data>"),
                ]
            })
        #expect(found == numbers.map { $0 % 3 == 0 ? nil : String(200 + $0) })
    }

    @Test func aResponseWithoutStatusForTheMessage() throws {
        #expect(try statuses(to: ["<CmdID>1</CmdID>"], []) == [nil])
    }
}
