import SyncML
import TestSupport
import Testing
import Wire

/// For each rule on DM messages one that breaks it and one like it that does not.
@Suite struct SyncMLRuleTableTests {
    private static let get = "<Get><CmdID>1</CmdID><Item><Target><LocURI>./A</LocURI></Target></Item></Get>"
    private static func status(_ code: String) -> String {
        "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>\(code)</Data></Status>"
    }

    /// Contents of SyncBody.
    static let rows: [(rule: Rule, odd: String, plain: String)] = [
        (SyncMLRules.elementMissing, "<Get><CmdID>1</CmdID></Get>", get),
        (SyncMLRules.elementRepeated, "<Get><CmdID>1</CmdID><CmdID>2</CmdID><Item/></Get>", get),
        (SyncMLRules.elementUnexpected, "<Get><CmdID>1</CmdID><Item/><Bogus/></Get>", get),
        (
            SyncMLRules.elementOrder,
            "<Status><Data>200</Data><MsgRef>1</MsgRef><CmdRef>2</CmdRef><Cmd>Get</Cmd><CmdID>3</CmdID></Status>",
            status("200")
        ),
        (SyncMLRules.cmdIDZero, "<Get><CmdID>0</CmdID><Item/></Get>", get),
        (
            SyncMLRules.cmdIDRepeated, get + "<Exec><CmdID>1</CmdID><Item/></Exec>",
            get + "<Exec><CmdID>2</CmdID><Item/></Exec>"
        ),
        (SyncMLRules.statusCode, status("0"), status("216")),
        (
            SyncMLRules.alertCode, "<Alert><CmdID>1</CmdID><Data>1299</Data></Alert>",
            "<Alert><CmdID>1</CmdID><Data>1226</Data></Alert>"
        ),
        (SyncMLRules.finalNotLast, "<Final/>" + get, get + "<Final/>"),
        (
            SyncMLRules.credInCommand, "<Get><CmdID>1</CmdID><Cred><Data>a</Data></Cred><Item/></Get>",
            "<Get><CmdID>1</CmdID><Meta><Type xmlns='syncml:metinf'>text/plain</Type></Meta><Item/></Get>"
        ),
        (
            SyncMLRules.nestedCommand, "<Atomic><CmdID>1</CmdID><Get><CmdID>2</CmdID><Item/></Get></Atomic>",
            "<Atomic><CmdID>1</CmdID><Add><CmdID>2</CmdID><Item/></Add></Atomic>"
        ),
        (
            SyncMLRules.sizeInvalid, "<Add><CmdID>1</CmdID><Meta><Size>big</Size></Meta><Item/></Add>",
            "<Add><CmdID>1</CmdID><Meta><Size>12</Size></Meta><Item/></Add>"
        ),
    ]

    /// Whole messages, for what the header shows.
    private static func whole(_ namespace: String, _ protocol: String, _ body: String = "<Final/>") -> String {
        "<SyncML xmlns='SYNCML:\(namespace)'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>\(`protocol`)</VerProto>"
            + "<SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>a</LocURI></Target>"
            + "<Source><LocURI>b</LocURI></Source></SyncHdr><SyncBody>\(body)</SyncBody></SyncML>"
    }

    static let messages: [(rule: Rule, odd: String, plain: String)] = [
        (SyncMLRules.dataSync, whole("SYNCML1.2", "SyncML/1.2"), whole("SYNCML1.2", "DM/1.2")),
        (SyncMLRules.versionMismatch, whole("SYNCML1.1", "DM/1.2"), whole("SYNCML1.2", "DM/1.2")),
        (
            SyncMLRules.more, whole("SYNCML1.2", "DM/1.2", String(repeating: "<Get/>", count: 200)),
            whole("SYNCML1.2", "DM/1.2", "<Get/>")
        ),
    ]

    @Test(arguments: rows.indices) func row(_ index: Int) throws {
        let row = Self.rows[index]
        let inMessage = { (body: String) in Self.whole("SYNCML1.2", "DM/1.2", body) }
        #expect(try message(inMessage(row.odd)).findings.map(\.rule) == [row.rule])
        #expect(try message(inMessage(row.plain)).findings.isEmpty)
    }

    @Test(arguments: messages.indices) func wholeMessage(_ index: Int) throws {
        let row = Self.messages[index]
        #expect(try message(row.odd).findings.map(\.rule).contains(row.rule))
        #expect(try !message(row.plain).findings.map(\.rule).contains(row.rule))
    }

    @Test func everyRuleHasARow() {
        #expect(Set((Self.rows + Self.messages).map(\.rule)) == Set(SyncMLRules.all))
    }
}

/// The same for package 0: trigger octets behind the digest.
@Suite struct NotificationRuleTableTests {
    static let rows: [(rule: Rule, odd: String, plain: String)] = [
        (NotificationRules.identifierLength, "02D80000 000A3F00", "02D80000 000A3F01 'a'"),
        (NotificationRules.sessionID, "02D80000 00000001 'a'", "02D80000 00FFFF01 'a'"),
        (NotificationRules.futureUse, "02D80001 00000101 'a'", "02D80000 00000101 'a'"),
        (NotificationRules.version, "02980000 00000101 'a'", "02D80000 00000101 'a'"),
    ]

    @Test(arguments: rows.indices) func row(_ index: Int) {
        let row = Self.rows[index]
        let rules = { (trigger: String) -> [Rule]? in
            let octets = hex(String(repeating: "00", count: 16) + trigger)
            return PackageZero(octets.span.bytes)?.findings.map(\.rule)
        }
        #expect(rules(row.odd) == [row.rule])
        #expect(rules(row.plain) == [])
    }

    @Test func everyRuleHasARow() { #expect(Set(Self.rows.map(\.rule)) == Set(NotificationRules.all)) }
}
