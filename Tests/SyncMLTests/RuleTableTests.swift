import SyncML
import TestSupport
import Testing
import Wire

/// For each rule on DM messages one that breaks it and one like it that does not.
@Suite struct SyncMLRuleTableTests {
    private static let get = "<Get><CmdID>1</CmdID><Item><Target><LocURI>./A</LocURI></Target></Item></Get>"
    private static let item = "<Item><Target><LocURI>./A</LocURI></Target></Item>"
    private static let type = "<Type xmlns='syncml:metinf'>text/plain</Type>"
    private static let text = "<Item><Data>a</Data></Item>"
    private static func event(_ code: String, _ item: String = "") -> String {
        "<Alert><CmdID>1</CmdID><Data>\(code)</Data>\(item)</Alert>"
    }
    private static func command(_ name: String, _ items: String) -> String {
        "<\(name)><CmdID>1</CmdID>\(items)</\(name)>"
    }
    private static func read(_ uri: String) -> String {
        command("Get", "<Item><Target><LocURI>\(uri)</LocURI></Target></Item>")
    }
    private static func formatted(_ format: String) -> String {
        command("Add", "<Meta><Format xmlns='syncml:metinf'>\(format)</Format></Meta>" + item)
    }
    private static func status(_ code: String) -> String {
        "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>\(code)</Data></Status>"
    }

    /// Contents of SyncBody.
    static let rows: [(rule: Rule, odd: String, plain: String)] = [
        (SyncMLRules.elementMissing, "<Get><CmdID>1</CmdID></Get>", get),
        (
            SyncMLRules.elementMissing,
            "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Chal/><Data>401</Data></Status>",
            status("401")
        ),
        (SyncMLRules.elementRepeated, "<Get><CmdID>1</CmdID><CmdID>2</CmdID>\(item)</Get>", get),
        (SyncMLRules.elementUnexpected, "<Get><CmdID>1</CmdID>\(item)<Bogus/></Get>", get),
        (
            SyncMLRules.elementOrder,
            "<Status><Data>200</Data><MsgRef>1</MsgRef><CmdRef>2</CmdRef><Cmd>Get</Cmd><CmdID>3</CmdID></Status>",
            status("200")
        ),
        (SyncMLRules.cmdIDZero, "<Get><CmdID>0</CmdID>\(item)</Get>", get),
        (
            SyncMLRules.cmdIDRepeated, get + "<Exec><CmdID>1</CmdID>\(item)</Exec>",
            get + "<Exec><CmdID>2</CmdID>\(item)</Exec>"
        ),
        (SyncMLRules.statusCode, status("0"), status("216")),
        (
            SyncMLRules.alertCode, "<Alert><CmdID>1</CmdID><Data>1299</Data></Alert>",
            "<Alert><CmdID>1</CmdID><Data>1222</Data></Alert>"
        ),
        (
            SyncMLRules.alertCode, "<Alert><CmdID>1</CmdID><Data>222</Data></Alert>",
            "<Alert><CmdID>1</CmdID><Data>1223</Data></Alert>"
        ),
        (SyncMLRules.alertItems, event("1100"), event("1100", text + text)),
        (SyncMLRules.alertItems, event("1101", text), event("1101", "<Item/>" + text)),
        (SyncMLRules.alertItems, event("1104", "<Item/>" + text), event("1104", "<Item/>" + text + text)),
        (SyncMLRules.alertItems, event("1225"), event("1225", item)),
        (SyncMLRules.alertIncomplete, event("1226"), event("1226", "<Item><Meta>\(type)</Meta><Data>1</Data></Item>")),
        (SyncMLRules.alertIncomplete, event("1224", "<Item><Data>1</Data></Item>"), event("1201")),
        (SyncMLRules.addressMissing, command("Get", "<Item/>"), get),
        (
            SyncMLRules.addressMissing, command("Delete", "<Item><Target><LocURI/></Target></Item>"),
            command("Delete", item)
        ),
        (
            SyncMLRules.addressMissing, command("Copy", item),
            command(
                "Copy",
                "<Item><Target><LocURI>./A</LocURI></Target><Source><LocURI>./B</LocURI></Source></Item>")
        ),
        (
            SyncMLRules.addressMissing, command("Replace", item + "<Item><Data>1</Data></Item>"),
            command("Replace", "<Item><Source><LocURI>./DevInfo/Lang</LocURI></Source><Data>en</Data></Item>")
        ),
        (SyncMLRules.addressForm, read("/A"), read("A/B")),
        (SyncMLRules.addressForm, read("./A?prop=Owner"), read("./A?prop=ACL")),
        (SyncMLRules.addressForm, read("./A?list=Tree"), read("./A?list=StructData")),
        (SyncMLRules.addressForm, read("./A?x=1"), read("./A?list=TNDS+Value-ACL")),
        (SyncMLRules.formatUnknown, formatted("string"), formatted("Chr")),
        (SyncMLRules.formatUnknown, formatted("integer"), formatted(" int ")),
        (SyncMLRules.finalNotLast, "<Final/>" + get, get + "<Final/>"),
        (
            SyncMLRules.credInCommand, "<Get><CmdID>1</CmdID><Cred><Data>a</Data></Cred>\(item)</Get>",
            "<Get><CmdID>1</CmdID><Meta>\(type)</Meta>\(item)</Get>"
        ),
        (
            SyncMLRules.nestedCommand, "<Atomic><CmdID>1</CmdID><Get><CmdID>2</CmdID>\(item)</Get></Atomic>",
            "<Atomic><CmdID>1</CmdID><Add><CmdID>2</CmdID>\(item)</Add></Atomic>"
        ),
        (
            SyncMLRules.sizeInvalid, "<Add><CmdID>1</CmdID><Meta><Size>big</Size></Meta>\(item)</Add>",
            "<Add><CmdID>1</CmdID><Meta><Size>12</Size></Meta>\(item)</Add>"
        ),
        (
            SyncMLRules.sizeInvalid, "<Add><CmdID>1</CmdID><Meta><Size/></Meta>\(item)</Add>",
            "<Add><CmdID>1</CmdID><Meta><Size>0</Size></Meta>\(item)</Add>"
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
        (SyncMLRules.protocolUnknown, whole("SYNCML1.2", "DM 1.2"), whole("SYNCML1.2", "DM/1.3")),
        (SyncMLRules.protocolUnknown, whole("SYNCML1.2", "syncml/1.2"), whole("SYNCML1.2", "SyncML/1.2")),
        (SyncMLRules.protocolUnknown, whole("SYNCML1.2", ""), whole("SYNCML1.2", "DM/2.0")),
        (SyncMLRules.versionMismatch, whole("SYNCML1.1", "DM/1.2"), whole("SYNCML1.2", "DM/1.2")),
        (SyncMLRules.versionMismatch, whole("SYNCML1.2", "DM/1.1"), whole("SYNCML1.2", "DM/1.3")),
        // Data synchronisation has Alert codes and addresses of its own.
        (
            SyncMLRules.alertCode, whole("SYNCML1.2", "DM/1.2", event("200")),
            whole("SYNCML1.2", "SyncML/1.2", event("200"))
        ),
        (
            SyncMLRules.addressMissing, whole("SYNCML1.2", "DM/1.2", command("Add", "<Item/>")),
            whole("SYNCML1.2", "SyncML/1.2", command("Add", "<Item/>"))
        ),
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
        (NotificationRules.tooShort, "02D80000 000A3F", "02D80000 000A3F01 'a'"),
        (NotificationRules.identifierLength, "02D80000 000A3F00", "02D80000 000A3F01 'a'"),
        (NotificationRules.sessionID, "02D80000 00000001 'a'", "02D80000 00FFFF01 'a'"),
        (NotificationRules.futureUse, "02D80001 00000101 'a'", "02D80000 00000101 'a'"),
        (NotificationRules.version, "02980000 00000101 'a'", "02D80000 00000101 'a'"),
    ]

    @Test(arguments: rows.indices) func row(_ index: Int) {
        let row = Self.rows[index]
        let rules = { (trigger: String) -> [Rule] in
            let octets = hex(String(repeating: "00", count: 16) + trigger)
            return (PackageZero(octets.span.bytes)?.findings ?? [PackageZero.tooShort(octets.span.bytes)]).map(\.rule)
        }
        #expect(rules(row.odd) == [row.rule])
        #expect(rules(row.plain) == [])
    }

    @Test func everyRuleHasARow() { #expect(Set(Self.rows.map(\.rule)) == Set(NotificationRules.all)) }
}

/// The same for what carries them, a WSP push: octets of a datagram.
@Suite struct PushRuleTableTests {
    private static let mac = "92 '\(String(repeating: "A0", count: 20))' 00"
    private static let document = "030B6A0005"

    static let rows: [(rule: Rule, odd: String, plain: String)] = [
        (PushRules.application, "01 06 01 C4", "01 06 03 C4 AF 87"),
        (
            PushRules.application, "01 06 03 C4 AF 82",
            "01 06 1E C4 AF 'x-wap-application:syncml.dm' 00"
        ),
        // Another page of header codes: what stands on it is not known here.
        (PushRules.application, "01 06 06 C4 'X-a' 00 B1", "01 06 05 C4 01 81 AF 87"),
        (PushRules.bootstrapSecurity, "01 06 01 B6 \(document)", "01 06 2F 1F 2D B6 91 80 \(mac) \(document)"),
        (
            PushRules.bootstrapSecurity, "01 06 2D 1F 2B B6 \(mac) \(document)",
            "01 06 2F 1F 2D C2 91 81 \(mac) \(document)"
        ),
        (PushRules.bootstrapSecurity, "01 06 04 03 B6 91 81 \(document)", "01 06 01 C4 AF 87"),
        (
            PushRules.bootstrapMAC, "01 06 0A 09 B6 91 81 92 'A0A0' 00 \(document)",
            "01 06 2F 1F 2D B6 91 83 \(mac.lowercased()) \(document)"
        ),
        (
            PushRules.bootstrapMAC, "01 06 2F 1F 2D B6 91 80 92 '\(String(repeating: "ZZ", count: 20))' 00 \(document)",
            "01 06 2F 1F 2D B6 91 80 \(mac) \(document)"
        ),
        (
            PushRules.bootstrapXML, "01 06 2F 1F 2D C3 91 80 \(mac) '<SyncML/>'",
            "01 06 2F 1F 2D B5 91 80 \(mac) '<wap-provisioningdoc/>'"
        ),
    ]

    @Test(arguments: rows.indices) func row(_ index: Int) throws {
        let row = Self.rows[index]
        let rules = { (datagram: String) -> [Rule] in
            let octets = hex(datagram)
            let push = WSPPush(octets.span.bytes)
            return try #require(push).findings.map(\.rule)
        }
        #expect(try rules(row.odd) == [row.rule])
        #expect(try !rules(row.plain).contains(row.rule))
    }

    @Test func everyRuleHasARow() { #expect(Set(Self.rows.map(\.rule)) == Set(PushRules.all)) }
}
