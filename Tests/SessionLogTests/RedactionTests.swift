import Binding
import Sessions
import Testing

@testable import SessionLog

/// What proves an identity does not come through, however the message writes it.
@Suite struct RedactionTests {
    private static let head = "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><SessionID>1</SessionID>"

    private func masked(_ xml: String) throws -> MessageRecord {
        guard case .exchange(var exchange) = RecordJSONTests.records[2] else { throw Missing() }
        exchange.request?.dm?.xml = xml
        exchange.request?.dm?.commands = []
        guard case .exchange(let out) = Redaction().redact(.exchange(exchange)), let request = out.request else {
            throw Missing()
        }
        return request
    }

    private struct Missing: Error {}

    @Test(arguments: [
        "<Cred><Meta><Type>syncml:auth-basic</Type></Meta><Data>SECRET</Data></Cred>",
        "<Cred a='b'><Data><![CDATA[SECRET]]></Data></Cred>", "<x:Cred xmlns:x='SYNCML:SYNCML1.2'>SECRET</x:Cred>",
        "<Chal><Meta><NextNonce xmlns='syncml:metinf'>SECRET</NextNonce></Meta></Chal>",
        "<Cred><Cred>SECRET</Cred>SECRET</Cred>", "<Cred ><Data>SECRET</Data></Cred >",
        "<Get><Item><Target><LocURI>./a/AAuthSecret</LocURI></Target><Data>SECRET</Data></Item></Get>",
        "<Get><Item><Data>SECRET</Data><Target><LocURI>./a/AAuth&#83;ecret</LocURI></Target></Item></Get>",
        "<Results><Item><Source><LocURI>./a/Password</LocURI></Source><Data>SEC&#82;ET &amp; SECRET</Data></Item></Results>",
        "<Get><Meta><Type>x/aadusertoken</Type></Meta><Item><Data>SECRET</Data></Item></Get>",
        "<Get><Item><Target><LocURI>./a/AAuthSecret?list=a/b</LocURI></Target><Data>SECRET</Data></Item></Get>",
        "<Get><Item><Target><LocURI> ./a/AAuthSecret </LocURI></Target><Data>SECRET</Data></Item></Get>",
        "<Replace><Item><Target><LocURI>./DMAcc/x/ClientPW</LocURI></Target><Data>SECRET</Data></Item></Replace>",
        "<Replace><Item><Target><LocURI>./DMAcc/x/ServerNonce</LocURI></Target><Data>SECRET</Data></Item></Replace>",
        "<Get><Item><Data>SECRET</Data></Item><Meta><Type>x/aadusertoken</Type></Meta></Get>",
        "<Get><Item><Meta><Type>x/AADUserToken</Type></Meta><Data>a<b>SECRET</b></Data></Item></Get>",
        "<Get><Item><Target><LocURI>./PIN</LocURI></Target><Data>SECRET</Data></Item><Item><Target><LocURI>./b</LocURI></Target></Item></Get>",
        "<Data><MgmtTree xmlns='syncml:dmddf1.2'><Node><NodeName>AAuthSecret</NodeName><Path>a</Path><Value>SECRET</Value></Node></MgmtTree></Data>",
        "<Data><![CDATA[<MgmtTree><Node><NodeName>AAuthSecret</NodeName><Value>SECRET</Value></Node></MgmtTree>]]></Data>",
        "<Data> &lt;a>&lt;Cred>SECRET&lt;/Cred>&lt;/a></Data>",
    ]) func xmlKeepsNoSecret(_ part: String) throws {
        let xml = Self.head + part + "<Data>shown</Data></SyncHdr></SyncML>"
        let request = try masked(xml)
        let text = try #require(request.dm?.xml)
        #expect(!text.contains("SECRET") && !text.contains("SEC&#82;ET"), "\(text)")
        #expect(text.contains("(redacted)"))
        #expect(text.hasPrefix(Self.head))
        #expect(text.hasSuffix("<Data>shown</Data></SyncHdr></SyncML>"), "what is no secret stands as it was")
        #expect(request.body.base64 == nil)
    }

    @Test func whatIsNoSecretStands() throws {
        let xml =
            Self.head
            + "</SyncHdr><SyncBody><Get><Item><Target><LocURI>./PINs/a</LocURI></Target><Data>x</Data></Item></Get>"
            + "<Cred/><NextNonce></NextNonce></SyncBody></SyncML>"
        #expect(try masked(xml).dm?.xml == xml)
    }

    /// What cannot be followed is not shown at all.
    @Test(arguments: [
        "<SyncML><Cred>SECRET", "<!DOCTYPE a><SyncML><Cred>SECRET</Cred></SyncML>", "SECRET", "",
        "<?xml version='1.0' encoding='latin1'?><a>SECRET</a>",
        "<provisioning><parm name='AAUTHSECRET' value='SECRET'/></provisioning>",
    ])
    func whatIsNotReadIsMaskedWhole(_ xml: String) throws { #expect(try masked(xml).dm?.xml == "(redacted)") }

    /// A bootstrap message holds the account of the device.
    @Test func notificationsAreMasked() throws {
        let xml = Self.head + "<Cred>SECRET</Cred></SyncHdr></SyncML>"
        let notification = NotificationRecord(
            time: "", client: "", server: "", contentType: "", security: "USERPIN", mac: "A0", xml: xml, findings: [])
        guard case .notification(let out) = Redaction().redact(.notification(notification)) else { throw Missing() }
        #expect(out.mac == "(redacted)" && out.security == "USERPIN")
        #expect(out.xml == xml.replacing("SECRET", with: "(redacted)"))
    }

    /// In Client Provisioning attributes hold them, in any order.
    @Test func parametersAreMasked() throws {
        func document(_ secret: String) -> String {
            """
            <wap-provisioningdoc><characteristic type='APPAUTH'><parm name="AAUTHNAME" value="shown"/>\
            <parm name="AAUTHSECRET" value="\(secret)"/><parm value='\(secret)' name='AAUTHDATA'/>\
            <parm name="AUTHSECRET" value="\(secret)"/><parm name="PXAUTH-PW" value="\(secret)"></parm>\
            <parm name="AAUTHSECRET"/></characteristic></wap-provisioningdoc>
            """
        }
        #expect(try masked(document("SEC&#82;ET&quot;")).dm?.xml == document("(redacted)"))
    }

    /// Names in other cases, with a prefix, of which a secret's name is a part; a value in another attribute or in the
    /// content; a characteristic that is named so.
    @Test(arguments: [
        "<parm NAME='AAUTHSECRET' VALUE='SECRET'/>", "<PARM Name='aauthsecret' Value='SECRET'/>",
        "<parm name='AAUTHSECRET' value2='SECRET' value='SECRET'/>", "<parm name='AAUTHSECRET'>SECRET</parm>",
        "<parm name='PFXCertPassword' value='SECRET'/>", "<parm name='WLAN-PIN' value='SECRET'>SECRET</parm>",
        "<p:parm xmlns:p='u' p:name='AAUTHSECRET' p:value='SECRET'/>", "<parm value='SECRET' name='AAUTH&#83;ECRET'/>",
        "<characteristic type='Password'><parm name='KEY' value='SECRET'/>SECRET</characteristic>",
    ])
    func parametersOfOtherSpelling(_ markup: String) throws {
        let document = "<wap-provisioningdoc>\(markup)<parm name='NAME' value='shown'/></wap-provisioningdoc>"
        for xml in [document, Self.head + "</SyncHdr><SyncBody>\(document)</SyncBody></SyncML>"] {
            let out = try #require(try masked(xml).dm?.xml)
            #expect(out.contains("(redacted)") && out.contains("shown"))
            #expect(!out.replacing("AAUTHSECRET", with: "").contains("SECRET"))
        }
    }

    /// Cut at every place it is masked whole, or as far as it goes.
    @Test func cutAnywhere() throws {
        let xml = Self.head + "<Cred><Data>SECRET</Data></Cred></SyncHdr></SyncML>"
        for end in xml.indices { #expect(try masked(String(xml[..<end])).dm?.xml == "(redacted)") }
    }

    private func redacted(_ change: (inout ExchangeRecord) -> Void) throws -> ExchangeRecord {
        guard case .exchange(var exchange) = RecordJSONTests.records[2] else { throw Missing() }
        change(&exchange)
        guard case .exchange(let out) = Redaction().redact(.exchange(exchange)) else { throw Missing() }
        return out
    }

    @Test(arguments: [
        "Authorization", "proxy-authorization", "X-SyncML-HMAC", "Cookie", "set-cookie", "DeviceToken",
        "Authentication-Info", "Proxy-Authentication-Info", "Authorization ", " authorization",
    ]) func fieldsOfHeadsAndTrailers(_ name: String) throws {
        let out = try redacted {
            $0.request?.headers = [["A", "b"], [name, "SECRET"]]
            $0.response?.trailers = [[name, "SECRET"], ["A", "b"]]
        }
        #expect(out.request?.headers == [["A", "b"], [name, "(redacted)"]])
        #expect(out.response?.trailers == [[name, "(redacted)"], ["A", "b"]])
    }

    /// A field that was indented by mistake reads as the end of the one before it.
    @Test(arguments: ["\n", "\r\n"]) func whatContinuesAField(_ lineEnd: String) throws {
        let out = try redacted { $0.request?.headers = [["Length", "0\(lineEnd) Authorization: Basic SECRET"]] }
        #expect(out.request?.headers == [["Length", "0 (redacted)"]])
    }

    @Test func whatTheRelayChanged() throws {
        let alterations = [
            Alteration(what: "x-syncml-hmac", before: "mac=SECRET", after: "mac=SECRET"),
            Alteration(what: "proxy-authorization", before: "", after: "as given"),
            Alteration(what: "host", before: "a", after: "b"),
        ]
        let masked = [
            Alteration(what: "x-syncml-hmac", before: "(redacted)", after: "(redacted)"),
            Alteration(what: "proxy-authorization", before: "", after: "(redacted)"), alterations[2],
        ]
        #expect(try redacted { $0.alterations = alterations }.alterations == masked)
        guard case .connection(var connection) = RecordJSONTests.records[1] else { throw Missing() }
        connection.alterations = alterations
        guard case .connection(let out) = Redaction().redact(.connection(connection)) else { throw Missing() }
        #expect(out.alterations == masked)
    }

    /// What the HTTP reader quotes may be anything; what other rules say is not touched.
    @Test(arguments: [
        (
            "header-malformed", "A header name is not a token: `a b: SECRET` (2 times)",
            "A header name is not a token: (redacted) (2 times)"
        ),
        (
            "header-malformed", "A header field is folded: `SECRET` continues it",
            "A header field is folded: (redacted) continues it"
        ),
        ("content-length-wrong", "More octets follow: `a`SECRET`", "More octets follow: (redacted)"),
        ("content-length-wrong", "Content-Length is 3, but the document", "Content-Length is 3, but the document"),
        (
            "message-incomplete", "The connection ends within a head: `SECRET`",
            "The connection ends within a head: (redacted)"
        ),
        ("not-http", "octets begin with `SECRET`", "octets begin with (redacted)"),
        ("user-agent-missing", "send `User-Agent`", "send `User-Agent`"),
        (
            "xml-ill-formed", "CData section not finished: `SECRET</Data>` (line 1, column 9)",
            "CData section not finished: (redacted) (line 1, column 9)"
        ),
        ("xml-ill-formed", "Entity 'SECRET' not defined (line 1)", "Entity (redacted) not defined (line 1)"),
        ("xml-ill-formed", "expected, '<' not found", "expected, '<' not found"),
        (
            "dm-auth-type-changed", "Msg 2 proves the client by <a></Type><Data>SECRET, earlier ones by auth-md5",
            "Msg 2 proves the client by (redacted)"
        ),
        ("dm-size-missing", "5 < 7, 1<2 and <", "5 < 7, 1<2 and <"),
    ]) func whatFindingsQuote(_ rule: String, _ text: String, _ shown: String) throws {
        var finding = RecordJSONTests.finding
        finding.rule = rule
        finding.text = text
        #expect(try redacted { $0.findings = [finding] }.findings.map(\.text) == [shown])
        guard case .connection(var connection) = RecordJSONTests.records[1] else { throw Missing() }
        connection.findings = [finding]
        guard case .connection(let out) = Redaction().redact(.connection(connection)) else { throw Missing() }
        #expect(out.findings.map(\.text) == [shown])
    }

    /// In URLs, wherever they stand; a port, an IPv6 address and a mail address are none.
    @Test(arguments: [
        ("http://user:SECRET@host:80/a", "http://user:(redacted)@host:80/a"),
        ("http://u:SE:C@RET@h", "http://u:(redacted)@h"),
        ("to http://u:SECRET@h/, from https://:SECRET@h.", "to http://u:(redacted)@h/, from https://:(redacted)@h."),
        ("leads to http://user:SECR…, away", "leads to http://user:(redacted)…, away"),
        ("http://user@host:80/a:b@c", "http://user@host:80/a:b@c"), ("http://host:80…", "http://host:80…"),
        ("http://[2001:db8::1…", "http://[2001:db8::1…"), ("mailto:a:b@c", "mailto:a:b@c"),
        ("http://u:@h/", "http://u:@h/"), ("://", "://"), ("@://:", "@://:"),
    ])
    func passwordsInURLs(_ text: String, _ shown: String) throws {
        #expect(Redaction.withoutPasswords(text) == shown)
        let out = try redacted {
            $0.request?.target = text
            $0.request?.headers = [["Location", text]]
            $0.request?.dm?.respURI = text
            $0.request?.dm?.commands[0].items[0].target = text
            $0.alterations = [Alteration(what: "request-line", before: text, after: "b")]
            $0.findings = [RecordJSONTests.finding]
            $0.findings[0].text = text
        }
        #expect(out.request?.target == shown && out.request?.headers == [["Location", shown]])
        #expect(out.request?.dm?.respURI == shown && out.request?.dm?.commands[0].items[0].target == shown)
        #expect(out.alterations[0].before == shown && out.findings[0].text == shown)
        let xml = "\(Self.head)<RespURI>\(text)</RespURI></SyncHdr></SyncML>"
        #expect(try masked(xml).dm?.xml == xml.replacing(text, with: shown))
    }

    @Test func itemsOfCommandsInsideOthers() throws {
        guard case .exchange(var exchange) = RecordJSONTests.records[2] else { throw Missing() }
        var command = try #require(exchange.request?.dm?.commands.first)
        var item = try #require(command.items.first)
        item.target = "./a/aauthsecret"
        item.data = "abc"
        item.octets = "YWJj"
        command.items = [item]
        var outer = command
        outer.items = []
        outer.commands = [command]
        exchange.request?.dm?.commands = [outer]
        guard case .exchange(let out) = Redaction().redact(.exchange(exchange)) else { throw Missing() }
        let inner = try #require(out.request?.dm?.commands.first?.commands?.first?.items.first)
        #expect(inner.data == "(redacted)" && inner.octets == nil)
        #expect(inner.target == "./a/aauthsecret")
    }

    /// What a value took over of the markup around it goes with the XML that cannot be followed.
    @Test(arguments: ["<SyncML><Cred>", nil]) func markupInValues(_ xml: String?) throws {
        let leak = "d\0</LocURI><Data>SECRET"
        let out = try redacted {
            guard var dm = $0.request?.dm, var command = dm.commands.first else { return }
            dm.representation = "xml"
            dm.xml = xml
            (dm.source, dm.auth, dm.target) = (leak, leak, "https://dm")
            command.items[0].target = leak
            command.items[0].data = leak
            command.targetRefs = ["./A", leak]
            command.cmdRef = leak
            dm.commands = [command, command]
            dm.commands[1].commands = [command]
            $0.request?.dm = dm
        }
        let dm = try #require(out.request?.dm)
        #expect(dm.source == "(redacted)" && dm.auth == "(redacted)" && dm.target == "https://dm")
        for command in dm.commands + (dm.commands.last?.commands ?? []) {
            #expect(command.targetRefs == ["./A", "(redacted)"] && command.cmdRef == "(redacted)")
            #expect(command.items.first?.target == "(redacted)" && command.items.first?.data == "(redacted)")
            #expect(command.items.first?.octets == nil && command.items.first?.source == "./B")
        }
        var json = JSONWriter()
        json.line(.exchange(out))
        #expect(!String(decoding: json.bytes, as: UTF8.self).contains("SECRET"))
    }

    @Test func markupInSessions() throws {
        guard case .session(var session) = RecordJSONTests.records[3] else { throw Missing() }
        session.device = "d</LocURI>SECRET"
        session.packages[0].commands = ["Alert <SECRET", "Alert 1201"]
        session.auth = "client: <SECRET"
        guard case .session(let out) = Redaction().redact(.session(session)) else { throw Missing() }
        #expect(out.device == "(redacted)" && out.server == "https://dm" && out.auth == "(redacted)")
        #expect(out.packages[0].commands == ["(redacted)", "Alert 1201"])
    }
}
